//! Starts, checks and stops the emulator process.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::Request;
use nix::sys::signal::Signal;
use serde::Deserialize;

use super::error::SandboxError;
use super::http;
use super::layout::Layout;
use super::process::{self, Identity};
use super::state::{Running, State};

/// How long the emulator may take to answer after its start.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long it may take to save its state when it is asked to end.
const SAVE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long it may take to answer when it is up.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// How often it is asked while it starts.
const START_POLL_INTERVAL: Duration = Duration::from_millis(50);
/// How much of its log is shown when it does not start.
const SHOWN_LINES: usize = 15;

/// The name of the process for people.
pub(super) const NAME: &str = "the AWS emulator";

/// The variables of the user's environment that the emulator gets. The functions inherit its environment, so neither
/// credentials nor anything else private may be among them.
const INHERITED: [&str; 16] = [
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "LC_ALL",
    "TZ",
    "http_proxy",
    "https_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "DYLD_LIBRARY_PATH",
    "LD_LIBRARY_PATH",
    "RUST_BACKTRACE",
];

/// The script that starts ministack.
const LAUNCHER: &str = include_str!("launch.py");

/// Tells what would be started, for comparison with what runs.
pub(super) fn build(python: &Path) -> String {
    let launcher = hex::encode(&<sha2::Sha256 as sha2::Digest>::digest(LAUNCHER)[..4]);
    format!("{} {launcher}", python.display())
}

/// Starts the emulator and waits until it answers.
pub(super) async fn start(python: &Path, layout: &Layout, state: &State) -> Result<Running, SandboxError> {
    let log = layout.emulator_log();
    super::layout::write_atomically(&layout.launcher(), LAUNCHER)?;
    let mut command = Command::new(python);
    // Isolated: neither this folder nor the user's own packages can shadow a module.
    command.args(["-I", "-u"]).arg(layout.launcher());
    command.env_clear();
    command.envs(INHERITED.iter().filter_map(|name| Some((name, env::var_os(name)?))));
    command.envs(environment(layout, state));
    command.current_dir(&layout.root);
    let mut child = process::start(&mut command, &layout.emulator_mark(), &log)?;
    let failed = |reason: String| SandboxError::NotStarted {
        name: NAME,
        reason,
        output: super::logs::tail(&log, SHOWN_LINES),
        log: log.clone(),
    };
    let identity = i32::try_from(child.id()).ok().and_then(Identity::of);
    let deadline = Instant::now() + START_TIMEOUT;
    let outcome = loop {
        if let Ok(Some(status)) = child.try_wait() {
            break Err(failed(format!("it ended with {status}")));
        }
        if health(layout, state).await.is_some() {
            break Ok(());
        }
        if Instant::now() > deadline {
            let port = state.ports.emulator;
            break Err(failed(format!("it does not answer on port {port} after {} s", START_TIMEOUT.as_secs())));
        }
        tokio::time::sleep(START_POLL_INTERVAL).await;
    };
    process::reap(child);
    match (outcome, identity) {
        (Ok(()), Some(process)) => Ok(Running { process, build: build(python) }),
        (Ok(()), None) => Err(failed("it ended at once, and another program answers on its port".to_owned())),
        (Err(error), identity) => {
            // Nothing half started is left; its own error matters more than one of cleaning up.
            process::end(identity.as_ref(), &layout.emulator_mark(), Duration::ZERO).await.ok();
            Err(error)
        }
    }
}

fn environment(layout: &Layout, state: &State) -> Vec<(&'static str, String)> {
    let port = state.ports.emulator;
    let path = |path: std::path::PathBuf| path.to_string_lossy().into_owned();
    let no_proxy = env::var("NO_PROXY").or_else(|_| env::var("no_proxy")).unwrap_or_default();
    let no_proxy = format!("127.0.0.1,localhost,{no_proxy}").trim_end_matches(',').to_owned();
    vec![
        // An address, not a name: the SDKs then put the bucket into the path instead of the host.
        ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}")),
        // What a request has to carry: the functions' as their access key, the CDN proxy's apart from that.
        ("AWS_ACCESS_KEY_ID", state.keys.access_key_id.clone()),
        ("STELLARR_SANDBOX_EDGE", state.keys.edge.clone()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("BIND_HOST", "127.0.0.1".to_owned()),
        // It tells this on request, which tells it from another ministack.
        ("MINISTACK_EDITION", edition(layout)),
        ("GATEWAY_PORT", port.to_string()),
        ("PERSIST_STATE", "1".to_owned()),
        ("STATE_DIR", path(layout.emulator_state())),
        ("S3_PERSIST", "1".to_owned()),
        ("S3_DATA_DIR", path(layout.objects())),
        ("TMPDIR", path(layout.temporary())),
        // Listeners that nothing here needs: MQTT on 8883, SFTP.
        ("IOT_MTLS_ENABLED", "0".to_owned()),
        ("SFTP_ENABLED", "0".to_owned()),
        // Functions run as plain processes; containers of the user are none of ministack's business.
        ("LAMBDA_EXECUTOR", "local".to_owned()),
        ("DOCKER_HOST", "unix:///nonexistent".to_owned()),
        ("NO_PROXY", no_proxy.clone()),
        ("no_proxy", no_proxy),
    ]
}

/// What the emulator says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Health {
    /// Its version.
    pub(super) version: String,
    /// What we called it.
    edition: String,
}

fn edition(layout: &Layout) -> String {
    format!("stellarr {}", layout.root.display())
}

/// Checks whether the program that listens on the port is this project's emulator, and in which version.
pub(super) async fn health(layout: &Layout, state: &State) -> Option<Health> {
    let authorization = state.keys.authorization("sts", "us-east-1");
    let request = Request::get("/_ministack/health").header("authorization", authorization);
    let (status, body) = http::exchange(state.ports.emulator, request, Bytes::new(), ANSWER_TIMEOUT).await.ok()?;
    let health: Health = serde_json::from_slice(&body).ok()?;
    (status == 200 && health.edition == edition(layout)).then_some(health)
}

/// Has the emulator write its state down without waiting for it; it does so anyway after a while.
pub(super) fn save(running: &Running) {
    running.process.signal(Signal::SIGUSR1);
}

/// Has the emulator write its state down, and waits until it has.
pub(super) async fn save_and_wait(running: &Running, layout: &Layout) -> bool {
    // Not the content: it holds the functions' code.
    let stamp = || fs::metadata(layout.saved()).ok().map(|file| (file.modified().ok(), file.len(), file.ino()));
    let before = stamp();
    save(running);
    !process::wait(SAVE_TIMEOUT, || running.process.is_alive() && stamp() == before).await && stamp() != before
}

/// Stops the emulator, which saves its state, and everything that it started.
pub(super) async fn stop(running: Option<&Running>, layout: &Layout) -> Result<(), SandboxError> {
    process::end(running.map(|running| &running.process), &layout.emulator_mark(), SAVE_TIMEOUT).await
}
