//! The guided way to a configuration: questions in plain words, each answer kept at once.
//!
//! [`Wizard`] asks; who answers is an [`Asker`](crate::ui::Asker): a person, a script's flags, or a test.

mod account;
mod answers;
mod file;
mod profiles;
mod questions;
mod secrets;
#[cfg(test)]
mod tests;
mod wizard;

pub use account::{Account, Connect, Connector};
pub use answers::{Address, Answers, Kept};
pub use file::{Draft, difference, draft};
pub use profiles::{Candidate, find as find_profiles};
pub use wizard::{Setting, Wizard, Written};
