//! The catalogue of failures: a stable code for each, what it means, what to do.
//!
//! The command line prints the code with the error, `stellarr explain CODE` prints the entry, and `docs/errors.md` is made
//! of all of them.

mod entries;
mod page;

pub use entries::Code;
pub use page::markdown;

use crate::base::exit::ExitKind;
use stellarr_aws::AwsErrorKind;

/// What the catalogue says of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureEntry {
    /// The exit code that goes with it.
    pub kind: ExitKind,
    /// What it means.
    pub meaning: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

impl Code {
    /// Finds a code by what people type: in any case, with or without the brackets of the error's line.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let wanted = text.trim().trim_start_matches("error").trim_matches(['[', ']', ':']).to_ascii_lowercase();
        Self::ALL.iter().copied().find(|code| code.as_str() == wanted)
    }

    /// The code that is nearest to what was typed, when it is near.
    #[must_use]
    pub fn nearest(text: &str) -> Option<Self> {
        let near = |code: &Self| strsim::jaro_winkler(code.as_str(), &text.to_ascii_lowercase());
        let best = Self::ALL.iter().copied().max_by(|a, b| near(a).total_cmp(&near(b)))?;
        (near(&best) > 0.8).then_some(best)
    }

    /// Lays the entry out for a terminal.
    #[must_use]
    pub fn explanation(self) -> String {
        let entry = self.entry();
        format!(
            "{}\n\n{}\n\nWhat to do: {}\n\nExit code {}.",
            self.as_str(),
            sentence(entry.meaning),
            sentence(entry.remedy),
            entry.kind.code()
        )
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The code of a failure of which nothing more is known than its kind.
impl From<ExitKind> for Code {
    fn from(kind: ExitKind) -> Self {
        match kind {
            ExitKind::Failed => Self::Failed,
            ExitKind::Waiting => Self::Waiting,
            ExitKind::Usage => Self::Usage,
            ExitKind::Differences => Self::Differences,
            ExitKind::Access => Self::Access,
            ExitKind::Build => Self::BuildFailed,
            ExitKind::Stack => Self::StackFailed,
            ExitKind::StackStuck => Self::StackStuck,
            ExitKind::Unhealthy => Self::Unhealthy,
            ExitKind::Busy => Self::Busy,
            ExitKind::Interrupted => Self::Interrupted,
        }
    }
}

/// The code of each kind of failure that AWS answers with.
impl From<AwsErrorKind> for Code {
    fn from(kind: AwsErrorKind) -> Self {
        match kind {
            AwsErrorKind::NoCredentials => Self::AwsNoCredentials,
            AwsErrorKind::ExpiredCredentials => Self::AwsCredentialsExpired,
            AwsErrorKind::InvalidCredentials => Self::AwsCredentialsInvalid,
            AwsErrorKind::AccessDenied => Self::AwsAccessDenied,
            AwsErrorKind::AccountNotActive => Self::AwsAccountNotActive,
            AwsErrorKind::ClockSkew => Self::AwsClockSkew,
            AwsErrorKind::NotFound => Self::AwsNotFound,
            AwsErrorKind::AlreadyExists => Self::AwsAlreadyExists,
            AwsErrorKind::Validation => Self::AwsRefused,
            AwsErrorKind::Conflict => Self::AwsConflict,
            AwsErrorKind::LimitExceeded => Self::AwsQuota,
            AwsErrorKind::Throttled => Self::AwsThrottled,
            AwsErrorKind::ServerFault => Self::AwsTrouble,
            AwsErrorKind::Network => Self::Network,
            AwsErrorKind::BadAnswer => Self::AwsBadAnswer,
            AwsErrorKind::Region => Self::AwsRegion,
            AwsErrorKind::Other => Self::AwsOther,
        }
    }
}

/// A text that begins with a capital and ends with a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    let text: String = first.into_iter().chain(letters).collect();
    if text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_stable_names_that_are_there_once() {
        let mut seen = BTreeSet::new();
        for code in Code::ALL {
            let name = code.as_str();
            let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            assert!(plain && !name.starts_with('-') && !name.ends_with('-'), "{name}");
            assert!(seen.insert(name), "{name} is there twice");
            assert_eq!(Code::find(name), Some(*code));
        }
    }

    #[test]
    fn every_entry_says_what_it_means_and_what_to_do() {
        for code in Code::ALL {
            let entry = code.entry();
            assert!(entry.meaning.len() > 25 && entry.remedy.len() > 15, "{}", code.as_str());
        }
    }

    #[test]
    fn codes_are_found_as_they_are_printed() {
        assert_eq!(Code::find("error[config-missing]:"), Some(Code::ConfigMissing));
        assert_eq!(Code::find("Config-Missing"), Some(Code::ConfigMissing));
        assert_eq!(Code::find("nonsense"), None);
        assert_eq!(Code::nearest("config-mising"), Some(Code::ConfigMissing));
        assert_eq!(Code::nearest("zzz"), None);
    }
}
