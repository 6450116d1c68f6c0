//! Brings one stack where its template and parameters say.

use std::collections::BTreeMap;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::{ApplyError, Outcome, Readiness, Review, assess, root_cause, wait_for_stack, words};
use crate::aws::{
    ChangeSet, ChangeSetKind, ChangeSetRequest, ParameterValue, Stack, StackResource, StackStatus, Stacks,
    TemplateSource,
};
use crate::context::Context;
use crate::cost::{dollars, left_price};
use crate::lock::Lock;
use crate::ui::Progress;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Whether anything changed.
    pub changed: bool,
    /// The stack's outputs.
    pub outputs: BTreeMap<String, String>,
}

/// Says whether the stack differs from what it should be, by what CloudFormation tells without a change set.
///
/// # Errors
/// AWS's.
pub async fn would_change(
    stacks: &dyn Stacks,
    stack: Option<&Stack>,
    change: &StackChange,
) -> Result<bool, ApplyError> {
    let Some(stack) = stack.filter(|stack| stack.status.is_stable()) else { return Ok(true) };
    Ok(stack.termination_protection != change.protect || differs(stacks, stack, change).await?)
}

/// Says whether it takes a change set to bring the stack where it should be.
async fn differs(stacks: &dyn Stacks, stack: &Stack, change: &StackChange) -> Result<bool, ApplyError> {
    let same_parameters = change.parameters.iter().all(|(key, value)| match value {
        ParameterValue::Value(value) => stack.parameters.get(key) == Some(value),
        ParameterValue::Previous => true,
    });
    if !same_parameters || stack.tags != change.tags {
        return Ok(true);
    }
    match &change.template {
        None => Ok(false),
        Some(text) => Ok(stacks.template(&change.name).await?.is_none_or(|live| live.trim_end() != text.trim_end())),
    }
}

/// Brings the stack where `change` says: a no-op without a change set when it is there already.
///
/// `template` is where CloudFormation finds the text. `decide` is shown what the change set would do and says whether
/// to go on. Exactly the reviewed change set is executed, after the lock was checked once more.
///
/// # Errors
/// [`ApplyError`], each with its cause and remedy.
pub async fn apply(
    context: Context<'_>,
    change: &StackChange,
    template: TemplateSource,
    lock: Option<&Lock>,
    decide: &(dyn Fn(&Review) -> Result<bool, ApplyError> + Sync),
) -> Result<Applied, ApplyError> {
    let stacks = context.cloud.stacks(&change.region);
    let stacks = stacks.as_ref();
    let (kind, live) = make_ready(context, stacks, &change.name).await?;
    if let Some(stack) = &live
        && !differs(stacks, stack, change).await?
    {
        return settled(stacks, stack, change, lock).await;
    }

    let request = request(change, kind, template, live.as_ref());
    clear_away(stacks, &request).await?;
    let Some(change_set) = create_change_set(context, stacks, &request).await? else {
        return match &live {
            Some(stack) => settled(stacks, stack, change, lock).await,
            None => Ok(Applied { changed: false, outputs: BTreeMap::new() }),
        };
    };
    let review = Review::new(&change.name, &change_set.changes).losing(lost_address(live.as_ref(), change));
    match decide(&review) {
        Ok(true) => {}
        declined => {
            stacks.delete_change_set(&change.name, &change_set.id).await?;
            return Err(declined.err().unwrap_or_else(|| ApplyError::Declined(change.name.clone())));
        }
    }
    execute(context, stacks, &request, &change_set.id, lock).await?;
    match stacks.describe(&change.name).await? {
        Some(stack) => Ok(Applied { changed: true, ..settled(stacks, &stack, change, lock).await? }),
        None => Ok(Applied { changed: true, outputs: BTreeMap::new() }),
    }
}

/// Ends with a stack whose content is as it should be: its protection against deletion needs no change set.
async fn settled(
    stacks: &dyn Stacks,
    stack: &Stack,
    change: &StackChange,
    lock: Option<&Lock>,
) -> Result<Applied, ApplyError> {
    let changed = stack.termination_protection != change.protect;
    if changed {
        if let Some(lock) = lock {
            lock.check().await?;
        }
        stacks.set_termination_protection(&change.name, change.protect).await?;
    }
    Ok(Applied { changed, outputs: stack.outputs.clone() })
}

