//! Plain values that the traits take and return; they hold nothing of the SDK.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The principal behind the credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Caller {
    /// Twelve digits.
    pub account: String,
    /// The principal's ARN.
    pub arn: String,
}

/// The credentials in use, as one answer of AWS shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Session {
    /// Who calls.
    pub caller: Caller,
    /// When the person has to sign in again, where anything tells; none for a key that stays.
    pub expires_at: Option<jiff::Timestamp>,
    /// Whether the credentials end soon and their source renews them.
    pub renewed: bool,
    /// Seconds that AWS's clock is ahead of this computer's, if the answer told its time.
    pub skew_seconds: Option<i64>,
}

/// How many functions an account may run at once, in one region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionLimits {
    /// In all.
    pub concurrent: u32,
    /// Of these, what no function has reserved.
    pub unreserved: u32,
}

/// An invalidation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalidation {
    /// Its id.
    pub id: String,
    /// `InProgress` or `Completed`.
    pub status: String,
}

/// A distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// Its id.
    pub id: String,
    /// `Deployed` or `InProgress`.
    pub status: String,
    /// CloudFront's own name for it.
    pub domain_name: String,
    /// Further names.
    pub aliases: Vec<String>,
}

/// What an invocation brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The function's answer.
    pub payload: Bytes,
    /// `Handled` or `Unhandled` when the function failed.
    pub function_error: Option<String>,
    /// The last lines of its log.
    pub log_tail: Option<String>,
}

/// A function's code and state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionState {
    /// Base64 SHA-256 of the deployed zip.
    pub code_sha256: String,
    /// `Active`, `Pending`, …
    pub state: String,
    /// RFC 3339.
    pub modified_at: String,
}

/// How often a function ran within a few minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionRuns {
    /// When those minutes began.
    pub at: jiff::Timestamp,
    /// Runs, failed ones included.
    pub runs: u64,
    /// Failed runs.
    pub failures: u64,
}

/// A hosted zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HostedZone {
    /// Without the `/hostedzone/` prefix.
    pub id: String,
    /// Without the final dot.
    pub name: String,
    /// Whether only a VPC sees it.
    pub private: bool,
}

/// A certificate and the record that proves its domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// ARN.
    pub arn: String,
    /// `PENDING_VALIDATION`, `ISSUED`, …
    pub status: String,
    /// Name of the CNAME to create.
    pub record_name: Option<String>,
    /// Value of the CNAME to create.
    pub record_value: Option<String>,
    /// RFC 3339.
    pub not_after: Option<String>,
    /// Why it failed, as ACM names it: `CAA_ERROR`, …
    pub failure: Option<String>,
}

/// A certificate as a list tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedCertificate {
    /// ARN.
    pub arn: String,
    /// Whether it is issued; else it waits for its proof.
    pub issued: bool,
}

/// What a service has cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServiceCost {
    /// Its name on the bill.
    pub service: String,
    /// US dollars without tax.
    pub usd: f64,
}

/// The current version of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretVersion {
    /// Its id.
    pub id: String,
    /// Its text.
    pub text: SecretText,
    /// When it was written, by AWS' clock in unix seconds.
    pub written_at: Option<i64>,
}

/// The text of a secret; its Debug shows nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretText(pub String);

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}
