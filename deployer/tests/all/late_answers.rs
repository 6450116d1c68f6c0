//! Whole runs against a CloudFormation that tells the state of before for a while after each write.

use crate::common::world;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use clap::Parser;
use stellarr::base::error::CommandError;
use stellarr::base::exit::ExitKind;
use stellarr::base::failures::Code;
use stellarr::cli::{Cli, Command};
use stellarr::commands::destroy::destroy;
use stellarr::commands::drift::{DriftArgs, drift};
use stellarr::config::RemovalPolicy;
use stellarr::ui::{Printer, Verbosity};
use stellarr_testing::{FakeCloud, Fault, StackFailure};
use world::{MAIN, REGION, World, position};

const BOOTSTRAP: &str = "home-prod-bootstrap";
const FOREIGN: &str = "Resources:\n  Theirs: {Type: \"AWS::SNS::Topic\"}\n";

/// The ways in which answers come late: as many old ones, or old ones again after new ones; and events that come late.
const LATE: [(&[bool], usize); 4] = [
    (&[true, true, true], 0),
    (&[true, false, true, false, false, true], 0),
    (&[true, true, true, true, true, true, true, true], 4),
    (&[false, true], 2),
];

fn late(world: &World, (reads, events): (&[bool], usize)) {
    world.cloud.set_stale_reads(reads).lag_events(events).set_polls(2);
}

/// How many old answers about stacks were told.
fn stale(world: &World) -> usize {
    world.cloud.fired().iter().filter(|fired| fired.as_str() == "cloudformation:DescribeStacks: Stale").count()
}

fn failure(resource: &str) -> StackFailure {
    StackFailure { resource: resource.to_owned(), reason: "denied".to_owned(), rollback_fails: false }
}

fn removable() -> World {
    let mut world = World::new();
    world.config.removal_policy = RemovalPolicy::Delete;
    world
}

async fn gone(world: &World, line: &[&str]) -> (Result<(), CommandError>, String) {
    let printer = Printer::captured(Verbosity::Default);
    let line = ["stellarr", "destroy", "--yes", "home-prod"].iter().chain(line);
    let arguments = match Cli::parse_from(line).command {
        Command::Destroy(arguments) => arguments,
        other => panic!("{other:?} is not a destroy"),
    };
    let result = destroy(&world.deployment(), &arguments, &printer).await;
    (result, printer.transcript())
}

/// Asserts that the same command, with answers on time, changes nothing and that both worlds have the same final state.
async fn as_undisturbed(world: &World, reference: &World) {
    world.cloud.heal();
    world.cloud.clear_log();
    assert!(!world.deploy(&[]).await.unwrap().changed);
    assert_eq!(world.cloud.writes(), Vec::<String>::new());
    assert_eq!(world.cloud.stack_statuses(), reference.cloud.stack_statuses());
    assert_eq!(world.page("index.html"), reference.page("index.html"));
    assert_eq!((world.live(), &world.release()["sequence"]), (reference.live(), &reference.release()["sequence"]));
}

#[tokio::test]
async fn row_1_a_first_deploy_outlasts_answers_of_before() {
    for (number, how) in LATE.into_iter().enumerate() {
        let (reference, world) = (World::new(), World::new());
        reference.deploy(&[]).await.unwrap();
        assert_eq!(stale(&reference), 0);
        late(&world, how);
        let outcome = world.deploy(&[]).await.unwrap_or_else(|error| panic!("{number}: {error}"));
        assert!(outcome.changed && stale(&world) >= 2, "{number}: {:?}", world.cloud.fired());
        assert_eq!(world.cloud.stack_status(REGION, MAIN).as_deref(), Some("CREATE_COMPLETE"), "{number}");
        as_undisturbed(&world, &reference).await;
    }
}

#[tokio::test]
async fn row_1_a_second_deploy_right_after_the_first_has_nothing_to_change() {
    // As many old answers as the first run waits out, and one fewer.
    for (number, how) in [LATE[0], (&[true, true], 0)].into_iter().enumerate() {
        let world = World::new();
        late(&world, how);
        world.deploy(&[]).await.unwrap();
        world.cloud.clear_log();
        assert!(!world.deploy(&[]).await.unwrap().changed, "{number}");
        assert_eq!(world.cloud.writes(), Vec::<String>::new(), "{number}");
    }
}

