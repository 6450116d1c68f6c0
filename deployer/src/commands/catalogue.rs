//! `stellarr catalogue`

use std::path::PathBuf;

use clap::Args;

use crate::base::clock::{Clock, SystemClock};
use crate::base::error::CommandError;
use crate::deployment::Deployment;
use crate::household::catalogue;
use crate::household::local_server::LocalServer;
use crate::options::Global;
use crate::ui::Printer;
use stellarr_core::catalogue::CatalogueOverview;

/// Options of `stellarr catalogue`.
#[derive(Debug, Args)]
pub struct CatalogueArgs {
    /// A category, such as `popular` or `genre_28`, or one list of it, such as `popular#tv`
    pub category: Option<String>,
    /// How many titles of each list [default: 3, or 20 of a category]
    #[arg(long, value_name = "NUMBER")]
    pub titles: Option<usize>,
    /// The folder of a stellarr-server, instead of the deployment's own table
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Shows what the catalogue holds.
///
/// # Errors
/// When it cannot be read, or holds nothing of the category.
pub async fn run(global: &Global, arguments: &CatalogueArgs, printer: &Printer) -> Result<(), CommandError> {
    let category = arguments.category.as_deref();
    let titles = arguments.titles.unwrap_or(if category.is_some() { 20 } else { 3 });
    let now = SystemClock.now();
    let overview = if let Some(folder) = &arguments.data_dir {
        let server = LocalServer::find(folder, printer).await?;
        let (overview, _): (CatalogueOverview, bool) =
            server.run(&["catalogue", "--titles", &titles.to_string()], None).await?;
        catalogue::only(overview, category)?
    } else {
        let deployment = Deployment::open(global, printer, false).await?;
        let live = deployment.live().await?;
        let table = live.need("CatalogueTableName")?;
        catalogue::overview(deployment.cloud.tables().as_ref(), table, category, titles, now).await?
    };
    if arguments.json {
        printer.data(&serde_json::to_string_pretty(&overview).unwrap_or_default());
    } else if overview.lists.is_empty() {
        printer.line("The catalogue is empty.");
        printer.hint("run `stellarr fetch full` to fill it now; the schedule does so by itself");
    } else if category.is_some() {
        printer.data(&catalogue::titles(&overview));
    } else {
        printer.data(&catalogue::table(&overview, now));
        let items: u64 = overview.lists.iter().map(|list| list.items).sum();
        printer.line(&format!("{items} titles in {} lists", overview.lists.len()));
    }
    Ok(())
}
