//! CloudWatch Logs: what the functions say.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_cloudwatchlogs::Client;

use super::context::AdapterContext;
use super::{AwsError, AwsErrorKind, LogEvent, LogPage, Logs};

/// CloudWatch Logs in the home region.
#[derive(Debug)]
pub(super) struct CloudWatchLogs {
    client: Client,
    context: AdapterContext,
}

impl CloudWatchLogs {
    pub(super) fn new(config: &SdkConfig, context: AdapterContext) -> Self {
        Self { client: Client::new(config), context }
    }
}

#[async_trait]
impl Logs for CloudWatchLogs {
    async fn page(&self, group: &str, since: i64, next: Option<&str>) -> Result<LogPage, AwsError> {
        let call = self.context.reads("logs:FilterLogEvents", group.to_owned());
        let request = self.client.filter_log_events().log_group_name(group).start_time(since);
        let page = match request.set_next_token(next.map(str::to_owned)).send().await {
            Ok(page) => page,
            Err(error) => match call.failed(error) {
                // The function was never deployed, or its log is not there yet.
                failure if failure.kind == AwsErrorKind::NotFound => return Ok(LogPage::default()),
                failure => return Err(failure),
            },
        };
        let events = page.events.ok_or_else(|| call.missing("list of events"))?.into_iter();
        let events = events.map(|one| LogEvent {
            id: one.event_id.unwrap_or_default(),
            time: one.timestamp.unwrap_or_default(),
            message: one.message.unwrap_or_default(),
        });
        Ok(LogPage { events: events.collect(), next: page.next_token })
    }
}
