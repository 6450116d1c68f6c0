//! What becomes of each resource that Terraform manages.

use super::state::{Managed, State};

/// A resource and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerraformResource {
    /// Terraform's address.
    pub address: String,
    /// What people call it on AWS: its name or id.
    pub name: String,
    /// What becomes of it.
    pub treatment: Treatment,
}

/// The stack that owns an adopted resource from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwningStack {
    /// Tables and the secret.
    Bootstrap,
    /// Everything else.
    Main,
}

/// What becomes of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// CloudFormation takes it over as it is.
    Adopted {
        /// The stack that owns it from then on.
        stack: OwningStack,
        /// Its name there.
        logical_id: &'static str,
        /// CloudFormation's type.
        resource_type: &'static str,
        /// The property that identifies it.
        identifier: &'static str,
    },
    /// A setting of an adopted resource, which goes along with it.
    Along,
    /// Its values are copied into the new one; it stays.
    Copied,
    /// stellarr makes a new one; it holds no data. Terraform removes the old one.
    Replaced(&'static str),
    /// Nothing happens to it.
    LeftAlone(&'static str),
}

/// Why a bucket of old code stays, for the step that deletes it later.
pub(super) const EMPTIED_BY_HAND: &str = "holds old code only, but Terraform may not empty it";

/// Types that the old tree has and stellarr makes anew, each with what becomes of it, and the attribute that begins with
/// the deployment's name.
const REPLACED: &[(&str, &str, Option<&str>)] = &[
    ("aws_acm_certificate", "holds no data", None),
    ("aws_acm_certificate_validation", "holds no data", None),
    ("aws_cloudfront_distribution", "owns the domain until it lets go of it", None),
    ("aws_cloudfront_origin_access_control", "holds no data", Some("name")),
    ("aws_cloudwatch_event_rule", "holds no data", Some("name")),
    ("aws_cloudwatch_event_target", "holds no data", Some("rule")),
    ("aws_iam_role", "holds no data", Some("name")),
    ("aws_iam_role_policy", "holds no data", Some("name")),
    ("aws_iam_role_policy_attachment", "holds no data", Some("role")),
    ("aws_lambda_function", "holds no data", Some("function_name")),
    ("aws_lambda_function_url", "holds no data", Some("function_name")),
    ("aws_lambda_layer_version", "holds no data", None),
    ("aws_lambda_permission", "holds no data", Some("function_name")),
    ("aws_wafv2_web_acl", "holds no data", Some("name")),
    ("aws_wafv2_web_acl_logging_configuration", "holds no data", None),
];

/// What of the state belongs to the old site.
struct Old<'a> {
    prefix: &'a str,
    /// Buckets that CloudFormation takes over.
    adopted: Vec<&'a str>,
    /// Buckets that Terraform removes.
    removed: Vec<&'a str>,
    /// The site's domain.
    domain: Option<&'a str>,
}

/// Decides for every resource. `prefix` is what the old names and the new ones begin with, `domain` the site's own.
#[must_use]
pub fn inventory(state: &State, prefix: &str, domain: Option<&str>) -> Vec<TerraformResource> {
    let names = |wanted: &dyn Fn(&Managed) -> bool, attribute: &str| -> Vec<&str> {
        state.resources.iter().filter(|one| wanted(one)).filter_map(|one| one.text(attribute)).collect()
    };
    let old = Old {
        prefix,
        adopted: names(&|one| bucket_role(one, prefix).is_some(), "bucket"),
        removed: names(&|one| holds_code(one, prefix) && one.flag("force_destroy"), "bucket"),
        domain,
    };
    state
        .resources
        .iter()
        .map(|one| TerraformResource {
            address: one.address.clone(),
            name: name_of(one),
            treatment: treatment(one, &old),
        })
        .collect()
}

/// Whether it is the bucket that held the old functions' code.
fn holds_code(one: &Managed, prefix: &str) -> bool {
    let name = one.text("bucket").filter(|_| one.kind == "aws_s3_bucket");
    name.is_some_and(|name| name.starts_with(&format!("{prefix}-lambda-deploy")))
}

fn name_of(one: &Managed) -> String {
    let names = ["name", "bucket", "function_name", "domain_name", "fqdn", "function_url", "id", "arn"];
    names.iter().find_map(|name| one.text(name)).unwrap_or_default().to_owned()
}

/// The logical id of the bucket that takes over an old one.
fn bucket_role(one: &Managed, prefix: &str) -> Option<&'static str> {
    let name = one.text("bucket").filter(|_| one.kind == "aws_s3_bucket")?;
    match name.strip_prefix(prefix)?.strip_prefix('-')? {
        rest if rest.starts_with("frontend") => Some("SiteBucket"),
        rest if rest.starts_with("trending") => Some("TrendingBucket"),
        _ => None,
    }
}

