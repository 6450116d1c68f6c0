//! What a run has begun on AWS, so that the error that ends it leaves nothing unmentioned.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::config::{StackKind, edge_parts};
use crate::deployment::Deployment;
use crate::stacks::apply::Applied;
use stellarr_aws::Stack;

/// How long the look at what is there may take: the person waits for the error.
const PATIENCE: Duration = Duration::from_secs(5);

/// Stacks that were begun, and what else was put on AWS.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Entries>);

#[derive(Clone, Debug, Default)]
struct Entries {
    stacks: Vec<StackKind>,
    others: Vec<String>,
    templates: BTreeMap<StackKind, InForce>,
    confirmed: BTreeMap<StackKind, Stack>,
}

/// The template that a stack has.
#[derive(Clone, Debug)]
pub(super) struct InForce {
    /// Its text.
    pub(super) text: String,
    /// Whether CloudFormation found it to be the same as the one that was asked for.
    pub(super) is_same: bool,
}

impl Ledger {
    /// Notes that a stack is about to change.
    pub(super) fn begin(&self, kind: StackKind) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !entries.stacks.contains(&kind) {
            entries.stacks.push(kind);
        }
    }

    /// Notes that a stack was as it should be.
    pub(super) fn unchanged(&self, kind: StackKind) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).stacks.retain(|one| *one != kind);
    }

    /// Notes how this run left a stack: to ask for it again could bring an older answer.
    pub(super) fn confirm(&self, kind: StackKind, stack: Option<Stack>) {
        if let Some(stack) = stack {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).confirmed.insert(kind, stack);
        }
    }

    /// A stack as this run left it.
    pub(super) fn confirmed(&self, kind: StackKind) -> Option<Stack> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).confirmed.get(&kind).cloned()
    }

    /// Notes which template a stack has now.
    pub(super) fn in_force(&self, kind: StackKind, applied: &Applied) {
        self.confirm(kind, applied.stack.clone().filter(|_| applied.changed));
        let Some(text) = applied.template.clone() else { return };
        let in_force = InForce { text, is_same: applied.is_same };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).templates.insert(kind, in_force);
    }

    /// The template that a stack has, where this run saw it.
    pub(super) fn template(&self, kind: StackKind) -> Option<InForce> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).templates.get(&kind).cloned()
    }

    /// Notes something else that is on AWS now.
    pub(super) fn note(&self, what: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).others.push(what);
    }

    /// Adds what this run left on AWS to the error that ended it, and how to go on from there.
    pub(super) async fn mention(&self, error: CommandError, deployment: &Deployment) -> CommandError {
        // This error says itself that everything is there.
        if error.kind == ExitKind::Unhealthy {
            return error;
        }
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut lines = Vec::new();
        for kind in entries.stacks {
            lines.extend(standing(deployment, kind).await);
        }
        lines.extend(entries.others);
        if lines.is_empty() {
            return error;
        }
        let left = format!("on AWS from this run:\n  {}", lines.join("\n  "));
        let details = error.details.iter().map(String::as_str).chain([left.as_str()]).collect::<Vec<_>>().join("\n");
        error
            .details(details)
            .hint("nothing of that is lost: `stellarr deploy` goes on from there, and `stellarr destroy` takes it away")
    }
}

/// How a stack stands; none when it is not there.
async fn standing(deployment: &Deployment, kind: StackKind) -> Option<String> {
    let name = deployment.stack_name(kind);
    let what = match kind {
        StackKind::Bootstrap => "tables, bucket and secret".to_owned(),
        StackKind::Edge => edge_parts(&deployment.config).join(", "),
        StackKind::Main => "functions, buckets and CDN".to_owned(),
    };
    let stacks = deployment.cloud.stacks(deployment.region(kind));
    match tokio::time::timeout(PATIENCE, stacks.describe(&name)).await {
        Ok(Ok(None)) => None,
        Ok(Ok(Some(stack))) if stack.status.is_success() => Some(format!("the stack {name}: {what}")),
        Ok(Ok(Some(stack))) => Some(format!("the stack {name}, not finished: it is {}", stack.status)),
        _ => Some(format!("the stack {name}, perhaps: AWS cannot be asked now; `stellarr status` shows it later")),
    }
}
