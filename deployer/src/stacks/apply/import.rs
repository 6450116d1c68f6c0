//! Takes resources that exist already into a new stack.

use super::ApplyError;
use super::propose::{Proposal, propose};
use super::stack::{StackChange, execute};
use crate::deployment::Context;
use stellarr_aws::{ChangeSetKind, ResourceToImport, Stack, TemplateSource};

/// Makes the change set of an import, has it decided on, and executes exactly it; returns the stack as it then is.
///
/// # Errors
/// [`ApplyError`]; a failed import leaves the resources as they were.
pub(crate) async fn import(
    context: Context<'_>,
    change: &StackChange,
    resources: &[ResourceToImport],
    decide: &(dyn Fn() -> Result<bool, ApplyError> + Sync),
) -> Result<Option<Stack>, ApplyError> {
    let stacks = context.cloud.stacks(&change.region);
    let stacks = stacks.as_ref();
    let live = stacks.describe(&change.name).await?.filter(|stack| !stack.status.is_review());
    let body = TemplateSource::Body(change.template.clone().unwrap_or_default());
    let mut proposal = Proposal::new(change, ChangeSetKind::Import, body, live.as_ref());
    proposal.request.imports = resources.to_vec();
    let Some(proposed) = propose(context, stacks, &proposal).await? else { return Ok(live) };
    let change_set = &proposed.change_set;
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
    execute(context, stacks, live.as_ref(), &proposed, None).await.map(Some)
}
