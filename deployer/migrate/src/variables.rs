//! The settings in `terraform.tfvars`.

use std::collections::BTreeMap;

use super::error::MigrateError;
use super::state::State;

/// The variables of the file, by name, as text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Variables(BTreeMap<String, String>);

/// Variables that hold secrets: they belong into the secret and never into a file or onto the screen.
const SECRETS: &[&str] =
    &["tmdb_api_key", "preshared_password", "feed_token", "plex_webhook_token", "plex_server_name", "tvdb_api_key"];

/// Variables that have nothing to decide any more.
const POINTLESS: &[&str] = &["lambda_memory", "lambda_timeout", "db_min_capacity", "db_max_capacity"];

/// The settings of the old site, where its variables tell them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// What all names on AWS begin with.
    pub name: String,
    /// `prod`, for example.
    pub environment: Option<String>,
    /// The AWS region.
    pub region: Option<String>,
    /// What the site is called.
    pub app_name: Option<String>,
    /// The site's own domain.
    pub domain: Option<String>,
    /// The domain's zone in Route53.
    pub hosted_zone_id: Option<String>,
    /// Whether there is a firewall.
    pub firewall: Option<bool>,
    /// Requests of an address in five minutes.
    pub firewall_limit: Option<u32>,
    /// Sign-ins of an address in five minutes.
    pub firewall_sign_in_limit: Option<u32>,
    /// Whether wrong passwords are counted.
    pub sign_in_limit: Option<bool>,
    /// Wrong passwords of an address in the window.
    pub sign_in_attempts: Option<u32>,
    /// The window, in seconds.
    pub sign_in_window_seconds: Option<u32>,
    /// Variables that were left out, with the reason.
    pub left_out: Vec<(String, &'static str)>,
}

impl Variables {
    /// Reads the file's text.
    ///
    /// # Errors
    /// When it is no HCL; the message has line and column.
    pub fn parse(text: &str) -> Result<Self, MigrateError> {
        let body: hcl::Body = hcl::parse(text).map_err(|error| {
            // What follows the first line shows the text itself, which may be a secret.
            let place =
                error.to_string().lines().next().unwrap_or_default().trim_start_matches([' ', '-', '>']).to_owned();
            MigrateError::new(format!("the tfvars file is not in Terraform's language: {place}"))
                .hint("give the terraform.tfvars that `terraform apply` uses")
        })?;
        let values = body.attributes().filter_map(|one| Some((one.key().to_owned(), text_of(one.expr())?)));
        Ok(Self(values.collect()))
    }

    /// A variable that is not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// `<project>-<environment>`, which every old name begins with.
    #[must_use]
    pub fn prefix(&self) -> Option<String> {
        Some(format!("{}-{}", self.get("project_name")?, self.get("environment").unwrap_or("prod")))
    }

    /// Reads the settings.
    ///
    /// # Errors
    /// When a value is missing or not what it should be.
    pub fn settings(&self) -> Result<Settings, MigrateError> {
        let name = self.get("project_name").ok_or_else(|| {
            MigrateError::new("the tfvars file has no `project_name`")
                .hint("add the value that the Terraform tree has as its default: all names on AWS begin with it")
        })?;
        let text = |variable: &str| self.get(variable).map(str::to_owned);
        Ok(Settings {
            name: name.to_owned(),
            environment: text("environment"),
            region: text("aws_region"),
            app_name: text("app_name"),
            domain: text("domain_name"),
            hosted_zone_id: text("hosted_zone_id"),
            firewall: self.flag("enable_waf")?,
            firewall_limit: self.number("waf_rate_limit")?,
            firewall_sign_in_limit: self.number("waf_auth_rate_limit")?,
            sign_in_limit: self.flag("enable_rate_limiting")?,
            sign_in_attempts: self.number("rate_limit_max_attempts")?,
            sign_in_window_seconds: self.number("rate_limit_window_seconds")?,
            left_out: self.left_out(),
        })
    }

    /// The region where the old site really is: the state tells; `is_region` says which names are regions at all.
    ///
    /// # Errors
    /// When the two files say different ones, or the state says several.
    pub fn region(&self, state: &State, is_region: impl Fn(&str) -> bool) -> Result<Option<String>, MigrateError> {
        let mut said = self.get("aws_region").map(|region| (region, "`aws_region` of the tfvars file"));
        for one in &state.resources {
            // Anything else is no region: such as in a shortened ARN.
            let Some(region) = one.region().filter(|region| is_region(region)) else { continue };
            match said {
                Some((other, whence)) if other != region => {
                    return Err(MigrateError::new(format!(
                        "{} is in {region} by the tfstate file, but {whence} says {other}",
                        one.address
                    ))
                    .hint("give the two files of one and the same Terraform tree, or correct `aws_region`"));
                }
                Some(_) => {}
                None => said = Some((region, &one.address)),
            }
        }
        Ok(said.map(|(region, _)| region.to_owned()))
    }

