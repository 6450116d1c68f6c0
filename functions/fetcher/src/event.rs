//! What starts a run.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScheduleType {
    /// What changes from day to day: popular and trending titles.
    Daily,
    /// What lasts: genres, hidden gems, award winners.
    Weekly,
    /// Both.
    Full,
}

impl ScheduleType {
    /// Says whether the daily lists are part of it.
    #[must_use]
    pub const fn is_daily(self) -> bool {
        matches!(self, Self::Daily | Self::Full)
    }

    /// Says whether the weekly lists are part of it.
    #[must_use]
    pub const fn is_weekly(self) -> bool {
        matches!(self, Self::Weekly | Self::Full)
    }
}

impl fmt::Display for ScheduleType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Full => "full",
        })
    }
}

/// An event that asks for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`scheduleType` must be `daily`, `weekly` or `full`")]
pub struct InvalidEvent;

/// Reads `scheduleType`, given directly or in an EventBridge event's `detail`; daily when neither says.
///
/// # Errors
/// When it is something else.
pub fn schedule_type(event: &Value) -> Result<ScheduleType, InvalidEvent> {
    let given = [event.get("scheduleType"), event.pointer("/detail/scheduleType")];
    match given.into_iter().flatten().find(|value| !value.is_null()) {
        None => Ok(ScheduleType::Daily),
        Some(value) => serde_json::from_value(value.clone()).map_err(|_| InvalidEvent),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_schedule_type_is_given_directly_in_the_detail_or_not_at_all() {
        assert_eq!(schedule_type(&json!({ "scheduleType": "weekly" })), Ok(ScheduleType::Weekly));
        assert_eq!(
            schedule_type(&json!({ "source": "aws.events", "detail": { "scheduleType": "full" } })),
            Ok(ScheduleType::Full)
        );
        for daily in [json!({}), json!(null), json!({ "source": "aws.events", "detail": {} })] {
            assert_eq!(schedule_type(&daily), Ok(ScheduleType::Daily));
        }
        for wrong in [json!({ "scheduleType": "hourly" }), json!({ "detail": { "scheduleType": 7 } })] {
            assert_eq!(schedule_type(&wrong), Err(InvalidEvent));
        }
    }
}
