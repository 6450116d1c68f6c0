//! Deploys that are interrupted, meet another, or lose the network, against an AWS in memory.

use crate::common::world;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use stellarr::base::exit::ExitKind;
use stellarr::deployment::lock;
use stellarr_aws::AwsErrorKind;
use stellarr_testing::Fault;
use world::{MAIN, REGION, World};

/// What is held is known to the whole process: where tests share one, those that let go of it come one by one.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Starts a deploy that stops answering at the nth call of an operation, and ends it there as Ctrl-C does: what is
/// under way is dropped, and the lock is let go.
async fn interrupted(world: &World, operation: &str, nth: u64) {
    world.cloud.inject(operation, nth, Fault::Hang);
    dropped_at(world, operation).await;
    world.cloud.heal();
    lock::release_held().await;
}

/// Deploys until a fault of this operation has fired, and no further.
async fn dropped_at(world: &World, operation: &str) {
    let fired = async {
        while !world.cloud.fired().iter().any(|fault| fault.starts_with(operation)) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        ended = world.deploy(&[]) => panic!("the deploy was over before {operation} hung: {ended:?}"),
        () = fired => {}
    }
}

#[tokio::test]
async fn an_interrupt_during_the_upload_leaves_the_old_page_and_the_next_run_uploads_the_rest() {
    let _alone = ALONE.lock().await;
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.pages.insert("_app/immutable/two.js", "2");
    world.pages.insert("logo.svg", "2");
    world.pages.insert("index.html", "<!doctype html>2");
    // The lock, then the script, then the image, then the page.
    interrupted(&world, "s3:PutObject", 3).await;
    assert!(world.page("_app/immutable/two.js").is_some(), "the first file went up");
    assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>1"));
    world.cloud.clear_log();
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>2"));
    let again = world.cloud.writes().iter().filter(|write| write.ends_with("two.js")).count();
    assert_eq!(again, 0, "what is up already is not uploaded again");
}

#[tokio::test]
async fn an_interrupt_while_the_stack_changes_cancels_nothing_and_the_next_run_attaches() {
    let _alone = ALONE.lock().await;
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.cloud.set_polls(6);
    world.code.insert("api", "x");
    world.pages.insert("index.html", "<!doctype html>2");
    let hang = Fault::before(|cloud| {
        cloud.inject("cloudformation:DescribeStacks", 2, Fault::Hang);
    });
    world.cloud.inject("cloudformation:ExecuteChangeSet", 1, hang);
    dropped_at(&world, "cloudformation:DescribeStacks").await;
    assert_eq!(world.cloud.stack_status(REGION, MAIN).as_deref(), Some("UPDATE_IN_PROGRESS"));
    world.cloud.heal();
    lock::release_held().await;
    world.cloud.clear_log();
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.cloud.stack_status(REGION, MAIN).as_deref(), Some("UPDATE_COMPLETE"));
    assert_eq!(world.cloud.count("cloudformation:ExecuteChangeSet"), 0, "the first run's change set did it");
    assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>2"));
}

#[tokio::test]
async fn a_network_that_is_gone_while_a_stack_changes_does_not_end_the_deploy() {
    let _alone = ALONE.lock().await;
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.code.insert("api", "x");
    world.cloud.set_polls(3);
    let outage = Fault::before(|cloud| {
        for nth in 1..=20 {
            cloud.inject("cloudformation:DescribeStacks", nth, Fault::Fail(AwsErrorKind::Network));
        }
    });
    world.cloud.inject("cloudformation:ExecuteChangeSet", 1, outage);
    let outcome = world.deploy(&[]).await.unwrap();
    assert!(outcome.changed);
    let lost = world.cloud.fired().iter().filter(|fault| fault.contains("Network")).count();
    assert_eq!(lost, 20, "the outage was met");
    assert_eq!(world.cloud.stack_status(REGION, MAIN).as_deref(), Some("UPDATE_COMPLETE"));
}

#[tokio::test]
async fn a_deploy_that_meets_another_names_it_and_writes_nothing() {
    let _alone = ALONE.lock().await;
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.pages.insert("index.html", "<!doctype html>2");
    world.cloud.inject("s3:PutObject", 2, Fault::Hang);
    // The first holds the lock and hangs at its first page.
    dropped_at(&world, "s3:PutObject").await;
    world.cloud.heal();
    world.cloud.clear_log();
    let refused = world.deploy(&[]).await.unwrap_err();
    assert_eq!(refused.kind, ExitKind::Busy, "{refused}");
    assert!(refused.message.contains("is deploying this since"), "{refused}");
    assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>1"));
    world.later();
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>2"));
}

/// Waits until something is so, at most half a minute.
fn until(what: &str, mut so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !so() {
        assert!(since.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_interrupt_during_a_build_ends_the_build_and_is_no_failure_of_it() {
    for (signal, words) in [("INT", "SIGINT"), ("TERM", "SIGTERM")] {
        let folder = tempfile::tempdir().unwrap();
        let (cargo, begun) = (folder.path().join("cargo"), folder.path().join("begun"));
        let real = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        // A build that takes its time, in a child of its own, as cargo's compilers are.
        let script = format!(
            "#!/bin/sh\nif [ \"$1\" = metadata ]; then exec '{real}' \"$@\"; fi\nsleep 300 & echo $! > '{0}.new'; mv '{0}.new' '{0}'; wait\n",
            begun.display()
        );
        std::fs::write(&cargo, script).unwrap();
        std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).unwrap();
        let root = std::env::var("CARGO_MANIFEST_DIR").unwrap();
        let command = Command::new(env!("CARGO_BIN_EXE_stellarr"))
            .args(["build", "--sandbox"])
            .current_dir(Path::new(&root).parent().unwrap())
            .env("CARGO", &cargo)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        until("the build never began", || begun.exists());
        let sleeper = std::fs::read_to_string(&begun).unwrap();
        let told = Command::new("kill").args([format!("-{signal}"), command.id().to_string()]).status().unwrap();
        assert!(told.success());
        let output = command.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{words}: {text}");
        assert!(text.contains("nothing is half done") && !text.contains("build failed"), "{words}: {text}");
        let alive = Path::new("/proc").join(sleeper.trim());
        until("the build's own child goes on", || !alive.exists());
    }
}
