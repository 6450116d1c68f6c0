//! The old site's settings as a configuration.

use stellarr_migrate::{MigrateError, Settings, State, Variables};

use crate::base::error::CommandError;
use crate::config::{self, Config, DnsProvider};

impl From<MigrateError> for CommandError {
    fn from(error: MigrateError) -> Self {
        let hints = error.hints.clone();
        hints.into_iter().fold(Self::usage(error.to_string()), Self::hint)
    }
}

/// A configuration that describes the same site.
///
/// # Errors
/// When a variable is missing or not what it should be, or the two files disagree.
pub fn configuration(variables: &Variables, state: &State) -> Result<(Config, Settings), CommandError> {
    let settings = variables.settings()?;
    let mut config = of(&settings);
    if let Some(region) = variables.region(state, |name| config::check_region(name).is_ok())? {
        config.region = region;
    }
    Ok((config, settings))
}

fn of(settings: &Settings) -> Config {
    let mut config = Config::named(&settings.name);
    let set = |to: &mut String, value: &Option<String>| {
        if let Some(value) = value {
            to.clone_from(value);
        }
    };
    set(&mut config.environment, &settings.environment);
    set(&mut config.region, &settings.region);
    set(&mut config.app_name, &settings.app_name);
    config.domain.clone_from(&settings.domain);
    config.dns.provider = DnsProvider::Route53;
    config.dns.hosted_zone_id = settings.hosted_zone_id.clone().filter(|_| config.domain.is_some());
    config.waf.enabled = settings.firewall.unwrap_or_default();
    if let Some(limit) = settings.firewall_limit {
        config.waf.rate_limit = limit;
    }
    if let Some(limit) = settings.firewall_sign_in_limit {
        config.waf.auth_rate_limit = limit.min(config.waf.rate_limit);
    }
    config.auth_limit.enabled = settings.sign_in_limit.unwrap_or(true);
    if let Some(attempts) = settings.sign_in_attempts {
        config.auth_limit.max_attempts = attempts;
    }
    if let Some(seconds) = settings.sign_in_window_seconds {
        config.auth_limit.window = seconds.div_ceil(60).max(1);
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    const TFVARS: &str = include_str!("../../tests/terraform/terraform.tfvars");

    #[test]
    fn the_site_is_described() {
        let (config, _) = configuration(&Variables::parse(TFVARS).unwrap(), &State::default()).unwrap();
        assert_eq!((config.prefix().as_str(), config.region.as_str()), ("stellarr-prod", "eu-west-1"));
        assert_eq!(config.domain.as_deref(), Some("requests.example.org"));
        assert_eq!(config.dns.hosted_zone_id.as_deref(), Some("Z0123456789EXAMPLE"));
        assert_eq!((config.auth_limit.max_attempts, config.auth_limit.window), (5, 15));
        assert!(!config.waf.enabled);
    }
}
