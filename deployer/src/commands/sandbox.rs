//! `stellarr sandbox`

use clap::{Args, Subcommand};

use crate::base::error::CommandError;
use crate::options::Global;
use crate::sandbox::{self, Sandbox};
use crate::ui::Printer;

/// Options of `stellarr sandbox`.
#[derive(Debug, Args)]
pub struct SandboxArgs {
    #[command(subcommand)]
    /// What to do.
    pub command: SandboxCommand,
}

/// What to do with the local AWS.
#[derive(Debug, Subcommand)]
pub enum SandboxCommand {
    /// Start it, or repair it when it is half started
    Up,
    /// Stop it, with every process that it started; what was deployed stays
    Down,
    /// Show whether it runs, and where
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Stop it and delete everything that was deployed to it
    Reset,
    /// Show what its processes say
    Logs {
        /// Go on showing new lines
        #[arg(short, long)]
        follow: bool,
    },
    /// Run the stand-in and the edge proxy in the foreground
    #[command(hide = true)]
    Serve(sandbox::ServeArgs),
}

/// Starts, stops, shows or empties the local AWS.
///
/// # Errors
/// When a tool is missing or a process does not start.
pub async fn run(global: &Global, arguments: SandboxArgs, printer: &Printer) -> Result<(), CommandError> {
    match arguments.command {
        SandboxCommand::Up => {
            let sandbox = Sandbox::open(&global.config, true, printer).await?;
            printer.data(&sandbox.status_text().await);
        }
        SandboxCommand::Down => Sandbox::down(&global.config, printer).await?,
        SandboxCommand::Status { json } => {
            let text = if json {
                Sandbox::status_json(&global.config).await?
            } else {
                Sandbox::status(&global.config).await?
            };
            printer.data(&text);
        }
        SandboxCommand::Reset => Sandbox::reset(&global.config, printer).await?,
        SandboxCommand::Logs { follow } => Sandbox::logs(&global.config, follow, printer).await?,
        SandboxCommand::Serve(arguments) => sandbox::serve(arguments).await?,
    }
    Ok(())
}
