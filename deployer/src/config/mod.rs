//! `stellarr.yaml` → [`Config`]; every error of a file in one run, each with line and column.

mod cron;
mod cron_field;
mod error;
mod locale;
mod model;
mod schedule;
mod sections;

use std::path::Path;

pub use error::ConfigError;
pub use locale::{LANGUAGES, Locale, LocaleError};
pub use model::Config;
pub use schedule::{Rate, Schedule, ScheduleError};
pub use sections::{
    ApiFunction, AuthLimit, Catalogue, Dns, DnsProvider, Feeds, FetcherFunction, Logs, PriceClass,
    Push, RETENTION_DAYS, RemovalPolicy, Schedules, Waf, WarmerFunction,
};

/// Parses the text of a configuration file; `path` is what errors call it.
///
/// # Errors
/// All problems of the text at once.
pub fn parse(text: impl AsRef<[u8]>, _path: impl AsRef<Path>) -> Result<Config, ConfigError> {
    serde_saphyr::from_slice(text.as_ref()).map_err(|error| ConfigError::Other(error.to_string()))
}

/// Loads a configuration file.
///
/// # Errors
/// When the file can't be read, or all problems of its text at once.
pub fn load(path: impl AsRef<Path>) -> Result<Config, ConfigError> {
    let path = path.as_ref();
    let bytes = std::fs::read(path).map_err(|_| ConfigError::Missing {
        path: path.to_owned(),
    })?;
    parse(bytes, path)
}
