//! What the scheduled functions have in common: how they read their environment, and how they say what went wrong.

use std::fmt::Debug;
use std::time::Duration;

use serde::Serialize;

use crate::locale::InvalidLocale;
use crate::metrics::namespace;
use crate::secrets::{BadSecret, SecretsError};

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

    /// Returns where metrics go: what is set, else what the function's name says.
    pub fn metrics_namespace(&self) -> String {
        let of_function = || namespace(&self.text("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default());
        self.text("METRICS_NAMESPACE").unwrap_or_else(of_function)
    }
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
