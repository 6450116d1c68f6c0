//! Watches a stack until an operation ends.
//!
//! CloudFormation's answers about a stack may be older than the last write: they may repeat the earlier status and
//! outputs. So a status does not prove an end. An operation has ended when an event of the stack shows it, and the
//! description of the stack counts once it shows the same end. Both are requested by the stack's ARN, which is unique.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::ApplyError;
use super::board::Board;
use crate::deployment::Context;
use crate::ui::Progress;
use stellarr_aws::{AwsError, AwsErrorKind, Stack, StackEvent, Stacks};

/// Longer than any of our stacks needs; a certificate that nobody validates is what runs into it.
const OPERATION_TIMEOUT_MINUTES: u64 = 75;
/// How long CloudFormation may show nothing of an operation that it accepted, or not the stack that it led to.
const VISIBILITY_TIMEOUT_MINUTES: u64 = 3;
/// How long AWS may be out of reach while we only watch.
const OUTAGE_TIMEOUT: Duration = Duration::from_secs(300);

/// An operation on a stack.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    /// The stack as it was before.
    before: Stack,
    /// The token of our request; none for an operation that another process started.
    token: Option<String>,
    /// The newest event of before.
    newest: Option<StackEvent>,
    deletes: bool,
}

impl Operation {
    /// Makes ready for a request of ours; to be called before it is sent.
    pub(super) async fn of_ours(stacks: &dyn Stacks, before: &Stack, token: &str) -> Result<Self, AwsError> {
        let newest = stacks.newest_event(&before.id).await?;
        Ok(Self { before: before.clone(), token: Some(token.to_owned()), newest, deletes: false })
    }

    /// The same, for a request to delete the stack.
    pub(super) async fn deletion(stacks: &dyn Stacks, before: &Stack, token: &str) -> Result<Self, AwsError> {
        Ok(Self { deletes: true, ..Self::of_ours(stacks, before, token).await? })
    }

    /// Watches the stack's current operation, which another process started.
    pub(super) async fn of_others(stacks: &dyn Stacks, now: &Stack) -> Result<Self, AwsError> {
        let newest = stacks.newest_event(&now.id).await?;
        Ok(Self { before: now.clone(), token: None, newest, deletes: now.status.0.starts_with("DELETE_") })
    }

    fn is_of_it(&self, event: &StackEvent) -> bool {
        match &self.token {
            Some(token) => event.token.as_deref() == Some(token),
            None => true,
        }
    }

    /// Says whether an event is of a time before the operation: a history that is told late may repeat all of it.
    fn precedes(&self, event: &StackEvent) -> bool {
        let time = |event: &StackEvent| event.time.parse::<Timestamp>().ok();
        let before = self.newest.as_ref().and_then(time);
        time(event).zip(before).is_some_and(|(time, before)| time < before)
    }

    /// Whether an event is the end of the operation.
    fn ends_with(&self, event: &StackEvent) -> bool {
        // For a second request to delete, CloudFormation continues the first deletion. No operation outlives its stack.
        let by_others = (self.deletes && event.status.starts_with("DELETE_")) || event.status == "DELETE_COMPLETE";
        (self.is_of_it(event) || by_others) && event.is_of_stack(&self.before.name) && !event.in_progress()
    }

    /// Says whether the stack is shown as the operation left it.
    fn shows(&self, stack: &Stack, end: &StackEvent) -> bool {
        // Where the operation ends in the status that it began in, only the time tells the two apart.
        let is_new = stack.status != self.before.status
            || stack.updated_at != self.before.updated_at
            || self.token.is_none()
            || !stack.status.is_success();
        stack.status.0 == end.status && is_new
    }
}

/// Where an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The stack as it is now; none when it is gone.
    pub(super) stack: Option<Stack>,
    /// What happened, oldest first.
    pub(super) events: Vec<StackEvent>,
}

