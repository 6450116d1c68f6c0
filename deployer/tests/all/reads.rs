//! How often a run reads the stacks and the current release: once before the lock, and once under it.

use crate::common::world;

use clap::Parser;
use stellarr::base::exit::ExitKind;
use stellarr::cli::{Cli, Command};
use stellarr::commands::diff::diff;
use stellarr::commands::rollback::rollback;
use stellarr::ui::{Printer, Verbosity};
use stellarr_testing::{FakeCloud, Fault};
use world::{MAIN, REGION, World, position};

const BOOTSTRAP: &str = "home-prod-bootstrap";
const LOCK: &str = "deploy/lock.json";

/// How often something was read: the bootstrap stack, the main stack, the current release.
#[derive(Debug, PartialEq, Eq)]
struct Reads {
    bootstrap: usize,
    main: usize,
    release: usize,
}

impl Reads {
    fn all(times: usize) -> Self {
        Self { bootstrap: times, main: times, release: times }
    }
}

/// The reads among calls; an operation under way is watched by further reads, which are left out.
fn reads(calls: &[String]) -> Reads {
    let mut watches = false;
    let mut is_watching = |call: &String| {
        watches = call.starts_with("cloudformation:ExecuteChangeSet ")
            || watches && call.starts_with("cloudformation:DescribeStack");
        watches
    };
    let calls: Vec<&String> = calls.iter().filter(|call| !is_watching(call)).collect();
    let describes =
        |stack: &str| calls.iter().filter(|call| ***call == format!("cloudformation:DescribeStacks {stack}")).count();
    let release =
        calls.iter().filter(|call| call.starts_with("s3:GetObject ") && call.ends_with("releases/current.json"));
    Reads { bootstrap: describes(BOOTSTRAP), main: describes(MAIN), release: release.count() }
}

/// The reads until the lock is taken, and those after it.
fn around_the_lock(world: &World) -> (Reads, Reads) {
    let calls = world.cloud.calls();
    let taken = position(&calls, "s3:PutObject", LOCK);
    (reads(&calls[..taken]), reads(&calls[taken..]))
}

async fn deployed() -> World {
    let world = World::new();
    world.deploy(&[]).await.unwrap();
    world.cloud.clear_log();
    world
}

#[tokio::test]
async fn a_deploy_with_nothing_to_do_reads_everything_once() {
    let world = deployed().await;
    assert!(!world.deploy(&[]).await.unwrap().changed);
    assert_eq!(reads(&world.cloud.calls()), Reads::all(1), "{:#?}", world.cloud.calls());
}

#[tokio::test]
async fn a_diff_reads_everything_once() {
    let world = deployed().await;
    diff(&world.deployment(), &world.built(), &Printer::captured(Verbosity::Default)).await.unwrap();
    assert_eq!(reads(&world.cloud.calls()), Reads::all(1), "{:#?}", world.cloud.calls());
}

#[tokio::test]
async fn a_deploy_reads_everything_once_before_the_lock_and_once_under_it() {
    // Of the site, of a function, and of the stacks.
    let changes: [fn(&mut World); 3] = [
        |world| {
            world.pages.insert("index.html", "<!doctype html>2");
        },
        |world| {
            world.code.insert("api", "x");
        },
        |world| world.config.locales = vec!["de".parse().unwrap()],
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut world = deployed().await;
        change(&mut world);
        assert!(world.deploy(&[]).await.unwrap().changed);
        let calls = world.cloud.calls();
        assert_eq!(around_the_lock(&world), (Reads::all(1), Reads::all(1)), "{number}: {calls:#?}");
    }
}

#[tokio::test]
async fn a_rollback_reads_everything_once_before_the_lock_and_once_under_it() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.pages.insert("index.html", "<!doctype html>2");
    world.code.insert("api", "x");
    world.deploy(&[]).await.unwrap();
    world.cloud.clear_log();
    let Command::Rollback(arguments) = Cli::parse_from(["stellarr", "rollback", "--yes"]).command else {
        panic!("that is a rollback");
    };
    let printer = Printer::captured(Verbosity::Default);
    assert!(rollback(&world.deployment(), &arguments, &printer).await.unwrap().is_some());
    assert_eq!(around_the_lock(&world), (Reads::all(1), Reads::all(1)), "{:#?}", world.cloud.calls());
}

/// Deploys to the same account on another computer while a call is under way on this one.
fn deploy_elsewhere(cloud: &FakeCloud) {
    let cloud = cloud.clone();
    let elsewhere = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(World { cloud, ..World::new() }.deploy(&[])).unwrap();
    });
    elsewhere.join().unwrap();
}

#[tokio::test]
async fn a_first_deploy_that_another_one_overtook_during_its_build_is_refused_before_it_writes() {
    let mut world = World::new();
    world.config.locales = vec!["de".parse().unwrap()];
    let ours = world.built();
    let other = World { cloud: world.cloud.clone(), ..World::new() };
    let slow = async {
        other.deploy(&[]).await.unwrap();
        world.cloud.clear_log();
        Ok(ours)
    };
    let error = world.deploy_when_built(slow).await.unwrap_err();
    assert_eq!(error.kind, ExitKind::Busy, "{error}");
    assert!(error.message.contains("newer deploy"), "{error}");
    only_the_lock_was_written(&world);
}

#[tokio::test]
async fn a_first_deploy_that_another_one_overtook_after_its_build_is_refused_before_it_writes() {
    let mut world = World::new();
    world.deploy(&["--dry-run"]).await.unwrap();
    let before = world.cloud.count("cloudformation:DescribeStacks") as u64;
    world.cloud.clear_log();
    world.config.locales = vec!["de".parse().unwrap()];
    let overtaken = Fault::before(|cloud: &FakeCloud| {
        deploy_elsewhere(cloud);
        cloud.clear_log();
    });
    world.cloud.inject("cloudformation:DescribeStacks", before + 1, overtaken);
    let error = world.deploy(&[]).await.unwrap_err();
    assert_eq!(error.kind, ExitKind::Busy, "{error}");
    assert!(error.message.contains("newer deploy"), "{error}");
    only_the_lock_was_written(&world);
}

fn only_the_lock_was_written(world: &World) {
    let writes = world.cloud.writes();
    assert!(!writes.is_empty() && writes.iter().all(|write| write.ends_with(LOCK)), "{writes:#?}");
}

#[tokio::test]
async fn a_first_deploy_goes_on_under_the_lock_where_another_one_broke_off_during_its_build() {
    let world = World::new();
    let other = World { cloud: world.cloud.clone(), ..World::new() };
    let slow = async {
        // The bootstrap stack is there, and no release.
        other.cloud.inject(
            "s3:PutObject",
            1,
            Fault::before(|cloud: &FakeCloud| {
                cloud.crash_before_write(1);
            }),
        );
        other.deploy(&[]).await.unwrap_err();
        assert!(other.cloud.revive());
        assert_eq!(other.cloud.stack_status(REGION, MAIN), None);
        world.later();
        world.cloud.clear_log();
        Ok(world.built())
    };
    assert!(world.deploy_when_built(slow).await.unwrap().changed);
    let writes = world.cloud.writes();
    assert!(writes[0].ends_with(LOCK), "{writes:#?}");
    assert_eq!(world.release()["sequence"], 1);
    world.cloud.clear_log();
    assert!(!world.deploy(&[]).await.unwrap().changed);
}
