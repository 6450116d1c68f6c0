//! Plain values that cross the door.

use std::collections::BTreeMap;
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
    /// When the credentials end; none for a key that stays.
    pub expires_at: Option<jiff::Timestamp>,
    /// Seconds that AWS's clock is ahead of this computer's, if the answer told its time.
    pub skew_seconds: Option<i64>,
}

/// A CloudFormation stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// The stack's name.
    pub name: String,
    /// Its ARN, new with every creation.
    pub id: String,
    /// Where it stands.
    pub status: StackStatus,
    /// CloudFormation's words on the status.
    pub status_reason: Option<String>,
    /// Parameters as they are in force.
    pub parameters: BTreeMap<String, String>,
    /// Outputs by key.
    pub outputs: BTreeMap<String, String>,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
    /// When it last changed (RFC 3339), if known.
    pub updated_at: Option<String>,
    /// Whether deletion is refused.
    pub termination_protection: bool,
}

/// A stack's status, as CloudFormation names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StackStatus(pub String);

impl StackStatus {
    /// Says whether an operation is under way.
    #[must_use]
    pub fn in_progress(&self) -> bool {
        self.0.ends_with("_IN_PROGRESS") && !self.is_review()
    }

    /// Says whether only a change set exists yet.
    #[must_use]
    pub fn is_review(&self) -> bool {
        self.0 == "REVIEW_IN_PROGRESS"
    }

    /// Says whether an update can start from here.
    #[must_use]
    pub fn is_stable(&self) -> bool {
        matches!(
            self.0.as_str(),
            "CREATE_COMPLETE"
                | "UPDATE_COMPLETE"
                | "UPDATE_ROLLBACK_COMPLETE"
                | "IMPORT_COMPLETE"
                | "IMPORT_ROLLBACK_COMPLETE"
        )
    }

    /// Says whether the last operation did what was asked.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self.0.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" | "DELETE_COMPLETE")
    }
}

impl fmt::Display for StackStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a change set creates, updates or imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeSetKind {
    /// The stack does not exist yet.
    Create,
    /// The stack exists.
    Update,
    /// Resources that exist are taken over, and nothing else happens.
    Import,
}

/// A resource that exists and that a stack is to take over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceToImport {
    /// What the template calls it.
    pub logical_id: String,
    /// For example `AWS::S3::Bucket`.
    pub resource_type: String,
    /// The properties that identify it, such as `BucketName`.
    pub identifier: BTreeMap<String, String>,
}

/// Where a change set's template comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateSource {
    /// The text, at most 51,200 bytes.
    Body(String),
    /// An object in S3.
    Url(String),
    /// The stack's present template.
    Previous,
}

/// A stack parameter's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterValue {
    /// This text.
    Value(String),
    /// What the stack has now.
    Previous,
}

/// What a change set is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSetRequest {
    /// Stack name.
    pub stack: String,
    /// Change set name; the caller makes it unique.
    pub name: String,
    /// Create, update or import.
    pub kind: ChangeSetKind,
    /// What an import takes over.
    pub imports: Vec<ResourceToImport>,
    /// The template.
    pub template: TemplateSource,
    /// Every parameter of the template.
    pub parameters: BTreeMap<String, ParameterValue>,
    /// Tags for the stack and its resources.
    pub tags: BTreeMap<String, String>,
    /// Idempotency token.
    pub token: String,
    /// Whether what was changed behind CloudFormation's back is put back.
    pub revert_drift: bool,
}

/// A change set and what it would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSet {
    /// ARN.
    pub id: String,
    /// Name.
    pub name: String,
    /// `CREATE_PENDING`, `CREATE_IN_PROGRESS`, `CREATE_COMPLETE`, `FAILED`, …
    pub status: String,
    /// CloudFormation's words on the status.
    pub status_reason: Option<String>,
    /// `AVAILABLE`, `UNAVAILABLE`, `EXECUTE_COMPLETE`, …
    pub execution_status: String,
    /// Changes by resource.
    pub changes: Vec<ResourceChange>,
}

