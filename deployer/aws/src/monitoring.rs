//! What is seen of a deployment that runs: its functions' logs, its alarms, and what was changed behind CloudFormation.

use async_trait::async_trait;
use serde::Serialize;

use super::AwsError;

/// One line of a function's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvent {
    /// Unique id.
    pub id: String,
    /// Milliseconds since 1970.
    pub time: i64,
    /// The line.
    pub message: String,
}

/// A page of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogPage {
    /// Oldest first.
    pub events: Vec<LogEvent>,
    /// Asks for the next page; none after the last.
    pub next: Option<String>,
}

/// CloudWatch Logs.
#[async_trait]
pub trait Logs: Send + Sync {
    /// A page of a group's events from `since` (milliseconds) on; empty when there is no such group.
    async fn page(&self, group: &str, since: i64, next: Option<&str>) -> Result<LogPage, AwsError>;
}

/// An alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// Name.
    pub name: String,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state: String,
    /// What it means, from the template.
    pub meaning: String,
    /// Since when it is in this state (RFC 3339), if known.
    pub since: Option<String>,
}

/// CloudWatch's alarms.
#[async_trait]
pub trait Alarms: Send + Sync {
    /// Every alarm whose name begins so.
    async fn list(&self, prefix: &str) -> Result<Vec<Alarm>, AwsError>;
}

/// How a look for drift stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DriftDetection {
    /// CloudFormation is still looking.
    Running,
    /// It has looked at everything that it can look at.
    Complete,
    /// It could not look at some things, for this reason.
    Failed(String),
}

/// A resource that is not as its template says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DriftedResource {
    /// Logical id.
    pub logical_id: String,
    /// Physical id.
    pub physical_id: Option<String>,
    /// Resource type.
    pub resource_type: String,
    /// `MODIFIED` or `DELETED`.
    pub status: String,
    /// What differs.
    pub differences: Vec<PropertyDrift>,
}

/// A property that is not as its template says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PropertyDrift {
    /// Such as `/Environment/Variables/LOCALES`.
    pub path: String,
    /// What the template says.
    pub expected: String,
    /// What is there.
    pub actual: String,
}
