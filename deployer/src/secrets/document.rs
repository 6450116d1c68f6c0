//! The secret's JSON object: keys, what each is for, and what a fit value is.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::access::{FEED_TOKEN, PLEX_WEBHOOK_TOKEN, PUBLIC};
use super::generate::{generate, generate_scalar};
use crate::aws::SecretText;
use crate::error::CommandError;

/// Passwords and tokens shorter than this are refused.
const SHORTEST: usize = 12;

const ORIGIN: &str = "ORIGIN_VERIFY_";

/// When a deploy makes a value that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// Never: a person gives it.
    Never,
    /// By the first deploy only. Other programs use the value, and one that appears later shuts them out.
    OnFirstDeploy,
    /// By every deploy.
    WhenMissing,
}

/// A key of the secret.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name, in the JSON object and as an environment variable.
    pub name: &'static str,
    /// What it is, for people.
    pub what: &'static str,
    /// Where to get it.
    pub help: &'static str,
    /// When a deploy makes it.
    pub made: Made,
    /// Whether the site cannot work without it.
    pub required: bool,
    minimum: usize,
}

impl Key {
    /// Makes a value, where one can be made.
    pub(crate) fn fresh(&self) -> Result<Option<String>, CommandError> {
        match self.name {
            "VAPID_PRIVATE_KEY" => generate_scalar().map(Some),
            "APP_SECRET_KEY" => generate(64).map(Some),
            "PRESHARED_PASSWORD" => generate(20).map(Some),
            FEED_TOKEN | PLEX_WEBHOOK_TOKEN => generate(40).map(Some),
            _ => Ok(None),
        }
    }

    /// What is stored for a value that a person gives.
    pub(crate) fn stored(&self, given: String) -> String {
        if self.name == FEED_TOKEN && given == PUBLIC { String::new() } else { given }
    }

    /// Says whether a value can be made.
    #[must_use]
    pub fn can_generate(&self) -> bool {
        !matches!(self.name, "TMDB_API_KEY" | "TVDB_API_KEY" | "PLEX_SERVER_NAME")
    }
}

/// Every key that a person may see, in the order in which they are asked for.
pub const KEYS: &[Key] = &[
    Key {
        name: "PRESHARED_PASSWORD",
        what: "the household's password for the site",
        help: "at least 12 characters; everybody in the household signs in with it",
        made: Made::Never,
        required: true,
        minimum: SHORTEST,
    },
    Key {
        name: "TMDB_API_KEY",
        what: "the key for The Movie Database",
        help: "free, from https://www.themoviedb.org/settings/api (the long read token or the short v3 key)",
        made: Made::Never,
        required: true,
        minimum: 8,
    },
    Key {
        name: "APP_SECRET_KEY",
        what: "the key that sign-in tokens are signed with",
        help: "made for you; replacing it signs everybody out",
        made: Made::WhenMissing,
        required: true,
        minimum: 32,
    },
    Key {
        name: "VAPID_PRIVATE_KEY",
        what: "the key that notifications are signed with",
        help: "made for you; replacing it ends every notification subscription",
        made: Made::WhenMissing,
        required: true,
        minimum: 43,
    },
    Key {
        name: FEED_TOKEN,
        what: "the token that Radarr and Sonarr read the lists with",
        help: "made by the first deploy; without one, or with the value `public`, anyone can read the lists",
        made: Made::OnFirstDeploy,
        required: false,
        minimum: SHORTEST,
    },
    Key {
        name: PLEX_WEBHOOK_TOKEN,
        what: "the token that Plex reports with",
        help: "made by the first deploy; without one Plex's reports and library syncs are refused",
        made: Made::OnFirstDeploy,
        required: false,
        minimum: SHORTEST,
    },
    Key {
        name: "PLEX_SERVER_NAME",
        what: "the Plex server whose reports count",
        help: "optional; without one every server that knows the token counts",
        made: Made::Never,
        required: false,
        minimum: 1,
    },
    Key {
        name: "TVDB_API_KEY",
        what: "the key for TheTVDB, to match single episodes",
        help: "optional, from https://thetvdb.com/dashboard/account/apikey",
        made: Made::Never,
        required: false,
        minimum: 8,
    },
];

/// What is wrong with a value; never shows the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A word that guides and examples use.
    Placeholder(&'static str),
    /// Too short to be safe.
    Short(&'static str, usize),
    /// One token for two purposes.
    Reused(&'static str, &'static str),
}

impl Problem {
    /// The key to change.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::Placeholder(key) | Self::Short(key, _) | Self::Reused(_, key) => key,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Placeholder(key) => write!(f, "{key} is still a placeholder"),
            Self::Short(key, minimum) => write!(f, "{key} is too short: at least {minimum} characters are needed"),
            Self::Reused(one, other) => write!(f, "{one} and {other} have the same value; each needs its own"),
        }
    }
}

