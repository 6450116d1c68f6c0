//! `stellarr destroy`

use std::time::Instant;

use clap::Args;

use crate::apply;
use crate::cli::Global;
use crate::config::RemovalPolicy;
use crate::context::Context;
use crate::deployment::{Deployment, Live};
use crate::error::CommandError;
use crate::lock::Lock;
use crate::render::StackKind;
use crate::ui::{Printer, Progress, count, type_to_confirm};

/// Options of `stellarr destroy`.
#[derive(Debug, Args)]
pub struct DestroyArgs {
    /// Ask nothing; the name of the deployment has to be given instead
    #[arg(long, value_name = "NAME")]
    pub yes: Option<String>,
    /// Delete the data too: tables, secret and releases, which otherwise stay
    #[arg(long)]
    pub delete_data: bool,
}

/// Deletes the deployment.
///
/// The site goes first, then certificate and firewall, then, only when that is asked for, the data.
///
/// # Errors
/// When it is not confirmed, or something cannot be deleted; a second run picks up.
pub async fn run(global: &Global, arguments: &DestroyArgs, printer: &Printer) -> Result<(), CommandError> {
    let since = Instant::now();
    let deployment = Deployment::open(global, printer, false).await?;
    let context = deployment.context(printer);
    let live = deployment.live().await?;
    if live.main.is_none() && live.edge.is_none() && live.bootstrap.is_none() {
        printer.line(&format!("{} is not deployed: there is nothing to delete.", deployment.config.prefix()));
        return Ok(());
    }
    if arguments.delete_data && deployment.config.removal_policy == RemovalPolicy::Retain {
        return Err(CommandError::usage("stellarr.yaml says `removal_policy: retain`, so the data is protected")
            .hint("set `removal_policy: delete`, run `stellarr deploy` once, then this command again"));
    }
    explain(&deployment, &live, arguments, printer);
    confirm(&deployment, arguments)?;

    let lock = match live.output("ArtifactBucketName") {
        Some(bucket) => Some(Lock::take(context.cloud.objects(), bucket, &super::deploy::who(), context.clock).await?),
        None => None,
    };
    let result = delete(&deployment, context, &live, arguments.delete_data).await;
    // The lock goes with its bucket when the data is deleted.
    if let Some(lock) = lock.filter(|_| !arguments.delete_data || result.is_err()) {
        lock.release().await?;
    }
    result?;
    printer.stage(
        "destroy",
        if arguments.delete_data { "everything is gone" } else { "the site is gone, the data is kept" },
        since,
    );
    Ok(())
}

fn explain(deployment: &Deployment, live: &Live, arguments: &DestroyArgs, printer: &Printer) {
    printer.line(&format!("This deletes {}:", deployment.config.prefix()));
    printer.line("  - the site, its address, its functions, schedules, logs and trending lists");
    let data = ["RequestsTableName", "CatalogueTableName", "ArtifactBucketName", "AppSecretArn"]
        .iter()
        .filter_map(|key| live.output(key))
        .collect::<Vec<_>>()
        .join(", ");
    if arguments.delete_data {
        printer.line(&format!("  - the data, for good: {data}"));
    } else {
        printer.line(&format!("It keeps the data; the next deploy finds it again: {data}"));
    }
}

fn confirm(deployment: &Deployment, arguments: &DestroyArgs) -> Result<(), CommandError> {
    let name = deployment.config.prefix();
    let typed = match &arguments.yes {
        Some(name) => name.clone(),
        None => type_to_confirm(
            &format!("Type {name} to delete it:"),
            &format!("pass `--yes {name}` to delete it without being asked"),
        )?,
    };
    if typed.trim() == name {
        return Ok(());
    }
    Err(CommandError::usage("that is not the deployment's name; nothing was deleted")
        .hint(format!("this deployment is called {name}")))
}

async fn delete(deployment: &Deployment, context: Context<'_>, live: &Live, data: bool) -> Result<(), CommandError> {
    if let Some(main) = &live.main {
        for key in ["FrontendBucketName", "TrendingBucketName"] {
            empty(context, main.outputs.get(key).map(String::as_str)).await?;
        }
        apply::delete(context, deployment.region(StackKind::Main), &main.name).await?;
    }
    if let Some(edge) = &live.edge {
        apply::delete(context, deployment.region(StackKind::Edge), &edge.name).await?;
    }
    let Some(bootstrap) = live.bootstrap.as_ref().filter(|_| data) else { return Ok(()) };
    empty(context, live.output("ArtifactBucketName")).await?;
    apply::delete(context, deployment.region(StackKind::Bootstrap), &bootstrap.name).await?;
    Ok(())
}

async fn empty(context: Context<'_>, bucket: Option<&str>) -> Result<(), CommandError> {
    let Some(bucket) = bucket.filter(|bucket| !bucket.is_empty()) else { return Ok(()) };
    let progress = Progress::start(context.printer, format!("emptying {bucket}"));
    let deleted = context.cloud.objects().empty(bucket).await?;
    drop(progress);
    context.printer.line(&format!("  emptied {bucket}: {}", count(deleted, "object version", "object versions")));
    Ok(())
}
