//! CloudWatch's alarms.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_cloudwatch::Client;

use super::context::AdapterContext;
use super::time::rfc3339;
use super::{Alarm, Alarms, AwsError};

/// CloudWatch's alarms in the home region.
#[derive(Debug)]
pub(super) struct CloudWatchAlarms {
    client: Client,
    context: AdapterContext,
}

impl CloudWatchAlarms {
    pub(super) fn new(config: &SdkConfig, context: AdapterContext) -> Self {
        Self { client: Client::new(config), context }
    }
}

#[async_trait]
impl Alarms for CloudWatchAlarms {
    async fn list(&self, prefix: &str) -> Result<Vec<Alarm>, AwsError> {
        let call = self.context.reads("cloudwatch:DescribeAlarms", prefix.to_owned());
        let mut found = Vec::new();
        let mut next = None;
        loop {
            let request = self.client.describe_alarms().alarm_name_prefix(prefix).set_next_token(next.take());
            let page = request.send().await.map_err(|error| call.failed(error))?;
            for one in page.metric_alarms.unwrap_or_default() {
                found.push(Alarm {
                    name: one.alarm_name.ok_or_else(|| call.missing("alarm name"))?,
                    state: one.state_value.ok_or_else(|| call.missing("alarm state"))?.as_str().to_owned(),
                    meaning: one.alarm_description.unwrap_or_default(),
                    since: one.state_updated_timestamp.and_then(rfc3339),
                });
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(found);
            }
        }
    }
}
