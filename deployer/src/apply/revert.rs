//! Puts a stack's resources back where its template says, by a drift-aware change set.

use std::collections::BTreeMap;

use super::stack::{create_change_set, execute};
use super::{ApplyError, Review};
use crate::aws::{ChangeSetKind, ChangeSetRequest, ParameterValue, Stack, TemplateSource};
use crate::context::Context;
use crate::lock::Lock;

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
    let name = format!("stellarr-drift-{}", context.clock.now().as_second());
    let request = ChangeSetRequest {
        stack: stack.name.clone(),
        token: name.clone(),
        name,
        kind: ChangeSetKind::Update,
        template: TemplateSource::Previous,
        parameters,
        tags: stack.tags.clone(),
        revert_drift: true,
        imports: Vec::new(),
    };
    let Some(change_set) = create_change_set(context, stacks, &request).await? else { return Ok(false) };
    let review = Review::new(&stack.name, &change_set.changes);
    if !decide(&review)? {
        stacks.delete_change_set(&stack.name, &change_set.id).await?;
        return Err(ApplyError::Declined(stack.name.clone()));
    }
    execute(context, stacks, &request, &change_set.id, Some(lock)).await?;
    Ok(true)
}