impl ChangeSet {
    /// Says whether it failed only because there is nothing to do.
    #[must_use]
    pub fn is_empty_failure(&self) -> bool {
        self.status == "FAILED"
            && self.status_reason.as_deref().is_some_and(|reason| {
                reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
            })
    }
}

/// A change set's name and state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSetSummary {
    /// ARN.
    pub id: String,
    /// Name.
    pub name: String,
    /// Status, as in [`ChangeSet::status`].
    pub status: String,
}

/// What happens to one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceChange {
    /// `Add`, `Modify`, `Remove`, `Import`, `Dynamic`.
    pub action: String,
    /// Logical id.
    pub logical_id: String,
    /// Physical id, if there is one yet.
    pub physical_id: Option<String>,
    /// For example `AWS::S3::Bucket`.
    pub resource_type: String,
    /// `True`, `False`, `Conditional`, or none.
    pub replacement: Option<String>,
    /// What happens to the old resource: `Delete`, `Retain`, `Snapshot`, `ReplaceAndDelete`, …
    pub policy_action: Option<String>,
    /// Names of the properties that change, such as `Properties.Environment`.
    pub properties: Vec<String>,
}

/// One line of a stack's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackEvent {
    /// Unique id.
    pub id: String,
    /// RFC 3339.
    pub time: String,
    /// Logical id (the stack's name for the stack itself).
    pub logical_id: String,
    /// Physical id.
    pub physical_id: Option<String>,
    /// Resource type.
    pub resource_type: String,
    /// For example `CREATE_FAILED`.
    pub status: String,
    /// CloudFormation's words.
    pub reason: Option<String>,
    /// The token of the operation that the event belongs to.
    pub token: Option<String>,
}

/// A resource of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StackResource {
    /// Logical id.
    pub logical_id: String,
    /// Physical id.
    pub physical_id: Option<String>,
    /// Resource type.
    pub resource_type: String,
    /// Status.
    pub status: String,
    /// CloudFormation's words.
    pub reason: Option<String>,
}

/// What is known of an object without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectHead {
    /// ETag with its quotes.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// User metadata.
    pub metadata: BTreeMap<String, String>,
}

/// An object with its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// ETag with its quotes.
    pub etag: String,
    /// The bytes.
    pub body: Bytes,
}

/// One line of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectSummary {
    /// Key.
    pub key: String,
    /// ETag with its quotes.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// RFC 3339.
    pub modified_at: String,
}

/// One of the versions that a bucket keeps of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectVersion {
    /// Key.
    pub key: String,
    /// The version's id.
    pub version: String,
    /// ETag with its quotes.
    pub etag: String,
    /// Whether this is what a reader gets.
    pub current: bool,
}

/// When a store may happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutCondition {
    /// Always.
    Any,
    /// Only when the key is free.
    IfAbsent,
    /// Only while the object has this ETag.
    IfMatch(String),
}

/// An object to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutObject {
    /// Key.
    pub key: String,
    /// The bytes.
    pub body: Bytes,
    /// Content-Type.
    pub content_type: String,
    /// Cache-Control.
    pub cache_control: Option<String>,
    /// Content-Encoding.
    pub content_encoding: Option<String>,
    /// User metadata.
    pub metadata: BTreeMap<String, String>,
    /// When the store may happen.
    pub condition: PutCondition,
}

/// How a conditional store ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutOutcome {
    /// Stored, with this ETag.
    Stored {
        /// ETag with its quotes.
        etag: String,
    },
    /// The condition did not hold; nothing was stored.
    Refused,
}

/// Whose a bucket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketState {
    /// It belongs to the account.
    Ours,
    /// It belongs to another account, or may not be looked at.
    Foreign,
    /// It is not there.
    Gone,
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
}

/// What a service has cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServiceCost {
    /// Its name on the bill.
    pub service: String,
    /// US dollars without tax.
    pub usd: f64,
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
