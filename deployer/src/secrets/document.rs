//! The secret's JSON object: keys, what each is for, and what a fit value is.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use sha2::{Digest, Sha256};
use stellarr_core::secrets::{HELD_SECONDS, Problem, judge, password_mark};

use super::access::PUBLIC;
use super::generate::{generate, generate_scalar};
use crate::base::error::CommandError;
use stellarr_aws::SecretText;
use stellarr_core::secrets::{
    FEED_TOKEN, NOT_BEFORE, PASSWORD, PASSWORD_MARK, PLEX_SERVER_NAME, PLEX_WEBHOOK_TOKEN, SIGNING_KEY, TMDB_KEY,
    TVDB_KEY, VAPID_KEY,
};

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
/// How far this computer's clock may be from AWS', in seconds: AWS refuses calls of one that is further off.
const MAX_CLOCK_SKEW_SECONDS: i64 = 300;

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
}

impl Key {
    /// Makes a value, where one can be made.
    pub(crate) fn fresh(&self) -> Result<Option<String>, CommandError> {
        match self.name {
            VAPID_KEY => generate_scalar().map(Some),
            SIGNING_KEY => generate(64).map(Some),
            PASSWORD => generate(20).map(Some),
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
        !matches!(self.name, TMDB_KEY | TVDB_KEY | PLEX_SERVER_NAME)
    }
}

/// Every key that a person may see, in the order in which they are asked for.
pub const KEYS: &[Key] = &[
    Key {
        name: PASSWORD,
        what: "the household's password for the site",
        help: "at least 12 characters; everybody in the household signs in with it",
        made: Made::Never,
        required: true,
    },
    Key {
        name: TMDB_KEY,
        what: "the key for The Movie Database",
        help: "free, from https://www.themoviedb.org/settings/api (the long read token or the short v3 key)",
        made: Made::Never,
        required: true,
    },
    Key {
        name: SIGNING_KEY,
        what: "the key that sign-in tokens are signed with",
        help: "made for you; replacing it signs everybody out",
        made: Made::WhenMissing,
        required: true,
    },
    Key {
        name: VAPID_KEY,
        what: "the key that notifications are signed with",
        help: "made for you; replacing it ends every notification subscription",
        made: Made::WhenMissing,
        required: true,
    },
    Key {
        name: FEED_TOKEN,
        what: "the token that Radarr and Sonarr read the lists with",
        help: "made by the first deploy; without one, or with the value `public`, anyone can read the lists",
        made: Made::OnFirstDeploy,
        required: false,
    },
    Key {
        name: PLEX_WEBHOOK_TOKEN,
        what: "the token that Plex reports with",
        help: "made by the first deploy; without one Plex's reports and library syncs are refused",
        made: Made::OnFirstDeploy,
        required: false,
    },
    Key {
        name: PLEX_SERVER_NAME,
        what: "the Plex server whose reports count",
        help: "optional; without one every server that knows the token counts",
        made: Made::Never,
        required: false,
    },
    Key {
        name: TVDB_KEY,
        what: "the key for TheTVDB, to match single episodes",
        help: "optional, from https://thetvdb.com/dashboard/account/apikey",
        made: Made::Never,
        required: false,
    },
];

/// The secret's content. Its Debug shows key names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretDocument(BTreeMap<String, Value>);

impl fmt::Debug for SecretDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl SecretDocument {
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

    /// What is wrong with the values that are there, by the rules that a self-hosted process has as well.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        judge(|name| self.get(name))
    }

    /// Ends every session when the password is another one than in `found`, or was changed in `found` by other means than
    /// stellarr, at `written_at`: the API ends them then until something else is stored.
    pub(super) fn end_sessions_of_another_password(&mut self, found: &Self, written_at: Option<i64>, now: i64) {
        let Some(password) = self.get(PASSWORD) else { return };
        let mark = password_mark(self.get(SIGNING_KEY).unwrap_or_default(), password);
        let ends = if found.get(PASSWORD).is_some_and(|before| before != password) {
            Some(now + HELD_SECONDS + MAX_CLOCK_SKEW_SECONDS)
        } else if found.was_edited() {
            Some(written_at.unwrap_or(now) + HELD_SECONDS + 1)
        } else {
            None
        };
        if let Some(ends) = ends {
            // Past the sessions that are dated after the present one because it lies ahead.
            let ends = found.not_before().map_or(ends, |held| ends.max(held + 2));
            self.set(NOT_BEFORE, ends.to_string());
        }
        self.set(PASSWORD_MARK, mark);
    }

    /// Whether the password is not the one that sessions were last ended for.
    fn was_edited(&self) -> bool {
        let mark = |password| password_mark(self.get(SIGNING_KEY).unwrap_or_default(), password);
        self.get(PASSWORD_MARK).is_some_and(|kept| self.get(PASSWORD).map(mark).as_deref() != Some(kept))
    }

    fn not_before(&self) -> Option<i64> {
        let value = self.0.get(NOT_BEFORE)?;
        value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(pairs: &[(&str, &str)]) -> SecretDocument {
        let mut document = SecretDocument::default();
        for (key, value) in pairs {
            document.set(key, (*value).to_owned());
        }
        document
    }

    #[test]
    fn values_are_judged_as_everywhere() {
        let short = document(&[("PRESHARED_PASSWORD", "tiny"), ("FEED_TOKEN", ""), ("NOT_BEFORE", "soon")]);
        let problems = [Problem::Short("PRESHARED_PASSWORD", 12), Problem::NotASecond("NOT_BEFORE")];
        assert_eq!(short.problems(), problems);
    }

    #[test]
    fn another_password_ends_sessions_in_the_same_write() {
        let stored = |before: &SecretDocument, password: &str, written_at: i64, now: i64| {
            let mut after = before.clone();
            after.set("PRESHARED_PASSWORD", password.to_owned());
            after.end_sessions_of_another_password(before, Some(written_at), now);
            after
        };
        let first = stored(&document(&[("APP_SECRET_KEY", "k")]), "correct horse battery", 0, 1_000);
        assert_eq!(first.get("NOT_BEFORE"), None, "there was none that anybody signed in with");
        let same = stored(&first, "correct horse battery", 1_000, 2_000);
        assert_eq!(same, first);
        let changed = stored(&same, "battery horse correct", 1_000, 3_000);
        assert_eq!(changed.get("NOT_BEFORE"), Some("3360"), "a minute for what is held, five for this clock");
        let again = stored(&changed, "correct horse battery", 3_000, 3_001);
        assert_eq!(again.get("NOT_BEFORE"), Some("3362"), "a session of in between is dated 3361");
    }

    #[test]
    fn a_password_from_the_console_ends_sessions_for_good_with_the_next_write() {
        let mut stored = document(&[("PRESHARED_PASSWORD", "correct horse battery"), ("NOT_BEFORE", "100")]);
        stored.end_sessions_of_another_password(&stored.clone(), None, 200);
        assert_eq!(stored.get("NOT_BEFORE"), Some("100"), "an earlier version kept no mark");
        stored.set("PRESHARED_PASSWORD", "battery horse correct".to_owned());
        let mut written = stored.clone();
        written.end_sessions_of_another_password(&stored, Some(5_000), 90_000);
        assert_eq!(written.get("NOT_BEFORE"), Some("5061"), "from its own moment, not from now");
        let mut again = written.clone();
        again.end_sessions_of_another_password(&written, Some(90_000), 95_000);
        assert_eq!(again, written);
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
