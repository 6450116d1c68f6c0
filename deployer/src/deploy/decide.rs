//! Whether a change may go on.

use super::Pipeline;
use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::insight::change_summary;
use crate::stacks::apply::{self, ApplyError, Review, Risk};
use crate::ui::{Printer, confirm};

impl Pipeline<'_> {
    /// Shows a review and asks where something is risky.
    pub(super) fn decide(&self, review: &Review) -> Result<bool, ApplyError> {
        decide(self.context.printer, self.options.yes, self.options.allow_data_loss, review)
    }
}

/// Shows a review and asks where something is risky.
pub(crate) fn decide(printer: &Printer, yes: bool, allow_data_loss: bool, review: &Review) -> Result<bool, ApplyError> {
    if printer.verbose() || review.risk() > Risk::Harmless {
        printer.line(&format!("  {} changes:", review.stack));
        if let Some(address) = &review.lost_address {
            printer.line(&format!("    {} {}", sign(Risk::Disconnects), apply::lost(address)));
        }
        for (risk, change) in &review.changes {
            printer.line(&format!(
                "    {} {}",
                sign(*risk),
                change_summary::of_change(&review.stack, *risk, change).sentence
            ));
        }
        if printer.verbose() {
            review.lines().iter().for_each(|line| printer.detail(line));
        }
    }
    match review.risk() {
        Risk::Harmless => Ok(true),
        Risk::LosesData if yes && !allow_data_loss => Err(CommandError::failed("this deploy would lose data")
            .code(Code::DataLoss)
            .hint("if that is meant, add `--allow-data-loss`; `stellarr diff` shows what goes")
            .into()),
        _ if yes => Ok(true),
        risk => {
            let question = if risk == Risk::LosesData { "Data is lost. Go on?" } else { "Go on?" };
            Ok(confirm(question, "add `--yes` to go on without being asked")?)
        }
    }
}

/// How much a change hurts, at a glance.
fn sign(risk: Risk) -> char {
    match risk {
        Risk::Harmless => '·',
        Risk::Replaces | Risk::Disconnects => '!',
        Risk::LosesData => '✗',
    }
}
