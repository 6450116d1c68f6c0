//! What becomes of each resource that Terraform manages.

use super::state::{Managed, State};
use crate::render::StackKind;

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

/// Decides for every resource. `prefix` is what the new names begin with.
#[must_use]
pub fn inventory(state: &State, prefix: &str) -> Vec<Entry> {
    let adopted_buckets: Vec<&str> = state
        .resources
        .iter()
        .filter(|one| bucket_role(one, prefix).is_some())
        .filter_map(|one| one.text("bucket"))
        .collect();
    state
        .resources
        .iter()
        .map(|one| Entry {
            address: one.address.clone(),
            name: name_of(one),
            fate: fate(one, prefix, &adopted_buckets),
        })
        .collect()
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

fn fate(one: &Managed, prefix: &str, adopted_buckets: &[&str]) -> Fate {
    let name = one.text("name").unwrap_or_default();
    match one.kind.as_str() {
        "aws_dynamodb_table" if name == format!("{prefix}-requests") => {
            adopted(StackKind::Bootstrap, "RequestsTable", "AWS::DynamoDB::Table", "TableName")
        }
        "aws_dynamodb_table" => Fate::LeftAlone("stellarr has no table of this name"),
        "aws_s3_bucket" => match bucket_role(one, prefix) {
            Some(logical_id) => adopted(StackKind::Main, logical_id, "AWS::S3::Bucket", "BucketName"),
            None => Fate::Replaced("holds built code only"),
        },
        "aws_s3_bucket_versioning"
        | "aws_s3_bucket_public_access_block"
        | "aws_s3_bucket_server_side_encryption_configuration"
        | "aws_s3_bucket_ownership_controls" => {
            if one.text("bucket").is_some_and(|bucket| adopted_buckets.contains(&bucket)) {
                Fate::Along
            } else {
                Fate::Replaced("a setting of a bucket that is replaced")
            }
        }
        "aws_secretsmanager_secret" if name == format!("{prefix}-app") => {
            adopted(StackKind::Bootstrap, "AppSecret", "AWS::SecretsManager::Secret", "Id")
        }
        "aws_secretsmanager_secret" | "aws_secretsmanager_secret_version" => Fate::Copied,
        "aws_cloudwatch_log_group" => log_group(name, prefix),
        "aws_route53_record" => Fate::Replaced("written anew for the new address"),
        "aws_cloudfront_distribution" => Fate::Replaced("owns the domain until it lets go of it"),
        kind if kind.starts_with("aws_") => Fate::Replaced("holds no data"),
        _ => Fate::LeftAlone("exists in Terraform's state only"),
    }
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
        let entries = inventory(&State::parse(STATE).unwrap(), "stellarr-prod");
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

    #[test]
    fn a_secret_of_our_own_name_is_adopted() {
        let text = r#"{"version":4,"resources":[{"mode":"managed","type":"aws_secretsmanager_secret","name":"s",
            "instances":[{"attributes":{"name":"home-prod-app","arn":"arn:x"}}]}]}"#;
        let entries = inventory(&State::parse(text).unwrap(), "home-prod");
        assert!(matches!(entries[0].fate, Fate::Adopted { logical_id: "AppSecret", .. }), "{entries:?}");
    }
}