#[tokio::test]
async fn row_1_a_stack_that_shows_no_sign_for_three_minutes_ends_in_words_that_help() {
    let (reference, world) = (World::new(), World::new());
    reference.deploy(&[]).await.unwrap();
    world.clock.1.store(true, Ordering::Relaxed);
    world.cloud.set_stale_reads(&[true; 10_000]).lag_events(10_000);
    let error = world.deploy(&[]).await.unwrap_err();
    assert_eq!((error.kind, error.code), (ExitKind::Stack, Code::StackUnseen), "{error}");
    assert_eq!(
        error.message,
        "CloudFormation does not show what became of the stack home-prod-bootstrap, after 3 minutes"
    );
    assert!(error.hints.iter().any(|hint| hint.contains("run the same command again")), "{:?}", error.hints);
    assert!(stale(&world) > 30);
    let waited = world.clock.0.load(Ordering::Relaxed);
    assert!((180..300).contains(&waited), "{waited} seconds");
    assert!(!world.cloud.writes().iter().any(|write| write.starts_with("s3:")), "nothing is published");
    // CloudFormation went on meanwhile; the same command finds what came of it.
    world.clock.1.store(false, Ordering::Relaxed);
    world.cloud.heal();
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.live(), reference.live());
    assert_eq!(world.cloud.stack_statuses(), reference.cloud.stack_statuses());
}

#[tokio::test]
async fn row_1_a_creation_that_an_earlier_run_began_is_waited_for() {
    let (reference, world) = (World::new(), World::new());
    reference.deploy(&[]).await.unwrap();
    // The first run dies once the stack is being made; the next is still told that it waits for its change set.
    let crash = Fault::before(|cloud: &FakeCloud| {
        cloud.crash_before_write(1);
    });
    world.cloud.inject("cloudformation:DescribeStackEvents", 2, crash);
    world.cloud.set_polls(9).lag(8);
    world.deploy(&[]).await.unwrap_err();
    assert!(world.cloud.revive());
    world.later();
    world.cloud.clear_log();
    world.deploy(&[]).await.unwrap();
    assert!(stale(&world) > 0);
    world.cloud.set_polls(1);
    as_undisturbed(&world, &reference).await;
}

#[tokio::test]
async fn row_1_a_failed_creation_tells_its_cause_and_the_next_run_makes_it_anew() {
    let (reference, world) = (World::new(), World::new());
    reference.deploy(&[]).await.unwrap();
    for disturbed in [&reference, &world] {
        disturbed.cloud.clear_log();
    }
    late(&world, LATE[0]);
    world.cloud.fail_stack(MAIN, failure("ApiRole"));
    let error = world.deploy(&[]).await.unwrap_err();
    assert_eq!((error.kind, error.code), (ExitKind::Stack, Code::StackFailed));
    assert!(error.message.contains("the role ApiRole could not be created: denied"), "{error}");
    // Row 3 too: the remains are gone before the stack is made anew.
    let outcome = world.deploy(&[]).await.unwrap();
    assert!(outcome.changed && stale(&world) > 3);
    as_undisturbed(&world, &reference).await;
}

/// Deploys new code and a new page, and returns the outcome with the status of the main stack at each `PutObject`.
async fn update(world: &mut World) -> (stellarr::deploy::Outcome, Vec<(String, String)>) {
    world.code.insert("api", "x");
    world.pages.insert("index.html", "<!doctype html>2");
    world.cloud.set_output(MAIN, "WebsiteUrl", "https://new.example.org");
    let statuses = Arc::new(Mutex::new(Vec::new()));
    for nth in 1..=20 {
        let statuses = Arc::clone(&statuses);
        let look = Fault::before(move |cloud: &FakeCloud| {
            statuses.lock().unwrap().push(cloud.stack_status(REGION, MAIN).unwrap());
        });
        world.cloud.inject("s3:PutObject", nth, look);
    }
    world.cloud.clear_log();
    let outcome = world.deploy(&[]).await.unwrap();
    let puts = world.cloud.writes().into_iter().filter(|write| write.starts_with("s3:PutObject"));
    let statuses = statuses.lock().unwrap().clone();
    (outcome, puts.zip(statuses).collect())
}

