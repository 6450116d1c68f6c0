//! The ten metrics, and the log lines that CloudWatch reads them from.
//!
//! CloudWatch's embedded metric format turns a log line into metrics, so a function needs no further right and no
//! further call. Each metric costs $0.30 a month, therefore there are ten and none has a dimension; the namespace names
//! the deployment.

use serde_json::{Map, Value, json};

/// One of the ten metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// 1 when recommendations came from the catalogue alone, else 0: its mean is the hit ratio.
    CatalogueHit,
    /// Calls of TMDB that recommendations had to make.
    LiveFallbacks,
    /// Age of the oldest list that recommendations used, in seconds.
    CatalogueAge,
    /// Titles that a fetch received.
    ItemsFetched,
    /// Rows that a fetch wrote, because they were new or had changed.
    ItemsWritten,
    /// Pages and rows that a fetch could not get or write.
    FetchFailures,
    /// Rows of the catalogue that have not expired.
    CatalogueItems,
    /// Size of the catalogue's rows.
    CatalogueBytes,
    /// Trending files that were written or found unchanged.
    TrendingFresh,
    /// Trending files that could not be renewed.
    TrendingFailures,
}

impl Metric {
    /// All ten.
    pub const ALL: [Self; 10] = [
        Self::CatalogueHit,
        Self::LiveFallbacks,
        Self::CatalogueAge,
        Self::ItemsFetched,
        Self::ItemsWritten,
        Self::FetchFailures,
        Self::CatalogueItems,
        Self::CatalogueBytes,
        Self::TrendingFresh,
        Self::TrendingFailures,
    ];

    /// Returns the metric's name and unit in CloudWatch.
    #[must_use]
    pub const fn name_and_unit(self) -> (&'static str, &'static str) {
        match self {
            Self::CatalogueHit => ("CatalogueHit", "None"),
            Self::LiveFallbacks => ("LiveFallbacks", "Count"),
            Self::CatalogueAge => ("CatalogueAge", "Seconds"),
            Self::ItemsFetched => ("ItemsFetched", "Count"),
            Self::ItemsWritten => ("ItemsWritten", "Count"),
            Self::FetchFailures => ("FetchFailures", "Count"),
            Self::CatalogueItems => ("CatalogueItems", "Count"),
            Self::CatalogueBytes => ("CatalogueBytes", "Bytes"),
            Self::TrendingFresh => ("TrendingFresh", "Count"),
            Self::TrendingFailures => ("TrendingFailures", "Count"),
        }
    }
}

/// Returns the namespace of a function's deployment: `Stellarr/stellarr-prod` for the function `stellarr-prod-warmer`.
#[must_use]
pub fn namespace(function_name: &str) -> String {
    let deployment = function_name.rsplit_once('-').map_or(function_name, |(deployment, _)| deployment);
    if deployment.is_empty() { "Stellarr".to_owned() } else { format!("Stellarr/{deployment}") }
}

/// Renders one log line in the embedded metric format. `at` is in unix milliseconds.
#[must_use]
pub fn line(namespace: &str, at: u64, values: &[(Metric, f64)]) -> String {
    let definitions: Vec<Value> = values
        .iter()
        .map(|(metric, _)| {
            let (name, unit) = metric.name_and_unit();
            json!({ "Name": name, "Unit": unit })
        })
        .collect();
    let mut object = Map::new();
    object.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": at,
            "CloudWatchMetrics": [{ "Namespace": namespace, "Dimensions": [[]], "Metrics": definitions }],
        }),
    );
    for (metric, value) in values {
        object.insert(metric.name_and_unit().0.to_owned(), json!(value));
    }
    Value::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_cloudwatch_reads() {
        let line = line("Stellarr/a-prod", 1_700_000_000_000, &[(Metric::CatalogueHit, 1.0)]);
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["CatalogueHit"], json!(1.0));
        assert_eq!(value["_aws"]["Timestamp"], json!(1_700_000_000_000_u64));
        let directive = &value["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Namespace"], "Stellarr/a-prod");
        assert_eq!(directive["Dimensions"], json!([[]]));
        assert_eq!(directive["Metrics"], json!([{ "Name": "CatalogueHit", "Unit": "None" }]));
    }

    #[test]
    fn there_are_ten_metrics_with_ten_names() {
        let names: std::collections::BTreeSet<_> = Metric::ALL.iter().map(|metric| metric.name_and_unit().0).collect();
        assert_eq!(names.len(), 10);
    }

    #[test]
    fn the_namespace_names_the_deployment() {
        assert_eq!(namespace("stellarr-prod-warmer"), "Stellarr/stellarr-prod");
        assert_eq!(namespace(""), "Stellarr");
    }
}
