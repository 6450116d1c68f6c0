//! The one place that writes to the terminal.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use indicatif::MultiProgress;
use owo_colors::OwoColorize;

use super::{human_duration, with_profile};

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Only errors and data.
    Quiet,
    /// Stages and results.
    Default,
    /// Everything, each skipped upload too.
    Verbose,
}

/// Writes progress to stderr and data to stdout; colour only where a terminal shows it. A clone writes to the same place.
#[derive(Clone, Debug)]
pub struct Printer {
    verbosity: Verbosity,
    interactive: bool,
    bars: MultiProgress,
    captured: Option<Arc<Mutex<String>>>,
    profile: Arc<OnceLock<String>>,
}

impl Printer {
    /// Creates the printer of a process; live progress only when stderr is a terminal.
    #[must_use]
    pub fn new(verbosity: Verbosity) -> Self {
        let interactive = std::io::stderr().is_terminal()
            && std::env::var_os("CI").is_none()
            && std::env::var("TERM").map_or(true, |term| term != "dumb");
        Self { verbosity, interactive, bars: MultiProgress::new(), captured: None, profile: Arc::default() }
    }

    /// Creates a printer that keeps what it is told, for tests.
    #[must_use]
    pub fn captured(verbosity: Verbosity) -> Self {
        Self {
            verbosity,
            interactive: false,
            bars: MultiProgress::new(),
            captured: Some(Arc::default()),
            profile: Arc::default(),
        }
    }

    /// Lets every command that is named to the person from now on carry this AWS profile; the first one counts.
    pub fn use_profile(&self, profile: &str) {
        let _ = self.profile.set(profile.to_owned());
    }

    /// Adds the AWS profile to the commands of a text, if there is one.
    #[must_use]
    pub fn addressed(&self, text: &str) -> String {
        self.profile.get().map_or_else(|| text.to_owned(), |profile| with_profile(text, profile))
    }

    /// Returns what a captured printer was told.
    #[must_use]
    pub fn transcript(&self) -> String {
        self.captured.as_ref().and_then(|text| text.lock().ok().map(|text| text.clone())).unwrap_or_default()
    }

    /// Says whether a person watches live.
    #[must_use]
    pub fn interactive(&self) -> bool {
        self.interactive
    }

    /// Says whether details are wanted.
    #[must_use]
    pub fn verbose(&self) -> bool {
        self.verbosity == Verbosity::Verbose
    }

    pub(super) fn bars(&self) -> &MultiProgress {
        &self.bars
    }

    /// Says whether progress is shown at all.
    #[must_use]
    pub fn shows_progress(&self) -> bool {
        self.verbosity > Verbosity::Quiet
    }

    /// Announces that a stage is done, with how it went and how long it took.
    pub fn stage(&self, name: &str, outcome: &str, since: Instant) {
        let took = human_duration(since.elapsed());
        self.write(
            Verbosity::Default,
            &format!("{} {:<11} {outcome} {}", "✓".green(), name.bold(), format!("({took})").dimmed()),
        );
    }

    /// Says one line.
    pub fn line(&self, text: &str) {
        self.write(Verbosity::Default, text);
    }

    /// Says one line that only verbose runs show.
    pub fn detail(&self, text: &str) {
        self.write(Verbosity::Verbose, &format!("  {}", text.dimmed()));
    }

    /// Warns.
    pub fn warn(&self, text: &str) {
        self.write(Verbosity::Quiet, &format!("{} {text}", "warning:".yellow().bold()));
    }

    /// Gives a hint.
    pub fn hint(&self, text: &str) {
        self.write(Verbosity::Quiet, &format!("{} {text}", "hint:".cyan().bold()));
    }

    /// Writes data to stdout, where it can be piped.
    pub fn data(&self, text: &str) {
        if let Some(captured) = &self.captured {
            if let Ok(mut captured) = captured.lock() {
                captured.push_str(text);
                captured.push('\n');
            }
            return;
        }
        // A reader that has gone away (`stellarr outputs | head -1`) is not an error of ours.
        let _ = writeln!(anstream::stdout(), "{text}");
    }

    fn write(&self, least: Verbosity, text: &str) {
        if self.verbosity < least {
            return;
        }
        let text = self.addressed(text);
        if let Some(captured) = &self.captured {
            if let Ok(mut captured) = captured.lock() {
                captured.push_str(&anstream::adapter::strip_str(&text).to_string());
                captured.push('\n');
            }
            return;
        }
        self.bars.suspend(|| {
            let _ = writeln!(anstream::stderr(), "{text}");
        });
    }
}
