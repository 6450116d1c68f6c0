//! The environment of the functions: one map, from which the templates, the digest of a published version and a run on this
//! computer are made.

use serde::Serialize;

use crate::base::functions::Function::{self, Api, Fetcher, Warmer};
use crate::config::{Config, Locale};
use stellarr_core::addresses::VIEWER_ADDRESS_HEADER;

/// One variable of the environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Where its value comes from.
    pub value: Value,
    /// The functions that have it.
    #[serde(skip)]
    functions: &'static [Function],
    /// Whether it is about Lambda, such as its timeout.
    #[serde(skip)]
    only_lambda: bool,
}

/// Where the value of a variable comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Value {
    /// A setting of the configuration, or a constant.
    Text(String),
    /// A parameter or a resource of the main stack.
    Reference(&'static str),
    /// A parameter that may be empty; the variable is there when the condition holds.
    Conditional {
        /// The condition of the main stack.
        condition: &'static str,
        /// The parameter.
        reference: &'static str,
    },
}

/// Returns the environment of one function.
#[must_use]
pub fn of(function: Function, config: &Config) -> Vec<Variable> {
    all(config).into_iter().filter(|variable| variable.functions.contains(&function)).collect()
}

/// Returns what a run of a scheduled function on this computer takes from the configuration.
#[must_use]
pub fn of_local_runs(config: &Config) -> Vec<(&'static str, String)> {
    let is_scheduled = |variable: &Variable| variable.functions.iter().any(|function| function.is_scheduled());
    let variables = all(config).into_iter().filter(|variable| is_scheduled(variable) && !variable.only_lambda);
    let text = |variable: Variable| match variable.value {
        Value::Text(text) => Some((variable.name, text)),
        Value::Reference(_) | Value::Conditional { .. } => None,
    };
    variables.filter_map(text).collect()
}

const EACH: &[Function] = &Function::ALL;

fn all(config: &Config) -> Vec<Variable> {
    let Config { auth_limit, catalogue, warmer, fetcher, .. } = config;
    vec![
        reference(EACH, "APP_SECRET_ARN", "AppSecretArn"),
        reference(&[Api, Fetcher], "DYNAMODB_TABLE", "RequestsTableName"),
        reference(&[Api, Fetcher], "CATALOGUE_TABLE", "CatalogueTableName"),
        reference(&[Warmer], "TRENDING_S3_BUCKET", "TrendingBucket"),
        lambda(EACH, "METRICS_NAMESPACE", metrics_namespace(config)),
        text(EACH, "LOCALES", config.locale_list()),
        text(&[Api, Fetcher], "CATALOGUE_REGION", catalogue.region.as_deref().unwrap_or_default()),
        text(&[Api, Fetcher], "CATALOGUE_LANGUAGE", catalogue.language.as_ref().map_or("", Locale::as_str)),
        reference(EACH, "TMDB_BASE_URL", "TmdbBaseUrl"),
        reference(&[Api], "TVDB_BASE_URL", "TvdbBaseUrl"),
        reference(&[Api], "IMAGE_BASE_URL", "ImageBaseUrl"),
        variable(&[Api], "BASE_URL", Value::Conditional { condition: "HasBaseUrl", reference: "BaseUrl" }),
        reference(&[Api], "ORIGIN_VERIFY_SHA256", "OriginVerifySha256"),
        text(&[Api], "CLIENT_IP_HEADER", VIEWER_ADDRESS_HEADER),
        text(&[Api], "RATE_LIMIT_ENABLED", auth_limit.enabled),
        text(&[Api], "RATE_LIMIT_MAX_ATTEMPTS", auth_limit.max_attempts),
        text(&[Api], "RATE_LIMIT_WINDOW_SECONDS", auth_limit.window_seconds()),
        text(&[Api], "RATE_LIMIT_MAX_PER_MINUTE", auth_limit.max_per_minute),
        text(&[Api], "KEEP_ADDED_LISTED", config.feeds.keep_added_listed),
        text(&[Api], "PUSH_CONTACT", config.push.contact_uri().unwrap_or_default()),
        reference(&[Api], "PUSH_ALLOWED_HOSTS", "PushAllowedHosts"),
        text(&[Warmer], "WARMER_MAX_CONCURRENT", warmer.max_concurrent),
        text(&[Warmer], "WARMER_STARTS_PER_SECOND", warmer.starts_per_second),
        text(&[Warmer], "WARMER_REQUEST_TIMEOUT_SECONDS", warmer.request_timeout),
        lambda(&[Warmer], "WARMER_DEADLINE_SECONDS", run_timeout(warmer.timeout)),
        text(&[Fetcher], "FETCHER_MAX_CONCURRENT", fetcher.max_concurrent),
        text(&[Fetcher], "FETCHER_SPACING_MS", fetcher.spacing),
        text(&[Fetcher], "FETCHER_REQUEST_TIMEOUT_SECONDS", fetcher.request_timeout),
        lambda(&[Fetcher], "FETCHER_RUN_TIMEOUT_SECONDS", run_timeout(fetcher.timeout)),
    ]
}

fn text(functions: &'static [Function], name: &'static str, value: impl ToString) -> Variable {
    variable(functions, name, Value::Text(value.to_string()))
}

fn lambda(functions: &'static [Function], name: &'static str, value: impl ToString) -> Variable {
    Variable { only_lambda: true, ..text(functions, name, value) }
}

fn reference(functions: &'static [Function], name: &'static str, reference: &'static str) -> Variable {
    variable(functions, name, Value::Reference(reference))
}

const fn variable(functions: &'static [Function], name: &'static str, value: Value) -> Variable {
    Variable { name, value, functions, only_lambda: false }
}

/// Returns the namespace of the metrics that the functions write, which tells deployments apart.
#[must_use]
pub fn metrics_namespace(config: &Config) -> String {
    stellarr_core::metrics::namespace(&Function::Api.aws_name(&config.prefix()))
}

/// A run stops fetching this early, to write what it has and to report what it has not: a quarter of the timeout before its
/// end, fifteen seconds at most.
fn run_timeout(timeout: u32) -> u32 {
    let reserve = (timeout / 4).clamp(1, 15);
    timeout.saturating_sub(reserve).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_has_each_variable_once() {
        let config = Config::named("home");
        for function in Function::ALL {
            let mut names: Vec<&str> = of(function, &config).iter().map(|variable| variable.name).collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all, "{function:?}");
        }
    }

    #[test]
    fn a_run_on_this_computer_takes_settings_and_nothing_of_lambda() {
        let names: Vec<&str> = of_local_runs(&Config::named("home")).into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            [
                "LOCALES",
                "CATALOGUE_REGION",
                "CATALOGUE_LANGUAGE",
                "WARMER_MAX_CONCURRENT",
                "WARMER_STARTS_PER_SECOND",
                "WARMER_REQUEST_TIMEOUT_SECONDS",
                "FETCHER_MAX_CONCURRENT",
                "FETCHER_SPACING_MS",
                "FETCHER_REQUEST_TIMEOUT_SECONDS"
            ]
        );
    }

    #[test]
    fn a_run_stops_early_enough_to_report() {
        assert_eq!([1, 4, 60, 900].map(run_timeout), [1, 3, 45, 885]);
    }
}