/// Waits until the operation has ended and the stack is shown as it left it.
///
/// A passing network failure does not end the watch: CloudFormation continues without us.
///
/// # Errors
/// [`ApplyError::TimedOut`] after 75 minutes, [`ApplyError::Unseen`] when nothing is seen of it for three; AWS's errors that
/// do not pass.
pub(super) async fn wait_for(
    context: Context<'_>,
    stacks: &dyn Stacks,
    operation: &Operation,
) -> Result<Outcome, ApplyError> {
    let Operation { before: Stack { name, id, .. }, token, newest, deletes } = operation;
    let started = context.clock.now();
    let progress = Progress::start(context.printer, format!("{name}: waiting for CloudFormation"));
    let mut board = Board::default();
    let mut events = Vec::new();
    let mut last = newest.as_ref().map(|event| event.id.clone());
    // What others began may have ended before we came.
    let mut end = newest.clone().filter(|event| token.is_none() && operation.ends_with(event));
    let mut begun = false;
    let mut known = BTreeSet::new();
    let mut seen_at = started;
    let mut unreachable_since: Option<Timestamp> = None;
    let mut pause = Duration::from_millis(50);
    loop {
        let (stack, new) = match look(stacks, id, last.as_deref()).await {
            Ok(seen) => seen,
            Err(error) if passes(&error) => {
                let now = context.clock.now();
                let since = *unreachable_since.get_or_insert(now);
                if now.duration_since(since).unsigned_abs() > OUTAGE_TIMEOUT {
                    return Err(error.into());
                }
                progress.say(format!("{name}: AWS cannot be reached, trying again; the stack operation continues"));
                context.clock.sleep(Duration::from_secs(3)).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let now = context.clock.now();
        if unreachable_since.take().is_some() {
            seen_at = now;
        }
        if let Some(newest) = new.last() {
            last = Some(newest.id.clone());
        }
        for event in new {
            let is_of_it = operation.is_of_it(&event) || operation.ends_with(&event);
            if !is_of_it || operation.precedes(&event) || !known.insert(event.id.clone()) {
                continue;
            }
            board.note(context, &progress, name, &event);
            if operation.ends_with(&event) {
                (end, seen_at) = (Some(event.clone()), now);
            } else if token.is_none() && event.is_of_stack(name) {
                // Something else began behind what had ended.
                end = None;
            }
            begun = true;
            events.push(event);
        }
        progress.say(board.headline(name));
        let is_gone = stack.is_none() && (*deletes || token.is_none());
        if is_gone || end.as_ref().is_some_and(|end| end.status == "DELETE_COMPLETE") {
            return Ok(Outcome { stack: None, events });
        }
        if let (Some(stack), Some(end)) = (&stack, &end)
            && operation.shows(stack, end)
        {
            return Ok(Outcome { stack: Some(stack.clone()), events });
        }
        let in_progress = stack.as_ref().is_some_and(|stack| stack.status.in_progress());
        if end.is_none() && (in_progress || (begun && token.is_some())) {
            seen_at = now;
        }
        if now.duration_since(seen_at).as_secs() > 60 * VISIBILITY_TIMEOUT_MINUTES.cast_signed() {
            return match (stack, token) {
                // Another process's operation without an event: only the status is available.
                (Some(stack), None) if !stack.status.in_progress() => Ok(Outcome { stack: Some(stack), events }),
                (None, _) => Ok(Outcome { stack: None, events }),
                _ => Err(ApplyError::Unseen { stack: name.clone(), minutes: VISIBILITY_TIMEOUT_MINUTES }),
            };
        }
        if now.duration_since(started).as_secs() > 60 * OPERATION_TIMEOUT_MINUTES.cast_signed() {
            let status = stack.map(|stack| stack.status.0).unwrap_or_default();
            return Err(ApplyError::TimedOut { stack: name.clone(), status, minutes: OPERATION_TIMEOUT_MINUTES });
        }
        context.clock.sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(3));
    }
}

/// Waits until a stack is shown with its protection against deletion as it was set: no event tells of that.
pub(super) async fn protected(
    context: Context<'_>,
    stacks: &dyn Stacks,
    stack: Stack,
    on: bool,
) -> Result<Stack, ApplyError> {
    let started = context.clock.now();
    let mut pause = Duration::from_millis(50);
    loop {
        // Here, an older answer is one that lacks the outputs too, or has older ones.
        let now = match stacks.describe(&stack.id).await {
            Err(error) if passes(&error) => None,
            answer => answer?,
        };
        if let Some(now) = now.filter(|now| now.termination_protection == on && now.outputs == stack.outputs) {
            return Ok(now);
        }
        if context.clock.now().duration_since(started).as_secs() > 60 * VISIBILITY_TIMEOUT_MINUTES.cast_signed() {
            return Err(ApplyError::Unseen { stack: stack.name, minutes: VISIBILITY_TIMEOUT_MINUTES });
        }
        context.clock.sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(3));
    }
}

/// The stack of this ARN, and what happened to it since an event.
async fn look(
    stacks: &dyn Stacks,
    id: &str,
    after: Option<&str>,
) -> Result<(Option<Stack>, Vec<StackEvent>), AwsError> {
    let stack = stacks.describe(id).await?;
    match stacks.events(id, after).await {
        Ok(events) => Ok((stack, events)),
        Err(error) if error.kind == AwsErrorKind::NotFound => Ok((stack, Vec::new())),
        Err(error) => Err(error),
    }
}

fn passes(error: &AwsError) -> bool {
    matches!(error.kind, AwsErrorKind::Network | AwsErrorKind::ServerFault | AwsErrorKind::Throttled)
}