    fn left_out(&self) -> Vec<(String, &'static str)> {
        const TAKEN: &[&str] = &[
            "project_name",
            "environment",
            "aws_region",
            "app_name",
            "domain_name",
            "hosted_zone_id",
            "enable_waf",
            "waf_rate_limit",
            "waf_auth_rate_limit",
            "enable_rate_limiting",
            "rate_limit_max_attempts",
            "rate_limit_window_seconds",
        ];
        let reason = |name: &str| match name {
            name if SECRETS.contains(&name) => "its value goes into the secret",
            name if POINTLESS.contains(&name) => "the new functions are sized anew",
            _ => "stellarr has no such setting",
        };
        let names = self.0.keys().filter(|name| !TAKEN.contains(&name.as_str()));
        names.map(|name| (name.clone(), reason(name))).collect()
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, MigrateError> {
        let wrong = || MigrateError::new(format!("`{name}` of the tfvars file is neither true nor false"));
        self.get(name).map(|value| value.parse().map_err(|_| wrong())).transpose()
    }

    fn number(&self, name: &str) -> Result<Option<u32>, MigrateError> {
        let wrong = || MigrateError::new(format!("`{name}` of the tfvars file is no whole number"));
        self.get(name).map(|value| value.parse().map_err(|_| wrong())).transpose()
    }
}

impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Plain values only: a tfvars file can hold no others of use here.
fn text_of(expression: &hcl::Expression) -> Option<String> {
    match expression {
        hcl::Expression::String(text) => Some(text.clone()),
        hcl::Expression::Number(number) => Some(number.to_string()),
        hcl::Expression::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TFVARS: &str = include_str!("../../tests/terraform/terraform.tfvars");

    #[test]
    fn secrets_are_left_out() {
        let settings = Variables::parse(TFVARS).unwrap().settings().unwrap();
        let out: Vec<_> = settings.left_out.iter().map(|(name, _)| name.as_str()).collect();
        assert!(out.contains(&"preshared_password") && out.contains(&"lambda_memory"), "{out:?}");
        assert!(!format!("{settings:?}").contains("battery"));
    }

    #[test]
    fn the_region_is_the_states_and_a_contradiction_is_refused() {
        let state = |region: &str| {
            let text = r#"{"version":4,"resources":[{"mode":"managed","type":"aws_dynamodb_table","name":"requests",
                "instances":[{"attributes":{"arn":"arn:aws:dynamodb:REGION:1:table/t"}}]}]}"#;
            State::parse(&text.replace("REGION", region)).unwrap()
        };
        let settled = |text: &str, region: &str| {
            Variables::parse(text).unwrap().region(&state(region), |name| name.starts_with("eu-"))
        };
        assert_eq!(settled("project_name = \"a\"", "eu-west-3").unwrap().as_deref(), Some("eu-west-3"));
        assert_eq!(settled("aws_region = \"eu-west-3\"", "eu-west-3").unwrap().as_deref(), Some("eu-west-3"));
        assert_eq!(settled("project_name = \"a\"", "eu").unwrap(), None, "no region");
        let error = settled("aws_region = \"eu-west-1\"", "eu-west-3").unwrap_err();
        for words in ["aws_dynamodb_table.requests", "eu-west-3", "eu-west-1", "aws_region"] {
            assert!(error.message.contains(words), "{error}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_a_value() {
        for (text, said) in [
            ("preshared_password = hunter2 hunter2", "Terraform's language"),
            ("environment = \"prod\"", "no `project_name`"),
            ("project_name = \"a\"\nenable_waf = \"hunter2\"", "neither true nor false"),
        ] {
            let error = Variables::parse(text).and_then(|found| found.settings()).unwrap_err();
            assert!(error.message.contains(said) && !error.message.contains("hunter2"), "{error}");
        }
        let shown = format!("{:?}", Variables::parse(TFVARS).unwrap());
        assert!(shown.contains("preshared_password") && !shown.contains("battery"), "{shown}");
    }
}
