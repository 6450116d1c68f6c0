//! What is known of the sandbox's processes and ports, in `state.json`.

use std::fs;

use serde::{Deserialize, Serialize};

use super::error::SandboxError;
use super::layout::{Layout, write_atomically};
use super::process::Identity;

/// The form of the file; another one is not read.
const FORMAT: u32 = 1;

/// The sandbox's processes and ports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    format: u32,
    /// The ports, kept from one start to the next: deployed stacks hold them in their parameters.
    pub(super) ports: Ports,
    /// The emulator, while it is meant to run.
    pub(super) emulator: Option<Running>,
    /// Stand-in and edge, while they are meant to run.
    pub(super) services: Option<Running>,
    /// Whether the site asks the real TMDB: since a key for it was given, and until everything is reset.
    #[serde(default)]
    pub(super) real_tmdb: bool,
}

/// The sandbox's ports on 127.0.0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ports {
    /// The emulator's.
    pub(super) emulator: u16,
    /// The edge's, where the site is.
    pub(super) site: u16,
    /// The stand-in's.
    pub(super) standin: u16,
}

impl Default for Ports {
    /// What is tried first.
    fn default() -> Self {
        Self { emulator: 4566, site: 8080, standin: 8090 }
    }
}

/// A process that was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Running {
    /// The process.
    pub(super) process: Identity,
    /// What was started, and in which version: another value means that it has to be started anew.
    pub(super) build: String,
}

impl State {
    /// Returns the state before anything runs.
    pub(super) fn new(ports: Ports) -> Self {
        Self { format: FORMAT, ports, emulator: None, services: None, real_tmdb: false }
    }

    /// Reads the state; one that is absent, torn or of another form counts as nothing.
    pub(super) fn read(layout: &Layout) -> Option<Self> {
        let text = fs::read_to_string(layout.state()).ok()?;
        serde_json::from_str(&text).ok().filter(|state: &Self| state.format == FORMAT)
    }

    /// Writes the state.
    pub(super) fn write(&self, layout: &Layout) -> Result<(), SandboxError> {
        // Plain numbers and strings always serialise.
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        write_atomically(&layout.state(), &format!("{text}\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_as_it_was_written_and_junk_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::of_project(folder.path());
        assert_eq!(State::read(&layout), None);
        layout.create().unwrap();
        let process = Identity::current().unwrap();
        let mut state = State::new(Ports::default());
        state.emulator = Some(Running { process, build: "1.5.33".to_owned() });
        state.write(&layout).unwrap();
        assert_eq!(State::read(&layout), Some(state));
        for junk in ["", "{\"format\":1", "{\"format\":2,\"ports\":{\"emulator\":1,\"site\":2,\"standin\":3}}"] {
            fs::write(layout.state(), junk).unwrap();
            assert_eq!(State::read(&layout), None, "{junk}");
        }
    }
}
