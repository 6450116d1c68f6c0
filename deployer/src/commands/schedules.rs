//! `stellarr schedules`

use clap::Args;
use jiff::tz::TimeZone;

use crate::base::error::CommandError;
use crate::deployment::Deployment;
use crate::jobs::schedules::{states, traces};
use crate::options::Global;
use crate::ui::Printer;

/// Options of `stellarr schedules`.
#[derive(Debug, Args)]
pub struct SchedulesArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Shows each schedule in words, its next runs in local time, and the last one.
///
/// # Errors
/// When AWS cannot be asked for the deployment.
pub async fn run(global: &Global, arguments: &SchedulesArgs, printer: &Printer) -> Result<(), CommandError> {
    let deployment = Deployment::open(global, printer, false).await?;
    let live = deployment.live().await?;
    let now = deployment.clock.now();
    let zone = TimeZone::system();
    let traces = traces(deployment.cloud.as_ref(), &live, now).await;
    let states = states(&deployment.config.schedules, &traces, now, &zone);
    if arguments.json {
        let all: Vec<_> = states.iter().map(|state| state.json()).collect();
        printer.data(&serde_json::to_string_pretty(&all).unwrap_or_default());
        return Ok(());
    }
    let all: Vec<String> = states.iter().map(|state| state.text()).collect();
    printer.data(&all.join("\n\n"));
    let name = zone.iana_name().unwrap_or("this computer's time zone");
    printer.line(&format!("\nTimes are those of {name}."));
    if let Some(at) = traces.failed_fetch() {
        let at = at.to_zoned(zone.clone()).strftime("%a %-d %b %H:%M");
        printer.warn(&format!("the fetcher failed on {at} and left no result"));
        printer.hint("run `stellarr logs fetcher --errors` to see why");
    }
    if live.main.is_none() {
        printer.hint("nothing is deployed yet; the schedules begin with `stellarr deploy`");
    }
    Ok(())
}
