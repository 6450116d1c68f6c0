//! The command as a process of its own, in a folder and a home of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::process::Command;

use crate::broken_situations::seen::Seen;
use crate::broken_situations::server::{Reply, Server};

/// A folder, a home and an environment.
pub(crate) struct Process {
    folder: TempDir,
    environment: BTreeMap<String, String>,
}

impl Process {
    /// A project with a configuration, and a home without credentials.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let home = folder.path().join("home");
        std::fs::create_dir_all(home.join(".aws")).unwrap();
        let environment = [
            ("HOME", home.display().to_string()),
            ("PATH", std::env::var("PATH").unwrap()),
            ("NO_COLOR", "1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ];
        let environment = environment.map(|(key, value)| (key.to_owned(), value)).into();
        Self { folder, environment }.file("stellarr.yaml", "name: home\n")
    }

    /// Gives it an access key, and an AWS that answers as it is told.
    pub(crate) fn signed_in(self, address: &str) -> Self {
        self.set("AWS_ENDPOINT_URL", address).set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").set("AWS_SECRET_ACCESS_KEY", "k")
    }

    pub(crate) fn set(mut self, key: &str, value: &str) -> Self {
        self.environment.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Writes a file of the project.
    pub(crate) fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Seen {
        let ran = self.output(arguments).await;
        let start = ran.stderr.find("error[").unwrap_or_default();
        let text = ran.stderr[start..].trim_end().to_owned();
        Seen { exit: ran.exit, text, begun: BTreeSet::new(), writes: Vec::new() }
    }

    /// Runs a command to its end, and keeps all that it writes.
    pub(crate) async fn output(&self, arguments: &[&str]) -> Ran {
        let began = Instant::now();
        let output = Command::new(env!("CARGO_BIN_EXE_stellarr"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        Ran {
            exit: u8::try_from(output.status.code().unwrap()).unwrap(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            took: began.elapsed(),
        }
    }
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) exit: u8,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

/// Runs a command that AWS answers in one way, whatever it is asked.
pub(crate) async fn answered(reply: Reply, arguments: &[&str]) -> Seen {
    let server = Server::start(std::iter::repeat_n(reply, 64)).await;
    Process::new().signed_in(&server.address()).run(arguments).await
}
