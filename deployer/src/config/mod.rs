//! `stellarr.yaml` → [`Config`]: every error of a file in one run, each with its line, its column and what to do.
//!
//! ```text
//! bytes ─ source ─▶ text ─ tree ─▶ nodes with their places ─ decode ─▶ Config ─ rules ─▶ Config
//! ```
//!
//! Each step notes problems and goes on as far as it can. `model`, `sections` and `functions` hold the types; their doc comments
//! and attributes also make the JSON [`schema()`], the [`reference_markdown()`] and the wording of the errors.

mod cron;
mod cron_words;
mod decode;
mod edit;
mod error;
mod explain;
mod fault;
mod functions;
mod locale;
mod model;
mod names;
mod problem;
mod reference;
mod regions;
mod rules;
mod schedule;
mod schedule_error;
mod schema;
mod sections;
mod source;
mod stacks;
mod suggest;
mod syntax;
mod tree;
mod upstreams;

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

pub use edit::{Edit, edit, quoted};
pub use error::{ConfigError, InvalidConfig, LocatedProblem};
pub use functions::{ApiFunction, FetcherFunction, ScheduledRun, Schedules, WarmerFunction};
pub use locale::{LANGUAGES, Locale, LocaleError};
pub use model::Config;
pub use names::{RegionError, check_app_name, check_domain, check_region};
pub use reference::reference_markdown;
pub use schedule::{Rate, Schedule};
pub use schedule_error::ScheduleError;
pub use schema::schema;
pub use sections::{
    AuthLimit, Budget, Catalogue, Dns, DnsProvider, Feeds, Logs, PriceClass, Push, RETENTION_DAYS, RemovalPolicy, Waf,
};
pub use stacks::{DEPLOYMENT_TAG, EDGE_REGION, StackKind, edge_parts, is_route53, tags};
pub use upstreams::Upstreams;

use source::SourceText;

/// Parses the text of a configuration file; `path` is what errors call it.
///
/// # Errors
/// All problems of the text at once.
pub fn parse(text: impl AsRef<[u8]>, path: impl AsRef<Path>) -> Result<Config, ConfigError> {
    let name = path.as_ref().display().to_string();
    let (text, problem) = source::text_of(text.as_ref());
    if let Some(problem) = problem {
        return Err(InvalidConfig::new(vec![problem], SourceText::new(name, &text, None), false).into());
    }

    let mut problems = Vec::new();
    let mut document = tree::read(&text, &mut problems);
    let source = SourceText::new(name, &text, Some(&document.root));
    let config = decode::decode(&mut document, &mut problems);
    if let Some(config) = config.as_ref().filter(|_| document.complete) {
        rules::check(config, &document.root, &mut problems);
    }
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => {
            let more = problems.len() >= decode::MAX_PROBLEMS;
            Err(InvalidConfig::new(problems, source, more).into())
        }
    }
}

/// Loads a configuration file.
///
/// # Errors
/// When the file can't be read, or all problems of its text at once.
pub fn load(path: impl AsRef<Path>) -> Result<Config, ConfigError> {
    let path = path.as_ref();
    let unreadable = |reason: std::io::Error| match reason.kind() {
        ErrorKind::NotFound => ConfigError::Missing { path: path.to_owned() },
        _ => ConfigError::Unreadable { path: path.to_owned(), reason },
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    // One byte more than is accepted shows that there are too many, however many there are.
    file.take(source::MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    parse(bytes, path)
}
