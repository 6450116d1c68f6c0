//! Deletes a stack for good, and says what refuses to go.

use super::{ApplyError, wait_for_stack};
use crate::aws::StackResource;
use crate::context::Context;

/// How a deletion ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deletion {
    /// The stack is gone.
    Gone,
    /// The stack stays, with these resources that could not be deleted.
    Failed(Vec<StackResource>),
}

/// Deletes a stack and waits; waits out first what is under way. One that is gone already is no error.
///
/// Unlike what clears the way for a new stack, nothing that refuses to go is left behind silently.
///
/// # Errors
/// AWS's, or a stack that does not come to rest.
pub(crate) async fn delete_whole(context: Context<'_>, region: &str, name: &str) -> Result<Deletion, ApplyError> {
    let stacks = context.cloud.stacks(region);
    let stacks = stacks.as_ref();
    let Some(mut stack) = stacks.describe(name).await? else { return Ok(Deletion::Gone) };
    let after = stacks.events(name, None).await?.last().map(|event| event.id.clone());
    if stack.status.in_progress() && stack.status.0 != "DELETE_IN_PROGRESS" {
        context.printer.line(&format!("  the stack {name} is busy with an earlier operation; waiting for it"));
        wait_for_stack(context, stacks, name, after.as_deref()).await?;
        match stacks.describe(name).await? {
            Some(rested) => stack = rested,
            None => return Ok(Deletion::Gone),
        }
    }
    if stack.status.0 != "DELETE_IN_PROGRESS" {
        if stack.termination_protection {
            stacks.set_termination_protection(name, false).await?;
        }
        stacks.delete(name, &[], &format!("stellarr-destroy-{}", context.clock.now().as_second())).await?;
    }
    let outcome = wait_for_stack(context, stacks, name, after.as_deref()).await?;
    if outcome.status.is_none_or(|status| status.is_success()) {
        return Ok(Deletion::Gone);
    }
    let left = stacks.resources(name).await?;
    Ok(Deletion::Failed(left.into_iter().filter(|resource| resource.status == "DELETE_FAILED").collect()))
}
