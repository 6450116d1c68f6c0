//! Brings one stack where its template and parameters say.

use std::collections::BTreeMap;

use super::cause::failure;
use super::propose::{Proposal, Proposed, clear_away, lost_address, overtaken, propose};
use super::remains::make_ready;
use super::watch::{Operation, protected, wait_for};
use super::{ApplyError, Review};
use crate::config::DEPLOYMENT_TAG;
use crate::deployment::Context;
use crate::deployment::lock::Lock;
use stellarr_aws::{AwsErrorKind, ChangeSetKind, ParameterValue, Stack, Stacks, TemplateSource, comparison, template};

/// What a stack should become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackChange {
    /// Stack name.
    pub name: String,
    /// Region.
    pub region: String,
    /// The rendered template; none keeps the one that is there.
    pub template: Option<String>,
    /// Every parameter of the template.
    pub parameters: BTreeMap<String, ParameterValue>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Whether deletion is refused by CloudFormation itself.
    pub protect: bool,
}

/// What applying a stack did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Whether anything changed.
    pub changed: bool,
    /// The stack's outputs.
    pub outputs: BTreeMap<String, String>,
    /// The stack as it is now.
    pub stack: Option<Stack>,
    /// The text of the template in force, where it was read or has just been put in force.
    pub template: Option<String>,
    /// CloudFormation found nothing to change, although the template in force is another one.
    pub is_same: bool,
}

/// How a stack compares with what it should be, by what CloudFormation tells without a change set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Whether something would change.
    pub changes: bool,
    /// The text of the template in force, where it had to be read.
    pub template: Option<String>,
}

/// Compares a stack at rest with what it should be.
///
/// # Errors
/// AWS's.
pub async fn compare(stacks: &dyn Stacks, stack: &Stack, change: &StackChange) -> Result<Comparison, ApplyError> {
    let found = content(stacks, stack, change).await?;
    let settled = stack.status.is_stable() && stack.termination_protection == change.protect;
    Ok(Comparison { changes: found.changes || !settled, ..found })
}

/// Compares what only a change set changes.
async fn content(stacks: &dyn Stacks, stack: &Stack, change: &StackChange) -> Result<Comparison, ApplyError> {
    let same_parameters = change.parameters.iter().all(|(key, value)| match value {
        ParameterValue::Value(value) => stack.parameters.get(key).is_some_and(|shown| comparison::shows(shown, value)),
        ParameterValue::Previous => true,
    });
    if !same_parameters || !comparison::shows_all(&stack.tags, &change.tags) {
        return Ok(Comparison { changes: true, template: None });
    }
    let Some(text) = &change.template else { return Ok(Comparison { changes: false, template: None }) };
    let template = stacks.template(&stack.id).await?;
    let changes = template.as_deref().is_none_or(|shown| !comparison::is_no_change(shown, text));
    Ok(Comparison { changes, template })
}

/// Brings the stack where `change` says: a no-op without a change set when it is there already.
///
/// `template` is where CloudFormation finds the text. `from` is the stack as this run has just read or brought it; to ask
/// for it again could bring an older answer. `decide` is shown what the change set would do and says whether to go on.
/// Exactly the reviewed change set is executed, after the lock was checked once more.
///
/// # Errors
/// [`ApplyError`], each with its cause and remedy.
pub async fn apply(
    context: Context<'_>,
    change: &StackChange,
    template: TemplateSource,
    from: Option<Stack>,
    lock: Option<&Lock>,
    decide: &(dyn Fn(&Review) -> Result<bool, ApplyError> + Sync),
) -> Result<Applied, ApplyError> {
    let was_read_before = from.is_some();
    match try_apply(context, change, template.clone(), from, lock, decide).await {
        // Somebody began an operation after the stack was read: it has to end first.
        Err(ApplyError::Aws(error)) if was_read_before && error.kind == AwsErrorKind::Conflict => {
            try_apply(context, change, template, None, lock, decide).await
        }
        result => result,
    }
}

async fn try_apply(
    context: Context<'_>,
    change: &StackChange,
    template: TemplateSource,
    from: Option<Stack>,
    lock: Option<&Lock>,
    decide: &(dyn Fn(&Review) -> Result<bool, ApplyError> + Sync),
) -> Result<Applied, ApplyError> {
    let stacks = context.cloud.stacks(&change.region);
    let stacks = stacks.as_ref();
    let (kind, live) = match from {
        Some(stack) if stack.status.is_stable() => (ChangeSetKind::Update, Some(stack)),
        _ => make_ready(context, stacks, &change.name).await?,
    };
    let mut text = None;
    if let Some(stack) = &live {
        if !is_ours(stacks, stack, change).await? {
            return Err(ApplyError::NotOurs { stack: change.name.clone() });
        }
        let found = content(stacks, stack, change).await?;
        text = found.template;
        if !found.changes {
            return Ok(Applied { template: text, ..settled(context, stacks, stack.clone(), change, lock).await? });
        }
    }

    clear_away(stacks, &change.name, kind).await;
    let proposal = Proposal::new(change, kind, template, live.as_ref());
    let Some(proposed) = propose(context, stacks, &proposal).await? else {
        let Some(stack) = live else { return Ok(Applied::default()) };
        let template = match text {
            Some(text) => Some(text),
            None => stacks.template(&stack.id).await?,
        };
        return Ok(Applied { template, is_same: true, ..settled(context, stacks, stack, change, lock).await? });
    };
    let review = Review::new(&change.name, &proposed.change_set.changes).losing(lost_address(live.as_ref(), change));
    match decide(&review) {
        Ok(true) => {}
        declined => {
            stacks.delete_change_set(&change.name, &proposed.change_set.id).await?;
            return Err(declined.err().unwrap_or_else(|| ApplyError::Declined(change.name.clone())));
        }
    }
    let stack = execute(context, stacks, live.as_ref(), &proposed, lock).await?;
    let applied = settled(context, stacks, stack, change, lock).await?;
    Ok(Applied { changed: true, template: change.template.clone(), ..applied })
}

