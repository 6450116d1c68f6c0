//! What CloudFormation gets and answers.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

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

impl Stack {
    /// The stack of a first change set that was not executed yet.
    #[must_use]
    pub fn in_review(name: &str, id: &str) -> Self {
        Self {
            name: name.to_owned(),
            id: id.to_owned(),
            status: StackStatus("REVIEW_IN_PROGRESS".to_owned()),
            status_reason: None,
            parameters: BTreeMap::new(),
            outputs: BTreeMap::new(),
            tags: BTreeMap::new(),
            updated_at: None,
            termination_protection: false,
        }
    }
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
    /// ARN of the stack that it belongs to.
    pub stack_id: String,
    /// `CREATE_PENDING`, `CREATE_IN_PROGRESS`, `CREATE_COMPLETE`, `FAILED`, …
    pub status: String,
    /// CloudFormation's words on the status.
    pub status_reason: Option<String>,
    /// `AVAILABLE`, `UNAVAILABLE`, `EXECUTE_COMPLETE`, …
    pub execution_status: String,
    /// The parameters it was made with; none is what the stack has already.
    pub parameters: BTreeMap<String, Option<String>>,
    /// The tags it was made with.
    pub tags: BTreeMap<String, String>,
    /// What it does besides what its template and parameters say.
    pub extras: ChangeSetExtras,
    /// Changes by resource.
    pub changes: Vec<ResourceChange>,
}

/// What a change set does besides what its template and parameters say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSetExtras {
    /// It puts back what was changed behind CloudFormation's back.
    pub reverts_drift: bool,
    /// It takes over existing resources whose names its template holds.
    pub imports_existing: bool,
    /// It deletes the stack when its creation fails.
    pub deletes_on_failure: bool,
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

/// Something of a change set that did not pass CloudFormation's checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSetProblem {
    /// Logical id.
    pub logical_id: String,
    /// For example `AWS::S3::Bucket`.
    pub resource_type: String,
    /// Where in the template it is, such as `/Resources/Site/Properties/BucketName`, if that is told.
    pub path: Option<String>,
    /// CloudFormation's words.
    pub reason: String,
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

impl StackEvent {
    /// Says whether the event is of the stack itself, not of one of its resources.
    #[must_use]
    pub fn is_of_stack(&self, name: &str) -> bool {
        self.logical_id == name && self.resource_type == "AWS::CloudFormation::Stack"
    }

    /// Whether the event belongs to an unfinished operation.
    #[must_use]
    pub fn in_progress(&self) -> bool {
        self.status.ends_with("_IN_PROGRESS")
    }
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
