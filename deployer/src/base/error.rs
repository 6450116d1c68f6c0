//! One error for commands: it decides the exit code, the first line and the hints.
//!
//! Stages have typed errors where their callers tell cases apart; everything becomes a [`CommandError`] at the
//! boundary, where it is printed once.

use std::fmt;
use std::path::Path;

use crate::base::exit::ExitKind;
use crate::base::failures::Code;
use stellarr_aws::{AwsError, AwsErrorKind, Denial};

/// An error as the person sees it: what is wrong, more about it, what to do.
#[derive(Debug)]
pub struct CommandError {
    /// Decides the exit code.
    pub kind: ExitKind,
    /// Its entry in the catalogue of failures.
    pub code: Code,
    /// What is wrong, in one sentence.
    pub message: String,
    /// More about it, already laid out; a config report, a compiler's last lines.
    pub details: Option<String>,
    /// What to do, one step each.
    pub hints: Vec<String>,
}

impl CommandError {
    /// Creates an error of a kind.
    #[must_use]
    pub fn new(kind: ExitKind, message: impl Into<String>) -> Self {
        Self { kind, code: Code::from(kind), message: message.into(), details: None, hints: Vec::new() }
    }

    /// Creates a general failure.
    #[must_use]
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ExitKind::Failed, message)
    }

    /// Creates an error of the command line or configuration.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ExitKind::Usage, message)
    }

    /// Creates the error of a file that cannot be read, one that somebody named or that belongs to the project.
    #[must_use]
    pub fn unreadable(path: impl AsRef<Path>, error: &std::io::Error) -> Self {
        Self::usage(format!("{} cannot be read: {error}", path.as_ref().display()))
            .code(Code::FileUnreadable)
            .hint("check its name, that it is a text file, and that you may read it")
    }

    /// Creates the error of a file that cannot be written.
    #[must_use]
    pub fn unwritable(path: impl AsRef<Path>, error: &std::io::Error) -> Self {
        Self::failed(format!("{} cannot be written: {error}", path.as_ref().display()))
            .code(Code::FileTrouble)
            .hint("check that the folder is there and can be written to, and that the disk has room")
    }

    /// Creates the error of an interrupted command.
    #[must_use]
    pub fn interrupted(message: impl Into<String>) -> Self {
        Self::new(ExitKind::Interrupted, format!("interrupted: {}", message.into()))
    }

    /// Names the entry of the catalogue that says more.
    #[must_use]
    pub fn code(mut self, code: Code) -> Self {
        self.code = code;
        self
    }

    /// Adds a step to take.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Lays it out as a person sees it, with colours: the code and what is wrong, more about it, what to do.
    #[must_use]
    pub fn report(&self) -> String {
        use owo_colors::OwoColorize;
        let head = format!("{} {}", format!("error[{}]:", self.code.as_str()).red().bold(), self.message);
        let details = self.details.iter().map(|details| details.trim_end().to_owned());
        let hints = self.hints.iter().map(|hint| format!("{} {hint}", "hint:".cyan().bold()));
        std::iter::once(head).chain(details).chain(hints).collect::<Vec<_>>().join("\n")
    }

    /// Adds laid-out text under the message.
    #[must_use]
    pub fn details(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CommandError {}

impl From<AwsError> for CommandError {
    fn from(error: AwsError) -> Self {
        let kind = match error.kind {
            AwsErrorKind::NoCredentials
            | AwsErrorKind::ExpiredCredentials
            | AwsErrorKind::InvalidCredentials
            | AwsErrorKind::AccessDenied
            | AwsErrorKind::AccountNotActive
            | AwsErrorKind::ClockSkew
            | AwsErrorKind::Region => ExitKind::Access,
            _ => ExitKind::Failed,
        };
        let message = match (&error.resource, error.kind) {
            (Some(resource), AwsErrorKind::AccessDenied) => {
                format!("AWS does not allow {} on {resource}", error.operation)
            }
            (None, AwsErrorKind::AccessDenied) => format!("AWS does not allow {}", error.operation),
            (_, AwsErrorKind::NoCredentials) => said_of_credentials(error.profile(), "no AWS credentials were found"),
            (_, AwsErrorKind::ExpiredCredentials) => {
                said_of_credentials(error.profile(), "the AWS credentials have run out")
            }
            (_, AwsErrorKind::AccountNotActive) => "the AWS account is not active yet".to_owned(),
            _ => format!("{} failed: {}", error.operation, error.message),
        };
        let code = match (error.kind, error.denial()) {
            (AwsErrorKind::AccessDenied, Denial::Boundary) => Code::AwsDeniedByBoundary,
            (AwsErrorKind::AccessDenied, Denial::Organization) => Code::AwsDeniedByOrganization,
            (AwsErrorKind::AccessDenied, Denial::UsEast1) => Code::AwsEdgeRegionDenied,
            (kind, _) => Code::from(kind),
        };
        let mut result = Self::new(kind, message).code(code).hint(error.remedy());
        // Where the message is in our own words, AWS's stand below it.
        let ours = [
            AwsErrorKind::NoCredentials,
            AwsErrorKind::ExpiredCredentials,
            AwsErrorKind::AccessDenied,
            AwsErrorKind::AccountNotActive,
        ];
        let said = ours.contains(&error.kind) && !error.message.is_empty();
        let words = said.then(|| format!("{}: {}", error.operation, error.message));
        let id = error.request_id.as_ref().map(|id| format!("AWS request id {id}"));
        let details: Vec<String> = words.into_iter().chain(id).collect();
        if !details.is_empty() {
            result.details = Some(details.join("\n"));
        }
        result
    }
}

fn said_of_credentials(profile: Option<&str>, what: &str) -> String {
    match profile {
        Some(profile) => format!("{what} (profile {profile})"),
        None => format!("{what} on this computer"),
    }
}
