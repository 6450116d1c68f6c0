//! What `destroy` takes away, what it leaves, and how it is taken up again, against an AWS in memory.

use crate::common::world;

use clap::Parser;
use stellarr::base::error::CommandError;
use stellarr::base::exit::ExitKind;
use stellarr::cli::{Cli, Command};
use stellarr::commands::destroy::{DestroyArgs, destroy};
use stellarr::config::RemovalPolicy;
use stellarr::ui::{Printer, Verbosity};
use stellarr_testing::StackFailure;
use world::{MAIN, REGION, World, position};

const BOOTSTRAP: &str = "home-prod-bootstrap";

fn options(line: &[&str]) -> DestroyArgs {
    match Cli::parse_from(["stellarr", "destroy"].iter().chain(line)).command {
        Command::Destroy(arguments) => arguments,
        other => panic!("{other:?} is not a destroy"),
    }
}

/// Destroys with the right name; returns the result and what was said.
async fn gone(world: &World, line: &[&str]) -> (Result<(), CommandError>, String) {
    let printer = Printer::captured(Verbosity::Default);
    let line: Vec<&str> = ["--yes", "home-prod"].iter().chain(line).copied().collect();
    let result = destroy(&world.deployment(), &options(&line), &printer).await;
    (result, printer.transcript())
}

fn removable() -> World {
    let mut world = World::new();
    world.config.removal_policy = RemovalPolicy::Delete;
    world
}

#[tokio::test]
async fn the_site_goes_and_the_data_stays() {
    let world = World::new();
    world.deploy(&[]).await.unwrap();
    let (site, trending) = (world.bucket("SiteBucket"), world.bucket("TrendingBucket"));
    let artifacts = world.bucket("ArtifactBucket");
    let (result, said) = gone(&world, &[]).await;
    result.unwrap();
    assert_eq!(world.cloud.stack_status(REGION, MAIN), None);
    assert_eq!(world.cloud.stack_status(REGION, BOOTSTRAP).as_deref(), Some("UPDATE_COMPLETE"));
    for bucket in [&site, &trending] {
        assert!(!world.cloud.has_bucket(bucket), "{bucket} outlives its stack unless it is deleted");
    }
    assert!(said.contains(&format!("bucket {artifacts}")) && said.contains("table home-prod-requests"), "{said}");
    assert!(world.cloud.secret("home-prod-app").is_some());
    assert!(!world.cloud.keys(&artifacts).iter().any(|key| key.contains("lock") || key.contains("destroy")));
    // The next deploy finds the data and makes the site anew.
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>1"));
}

#[tokio::test]
async fn with_the_data_nothing_is_left() {
    let world = removable();
    world.deploy(&[]).await.unwrap();
    let buckets = ["SiteBucket", "TrendingBucket", "ArtifactBucket"].map(|id| world.bucket(id));
    let (result, said) = gone(&world, &["--delete-data"]).await;
    result.unwrap();
    assert!(said.contains("everything is gone"), "{said}");
    assert!(buckets.iter().all(|bucket| !world.cloud.has_bucket(bucket)));
    assert!(world.cloud.secret("home-prod-app").is_none());
    let (result, said) = gone(&world, &["--delete-data"]).await;
    result.unwrap();
    assert!(said.contains("there is nothing to delete"), "{said}");
    world.deploy(&[]).await.unwrap();
}

#[tokio::test]
async fn a_secret_without_its_stack_is_deleted_at_once() {
    let world = removable();
    world.cloud.add_secret("home-prod-app", Some("{}"));
    let (result, said) = gone(&world, &["--delete-data"]).await;
    result.unwrap();
    assert!(said.contains("deleted the secret"), "{said}");
    // Its name is free: a secret that only waited for its end would be in the way.
    world.deploy(&[]).await.unwrap();
}

#[tokio::test]
async fn protected_data_is_refused_before_anything_happens() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.cloud.clear_log();
    let error = gone(&world, &["--delete-data"]).await.0.unwrap_err();
    assert_eq!((error.kind, error.message.contains("removal_policy: retain")), (ExitKind::Usage, true), "{error}");
    // The file was changed, but never deployed: the stack would leave tables, bucket and secret behind.
    world.config.removal_policy = RemovalPolicy::Delete;
    let error = gone(&world, &["--delete-data"]).await.0.unwrap_err();
    assert!(error.message.contains("deployed stacks still protect"), "{error}");
    assert_eq!(world.cloud.writes(), Vec::<String>::new());
    world.deploy(&[]).await.unwrap();
    gone(&world, &["--delete-data"]).await.0.unwrap();
}