/// Deletes change sets that earlier runs of ours left. Those of other people are theirs.
///
/// A stack that does not exist yet has no lock: there another first deploy may wait for its answer, so only what failed
/// goes. The first change set that is executed voids the rest.
async fn clear_away(stacks: &dyn Stacks, request: &ChangeSetRequest) -> Result<(), ApplyError> {
    for old in stacks.list_change_sets(&request.stack).await.unwrap_or_default() {
        let failed = old.status == "FAILED";
        let is_over = request.kind != ChangeSetKind::Create && old.name != request.name;
        if old.name.starts_with("stellarr-") && (failed || is_over) {
            stacks.delete_change_set(&request.stack, &old.id).await?;
        }
    }
    Ok(())
}

/// The domain that leads to the site before the change and not after it.
fn lost_address(live: Option<&Stack>, change: &StackChange) -> Option<String> {
    const ADDRESS: &str = "BaseUrl";
    let now = live?.parameters.get(ADDRESS)?;
    let then = match change.parameters.get(ADDRESS) {
        Some(ParameterValue::Value(value)) => value.as_str(),
        Some(ParameterValue::Previous) => now,
        None => "",
    };
    // The sandbox's addresses are http://.
    now.strip_prefix("https://").filter(|_| then != now).map(str::to_owned)
}

/// Executes a reviewed change set after the lock was checked once more, and waits until the stack comes to rest.
pub(super) async fn execute(
    context: Context<'_>,
    stacks: &dyn Stacks,
    request: &ChangeSetRequest,
    change_set: &str,
    lock: Option<&Lock>,
) -> Result<(), ApplyError> {
    let stack = &request.stack;
    if let Some(lock) = lock {
        lock.check().await?;
    }
    let after = stacks.events(stack, None).await?.last().map(|event| event.id.clone());
    stacks.execute_change_set(stack, change_set, &request.token).await?;
    let outcome = wait_for_stack(context, stacks, stack, after.as_deref()).await?;
    match outcome.status {
        Some(status) if status.is_success() => {}
        status => return Err(failure(stack, status, &outcome.events)),
    }
    Ok(())
}

/// Waits out what is under way on a stack and clears remains away; returns the stack that an update would start from.
///
/// # Errors
/// [`ApplyError::Stuck`] and AWS's.
pub(crate) async fn ready(context: Context<'_>, region: &str, name: &str) -> Result<Option<Stack>, ApplyError> {
    let stacks = context.cloud.stacks(region);
    Ok(make_ready(context, stacks.as_ref(), name).await?.1)
}

/// Waits out what is under way, clears remains away, and says what kind of change set comes next.
async fn make_ready(
    context: Context<'_>,
    stacks: &dyn Stacks,
    name: &str,
) -> Result<(ChangeSetKind, Option<Stack>), ApplyError> {
    // Each turn changes the state at most once: waiting, then removing, once more where that failed, then creating.
    for _ in 0..5 {
        let stack = stacks.describe(name).await?;
        match assess(stack.as_ref()) {
            Readiness::Ready(kind) => return Ok((kind, stack.filter(|_| kind == ChangeSetKind::Update))),
            Readiness::Busy => {
                context.printer.line(&format!("  the stack {name} is busy with an earlier operation; waiting for it"));
                let newest = stacks.events(name, None).await?.last().map(|event| event.id.clone());
                wait_for_stack(context, stacks, name, newest.as_deref()).await?;
            }
            Readiness::Remains => {
                let status = stack.map(|stack| stack.status.0).unwrap_or_default();
                context.printer.line(&format!("  the stack {name} never came up ({status}): removing its remains"));
                match remove_remains(context, stacks, name, &status).await {
                    // Only now may what refuses to go be left behind.
                    Err(ApplyError::RolledBack { status: now, .. }) if now == "DELETE_FAILED" && now != status => {}
                    removed => removed?,
                }
            }
            Readiness::Stuck => {
                let status = stack.map(|stack| stack.status);
                let events = stacks.events(name, None).await?;
                return Err(failure(name, status, last_operation(&events, name)));
            }
        }
    }
    Err(ApplyError::Refused { stack: name.to_owned(), reason: "it changes under our hands".to_owned() })
}

