//! `stellarr releases`

use clap::Args;
use serde_json::json;

use crate::base::error::CommandError;
use crate::deployment::{Context, Deployment, Live};
use crate::options::Global;
use crate::releases::history::{self, ListedRelease, StoredFiles};
use crate::releases::release::{self, Current};
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
    let listed = list(deployment.context(printer), &live, most).await?;
    printer.data(&if arguments.json { as_json(&listed) } else { as_text(&listed) });
    Ok(())
}

/// The newest releases with what each changed and what is gone of it, newest first.
///
/// # Errors
/// AWS's, or a damaged record.
pub async fn list(context: Context<'_>, live: &Live, most: usize) -> Result<Vec<ListedRelease>, CommandError> {
    let bucket = live.need("ArtifactBucketName")?;
    let current = release::current(context.cloud.objects().as_ref(), bucket).await?;
    list_from(context, live, current.as_ref(), most).await
}

/// As [`list`], where the current release has been read already.
pub(super) async fn list_from(
    context: Context<'_>,
    live: &Live,
    current: Option<&Current>,
    most: usize,
) -> Result<Vec<ListedRelease>, CommandError> {
    let objects = context.cloud.objects();
    let bucket = live.need("ArtifactBucketName")?;
    let (releases, stored) = tokio::join!(
        // One more than shown: what the last one changed is seen against it.
        history::read(objects.as_ref(), bucket, current, most.saturating_add(1)),
        StoredFiles::list(objects.as_ref(), bucket, live.need("FrontendBucketName")?),
    );
    let mut listed = history::describe(objects.as_ref(), bucket, releases?, &stored?).await?;
    listed.truncate(most);
    Ok(listed)
}

fn as_json(listed: &[ListedRelease]) -> String {
    let all: Vec<_> = listed
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

fn as_text(listed: &[ListedRelease]) -> String {
    if listed.is_empty() {
        return "There is no release yet: the last deploy did not finish.".to_owned();
    }
    let rows = listed.iter().map(|one| {
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
