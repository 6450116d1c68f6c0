//! Bootstrap stacks that are gone while secret, tables and bucket are still there, against an AWS in memory.

use crate::common::world;

use stellarr::base::exit::ExitKind;
use stellarr_aws::Cloud as _;
use stellarr_testing::StackFailure;
use world::{MAIN, REGION, World, position};

const BOOTSTRAP: &str = "home-prod-bootstrap";

/// Deletes a stack as a person does in the console.
async fn delete(world: &World, stack: &str) {
    let stacks = world.cloud.stacks(REGION);
    stacks.set_termination_protection(stack, false).await.unwrap();
    stacks.delete(stack, &[], "by-hand").await.unwrap();
    while stacks.describe(stack).await.unwrap().is_some() {}
    world.cloud.clear_log();
}

/// What the bootstrap stack holds that outlives it, by logical and physical id.
async fn held(world: &World) -> Vec<(String, String)> {
    let all = world.cloud.stacks(REGION).resources(BOOTSTRAP).await.unwrap();
    all.into_iter()
        .filter(|one| one.resource_type != "AWS::S3::BucketPolicy")
        .map(|one| (one.logical_id, one.physical_id.unwrap_or_default()))
        .collect()
}

#[tokio::test]
async fn a_bootstrap_stack_that_is_gone_comes_back_with_all_that_it_held() {
    for main_too in [false, true] {
        let mut world = World::new();
        world.deploy(&[]).await.unwrap();
        let secret = world.cloud.secret("home-prod-app").unwrap();
        let (bucket, before) = (world.bucket("ArtifactBucket"), held(&world).await);
        let releases = world.cloud.keys(&bucket).into_iter().filter(|key| key.starts_with("releases/")).count();
        delete(&world, BOOTSTRAP).await;
        if main_too {
            delete(&world, MAIN).await;
        }
        // Nobody gives the password and the key again: they are in the secret.
        world.secrets.clear();
        let outcome = world.deploy(&[]).await.unwrap();
        assert!(outcome.changed);
        assert_eq!(world.cloud.secret("home-prod-app").unwrap(), secret);
        assert_eq!(held(&world).await, before, "the same table, bucket and secret");
        assert_eq!(world.bucket("ArtifactBucket"), bucket);
        let now = world.cloud.keys(&bucket).into_iter().filter(|key| key.starts_with("releases/")).count();
        assert_eq!(now, releases + 1, "the releases go on from where they were");
        let writes = world.cloud.writes();
        assert!(
            position(&writes, "s3:PutObject", "deploy/lock.json")
                < position(&writes, "cloudformation:CreateChangeSet", BOOTSTRAP),
            "the bucket is there, so its lock is taken first: {writes:#?}"
        );
        assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>1"));
        world.cloud.clear_log();
        assert!(!world.deploy(&[]).await.unwrap().changed);
        assert_eq!(world.cloud.writes(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_taking_over_that_breaks_off_anywhere_is_finished_by_the_next_deploy() {
    let ready = || async {
        let world = World::new();
        world.deploy(&[]).await.unwrap();
        delete(&world, BOOTSTRAP).await;
        world
    };
    let reference = ready().await;
    reference.deploy(&[]).await.unwrap();
    let before = held(&reference).await;
    for nth in 1..=reference.cloud.writes().len() as u64 {
        let world = ready().await;
        world.cloud.crash_before_write(nth);
        let _ = world.deploy(&[]).await;
        assert!(world.cloud.revive(), "write {nth} was never reached");
        world.later();
        world.deploy(&[]).await.unwrap_or_else(|error| panic!("after a crash before write {nth}: {error}"));
        assert_eq!(held(&world).await, before, "write {nth}");
    }
}

#[tokio::test]
async fn an_import_that_fails_loses_nothing_and_is_tried_again() {
    let world = World::new();
    world.deploy(&[]).await.unwrap();
    let before = held(&world).await;
    delete(&world, BOOTSTRAP).await;
    let reason = "not authorized to perform: secretsmanager:DescribeSecret".to_owned();
    world.cloud.fail_stack(BOOTSTRAP, StackFailure { resource: "AppSecret".to_owned(), reason, rollback_fails: false });
    let error = world.deploy(&[]).await.unwrap_err();
    assert_eq!(error.kind, ExitKind::Stack, "{error}");
    assert!(error.hints.iter().any(|hint| hint.contains("as it was")), "{:?}", error.hints);
    assert_eq!(world.cloud.stack_status(REGION, BOOTSTRAP).as_deref(), Some("IMPORT_ROLLBACK_COMPLETE"));
    assert!(world.cloud.secret("home-prod-app").is_some());
    world.deploy(&[]).await.unwrap();
    assert_eq!(held(&world).await, before);
}

#[tokio::test]
async fn of_several_buckets_that_of_another_deployment_is_left_alone() {
    let world = World::new();
    world.deploy(&[]).await.unwrap();
    let bucket = world.bucket("ArtifactBucket");
    delete(&world, BOOTSTRAP).await;
    delete(&world, MAIN).await;
    // One of an older stack, without releases; and one whose name only begins alike.
    world
        .cloud
        .add_bucket("home-prod-bootstrap-artifactbucket-0000")
        .add_bucket("home-prod-bootstraps-artifactbucket-1");
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.bucket("ArtifactBucket"), bucket);
}

#[tokio::test]
async fn a_secret_that_comes_back_late_is_taken_into_the_stack() {
    let world = World::new();
    world.deploy(&[]).await.unwrap();
    let before = held(&world).await;
    delete(&world, BOOTSTRAP).await;
    world.cloud.secrets().delete("home-prod-app", 7).await.unwrap();
    // Until somebody restores it, its name is taken; tables and bucket are the stack's again all the same.
    assert_eq!(world.deploy(&[]).await.unwrap_err().kind, ExitKind::Stack);
    assert_eq!(held(&world).await.len(), before.len() - 1);
    world.cloud.restore_secret("home-prod-app");
    world.deploy(&[]).await.unwrap();
    assert_eq!(held(&world).await, before);
}
