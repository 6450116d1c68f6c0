//! `stellarr releases`

use clap::Args;
use serde_json::json;

use crate::base::error::CommandError;
use crate::deployment::{Context, Deployment, Live};
use crate::options::Global;
use crate::releases::history::{self, Past, Stock};
use crate::ui::{Printer, table};

/// Releases shown when nothing else is said.
const SHOWN: usize = 20;

/// Options of `stellarr releases`.
#[derive(Debug, Args)]
pub struct ReleasesArgs {
    /// Show every release, not only the newest 20
    #[arg(long)]
    pub all: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Shows what was deployed when, by whom, and what can be gone back to.
///
/// # Errors
/// When nothing is deployed yet, or AWS's.
pub async fn run(global: &Global, arguments: &ReleasesArgs, printer: &Printer) -> Result<(), CommandError> {
    let deployment = Deployment::open(global, printer, false).await?;
    let live = deployment.deployed().await?;
    let most = if arguments.all { usize::MAX } else { SHOWN };
    let past = list(deployment.context(printer), &live, most).await?;
    printer.data(&if arguments.json { as_json(&past) } else { as_text(&past) });
    Ok(())
}

/// The newest releases with what each changed and what is gone of it, newest first.
///
/// # Errors
/// AWS's, or a damaged record.
pub async fn list(context: Context<'_>, live: &Live, most: usize) -> Result<Vec<Past>, CommandError> {
    let objects = context.cloud.objects();
    let bucket = live.need("ArtifactBucketName")?;
    let (releases, stock) = tokio::join!(
        // One more than shown: what the last one changed is seen against it.
        history::read(objects.as_ref(), bucket, most.saturating_add(1)),
        Stock::take(objects.as_ref(), bucket, live.need("FrontendBucketName")?),
    );
    let mut past = history::judge(objects.as_ref(), bucket, releases?, &stock?).await?;
    past.truncate(most);
    Ok(past)
}

fn as_json(past: &[Past]) -> String {
    let all: Vec<_> = past
        .iter()
        .map(|one| {
            json!({
                "sequence": one.release.sequence,
                "created_at": one.release.created_at,
                "by": one.release.by,
                "version": one.release.version,
                "changed": one.changed,
                "restores": one.release.restores,
                "current": one.current,
                "reachable": one.missing.is_empty(),
                "missing": one.missing,
            })
        })
        .collect();
    serde_json::to_string_pretty(&all).unwrap_or_default()
}

fn as_text(past: &[Past]) -> String {
    if past.is_empty() {
        return "There is no release yet: the last deploy did not finish.".to_owned();
    }
    let rows = past.iter().map(|one| {
        let state = match (one.current, one.missing.first()) {
            (true, _) => "live".to_owned(),
            (false, None) => "can be gone back to".to_owned(),
            (false, Some(missing)) => format!("gone: {missing}"),
        };
        [
            one.release.sequence.to_string(),
            one.release.created_at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            one.release.by.clone(),
            one.changed.join(", "),
            state,
        ]
    });
    table(&["release", "when", "by", "changed", ""], rows)
}
