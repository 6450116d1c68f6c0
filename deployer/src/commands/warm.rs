//! `stellarr warm`

use std::time::Instant;

use clap::Args;

use crate::cli::Global;
use crate::deployment::Deployment;
use crate::error::{CommandError, ExitKind};
use crate::ui::{Printer, Progress};
use crate::warm;

/// Options of `stellarr warm`.
#[derive(Debug, Args)]
pub struct WarmArgs {
    /// Only these locales
    #[arg(long = "locale", value_name = "LOCALE", value_delimiter = ',')]
    pub locales: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Refreshes the trending lists.
///
/// # Errors
/// When the warmer cannot be invoked, or some files are not fresh.
pub async fn run(global: &Global, arguments: &WarmArgs, printer: &Printer) -> Result<(), CommandError> {
    let since = Instant::now();
    let deployment = Deployment::open(global, printer, false).await?;
    for locale in &arguments.locales {
        if !deployment.config.locales.iter().any(|known| known.as_str() == locale) {
            return Err(CommandError::usage(format!("{locale} is not one of the configured locales"))
                .hint(format!("stellarr.yaml has: {}", deployment.config.locale_list())));
        }
    }
    let live = deployment.deployed().await?;
    let progress = Progress::start(printer, "the warmer asks TMDB");
    let report = warm::run(deployment.context(printer), live.need("WarmerFunctionName")?, &arguments.locales).await?;
    drop(progress);
    if arguments.json {
        printer.data(&serde_json::to_string_pretty(&report).unwrap_or_default());
    } else {
        let (fresh, all) = report.fresh();
        printer.stage("warm", &format!("{fresh} of {all} trending files are fresh"), since);
        printer.data(&report.table());
    }
    if report.success {
        return Ok(());
    }
    Err(CommandError::new(ExitKind::Unhealthy, "some trending files are not fresh")
        .hint("the site shows the last good ones; the schedule tries again by itself"))
}
