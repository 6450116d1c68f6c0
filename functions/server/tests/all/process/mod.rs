//! The self-hosted process, started as a person or a service manager starts it.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use stellarr_standin::DEFAULT_KEY;

const PROGRAM: &str = env!("CARGO_BIN_EXE_stellarr-server");

/// The token of the webhook and of the sync client.
pub(crate) const HOOK: &str = "webhook-token";

/// A running process; dropping it kills it.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<Vec<Value>>>,
}

/// Makes a command of the program on a data folder, with everything that it requires, and with no scheduled work.
pub(crate) fn command(data: &Path) -> Command {
    wrapped(&[], data)
}

/// Does the same through another program: `wrapper` comes before the program's own path.
pub(crate) fn wrapped(wrapper: &[&str], data: &Path) -> Command {
    let (first, rest) = wrapper.split_first().map_or((PROGRAM, &[][..]), |(first, rest)| (*first, rest));
    let mut command = Command::new(first);
    command.args(rest);
    if !wrapper.is_empty() {
        command.arg(PROGRAM);
    }
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("APP_SECRET_KEY", "0123456789abcdef".repeat(4))
        .env("PRESHARED_PASSWORD", "correct horse battery staple")
        .env("TMDB_API_KEY", DEFAULT_KEY)
        .env("PLEX_WEBHOOK_TOKEN", HOOK)
        .env("TMDB_BASE_URL", "http://127.0.0.1:9")
        .env("LISTEN", "127.0.0.1:0")
        .env("DATA_DIR", data);
    for schedule in ["TRENDING_SCHEDULE", "CATALOGUE_DAILY_SCHEDULE", "CATALOGUE_WEEKLY_SCHEDULE"] {
        command.env(schedule, "off");
    }
    command
}

impl Server {
    /// Starts it and waits until it listens.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let log: Arc<Mutex<Vec<Value>>> = Arc::default();
        let mut address = None;
        for line in lines.by_ref() {
            let line: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not a line of JSON: {line}"));
            let listening = line["address"].as_str().filter(|_| line["event"] == "listening").map(str::to_owned);
            log.lock().unwrap().push(line);
            if let Some(listening) = listening {
                address = listening.parse().ok();
                break;
            }
        }
        let kept = Arc::clone(&log);
        // The pipe must not fill up.
        std::thread::spawn(move || {
            for line in lines {
                kept.lock().unwrap().extend(serde_json::from_str::<Value>(&line));
            }
        });
        Self { process, address: address.expect("it ended before it listened"), log }
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// The lines of an event that was logged just before an answer: they come by another way and may be later.
    pub(crate) fn logged_soon(&self, event: &str) -> Vec<Value> {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while self.logged(event).is_empty() && std::time::Instant::now() < deadline {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        self.logged(event)
    }

    /// Returns the log's lines about an event.
    pub(crate) fn logged(&self, event: &str) -> Vec<Value> {
        self.log.lock().unwrap().iter().filter(|line| line["event"] == event).cloned().collect()
    }

    /// Returns a number of `/proc/PID/status`, such as `VmRSS` in KiB.
    pub(crate) fn status(&self, name: &str) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Returns how much time of a processor it has used, in hundredths of a second.
    pub(crate) fn processor_time(&self) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap();
        let (_, fields) = text.rsplit_once(") ").unwrap();
        fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(format!("http://{}{path}", self.address)).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Puts titles into the library, as the sync client does; returns the status.
    pub(crate) async fn sync(&self, titles: std::ops::Range<u32>) -> u16 {
        let titles: Vec<Value> =
            titles.map(|id| serde_json::json!({"tmdb_id": id, "title": format!("Title {id}")})).collect();
        let url = format!("http://{}/sync/library?token={HOOK}&media_type=movie", self.address);
        reqwest::Client::new().post(url).json(&titles).send().await.unwrap().status().as_u16()
    }

    /// Tells the process to end, and waits for it.
    pub(crate) fn end(mut self) -> bool {
        let id = nix::unistd::Pid::from_raw(i32::try_from(self.id()).unwrap());
        nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM).unwrap();
        self.process.wait().unwrap().success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a single task, or a start that is expected to fail.
pub(crate) fn run(data: &Path, arguments: &[&str]) -> Output {
    command(data).args(arguments).stdin(Stdio::null()).output().unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Lists everything below a folder.
pub(crate) fn tree(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        found.push(entry.path());
        if entry.file_type().unwrap().is_dir() {
            found.extend(tree(&entry.path()));
        }
    }
    found.sort();
    found
}
