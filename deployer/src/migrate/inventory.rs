//! What becomes of each resource that Terraform manages.

use super::state::{Managed, State};
use crate::config::StackKind;

/// A resource and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Terraform's address.
    pub address: String,
    /// What people call it on AWS: its name or id.
    pub name: String,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// CloudFormation takes it over as it is.
    Adopted {
        /// The stack that owns it from then on.
        stack: StackKind,
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
pub fn inventory(state: &State, prefix: &str, domain: Option<&str>) -> Vec<Entry> {
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
        .map(|one| Entry { address: one.address.clone(), name: name_of(one), fate: fate(one, &old) })
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

fn fate(one: &Managed, old: &Old<'_>) -> Fate {
    let prefix = old.prefix;
    let name = one.text("name").unwrap_or_default();
    match one.kind.as_str() {
        "aws_dynamodb_table" if name == format!("{prefix}-requests") => {
            adopted(StackKind::Bootstrap, "RequestsTable", "AWS::DynamoDB::Table", "TableName")
        }
        "aws_dynamodb_table" => Fate::LeftAlone("stellarr has no table of this name"),
        "aws_s3_bucket" => bucket(one, old),
        kind if kind.starts_with("aws_s3_") => part_of_bucket(one, old),
        "aws_secretsmanager_secret" if name == format!("{prefix}-app") => {
            adopted(StackKind::Bootstrap, "AppSecret", "AWS::SecretsManager::Secret", "Id")
        }
        "aws_secretsmanager_secret" if !belongs(name, prefix) => Fate::LeftAlone("its name is none of the old site's"),
        "aws_secretsmanager_secret" | "aws_secretsmanager_secret_version" => Fate::Copied,
        "aws_cloudwatch_log_group" => log_group(name, prefix),
        "aws_route53_record" => record(one, old),
        "aws_acm_certificate" if one.text("domain_name") != old.domain => {
            Fate::LeftAlone("no certificate of the old site's address")
        }
        "aws_cloudfront_distribution" if !one.texts("aliases").iter().all(|alias| Some(*alias) == old.domain) => {
            Fate::LeftAlone("has another address than the old site")
        }
        kind if kind.starts_with("aws_") => replaced(one, prefix),
        _ => Fate::LeftAlone("exists in Terraform's state only"),
    }
}

/// What stellarr makes anew; anything that the old tree did not have is not ours to judge.
fn replaced(one: &Managed, prefix: &str) -> Fate {
    let Some((_, why, attribute)) = REPLACED.iter().find(|(kind, ..)| *kind == one.kind) else {
        return Fate::LeftAlone("not part of the system that stellarr replaces");
    };
    match attribute.and_then(|attribute| one.text(attribute)) {
        Some(name) if !belongs(name, prefix) => Fate::LeftAlone("its name is none of the old site's"),
        _ => Fate::Replaced(why),
    }
}

fn belongs(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn bucket(one: &Managed, old: &Old<'_>) -> Fate {
    match bucket_role(one, old.prefix) {
        Some(logical_id) => adopted(StackKind::Main, logical_id, "AWS::S3::Bucket", "BucketName"),
        None if !holds_code(one, old.prefix) => Fate::LeftAlone("stellarr has no bucket of this name"),
        None if one.flag("force_destroy") => Fate::Replaced("holds built code only"),
        None => Fate::LeftAlone(EMPTIED_BY_HAND),
    }
}

/// A setting or an object of a bucket shares its fate; only the adopted buckets' policies are written anew.
fn part_of_bucket(one: &Managed, old: &Old<'_>) -> Fate {
    let of = one.text("bucket").unwrap_or_default();
    match one.kind.as_str() {
        _ if old.removed.contains(&of) => Fate::Replaced("part of a bucket that is replaced"),
        "aws_s3_bucket_policy" if old.adopted.contains(&of) => Fate::Replaced("written anew for the new distribution"),
        "aws_s3_object" | "aws_s3_bucket_object" => Fate::LeftAlone("goes with its bucket, or stays with it"),
        _ if old.adopted.contains(&of) => Fate::Along,
        _ => Fate::LeftAlone("part of a bucket that stays"),
    }
}

/// A domain may have other records, such as for mail: only the site's own are written anew.
fn record(one: &Managed, old: &Old<'_>) -> Fate {
    let name = one.text("fqdn").or_else(|| one.text("name")).unwrap_or_default().trim_end_matches('.');
    let is_address = one.text("type").is_none_or(|kind| matches!(kind, "A" | "AAAA" | "CNAME"));
    let is_proof = |domain: &str| name.starts_with('_') && name.ends_with(&format!(".{domain}"));
    if is_address && old.domain.is_some_and(|domain| name == domain || is_proof(domain)) {
        return Fate::Replaced("written anew for the new address");
    }
    Fate::LeftAlone("no record of the old site's address")
}

fn log_group(name: &str, prefix: &str) -> Fate {
    let taken = [("ApiLog", "api"), ("WarmerLog", "warmer"), ("FetcherLog", "fetcher")];
    let found = taken.into_iter().find(|(_, function)| name == format!("/aws/lambda/{prefix}-{function}"));
    match found {
        Some((logical_id, _)) => adopted(StackKind::Main, logical_id, "AWS::Logs::LogGroup", "LogGroupName"),
        None => Fate::LeftAlone("its lines expire by themselves"),
    }
}

fn adopted(stack: StackKind, logical_id: &'static str, resource_type: &'static str, identifier: &'static str) -> Fate {
    Fate::Adopted { stack, logical_id, resource_type, identifier }
}

impl Entry {
    /// Says its fate in a word or two, and why.
    #[must_use]
    pub fn words(&self) -> (&'static str, String) {
        match &self.fate {
            Fate::Adopted { logical_id, .. } => {
                ("adopted by import", format!("as {logical_id}, with all that it holds"))
            }
            Fate::Along => ("adopted by import", "a setting of an adopted bucket".to_owned()),
            Fate::Copied => ("copied, left alone", "its values go into the new secret".to_owned()),
            Fate::Replaced(why) => ("replaced, no data", (*why).to_owned()),
            Fate::LeftAlone(why) => ("left alone", (*why).to_owned()),
        }
    }

    /// Says whether Terraform must forget it before it removes the rest.
    #[must_use]
    pub fn stays(&self) -> bool {
        !matches!(self.fate, Fate::Replaced(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: &str = include_str!("../../tests/terraform/terraform.tfstate");

    #[test]
    fn everything_has_its_fate() {
        let entries = inventory(&State::parse(STATE).unwrap(), "stellarr-prod", Some("requests.example.org"));
        let lines: Vec<String> = entries
            .iter()
            .map(|entry| {
                let (fate, why) = entry.words();
                format!("{}: {fate}, {why}", entry.address)
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
        assert!(entries.iter().all(|entry| !entry.name.is_empty()), "{entries:#?}");
    }

    fn fate_of(kind: &str, attributes: &str) -> Fate {
        let text = format!(
            r#"{{"version":4,"resources":[
                {{"mode":"managed","type":"{kind}","name":"x","instances":[{{"attributes":{attributes}}}]}}]}}"#
        );
        inventory(&State::parse(&text).unwrap(), "home-prod", Some("tv.example.org")).remove(0).fate
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
            assert!(matches!(fate_of(kind, attributes), Fate::LeftAlone(_)), "{kind} {attributes}");
        }
        for name in ["tv.example.org", "_abc.tv.example.org."] {
            let attributes = format!(r#"{{"name":"{name}","type":"CNAME"}}"#);
            assert!(matches!(fate_of("aws_route53_record", &attributes), Fate::Replaced(_)), "{name}");
        }
    }

    #[test]
    fn the_bucket_of_old_code_goes_only_if_terraform_may_empty_it() {
        let may = r#"{"bucket":"home-prod-lambda-deploy-1a2b","force_destroy":true}"#;
        assert_eq!(fate_of("aws_s3_bucket", may), Fate::Replaced("holds built code only"));
        for not in [
            r#"{"bucket":"home-prod-lambda-deploy-1a2b"}"#,
            r#"{"bucket":"home-prod-lambda-deploy-1a2b","force_destroy":false}"#,
        ] {
            assert_eq!(fate_of("aws_s3_bucket", not), Fate::LeftAlone(EMPTIED_BY_HAND));
        }
    }

    #[test]
    fn a_secret_of_our_own_name_is_adopted() {
        let text = r#"{"version":4,"resources":[{"mode":"managed","type":"aws_secretsmanager_secret","name":"s",
            "instances":[{"attributes":{"name":"home-prod-app","arn":"arn:x"}}]}]}"#;
        let entries = inventory(&State::parse(text).unwrap(), "home-prod", None);
        assert!(matches!(entries[0].fate, Fate::Adopted { logical_id: "AppSecret", .. }), "{entries:?}");
    }
}
