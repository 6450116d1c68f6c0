//! A command that writes, with credentials from a program that takes its time.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use stellarr_aws::Cloud as _;

use crate::aws_ministack::emulator::Emulator;

const WAITING: &str = "waiting for the credentials of profile work (credential_process)";

/// Makes the bootstrap stack, with the emulator as AWS itself: not as the sandbox, which needs no credentials.
fn bootstrap(folder: &Path, emulator: &Emulator) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stellarr"))
        .args(["bootstrap", "--profile", "work"])
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("NO_COLOR", "1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL", emulator.address())
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_17_a_command_that_writes_waits_for_a_slow_source_once() {
    let folder = tempfile::tempdir().unwrap();
    let (path, runs) = (folder.path(), folder.path().join("runs"));
    fs::create_dir(path.join(".aws")).unwrap();
    let key = r#"{"Version": 1, "AccessKeyId": "test", "SecretAccessKey": "test"}"#;
    let program = |seconds: u32| {
        let text = format!("echo run >> {}; sleep {seconds}; echo '{key}'\n", runs.display());
        fs::write(path.join("vault.sh"), text).unwrap();
        fs::write(&runs, "").unwrap();
    };
    let config = format!("[profile work]\ncredential_process = sh {}\n", path.join("vault.sh").display());
    fs::write(path.join(".aws/config"), config).unwrap();
    fs::write(path.join("stellarr.yaml"), format!("name: slow\nregion: {}\n", crate::aws_ministack::REGION)).unwrap();
    let times_run = || fs::read_to_string(&runs).unwrap().lines().count();

    let mut ends = Vec::new();
    for seconds in [0, 3] {
        let emulator = Emulator::start().await;
        program(seconds);
        let began = Instant::now();
        let ran = bootstrap(path, &emulator);
        let told = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(ran.status.success(), "{told}");
        assert!(began.elapsed() >= Duration::from_secs(seconds.into()));
        assert_eq!((times_run(), told.matches(WAITING).count()), (1, usize::from(seconds > 0)), "{told}");
        program(0);
        let again = bootstrap(path, &emulator);
        assert!(again.status.success() && times_run() == 1, "{again:?}");
        let stack = emulator
            .connect(crate::aws_ministack::REGION)
            .await
            .stacks(crate::aws_ministack::REGION)
            .describe("slow-prod-bootstrap")
            .await;
        let stack = stack.unwrap().unwrap();
        ends.push((stack.status, stack.outputs.into_keys().collect::<Vec<_>>()));
    }
    assert_eq!(ends[0], ends[1], "a slow source leads to the same stack");
}
