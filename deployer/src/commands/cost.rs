//! `stellarr cost`

use clap::Args;

use crate::base::error::CommandError;
use crate::deployment::{self, Deployment};
use crate::insight::cost::{self, Use};
use crate::options::Global;
use crate::ui::{Printer, confirm};

/// Options of `stellarr cost`.
#[derive(Debug, Args)]
pub struct CostArgs {
    /// How many people use the site
    #[arg(long, value_name = "NUMBER", default_value_t = 5)]
    pub users: u64,
    /// Requests of the API a month; 1,000 a person unless given
    #[arg(long, value_name = "NUMBER")]
    pub requests: Option<u64>,
    /// Ask AWS's Cost Explorer what this month has cost so far; AWS takes $0.01 for each question
    #[arg(long, conflicts_with_all = ["users", "requests"])]
    pub actual: bool,
    /// Ask Cost Explorer without asking you
    #[arg(short, long, requires = "actual")]
    pub yes: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Estimates, or asks.
///
/// # Errors
/// When the configuration is wrong, or Cost Explorer does not answer.
pub async fn run(global: &Global, arguments: &CostArgs, printer: &Printer) -> Result<(), CommandError> {
    if arguments.actual {
        return ask(global, arguments, printer).await;
    }
    let config = deployment::load_config(global)?;
    let usage = Use { requests: Use::of_people(arguments.users).requests, users: arguments.users };
    let usage = Use { requests: arguments.requests.unwrap_or(usage.requests), ..usage };
    let estimate = cost::estimate(&config, &usage);
    if arguments.json {
        printer.data(&serde_json::to_string_pretty(&estimate).unwrap_or_default());
    } else {
        printer.data(&estimate.text(printer.verbose()));
    }
    Ok(())
}

async fn ask(global: &Global, arguments: &CostArgs, printer: &Printer) -> Result<(), CommandError> {
    if global.sandbox {
        return Err(CommandError::usage("the sandbox is on this computer and costs nothing")
            .hint("leave `--sandbox` out to ask for the deployment on AWS"));
    }
    let deployment = Deployment::open(global, printer, false).await?;
    let question = "AWS takes $0.01 for each question to Cost Explorer, and up to two are asked. Go on?";
    if !arguments.yes && !confirm(question, "add `--yes` to agree to up to $0.02")? {
        return Err(CommandError::failed("Cost Explorer was not asked").hint("`stellarr cost` estimates for nothing"));
    }
    let name = deployment.config.prefix();
    let actual = cost::actual(deployment.context(printer), &name).await?;
    if arguments.json {
        printer.data(&serde_json::to_string_pretty(&actual).unwrap_or_default());
    } else {
        printer.data(&actual.text(&name));
    }
    Ok(())
}
