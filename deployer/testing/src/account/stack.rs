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
        self.event(&name, &id, "AWS::CloudFormation::Stack", status, reason, now, token);
    }

    /// Sets a resource's status and writes it down in the history.
    #[expect(clippy::too_many_arguments, reason = "the columns of CloudFormation's own history")]
    pub(crate) fn set_resource(
        &mut self,
        logical_id: &str,
        physical_id: &str,
        kind: &str,
        status: &str,
        reason: Option<&str>,
        now: Timestamp,
        token: &str,
    ) {
        self.event(logical_id, physical_id, kind, status, reason, now, Some(token));
        self.resources.insert(
            logical_id.to_owned(),
            StackResource {
                logical_id: logical_id.to_owned(),
                physical_id: Some(physical_id.to_owned()),
                resource_type: kind.to_owned(),
                status: status.to_owned(),
                reason: reason.map(str::to_owned),
            },
        );
    }

    #[expect(clippy::too_many_arguments, reason = "the columns of CloudFormation's own history")]
    fn event(
        &mut self,
        logical_id: &str,
        physical_id: &str,
        kind: &str,
        status: &str,
        reason: Option<&str>,
        now: Timestamp,
        token: Option<&str>,
    ) {
        self.events.push(StackEvent {
            id: format!("{}-event-{:05}", self.id.rsplit('/').next().unwrap_or_default(), self.events.len()),
            time: now.to_string(),
            logical_id: logical_id.to_owned(),
            physical_id: Some(physical_id.to_owned()),
            resource_type: kind.to_owned(),
            status: status.to_owned(),
            reason: reason.map(str::to_owned),
            token: token.map(str::to_owned),
        });
    }
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