#[tokio::test]
async fn a_wrong_name_deletes_nothing() {
    let world = World::new();
    world.deploy(&[]).await.unwrap();
    world.cloud.clear_log();
    let printer = Printer::captured(Verbosity::Default);
    let error = destroy(&world.deployment(), &options(&["--yes", "other"]), &printer).await.unwrap_err();
    assert_eq!(error.kind, ExitKind::Usage);
    assert_eq!(world.cloud.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn what_refuses_to_go_is_named_and_the_next_run_finishes() {
    let world = removable();
    world.deploy(&[]).await.unwrap();
    let failure = StackFailure { resource: "ApiRole".to_owned(), reason: "denied".to_owned(), rollback_fails: false };
    world.cloud.fail_stack(MAIN, failure);
    let error = gone(&world, &["--delete-data"]).await.0.unwrap_err();
    assert_eq!(error.kind, ExitKind::Stack);
    let details = error.details.unwrap();
    assert!(details.contains("the role ApiRole") && details.contains("denied"), "{details}");
    assert_eq!(world.cloud.stack_status(REGION, BOOTSTRAP).as_deref(), Some("CREATE_COMPLETE"), "the data waits");
    gone(&world, &["--delete-data"]).await.0.unwrap();
    assert_eq!(world.cloud.stack_status(REGION, MAIN), None);
}

#[tokio::test]
async fn a_stack_that_never_came_up_is_deleted_too() {
    let world = removable();
    let failure = StackFailure { resource: "ApiRole".to_owned(), reason: "denied".to_owned(), rollback_fails: false };
    world.cloud.fail_stack(MAIN, failure);
    world.deploy(&[]).await.unwrap_err();
    gone(&world, &["--delete-data"]).await.0.unwrap();
    assert_eq!(world.cloud.stack_status(REGION, MAIN), None);
    assert_eq!(world.cloud.stack_status(REGION, BOOTSTRAP), None);
}

#[tokio::test]
async fn a_destroy_that_breaks_off_anywhere_is_finished_by_the_next() {
    for (data, policy) in [(&["--keep-data"][..], RemovalPolicy::Retain), (&["--delete-data"], RemovalPolicy::Delete)] {
        let ready = || async {
            let mut world = World::new();
            world.config.removal_policy = policy;
            world.deploy(&[]).await.unwrap();
            world.cloud.clear_log();
            world
        };
        let reference = ready().await;
        gone(&reference, data).await.0.unwrap();
        let writes = reference.cloud.writes().len() as u64;
        for nth in 1..=writes {
            let world = ready().await;
            let buckets = ["SiteBucket", "TrendingBucket"].map(|id| world.bucket(id));
            world.cloud.crash_before_write(nth);
            let _ = gone(&world, data).await;
            assert!(world.cloud.revive(), "write {nth} was never reached");
            world.later();
            gone(&world, data).await.0.unwrap_or_else(|error| panic!("after a crash before write {nth}: {error}"));
            assert_eq!(world.cloud.stack_status(REGION, MAIN), None, "write {nth}");
            assert!(buckets.iter().all(|bucket| !world.cloud.has_bucket(bucket)), "write {nth} of {data:?}");
        }
    }
}

#[tokio::test]
async fn buckets_are_emptied_before_their_stack_goes_and_the_data_last() {
    let world = removable();
    world.deploy(&[]).await.unwrap();
    let (site, artifacts) = (world.bucket("SiteBucket"), world.bucket("ArtifactBucket"));
    world.cloud.clear_log();
    gone(&world, &["--delete-data"]).await.0.unwrap();
    let writes = world.cloud.writes();
    let emptied = position(&writes, "s3:DeleteObjectVersion", &site);
    let main = position(&writes, "cloudformation:DeleteStack", MAIN);
    let releases = position(&writes, "s3:DeleteObjectVersion", &artifacts);
    let data = position(&writes, "cloudformation:DeleteStack", BOOTSTRAP);
    assert!(emptied < main && main < releases && releases < data, "{writes:#?}");
}

#[tokio::test]
async fn requests_and_library_are_saved_first_and_no_file_is_written_over() {
    let world = removable();
    world.deploy(&[]).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("saved.json");
    std::fs::write(&file, "mine").unwrap();
    world.cloud.clear_log();
    let line = ["--delete-data", "--export", file.to_str().unwrap()];
    let error = gone(&world, &line).await.0.unwrap_err();
    assert_eq!(error.kind, ExitKind::Usage, "{error}");
    assert_eq!(world.cloud.writes(), Vec::<String>::new());
    std::fs::remove_file(&file).unwrap();
    let (result, said) = gone(&world, &line).await;
    result.unwrap();
    assert!(said.contains("0 requests and 0 titles"), "{said}");
    let saved: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert!(saved["requests"].is_array() && saved["library"].is_array(), "{saved}");
}
