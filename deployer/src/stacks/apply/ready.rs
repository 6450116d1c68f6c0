//! What can be done with a stack in the state that it is in.

use stellarr_aws::{ChangeSetKind, Stack};

/// The next step for a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// A change set of this kind can be made.
    Ready(ChangeSetKind),
    /// An operation is under way; wait for it first.
    Busy,
    /// It never worked and holds nothing: delete it, then create it anew.
    Remains,
    /// Only a decision gets it out of this.
    Stuck,
}

/// Reads a stack's state.
#[must_use]
pub fn assess(stack: Option<&Stack>) -> Readiness {
    let Some(stack) = stack else { return Readiness::Ready(ChangeSetKind::Create) };
    let status = &stack.status;
    match status.0.as_str() {
        "REVIEW_IN_PROGRESS" => Readiness::Ready(ChangeSetKind::Create),
        "ROLLBACK_COMPLETE" | "CREATE_FAILED" | "ROLLBACK_FAILED" | "DELETE_FAILED" => Readiness::Remains,
        "UPDATE_ROLLBACK_FAILED" | "IMPORT_ROLLBACK_FAILED" | "UPDATE_FAILED" => Readiness::Stuck,
        _ if status.in_progress() => Readiness::Busy,
        _ => Readiness::Ready(ChangeSetKind::Update),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stellarr_aws::StackStatus;

    fn in_status(status: &str) -> Readiness {
        assess(Some(&Stack { status: StackStatus(status.to_owned()), ..Stack::in_review("site", "arn") }))
    }

    #[test]
    fn every_status_has_its_step() {
        use ChangeSetKind::{Create, Update};
        use Readiness::{Busy, Ready, Remains, Stuck};
        assert_eq!(assess(None), Ready(Create));
        for (status, step) in [
            ("REVIEW_IN_PROGRESS", Ready(Create)),
            ("CREATE_COMPLETE", Ready(Update)),
            ("UPDATE_COMPLETE", Ready(Update)),
            ("UPDATE_ROLLBACK_COMPLETE", Ready(Update)),
            ("IMPORT_COMPLETE", Ready(Update)),
            ("ROLLBACK_COMPLETE", Remains),
            ("CREATE_FAILED", Remains),
            ("DELETE_FAILED", Remains),
            ("ROLLBACK_FAILED", Remains),
            ("UPDATE_ROLLBACK_FAILED", Stuck),
            ("UPDATE_FAILED", Stuck),
            ("IMPORT_ROLLBACK_FAILED", Stuck),
            ("CREATE_IN_PROGRESS", Busy),
            ("UPDATE_ROLLBACK_IN_PROGRESS", Busy),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Busy),
            ("DELETE_IN_PROGRESS", Busy),
        ] {
            assert_eq!(in_status(status), step, "{status}");
        }
    }
}
