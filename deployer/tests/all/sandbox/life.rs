//! Start, restart, repair, end.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use stellarr::sandbox::{Sandbox, SandboxError};

use crate::sandbox::aws::Aws;
use crate::sandbox::project::Project;

/// Kills a process and waits until it is gone: the signal is only sent when `kill` returns.
fn kill(pid: i32) {
    let status = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
    assert!(status.success());
    let deadline = Instant::now() + Duration::from_secs(10);
    while runs(pid) {
        assert!(Instant::now() < deadline, "process {pid} outlives its killing");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Tells whether a process is there and not merely waiting to be reaped.
fn runs(pid: i32) -> bool {
    let state = std::process::Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    state.stdout.first().is_some_and(|state| *state != b'Z')
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deployed_survives_a_restart_and_ending_leaves_no_process() {
    let project = Project::new();
    let sandbox = project.up().await;
    let first = project.status().await;
    assert_eq!(first["healthy"], true, "{first}");
    assert_eq!(first["emulator"]["version"], "1.5.33");
    let aws = Aws::new(&sandbox);
    aws.deploy().await;
    aws.check().await;
    sandbox.serve(&aws.output("DistributionId").await).unwrap();
    // Emulator, services, the function, a CloudFront function's Node.
    let page = reqwest::get(sandbox.site_url()).await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(project.processes().len() >= 4, "{:?}", project.processes());

    project.down().await;
    assert_eq!(project.processes(), BTreeSet::new());
    let status = project.status().await;
    assert_eq!((&status["healthy"], &status["site"]["pid"]), (&false.into(), &serde_json::Value::Null));

    let sandbox = project.up().await;
    let second = project.status().await;
    assert_eq!(second["emulator"]["url"], first["emulator"]["url"]);
    assert_eq!(second["site"]["url"], first["site"]["url"]);
    assert_eq!(second["distribution"], first_distribution(&Aws::new(&sandbox)).await.as_str());
    Aws::new(&sandbox).check().await;
    assert!(reqwest::get(sandbox.site_url()).await.unwrap().text().await.unwrap().contains("Once upon a time."));
    project.down().await;
    assert_eq!(project.processes(), BTreeSet::new());
}

async fn first_distribution(aws: &Aws) -> String {
    aws.output("DistributionId").await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_saved_survives_a_crash() {
    let project = Project::new();
    let sandbox = project.up().await;
    let aws = Aws::new(&sandbox);
    aws.deploy().await;
    assert!(sandbox.save().await);
    // The function's process outlives its parent, and must not stay.
    aws.invoke("story").await;
    let before = project.processes();
    kill(project.pid("emulator").await);

    let sandbox = project.up().await;
    Aws::new(&sandbox).check().await;
    let services = project.pid("site").await;
    let kept: Vec<i32> = project.processes().intersection(&before).copied().collect();
    assert_eq!(kept, [services]);
    project.down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_waits_for_a_stack_that_is_half_done() {
    // Nobody signals the handle, so the stack is rolled back after two seconds.
    let slow = r#"{"Resources": {
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Slow": {"Type": "AWS::CloudFormation::WaitCondition", "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "2"}}
    }}"#;
    let project = Project::new();
    Aws::new(&project.up().await).stacks("CreateStack", &[("TemplateBody", slow)]).await;
    project.down().await;
    let text = Aws::new(&project.up().await).stacks("DescribeStacks", &[]).await;
    assert!(text.contains("<StackStatus>ROLLBACK_COMPLETE<"), "{text}");
    project.down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_changes_nothing_and_a_killed_site_comes_back() {
    let project = Project::new();
    project.up().await;
    let (emulator, site) = (project.pid("emulator").await, project.pid("site").await);
    project.up().await;
    assert_eq!((emulator, site), (project.pid("emulator").await, project.pid("site").await));

    kill(site);
    let status = project.status().await;
    assert_eq!((&status["emulator"]["healthy"], &status["site"]["healthy"]), (&true.into(), &false.into()));
    let error = Sandbox::running(&project.options()).await.unwrap_err();
    assert!(matches!(error, SandboxError::NotRunning { .. }));
    project.up().await;
    assert_eq!(project.pid("emulator").await, emulator);
    assert_ne!(project.pid("site").await, site);
    assert_eq!(project.status().await["healthy"], true);
    project.down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_state_leaves_no_strays() {
    let project = Project::new();
    project.up().await;
    let before = project.processes();
    project.overwrite_state("{\"format\":1,\"po");
    project.up().await;
    assert_eq!(project.status().await["healthy"], true);
    assert_eq!(project.processes().intersection(&before).count(), 0);
    project.overwrite_state("");
    project.down().await;
    assert_eq!(project.processes(), BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_replaces_the_one_that_runs() {
    let project = Project::new();
    project.up().await;
    let (emulator, site) = (project.pid("emulator").await, project.pid("site").await);
    let text = std::fs::read_to_string(project.root().join("state.json")).unwrap();
    let mut state: serde_json::Value = serde_json::from_str(&text).unwrap();
    for part in ["emulator", "services"] {
        state[part]["build"] = "an older one".into();
    }
    project.overwrite_state(&state.to_string());
    project.up().await;
    assert_ne!(project.pid("emulator").await, emulator);
    assert_ne!(project.pid("site").await, site);
    project.down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ports_that_were_taken_meanwhile_are_replaced() {
    let project = Project::new();
    let sandbox = project.up().await;
    let port = |url: &str| url.rsplit(':').next().unwrap().parse::<u16>().unwrap();
    let (emulator, site) = (port(&sandbox.endpoint()), port(&sandbox.site_url()));
    project.down().await;
    let _takers = [emulator, site].map(|port| TcpListener::bind(("127.0.0.1", port)).unwrap());
    let sandbox = project.up().await;
    assert_ne!(port(&sandbox.endpoint()), emulator);
    assert_ne!(port(&sandbox.site_url()), site);
    assert_eq!(project.status().await["healthy"], true);
    project.down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emulator_that_does_not_start_shows_why() {
    let project = Project::new();
    let (script, python) = (project.folder().join("ministack"), project.folder().join("python3"));
    std::fs::write(&script, format!("#!{}\n", python.display())).unwrap();
    std::fs::write(&python, "#!/bin/sh\necho the reason\nexit 3\n").unwrap();
    std::process::Command::new("chmod").arg("755").args([&script, &python]).status().unwrap();
    let mut options = project.options();
    options.ministack = Some(script);
    let error = Sandbox::up(&options, &project.printer).await.unwrap_err();
    let SandboxError::NotStarted { output, reason, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(output, "the reason");
    assert!(reason.contains('3'), "{reason}");
    assert_eq!(project.processes(), BTreeSet::new());
    // The next start works.
    project.up().await;
    project.down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_forgets_what_was_deployed() {
    let project = Project::new();
    let sandbox = project.up().await;
    Aws::new(&sandbox).deploy().await;
    sandbox.serve("E1").unwrap();
    Sandbox::reset(&project.config(), &project.printer).await.unwrap();
    assert_eq!(project.processes(), BTreeSet::new());
    let sandbox = project.up().await;
    let page = reqwest::get(sandbox.site_url()).await.unwrap();
    assert_eq!(page.status(), 503);
    assert!(page.text().await.unwrap().contains("stellarr deploy --sandbox"));
    project.down().await;
}
