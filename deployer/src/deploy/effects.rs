//! What a run has begun on AWS, so that the error that ends it leaves nothing unmentioned.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::config::{StackKind, edge_parts};
use crate::deployment::Deployment;
use crate::stacks::apply::Applied;

/// How long the look at what is there may take: the person waits for the error.
const LOOK_TIMEOUT: Duration = Duration::from_secs(5);

/// What a run has begun: stacks, and what else it put on AWS.
#[derive(Debug, Default)]
pub(super) struct Effects(Mutex<Begun>);

#[derive(Clone, Debug, Default)]
struct Begun {
    stacks: Vec<StackKind>,
    others: Vec<String>,
}

impl Effects {
    fn begun(&self) -> MutexGuard<'_, Begun> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a stack is about to change.
    pub(super) fn begin(&self, kind: StackKind) {
        let mut begun = self.begun();
        if !begun.stacks.contains(&kind) {
            begun.stacks.push(kind);
        }
    }

    /// Notes that a stack is as it was before this run.
    pub(super) fn unchanged(&self, kind: StackKind) {
        self.begun().stacks.retain(|one| *one != kind);
    }

    /// Notes how the change of a stack ended.
    pub(super) fn end(&self, kind: StackKind, applied: &Applied) {
        if !applied.changed {
            self.unchanged(kind);
        }
    }

    /// Notes something else that is on AWS now.
    pub(super) fn note(&self, what: String) {
        self.begun().others.push(what);
    }

    /// Adds what this run left on AWS to the error that ended it, and how to go on from there.
    pub(super) async fn mention(&self, error: CommandError, deployment: &Deployment) -> CommandError {
        // This error says itself that everything is there.
        if error.kind == ExitKind::Unhealthy {
            return error;
        }
        let begun = self.begun().clone();
        let mut lines = Vec::new();
        for kind in begun.stacks {
            lines.extend(standing(deployment, kind).await);
        }
        lines.extend(begun.others);
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
    match tokio::time::timeout(LOOK_TIMEOUT, stacks.describe(&name)).await {
        Ok(Ok(None)) => None,
        Ok(Ok(Some(stack))) if stack.status.is_success() => Some(format!("the stack {name}: {what}")),
        Ok(Ok(Some(stack))) => Some(format!("the stack {name}, not finished: it is {}", stack.status)),
        _ => Some(format!("the stack {name}, perhaps: AWS cannot be asked now; `stellarr status` shows it later")),
    }
}
