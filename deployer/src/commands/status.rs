//! `stellarr status`

use clap::Args;
use serde_json::json;

use crate::cli::Global;
use crate::deployment::Deployment;
use crate::error::CommandError;
use crate::ui::{Printer, table};
use crate::{lock, release};

/// Options of `stellarr status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Shows stacks, release and lock.
///
/// # Errors
/// AWS's.
pub async fn run(global: &Global, arguments: &StatusArgs, printer: &Printer) -> Result<(), CommandError> {
    let deployment = Deployment::open(global, printer, false).await?;
    let context = deployment.context(printer);
    let live = deployment.deployed().await?;
    let bucket = live.need("ArtifactBucketName")?;
    let objects = context.cloud.objects();
    let (current, holder) =
        tokio::join!(release::current(objects.as_ref(), bucket), lock::holder(objects.as_ref(), bucket));
    let (current, holder) = (current?.map(|current| current.release), holder?);
    let stacks: Vec<_> = [&live.bootstrap, &live.edge, &live.main].into_iter().flatten().collect();
    let site = deployment.site_url(&live.outputs());
    if arguments.json {
        let stacks: Vec<_> = stacks
            .iter()
            .map(|stack| json!({"name": stack.name, "status": stack.status, "updated_at": stack.updated_at}))
            .collect();
        let text = json!({"site": site, "stacks": stacks, "release": current, "lock": holder});
        printer.data(&serde_json::to_string_pretty(&text).unwrap_or_default());
        return Ok(());
    }
    printer.data(&format!("site     {site}"));
    match &current {
        Some(release) => printer.data(&format!(
            "release  {} · {} · by {} · stellarr {}",
            release.sequence, release.created_at, release.by, release.version
        )),
        None => printer.data("release  none yet: the last deploy did not finish"),
    }
    if let Some(lease) = holder.filter(|lease| lease.expires_at > context.clock.now()) {
        printer.data(&format!("lock     {} is deploying since {}", lease.holder, lease.taken_at));
    }
    let rows = stacks
        .iter()
        .map(|stack| [stack.name.clone(), stack.status.to_string(), stack.updated_at.clone().unwrap_or_default()]);
    printer.data(&format!("\n{}", table(&["stack", "status", "changed"], rows)));
    Ok(())
}
