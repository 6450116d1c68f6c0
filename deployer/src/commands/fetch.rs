//! `stellarr fetch`

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;

use crate::base::error::CommandError;
use crate::base::functions::Function;
use crate::config::Config;
use crate::deployment::{Deployment, load_config};
use crate::household::local_server::LocalServer;
use crate::jobs::fetch::{self, FetchKind, FetchReport};
use crate::options::Global;
use crate::stacks::environment;
use crate::ui::{Printer, Progress, count};

/// Options of `stellarr fetch`.
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// What to fetch
    pub kind: FetchKind,
    #[command(flatten)]
    /// Where.
    pub local: LocalArgs,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of a run on this computer.
#[derive(Debug, Args)]
pub struct LocalArgs {
    /// Run here, on the folder of a stellarr-server, with TMDB_API_KEY from the environment or --env-file
    #[arg(long)]
    pub local: bool,
    /// The folder of that stellarr-server; made if it isn't there
    #[arg(long, value_name = "DIR", default_value = "data", requires = "local")]
    pub data_dir: PathBuf,
    /// A file of NAME=VALUE lines, for its variables
    #[arg(long, value_name = "FILE", requires = "local")]
    pub env_file: Option<PathBuf>,
}

impl LocalArgs {
    /// Finds the program and tells it what the configuration says, if there is one.
    ///
    /// # Errors
    /// When the program is nowhere, or the configuration is wrong.
    pub async fn server(&self, global: &Global, printer: &Printer) -> Result<LocalServer, CommandError> {
        let config = optional_config(global)?;
        let mut server = LocalServer::find(&self.data_dir, printer).await?.env_file(self.env_file.as_deref());
        if let Some(config) = config.filter(|_| self.env_file.is_none()) {
            for (name, value) in environment::of_local_runs(&config) {
                server = server.variable(name, value);
            }
        }
        Ok(server)
    }
}

/// The configuration, when its file is there: a self-hosted site needs none.
fn optional_config(global: &Global) -> Result<Option<Config>, CommandError> {
    if Path::new(&global.config).exists() { load_config(global).map(Some) } else { Ok(None) }
}

/// Has the catalogue fetched.
///
/// # Errors
/// When the fetcher cannot run, or something was not fetched or stored.
pub async fn run(global: &Global, arguments: &FetchArgs, printer: &Printer) -> Result<(), CommandError> {
    let since = Instant::now();
    let report = if arguments.local.local {
        let server = arguments.local.server(global, printer).await?;
        let _progress = Progress::start(printer, "the fetcher asks TMDB");
        let (report, _): (FetchReport, bool) = server.run(&["fetch", arguments.kind.word()], None).await?;
        report
    } else {
        let deployment = Deployment::open(global, printer, false).await?;
        let live = deployment.deployed().await?;
        let _progress = Progress::start(printer, "the fetcher asks TMDB");
        fetch::run(deployment.context(printer), live.need(&Function::Fetcher.output())?, arguments.kind).await?
    };
    show(&report, arguments.json, printer, since);
    report.verdict()
}

fn show(report: &FetchReport, json: bool, printer: &Printer, since: Instant) {
    if json {
        printer.data(&serde_json::to_string_pretty(report).unwrap_or_default());
        return;
    }
    if report.success {
        let fetched = usize::try_from(report.items_fetched).unwrap_or(usize::MAX);
        printer.stage("fetch", &count(fetched, "title fetched", "titles fetched"), since);
    }
    printer.data(&report.table());
}
