//! The values of the one secret, and where they come from.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

/// Holds the values of the one secret, by their names in its JSON.
///
/// `Debug` shows which names have a value and nothing of any value.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    values: BTreeMap<String, String>,
}

/// Name of the value that revokes older tokens.
pub const NOT_BEFORE: &str = "NOT_BEFORE";

/// Values that a template or a sample file is likely to have left behind.
const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "placeholder",
    "secret",
    "password",
    "example",
    "todo",
    "xxx",
    "none",
    "null",
];

/// Names one required value that can't be used, and why. Holds nothing of the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} is {problem}; set it with `stellarr secrets set {name}`, or in the environment when self-hosted")]
pub struct BadSecret {
    /// The value's name.
    pub name: &'static str,
    /// `missing` or `a placeholder`.
    pub problem: &'static str,
}

/// Says why the secret could not be had. Holds nothing of any value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretsError {
    /// The place that keeps the secret did not answer.
    #[error("the secret can't be read: {0}")]
    Unavailable(String),
    /// The secret is not a JSON object of strings.
    #[error("the secret is not a JSON object of strings")]
    Malformed,
    /// The secret could not be changed.
    #[error("the secret can't be changed: {0}")]
    Unchanged(String),
    /// The secret was read, but a required value is missing or a placeholder.
    #[error(transparent)]
    Bad(#[from] BadSecret),
}

/// Gives the secret as it stands now; an implementation may be up to 60 seconds behind.
#[async_trait]
pub trait SecretSource: Send + Sync {
    /// Returns the values of the secret, whether or not they are fit for use.
    async fn secrets(&self) -> Result<Arc<Secrets>, SecretsError>;

    /// Returns the values as they are at this moment.
    async fn fresh(&self) -> Result<Arc<Secrets>, SecretsError> {
        self.secrets().await
    }

    /// Lets `NOT_BEFORE` be this unix second, unless it is later already, and returns the values with it: for this
    /// process at once, for all others within 60 seconds. What others change in the secret meanwhile stays changed.
    async fn revoke_before(&self, _second: i64) -> Result<Arc<Secrets>, SecretsError> {
        Err(SecretsError::Unchanged("it is read only here".to_owned()))
    }
}

impl Secrets {
    /// Takes the values by name; empty ones count as absent.
    pub fn new<N: Into<String>, V: Into<String>>(values: impl IntoIterator<Item = (N, V)>) -> Self {
        let values = values
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .filter(|(_, value): &(String, String)| !value.trim().is_empty())
            .collect();
        Self { values }
    }

    /// Reads the JSON object that Secrets Manager holds. Values that are not strings are read as their JSON text.
    pub fn from_json(text: &str) -> Result<Self, SecretsError> {
        let object: BTreeMap<String, serde_json::Value> =
            serde_json::from_str(text).map_err(|_| SecretsError::Malformed)?;
        Ok(Self::new(object.into_iter().map(|(name, value)| match value {
            serde_json::Value::String(text) => (name, text),
            serde_json::Value::Null => (name, String::new()),
            other => (name, other.to_string()),
        })))
    }

    /// Returns a value, unless it is missing or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Returns a value that must be there and must not be a placeholder.
    pub fn require(&self, name: &'static str) -> Result<&str, BadSecret> {
        let value = self.get(name).ok_or(BadSecret { name, problem: "missing" })?;
        if is_placeholder(value) {
            return Err(BadSecret { name, problem: "a placeholder" });
        }
        Ok(value)
    }

    /// Returns the key that signs session tokens.
    pub fn app_secret_key(&self) -> Result<&str, BadSecret> {
        self.require("APP_SECRET_KEY")
    }

    /// Returns the password that everybody shares.
    pub fn password(&self) -> Result<&str, BadSecret> {
        self.require("PRESHARED_PASSWORD")
    }

    /// Returns TMDB's v3 key or v4 bearer token.
    pub fn tmdb_api_key(&self) -> Result<&str, BadSecret> {
        self.require("TMDB_API_KEY")
    }

