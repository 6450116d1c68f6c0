//! CloudWatch: how often a function ran, and how often it failed.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};
use jiff::Timestamp;

use super::context::AdapterContext;
use super::{AwsError, FunctionRuns, Metrics};

/// The finest sums that CloudWatch keeps for two months.
const PERIOD_SECONDS: i32 = 300;

/// CloudWatch in the home region.
#[derive(Debug)]
pub(super) struct CloudWatch {
    client: Client,
    context: AdapterContext,
}

impl CloudWatch {
    pub(super) fn new(config: &SdkConfig, context: AdapterContext) -> Self {
        Self { client: Client::new(config), context }
    }
}

fn sum_of(metric: &str, function: &str) -> MetricDataQuery {
    let dimension = Dimension::builder().name("FunctionName").value(function).build();
    let metric_name = Metric::builder().namespace("AWS/Lambda").metric_name(metric).dimensions(dimension).build();
    let statistic = MetricStat::builder().metric(metric_name).period(PERIOD_SECONDS).stat("Sum").build();
    MetricDataQuery::builder().id(metric.to_lowercase()).metric_stat(statistic).build()
}

#[async_trait]
impl Metrics for CloudWatch {
    async fn runs(&self, function: &str, since: Timestamp, until: Timestamp) -> Result<Vec<FunctionRuns>, AwsError> {
        let call = self.context.reads("cloudwatch:GetMetricData", function.to_owned());
        let mut sums: BTreeMap<i64, FunctionRuns> = BTreeMap::new();
        let mut next = None;
        loop {
            let request = self
                .client
                .get_metric_data()
                .metric_data_queries(sum_of("Invocations", function))
                .metric_data_queries(sum_of("Errors", function))
                .start_time(DateTime::from_secs(since.as_second()))
                .end_time(DateTime::from_secs(until.as_second()))
                .set_next_token(next.take());
            let page = request.send().await.map_err(|error| call.failed(error))?;
            for result in page.metric_data_results.unwrap_or_default() {
                let is_errors = result.id.as_deref() == Some("errors");
                let points = result.timestamps.unwrap_or_default().into_iter().zip(result.values.unwrap_or_default());
                for (time, value) in points {
                    let Ok(at) = Timestamp::from_second(time.secs()) else { continue };
                    let runs = sums.entry(time.secs()).or_insert(FunctionRuns { at, runs: 0, failures: 0 });
                    let count = if is_errors { &mut runs.failures } else { &mut runs.runs };
                    *count += whole(value);
                }
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(sums.into_values().filter(|one| one.runs > 0).collect());
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float casts saturate, and it is a count")]
fn whole(value: f64) -> u64 {
    value.round() as u64
}
