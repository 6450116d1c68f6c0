//! What is known of the sandbox's processes and ports, in `state.json`.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

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
    /// What lets a request in; empty in the file of a version that had none.
    #[serde(default)]
    pub(super) keys: Keys,
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
    /// The CDN proxy's, where the site is.
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

/// What a request to the emulator has to carry: any page in a browser can send one, and no page knows these.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Keys {
    /// The access key id of programs, the functions among them. Signatures are not checked, so this is the secret.
    pub(super) access_key_id: String,
    /// The CDN proxy's, which alone passes on what viewers send.
    pub(super) edge: String,
}

impl Keys {
    /// Makes keys up.
    pub(super) fn new() -> Result<Self, SandboxError> {
        let key = |prefix: &str| {
            let mut bytes = [0; 16];
            let filled = getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()));
            filled.map_err(SandboxError::file(Path::new("the system's randomness"), "read"))?;
            Ok(format!("{prefix}{}", hex::encode_upper(bytes)))
        };
        // With letters first: the emulator takes twelve digits for an account.
        Ok(Self { access_key_id: key("SANDBOX")?, edge: key("EDGE")? })
    }

    pub(super) fn are_missing(&self) -> bool {
        self.access_key_id.is_empty() || self.edge.is_empty()
    }

    /// Returns the header of a call to a service; the emulator reads the region from it.
    pub(super) fn authorization(&self, service: &str, region: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential={}/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0",
            self.access_key_id
        )
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
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
    pub(super) fn new(ports: Ports, keys: Keys) -> Self {
        Self { format: FORMAT, ports, keys, emulator: None, services: None, real_tmdb: false }
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
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_state_is_read_as_it_was_written_and_junk_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::of_project(folder.path());
        assert_eq!(State::read(&layout), None);
        layout.create().unwrap();
        let process = Identity::current().unwrap();
        let mut state = State::new(Ports::default(), Keys::new().unwrap());
        state.emulator = Some(Running { process, build: "1.5.33".to_owned() });
        state.write(&layout).unwrap();
        let read = State::read(&layout).unwrap();
        assert_eq!(read, state);
        assert!(!read.keys.are_missing() && read.keys != Keys::new().unwrap());
        // A process that reads the keys can run code as this user.
        assert_eq!(fs::metadata(layout.state()).unwrap().permissions().mode() & 0o777, 0o600);
        for junk in ["", "{\"format\":1", "{\"format\":2,\"ports\":{\"emulator\":1,\"site\":2,\"standin\":3}}"] {
            fs::write(layout.state(), junk).unwrap();
            assert_eq!(State::read(&layout), None, "{junk}");
        }
    }
}
