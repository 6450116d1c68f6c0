//! What the environment says.

use std::time::Duration;

use stellarr_core::addresses;
use stellarr_core::locale::Locale;
use stellarr_core::scheduled::{Environment, InvalidSettings};
use stellarr_upstream::limiter::Limits;
use stellarr_upstream::tmdb::{Credential, TmdbSettings};

/// Settings of the function.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name or ARN of the one secret.
    pub secret: String,
    /// The bucket of the trending files.
    pub bucket: String,
    /// The languages that the deployment serves.
    pub locales: Vec<Locale>,
    /// How to ask TMDB; the credential comes from the secret.
    pub tmdb: TmdbSettings,
    /// How long a run may take; less than the function's own limit.
    pub run_timeout: Duration,
    /// Where metrics go.
    pub metrics_namespace: String,
}

impl Settings {
    /// Reads the environment through `variable`.
    ///
    /// # Errors
    /// The first variable that is missing or wrong.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSettings> {
        let environment = Environment(variable);
        let locales = Locale::parse_list(&environment.required("LOCALES")?)
            .map_err(|cause| InvalidSettings::Language { name: "LOCALES", cause })?;
        if locales.is_empty() {
            return Err(InvalidSettings::Missing("LOCALES"));
        }
        Ok(Self {
            secret: environment.required("APP_SECRET_ARN")?,
            bucket: environment.required("TRENDING_S3_BUCKET")?,
            locales,
            tmdb: tmdb(&environment)?,
            run_timeout: run_timeout(&environment)?,
            metrics_namespace: environment.metrics_namespace(),
        })
    }
}

/// Reads how to ask TMDB: requests at once, starts per second, and the longest time of one.
///
/// # Errors
/// The first variable that is wrong.
pub fn tmdb<F: Fn(&str) -> Option<String>>(environment: &Environment<F>) -> Result<TmdbSettings, InvalidSettings> {
    let in_flight = environment.number("WARMER_MAX_CONCURRENT", 20)? as usize;
    let starts_per_second = environment.number("WARMER_STARTS_PER_SECOND", 40)? as usize;
    Ok(TmdbSettings {
        base_url: environment.text("TMDB_BASE_URL").unwrap_or_else(|| addresses::TMDB.to_owned()),
        credential: Credential::new(""),
        limits: Limits::per_second(in_flight, starts_per_second),
        request_timeout: environment.seconds("WARMER_REQUEST_TIMEOUT_SECONDS", 10)?,
        attempts: 3,
    })
}

/// Reads how long a run may take.
///
/// # Errors
/// When the variable is no number above zero.
pub fn run_timeout<F: Fn(&str) -> Option<String>>(environment: &Environment<F>) -> Result<Duration, InvalidSettings> {
    environment.seconds("WARMER_DEADLINE_SECONDS", 45)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, InvalidSettings> {
        Settings::read(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_environment_has_the_last_word_and_defaults_the_first() {
        let least = [("LOCALES", "en,pt_br"), ("APP_SECRET_ARN", "a"), ("TRENDING_S3_BUCKET", "b")];
        let settings = read(&least).unwrap();
        assert_eq!(settings.locales[1].as_str(), "pt-BR");
        assert_eq!(settings.tmdb.base_url, addresses::TMDB);
        assert_eq!(settings.tmdb.limits, Limits::per_second(20, 40));
        assert_eq!(settings.run_timeout, Duration::from_secs(45));

        assert_eq!(read(&least[..2]).unwrap_err(), InvalidSettings::Missing("TRENDING_S3_BUCKET"));
        let wrong = [least[0], least[1], least[2], ("WARMER_DEADLINE_SECONDS", "soon")];
        assert_eq!(read(&wrong).unwrap_err(), InvalidSettings::Number("WARMER_DEADLINE_SECONDS"));
    }
}
