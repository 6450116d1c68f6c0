//! The functions as the templates write them, and the digest of a published version.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::base::functions::Function;
use crate::config::{Config, Upstreams};
use crate::stacks::environment::{self, Value, Variable};

/// One function: its names, its size, its rights and its environment.
#[derive(Serialize)]
pub(super) struct FunctionValues {
    name: &'static str,
    id: String,
    aws_name: String,
    log_group: String,
    noun: &'static str,
    purpose: &'static str,
    scheduled: bool,
    memory: u32,
    timeout: u32,
    log_days: u32,
    variables: Vec<Variable>,
}

impl FunctionValues {
    pub(super) fn of(function: Function, config: &Config) -> Self {
        let prefix = config.prefix();
        let (memory, timeout) = config.size(function);
        let scheduled = function.is_scheduled();
        Self {
            name: function.name(),
            id: function.id(),
            aws_name: function.aws_name(&prefix),
            log_group: function.log_group(&prefix),
            noun: function.noun(),
            purpose: function.purpose(),
            scheduled,
            memory,
            timeout,
            log_days: if scheduled { config.logs.job_days } else { config.logs.api_days },
            variables: environment::of(function, config),
        }
    }
}

/// Digests the size and the environment of a function. A published version keeps the settings of its day, so a change of one
/// must publish another. A parameter counts by its name, because the version's description names those that change; the
/// addresses of the site and its upstream services count as they are, because the configuration alone decides them.
pub(super) fn digest(function: Function, config: &Config) -> String {
    let upstreams = Upstreams::of(config);
    let values: Vec<(&str, String)> = environment::of(function, config)
        .into_iter()
        .map(|Variable { name, value, .. }| {
            let text = match value {
                Value::Text(text) => text,
                Value::Reference(reference) | Value::Conditional { reference, .. } => {
                    upstreams.parameter(reference).unwrap_or(reference).to_owned()
                }
            };
            (name, text)
        })
        .collect();
    let settings = serde_json::json!([config.size(function), values]);
    hex::encode(&Sha256::digest(settings.to_string())[..6])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest_after(change: impl FnOnce(&mut Config)) -> String {
        let mut config = Config::named("home");
        change(&mut config);
        digest(Function::Api, &config)
    }

    #[test]
    fn a_version_is_published_for_every_setting_of_its_function_and_for_no_other() {
        let first = digest_after(|_| ());
        let changes: [fn(&mut Config); 5] = [
            |config| config.api.memory = 512,
            |config| config.api.timeout = 10,
            |config| config.feeds.keep_added_listed = true,
            |config| config.domain = Some("requests.example.org".to_owned()),
            |config| config.catalogue.region = Some("US".to_owned()),
        ];
        for change in changes {
            assert_ne!(digest_after(change), first);
        }
        assert_eq!(digest_after(|config| config.warmer.memory = 512), first);
        assert_eq!(digest_after(|config| config.fetcher.max_concurrent = 2), first);
    }
}
