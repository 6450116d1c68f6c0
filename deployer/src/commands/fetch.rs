//! `stellarr fetch`

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::base::error::CommandError;
use crate::base::functions::Function;
use crate::config::Config;
use crate::deployment::{Deployment, load_config};
use crate::household::local_server::LocalServer;
use crate::jobs::fetch;
use crate::options::Global;
use crate::stacks::environment;
use crate::ui::{Printer, Progress, count};
use stellarr_core::reports::{FetchReport, ScheduleType};

/// Options of `stellarr fetch`.
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// What to fetch
    #[arg(value_parser = schedule_types())]
    pub kind: ScheduleType,
    #[command(flatten)]
    /// Where.
    pub local: LocalArgs,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Reads what to fetch, and says in the help what each word means.
fn schedule_types() -> impl TypedValueParser<Value = ScheduleType> {
    let values = ScheduleType::ALL.map(|schedule_type| {
        PossibleValue::new(schedule_type.as_str()).help(match schedule_type {
            ScheduleType::Daily => "What changes from day to day: popular and trending titles",
            ScheduleType::Weekly => "What lasts: genres, hidden gems, award winners",
            ScheduleType::Full => "Both",
        })
    });
    PossibleValuesParser::from(values).try_map(|word| word.parse::<ScheduleType>())
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
        let (report, _): (FetchReport, bool) = server.run(&["fetch", arguments.kind.as_str()], None).await?;
        report
    } else {
        let deployment = Deployment::open(global, printer, false).await?;
        let live = deployment.deployed().await?;
        let _progress = Progress::start(printer, "the fetcher asks TMDB");
        fetch::run(deployment.context(printer), live.need(&Function::Fetcher.output())?, arguments.kind).await?
    };
    show(&report, arguments.json, printer, since);
    fetch::verdict(&report)
}

fn show(report: &FetchReport, json: bool, printer: &Printer, since: Instant) {
    if json {
        printer.data(&serde_json::to_string_pretty(report).unwrap_or_default());
        return;
    }
    if report.success {
        printer.stage("fetch", &count(report.items_fetched, "title fetched", "titles fetched"), since);
    }
    printer.data(&fetch::table(report));
}
