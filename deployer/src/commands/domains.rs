//! `stellarr domains`

use std::time::Duration;

use clap::Args;

use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::deployment::{Context, Deployment};
use crate::domain::record::{DnsState, Record, paste_table};
use crate::domain::records::records;
use crate::options::Global;
use crate::ui::{Printer, Progress};

const POLL_INTERVAL: Duration = Duration::from_secs(15);
/// Half an hour.
const MAX_POLLS: u32 = 120;

/// Options of `stellarr domains`.
#[derive(Debug, Args)]
pub struct DomainsArgs {
    /// Wait until the public DNS has every record, half an hour at most
    #[arg(long)]
    pub wait: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Shows the records, and how the DNS stands.
///
/// # Errors
/// AWS's; with `--wait`, when a record is still missing at the end.
pub async fn run(global: &Global, arguments: &DomainsArgs, printer: &Printer) -> Result<(), CommandError> {
    let deployment = Deployment::open(global, printer, false).await?;
    let context = deployment.context(printer);
    let live = deployment.live().await?;
    let look = || records(context, &deployment.config, &live);
    let mut found = look().await?;
    if arguments.wait {
        found = wait(context, found, look).await?;
    }
    if arguments.json {
        let text = serde_json::json!({"domain": deployment.config.domain, "records": found});
        printer.data(&serde_json::to_string_pretty(&text).unwrap_or_default());
    } else {
        printer.data(&text(deployment.config.domain.as_deref(), live.main.is_some(), &found));
    }
    match found.iter().find(|record| record.standing != DnsState::Right) {
        Some(record) if arguments.wait => Err(missing(record)),
        _ => Ok(()),
    }
}

async fn wait<F>(
    context: Context<'_>,
    mut found: Vec<Record>,
    look: impl Fn() -> F,
) -> Result<Vec<Record>, CommandError>
where
    F: Future<Output = Result<Vec<Record>, CommandError>>,
{
    let progress = Progress::start(context.printer, "waiting for the DNS");
    for _ in 0..MAX_POLLS {
        let Some(missing) = found.iter().find(|record| record.standing != DnsState::Right) else { break };
        progress.say(format!("{}: {}", missing.name, missing.sentence()));
        context.clock.sleep(POLL_INTERVAL).await;
        found = look().await?;
    }
    Ok(found)
}

fn missing(record: &Record) -> CommandError {
    CommandError::new(ExitKind::Waiting, format!("{} is not as it should be: {}", record.name, record.sentence()))
        .hint("enter the record with your DNS provider, then run this again; a change can take an hour to be seen")
}

fn text(domain: Option<&str>, deployed: bool, records: &[Record]) -> String {
    let Some(domain) = domain else {
        return "The site has no domain of its own: stellarr.yaml sets no `domain`.".to_owned();
    };
    let mut parts = vec![paste_table(records)];
    for record in records {
        let who = if record.by_hand { "" } else { " (stellarr enters it)" };
        let sign = if record.standing == DnsState::Right { "✓" } else { "!" };
        parts.push(format!("{sign} {}{who}: {}", record.purpose, record.sentence()));
    }
    if !deployed {
        parts.push(format!("{domain} is not deployed yet: `stellarr deploy` requests what is missing here."));
    } else if domain.matches('.').count() == 1 {
        parts.push(format!(
            "{domain} is the top of its zone, where no CNAME is allowed: use your provider's ALIAS, ANAME or flattened CNAME."
        ));
    }
    parts.join("\n")
}
