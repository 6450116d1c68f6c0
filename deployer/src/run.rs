//! Runs the command that was asked for, and tells its error.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{CommandFactory, Parser};

use crate::base::error::CommandError;
use crate::cli::{Cli, Command};
use crate::options::Global;
use crate::ui::{Printer, Verbosity};
use crate::{commands, pages};

/// Parses the command line, runs the command, prints an error once.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let verbosity = match (cli.global.quiet, cli.global.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Default,
    };
    let printer = Printer::new(verbosity);
    if let Some(profile) = &cli.global.profile {
        printer.use_profile(profile);
    }
    match run(cli, &printer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&CommandError { hints: error.hints.iter().map(|hint| printer.addressed(hint)).collect(), ..error });
            ExitCode::from(error.kind.code())
        }
    }
}

fn report(error: &CommandError) {
    use std::io::Write;

    // Nothing can be done about a terminal that is gone.
    let _ = writeln!(anstream::stderr(), "{}", error.report());
}

/// Runs the command that was asked for.
///
/// # Errors
/// The command's.
fn run(cli: Cli, printer: &Printer) -> Result<(), CommandError> {
    let global = cli.global;
    match cli.command {
        Command::Render(arguments) => commands::render::run(&global, &arguments, printer),
        Command::Explain(arguments) => commands::explain::run(&arguments, printer),
        Command::Policy(arguments) => commands::policy::run(&global, &arguments, printer),
        Command::Schema => {
            printer.data(crate::config::schema().trim_end());
            Ok(())
        }
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "stellarr", &mut std::io::stdout());
            Ok(())
        }
        Command::Man { out } => pages::write_manual(&out).map_err(|error| CommandError::unwritable(&out, &error)),
        command => {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .map_err(|error| CommandError::failed(format!("the runtime does not start: {error}")))?;
            // Nothing is under way in what only watches: Ctrl-C is how it is meant to end.
            let watches = matches!(&command, Command::Logs(arguments) if arguments.follow);
            let result = runtime.block_on(interruptible(effect(command, &global, printer)));
            let result = match result {
                Err(error) if watches && error.kind == crate::base::exit::ExitKind::Interrupted => Ok(()),
                result => result,
            };
            // A build that an interrupt left behind must not keep the process.
            runtime.shutdown_timeout(std::time::Duration::from_millis(200));
            result
        }
    }
}

async fn effect(command: Command, global: &Global, printer: &Printer) -> Result<(), CommandError> {
    match command {
        Command::Build(arguments) => tokio::task::block_in_place(|| commands::build::run(global, &arguments, printer)),
        Command::Deploy(arguments) => commands::deploy::run(global, &arguments, printer).await,
        Command::Diff(arguments) => commands::diff::run(global, &arguments, printer).await,
        Command::Doctor(arguments) => commands::doctor::run(global, &arguments, printer).await,
        Command::Domains(arguments) => commands::domains::run(global, &arguments, printer).await,
        Command::Init(arguments) => commands::init::run(global, &arguments, printer).await,
        Command::Invalidate(arguments) => commands::invalidate::run(global, &arguments, printer).await,
        Command::Bootstrap(arguments) => commands::bootstrap::run(global, &arguments, printer).await,
        Command::Outputs(arguments) => commands::outputs::run(global, &arguments, printer).await,
        Command::Logs(arguments) => commands::logs::run(global, &arguments, printer).await,
        Command::Open(arguments) => commands::open::run(global, &arguments, printer).await,
        Command::Upgrade(arguments) => commands::upgrade::run(global, &arguments, printer).await,
        Command::Unlock(arguments) => commands::unlock::run(global, &arguments, printer).await,
        Command::Drift(arguments) => commands::drift::run(global, &arguments, printer).await,
        Command::Releases(arguments) => commands::releases::run(global, &arguments, printer).await,
        Command::Rollback(arguments) => commands::rollback::run(global, &arguments, printer).await,
        Command::Status(arguments) => commands::status::run(global, &arguments, printer).await,
        Command::Warm(arguments) => commands::warm::run(global, &arguments, printer).await,
        Command::Fetch(arguments) => commands::fetch::run(global, &arguments, printer).await,
        Command::Catalogue(arguments) => commands::catalogue::run(global, &arguments, printer).await,
        Command::Migrate(arguments) => commands::migrate::run(global, &arguments, printer).await,
        Command::PlexSync(arguments) => commands::plex_sync::run(global, &arguments, printer).await,
        Command::Schedules(arguments) => commands::schedules::run(global, &arguments, printer).await,
        Command::Requests(arguments) => commands::requests::run(global, &arguments, printer).await,
        Command::Secrets(arguments) => commands::secrets::run(global, arguments, printer).await,
        Command::Cost(arguments) => commands::cost::run(global, &arguments, printer).await,
        Command::Destroy(arguments) => commands::destroy::run(global, &arguments, printer).await,
        Command::Sandbox(arguments) => commands::sandbox::run(global, arguments, printer).await,
        Command::Render(_)
        | Command::Explain(_)
        | Command::Policy(_)
        | Command::Man { .. }
        | Command::Schema
        | Command::Completions { .. } => Ok(()),
    }
}

/// Runs a command until it ends or somebody presses Ctrl-C.
///
/// Nothing is cancelled on AWS: a stack goes on changing, and the next run waits for it and picks up. The command's
/// own locals are dropped, so that the terminal and temporary files are left in order.
async fn interruptible(work: impl Future<Output = Result<(), CommandError>>) -> Result<(), CommandError> {
    let told = Arc::new(AtomicBool::new(false));
    // On a task of its own: a build blocks the one that it is part of.
    let mut interrupted = tokio::spawn({
        let told = Arc::clone(&told);
        async move {
            told_to_end().await;
            told.store(true, Ordering::Release);
            crate::build::stop();
        }
    });
    let result = tokio::select! {
        result = work => Some(result),
        _ = &mut interrupted => None,
    };
    match result {
        Some(result) if result.is_ok() || !told.load(Ordering::Acquire) => result,
        // A tool that was ended is no build that failed.
        _ => {
            crate::deployment::lock::release_held().await;
            Err(CommandError::interrupted("nothing is half done")
                .hint("what AWS had begun goes on there; run the same command again to pick up from here"))
        }
    }
}

/// Waits for Ctrl-C or SIGTERM.
async fn told_to_end() {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
    let term = async {
        match &mut terminate {
            Some(signal) => signal.recv().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term => {}
    }
}
