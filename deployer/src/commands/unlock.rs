//! `stellarr unlock`

use clap::Args;

use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::deployment::{Context, Deployment, lock};
use crate::options::Global;
use crate::ui::Printer;

/// Options of `stellarr unlock`.
#[derive(Clone, Debug, Default, Args)]
pub struct UnlockArgs {
    /// Take the lock away although its holder may still be at work
    #[arg(long)]
    pub force: bool,
}

/// Removes the lock of a deploy that died.
///
/// # Errors
/// When its holder is alive and `--force` is not given, or AWS's.
pub async fn run(global: &Global, arguments: &UnlockArgs, printer: &Printer) -> Result<(), CommandError> {
    let deployment = Deployment::open(global, printer, false).await?;
    let live = deployment.live().await?;
    let Some(bucket) = live.output("ArtifactBucketName") else {
        printer.line("Nothing is deployed yet, so nothing is locked.");
        return Ok(());
    };
    unlock(deployment.context(printer), bucket, arguments.force).await
}

/// Removes the lock in a bucket.
///
/// # Errors
/// As [`run`].
pub async fn unlock(context: Context<'_>, bucket: &str, force: bool) -> Result<(), CommandError> {
    let objects = context.cloud.objects();
    let Some((lease, etag)) = lock::find(objects.as_ref(), bucket).await? else {
        context.printer.line("Nobody holds the lock.");
        return Ok(());
    };
    context.printer.line(&format!("{} holds the lock since {}.", lease.holder, lease.taken_at));
    let alive = lease.expires_at > context.clock.now();
    if alive && !force {
        return Err(CommandError::new(ExitKind::Busy, format!("{} may still be at work", lease.holder))
            .hint(format!("a deploy that died lets go by itself at {}", lease.expires_at))
            .hint("`stellarr unlock --force` takes the lock away now; that run then stops at its next step"));
    }
    if !objects.delete_if(bucket, lock::KEY, &etag).await? {
        return Err(CommandError::new(ExitKind::Busy, "the lock changed hands just now")
            .hint("run `stellarr unlock` again to see who holds it"));
    }
    let state = if alive { "The lock is taken away." } else { "The lock had run out; it is removed." };
    context.printer.line(state);
    Ok(())
}