#[tokio::test]
async fn row_2_an_update_ends_only_with_its_own_event_and_nothing_is_published_before() {
    let mut reference = World::new();
    reference.deploy(&[]).await.unwrap();
    let (expected, _) = update(&mut reference).await;
    assert_eq!((stale(&reference), &*expected.outputs["WebsiteUrl"]), (0, "https://new.example.org"));
    for (number, how) in LATE.into_iter().enumerate() {
        let mut world = World::new();
        world.deploy(&[]).await.unwrap();
        // The second update begins and ends in one and the same status.
        world.code.insert("warmer", "y");
        world.deploy(&[]).await.unwrap();
        world.code.insert("warmer", "c");
        world.deploy(&[]).await.unwrap();
        late(&world, how);
        let (outcome, puts) = update(&mut world).await;
        assert!(stale(&world) >= 1, "{number}");
        assert_eq!(outcome.outputs, expected.outputs, "{number}: the outputs of after the update");
        let site = world.bucket("SiteBucket");
        let published: Vec<_> =
            puts.iter().filter(|(put, _)| put.contains(&site) || put.contains("releases/")).collect();
        assert!(published.len() >= 3, "{number}: {puts:?}");
        assert!(published.iter().all(|(_, status)| status == "UPDATE_COMPLETE"), "{number}: {published:?}");
        assert_eq!(world.live(), reference.live(), "{number}");
        world.cloud.heal();
        world.cloud.clear_log();
        assert!(!world.deploy(&[]).await.unwrap().changed, "{number}");
    }
}

#[tokio::test]
async fn row_2_a_failed_update_is_told_and_the_next_run_completes() {
    for (number, how) in LATE.into_iter().enumerate() {
        let (mut reference, mut world) = (World::new(), World::new());
        for world in [&mut reference, &mut world] {
            world.deploy(&[]).await.unwrap();
            world.code.insert("api", "x");
            world.pages.insert("index.html", "<!doctype html>2");
        }
        reference.deploy(&[]).await.unwrap();
        late(&world, how);
        world.cloud.fail_stack(MAIN, failure("ApiFunction"));
        let error = world.deploy(&[]).await.unwrap_err();
        assert_eq!((error.kind, error.code), (ExitKind::Stack, Code::StackFailed), "{number}");
        assert!(error.message.contains("the function ApiFunction could not be changed: denied"), "{number}: {error}");
        assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>1"), "{number}");
        assert!(stale(&world) > 0, "{number}");
        world.deploy(&[]).await.unwrap();
        as_undisturbed(&world, &reference).await;
    }
}

#[tokio::test]
async fn row_2_a_rollback_that_is_taken_up_again_is_waited_for() {
    for (number, how) in LATE.into_iter().enumerate() {
        let (mut reference, mut world) = (World::new(), World::new());
        for world in [&mut reference, &mut world] {
            world.deploy(&[]).await.unwrap();
            world.code.insert("api", "x");
            world.cloud.fail_stack(MAIN, StackFailure { rollback_fails: true, ..failure("ApiFunction") });
            assert_eq!(world.deploy(&[]).await.unwrap_err().kind, ExitKind::StackStuck);
        }
        reference.deploy(&["--continue-rollback"]).await.unwrap();
        late(&world, how);
        world.cloud.clear_log();
        world.deploy(&["--continue-rollback"]).await.unwrap_or_else(|error| panic!("{number}: {error}"));
        assert_eq!(world.cloud.count("cloudformation:ContinueUpdateRollback"), 1);
        assert!(stale(&world) > 0, "{number}");
        as_undisturbed(&world, &reference).await;
    }
}

