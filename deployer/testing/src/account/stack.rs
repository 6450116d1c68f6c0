//! One stack: its state, its history, its change sets.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

use super::evaluate::Evaluated;
use stellarr_aws::{ChangeSet, ChangeSetProblem, Stack, StackEvent, StackResource, StackStatus};

/// A change set and all that it would put in force.
#[derive(Clone, Debug)]
pub(crate) struct FakeChangeSet {
    pub(crate) public: ChangeSet,
    pub(crate) problems: Vec<ChangeSetProblem>,
    pub(crate) template: String,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) evaluated: Evaluated,
    pub(crate) creates: bool,
    /// What it takes over, by logical id; nothing unless it is an import.
    pub(crate) imported: BTreeMap<String, String>,
    pub(crate) reverts_drift: bool,
    /// Looks until it is ready.
    pub(crate) polls_left: u32,
}

impl FakeChangeSet {
    /// The word that the stack's status begins with.
    pub(crate) fn status_prefix(&self) -> &'static str {
        match (self.imported.is_empty(), self.creates) {
            (false, _) => "IMPORT",
            (true, true) => "CREATE",
            (true, false) => "UPDATE",
        }
    }
}

/// A stack.
#[derive(Clone, Debug)]
pub(crate) struct FakeStack {
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    pub(crate) template: Option<String>,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) updated: Timestamp,
    pub(crate) protected: bool,
    pub(crate) change_sets: Vec<FakeChangeSet>,
    pub(crate) events: Vec<StackEvent>,
    pub(crate) resources: BTreeMap<String, StackResource>,
    /// What is there now.
    pub(crate) evaluated: Evaluated,
    pub(crate) operation: Option<Operation>,
    /// Physical ids of what was imported, by logical id.
    pub(crate) imported: BTreeMap<String, String>,
    /// What is told of it instead of the truth.
    pub(crate) stale: Stale,
}

impl FakeStack {
    pub(crate) fn new(region: &str, name: &str, account: &str, serial: u64, now: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            region: region.to_owned(),
            id: format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/{serial:04x}"),
            status: "REVIEW_IN_PROGRESS".to_owned(),
            reason: None,
            template: None,
            parameters: BTreeMap::new(),
            tags: BTreeMap::new(),
            outputs: BTreeMap::new(),
            updated: now,
            protected: false,
            change_sets: Vec::new(),
            events: Vec::new(),
            resources: BTreeMap::new(),
            evaluated: Evaluated::default(),
            operation: None,
            imported: BTreeMap::new(),
            stale: Stale::default(),
        }
    }

    pub(crate) fn public(&self) -> Stack {
        Stack {
            name: self.name.clone(),
            id: self.id.clone(),
            status: StackStatus(self.status.clone()),
            status_reason: self.reason.clone(),
            parameters: self.parameters.clone(),
            outputs: self.outputs.clone(),
            tags: self.tags.clone(),
            updated_at: Some(self.updated.to_string()),
            termination_protection: self.protected,
        }
    }

    /// Says whether this is what somebody means by a name or an ARN.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.id == name
    }

    /// Sets the stack's status and writes it down in the history.
    pub(crate) fn set_status(&mut self, status: &str, reason: Option<&str>, now: Timestamp, token: Option<&str>) {
        self.status = status.to_owned();
        self.reason = reason.map(str::to_owned);
        self.updated = now;
        let (name, id) = (self.name.clone(), self.id.clone());
        let kind = "AWS::CloudFormation::Stack";
        let event = ResourceStatus { logical_id: &name, physical_id: &id, kind, status, reason };
        self.record(&event, now, token);
    }

    /// Sets a resource's status and writes it down in the history.
    pub(crate) fn set_resource(&mut self, resource: &ResourceStatus<'_>, now: Timestamp, token: &str) {
        self.record(resource, now, Some(token));
        self.resources.insert(
            resource.logical_id.to_owned(),
            StackResource {
                logical_id: resource.logical_id.to_owned(),
                physical_id: Some(resource.physical_id.to_owned()),
                resource_type: resource.kind.to_owned(),
                status: resource.status.to_owned(),
                reason: resource.reason.map(str::to_owned),
            },
        );
    }

    /// Adds an event to the history.
    fn record(&mut self, event: &ResourceStatus<'_>, now: Timestamp, token: Option<&str>) {
        self.events.push(StackEvent {
            id: format!("{}-event-{:05}", self.id.rsplit('/').next().unwrap_or_default(), self.events.len()),
            time: now.to_string(),
            logical_id: event.logical_id.to_owned(),
            physical_id: Some(event.physical_id.to_owned()),
            resource_type: event.kind.to_owned(),
            status: event.status.to_owned(),
            reason: event.reason.map(str::to_owned),
            token: token.map(str::to_owned),
        });
    }
}

/// What CloudFormation's history says of a resource, or of the stack itself, at one time.
pub(crate) struct ResourceStatus<'a> {
    pub(crate) logical_id: &'a str,
    pub(crate) physical_id: &'a str,
    /// Its type, such as `AWS::S3::Bucket`.
    pub(crate) kind: &'a str,
    /// `CREATE_IN_PROGRESS` and so on.
    pub(crate) status: &'a str,
    /// Why it failed; none unless it did, or unless a person began it.
    pub(crate) reason: Option<&'a str>,
}

/// Answers about a stack that are older than its last write.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stale {
    /// The stack before the write; none where there was none.
    pub(crate) shown: Option<Stack>,
    /// For each of the next reads, whether it tells the state of before.
    pub(crate) reads: VecDeque<bool>,
    /// How many events there were before the write, and how many of the next reads tell no more.
    pub(crate) events: usize,
    pub(crate) event_reads: usize,
}

/// What is under way on a stack.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) kind: OperationKind,
    pub(crate) token: String,
    /// Looks until it ends.
    pub(crate) polls_left: u32,
}

/// Kinds of operation.
#[derive(Clone, Debug)]
pub(crate) enum OperationKind {
    /// Putting a change set in force.
    Change(Box<FakeChangeSet>),
    /// Deleting all resources but these.
    Delete(Vec<String>),
    /// Taking up a failed rollback.
    Continue,
}
