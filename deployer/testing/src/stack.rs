//! One stack: its state, its history, its change sets.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::evaluate::Evaluated;
use super::late::Stale;
use super::operate::Operation;
use stellarr_aws::{ChangeSet, ChangeSetProblem, Stack, StackEvent, StackResource, StackStatus};

/// A change set and all that it would put in force.
#[derive(Clone, Debug)]
pub(super) struct FakeChangeSet {
    pub(super) public: ChangeSet,
    pub(super) problems: Vec<ChangeSetProblem>,
    pub(super) template: String,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) evaluated: Evaluated,
    pub(super) creates: bool,
    /// What it takes over, by logical id; nothing unless it is an import.
    pub(super) imported: BTreeMap<String, String>,
    pub(super) reverts_drift: bool,
    /// Looks until it is ready.
    pub(super) polls_left: u32,
}

impl FakeChangeSet {
    /// The word that the stack's status begins with.
    pub(super) fn word(&self) -> &'static str {
        match (self.imported.is_empty(), self.creates) {
            (false, _) => "IMPORT",
            (true, true) => "CREATE",
            (true, false) => "UPDATE",
        }
    }
}

/// A stack.
#[derive(Clone, Debug)]
pub(super) struct FakeStack {
    pub(super) name: String,
    pub(super) region: String,
    pub(super) id: String,
    pub(super) status: String,
    pub(super) reason: Option<String>,
    pub(super) template: Option<String>,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) outputs: BTreeMap<String, String>,
    pub(super) updated: Timestamp,
    pub(super) protected: bool,
    pub(super) change_sets: Vec<FakeChangeSet>,
    pub(super) events: Vec<StackEvent>,
    pub(super) resources: BTreeMap<String, StackResource>,
    /// What is there now.
    pub(super) evaluated: Evaluated,
    pub(super) operation: Option<Operation>,
    /// Physical ids of what was imported, by logical id.
    pub(super) imported: BTreeMap<String, String>,
    /// What is told of it instead of the truth.
    pub(super) stale: Stale,
}

impl FakeStack {
    pub(super) fn new(region: &str, name: &str, account: &str, serial: u64, now: Timestamp) -> Self {
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

    pub(super) fn public(&self) -> Stack {
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
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.id == name
    }

    /// Sets the stack's status and writes it down in the history.
    pub(super) fn set_status(&mut self, status: &str, reason: Option<&str>, now: Timestamp, token: Option<&str>) {
        self.status = status.to_owned();
        self.reason = reason.map(str::to_owned);
        self.updated = now;
        let (name, id) = (self.name.clone(), self.id.clone());
        self.event(&name, &id, "AWS::CloudFormation::Stack", status, reason, now, token);
    }

    /// Sets a resource's status and writes it down in the history.
    #[expect(clippy::too_many_arguments, reason = "the columns of CloudFormation's own history")]
    pub(super) fn set_resource(
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
