//! What the environment says.

use std::time::Duration;

use stellarr_core::locale::{InvalidLocale, Locale};
use stellarr_core::metrics::namespace;
use stellarr_core::tmdb::Audience;
use stellarr_upstream::limiter::Limits;
use stellarr_upstream::tmdb::{BASE_URL, Credential, TmdbSettings};

/// Settings of the function.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name or ARN of the one secret.
    pub secret: String,
    /// The catalogue's table.
    pub catalogue_table: String,
    /// The table of requests and library.
    pub requests_table: String,
    /// In which words, and for which country, titles are fetched.
    pub audience: Audience,
    /// How to ask TMDB; the credential comes from the secret.
    pub tmdb: TmdbSettings,
    /// How long a run may take; less than the function's own limit.
    pub deadline: Duration,
    /// Where metrics go.
    pub metrics_namespace: String,
}

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
    #[error("CATALOGUE_LANGUAGE: {0}")]
    Language(#[from] InvalidLocale),
    /// A country that is none.
    #[error("CATALOGUE_REGION must be a country code of two letters, such as US")]
    Region,
}

impl Settings {
    /// Reads the environment through `variable`. Titles are in `CATALOGUE_LANGUAGE`, else in the first of `LOCALES`.
    ///
    /// # Errors
    /// The first variable that is missing or wrong.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSettings> {
        let text = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let required = |name: &'static str| text(name).ok_or(InvalidSettings::Missing(name));
        let number = |name: &'static str, default: u32| match text(name) {
            None => Ok(default),
            Some(value) => value.parse().ok().filter(|number| *number > 0).ok_or(InvalidSettings::Number(name)),
        };
        let seconds = |name, default| number(name, default).map(|seconds| Duration::from_secs(seconds.into()));
        let spacing = Duration::from_millis(number("FETCHER_SPACING_MS", 250)?.into());
        Ok(Self {
            secret: required("APP_SECRET_ARN")?,
            catalogue_table: required("CATALOGUE_TABLE")?,
            requests_table: required("DYNAMODB_TABLE")?,
            audience: audience(text("CATALOGUE_LANGUAGE"), text("CATALOGUE_REGION"), text("LOCALES"))?,
            tmdb: TmdbSettings {
                base_url: text("TMDB_BASE_URL").unwrap_or_else(|| BASE_URL.to_owned()),
                credential: Credential::new(""),
                limits: Limits::spaced(number("FETCHER_MAX_CONCURRENT", 8)? as usize, spacing),
                request_timeout: seconds("FETCHER_REQUEST_TIMEOUT_SECONDS", 20)?,
                attempts: 3,
            },
            deadline: seconds("FETCHER_RUN_TIMEOUT_SECONDS", 290)?,
            metrics_namespace: text("METRICS_NAMESPACE")
                .unwrap_or_else(|| namespace(&text("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default())),
        })
    }
}

/// Makes an audience of what is configured.
///
/// # Errors
/// When the language or the region is none.
pub fn audience(
    language: Option<String>,
    region: Option<String>,
    locales: Option<String>,
) -> Result<Audience, InvalidSettings> {
    let language = match language {
        Some(language) => Some(language.parse()?),
        None => Locale::parse_list(&locales.unwrap_or_default())?.into_iter().next(),
    };
    let region = region.map(|region| region.to_ascii_uppercase());
    if region.as_ref().is_some_and(|region| region.len() != 2 || !region.bytes().all(|b| b.is_ascii_alphabetic())) {
        return Err(InvalidSettings::Region);
    }
    Ok(Audience { language, region })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, InvalidSettings> {
        Settings::read(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn defaults_are_those_of_the_schedule() {
        let least =
            [("APP_SECRET_ARN", "a"), ("CATALOGUE_TABLE", "b"), ("DYNAMODB_TABLE", "c"), ("LOCALES", "pt-br,en")];
        let settings = read(&least).unwrap();
        assert_eq!(settings.tmdb.limits, Limits::spaced(8, Duration::from_millis(250)));
        assert_eq!(settings.tmdb.request_timeout, Duration::from_secs(20));
        assert_eq!(settings.audience.language.unwrap().as_str(), "pt-BR");
        assert_eq!(settings.audience.region, None);
        assert_eq!(read(&least[1..]).unwrap_err(), InvalidSettings::Missing("APP_SECRET_ARN"));
        let region = [least[0], least[1], least[2], ("CATALOGUE_REGION", "USA")];
        assert_eq!(read(&region).unwrap_err(), InvalidSettings::Region);
    }
}
