//! A live line with a clock, or plain lines where nobody watches live.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Printer;

/// One thing under way.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Starts a live line; without a terminal nothing is shown until the stage ends.
    #[must_use]
    pub fn start(printer: &Printer, message: impl Into<String>) -> Self {
        if !printer.interactive() || !printer.shows_progress() {
            return Self { bar: None };
        }
        let bar = printer.bars().add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{spinner:.cyan} {msg} {elapsed:.dim}") {
            bar.set_style(style);
        }
        bar.set_message(message.into());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar: Some(bar) }
    }

    /// Changes what the line says.
    pub fn say(&self, message: impl Into<String>) {
        if let Some(bar) = &self.bar {
            bar.set_message(message.into());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
