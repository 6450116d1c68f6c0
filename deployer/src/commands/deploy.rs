//! `stellarr deploy`

use std::path::PathBuf;

use clap::Args;

use crate::base::error::CommandError;
use crate::deploy::{self, Options};
use crate::deployment::Deployment;
use crate::options::{Global, Part};
use crate::secrets::Input;
use crate::ui::Printer;

/// Options of `stellarr deploy`.
#[derive(Clone, Debug, Default, Args)]
pub struct DeployArgs {
    /// Ask nothing; still refuses to lose data without --allow-data-loss
    #[arg(short, long)]
    pub yes: bool,
    /// Show what would happen and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Deploy only these parts; everything else stays as it is
    #[arg(long, value_name = "PARTS", value_delimiter = ',')]
    pub only: Vec<Part>,
    /// Leave the CDN's copies of changed files alone
    #[arg(long)]
    pub no_invalidate: bool,
    /// Leave the trending lists alone
    #[arg(long)]
    pub no_warm: bool,
    /// Go on although data is lost
    #[arg(long)]
    pub allow_data_loss: bool,
    /// Replace DNS records of the domain that lead elsewhere; without it a deploy shows them and asks
    #[arg(long)]
    pub replace_dns: bool,
    /// Deploy although a newer version of stellarr deployed last
    #[arg(long)]
    pub allow_downgrade: bool,
    /// Let CloudFormation finish a rollback that failed, then deploy
    #[arg(long)]
    pub continue_rollback: bool,
    /// Read values of the secret from a file of KEY=VALUE lines
    #[arg(long, value_name = "FILE")]
    pub secrets: Option<PathBuf>,
}

impl From<&DeployArgs> for Options {
    fn from(arguments: &DeployArgs) -> Self {
        Self {
            yes: arguments.yes,
            dry_run: arguments.dry_run,
            only: arguments.only.clone(),
            no_invalidate: arguments.no_invalidate,
            no_warm: arguments.no_warm,
            allow_data_loss: arguments.allow_data_loss,
            replace_dns: arguments.replace_dns,
            allow_downgrade: arguments.allow_downgrade,
            continue_rollback: arguments.continue_rollback,
            has_new_secrets: arguments.secrets.is_some(),
        }
    }
}

/// Deploys, and checks that the site answers.
///
/// # Errors
/// The first stage's that fails; what earlier stages did stays, and the next run picks up.
pub async fn run(global: &Global, arguments: &DeployArgs, printer: &Printer) -> Result<(), CommandError> {
    let deployment = Deployment::open(global, printer, true).await?;
    let mut input = Input::gather(arguments.secrets.as_deref(), |key| std::env::var(key).ok())?;
    if deployment.sandbox.is_none() {
        input = input.with_pending(&deployment.config_path)?;
    }
    deploy::run(&deployment, &Options::from(arguments), &input, printer).await
}
