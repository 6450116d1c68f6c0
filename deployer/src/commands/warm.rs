//! `stellarr warm`

use std::time::Instant;

use clap::Args;

use super::fetch::LocalArgs;
use crate::cli::Global;
use crate::deployment::Deployment;
use crate::error::{CommandError, ExitKind};
use crate::failures::Code;
use crate::ui::{Printer, Progress};
use crate::warm::{self, WarmReport};

/// Options of `stellarr warm`.
#[derive(Debug, Args)]
pub struct WarmArgs {
    /// Only these locales
    #[arg(long = "locale", value_name = "LOCALE", value_delimiter = ',')]
    pub locales: Vec<String>,
    #[command(flatten)]
    /// Where.
    pub local: LocalArgs,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Refreshes the trending lists.
///
/// # Errors
/// When the warmer cannot run, or some files are not fresh.
pub async fn run(global: &Global, arguments: &WarmArgs, printer: &Printer) -> Result<(), CommandError> {
    let since = Instant::now();
    let report = if arguments.local.local {
        locally(global, arguments, printer).await?
    } else {
        deployed(global, arguments, printer).await?
    };
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
    Err(CommandError::failed("some trending files are not fresh")
        .code(Code::WarmFailed)
        .hint("the site shows the last good ones; the schedule tries again by itself"))
}

async fn locally(global: &Global, arguments: &WarmArgs, printer: &Printer) -> Result<WarmReport, CommandError> {
    let server = arguments.local.server(global, printer).await?;
    let locales = arguments.locales.join(",");
    let mut task = vec!["warm"];
    if !locales.is_empty() {
        task.extend(["--locale", &locales]);
    }
    let _progress = Progress::start(printer, "the warmer asks TMDB");
    Ok(server.run(&task, None).await?.0)
}

async fn deployed(global: &Global, arguments: &WarmArgs, printer: &Printer) -> Result<WarmReport, CommandError> {
    let deployment = Deployment::open(global, printer, false).await?;
    for locale in &arguments.locales {
        if !deployment.config.locales.iter().any(|known| known.as_str() == locale) {
            return Err(CommandError::usage(format!("{locale} is not one of the configured locales"))
                .hint(format!("stellarr.yaml has: {}", deployment.config.locale_list())));
        }
    }
    let live = deployment.deployed().await?;
    let _progress = Progress::start(printer, "the warmer asks TMDB");
    let report = warm::run(deployment.context(printer), live.need("WarmerFunctionName")?, &arguments.locales).await;
    // A deploy that ends so is done but unhealthy; a warmer that was asked for alone has failed.
    report.map_err(|error| match error.kind {
        ExitKind::Unhealthy => CommandError { kind: ExitKind::Failed, ..error },
        _ => error,
    })
}
