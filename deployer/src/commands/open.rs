//! `stellarr open`

use std::io::IsTerminal;

use clap::Args;

use crate::base::error::CommandError;
use crate::deployment::Deployment;
use crate::options::Global;
use crate::ui::Printer;

/// Options of `stellarr open`.
#[derive(Debug, Args)]
pub struct OpenArgs {
    /// Only print the address
    #[arg(long)]
    pub print: bool,
}

/// Opens the site in the browser; prints its address where there is no terminal.
///
/// # Errors
/// When nothing is deployed yet.
pub async fn run(global: &Global, arguments: &OpenArgs, printer: &Printer) -> Result<(), CommandError> {
    let deployment = Deployment::open(global, printer, false).await?;
    let site = deployment.site_url(&deployment.deployed().await?.outputs());
    printer.data(&site);
    if !arguments.print && std::io::stdout().is_terminal() && open::that_detached(&site).is_err() {
        printer.line("No browser could be started: open the address above.");
    }
    Ok(())
}
