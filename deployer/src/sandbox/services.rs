//! The process that hosts the stand-in and the CDN proxy: what it does, and how it is started and stopped.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, UNIX_EPOCH};

use clap::Args;
use stellarr_standin::{Options, Standin};

use super::cdn::{CdnProxy, HEALTH};
use super::error::SandboxError;
use super::http;
use super::layout::Layout;
use super::process::{self, Identity};
use super::state::{Ports, Running, State};
use crate::base::error::CommandError;

/// How long it may take to answer after its start.
const START_TIMEOUT: Duration = Duration::from_secs(15);
/// How long it may take to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);
/// How long it may take to answer when it is up.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);
/// How often it is asked while it starts.
const START_POLL_INTERVAL: Duration = Duration::from_millis(10);
/// How much of its log is shown when it does not start.
const SHOWN_LINES: usize = 15;

/// The name of the process for people.
pub(super) const NAME: &str = "the sandbox's site";

/// Options of the hidden `stellarr sandbox serve`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ServeArgs {
    /// The project's directory
    #[arg(long)]
    project: PathBuf,
    /// The emulator's port
    #[arg(long)]
    emulator: u16,
    /// The site's port
    #[arg(long)]
    site: u16,
    /// The stand-in's port
    #[arg(long)]
    standin: u16,
}

/// Serves the stand-in and the CDN proxy until it is told to stop.
///
/// # Errors
///
/// When a port is taken.
pub async fn serve(arguments: ServeArgs) -> Result<(), CommandError> {
    // A session of its own, so that a closed terminal does not end it; fails only where it has one already.
    nix::unistd::setsid().ok();
    let ports = Ports { emulator: arguments.emulator, site: arguments.site, standin: arguments.standin };
    let layout = Layout::of_project(&arguments.project);
    let Some(State { keys, .. }) = State::read(&layout) else {
        return Err(CommandError::failed(format!("{} can't be read", layout.state().display())));
    };
    let taken = |port: u16, error: &io::Error| CommandError::failed(format!("port {port} can't be used: {error}"));
    let options = Options { any_key: true, site: Some(ports.site), ..Options::default() };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ports.standin));
    let _standin = Standin::start(address, options).map_err(|error| taken(ports.standin, &error))?;
    tokio::select! {
        result = CdnProxy::serve(&layout, ports, keys) => result.map_err(|error| taken(ports.site, &error)),
        () = told_to_stop() => Ok(()),
    }
}

async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => std::future::pending().await,
    }
}

/// Tells what would be started, for comparison with what runs: a rebuilt executable is another one.
pub(super) fn build(executable: &Path) -> String {
    let metadata = fs::metadata(executable);
    let modified = metadata.as_ref().ok().and_then(|metadata| metadata.modified().ok());
    let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let length = metadata.map_or(0, |metadata| metadata.len());
    format!("{} {length} {}", executable.display(), modified.as_nanos())
}

/// Starts the process and waits until it answers.
pub(super) async fn start(executable: &Path, layout: &Layout, ports: Ports) -> Result<Running, SandboxError> {
    let log = layout.services_log();
    let mut command = Command::new(executable);
    command.args(["sandbox", "serve", "--project"]).arg(&layout.project);
    for (name, port) in [("--emulator", ports.emulator), ("--site", ports.site), ("--standin", ports.standin)] {
        command.arg(name).arg(port.to_string());
    }
    command.current_dir(&layout.root);
    let mut child = process::start(&mut command, &layout.services_mark(), &log)?;
    let pid = i32::try_from(child.id()).unwrap_or_default();
    let identity = Identity::of(pid);
    let failed = |reason: String| SandboxError::NotStarted {
        name: NAME,
        reason,
        output: super::logs::tail(&log, SHOWN_LINES),
        log: log.clone(),
    };
    let deadline = Instant::now() + START_TIMEOUT;
    let outcome = loop {
        if let Ok(Some(status)) = child.try_wait() {
            break Err(failed(format!("it ended with {status}")));
        }
        if health(ports).await == Some(pid) {
            break Ok(());
        }
        if Instant::now() > deadline {
            break Err(failed(format!(
                "it does not answer on port {} after {} s",
                ports.site,
                START_TIMEOUT.as_secs()
            )));
        }
        tokio::time::sleep(START_POLL_INTERVAL).await;
    };
    process::reap(child);
    match (outcome, identity) {
        (Ok(()), Some(process)) => Ok(Running { process, build: build(executable) }),
        (Ok(()), None) => Err(failed("it ended at once".to_owned())),
        (Err(error), identity) => {
            // Nothing half started is left; its own error matters more than one of cleaning up.
            process::end(identity.as_ref(), &layout.services_mark(), Duration::ZERO).await.ok();
            Err(error)
        }
    }
}

/// Asks the CDN proxy for its process id, and the stand-in whether it is there.
pub(super) async fn health(ports: Ports) -> Option<i32> {
    let (status, body) = http::get(ports.site, HEALTH, ANSWER_TIMEOUT).await.ok()?;
    let pid = std::str::from_utf8(&body).ok()?.parse().ok()?;
    let (standin, _) = http::get(ports.standin, "/_standin/health", ANSWER_TIMEOUT).await.ok()?;
    (status == 200 && standin == 200).then_some(pid)
}

/// Stops the process.
pub(super) async fn stop(running: Option<&Running>, layout: &Layout) -> Result<(), SandboxError> {
    process::end(running.map(|running| &running.process), &layout.services_mark(), STOP_TIMEOUT).await
}