#[tokio::test]
async fn row_2_drift_is_put_back_before_the_run_ends() {
    for (number, how) in LATE.into_iter().enumerate() {
        let world = World::new();
        world.deploy(&[]).await.unwrap();
        let printer = Printer::captured(Verbosity::Default);
        let repair = DriftArgs { repair: true, yes: true, ..DriftArgs::default() };
        world.drift_the_api();
        late(&world, how);
        let found = drift(&world.deployment(), &repair, &printer).await.unwrap();
        assert!(found.is_empty() && stale(&world) > 0, "{number}: {}", printer.transcript());
        assert_eq!(world.cloud.stack_status(REGION, MAIN).as_deref(), Some("UPDATE_COMPLETE"), "{number}");
        world.cloud.heal();
        assert!(!world.deploy(&[]).await.unwrap().changed, "{number}");
    }
}

#[tokio::test]
async fn row_1_2_what_a_stack_left_behind_is_taken_over() {
    for (number, how) in LATE.into_iter().enumerate() {
        let (reference, world) = (World::new(), World::new());
        for (world, how) in [(&reference, None), (&world, Some(how))] {
            world.deploy(&[]).await.unwrap();
            let stacks = stellarr_aws::Cloud::stacks(&world.cloud, REGION);
            stacks.set_termination_protection(BOOTSTRAP, false).await.unwrap();
            stacks.delete(BOOTSTRAP, &[], "by-hand").await.unwrap();
            while stacks.describe(BOOTSTRAP).await.unwrap().is_some() {}
            if let Some(how) = how {
                late(world, how);
            }
            world.deploy(&[]).await.unwrap_or_else(|error| panic!("{number}: {error}"));
        }
        assert!(stale(&world) >= 2, "{number}");
        assert_eq!(world.cloud.stack_status(REGION, BOOTSTRAP).as_deref(), Some("UPDATE_COMPLETE"), "{number}");
        as_undisturbed(&world, &reference).await;
    }
}

#[tokio::test]
async fn row_3_nothing_is_called_gone_before_it_is() {
    for (number, how) in LATE.into_iter().enumerate() {
        let (reference, world) = (removable(), removable());
        reference.deploy(&[]).await.unwrap();
        gone(&reference, &["--delete-data"]).await.0.unwrap();
        world.deploy(&[]).await.unwrap();
        late(&world, how);
        world.cloud.clear_log();
        let main = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&main);
        let look = Fault::before(move |cloud: &FakeCloud| seen.lock().unwrap().push(cloud.stack_status(REGION, MAIN)));
        world.cloud.inject("cloudformation:DeleteStack", 2, look);
        let (result, said) = gone(&world, &["--delete-data"]).await;
        result.unwrap_or_else(|error| panic!("{number}: {error}"));
        assert!(stale(&world) >= 1 && said.contains("everything is gone"), "{number}: {said}");
        assert_eq!(*main.lock().unwrap(), [None], "{number}: the next stack is begun when the one before is gone");
        assert_eq!(world.cloud.stack_statuses(), reference.cloud.stack_statuses(), "{number}");
        assert!(world.cloud.stack_statuses().is_empty() && world.cloud.secret("home-prod-app").is_none(), "{number}");
        let writes = world.cloud.writes();
        assert!(
            position(&writes, "cloudformation:DeleteStack", MAIN)
                < position(&writes, "cloudformation:DeleteStack", BOOTSTRAP)
        );
        world.cloud.heal();
        let (result, said) = gone(&world, &["--delete-data"]).await;
        result.unwrap();
        assert!(said.contains("there is nothing to delete"), "{said}");
    }
}

#[tokio::test]
async fn row_3_a_deletion_that_fails_late_is_told_and_finished() {
    let world = removable();
    world.deploy(&[]).await.unwrap();
    late(&world, LATE[0]);
    world.cloud.fail_stack(MAIN, failure("ApiRole"));
    let error = gone(&world, &["--delete-data"]).await.0.unwrap_err();
    assert_eq!(error.kind, ExitKind::Stack, "{error}");
    assert!(error.details.unwrap().contains("the role ApiRole"));
    assert_eq!(world.cloud.stack_status(REGION, BOOTSTRAP).as_deref(), Some("CREATE_COMPLETE"), "the data waits");
    assert!(stale(&world) > 0);
    gone(&world, &["--delete-data"]).await.0.unwrap();
    assert!(world.cloud.stack_statuses().is_empty());
}

fn name_was_taken(world: &World) -> bool {
    world.cloud.fired().contains(&"cloudformation:CreateStack: NameTaken".to_owned())
}

