//! Deletes a stack for good, and says what refuses to go.

use super::ApplyError;
use super::remains::delete_once;
use super::watch::{Operation, Outcome, wait_for};
use crate::deployment::Context;
use stellarr_aws::{Stack, StackResource};

/// How a deletion ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deletion {
    /// The stack is gone.
    Gone,
    /// The stack stays, with these resources that could not be deleted.
    Failed(Vec<StackResource>),
}

/// Waits for the stack's current operation, deletes the stack and waits for the end. A stack that is already gone is no
/// error. A new stack that took the name meanwhile is left alone.
///
/// Unlike what clears the way for a new stack, nothing that refuses to go is left behind silently.
///
/// # Errors
/// AWS's, or a stack that does not come to rest.
pub(crate) async fn delete_whole(context: Context<'_>, region: &str, stack: &Stack) -> Result<Deletion, ApplyError> {
    let stacks = context.cloud.stacks(region);
    let stacks = stacks.as_ref();
    let name = &stack.name;
    let Some(mut stack) = stacks.describe(&stack.id).await? else { return Ok(Deletion::Gone) };
    let mut under_way = None;
    if stack.status.in_progress() {
        let is_deleted = stack.status.0 == "DELETE_IN_PROGRESS";
        if !is_deleted {
            context.printer.line(&format!("  the stack {name} is busy with an earlier operation; waiting for it"));
        }
        let operation = Operation::of_others(stacks, &stack).await?;
        let outcome = wait_for(context, stacks, &operation).await?;
        match &outcome.stack {
            Some(rested) => stack = rested.clone(),
            None => return Ok(Deletion::Gone),
        }
        under_way = Some(outcome).filter(|_| is_deleted);
    }
    let outcome = match under_way {
        Some(outcome) => outcome,
        None => {
            if stack.termination_protection {
                stacks.set_termination_protection(&stack.id, false).await?;
            }
            delete_once(context, stacks, &stack, &[]).await?
        }
    };
    let Outcome { stack: Some(stack), .. } = outcome else { return Ok(Deletion::Gone) };
    let left = stacks.resources(&stack.id).await?;
    Ok(Deletion::Failed(left.into_iter().filter(|resource| resource.status == "DELETE_FAILED").collect()))
}
