//! What the environment says.

use std::time::Duration;

use stellarr_core::addresses;
use stellarr_core::scheduled::{Environment, InvalidSettings};
use stellarr_core::tmdb::Audience;
use stellarr_upstream::limiter::Limits;
use stellarr_upstream::tmdb::{Credential, TmdbSettings};

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
    pub run_timeout: Duration,
    /// Where metrics go.
    pub metrics_namespace: String,
}

impl Settings {
    /// Reads the environment through `variable`. Titles are in `CATALOGUE_LANGUAGE`, else in the first of `LOCALES`.
    ///
    /// # Errors
    /// The first variable that is missing or wrong.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSettings> {
        let environment = Environment(variable);
        Ok(Self {
            secret: environment.required("APP_SECRET_ARN")?,
            catalogue_table: environment.required("CATALOGUE_TABLE")?,
            requests_table: environment.required("DYNAMODB_TABLE")?,
            audience: environment.audience()?,
            tmdb: tmdb(&environment)?,
            run_timeout: run_timeout(&environment)?,
            metrics_namespace: environment.metrics_namespace(),
        })
    }
}

/// Reads how to ask TMDB: requests at once, their spacing, and the longest time of one.
///
/// # Errors
/// The first variable that is wrong.
pub fn tmdb<F: Fn(&str) -> Option<String>>(environment: &Environment<F>) -> Result<TmdbSettings, InvalidSettings> {
    let spacing = Duration::from_millis(environment.number("FETCHER_SPACING_MS", 250)?.into());
    Ok(TmdbSettings {
        base_url: environment.text("TMDB_BASE_URL").unwrap_or_else(|| addresses::TMDB.to_owned()),
        credential: Credential::new(""),
        limits: Limits::spaced(environment.number("FETCHER_MAX_CONCURRENT", 8)? as usize, spacing),
        request_timeout: environment.seconds("FETCHER_REQUEST_TIMEOUT_SECONDS", 20)?,
        attempts: 3,
    })
}

/// Reads how long a run may take.
///
/// # Errors
/// When the variable is no number above zero.
pub fn run_timeout<F: Fn(&str) -> Option<String>>(environment: &Environment<F>) -> Result<Duration, InvalidSettings> {
    environment.seconds("FETCHER_RUN_TIMEOUT_SECONDS", 290)
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
