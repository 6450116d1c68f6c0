//! `stellarr drift`

use clap::Args;

use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::deploy::decide;
use crate::deployment::Deployment;
use crate::deployment::lock::Lock;
use crate::insight::drift::{self, Findings};
use crate::options::Global;
use crate::ui::Printer;

/// Options of `stellarr drift`.
#[derive(Clone, Debug, Default, Args)]
pub struct DriftArgs {
    /// Put back what differs
    #[arg(long)]
    pub repair: bool,
    /// Ask nothing while repairing
    #[arg(short, long, requires = "repair")]
    pub yes: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Exit with 3 when something differs
    #[arg(long)]
    pub exit_code: bool,
}

/// Shows what was changed by hand since the last deploy; with `--repair`, puts it back.
///
/// # Errors
/// When nothing is deployed, something cannot be put back, or, with `--exit-code`, when something differs.
pub async fn run(global: &Global, arguments: &DriftArgs, printer: &Printer) -> Result<(), CommandError> {
    let deployment = Deployment::open(global, printer, false).await?;
    let found = drift(&deployment, arguments, printer).await?;
    if arguments.exit_code && !found.is_empty() {
        return Err(CommandError::new(ExitKind::Differences, "something is not as it was deployed"));
    }
    Ok(())
}

/// Looks, shows, and repairs when that is asked for; returns what is not as it was deployed in the end.
///
/// # Errors
/// As [`run`].
pub async fn drift(
    deployment: &Deployment,
    arguments: &DriftArgs,
    printer: &Printer,
) -> Result<Findings, CommandError> {
    let context = deployment.context(printer);
    let live = deployment.deployed().await?;
    let found = drift::look(deployment, context, &live).await?;
    let text = if arguments.json { serde_json::to_string_pretty(&found).unwrap_or_default() } else { found.text() };
    printer.data(&text);
    if found.is_empty() {
        return Ok(found);
    }
    if !arguments.repair {
        printer.hint("`stellarr drift --repair` puts it back; `stellarr deploy` does not touch what it did not change");
        return Ok(found);
    }
    let bucket = live.need("ArtifactBucketName")?;
    let lock = Lock::take(context.cloud.objects(), bucket, &crate::deploy::who(), context.clock).await?;
    let decide = |review: &crate::stacks::apply::Review| decide(printer, arguments.yes, false, review);
    let work = drift::repair(deployment, context, &live, &found, &lock, &decide);
    let left = lock.during(context.clock, work).await?;
    for line in &left {
        printer.hint(line);
    }
    let after = drift::look(deployment, context, &live).await?;
    printer.line(if after.is_empty() { "Everything is as it was deployed again." } else { "Some of it is left:" });
    if !after.is_empty() {
        printer.line(&after.text());
    }
    Ok(after)
}
