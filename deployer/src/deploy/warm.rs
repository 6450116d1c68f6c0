//! The scheduled functions, run at once: the trending lists, and the catalogue once.

use std::collections::BTreeMap;
use std::time::Instant;

use super::Pipeline;
use super::outputs::{Locked, Outputs, need};
use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::base::failures::Code;
use crate::base::functions::Function;
use crate::jobs::{fetch, warm};
use stellarr_core::reports::ScheduleType;

impl Pipeline<'_> {
    /// Has the catalogue filled on the first deploy, without waiting: its own schedules would leave parts of it empty for up
    /// to a week. The sandbox is left to `stellarr fetch`, because there nobody waits for a schedule.
    pub(super) async fn fill_catalogue(&self, locked: &Locked<'_>, made: &Outputs) {
        if locked.snapshot.current.is_some() {
            return;
        }
        let outputs = &made.stacks.outputs;
        let Some(function) = outputs.get(&Function::Fetcher.output()).filter(|_| self.deployment.sandbox.is_none())
        else {
            return;
        };
        if let Err(error) = fetch::start(self.context, function, ScheduleType::Full).await {
            // Recommendations are asked of TMDB meanwhile.
            let printer = self.context.printer;
            printer.warn(&format!("the catalogue could not be filled yet: {}", error.message));
            printer.hint("run `stellarr fetch full` once the site is up");
        }
    }

    /// Refreshes the trending lists.
    pub(super) async fn warm(&self, outputs: &BTreeMap<String, String>) -> Result<(), CommandError> {
        if self.options.no_warm || !(self.options.only.is_empty() || self.options.wants_function(Function::Warmer)) {
            return Ok(());
        }
        let since = Instant::now();
        let report = match warm::run(self.context, &need(outputs, &Function::Warmer.output())?, &[]).await {
            Ok(report) => report,
            Err(error) if error.kind == ExitKind::Failed => {
                let message = format!("everything is deployed, but {}", error.message);
                return Err(CommandError { kind: ExitKind::Unhealthy, message, ..error }.code(Code::TrendingStale));
            }
            Err(error) => return Err(error),
        };
        let (fresh, stale) = report.counts();
        self.context.printer.stage("warm", &format!("{fresh} of {} trending files are fresh", fresh + stale), since);
        self.context.printer.line(&warm::table(&report));
        let Err(error) = warm::verdict(&report) else { return Ok(()) };
        Err(CommandError::new(ExitKind::Unhealthy, format!("everything is deployed, but {}", error.message))
            .code(Code::TrendingStale)
            .hint("the site shows the last good ones; run `stellarr warm` to try again"))
    }
}
