//! Why a text is no schedule.

/// Says why a text is no schedule, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ScheduleError(String);

impl ScheduleError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}
