//! What starts a run.

use serde_json::Value;
use stellarr_core::reports::ScheduleType;

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
