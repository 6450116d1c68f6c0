//! Looking after a deployment, against an AWS in memory: status, drift, the lock, new secrets.

use crate::common::world;

use jiff::SignedDuration;
use stellarr::base::clock::Clock;
use stellarr::base::error::CommandError;
use stellarr::base::exit::ExitKind;
use stellarr::commands::drift::{DriftArgs, drift};
use stellarr::commands::rotate;
use stellarr::commands::status::{StatusArgs, status};
use stellarr::commands::unlock::unlock;
use stellarr::insight::drift::Findings;
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::{DriftedResource, PropertyDrift};
use world::{MAIN, REGION, World};

async fn deployed() -> World {
    let world = World::new();
    world.deploy(&[]).await.unwrap();
    let index = serde_json::json!({"updated_at": world.clock.now().as_second(), "files": []});
    world.cloud.store(&world.bucket("TrendingBucket"), "trending-index.json", index.to_string());
    world.cloud.clear_log();
    world
}

async fn standing(world: &World) -> (Result<(), CommandError>, String) {
    let printer = Printer::captured(Verbosity::Default);
    let result = status(&world.deployment(), &StatusArgs { json: false }, &printer).await;
    (result, printer.transcript())
}

async fn drifted(world: &World, repair: bool) -> (Findings, String) {
    let printer = Printer::captured(Verbosity::Default);
    let arguments = DriftArgs { repair, yes: repair, ..DriftArgs::default() };
    let found = drift(&world.deployment(), &arguments, &printer).await.unwrap();
    (found, printer.transcript())
}

fn by_hand() -> DriftedResource {
    DriftedResource {
        logical_id: "ApiFunction".to_owned(),
        physical_id: Some("home-prod-api".to_owned()),
        resource_type: "AWS::Lambda::Function".to_owned(),
        status: "MODIFIED".to_owned(),
        differences: vec![PropertyDrift { path: "/Timeout".into(), expected: "29".into(), actual: "3".into() }],
    }
}

