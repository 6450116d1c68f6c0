//! Why a Terraform deployment cannot be read.

/// What is wrong with one of the two files, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct MigrateError {
    /// What is wrong, in one sentence. Holds no value of a variable: it may be a secret.
    pub message: String,
    /// What to do, one step each.
    pub hints: Vec<String>,
}

impl MigrateError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hints: Vec::new() }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}
