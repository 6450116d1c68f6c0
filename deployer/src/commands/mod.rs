//! One file a command; only these compose stages.

pub mod bootstrap;
pub mod build;
pub mod catalogue;
pub mod cost;
pub mod deploy;
pub mod destroy;
pub mod diff;
pub mod doctor;
pub mod domains;
pub mod drift;
pub mod explain;
pub mod fetch;
pub mod init;
pub mod invalidate;
pub mod logs;
pub mod migrate;
pub mod open;
pub mod outputs;
pub mod plex_sync;
pub mod policy;
pub mod protect;
pub mod releases;
pub mod render;
pub mod requests;
pub mod rollback;
pub mod rotate;
pub mod sandbox;
pub mod schedules;
pub mod secrets;
pub mod status;
pub mod unlock;
pub mod upgrade;
pub mod warm;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::CommandFactory;

use crate::base::error::CommandError;
use crate::cli::{Cli, Command, Global};
use crate::ui::Printer;

/// Runs the command that was asked for.
///
/// # Errors
/// The command's.
pub fn run(cli: Cli, printer: &Printer) -> Result<(), CommandError> {
    let global = cli.global;
    match cli.command {
        Command::Render(arguments) => render::run(&global, &arguments, printer),
        Command::Explain(arguments) => explain::run(&arguments, printer),
        Command::Policy(arguments) => policy::run(&global, &arguments, printer),
        Command::Schema => {
            printer.data(crate::config::schema().trim_end());
            Ok(())
        }
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "stellarr", &mut std::io::stdout());
            Ok(())
        }
        Command::Man { out } => {
            crate::pages::write_manual(&out).map_err(|error| CommandError::unwritable(&out, &error))
        }
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
                Err(error) if watches && error.kind == crate::base::error::ExitKind::Interrupted => Ok(()),
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
        Command::Build(arguments) => tokio::task::block_in_place(|| build::run(global, &arguments, printer)),
        Command::Deploy(arguments) => deploy::run(global, &arguments, printer).await,
        Command::Diff(arguments) => diff::run(global, &arguments, printer).await,
        Command::Doctor(arguments) => doctor::run(global, &arguments, printer).await,
        Command::Domains(arguments) => domains::run(global, &arguments, printer).await,
        Command::Init(arguments) => init::run(global, &arguments, printer).await,
        Command::Invalidate(arguments) => invalidate::run(global, &arguments, printer).await,
        Command::Bootstrap(arguments) => bootstrap::run(global, &arguments, printer).await,
        Command::Outputs(arguments) => outputs::run(global, &arguments, printer).await,
        Command::Logs(arguments) => logs::run(global, &arguments, printer).await,
        Command::Open(arguments) => open::run(global, &arguments, printer).await,
        Command::Upgrade(arguments) => upgrade::run(global, &arguments, printer).await,
        Command::Unlock(arguments) => unlock::run(global, &arguments, printer).await,
        Command::Drift(arguments) => drift::run(global, &arguments, printer).await,
        Command::Releases(arguments) => releases::run(global, &arguments, printer).await,
        Command::Rollback(arguments) => rollback::run(global, &arguments, printer).await,
        Command::Status(arguments) => status::run(global, &arguments, printer).await,
        Command::Warm(arguments) => warm::run(global, &arguments, printer).await,
        Command::Fetch(arguments) => fetch::run(global, &arguments, printer).await,
        Command::Catalogue(arguments) => catalogue::run(global, &arguments, printer).await,
        Command::Migrate(arguments) => migrate::run(global, &arguments, printer).await,
        Command::PlexSync(arguments) => plex_sync::run(global, &arguments, printer).await,
        Command::Schedules(arguments) => schedules::run(global, &arguments, printer).await,
        Command::Requests(arguments) => requests::run(global, &arguments, printer).await,
        Command::Secrets(arguments) => secrets::run(global, arguments, printer).await,
        Command::Cost(arguments) => cost::run(global, &arguments, printer).await,
        Command::Destroy(arguments) => destroy::run(global, &arguments, printer).await,
        Command::Sandbox(arguments) => sandbox::run(global, arguments, printer).await,
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
            crate::releases::lock::release_held().await;
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
