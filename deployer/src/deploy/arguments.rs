//! Options of `stellarr deploy`.

use std::path::PathBuf;

use clap::Args;

use crate::base::functions::Function;
use crate::options::Part;

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

impl DeployArgs {
    pub(super) fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    pub(super) fn wants_function(&self, function: Function) -> bool {
        self.wants(Part::Function(function))
    }

    pub(super) fn wants_code(&self) -> bool {
        Function::ALL.into_iter().any(|function| self.wants_function(function))
    }
}