#[tokio::test]
async fn row_3_a_stack_that_took_the_name_meanwhile_is_neither_waited_for_nor_deleted() {
    for (number, how) in LATE.into_iter().enumerate() {
        let world = removable();
        world.deploy(&[]).await.unwrap();
        late(&world, how);
        world.cloud.take_name(REGION, MAIN, FOREIGN).clear_log();
        let (result, said) = gone(&world, &["--delete-data"]).await;
        result.unwrap_or_else(|error| panic!("{number}: {error}"));
        assert!(name_was_taken(&world) && said.contains("everything is gone"), "{number}: {said}");
        assert_eq!(world.cloud.stack_template(REGION, MAIN).as_deref(), Some(FOREIGN), "{number}");
        let deleted: Vec<_> =
            world.cloud.writes().into_iter().filter(|one| one == "cloudformation:DeleteStack home-prod").collect();
        assert_eq!(deleted.len(), 1, "{number}");
        // Once the other one is away, the deployment is as gone as it was without it.
        world.cloud.discard_stack(REGION, MAIN).heal();
        assert!(gone(&world, &["--delete-data"]).await.1.contains("there is nothing to delete"), "{number}");
    }
}

#[tokio::test]
async fn row_3_remains_whose_name_is_taken_are_not_mistaken_for_a_stack_of_ours() {
    let (reference, world) = (World::new(), World::new());
    reference.deploy(&[]).await.unwrap();
    world.cloud.fail_stack(MAIN, failure("ApiRole"));
    world.deploy(&[]).await.unwrap_err();
    late(&world, LATE[0]);
    world.cloud.take_name(REGION, MAIN, FOREIGN).clear_log();
    let error = world.deploy(&[]).await.unwrap_err();
    assert_eq!((error.kind, error.code), (ExitKind::Stack, Code::StackTaken), "{error}");
    assert!(name_was_taken(&world));
    assert_eq!(world.cloud.stack_template(REGION, MAIN).as_deref(), Some(FOREIGN));
    assert_eq!(world.cloud.count("cloudformation:CreateChangeSet"), 0);
    world.cloud.discard_stack(REGION, MAIN);
    world.deploy(&[]).await.unwrap();
    as_undisturbed(&world, &reference).await;
}

#[tokio::test]
async fn row_3_the_edge_stack_is_gone_before_the_run_ends() {
    for (number, how) in LATE.into_iter().enumerate() {
        let mut world = World::new();
        world.cloud.add_zone(stellarr_aws::HostedZone { id: "Z1".into(), name: "example.org".into(), private: false });
        world.config.domain = Some("requests.example.org".to_owned());
        world.deploy(&[]).await.unwrap();
        world.config.domain = None;
        late(&world, how);
        world.cloud.clear_log();
        world.deploy(&[]).await.unwrap_or_else(|error| panic!("{number}: {error}"));
        assert_eq!(world.cloud.stack_status("us-east-1", "home-prod-edge"), None, "{number}");
        assert!(stale(&world) > 0, "{number}");
        world.cloud.heal();
        world.cloud.clear_log();
        assert!(!world.deploy(&[]).await.unwrap().changed, "{number}");
        assert_eq!(world.cloud.writes(), Vec::<String>::new(), "{number}");
    }
}

#[tokio::test]
async fn row_1_2_3_a_crash_before_any_write_heals_although_answers_come_late() {
    let reference = World::new();
    late(&reference, LATE[0]);
    reference.deploy(&[]).await.unwrap();
    let writes = reference.cloud.writes().len() as u64;
    for nth in 1..=writes {
        let world = World::new();
        late(&world, LATE[0]);
        world.cloud.crash_before_write(nth);
        let first = world.deploy(&[]).await;
        assert!(first.is_err() || nth == writes, "write {nth} did not crash");
        assert!(world.cloud.revive(), "write {nth} was never reached");
        world.later();
        world.deploy(&[]).await.unwrap_or_else(|error| panic!("after a crash before write {nth}: {error}"));
        assert_eq!(world.live(), reference.live(), "write {nth}");
        assert_eq!(world.cloud.stack_statuses(), reference.cloud.stack_statuses(), "write {nth}");
    }
}