#[tokio::test]
async fn a_healthy_deployment_says_so_and_is_only_read() {
    let world = deployed().await;
    world.cloud.set_alarm("home-prod-api-errors", "OK", "The API fails.");
    let (result, said) = standing(&world).await;
    result.unwrap_or_else(|error| panic!("{error:?}\n{said}"));
    assert!(
        said.contains("release      1") && said.contains("all 1 quiet") && said.contains("home-prod-bootstrap"),
        "{said}"
    );
    assert_eq!(world.cloud.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_not_well_is_named_and_ends_with_its_own_code() {
    let world = deployed().await;
    world.cloud.set_alarm("home-prod-api-errors", "ALARM", "The API fails.");
    world.cloud.set_alarm("other-prod-api-errors", "ALARM", "Somebody else's.");
    world.cloud.set_stack_status(REGION, MAIN, "UPDATE_ROLLBACK_FAILED", None);
    let error = standing(&world).await.0.unwrap_err();
    assert_eq!(error.kind, ExitKind::Unhealthy);
    let details = error.details.unwrap();
    assert!(details.contains("home-prod is UPDATE_ROLLBACK_FAILED") && details.contains("The API fails."), "{details}");
    assert!(!details.contains("Somebody else's"), "{details}");
}

#[tokio::test]
async fn nothing_differs_after_a_deploy() {
    let world = deployed().await;
    let (found, said) = drifted(&world, false).await;
    assert!(found.is_empty() && said.contains("Everything is as it was deployed."), "{said}");
    assert_eq!(world.cloud.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn what_was_changed_by_hand_is_told_and_put_back() {
    let world = deployed().await;
    let site = world.bucket("SiteBucket");
    world.cloud.drift(MAIN, by_hand());
    world.cloud.tamper("home-prod-warmer", "something else");
    world.cloud.store(&site, "index.html", "defaced");
    world.cloud.discard(&site, "icon.svg");
    world.cloud.store(&site, "mine.txt", "by hand");
    let (found, said) = drifted(&world, false).await;
    assert!(!found.is_empty());
    for line in [
        "the function ApiFunction: Timeout is “3” instead of “29”",
        "the function warmer runs other code than was deployed",
        "the site's file index.html is missing or was changed",
        "the site's file icon.svg is missing or was changed",
        "note: the site's bucket holds mine.txt",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    assert_eq!(world.cloud.writes(), Vec::<String>::new(), "looking changes nothing");
    let (after, said) = drifted(&world, true).await;
    assert!(after.is_empty(), "{said}");
    assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>1"));
    assert_eq!(world.page("icon.svg").as_deref(), Some("1"));
    assert_eq!(world.cloud.count("cloudfront:CreateInvalidation"), 1);
    assert!(!world.deploy(&[]).await.unwrap().changed, "a repaired deployment needs no deploy");
}

#[tokio::test]
async fn a_lock_is_only_taken_from_the_dead_unless_forced() {
    let world = deployed().await;
    let bucket = world.bucket("ArtifactBucket");
    let printer = Printer::captured(Verbosity::Default);
    let deployment = world.deployment();
    let context = deployment.context(&printer);
    let hold = || {
        let lease = serde_json::json!({
            "holder": "ana@laptop (process 7)", "run": "another", "fence": 1,
            "taken_at": world.clock.now().to_string(),
            "expires_at": (world.clock.now() + SignedDuration::from_secs(60)).to_string(),
        });
        world.cloud.store(&bucket, "deploy/lock.json", lease.to_string());
    };
    unlock(context, &bucket, false).await.unwrap();
    hold();
    let error = unlock(context, &bucket, false).await.unwrap_err();
    assert_eq!(error.kind, ExitKind::Busy);
    assert!(error.message.contains("ana@laptop"), "{error}");
    unlock(context, &bucket, true).await.unwrap();
    assert!(world.cloud.stored(&bucket, "deploy/lock.json").is_none());
    hold();
    world.later();
    unlock(context, &bucket, false).await.unwrap();
    assert!(world.cloud.stored(&bucket, "deploy/lock.json").is_none());
    assert!(printer.transcript().contains("ana@laptop (process 7) holds the lock"));
}

async fn rotated(world: &World) -> Result<(), CommandError> {
    let printer = Printer::captured(Verbosity::Default);
    let deployment = world.deployment();
    let live = deployment.live().await.unwrap();
    rotate::origin(&deployment, deployment.context(&printer), &live).await
}

async fn generation(world: &World) -> (String, usize) {
    let live = world.deployment().live().await.unwrap();
    let parameters = live.main.unwrap().parameters;
    (parameters["OriginVerifyGeneration"].clone(), parameters["OriginVerifySha256"].split(',').count())
}

#[tokio::test]
async fn the_origin_value_moves_on_by_one_and_two_are_accepted() {
    let world = deployed().await;
    assert_eq!(generation(&world).await, ("1".to_owned(), 1));
    rotated(&world).await.unwrap();
    assert_eq!(generation(&world).await, ("2".to_owned(), 2));
    rotated(&world).await.unwrap();
    assert_eq!(generation(&world).await, ("3".to_owned(), 2));
    let secret = world.cloud.secret("home-prod-app").unwrap().0;
    assert!(
        !secret.contains("ORIGIN_VERIFY_1\"") && secret.contains("ORIGIN_VERIFY_2\""),
        "the value before the last is gone"
    );
    assert!(!world.deploy(&[]).await.unwrap().changed, "the next deploy finds nothing to do");
}

#[tokio::test]
async fn a_rotation_that_broke_off_is_finished_and_not_begun_again() {
    for nth in 1..20 {
        let world = deployed().await;
        world.cloud.crash_before_write(nth);
        let first = rotated(&world).await;
        if !world.cloud.revive() {
            first.unwrap();
            return;
        }
        world.later();
        rotated(&world).await.unwrap();
        let (now, accepted) = generation(&world).await;
        assert_eq!(accepted, 2, "write {nth}");
        // Whatever CloudFront sent before is still accepted: it never moves on by two at once.
        assert!(now == "2" || now == "3", "write {nth}: {now}");
    }
    panic!("the rotation never came through");
}