/// The secret's content. Its Debug shows key names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Document(BTreeMap<String, Value>);

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Document {
    /// Reads the JSON object.
    ///
    /// # Errors
    /// What is wrong with it, without its content.
    pub fn parse(text: &SecretText) -> Result<Self, String> {
        serde_json::from_str(&text.0)
            .map(Self)
            .map_err(|error| format!("line {}, column {}", error.line(), error.column()))
    }

    /// Writes the JSON object.
    #[must_use]
    pub fn to_text(&self) -> SecretText {
        SecretText(serde_json::to_string(&self.0).unwrap_or_default())
    }

    /// The value of a key, if it has one.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(Value::as_str).filter(|value| !value.is_empty())
    }

    /// Says whether a key has no value.
    #[must_use]
    pub fn is_empty(&self, key: &str) -> bool {
        self.get(key).is_none()
    }

    /// Says whether a key is there, be it with an empty value.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Sets a key.
    pub fn set(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), Value::String(value));
    }

    /// Names of all keys with a value.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str).filter(|key| !self.is_empty(key))
    }

    /// What a deploy stores of values that a person gives.
    #[must_use]
    pub(super) fn as_stored(&self) -> Self {
        let mut stored = self.clone();
        for key in KEYS {
            if let Some(value) = self.get(key.name) {
                stored.set(key.name, key.stored(value.to_owned()));
            }
        }
        stored
    }

    /// Says whether no deploy has filled the secret yet: each one sees to the origin value, and nothing else makes the
    /// first. Values that were set by hand or copied before the first deploy do not count.
    #[must_use]
    pub fn is_before_first_deploy(&self) -> bool {
        self.origin_generation() == 0
    }

    /// Number of the newest origin value; 0 when there is none.
    #[must_use]
    pub fn origin_generation(&self) -> u64 {
        self.keys().filter_map(|key| key.strip_prefix(ORIGIN)?.parse().ok()).max().unwrap_or(0)
    }

    /// Hashes of the newest origin value and the one before it.
    #[must_use]
    pub fn origin_sha256(&self) -> String {
        let newest = self.origin_generation();
        [newest, newest.saturating_sub(1)]
            .iter()
            .filter_map(|number| self.get(&format!("{ORIGIN}{number}")))
            .map(|value| hex::encode(Sha256::digest(value.as_bytes())))
            .collect::<Vec<_>>()
            .join(",")
    }

    /// Adds a new origin value; keeps the present one, which is accepted beside it, and drops older ones.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn add_origin_generation(&mut self) -> Result<(), CommandError> {
        let present = self.origin_generation();
        for old in 1..present {
            self.0.remove(&format!("{ORIGIN}{old}"));
        }
        self.set(&format!("{ORIGIN}{}", present + 1), generate(64)?);
        Ok(())
    }

    /// What is wrong with the values that are there.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for key in KEYS {
            let Some(value) = self.get(key.name) else { continue };
            if is_placeholder(value) {
                problems.push(Problem::Placeholder(key.name));
            } else if value.chars().count() < key.minimum {
                problems.push(Problem::Short(key.name, key.minimum));
            }
        }
        if let (Some(feed), Some(webhook)) = (self.get(FEED_TOKEN), self.get(PLEX_WEBHOOK_TOKEN))
            && feed == webhook
        {
            problems.push(Problem::Reused(FEED_TOKEN, PLEX_WEBHOOK_TOKEN));
        }
        problems
    }
}

fn is_placeholder(value: &str) -> bool {
    let plain: String = value.trim().to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let words = ["changeme", "placeholder", "password", "secret", "todo", "xxx", "example", "none", "null"];
    plain.is_empty()
        || words.contains(&plain.as_str())
        || ["changeme", "replaceme", "placeholder"].iter().any(|word| plain.contains(word))
        || (plain.starts_with("your")
            && (plain.ends_with("here") || plain.ends_with("key") || plain.ends_with("token")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(pairs: &[(&str, &str)]) -> Document {
        let mut document = Document::default();
        for (key, value) in pairs {
            document.set(key, (*value).to_owned());
        }
        document
    }

    #[test]
    fn placeholders_and_short_values_are_found_and_never_shown() {
        for value in ["changeme", "CHANGE_ME", "your-password-here", "tiny", "placeholder-123456", "   "] {
            let problems = document(&[("PRESHARED_PASSWORD", value)]).problems();
            assert_eq!(problems.len(), 1, "{value}");
            assert!(value.trim().is_empty() || !problems[0].to_string().contains(value.trim()), "{value}");
        }
        assert!(document(&[("PRESHARED_PASSWORD", "correct horse battery")]).problems().is_empty());
    }

    #[test]
    fn one_token_for_two_purposes_is_refused() {
        let both = document(&[("FEED_TOKEN", "0123456789abcdef"), ("PLEX_WEBHOOK_TOKEN", "0123456789abcdef")]);
        assert_eq!(both.problems(), [Problem::Reused("FEED_TOKEN", "PLEX_WEBHOOK_TOKEN")]);
    }

    #[test]
    fn the_newest_origin_value_and_the_one_before_are_accepted() {
        let document = document(&[("ORIGIN_VERIFY_9", "a"), ("ORIGIN_VERIFY_10", "b"), ("ORIGIN_VERIFY_1", "c")]);
        let hash = |value: &str| hex::encode(Sha256::digest(value.as_bytes()));
        assert_eq!(document.origin_generation(), 10);
        assert_eq!(document.origin_sha256(), format!("{},{}", hash("b"), hash("a")));
    }

    #[test]
    fn debug_shows_no_value() {
        let shown = format!("{:?} {:?}", document(&[("FEED_TOKEN", "hidden")]), SecretText("hidden".to_owned()));
        assert!(!shown.contains("hidden"), "{shown}");
    }
}
