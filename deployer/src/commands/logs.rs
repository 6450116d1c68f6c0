//! `stellarr logs`

use std::time::Duration;

use clap::Args;
use jiff::tz::TimeZone;

use crate::base::error::CommandError;
use crate::base::functions::Function;
use crate::deployment::{Context, Deployment};
use crate::logs::{Line, Reader, parse_span};
use crate::options::Global;
use crate::ui::Printer;

/// How often a followed log is asked for more.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// Options of `stellarr logs`.
#[derive(Clone, Debug, Args)]
pub struct LogsArgs {
    /// The function; all of them when left out
    pub function: Option<Function>,
    /// Go on showing lines as they come, until Ctrl-C
    #[arg(short, long)]
    pub follow: bool,
    /// How far back to begin, such as 30m, 1h or 2d
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = parse_span)]
    pub since: i64,
    /// Show only what went wrong
    #[arg(long)]
    pub errors: bool,
    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// Shows what the functions say.
///
/// # Errors
/// When nothing is deployed yet, or AWS's.
pub async fn run(global: &Global, arguments: &LogsArgs, printer: &Printer) -> Result<(), CommandError> {
    let deployment = Deployment::open(global, printer, false).await?;
    let context = deployment.context(printer);
    let groups = groups(&deployment.config.prefix(), arguments.function);
    let mut reader = Reader::new(context.clock.now().as_millisecond() - arguments.since);
    let shown = show(context, &mut reader, &groups, arguments).await?;
    if shown == 0 && !arguments.follow {
        printer.line("No lines in that time; `--since 1d` goes further back.");
    }
    if !arguments.follow {
        return Ok(());
    }
    loop {
        context.clock.sleep(POLL_INTERVAL).await;
        show(context, &mut reader, &groups, arguments).await?;
    }
}

/// Functions with the names of their log groups.
fn groups(prefix: &str, which: Option<Function>) -> Vec<(String, String)> {
    Function::ALL
        .into_iter()
        .filter(|function| which.is_none_or(|which| which == *function))
        .map(|function| (function.name().to_owned(), function.log_group(prefix)))
        .collect()
}

/// Shows what is new; returns how many lines.
async fn show(
    context: Context<'_>,
    reader: &mut Reader,
    groups: &[(String, String)],
    arguments: &LogsArgs,
) -> Result<usize, CommandError> {
    let lines = reader.read(context.cloud.logs().as_ref(), groups).await?;
    let wanted: Vec<Line> = lines.into_iter().filter(|line| !arguments.errors || line.is_problem()).collect();
    let zone = TimeZone::system();
    for line in &wanted {
        context.printer.data(&if arguments.json { line.json() } else { line.text(&zone) });
    }
    Ok(wanted.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_its_group() {
        let all = groups("home-prod", None);
        assert_eq!(all.len(), Function::ALL.len());
        assert_eq!(groups("home-prod", Some(Function::Warmer)), [all[1].clone()]);
        assert_eq!(all[1].1, "/aws/lambda/home-prod-warmer");
    }
}
