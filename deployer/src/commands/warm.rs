//! `stellarr warm`

use std::time::Instant;

use clap::Args;

use super::fetch::LocalArgs;
use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::base::functions::Function;
use crate::config::Config;
use crate::deployment::Deployment;
use crate::jobs::warm;
use crate::options::Global;
use crate::ui::{Printer, Progress};
use stellarr_core::reports::WarmReport;

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
        let (fresh, stale) = report.counts();
        printer.stage("warm", &format!("{fresh} of {} trending files are fresh", fresh + stale), since);
        printer.data(&warm::table(&report));
    }
    warm::verdict(&report)
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
    let locales = configured(&arguments.locales, &deployment.config)?;
    let live = deployment.deployed().await?;
    let _progress = Progress::start(printer, "the warmer asks TMDB");
    let report = warm::run(deployment.context(printer), live.need(&Function::Warmer.output())?, &locales).await;
    // A deploy that ends so is done but unhealthy; a warmer that was asked for alone has failed.
    report.map_err(|error| match error.kind {
        ExitKind::Unhealthy => CommandError { kind: ExitKind::Failed, ..error },
        _ => error,
    })
}

/// Returns the configured locales that were meant, each once: `pt_br` is `pt-BR`, as it is for the warmer.
fn configured(meant: &[String], config: &Config) -> Result<Vec<String>, CommandError> {
    let mut locales: Vec<String> = Vec::with_capacity(meant.len());
    for text in meant {
        let wanted = text.trim().replace('_', "-");
        let known = config.locales.iter().find(|known| known.as_str().eq_ignore_ascii_case(&wanted));
        let known = known.ok_or_else(|| {
            CommandError::usage(format!("{text} is not one of the configured locales"))
                .hint(format!("stellarr.yaml has: {}", config.locale_list()))
        })?;
        if !locales.iter().any(|locale| locale == known.as_str()) {
            locales.push(known.as_str().to_owned());
        }
    }
    Ok(locales)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_known_however_it_is_written() {
        let config = crate::config::parse("name: home\nlocales: [en, pt-BR]", "stellarr.yaml").unwrap();
        let meant =
            |locales: &[&str]| configured(&locales.iter().map(ToString::to_string).collect::<Vec<_>>(), &config);
        assert_eq!(meant(&["pt-br", "EN", "pt_BR"]).unwrap(), ["pt-BR", "en"]);
        assert!(meant(&[]).unwrap().is_empty(), "all of them");
        assert_eq!(meant(&["pt"]).unwrap_err().message, "pt is not one of the configured locales");
    }
}