/// Says whether a stack is of this deployment: it bears its tag, or, as one that was imported or comes from an earlier
/// version, has a resource that the wanted template has as well.
async fn is_ours(stacks: &dyn Stacks, stack: &Stack, change: &StackChange) -> Result<bool, ApplyError> {
    let Some(wanted) = &change.template else { return Ok(true) };
    if stack.tags.contains_key(DEPLOYMENT_TAG) {
        return Ok(stack.tags.get(DEPLOYMENT_TAG) == change.tags.get(DEPLOYMENT_TAG));
    }
    let Some(live) = stacks.template(&stack.id).await? else { return Ok(true) };
    let types = |text: &str| -> BTreeMap<String, String> {
        let parsed = template::parse(text).unwrap_or_default();
        let all = parsed["Resources"].as_object().into_iter().flatten();
        all.filter_map(|(id, resource)| Some((id.clone(), resource["Type"].as_str()?.to_owned()))).collect()
    };
    let (live, wanted) = (types(&live), types(wanted));
    Ok(live.iter().any(|(id, kind)| wanted.get(id) == Some(kind)))
}

/// Ends with a stack whose content is as it should be: its protection against deletion needs no change set.
async fn settled(
    context: Context<'_>,
    stacks: &dyn Stacks,
    mut stack: Stack,
    change: &StackChange,
    lock: Option<&Lock>,
) -> Result<Applied, ApplyError> {
    let changed = stack.termination_protection != change.protect;
    if changed {
        if let Some(lock) = lock {
            lock.check().await?;
        }
        stacks.set_termination_protection(&stack.id, change.protect).await?;
        stack = protected(context, stacks, stack, change.protect).await?;
    }
    Ok(Applied { changed, outputs: stack.outputs.clone(), stack: Some(stack), ..Applied::default() })
}

/// Executes a reviewed change set after the lock was checked once more, and waits until the stack comes to rest; returns
/// the stack as it then is.
pub(super) async fn execute(
    context: Context<'_>,
    stacks: &dyn Stacks,
    live: Option<&Stack>,
    proposed: &Proposed,
    lock: Option<&Lock>,
) -> Result<Stack, ApplyError> {
    let Proposed { change_set, token, stack: name } = proposed;
    if let Some(lock) = lock {
        lock.check().await?;
    }
    let before = live.cloned().unwrap_or_else(|| Stack::in_review(name, &change_set.stack_id));
    let operation = Operation::of_ours(stacks, &before, token).await?;
    if let Err(error) = stacks.execute_change_set(name, &change_set.id, token).await {
        return Err(match error.kind {
            AwsErrorKind::NotFound | AwsErrorKind::Conflict => {
                overtaken(format!("the change of {name} was overtaken: {error}")).into()
            }
            _ => error.into(),
        });
    }
    let outcome = wait_for(context, stacks, &operation).await?;
    match outcome.stack {
        Some(stack) if stack.status.is_success() => Ok(stack),
        stack => Err(failure(name, stack.map(|stack| stack.status), &outcome.events)),
    }
}

/// Takes a failed rollback up again, or begins one that was held back; does nothing with a stack in another state. Returns
/// the stack as it then is.
///
/// # Errors
/// [`ApplyError::Stuck`] when it fails again.
pub(crate) async fn continue_rollback(
    context: Context<'_>,
    region: &str,
    name: &str,
) -> Result<Option<Stack>, ApplyError> {
    let stacks = context.cloud.stacks(region);
    let stacks = stacks.as_ref();
    let Some(stack) = stacks.describe(name).await? else { return Ok(None) };
    if !matches!(stack.status.0.as_str(), "UPDATE_ROLLBACK_FAILED" | "UPDATE_FAILED") {
        return Ok(None);
    }
    let token = super::propose::unique_name("continue-")?;
    let operation = Operation::of_ours(stacks, &stack, &token).await?;
    if stack.status.0 == "UPDATE_FAILED" {
        stacks.roll_back(name, &token).await?;
    } else {
        stacks.continue_update_rollback(name, &[], &token).await?;
    }
    let outcome = wait_for(context, stacks, &operation).await?;
    match outcome.stack {
        Some(stack) if stack.status.is_stable() => Ok(Some(stack)),
        stack => Err(failure(name, stack.map(|stack| stack.status), &outcome.events)),
    }
}
