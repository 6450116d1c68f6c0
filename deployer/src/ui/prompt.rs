//! Questions, asked only where somebody can answer.

use std::io::IsTerminal;

use super::asker::broken_off;
use crate::base::error::CommandError;
use crate::base::failures::Code;

/// Says whether somebody can answer.
#[must_use]
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks yes or no; where nobody can answer, fails with `remedy`.
///
/// # Errors
/// When there is no terminal, or the person breaks off.
pub fn confirm(question: &str, remedy: &str) -> Result<bool, CommandError> {
    if !can_ask() {
        return Err(CommandError::usage(format!("cannot ask “{question}” without a terminal"))
            .code(Code::NoTerminal)
            .hint(remedy));
    }
    inquire::Confirm::new(question).with_default(false).prompt().map_err(broken_off)
}

/// Asks for a word to be typed; where nobody can answer, fails with `remedy`.
///
/// # Errors
/// When there is no terminal, or the person breaks off.
pub fn type_to_confirm(question: &str, remedy: &str) -> Result<String, CommandError> {
    if !can_ask() {
        return Err(CommandError::usage("this cannot be confirmed without a terminal")
            .code(Code::NoTerminal)
            .hint(remedy));
    }
    inquire::Text::new(question).prompt().map_err(broken_off)
}

/// Asks for a secret without showing it; where nobody can answer, returns none.
///
/// # Errors
/// When the person breaks off.
pub fn ask_secret(question: &str, help: &str) -> Result<Option<String>, CommandError> {
    if !can_ask() {
        return Ok(None);
    }
    inquire::Password::new(question)
        .with_help_message(help)
        .without_confirmation()
        .with_display_mode(inquire::PasswordDisplayMode::Masked)
        .prompt()
        .map(Some)
        .map_err(broken_off)
}
