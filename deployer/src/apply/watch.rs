//! Watches a stack until it comes to rest, and says what happens in plain words.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{ApplyError, words};
use crate::aws::{AwsError, AwsErrorKind, StackEvent, StackStatus, Stacks};
use crate::context::Context;
use crate::ui::{Progress, human_duration};

/// Longer than any of our stacks needs; a certificate that nobody validates is what runs into it.
const PATIENCE_MINUTES: u64 = 75;
/// How long AWS may be out of reach while we only watch.
const OUTAGE: Duration = Duration::from_secs(300);

/// Where a stack came to rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Its final status; none when it is gone.
    pub status: Option<StackStatus>,
    /// What happened since the watch began, oldest first.
    pub events: Vec<StackEvent>,
}

/// Waits until the stack is not in progress any more.
///
/// `after` is the last event of the time before; nothing older is said. Passing failures of the network do not end
/// the watch: the stack goes on without us.
///
/// # Errors
/// [`ApplyError::TimedOut`] after 75 minutes; AWS's errors that do not pass.
pub async fn wait_for_stack(
    context: Context<'_>,
    stacks: &dyn Stacks,
    stack: &str,
    after: Option<&str>,
) -> Result<Outcome, ApplyError> {
    let started = context.clock.now();
    let progress = Progress::start(context.printer, format!("{stack}: waiting for CloudFormation"));
    let mut board = Board::default();
    let mut events = Vec::new();
    let mut last = after.map(str::to_owned);
    let mut pause = Duration::from_millis(50);
    let mut unreachable_since: Option<Timestamp> = None;
    loop {
        let seen = async {
            let status = stacks.describe(stack).await?.map(|found| (found.status, found.id));
            // Events of a deleted stack are only found by its id; they are of no interest here.
            let new = if status.is_some() { stacks.events(stack, last.as_deref()).await? } else { Vec::new() };
            Ok::<_, AwsError>((status, new))
        }
        .await;
        let (status, new) = match seen {
            Ok(seen) => seen,
            Err(error) if passes(&error) => {
                let now = context.clock.now();
                let since = *unreachable_since.get_or_insert(now);
                if now.duration_since(since).unsigned_abs() > OUTAGE {
                    return Err(error.into());
                }
                progress.say(format!("{stack}: AWS cannot be reached, trying again; the stack goes on meanwhile"));
                context.clock.sleep(Duration::from_secs(3)).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        unreachable_since = None;
        if let Some(newest) = new.last() {
            last = Some(newest.id.clone());
        }
        for event in &new {
            board.note(context, &progress, stack, event);
        }
        progress.say(board.headline(stack));
        events.extend(new);
        let Some((status, _)) = status else { return Ok(Outcome { status: None, events }) };
        if !status.in_progress() {
            return Ok(Outcome { status: Some(status), events });
        }
        if context.clock.now().duration_since(started).as_secs() > 60 * PATIENCE_MINUTES.cast_signed() {
            return Err(ApplyError::TimedOut { stack: stack.to_owned(), status: status.0, minutes: PATIENCE_MINUTES });
        }
        context.clock.sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(3));
    }
}

fn passes(error: &AwsError) -> bool {
    matches!(error.kind, AwsErrorKind::Network | AwsErrorKind::ServerFault | AwsErrorKind::Throttled)
}

/// Live lines below a stack's: what fits onto any terminal.
const LINES: usize = 12;

/// Which resources are under way.
#[derive(Default)]
struct Board {
    running: BTreeMap<String, Running>,
    done: usize,
}

struct Running {
    since: Instant,
    /// What it is doing, live; none when too many are.
    line: Option<Progress>,
}

impl Board {
    /// Shows an event: where somebody watches as a line that lives until the resource is done, elsewhere as a line an
    /// event.
    fn note(&mut self, context: Context<'_>, progress: &Progress, stack: &str, event: &StackEvent) {
        if event.logical_id == stack {
            return;
        }
        let what = format!("{} {}", words::resource_type(&event.resource_type), event.logical_id);
        if event.status.ends_with("_IN_PROGRESS") {
            let doing = format!("{} the {what}", words::doing(&event.status));
            if let Some(running) = self.running.get(&event.logical_id) {
                running.line.iter().for_each(|line| line.say(doing.clone()));
                return;
            }
            match words::patience(&event.resource_type).filter(|_| !event.status.starts_with("DELETE")) {
                Some(patience) => context.printer.line(&format!("  … {doing}: {patience}")),
                None if context.printer.interactive() => {}
                None => context.printer.line(&format!("  … {doing}")),
            }
            let shown = self.running.values().filter(|running| running.line.is_some()).count();
            let line = (shown < LINES).then(|| progress.part(doing));
            self.running.insert(event.logical_id.clone(), Running { since: Instant::now(), line });
            return;
        }
        let took = self.running.remove(&event.logical_id).map(|running| running.since.elapsed());
        self.done += 1;
        let took = took
            .filter(|took| *took > Duration::from_secs(1))
            .map(|took| format!(" ({})", human_duration(took)))
            .unwrap_or_default();
        if event.status.ends_with("_FAILED") {
            let reason = event.reason.as_deref().unwrap_or("no reason given");
            context.printer.line(&format!("  ✗ the {what} {}: {reason}{took}", words::doing(&event.status)));
        } else {
            context.printer.line(&format!("  {} the {what}{took}", words::doing(&event.status)));
        }
    }

    fn headline(&self, stack: &str) -> String {
        let hidden = self.running.values().filter(|running| running.line.is_none()).count();
        let more = if hidden > 0 { format!(", {hidden} more") } else { String::new() };
        format!("{stack}: {} done, {} under way{more}", self.done, self.running.len() - hidden)
    }
}
