//! `terraform.tfstate`, version 4.

use serde::Deserialize;
use serde_json::Value;

use super::error::MigrateError;

/// What Terraform manages.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The resources, in the file's order.
    pub resources: Vec<Managed>,
}

/// One resource that Terraform manages.
#[derive(Clone)]
pub struct Managed {
    /// Terraform's address, such as `aws_s3_bucket.frontend` or `module.site.aws_s3_bucket.frontend[0]`.
    pub address: String,
    /// Terraform's type.
    pub kind: String,
    attributes: Value,
}

#[derive(Deserialize)]
struct File {
    version: u64,
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    #[serde(default)]
    module: Option<String>,
    #[serde(default)]
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    #[serde(default)]
    index_key: Option<Value>,
    #[serde(default)]
    attributes: Value,
}

impl State {
    /// Reads the file's text.
    ///
    /// # Errors
    /// When it is no state, or of another version.
    pub fn parse(text: &str) -> Result<Self, MigrateError> {
        let remedy = "write it with `terraform state pull > terraform.tfstate`";
        let file: File = serde_json::from_str(text).map_err(|error| {
            MigrateError::new(format!("the tfstate file is no state of Terraform: {error}")).hint(remedy)
        })?;
        if file.version != 4 {
            return Err(MigrateError::new(format!("the tfstate file has version {}, not 4", file.version))
                .hint("run `terraform plan` with Terraform 0.12 or later, which brings it to version 4")
                .hint(remedy));
        }
        let resources = file.resources.into_iter().filter(|resource| resource.mode == "managed");
        Ok(Self { resources: resources.flat_map(Resource::instances).collect() })
    }
}

impl Resource {
    fn instances(self) -> Vec<Managed> {
        let module = self.module.map(|module| format!("{module}.")).unwrap_or_default();
        let base = format!("{module}{}.{}", self.kind, self.name);
        let instances = self.instances.into_iter().map(|instance| {
            let index = instance.index_key.map(|key| format!("[{key}]")).unwrap_or_default();
            Managed { address: format!("{base}{index}"), kind: self.kind.clone(), attributes: instance.attributes }
        });
        instances.collect()
    }
}

impl Managed {
    /// The texts of a list among its attributes.
    #[must_use]
    pub fn texts(&self, name: &str) -> Vec<&str> {
        self.attributes.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Whether an attribute is true.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.attributes.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The region that its ARN names; none where it is in none, or always in the same one.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        const ANYWHERE: &[&str] = &["dynamodb", "events", "lambda", "logs", "secretsmanager"];
        let mut parts = self.text("arn")?.split(':').skip(2);
        let service = parts.next()?;
        parts.next().filter(|region| !region.is_empty() && ANYWHERE.contains(&service))
    }

    /// A text among its attributes.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.as_str().filter(|text| !text.is_empty())
    }
}

/// Attributes may hold secrets.
impl std::fmt::Debug for Managed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_terraforms_own() {
        let text = r#"{"version":4,"resources":[
            {"mode":"data","type":"aws_region","name":"here","instances":[{}]},
            {"mode":"managed","type":"aws_s3_bucket","name":"a","module":"module.m","instances":[{"attributes":{"bucket":"b"}}]},
            {"mode":"managed","type":"aws_route53_record","name":"r","instances":[{"index_key":"x.org"},{"index_key":0}]}]}"#;
        let state = State::parse(text).unwrap();
        let all: Vec<_> = state.resources.iter().map(|one| one.address.as_str()).collect();
        assert_eq!(all, ["module.m.aws_s3_bucket.a", "aws_route53_record.r[\"x.org\"]", "aws_route53_record.r[0]"]);
        assert_eq!(state.resources[0].text("bucket"), Some("b"));
    }

    #[test]
    fn other_files_are_refused_with_a_remedy() {
        for text in ["", "{}", "{\"version\":3}"] {
            let error = State::parse(text).unwrap_err();
            assert!(error.hints.iter().any(|hint| hint.contains("terraform state pull")), "{error}");
        }
    }
}