/// Deletes what holds nothing that is used. What refuses twice, in an earlier run and now, is left behind, and told.
async fn remove_remains(context: Context<'_>, stacks: &dyn Stacks, name: &str, status: &str) -> Result<(), ApplyError> {
    let outcome = delete_once(context, stacks, name, &[]).await?;
    let is_gone = |outcome: &Outcome| outcome.status.as_ref().is_none_or(StackStatus::is_success);
    if is_gone(&outcome) {
        return Ok(());
    }
    let resources = stacks.resources(name).await?;
    let stubborn: Vec<_> = resources.into_iter().filter(|resource| resource.status == "DELETE_FAILED").collect();
    if status != "DELETE_FAILED" || stubborn.is_empty() {
        return Err(failure(name, outcome.status, &outcome.events));
    }
    // Only keeping what could not be deleted gets the stack away.
    let retain: Vec<String> = stubborn.iter().map(|resource| resource.logical_id.clone()).collect();
    let outcome = delete_once(context, stacks, name, &retain).await?;
    if !is_gone(&outcome) {
        return Err(failure(name, outcome.status, &outcome.events));
    }
    for one in &stubborn {
        context.printer.warn(&left_behind(name, one));
    }
    Ok(())
}

async fn delete_once(
    context: Context<'_>,
    stacks: &dyn Stacks,
    name: &str,
    retain: &[String],
) -> Result<Outcome, ApplyError> {
    let newest = stacks.events(name, None).await?.last().map(|event| event.id.clone());
    let part = if retain.is_empty() { "all" } else { "rest" };
    stacks.delete(name, retain, &format!("stellarr-remains-{part}-{}", context.clock.now().as_second())).await?;
    wait_for_stack(context, stacks, name, newest.as_deref()).await
}

/// Names what no stack holds any more, and what it goes on costing.
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
        one.reason.as_deref().unwrap_or("AWS does not say why").trim_end_matches('.'),
    )
}

pub(super) fn request(
    change: &StackChange,
    kind: ChangeSetKind,
    template: TemplateSource,
    live: Option<&Stack>,
) -> ChangeSetRequest {
    let mut hash = Sha256::new();
    hash.update(format!("{:?}{:?}{:?}", change.template, change.parameters, change.tags));
    // The stack's last change belongs to the name: going back to an older state is a new change.
    hash.update(format!("{:?}{:?}", live.map(|stack| &stack.id), live.map(|stack| &stack.updated_at)));
    let digest = hex::encode(hash.finalize());
    ChangeSetRequest {
        stack: change.name.clone(),
        name: format!("stellarr-{}", &digest[..16]),
        kind,
        imports: Vec::new(),
        template,
        parameters: change.parameters.clone(),
        tags: change.tags.clone(),
        token: format!("stellarr-{}", &digest[..32]),
        revert_drift: false,
    }
}

/// Makes the change set and waits for it; none when there is nothing to change.
pub(super) async fn create_change_set(
    context: Context<'_>,
    stacks: &dyn Stacks,
    request: &ChangeSetRequest,
) -> Result<Option<ChangeSet>, ApplyError> {
    let _progress = Progress::start(context.printer, format!("{}: working out what changes", request.stack));
    let id = stacks.create_change_set(request).await?;
    let mut pause = Duration::from_millis(20);
    loop {
        let change_set = stacks.describe_change_set(&request.stack, &id).await?;
        match change_set.status.as_str() {
            "CREATE_COMPLETE" => return Ok(Some(change_set)),
            "FAILED" => {
                let problems = if change_set.is_empty_failure() {
                    Vec::new()
                } else {
                    // Without them, the change set's own words have to do.
                    stacks.change_set_problems(&request.stack, &id).await.unwrap_or_default()
                };
                stacks.delete_change_set(&request.stack, &id).await?;
                if change_set.is_empty_failure() {
                    return Ok(None);
                }
                if !problems.is_empty() {
                    let problems = problems.iter().map(words::problem).collect();
                    return Err(ApplyError::Unfit { stack: request.stack.clone(), problems });
                }
                let reason = change_set.status_reason.unwrap_or_else(|| "no reason given".to_owned());
                return Err(ApplyError::Refused { stack: request.stack.clone(), reason });
            }
            _ => {}
        }
        context.clock.sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(2));
    }
}

