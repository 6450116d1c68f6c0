//! Sources of credentials that take their time: a program, or a person who answers it.

use std::fs;
use std::time::Duration;

use crate::broken_situations::deployed;
use crate::broken_situations::process::{Process, Ran};
use crate::broken_situations::server::Server;

const WAITING: &str = "waiting for the credentials of profile work (credential_process)";

/// A profile whose program takes so many seconds and keeps count of its runs.
struct Desk {
    process: Process,
    server: Server,
}

impl Desk {
    async fn new() -> Self {
        let server = Server::answering_requests(deployed::answer).await;
        let process = Process::new().set("AWS_ENDPOINT_URL", &server.address());
        let program = process.path("vault.sh").display().to_string();
        let config = format!("[profile work]\ncredential_process = sh {program}\n");
        Self { process: process.file("home/.aws/config", config), server }
    }

    fn takes(&self, seconds: u32, end: &str) {
        let folder = self.process.path("");
        let program = format!("echo run >> {}/runs; sleep {seconds}; {end}\n", folder.display());
        fs::write(folder.join("vault.sh"), program).unwrap();
        fs::write(folder.join("runs"), "").unwrap();
    }

    fn gives_a_key(&self, seconds: u32) {
        let key = r#"{"Version": 1, "AccessKeyId": "AKIAVAULT", "SecretAccessKey": "k"}"#;
        self.takes(seconds, &format!("echo '{key}'"));
    }

    fn times_run(&self) -> usize {
        fs::read_to_string(self.process.path("runs")).unwrap().lines().count()
    }

    async fn runs(&self, command: &str) -> Ran {
        let arguments: Vec<&str> = command.split(' ').chain(["--profile", "work"]).collect();
        self.process.output(&arguments).await
    }
}

/// The part of the output about AWS, without the disk and the duration of the local checks.
fn told(command: &str, ran: &Ran) -> String {
    if !command.starts_with("doctor") {
        return ran.stdout.clone();
    }
    let all: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let of_aws = ["account", "credentials", "region", "stacks", "AWS"];
    let findings = all["findings"].as_array().unwrap().iter();
    let findings = findings.filter(|one| of_aws.iter().any(|check| one["check"] == *check));
    findings.map(|one| format!("{} {} {}\n", one["check"], one["level"], one["sentence"])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_17_a_slow_source_is_waited_for_once_and_changes_nothing_else() {
    // Longer than the doctor looks, and longer than status waits for a call with its repetitions.
    for (command, seconds) in [("doctor --json", 3), ("status", 5), ("upgrade", 5), ("outputs", 3), ("deploy", 3)] {
        let desk = Desk::new().await;
        desk.gives_a_key(0);
        let quick = desk.runs(command).await;
        assert_eq!(desk.times_run(), 1, "{command}: {quick:?}");
        assert!(!quick.stderr.contains("waiting for"), "{command}: {quick:?}");

        desk.gives_a_key(seconds);
        let slow = desk.runs(command).await;
        assert!(slow.took >= Duration::from_secs(seconds.into()), "{command} did not wait: {slow:?}");
        assert_eq!(desk.times_run(), 1, "{command}: {slow:?}");
        assert_eq!(slow.stderr.matches(WAITING).count(), 1, "{command}: {slow:?}");
        assert_eq!(slow.exit, quick.exit, "{command}: {slow:?}\n{quick:?}");
        assert_eq!(told(command, &slow), told(command, &quick), "{command}");
        let rest = |ran: &Ran| ran.stderr.replace(&format!("{WAITING}\n"), "");
        if command == "deploy" {
            assert!(rest(&slow).contains("Deploying home-prod to account 111122223333"), "{slow:?}");
        }
        assert_eq!(rest(&slow), rest(&quick), "{command}");
        let signed = |key: &str| {
            let calls = desk.server.requests().into_iter();
            calls.filter_map(|call| call.headers.get("authorization").cloned()).all(|sign| sign.contains(key))
        };
        assert!(signed("AKIAVAULT"), "{command}");

        desk.gives_a_key(0);
        let after = desk.runs(command).await;
        assert_eq!((after.exit, told(command, &after)), (quick.exit, told(command, &quick)), "{command}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_17_a_slow_source_that_fails_is_asked_once_too() {
    for command in ["status", "deploy"] {
        let desk = Desk::new().await;
        desk.takes(3, "echo 'the vault is locked' >&2; exit 1");
        let ran = desk.runs(command).await;
        assert_eq!((ran.exit, desk.times_run()), (4, 1), "{command}: {ran:?}");
        assert_eq!(ran.stderr.matches(WAITING).count(), 1, "{command}: {ran:?}");
        assert!(ran.stderr.contains("error[aws-credentials-invalid]"), "{command}: {ran:?}");
        assert!(ran.stderr.contains("the vault is locked") && ran.stderr.contains("credential_process"), "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_17_quiet_commands_do_not_tell_the_wait() {
    let desk = Desk::new().await;
    desk.gives_a_key(2);
    let ran = desk.runs("outputs --quiet").await;
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{ran:?}");
}
