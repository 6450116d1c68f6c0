//! CloudWatch: logs, alarms and counts of runs.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::account::Account;
use crate::cloud::{Effect, FakeCloud};
use stellarr_aws::{Alarm, Alarms, AwsError, DriftedResource, FunctionRuns, LogEvent, LogPage, Logs, Metrics};

/// Events in a page; few, so that tests see several pages.
const EVENTS_PER_PAGE: usize = 3;

/// CloudWatch Logs.
#[derive(Debug)]
pub(crate) struct FakeLogs(pub(crate) FakeCloud);

#[async_trait]
impl Logs for FakeLogs {
    async fn page(&self, group: &str, since: i64, next: Option<&str>) -> Result<LogPage, AwsError> {
        let run = |account: &mut Account| {
            let first: usize = next.and_then(|next| next.parse().ok()).unwrap_or_default();
            let all = account.logs.get(group).into_iter().flatten().filter(|event| event.time >= since);
            let events: Vec<LogEvent> = all.skip(first).take(EVENTS_PER_PAGE).cloned().collect();
            let next = (events.len() == EVENTS_PER_PAGE).then(|| (first + EVENTS_PER_PAGE).to_string());
            Ok(LogPage { events, next })
        };
        self.0.call("logs:FilterLogEvents", group, Effect::Read, run).await
    }
}

/// CloudWatch's alarms.
#[derive(Debug)]
pub(crate) struct FakeAlarms(pub(crate) FakeCloud);

#[async_trait]
impl Alarms for FakeAlarms {
    async fn list(&self, prefix: &str) -> Result<Vec<Alarm>, AwsError> {
        let run = |account: &mut Account| {
            Ok(account.alarms.iter().filter(|alarm| alarm.name.starts_with(prefix)).cloned().collect())
        };
        self.0.call("cloudwatch:DescribeAlarms", prefix, Effect::Read, run).await
    }
}

/// CloudWatch in the home region.
#[derive(Debug)]
pub(crate) struct FakeMetrics(pub(crate) FakeCloud);

#[async_trait]
impl Metrics for FakeMetrics {
    async fn runs(&self, function: &str, since: Timestamp, until: Timestamp) -> Result<Vec<FunctionRuns>, AwsError> {
        let run = |account: &mut Account| {
            let all = account.runs.get(function).cloned().unwrap_or_default();
            Ok(all.into_iter().filter(|one| one.at >= since && one.at < until).collect())
        };
        self.0.call("cloudwatch:GetMetricData", function, Effect::Read, run).await
    }
}

impl FakeCloud {
    /// Lets a function say a line at a time (milliseconds).
    pub fn log(&self, group: &str, time: i64, message: &str) -> &Self {
        let mut account = self.account();
        let id = account.next().to_string();
        account.logs.entry(group.to_owned()).or_default().push(LogEvent { id, time, message: message.to_owned() });
        drop(account);
        self
    }

    /// Adds an alarm in a state.
    pub fn set_alarm(&self, name: &str, state: &str, meaning: &str) -> &Self {
        let mut account = self.account();
        account.alarms.retain(|alarm| alarm.name != name);
        let (name, state, meaning) = (name.to_owned(), state.to_owned(), meaning.to_owned());
        account.alarms.push(Alarm { name, state, meaning, since: None });
        drop(account);
        self
    }

    /// Changes a resource behind CloudFormation's back.
    pub fn drift(&self, stack: &str, resource: DriftedResource) -> &Self {
        self.account().drifted.entry(stack.to_owned()).or_default().push(resource);
        self
    }

    /// Puts other code into a function behind CloudFormation's back.
    pub fn tamper(&self, function: &str, code_sha256: &str) -> &Self {
        if let Some(found) = self.account().functions.get_mut(function) {
            code_sha256.clone_into(&mut found.state.code_sha256);
        }
        self
    }

    /// Notes that a function ran.
    pub fn add_run(&self, function: &str, run: FunctionRuns) -> &Self {
        self.account().runs.entry(function.to_owned()).or_default().push(run);
        self
    }
}
