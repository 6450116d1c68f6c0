//! A project in a temporary folder, whose sandbox ends with it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use stellarr::sandbox::{Sandbox, SandboxOptions};
use stellarr::ui::{Printer, Verbosity};
use tempfile::TempDir;

/// Begins the names of the projects' folders; the test's process id follows.
const PREFIX: &str = "stellarr-sandbox-test-";

/// A project without any configuration, which the sandbox does not read.
pub(crate) struct Project {
    folder: TempDir,
    pub(crate) printer: Printer,
}

impl Project {
    pub(crate) fn new() -> Self {
        sweep();
        let prefix = format!("{PREFIX}{}-", std::process::id());
        let folder = tempfile::Builder::new().prefix(&prefix).tempdir().unwrap();
        Self { folder, printer: Printer::captured(Verbosity::Default) }
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("stellarr.yaml")
    }

    /// The sandbox's own folder, as its processes are told it.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(".stellarr/sandbox")
    }

    pub(crate) fn options(&self) -> SandboxOptions {
        let Some(ministack) = std::env::var_os("STELLARR_MINISTACK") else {
            panic!("STELLARR_MINISTACK is not set: run this through tests/run, which installs the emulator");
        };
        SandboxOptions {
            config: self.config(),
            executable: PathBuf::from(env!("CARGO_BIN_EXE_stellarr")),
            ministack: Some(PathBuf::from(ministack)),
            cache: Some(self.folder.path().join("cache")),
            real_tmdb: false,
            usual_ports: false,
        }
    }

    pub(crate) async fn up(&self) -> Sandbox {
        match Sandbox::up(&self.options(), &self.printer).await {
            Ok(sandbox) => sandbox,
            Err(error) => panic!("{error}\n{}", self.logs()),
        }
    }

    pub(crate) async fn down(&self) {
        Sandbox::down(&self.config(), &self.printer).await.unwrap();
    }

    pub(crate) async fn status(&self) -> Value {
        serde_json::from_str(&Sandbox::status_json(&self.config()).await.unwrap()).unwrap()
    }

    pub(crate) async fn pid(&self, part: &str) -> i32 {
        i32::try_from(self.status().await[part]["pid"].as_i64().unwrap()).unwrap()
    }

    /// The processes that name the project's sandbox in their environment, working folder or arguments.
    pub(crate) fn processes(&self) -> BTreeSet<i32> {
        let root = self.root();
        let root = root.as_os_str().as_encoded_bytes();
        let names = |bytes: &[u8]| bytes.windows(root.len()).any(|window| window == root);
        pids()
            .into_iter()
            .filter(|pid: &i32| {
                let folder = PathBuf::from(format!("/proc/{pid}"));
                let read = |name: &str| fs::read(folder.join(name)).unwrap_or_default();
                let inside = fs::read_link(folder.join("cwd"))
                    .is_ok_and(|cwd: PathBuf| names(cwd.as_os_str().as_encoded_bytes()));
                inside || names(&read("environ")) || names(&read("cmdline"))
            })
            .collect()
    }

    /// Writes over the file that says what runs.
    pub(crate) fn overwrite_state(&self, text: &str) {
        fs::write(self.root().join("state.json"), text).unwrap();
    }

    /// What the processes said.
    pub(crate) fn logs(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.root().join(name)).unwrap_or_default();
        read("emulator.log") + &read("services.log")
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Ends the sandboxes of test processes that were killed before they could.
fn sweep() {
    for pid in pids() {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let owner = String::from_utf8_lossy(&environment)
            .split_once(PREFIX)
            .and_then(|(_, rest)| rest.split_once('-')?.0.parse::<u32>().ok());
        if owner.is_some_and(|owner| !Path::new(&format!("/proc/{owner}")).exists()) {
            std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().ok();
        }
    }
}

fn pids() -> Vec<i32> {
    let folder = fs::read_dir("/proc").unwrap();
    folder.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

impl Drop for Project {
    /// Ends what a failed test left behind.
    fn drop(&mut self) {
        for pid in self.processes() {
            std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().ok();
        }
    }
}
