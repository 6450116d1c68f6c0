//! `stellarr upgrade`

use clap::Args;

use crate::base::error::CommandError;
use crate::deployment::Deployment;
use crate::options::Global;
use crate::releases::release;
use crate::releases::upgrade::{self, Version};
use crate::ui::Printer;

/// Options of `stellarr upgrade`.
#[derive(Debug, Args)]
pub struct UpgradeArgs {
    /// The version to come from, instead of the one that deployed last; asks nothing of AWS
    #[arg(long, value_name = "VERSION")]
    pub from: Option<Version>,
}

/// Shows what changed since the version that deployed last, and how to go on.
///
/// # Errors
/// When nothing is deployed yet, or AWS's.
pub async fn run(global: &Global, arguments: &UpgradeArgs, printer: &Printer) -> Result<(), CommandError> {
    let from = match arguments.from {
        Some(from) => Some(from),
        None => {
            let deployment = Deployment::open_to_look(global, printer).await?;
            let live = deployment.deployed().await?;
            let bucket = live.need("ArtifactBucketName")?;
            upgrade::deployed_by(release::current(deployment.cloud.objects().as_ref(), bucket).await?.as_ref())
        }
    };
    let this = Version::this();
    printer.data(&match from {
        None => format!("This is stellarr {this}. Which version deployed last is not recorded."),
        Some(from) if from == this => format!("This is stellarr {this}, which deployed last: there is nothing to do."),
        Some(from) if from > this => format!(
            "{}.\nGet the newer one: `git pull` in your clone, then `cargo install --locked --path deployer`.",
            upgrade::newer(Some(from)).unwrap_or_default()
        ),
        Some(from) => text(from),
    });
    Ok(())
}

fn text(from: Version) -> String {
    let mut lines = vec![format!("From stellarr {from} to {}:", Version::this())];
    for note in upgrade::notes_since(from) {
        lines.push(format!("\n{}", note.version));
        lines.extend(note.lines.iter().map(|line| format!("  - {line}")));
    }
    lines.push("\nThen `stellarr diff` shows what it means for your site, and `stellarr deploy` does it.".to_owned());
    lines.join("\n")
}
