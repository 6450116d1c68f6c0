//! Questions of a guided conversation, behind a trait so that it also runs by itself and in tests.

use std::fmt;

use crate::base::error::CommandError;

/// Says what is wrong with an answer.
pub type Check<'a> = &'a dyn Fn(&str) -> Result<(), String>;

/// Asks a person, or answers in their place.
pub trait Asker {
    /// Asks for a line of text.
    ///
    /// # Errors
    /// When the person breaks off.
    fn text(&mut self, question: &str, help: &str, default: &str, check: Check<'_>) -> Result<String, CommandError>;

    /// Asks for one of several; returns which.
    ///
    /// # Errors
    /// When the person breaks off.
    fn choose(&mut self, question: &str, help: &str, options: &[String], start: usize) -> Result<usize, CommandError>;

    /// Asks yes or no.
    ///
    /// # Errors
    /// When the person breaks off.
    fn confirm(&mut self, question: &str, help: &str, default: bool) -> Result<bool, CommandError>;

    /// Asks for a secret without showing it; an empty one is an answer too.
    ///
    /// # Errors
    /// When the person breaks off.
    fn secret(&mut self, question: &str, help: &str, check: Check<'_>) -> Result<String, CommandError>;

    /// Whether there is a person.
    fn is_person(&self) -> bool;
}

/// Asks at the terminal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminal;

impl Asker for Terminal {
    fn text(&mut self, question: &str, help: &str, default: &str, check: Check<'_>) -> Result<String, CommandError> {
        let mut shown = default.to_owned();
        loop {
            let prompt = inquire::Text::new(question).with_help_message(help).with_initial_value(&shown);
            let answer = prompt.prompt().map_err(broken_off)?.trim().to_owned();
            match check(&answer) {
                Ok(()) => return Ok(answer),
                Err(problem) => say(&problem),
            }
            shown = answer;
        }
    }

    fn choose(&mut self, question: &str, help: &str, options: &[String], start: usize) -> Result<usize, CommandError> {
        let prompt = inquire::Select::new(question, options.to_vec()).with_starting_cursor(start);
        prompt.with_help_message(help).raw_prompt().map(|chosen| chosen.index).map_err(broken_off)
    }

    fn confirm(&mut self, question: &str, help: &str, default: bool) -> Result<bool, CommandError> {
        inquire::Confirm::new(question).with_help_message(help).with_default(default).prompt().map_err(broken_off)
    }

    fn secret(&mut self, question: &str, help: &str, check: Check<'_>) -> Result<String, CommandError> {
        loop {
            let prompt = inquire::Password::new(question)
                .with_help_message(help)
                .without_confirmation()
                .with_display_mode(inquire::PasswordDisplayMode::Masked);
            let answer = prompt.prompt().map_err(broken_off)?.trim().to_owned();
            match check(&answer) {
                Ok(()) => return Ok(answer),
                Err(problem) => say(&problem),
            }
        }
    }

    fn is_person(&self) -> bool {
        true
    }
}

/// Gives every question its default, for scripts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Defaults;

impl Asker for Defaults {
    fn text(&mut self, question: &str, _: &str, default: &str, check: Check<'_>) -> Result<String, CommandError> {
        check(default).map_err(|problem| unfit(question, &problem))?;
        Ok(default.to_owned())
    }

    fn choose(&mut self, _: &str, _: &str, _: &[String], start: usize) -> Result<usize, CommandError> {
        Ok(start)
    }

    fn confirm(&mut self, _: &str, _: &str, default: bool) -> Result<bool, CommandError> {
        Ok(default)
    }

    fn secret(&mut self, question: &str, _: &str, check: Check<'_>) -> Result<String, CommandError> {
        check("").map_err(|problem| unfit(question, &problem))?;
        Ok(String::new())
    }

    fn is_person(&self) -> bool {
        false
    }
}

fn unfit(question: &str, problem: impl fmt::Display) -> CommandError {
    CommandError::usage(format!("“{question}” has no fitting answer: {problem}"))
        .hint("give it on the command line; `stellarr init --help` shows how")
}

fn say(problem: &str) {
    use std::io::Write;

    use owo_colors::OwoColorize;
    // A terminal that is gone ends the next question anyway.
    let _ = writeln!(anstream::stderr(), "{} {problem}", "✗".red());
}

/// Turns Ctrl-C, Esc and a terminal that is gone into an error.
pub(super) fn broken_off(error: inquire::InquireError) -> CommandError {
    match error {
        inquire::InquireError::OperationCanceled | inquire::InquireError::OperationInterrupted => {
            CommandError::interrupted("nothing was changed")
        }
        other => CommandError::failed(format!("the question could not be asked: {other}")),
    }
}
