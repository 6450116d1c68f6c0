//! A bar for work whose amount is known.

use indicatif::{ProgressBar, ProgressStyle};

use super::Printer;

/// Work under way, counted.
#[derive(Debug)]
pub struct Bar {
    bar: Option<ProgressBar>,
}

impl Bar {
    /// Starts a bar; without a terminal nothing is shown.
    #[must_use]
    pub fn start(printer: &Printer, message: impl Into<String>, amount: usize) -> Self {
        if !printer.interactive() || !printer.shows_progress() {
            return Self { bar: None };
        }
        let bar = printer.bars().add(ProgressBar::new(amount as u64));
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30.cyan/dim} {pos} of {len} {eta:.dim}") {
            bar.set_style(style);
        }
        bar.set_message(message.into());
        Self { bar: Some(bar) }
    }

    /// Moves to `done` of `amount`.
    pub fn set(&self, done: usize, amount: usize) {
        if let Some(bar) = &self.bar {
            bar.set_length(amount as u64);
            bar.set_position(done as u64);
        }
    }

    /// Moves on.
    pub fn add(&self, done: usize) {
        if let Some(bar) = &self.bar {
            bar.inc(done as u64);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