fn treatment(one: &Managed, old: &Old<'_>) -> Treatment {
    let prefix = old.prefix;
    let name = one.text("name").unwrap_or_default();
    match one.kind.as_str() {
        "aws_dynamodb_table" if name == format!("{prefix}-requests") => {
            adopted(OwningStack::Bootstrap, "RequestsTable", "AWS::DynamoDB::Table", "TableName")
        }
        "aws_dynamodb_table" => Treatment::LeftAlone("stellarr has no table of this name"),
        "aws_s3_bucket" => bucket(one, old),
        kind if kind.starts_with("aws_s3_") => part_of_bucket(one, old),
        "aws_secretsmanager_secret" if name == format!("{prefix}-app") => {
            adopted(OwningStack::Bootstrap, "AppSecret", "AWS::SecretsManager::Secret", "Id")
        }
        "aws_secretsmanager_secret" if !belongs(name, prefix) => {
            Treatment::LeftAlone("its name is none of the old site's")
        }
        "aws_secretsmanager_secret" | "aws_secretsmanager_secret_version" => Treatment::Copied,
        "aws_cloudwatch_log_group" => log_group(name, prefix),
        "aws_route53_record" => record(one, old),
        "aws_acm_certificate" if one.text("domain_name") != old.domain => {
            Treatment::LeftAlone("no certificate of the old site's address")
        }
        "aws_cloudfront_distribution" if !one.texts("aliases").iter().all(|alias| Some(*alias) == old.domain) => {
            Treatment::LeftAlone("has another address than the old site")
        }
        kind if kind.starts_with("aws_") => replaced(one, prefix),
        _ => Treatment::LeftAlone("exists in Terraform's state only"),
    }
}

/// What stellarr makes anew; anything that the old tree did not have is not ours to judge.
fn replaced(one: &Managed, prefix: &str) -> Treatment {
    let Some((_, why, attribute)) = REPLACED.iter().find(|(kind, ..)| *kind == one.kind) else {
        return Treatment::LeftAlone("not part of the system that stellarr replaces");
    };
    match attribute.and_then(|attribute| one.text(attribute)) {
        Some(name) if !belongs(name, prefix) => Treatment::LeftAlone("its name is none of the old site's"),
        _ => Treatment::Replaced(why),
    }
}

