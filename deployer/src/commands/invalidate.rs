//! `stellarr invalidate`

use std::time::{Duration, Instant};

use clap::Args;

use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::deployment::Deployment;
use crate::options::Global;
use crate::site::invalidate;
use crate::ui::{Printer, Progress};

/// Options of `stellarr invalidate`.
#[derive(Debug, Args)]
pub struct InvalidateArgs {
    /// Paths at the site, such as /index.html or /icons/*
    #[arg(value_name = "PATHS", required_unless_present = "all")]
    pub paths: Vec<String>,
    /// Everything
    #[arg(long, conflicts_with = "paths")]
    pub all: bool,
    /// Wait until every location has dropped its copies
    #[arg(long)]
    pub wait: bool,
}

/// Longer than CloudFront needs.
const MAX_POLLS: u32 = 300;

/// Drops the CDN's copies of paths.
///
/// # Errors
/// When a path is not one, or CloudFront refuses.
pub async fn run(global: &Global, arguments: &InvalidateArgs, printer: &Printer) -> Result<(), CommandError> {
    let paths = if arguments.all { vec!["/*".to_owned()] } else { checked(&arguments.paths)? };
    let since = Instant::now();
    let deployment = Deployment::open(global, printer, false).await?;
    let context = deployment.context(printer);
    let live = deployment.deployed().await?;
    let distribution = live.need("DistributionId")?;
    // Asked for by a person, so never the same as an earlier one: the time makes the reference new.
    let sequence = context.clock.now().as_millisecond().unsigned_abs();
    let Some(started) = invalidate::send(context, distribution, sequence, "", &paths).await? else { return Ok(()) };
    printer.stage("invalidate", &format!("{} ({})", paths.join(" "), started.id), since);
    if !arguments.wait {
        return Ok(());
    }
    let progress = Progress::start(printer, "waiting for CloudFront's locations, usually under a minute");
    let mut status = started.status;
    for _ in 0..MAX_POLLS {
        if status == "Completed" {
            drop(progress);
            printer.stage("completed", "no location serves an old copy any more", since);
            return Ok(());
        }
        context.clock.sleep(Duration::from_secs(2)).await;
        status = context.cloud.cdn().invalidation(distribution, &started.id).await?.status;
    }
    Err(CommandError::failed("the invalidation is still under way after ten minutes")
        .code(Code::InvalidationSlow)
        .hint("it goes on by itself; there is nothing to repeat"))
}

fn checked(paths: &[String]) -> Result<Vec<String>, CommandError> {
    for path in paths {
        if !path.starts_with('/') {
            return Err(CommandError::usage(format!("{path} is not a path at the site"))
                .hint(format!("begin it with a slash: /{path}")));
        }
        if path.trim_end_matches('*').contains('*') {
            return Err(CommandError::usage(format!("{path} has a * in the middle"))
                .hint("CloudFront takes a * only at the end, such as /icons/*"));
        }
    }
    Ok(paths.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_begin_with_a_slash_and_end_with_a_wildcard() {
        assert!(checked(&["/a".to_owned(), "/icons/*".to_owned()]).is_ok());
        assert_eq!(checked(&["a".to_owned()]).unwrap_err().hints, ["begin it with a slash: /a"]);
        assert!(checked(&["/a*b".to_owned()]).is_err());
    }
}
