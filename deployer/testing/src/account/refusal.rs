//! How AWS refuses a call.

use stellarr_aws::AwsErrorKind;

/// Why the account refuses a call.
pub(crate) struct Refusal {
    pub(crate) kind: AwsErrorKind,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// Refuses a call as AWS does.
pub(crate) fn refuse<T>(kind: AwsErrorKind, code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { kind, code, message: message.into() })
}