fn belongs(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn bucket(one: &Managed, old: &Old<'_>) -> Treatment {
    match bucket_role(one, old.prefix) {
        Some(logical_id) => adopted(OwningStack::Main, logical_id, "AWS::S3::Bucket", "BucketName"),
        None if !holds_code(one, old.prefix) => Treatment::LeftAlone("stellarr has no bucket of this name"),
        None if one.flag("force_destroy") => Treatment::Replaced("holds built code only"),
        None => Treatment::LeftAlone(EMPTIED_BY_HAND),
    }
}

/// A setting or an object of a bucket goes the same way; only the adopted buckets' policies are written anew.
fn part_of_bucket(one: &Managed, old: &Old<'_>) -> Treatment {
    let of = one.text("bucket").unwrap_or_default();
    match one.kind.as_str() {
        _ if old.removed.contains(&of) => Treatment::Replaced("part of a bucket that is replaced"),
        "aws_s3_bucket_policy" if old.adopted.contains(&of) => {
            Treatment::Replaced("written anew for the new distribution")
        }
        "aws_s3_object" | "aws_s3_bucket_object" => Treatment::LeftAlone("goes with its bucket, or stays with it"),
        _ if old.adopted.contains(&of) => Treatment::Along,
        _ => Treatment::LeftAlone("part of a bucket that stays"),
    }
}

/// A domain may have other records, such as for mail: only the site's own are written anew.
fn record(one: &Managed, old: &Old<'_>) -> Treatment {
    let name = one.text("fqdn").or_else(|| one.text("name")).unwrap_or_default().trim_end_matches('.');
    let is_address = one.text("type").is_none_or(|kind| matches!(kind, "A" | "AAAA" | "CNAME"));
    let is_proof = |domain: &str| name.starts_with('_') && name.ends_with(&format!(".{domain}"));
    if is_address && old.domain.is_some_and(|domain| name == domain || is_proof(domain)) {
        return Treatment::Replaced("written anew for the new address");
    }
    Treatment::LeftAlone("no record of the old site's address")
}

fn log_group(name: &str, prefix: &str) -> Treatment {
    let taken = [("ApiLog", "api"), ("WarmerLog", "warmer"), ("FetcherLog", "fetcher")];
    let found = taken.into_iter().find(|(_, function)| name == format!("/aws/lambda/{prefix}-{function}"));
    match found {
        Some((logical_id, _)) => adopted(OwningStack::Main, logical_id, "AWS::Logs::LogGroup", "LogGroupName"),
        None => Treatment::LeftAlone("its lines expire by themselves"),
    }
}

fn adopted(
    stack: OwningStack,
    logical_id: &'static str,
    resource_type: &'static str,
    identifier: &'static str,
) -> Treatment {
    Treatment::Adopted { stack, logical_id, resource_type, identifier }
}

impl TerraformResource {
    /// Says what becomes of it in a word or two, and why.
    #[must_use]
    pub fn words(&self) -> (&'static str, String) {
        match &self.treatment {
            Treatment::Adopted { logical_id, .. } => {
                ("adopted by import", format!("as {logical_id}, with all that it holds"))
            }
            Treatment::Along => ("adopted by import", "a setting of an adopted bucket".to_owned()),
            Treatment::Copied => ("copied, left alone", "its values go into the new secret".to_owned()),
            Treatment::Replaced(why) => ("replaced, no data", (*why).to_owned()),
            Treatment::LeftAlone(why) => ("left alone", (*why).to_owned()),
        }
    }

    /// Says whether Terraform must forget it before it removes the rest.
    #[must_use]
    pub fn stays(&self) -> bool {
        !matches!(self.treatment, Treatment::Replaced(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: &str = include_str!("../../tests/terraform/terraform.tfstate");

    #[test]
    fn every_resource_has_its_treatment() {
        let entries = inventory(&State::parse(STATE).unwrap(), "stellarr-prod", Some("requests.example.org"));
        let lines: Vec<String> = entries
            .iter()
            .map(|entry| {
                let (treatment, why) = entry.words();
                format!("{}: {treatment}, {why}", entry.address)
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
        assert!(entries.iter().all(|entry| !entry.name.is_empty()), "{entries:#?}");
    }

    fn treatment_of(kind: &str, attributes: &str) -> Treatment {
        let text = format!(
            r#"{{"version":4,"resources":[
                {{"mode":"managed","type":"{kind}","name":"x","instances":[{{"attributes":{attributes}}}]}}]}}"#
        );
        inventory(&State::parse(&text).unwrap(), "home-prod", Some("tv.example.org")).remove(0).treatment
    }

    #[test]
    fn what_the_old_tree_did_not_have_is_left_alone() {
        for (kind, attributes) in [
            ("aws_db_instance", r#"{"id":"films"}"#),
            ("aws_efs_file_system", r#"{"id":"fs-1"}"#),
            ("aws_s3_bucket", r#"{"bucket":"home-prod-photos"}"#),
            ("aws_s3_bucket", r#"{"bucket":"family-photos","force_destroy":true}"#),
            ("aws_s3_bucket_policy", r#"{"bucket":"family-photos"}"#),
            ("aws_lambda_function", r#"{"function_name":"backup"}"#),
            ("aws_cloudfront_distribution", r#"{"id":"E1","aliases":["example.org"]}"#),
            ("aws_acm_certificate", r#"{"domain_name":"example.org"}"#),
            ("aws_route53_record", r#"{"name":"example.org","type":"MX"}"#),
            ("aws_route53_record", r#"{"name":"www.example.org","type":"A"}"#),
            ("aws_route53_record", r#"{"name":"tv.example.org","type":"TXT"}"#),
            ("aws_secretsmanager_secret", r#"{"name":"mail"}"#),
        ] {
            assert!(matches!(treatment_of(kind, attributes), Treatment::LeftAlone(_)), "{kind} {attributes}");
        }
        for name in ["tv.example.org", "_abc.tv.example.org."] {
            let attributes = format!(r#"{{"name":"{name}","type":"CNAME"}}"#);
            assert!(matches!(treatment_of("aws_route53_record", &attributes), Treatment::Replaced(_)), "{name}");
        }
    }

    #[test]
    fn the_bucket_of_old_code_goes_only_if_terraform_may_empty_it() {
        let may = r#"{"bucket":"home-prod-lambda-deploy-1a2b","force_destroy":true}"#;
        assert_eq!(treatment_of("aws_s3_bucket", may), Treatment::Replaced("holds built code only"));
        for not in [
            r#"{"bucket":"home-prod-lambda-deploy-1a2b"}"#,
            r#"{"bucket":"home-prod-lambda-deploy-1a2b","force_destroy":false}"#,
        ] {
            assert_eq!(treatment_of("aws_s3_bucket", not), Treatment::LeftAlone(EMPTIED_BY_HAND));
        }
    }

    #[test]
    fn a_secret_of_our_own_name_is_adopted() {
        let text = r#"{"version":4,"resources":[{"mode":"managed","type":"aws_secretsmanager_secret","name":"s",
            "instances":[{"attributes":{"name":"home-prod-app","arn":"arn:x"}}]}]}"#;
        let entries = inventory(&State::parse(text).unwrap(), "home-prod", None);
        assert!(matches!(entries[0].treatment, Treatment::Adopted { logical_id: "AppSecret", .. }), "{entries:?}");
    }
}
