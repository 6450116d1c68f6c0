//! The values of the one secret, and where they come from.

mod judge;
mod revocation;

pub use judge::{Problem, judge};
pub use revocation::{HELD_SECONDS, PASSWORD_MARK, RENEWED_SESSION, password_mark};

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

/// Name of the password that everybody shares.
pub const PASSWORD: &str = "PRESHARED_PASSWORD";

/// Name of the key that signs session tokens.
pub const SIGNING_KEY: &str = "APP_SECRET_KEY";

/// Name of TMDB's v3 key or v4 read access token.
pub const TMDB_KEY: &str = "TMDB_API_KEY";

/// Name of TheTVDB's key.
pub const TVDB_KEY: &str = "TVDB_API_KEY";

/// Name of the token that the feeds ask for.
pub const FEED_TOKEN: &str = "FEED_TOKEN";

/// Name of the token that Plex and the sync client send.
pub const PLEX_WEBHOOK_TOKEN: &str = "PLEX_WEBHOOK_TOKEN";

/// Name of the one Plex server whose webhooks count.
pub const PLEX_SERVER_NAME: &str = "PLEX_SERVER_NAME";

/// Name of the private half of the VAPID pair.
pub const VAPID_KEY: &str = "VAPID_PRIVATE_KEY";

/// Names one value that can't be used, and why. Holds nothing of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}; set {key} with `stellarr secrets set {key}`, or in the environment when self-hosted", key = .0.key())]
pub struct BadSecret(pub Problem);

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
    /// The secret was read, but a value in it can't be used.
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

    /// Ends the sessions that began before this unix second, unless more of them have ended already, and returns the
    /// values: for this process at once, for all others within 60 seconds. What others change in the secret meanwhile
    /// stays changed. `renewing` is the start of the one session that continues, in a token that is dated `second`.
    async fn revoke_before(&self, _second: i64, _renewing: Option<i64>) -> Result<Arc<Secrets>, SecretsError> {
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
        let value = self.get(name).ok_or(BadSecret(Problem::Missing(name)))?;
        if judge::is_placeholder(value) {
            return Err(BadSecret(Problem::Placeholder(name)));
        }
        Ok(value)
    }

    /// Returns the key that signs session tokens.
    pub fn app_secret_key(&self) -> Result<&str, BadSecret> {
        self.require(SIGNING_KEY)
    }

    /// Returns the password that everybody shares.
    pub fn password(&self) -> Result<&str, BadSecret> {
        self.require(PASSWORD)
    }

    /// Returns TMDB's v3 key or v4 bearer token.
    pub fn tmdb_api_key(&self) -> Result<&str, BadSecret> {
        self.require(TMDB_KEY)
    }

    /// Returns the token that the feeds ask for, if one is configured.
    #[must_use]
    pub fn feed_token(&self) -> Option<&str> {
        self.get(FEED_TOKEN)
    }

    /// Returns the token that Plex and the sync client send.
    #[must_use]
    pub fn webhook_token(&self) -> Option<&str> {
        self.get(PLEX_WEBHOOK_TOKEN)
    }

    /// Returns the one Plex server whose webhooks count, if only one does.
    #[must_use]
    pub fn plex_server_name(&self) -> Option<&str> {
        self.get(PLEX_SERVER_NAME)
    }

    /// Returns TheTVDB's API key, if there is one.
    #[must_use]
    pub fn tvdb_api_key(&self) -> Option<&str> {
        self.get(TVDB_KEY)
    }

    /// Returns the private half of the VAPID pair: 32 raw bytes, base64url.
    #[must_use]
    pub fn vapid_private_key(&self) -> Option<&str> {
        self.get(VAPID_KEY)
    }

    /// Lists every value that must be there and isn't, and everything that is wrong with those that are.
    #[must_use]
    pub fn problems(&self) -> Vec<BadSecret> {
        let missing = [SIGNING_KEY, PASSWORD, TMDB_KEY].into_iter().filter(|name| self.get(name).is_none());
        let missing = missing.map(Problem::Missing);
        missing.chain(judge(|name| self.get(name))).map(BadSecret).collect()
    }
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
        let problems: Vec<String> = secrets.problems().iter().map(|problem| problem.0.to_string()).collect();
        assert_eq!(
            problems,
            [
                "PRESHARED_PASSWORD is missing",
                "TMDB_API_KEY is still a placeholder",
                "APP_SECRET_KEY is still a placeholder",
                "FEED_TOKEN is still a placeholder",
                "PLEX_WEBHOOK_TOKEN is still a placeholder",
            ]
        );
    }

    #[test]
    fn debug_shows_names_only() {
        let secrets =
            Secrets::from_json(r#"{"FEED_TOKEN":"hunter2hunter2","NOT_BEFORE":1700000000,"X":null}"#).unwrap();
        assert_eq!(format!("{secrets:?}"), r#"{"FEED_TOKEN", "NOT_BEFORE"}"#);
        assert_eq!(secrets.not_before(), Ok(Some(1_700_000_000)));
        assert_eq!(Secrets::from_json("[]"), Err(SecretsError::Malformed));
    }
}
