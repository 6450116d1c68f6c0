//! Takes resources that exist already into a new stack.

use super::stack::{StackChange, create_change_set, failure, request};
use super::{ApplyError, wait_for_stack};
use crate::aws::{ChangeSetKind, ChangeSetRequest, ResourceToImport, TemplateSource};
use crate::context::Context;

/// Makes the change set of an import, has it decided on, and executes exactly it.
///
/// # Errors
/// [`ApplyError`]; a failed import leaves the resources as they were.
pub(crate) async fn import(
    context: Context<'_>,
    change: &StackChange,
    resources: &[ResourceToImport],
    decide: &(dyn Fn() -> Result<bool, ApplyError> + Sync),
) -> Result<(), ApplyError> {
    let stacks = context.cloud.stacks(&change.region);
    let stacks = stacks.as_ref();
    let live = stacks.describe(&change.name).await?;
    let body = TemplateSource::Body(change.template.clone().unwrap_or_default());
    let request =
        ChangeSetRequest { imports: resources.to_vec(), ..request(change, ChangeSetKind::Import, body, live.as_ref()) };
    let Some(change_set) = create_change_set(context, stacks, &request).await? else { return Ok(()) };
    let stranger = change_set.changes.iter().find(|one| one.action != "Import");
    let decision = match stranger {
        Some(one) => Err(ApplyError::Refused {
            stack: change.name.clone(),
            reason: format!("an import must change nothing, and this one would {} {}", one.action, one.logical_id),
        }),
        None => decide(),
    };
    match decision {
        Ok(true) => {}
        declined => {
            stacks.delete_change_set(&change.name, &change_set.id).await?;
            return Err(declined.err().unwrap_or_else(|| ApplyError::Declined(change.name.clone())));
        }
    }
    let after = stacks.events(&change.name, None).await?.last().map(|event| event.id.clone());
    stacks.execute_change_set(&change.name, &change_set.id, &request.token).await?;
    let outcome = wait_for_stack(context, stacks, &change.name, after.as_deref()).await?;
    match outcome.status {
        Some(status) if status.is_success() => Ok(()),
        status => Err(failure(&change.name, status, &outcome.events)),
    }
}
