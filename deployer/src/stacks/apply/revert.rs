//! Puts a stack's resources back where its template says, by a drift-aware change set.

use std::collections::BTreeMap;

use super::propose::{Proposal, propose};
use super::stack::execute;
use super::{ApplyError, Review};
use crate::deployment::Context;
use crate::deployment::lock::Lock;
use stellarr_aws::{ParameterValue, Stack};

/// Reverts what was changed behind CloudFormation's back; false when CloudFormation sees nothing to revert.
///
/// `parameters` keep the stack's values. `decide` is shown what the change set would do.
///
/// # Errors
/// As [`super::apply`].
pub(crate) async fn revert_drift(
    context: Context<'_>,
    region: &str,
    stack: &Stack,
    parameters: BTreeMap<String, ParameterValue>,
    lock: &Lock,
    decide: &(dyn Fn(&Review) -> Result<bool, ApplyError> + Sync),
) -> Result<bool, ApplyError> {
    let stacks = context.cloud.stacks(region);
    let stacks = stacks.as_ref();
    let proposal = Proposal::revert(stack, parameters);
    let Some(proposed) = propose(context, stacks, &proposal).await? else { return Ok(false) };
    let review = Review::new(&stack.name, &proposed.change_set.changes);
    if !decide(&review)? {
        stacks.delete_change_set(&stack.name, &proposed.change_set.id).await?;
        return Err(ApplyError::Declined(stack.name.clone()));
    }
    execute(context, stacks, Some(stack), &proposed, Some(lock)).await?;
    Ok(true)
}
