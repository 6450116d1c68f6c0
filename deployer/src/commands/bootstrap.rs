//! `stellarr bootstrap`

use std::time::Instant;

use clap::Args;

use crate::base::error::CommandError;
use crate::deploy;
use crate::deployment::Deployment;
use crate::deployment::lock::Lock;
use crate::options::Global;
use crate::stacks::adoption;
use crate::stacks::render::{RenderOptions, render};
use crate::ui::Printer;

/// Options of `stellarr bootstrap`.
#[derive(Debug, Args)]
pub struct BootstrapArgs {
    /// Ask nothing
    #[arg(short, long)]
    pub yes: bool,
}

/// Creates or updates the bootstrap stack alone.
///
/// # Errors
/// CloudFormation's.
pub async fn run(global: &Global, arguments: &BootstrapArgs, printer: &Printer) -> Result<(), CommandError> {
    let since = Instant::now();
    let deployment = Deployment::open(global, printer, true).await?;
    let context = deployment.context(printer);
    let rendered = render(&deployment.config, RenderOptions { sandbox: deployment.sandbox.is_some() })?;
    let decide = |review: &crate::stacks::apply::Review| deploy::decide(printer, arguments.yes, false, review);
    let live = deployment.live().await?;
    let left = adoption::look_beside(&deployment, context, &live).await?;
    let applied = match live.output("ArtifactBucketName").or(left.bucket()) {
        Some(bucket) => {
            let lock = Lock::take(context.cloud.objects(), bucket, &deploy::who(), context.clock).await?;
            let work = deploy::bootstrap(&deployment, context, &rendered, Some(&lock), &decide);
            lock.during(context.clock, work).await?
        }
        None => deploy::bootstrap(&deployment, context, &rendered, None, &decide).await?,
    };
    let outcome = if applied.changed { "tables, bucket and secret are there" } else { "nothing to change" };
    printer.stage("bootstrap", outcome, since);
    Ok(())
}
