//! What happens to a stack, in plain words, while it happens.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::words;
use crate::deployment::Context;
use crate::ui::{Progress, human_duration};
use stellarr_aws::StackEvent;

/// Live lines below a stack's: what fits onto any terminal.
const MAX_LINES: usize = 12;

/// Which resources are under way.
#[derive(Default)]
pub(super) struct Board {
    running: BTreeMap<String, Running>,
    done: usize,
}

struct Running {
    since: Instant,
    /// What it is doing, live; none when too many are.
    line: Option<Progress>,
}

impl Board {
    /// Shows an event: in a terminal as a line that stays until the resource is done, elsewhere as one line per event.
    pub(super) fn note(&mut self, context: Context<'_>, progress: &Progress, stack: &str, event: &StackEvent) {
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
            let line = (shown < MAX_LINES).then(|| progress.part(doing));
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

    pub(super) fn headline(&self, stack: &str) -> String {
        let hidden = self.running.values().filter(|running| running.line.is_none()).count();
        let more = if hidden > 0 { format!(", {hidden} more") } else { String::new() };
        format!("{stack}: {} done, {} under way{more}", self.done, self.running.len() - hidden)
    }
}
