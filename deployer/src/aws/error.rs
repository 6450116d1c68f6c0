//! One error for everything that AWS may answer.

use thiserror::Error;

/// An AWS call that failed for good.
#[derive(Clone, Debug, Error)]
#[error("{operation}: {message}")]
pub struct AwsError {
    /// What was called, as IAM names it: `cloudformation:CreateChangeSet`.
    pub operation: String,
    /// What it was called on, if one thing.
    pub resource: Option<String>,
    /// What kind of failure it is.
    pub kind: AwsErrorKind,
    /// AWS's error code, when there was an answer.
    pub code: Option<String>,
    /// AWS's words, or the transport's.
    pub message: String,
    /// AWS's request id, for support.
    pub request_id: Option<String>,
}

/// Kinds of failure, each with its own remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AwsErrorKind {
    /// No credentials were found.
    NoCredentials,
    /// The credentials have run out.
    ExpiredCredentials,
    /// AWS does not know the credentials.
    InvalidCredentials,
    /// The principal may not do this.
    AccessDenied,
    /// This computer's clock is off.
    ClockSkew,
    /// The thing is not there.
    NotFound,
    /// The thing is there already.
    AlreadyExists,
    /// AWS refused what was sent.
    Validation,
    /// The thing is busy or in the wrong state.
    Conflict,
    /// A quota is used up.
    LimitExceeded,
    /// AWS asked to slow down for longer than we retry.
    Throttled,
    /// AWS failed on its side.
    ServerFault,
    /// AWS could not be reached, or stopped answering.
    Network,
    /// The answer could not be understood.
    BadAnswer,
    /// The region does not exist or is not enabled.
    Region,
    /// Anything else.
    Other,
}
