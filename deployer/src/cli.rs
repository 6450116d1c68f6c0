//! The command line.

use crate::options::Global;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::Shell;

use crate::commands;

/// Puts a private media-request site on your own AWS account, and keeps it healthy.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(flatten)]
    /// Options of every command.
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes:\n  \
    0 done · 1 failed · 2 wrong usage or configuration, nothing was called · 3 `diff --exit-code` found differences\n  \
    4 credentials or rights · 5 build failed · 6 a stack failed and was rolled back · 7 a stack is stuck\n  \
    8 deployed, but warmer or site do not answer · 9 a DNS record is missing, run again once it is entered\n  \
    75 somebody else is deploying · 130 interrupted";

/// The exit codes, each with its meaning: `0 done`.
pub fn exit_codes() -> impl Iterator<Item = &'static str> {
    let parts = EXIT_CODES.lines().skip(1).flat_map(|line| line.split(" · "));
    parts.map(str::trim).filter(|part| !part.is_empty())
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ask a few questions and write the configuration; run again to change it
    Init(commands::init::InitArgs),
    /// Build, create or change everything that the configuration describes, and check that the site answers
    Deploy(commands::deploy::DeployArgs),
    /// Show what a deploy would change, without changing anything
    Diff(commands::diff::DiffArgs),
    /// Check everything that a deploy needs, and say what to do about what is wrong
    Doctor(commands::doctor::DoctorArgs),
    /// Build and package the functions, without deploying them
    Build(commands::build::BuildArgs),
    /// Render the CloudFormation templates
    Render(commands::render::RenderArgs),
    /// Drop copies of the site's files from the CDN
    Invalidate(commands::invalidate::InvalidateArgs),
    /// Create or update only the bootstrap stack: artifact bucket, tables and secret
    Bootstrap(commands::bootstrap::BootstrapArgs),
    /// Show what the deployment is called on AWS: addresses, buckets, functions, tables
    Outputs(commands::outputs::OutputsArgs),
    /// Show how the deployment stands
    Status(commands::status::StatusArgs),
    /// Show what the functions say
    Logs(commands::logs::LogsArgs),
    /// Open the site in the browser
    Open(commands::open::OpenArgs),
    /// Show what was changed by hand since the last deploy, and put it back
    Drift(commands::drift::DriftArgs),
    /// Show what changed since the version that deployed last, and what there is to do
    Upgrade(commands::upgrade::UpgradeArgs),
    /// Remove the lock of a deploy that died
    Unlock(commands::unlock::UnlockArgs),
    /// Show what was deployed when, and what can be gone back to
    Releases(commands::releases::ReleasesArgs),
    /// Put an earlier release back: functions, infrastructure and site
    Rollback(commands::rollback::RollbackArgs),
    /// Show the DNS records that the site needs, and how the public DNS answers now
    Domains(commands::domains::DomainsArgs),
    /// Refresh the trending lists now
    Warm(commands::warm::WarmArgs),
    /// Fetch titles into the catalogue now
    Fetch(commands::fetch::FetchArgs),
    /// Show when the scheduled functions run, in words, and how they last did
    Schedules(commands::schedules::SchedulesArgs),
    /// Tell the site what a Plex server holds
    PlexSync(commands::plex_sync::PlexSyncArgs),
    /// Take a site over from the Terraform tree that stellarr replaces
    Migrate(commands::migrate::MigrateArgs),
    /// Show what the catalogue holds
    Catalogue(commands::catalogue::CatalogueArgs),
    /// List, export or import what the household asked for
    Requests(commands::requests::RequestsArgs),
    /// Set, list or generate the values of the one secret
    Secrets(commands::secrets::SecretsArgs),
    /// Estimate what the deployment costs a month, or ask AWS what it has cost
    Cost(commands::cost::CostArgs),
    /// Write the least rights that deploying this configuration needs, as an IAM policy
    Policy(commands::policy::PolicyArgs),
    /// Delete the deployment from AWS
    Destroy(commands::destroy::DestroyArgs),
    /// The local AWS: start, stop, look, empty
    Sandbox(commands::sandbox::SandboxArgs),
    /// Explain an error by its code
    Explain(commands::explain::ExplainArgs),
    /// Print the JSON schema of the configuration file, for editors
    Schema,
    /// Print a completion script for a shell; docs/getting-started.md says where it goes
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the manual pages, one a command
    Man {
        /// The folder to write them into, such as ~/.local/share/man/man1
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}
