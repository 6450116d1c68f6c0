//! What the scheduled functions have in common: how they read their environment, and how they say what went wrong.

use std::fmt::Debug;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::locale::{InvalidLocale, Locale};
use crate::metrics::namespace;
use crate::secrets::{BadSecret, SecretsError};
use crate::time::Timestamp;
use crate::tmdb::Audience;

/// Reads variables of the environment; blanks around a value count for nothing, and an empty one is none.
pub struct Environment<F>(pub F);

/// A setting that is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSettings {
    /// A variable that must be there.
    #[error("the environment variable {0} is missing")]
    Missing(&'static str),
    /// A variable that must be a number.
    #[error("the environment variable {0} must be a whole number above zero")]
    Number(&'static str),
    /// A language that is none.
    #[error("{name}: {cause}")]
    Language {
        /// The variable.
        name: &'static str,
        /// What is wrong with it.
        cause: InvalidLocale,
    },
    /// A country that is none.
    #[error("CATALOGUE_REGION must be a country code of two letters, such as US")]
    Region,
}

impl<F: Fn(&str) -> Option<String>> Environment<F> {
    /// Returns a variable.
    pub fn text(&self, name: &str) -> Option<String> {
        (self.0)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// Returns a variable that must be there.
    ///
    /// # Errors
    /// When it isn't.
    pub fn required(&self, name: &'static str) -> Result<String, InvalidSettings> {
        self.text(name).ok_or(InvalidSettings::Missing(name))
    }

    /// Returns a number above zero.
    ///
    /// # Errors
    /// When the variable is something else.
    pub fn number(&self, name: &'static str, default: u32) -> Result<u32, InvalidSettings> {
        match self.text(name) {
            None => Ok(default),
            Some(value) => value.parse().ok().filter(|number| *number > 0).ok_or(InvalidSettings::Number(name)),
        }
    }

    /// Returns a number of seconds.
    ///
    /// # Errors
    /// When the variable is no number above zero.
    pub fn seconds(&self, name: &'static str, default: u32) -> Result<Duration, InvalidSettings> {
        self.number(name, default).map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// Returns in which words, and for which country, the catalogue is: in `CATALOGUE_LANGUAGE`, else the first of
    /// `LOCALES`, for `CATALOGUE_REGION`.
    ///
    /// # Errors
    /// When the language or the region is none.
    pub fn audience(&self) -> Result<Audience, InvalidSettings> {
        let wrong = |name| move |cause| InvalidSettings::Language { name, cause };
        let language = match self.text("CATALOGUE_LANGUAGE") {
            Some(language) => Some(language.parse().map_err(wrong("CATALOGUE_LANGUAGE"))?),
            None => {
                let locales = self.text("LOCALES").unwrap_or_default();
                Locale::parse_list(&locales).map_err(wrong("LOCALES"))?.into_iter().next()
            }
        };
        let region = self.text("CATALOGUE_REGION").map(|region| region.to_ascii_uppercase());
        if region.as_ref().is_some_and(|region| region.len() != 2 || !region.bytes().all(|b| b.is_ascii_alphabetic())) {
            return Err(InvalidSettings::Region);
        }
        Ok(Audience { language, region })
    }

    /// Returns where metrics go: what is set, else what the function's name says.
    pub fn metrics_namespace(&self) -> String {
        let of_function = || namespace(&self.text("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default());
        self.text("METRICS_NAMESPACE").unwrap_or_else(of_function)
    }
}

/// Returns when a schedule of EventBridge's started a run, in unix seconds: its event says so. `None` when somebody else
/// started it.
#[must_use]
pub fn scheduled_at(event: &Value) -> Option<u64> {
    let text = |name| event.get(name).and_then(Value::as_str);
    let time = text("time").filter(|_| text("source") == Some("aws.events"))?;
    time.parse::<Timestamp>().ok()?.as_second().try_into().ok()
}

/// Says why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure<R: Debug + Serialize> {
    /// Some of the work could not be done, the rest is stored; the text is the report's JSON.
    #[error("{}", serde_json::to_string(.0).unwrap_or_default())]
    Partial(Box<R>),
    /// The environment is wrong.
    #[error(transparent)]
    Settings(#[from] InvalidSettings),
    /// The event is wrong.
    #[error("{0}")]
    Event(String),
    /// The secret can't be read.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// The secret holds no usable TMDB key.
    #[error(transparent)]
    Key(#[from] BadSecret),
    /// TMDB's address is wrong or TLS can't start.
    #[error("{0}")]
    Client(String),
}

impl<R: Debug + Serialize> Failure<R> {
    /// Returns the error type that Lambda reports.
    #[must_use]
    pub const fn error_type(&self) -> &'static str {
        match self {
            Self::Partial(_) => "PartialFailure",
            Self::Settings(_) => "InvalidSettings",
            Self::Event(_) => "InvalidEvent",
            Self::Secrets(_) | Self::Key(_) => "Secret",
            Self::Client(_) => "Client",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_says_when_it_started_a_run() {
        let event = |source: &str, time: &str| scheduled_at(&serde_json::json!({ "source": source, "time": time }));
        assert_eq!(event("aws.events", "2026-11-21T08:00:00Z"), Some(1_795_248_000));
        assert_eq!(event("aws.events", "soon"), None);
        assert_eq!(event("test", "2026-11-21T08:00:00Z"), None);
        assert_eq!(scheduled_at(&Value::Null), None);
    }

    #[test]
    fn the_catalogues_words_are_the_first_languages_without_their_own() {
        let audience = |held: &'static [(&str, &str)]| {
            Environment(move |name: &str| {
                held.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            })
            .audience()
        };
        let found =
            audience(&[("LOCALES", "pt-br,en"), ("CATALOGUE_LANGUAGE", ""), ("CATALOGUE_REGION", "br")]).unwrap();
        assert_eq!(found.language.unwrap().as_str(), "pt-BR");
        assert_eq!(found.region.as_deref(), Some("BR"));
        let found = audience(&[("LOCALES", "pt-br"), ("CATALOGUE_LANGUAGE", "en-US")]).unwrap();
        assert_eq!((found.language.unwrap().as_str(), found.region), ("en-US", None));
        assert_eq!(audience(&[("CATALOGUE_REGION", "USA")]), Err(InvalidSettings::Region));
    }

    #[test]
    fn variables_are_trimmed_and_checked() {
        let held = [("A", " a "), ("B", " "), ("N", " 7 "), ("Z", "0"), ("AWS_LAMBDA_FUNCTION_NAME", "media-prod-x")];
        let environment =
            Environment(|name: &str| held.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()));
        assert_eq!(environment.required("A"), Ok("a".to_owned()));
        assert_eq!(environment.required("B"), Err(InvalidSettings::Missing("B")));
        assert_eq!((environment.number("N", 1), environment.number("C", 1)), (Ok(7), Ok(1)));
        assert_eq!(environment.number("Z", 1), Err(InvalidSettings::Number("Z")));
        assert_eq!(environment.seconds("A", 1), Err(InvalidSettings::Number("A")));
        assert_eq!(environment.metrics_namespace(), namespace("media-prod-x"));
    }
}