    /// Returns the token that the feeds ask for, if one is configured.
    #[must_use]
    pub fn feed_token(&self) -> Option<&str> {
        self.get("FEED_TOKEN")
    }

    /// Returns the token that Plex and the sync client send.
    #[must_use]
    pub fn webhook_token(&self) -> Option<&str> {
        self.get("PLEX_WEBHOOK_TOKEN")
    }

    /// Returns the one Plex server whose webhooks count, if only one does.
    #[must_use]
    pub fn plex_server_name(&self) -> Option<&str> {
        self.get("PLEX_SERVER_NAME")
    }

    /// Returns TheTVDB's API key, if there is one.
    #[must_use]
    pub fn tvdb_api_key(&self) -> Option<&str> {
        self.get("TVDB_API_KEY")
    }

    /// Returns the private half of the VAPID pair: 32 raw bytes, base64url.
    #[must_use]
    pub fn vapid_private_key(&self) -> Option<&str> {
        self.get("VAPID_PRIVATE_KEY")
    }

    /// Returns the unix second before which issued tokens no longer count.
    #[must_use]
    pub fn not_before(&self) -> Option<i64> {
        self.get(NOT_BEFORE).and_then(|text| text.trim().parse().ok())
    }

    /// Returns the values with `NOT_BEFORE` at this unix second, or later if it is already.
    #[must_use]
    pub fn with_not_before(&self, second: i64) -> Self {
        let second = self.not_before().map_or(second, |held| held.max(second));
        let mut values = self.values.clone();
        values.insert(NOT_BEFORE.to_owned(), second.to_string());
        Self { values }
    }

    /// Lists every value that must be there and isn't fit for use, and every token that is a placeholder.
    #[must_use]
    pub fn problems(&self) -> Vec<BadSecret> {
        let required = [self.app_secret_key(), self.password(), self.tmdb_api_key()];
        // These need not be there, but a placeholder is what everybody would try first.
        let others = ["FEED_TOKEN", "PLEX_WEBHOOK_TOKEN"].into_iter().filter(|name| self.get(name).is_some());
        required.into_iter().chain(others.map(|name| self.require(name))).filter_map(Result::err).collect()
    }
}

fn is_placeholder(value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    PLACEHOLDERS.contains(&value.as_str())
        || value.starts_with("your")
        || value.starts_with("change-me")
        || value.starts_with("change_me")
        || value.starts_with("changeme")
        || (value.starts_with('<') && value.ends_with('>'))
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// Gives the same values for ever: tests, and a process configured by its environment.
#[async_trait]
impl SecretSource for Arc<Secrets> {
    async fn secrets(&self) -> Result<Arc<Secrets>, SecretsError> {
        Ok(Self::clone(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_and_empty_values_are_problems() {
        let secrets = Secrets::new([
            ("APP_SECRET_KEY", "change-me-in-production"),
            ("PRESHARED_PASSWORD", " "),
            ("TMDB_API_KEY", "your_tmdb_api_key_here"),
            ("FEED_TOKEN", "changeme"),
            ("PLEX_WEBHOOK_TOKEN", "<token>"),
        ]);
        let problems: Vec<String> = secrets.problems().iter().map(|p| format!("{} {}", p.name, p.problem)).collect();
        assert_eq!(
            problems,
            [
                "APP_SECRET_KEY a placeholder",
                "PRESHARED_PASSWORD missing",
                "TMDB_API_KEY a placeholder",
                "FEED_TOKEN a placeholder",
                "PLEX_WEBHOOK_TOKEN a placeholder",
            ]
        );
    }

    #[test]
    fn debug_shows_names_only() {
        let secrets =
            Secrets::from_json(r#"{"FEED_TOKEN":"hunter2hunter2","NOT_BEFORE":1700000000,"X":null}"#).unwrap();
        assert_eq!(format!("{secrets:?}"), r#"{"FEED_TOKEN", "NOT_BEFORE"}"#);
        assert_eq!(secrets.not_before(), Some(1_700_000_000));
        assert_eq!(Secrets::from_json("[]"), Err(SecretsError::Malformed));
    }
}
