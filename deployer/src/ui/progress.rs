//! Live lines with a clock, or plain lines where nobody watches live.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::Printer;

/// One thing under way.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
    bars: MultiProgress,
}

impl Progress {
    /// Starts a live line; without a terminal nothing is shown until the stage ends.
    #[must_use]
    pub fn start(printer: &Printer, message: impl Into<String>) -> Self {
        let bars = printer.bars().clone();
        if !printer.interactive() || !printer.shows_progress() {
            return Self { bar: None, bars };
        }
        let bar = live(bars.add(ProgressBar::new_spinner()), "{spinner:.cyan} {msg} {elapsed:.dim}", message.into());
        Self { bar: Some(bar), bars }
    }

    /// Starts a live line below this one, for a part of it.
    #[must_use]
    pub fn part(&self, message: impl Into<String>) -> Self {
        let bar = self.bar.as_ref().map(|above| {
            let bar = self.bars.insert_after(above, ProgressBar::new_spinner());
            live(bar, "  └ {msg} {elapsed:.dim}", message.into())
        });
        Self { bar, bars: self.bars.clone() }
    }

    /// Changes what the line says.
    pub fn say(&self, message: impl Into<String>) {
        if let Some(bar) = &self.bar {
            bar.set_message(message.into());
        }
    }
}

fn live(bar: ProgressBar, template: &str, message: String) -> ProgressBar {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(message);
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
