//! `terraform.tfvars` → `stellarr.yaml`.

use std::collections::BTreeMap;

use super::state::State;
use crate::base::error::CommandError;
use crate::config::{self, Config, DnsProvider};

/// The variables of the file, by name, as text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Variables(BTreeMap<String, String>);

/// Variables that hold secrets: they belong into the secret and never into a file or onto the screen.
const SECRETS: &[&str] =
    &["tmdb_api_key", "preshared_password", "feed_token", "plex_webhook_token", "plex_server_name", "tvdb_api_key"];

/// Variables that have nothing to decide any more.
const POINTLESS: &[&str] = &["lambda_memory", "lambda_timeout", "db_min_capacity", "db_max_capacity"];

/// A configuration made of the variables, and what a person should know about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translated {
    /// The configuration.
    pub config: Config,
    /// Variables that were left out, with the reason.
    pub left_out: Vec<(String, &'static str)>,
}

impl Variables {
    /// Reads the file's text.
    ///
    /// # Errors
    /// When it is no HCL; the message has line and column.
    pub fn parse(text: &str) -> Result<Self, CommandError> {
        let body: hcl::Body = hcl::parse(text).map_err(|error| {
            // What follows the first line shows the text itself, which may be a secret.
            let place =
                error.to_string().lines().next().unwrap_or_default().trim_start_matches([' ', '-', '>']).to_owned();
            CommandError::usage(format!("the tfvars file is not in Terraform's language: {place}"))
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

    /// Makes the configuration that describes the same site.
    ///
    /// # Errors
    /// When a value is missing or not what it should be.
    pub fn translate(&self) -> Result<Translated, CommandError> {
        let name = self.get("project_name").ok_or_else(|| {
            CommandError::usage("the tfvars file has no `project_name`")
                .hint("add the value that the Terraform tree has as its default: all names on AWS begin with it")
        })?;
        let mut config = Config::named(name);
        let set = |to: &mut String, variable: &str| {
            if let Some(value) = self.get(variable) {
                value.clone_into(to);
            }
        };
        set(&mut config.environment, "environment");
        set(&mut config.region, "aws_region");
        set(&mut config.app_name, "app_name");
        config.domain = self.get("domain_name").map(str::to_owned);
        config.dns.provider = DnsProvider::Route53;
        config.dns.hosted_zone_id = self.get("hosted_zone_id").filter(|_| config.domain.is_some()).map(str::to_owned);
        config.waf.enabled = self.flag("enable_waf")?.unwrap_or_default();
        if let Some(limit) = self.number("waf_rate_limit")? {
            config.waf.rate_limit = limit;
        }
        if let Some(limit) = self.number("waf_auth_rate_limit")? {
            config.waf.auth_rate_limit = limit.min(config.waf.rate_limit);
        }
        config.auth_limit.enabled = self.flag("enable_rate_limiting")?.unwrap_or(true);
        if let Some(attempts) = self.number("rate_limit_max_attempts")? {
            config.auth_limit.max_attempts = attempts;
        }
        if let Some(seconds) = self.number("rate_limit_window_seconds")? {
            config.auth_limit.window = seconds.div_ceil(60).max(1);
        }
        Ok(Translated { config, left_out: self.left_out() })
    }

    /// Takes the region from the state, where the old site really is.
    ///
    /// # Errors
    /// When the two files say different ones, or the state says several.
    pub fn settle_region(&self, config: &mut Config, state: &State) -> Result<(), CommandError> {
        let mut said = self.get("aws_region").map(|region| (region, "`aws_region` of the tfvars file"));
        for one in &state.resources {
            // A region that the configuration would not take is no region: such as in a shortened ARN.
            let Some(region) = one.region().filter(|region| config::check_region(region).is_ok()) else { continue };
            match said {
                Some((other, whence)) if other != region => {
                    return Err(CommandError::usage(format!(
                        "{} is in {region} by the tfstate file, but {whence} says {other}",
                        one.address
                    ))
                    .hint("give the two files of one and the same Terraform tree, or correct `aws_region`"));
                }
                Some(_) => {}
                None => said = Some((region, &one.address)),
            }
        }
        if let Some((region, _)) = said {
            region.clone_into(&mut config.region);
        }
        Ok(())
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

    fn flag(&self, name: &str) -> Result<Option<bool>, CommandError> {
        let wrong = || CommandError::usage(format!("`{name}` of the tfvars file is neither true nor false"));
        self.get(name).map(|value| value.parse().map_err(|_| wrong())).transpose()
    }

    fn number(&self, name: &str) -> Result<Option<u32>, CommandError> {
        let wrong = || CommandError::usage(format!("`{name}` of the tfvars file is no whole number"));
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
    fn the_site_is_described_and_no_secret_is() {
        let translated = Variables::parse(TFVARS).unwrap().translate().unwrap();
        let config = translated.config;
        assert_eq!((config.prefix().as_str(), config.region.as_str()), ("stellarr-prod", "eu-west-1"));
        assert_eq!(config.domain.as_deref(), Some("requests.example.org"));
        assert_eq!(config.dns.hosted_zone_id.as_deref(), Some("Z0123456789EXAMPLE"));
        assert_eq!((config.auth_limit.max_attempts, config.auth_limit.window), (5, 15));
        assert!(!config.waf.enabled);
        let out: Vec<_> = translated.left_out.iter().map(|(name, _)| name.as_str()).collect();
        assert!(out.contains(&"preshared_password") && out.contains(&"lambda_memory"), "{out:?}");
    }

    #[test]
    fn the_region_is_the_states_and_a_contradiction_is_refused() {
        let state = |region: &str| {
            let text = r#"{"version":4,"resources":[{"mode":"managed","type":"aws_dynamodb_table","name":"requests",
                "instances":[{"attributes":{"arn":"arn:aws:dynamodb:REGION:1:table/t"}}]}]}"#;
            State::parse(&text.replace("REGION", region)).unwrap()
        };
        let settled = |text: &str, region: &str| {
            let variables = Variables::parse(text).unwrap();
            let mut config = Config::named("a");
            variables.settle_region(&mut config, &state(region)).map(|()| config.region)
        };
        assert_eq!(settled("project_name = \"a\"", "eu-west-3").unwrap(), "eu-west-3");
        assert_eq!(settled("aws_region = \"eu-west-3\"", "eu-west-3").unwrap(), "eu-west-3");
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
            let error = Variables::parse(text).and_then(|found| found.translate()).unwrap_err();
            assert!(error.message.contains(said) && !error.message.contains("hunter2"), "{error}");
        }
        let shown = format!("{:?}", Variables::parse(TFVARS).unwrap());
        assert!(shown.contains("preshared_password") && !shown.contains("battery"), "{shown}");
    }
}
