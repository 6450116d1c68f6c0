//! Makes a stack ready for its next change: waits out what is under way, and clears away what never came up.

use std::collections::BTreeSet;

use super::cause::failure;
use super::propose::unique_name;
use super::watch::{Operation, Outcome, wait_for};
use super::{ApplyError, Readiness, assess, words};
use crate::base::prices::{dollars, left_price};
use crate::deployment::Context;
use stellarr_aws::{ChangeSetKind, Stack, StackEvent, StackResource, Stacks};

/// Waits out what is under way on a stack and clears remains away; returns the stack that an update would start from.
///
/// # Errors
/// [`ApplyError::Stuck`] and AWS's.
pub(crate) async fn ready(context: Context<'_>, region: &str, name: &str) -> Result<Option<Stack>, ApplyError> {
    let stacks = context.cloud.stacks(region);
    Ok(make_ready(context, stacks.as_ref(), name).await?.1)
}

/// Waits for the current operation, deletes the remains of failed ones, and returns the kind of the next change set.
pub(super) async fn make_ready(
    context: Context<'_>,
    stacks: &dyn Stacks,
    name: &str,
) -> Result<(ChangeSetKind, Option<Stack>), ApplyError> {
    // ARNs of deleted stacks of this name: an answer by name that still shows one of them is out of date.
    let mut gone: BTreeSet<String> = BTreeSet::new();
    let mut stack = stacks.describe(name).await?;
    // Each turn changes the state at most once: waiting, then removing, once more where that failed, then creating.
    for _ in 0..5 {
        let readiness = match assess(stack.as_ref()) {
            Readiness::Ready(ChangeSetKind::Create) if begun(stacks, stack.as_ref()).await? => Readiness::Busy,
            readiness => readiness,
        };
        match (readiness, stack) {
            (Readiness::Ready(ChangeSetKind::Update), Some(_)) if !gone.is_empty() => {
                return Err(ApplyError::Taken { stack: name.to_owned() });
            }
            (Readiness::Ready(kind), stack) => {
                return Ok((kind, stack.filter(|_| kind == ChangeSetKind::Update)));
            }
            (Readiness::Busy, Some(busy)) => {
                context.printer.line(&format!("  the stack {name} is busy with an earlier operation; waiting for it"));
                let operation = Operation::of_others(stacks, &busy).await?;
                stack = wait_for(context, stacks, &operation).await?.stack;
                if stack.is_none() {
                    gone.insert(busy.id);
                }
            }
            (Readiness::Remains, Some(remains)) => {
                let status = &remains.status;
                context.printer.line(&format!("  the stack {name} never came up ({status}): removing its remains"));
                let outcome = remove_remains(context, stacks, &remains).await?;
                match outcome.stack {
                    // Only now may what refuses to go be left behind.
                    Some(left) if remains.status.0 != "DELETE_FAILED" => stack = Some(left),
                    Some(left) => return Err(failure(name, Some(left.status), &outcome.events)),
                    None => {
                        gone.insert(remains.id);
                        stack = None;
                    }
                }
            }
            (_, stack) => {
                let of = stack.as_ref().map_or(name, |stack| stack.id.as_str());
                let events = stacks.events(of, None).await?;
                return Err(failure(name, stack.map(|stack| stack.status), last_operation(&events, name)));
            }
        }
        if stack.is_none() {
            stack = stacks.describe(name).await?.filter(|stack| !gone.contains(&stack.id));
        }
    }
    Err(ApplyError::Refused { stack: name.to_owned(), reason: "it changes under our hands".to_owned() })
}

/// Says whether something began on a stack that is told to wait for its first change set. Its history knows better.
async fn begun(stacks: &dyn Stacks, stack: Option<&Stack>) -> Result<bool, ApplyError> {
    let Some(stack) = stack else { return Ok(false) };
    let newest = stacks.newest_event(&stack.id).await?;
    Ok(newest.is_some_and(|event| event.status != "REVIEW_IN_PROGRESS"))
}

/// Deletes a stack and waits until it is gone. A stack that is already gone is not an error.
///
/// # Errors
/// [`ApplyError`] with the first resource that could not be deleted.
pub(crate) async fn delete(context: Context<'_>, region: &str, name: &str) -> Result<(), ApplyError> {
    let stacks = context.cloud.stacks(region);
    let stacks = stacks.as_ref();
    let Some(mut stack) = stacks.describe(name).await? else { return Ok(()) };
    if stack.status.in_progress() {
        let operation = Operation::of_others(stacks, &stack).await?;
        match wait_for(context, stacks, &operation).await?.stack {
            Some(rested) => stack = rested,
            None => return Ok(()),
        }
    }
    if stack.termination_protection {
        stacks.set_termination_protection(&stack.id, false).await?;
    }
    let outcome = remove_remains(context, stacks, &stack).await?;
    match outcome.stack {
        Some(left) => Err(failure(name, Some(left.status), &outcome.events)),
        None => Ok(()),
    }
}

/// Deletes what holds nothing that is used. What refuses twice, in an earlier run and now, is left behind, and told.
async fn remove_remains(context: Context<'_>, stacks: &dyn Stacks, stack: &Stack) -> Result<Outcome, ApplyError> {
    let outcome = delete_once(context, stacks, stack, &[]).await?;
    let Some(left) = &outcome.stack else { return Ok(outcome) };
    let resources = stacks.resources(&stack.id).await?;
    let stubborn: Vec<_> = resources.into_iter().filter(|resource| resource.status == "DELETE_FAILED").collect();
    if stack.status.0 != "DELETE_FAILED" || stubborn.is_empty() {
        return Ok(outcome);
    }
    // Only keeping what could not be deleted gets the stack away.
    let retain: Vec<String> = stubborn.iter().map(|resource| resource.logical_id.clone()).collect();
    let outcome = delete_once(context, stacks, left, &retain).await?;
    if outcome.stack.is_none() {
        for one in &stubborn {
            context.printer.warn(&left_behind(&stack.name, one));
        }
    }
    Ok(outcome)
}

/// Deletes exactly this stack, not another one that took its name, and waits.
pub(super) async fn delete_once(
    context: Context<'_>,
    stacks: &dyn Stacks,
    stack: &Stack,
    retain: &[String],
) -> Result<Outcome, ApplyError> {
    let token = unique_name("delete-")?;
    let operation = Operation::deletion(stacks, stack, &token).await?;
    stacks.delete(&stack.id, retain, &token).await?;
    wait_for(context, stacks, &operation).await
}

/// Names a resource that no stack holds any more, and what it still costs.
fn left_behind(stack: &str, one: &StackResource) -> String {
    let price = match left_price(&one.resource_type) {
        Some(usd) if usd <= 0.0 => "costs nothing".to_owned(),
        Some(usd) => format!("costs {} a month", dollars(usd)),
        None => "may cost something".to_owned(),
    };
    format!(
        "the {} {} ({}) of {stack} could not be deleted twice and is left behind: {}. It {price} until you delete it in \
         the AWS console",
        words::resource_type(&one.resource_type),
        one.logical_id,
        one.physical_id.as_deref().unwrap_or("no name"),
        one.reason.as_deref().unwrap_or("AWS gave no reason").trim_end_matches('.'),
    )
}

/// The events since the stack's last operation began.
fn last_operation<'a>(events: &'a [StackEvent], stack: &str) -> &'a [StackEvent] {
    let begin = events.iter().rposition(|event| {
        event.logical_id == stack && matches!(event.status.as_str(), "UPDATE_IN_PROGRESS" | "CREATE_IN_PROGRESS")
    });
    &events[begin.unwrap_or(0)..]
}