/// What a change set would do, found by making one and deleting it again; none when nothing changes.
///
/// A stack that does not exist yet is left as it was: without the empty shell that a first change set creates.
///
/// # Errors
/// As [`apply`], up to the execution.
pub(crate) async fn preview(
    context: Context<'_>,
    change: &StackChange,
    template: TemplateSource,
) -> Result<Option<Review>, ApplyError> {
    let stacks = context.cloud.stacks(&change.region);
    let live = stacks.describe(&change.name).await?;
    let Readiness::Ready(kind) = assess(live.as_ref()) else {
        let status = live.map(|stack| stack.status.0).unwrap_or_default();
        return Err(ApplyError::Refused { stack: change.name.clone(), reason: format!("it is {status}") });
    };
    let mut request = request(change, kind, template, live.as_ref());
    request.name = request.name.replace("stellarr-", "stellarr-diff-");
    let Some(change_set) = create_change_set(context, stacks.as_ref(), &request).await? else { return Ok(None) };
    stacks.delete_change_set(&change.name, &change_set.id).await?;
    let lost = lost_address(live.as_ref(), change);
    Ok(Some(Review::new(&change.name, &change_set.changes).losing(lost)))
}

/// Takes a failed rollback up again, or begins one that was held back; does nothing with a stack in another state.
///
/// # Errors
/// [`ApplyError::Stuck`] when it fails again.
pub(crate) async fn continue_rollback(context: Context<'_>, region: &str, name: &str) -> Result<(), ApplyError> {
    let stacks = context.cloud.stacks(region);
    let Some(stack) = stacks.describe(name).await? else { return Ok(()) };
    let newest = stacks.events(name, None).await?.last().map(|event| event.id.clone());
    let token = format!("stellarr-continue-{}", context.clock.now().as_second());
    match stack.status.0.as_str() {
        "UPDATE_ROLLBACK_FAILED" => stacks.continue_update_rollback(name, &[], &token).await?,
        "UPDATE_FAILED" => stacks.roll_back(name, &token).await?,
        _ => return Ok(()),
    }
    let outcome = wait_for_stack(context, stacks.as_ref(), name, newest.as_deref()).await?;
    match outcome.status {
        Some(status) if status.is_stable() => Ok(()),
        status => Err(failure(name, status, &outcome.events)),
    }
}

/// Deletes a stack and waits until it is gone; one that is gone already is no error.
///
/// # Errors
/// [`ApplyError`] with the first resource that could not be deleted.
pub(crate) async fn delete(context: Context<'_>, region: &str, name: &str) -> Result<(), ApplyError> {
    let stacks = context.cloud.stacks(region);
    let Some(stack) = stacks.describe(name).await? else { return Ok(()) };
    if stack.status.in_progress() {
        wait_for_stack(context, stacks.as_ref(), name, None).await?;
    }
    if stack.termination_protection {
        stacks.set_termination_protection(name, false).await?;
    }
    remove_remains(context, stacks.as_ref(), name, &stack.status.0).await
}

pub(super) fn failure(stack: &str, status: Option<StackStatus>, events: &[crate::aws::StackEvent]) -> ApplyError {
    let cause = Box::new(root_cause(events, stack));
    let status = status.map_or_else(|| "DELETED".to_owned(), |status| status.0);
    let stack = stack.to_owned();
    if matches!(status.as_str(), "UPDATE_ROLLBACK_FAILED" | "IMPORT_ROLLBACK_FAILED" | "UPDATE_FAILED") {
        ApplyError::Stuck { stack, status, cause }
    } else {
        ApplyError::RolledBack { stack, cause, status }
    }
}

/// The events since the stack's last operation began.
fn last_operation<'a>(events: &'a [crate::aws::StackEvent], stack: &str) -> &'a [crate::aws::StackEvent] {
    let begin = events.iter().rposition(|event| {
        event.logical_id == stack && matches!(event.status.as_str(), "UPDATE_IN_PROGRESS" | "CREATE_IN_PROGRESS")
    });
    &events[begin.unwrap_or(0)..]
}
