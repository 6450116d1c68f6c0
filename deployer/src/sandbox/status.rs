//! Tells how the sandbox is.

use std::fmt;

use serde::Serialize;

use super::cdn::Site;
use super::layout::Layout;
use super::state::{Running, State};
use super::{emulator, services};

/// How the sandbox is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Whether all of it runs and answers.
    pub healthy: bool,
    /// The emulator.
    pub emulator: SandboxPart,
    /// The site, through the CDN proxy.
    pub site: SandboxPart,
    /// The stand-in for TMDB, TVDB and push.
    pub standin: SandboxPart,
    /// The distribution that the CDN proxy serves.
    pub distribution: Option<String>,
    /// Where its files and logs are.
    pub directory: String,
}

/// How one part of it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SandboxPart {
    /// Its address, when it has had one.
    pub url: Option<String>,
    /// Its process.
    pub pid: Option<i32>,
    /// Whether it runs and answers.
    pub healthy: bool,
    /// Its version, where it tells one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl Status {
    /// Asks every part.
    pub(super) async fn of(layout: &Layout) -> Self {
        let state = State::read(layout);
        let pid = |running: Option<&Running>| {
            running.filter(|running| running.process.is_alive()).map(|running| running.process.pid)
        };
        let emulator_pid = pid(state.as_ref().and_then(|state| state.emulator.as_ref()));
        let services_pid = pid(state.as_ref().and_then(|state| state.services.as_ref()));
        let ports = state.as_ref().map(|state| state.ports);
        let (health, answering) = match &state {
            Some(state) => tokio::join!(emulator::health(layout, state), services::health(state.ports)),
            None => (None, None),
        };
        let emulator = SandboxPart {
            url: ports.map(|ports| format!("http://127.0.0.1:{}", ports.emulator)),
            pid: emulator_pid,
            healthy: emulator_pid.is_some() && health.is_some(),
            version: health.map(|health| health.version),
        };
        let part = |host: &str, port: Option<u16>| SandboxPart {
            url: port.map(|port| format!("http://{host}:{port}")),
            pid: services_pid,
            healthy: services_pid.is_some() && answering == services_pid,
            version: None,
        };
        let site = part("localhost", ports.map(|ports| ports.site));
        let standin = part("127.0.0.1", ports.map(|ports| ports.standin));
        Self {
            healthy: emulator.healthy && site.healthy,
            emulator,
            site,
            standin,
            distribution: Site::read(layout).map(|site| site.distribution),
            directory: layout.root.display().to_string(),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, part) in [("site", &self.site), ("AWS", &self.emulator), ("stand-in", &self.standin)] {
            let url = part.url.as_deref().unwrap_or("-");
            let how = match (part.healthy, part.pid) {
                (true, Some(pid)) => format!("runs (process {pid})"),
                (false, Some(pid)) => format!("does not answer (process {pid})"),
                (_, None) => "does not run".to_owned(),
            };
            writeln!(f, "{name:<10} {url:<24} {how}")?;
        }
        let distribution = self.distribution.as_deref().unwrap_or("nothing yet");
        writeln!(f, "{:<10} {distribution}", "deployed")?;
        write!(f, "{:<10} {}", "files", self.directory)
    }
}
