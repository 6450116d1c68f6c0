//! Releases and the way back, against an AWS in memory.

use crate::common::world;

use clap::Parser;
use stellarr::base::error::CommandError;
use stellarr::base::exit::ExitKind;
use stellarr::cli::{Cli, Command};
use stellarr::commands::releases;
use stellarr::commands::rollback::{RollbackArgs, rollback};
use stellarr::releases::history::ListedRelease;
use stellarr::ui::{Printer, Verbosity};
use world::{MAIN, REGION, World, position};

fn options(line: &[&str]) -> RollbackArgs {
    match Cli::parse_from(["stellarr", "rollback"].iter().chain(line)).command {
        Command::Rollback(arguments) => arguments,
        other => panic!("{other:?} is not a rollback"),
    }
}

/// Goes back; says whether anything changed, and what was said.
async fn back(world: &World, line: &[&str]) -> (Result<bool, CommandError>, String) {
    let printer = Printer::captured(Verbosity::Default);
    let result = rollback(&world.deployment(), &options(line), &printer).await;
    (result.map(|done| done.is_some()), printer.transcript())
}

async fn past(world: &World) -> Vec<ListedRelease> {
    let printer = Printer::captured(Verbosity::Default);
    let deployment = world.deployment();
    let live = deployment.deployed().await.unwrap();
    releases::list(deployment.context(&printer), &live, 20).await.unwrap()
}

/// Two releases: the second has other pages, another function and another locale.
async fn two_releases() -> World {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.pages.insert("index.html", "<!doctype html>2");
    world.pages.remove("_app/immutable/one.js");
    world.pages.insert("_app/immutable/two.js", "2");
    world.pages.remove("icon.svg");
    world.code.insert("api", "x");
    world.config.locales = vec!["de".parse().unwrap()];
    world.deploy(&[]).await.unwrap();
    world
}

#[tokio::test]
async fn releases_say_what_changed_and_what_can_be_gone_back_to() {
    let world = two_releases().await;
    let past = past(&world).await;
    let said: Vec<_> = past.iter().map(|one| (one.release.sequence, one.current, one.changed.join(", "))).collect();
    assert_eq!(
        said,
        [(2, true, "functions (api), site, infrastructure".to_owned()), (1, false, "everything".to_owned())]
    );
    assert!(past.iter().all(|one| one.missing.is_empty()), "{past:#?}");
}

#[tokio::test]
async fn going_back_restores_functions_templates_and_site() {
    let world = two_releases().await;
    world.cloud.clear_log();
    let (changed, said) = back(&world, &["--yes"]).await;
    assert!(changed.unwrap(), "{said}");
    assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>1"));
    assert_eq!(world.page("icon.svg").as_deref(), Some("1"), "a deleted asset comes back");
    let icon = world.cloud.stored_object(&world.bucket("SiteBucket"), "icon.svg").unwrap();
    assert_eq!(icon.content_type, "image/svg+xml");
    assert!(world.page("_app/immutable/two.js").is_some(), "browsers hold pages of the newer release");
    let writes = world.cloud.writes();
    let stack = position(&writes, "cloudformation:ExecuteChangeSet", MAIN);
    let index = position(&writes, "s3:PutObject", "index.html");
    let stale = position(&writes, "cloudfront:CreateInvalidation", "");
    let pointer = position(&writes, "s3:PutObject", "releases/current.json");
    let warmed = position(&writes, "lambda:Invoke", "home-prod-warmer");
    assert!(stack < index && index < stale && stale < pointer && pointer < warmed, "{writes:#?}");
    assert!(!writes.iter().any(|write| write.contains("functions/")), "nothing is built or uploaded: {writes:#?}");
    let template = world.cloud.stack_template(REGION, MAIN).unwrap();
    assert!(template.contains("LOCALES: \"en"), "the first release's configuration");
    let past = past(&world).await;
    assert_eq!((past[0].release.sequence, past[0].release.restores), (3, Some(1)));
    assert!(past[0].changed.contains(&"rolled back to 1".to_owned()));
}

#[tokio::test]
async fn the_next_deploy_after_going_back_works_as_usual() {
    let world = two_releases().await;
    back(&world, &["--yes"]).await.0.unwrap();
    let outcome = world.deploy(&[]).await.unwrap();
    assert!(outcome.changed);
    assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>2"));
    assert_eq!(past(&world).await[0].release.sequence, 4);
    // And from there a step back is the state before, by whatever number.
    back(&world, &["--yes"]).await.0.unwrap();
    assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>1"));
}

#[tokio::test]
async fn a_look_ahead_writes_nothing() {
    let world = two_releases().await;
    world.cloud.clear_log();
    let (changed, said) = back(&world, &["--dry-run"]).await;
    assert!(!changed.unwrap());
    assert!(said.contains("Going back to release 1 would change") && said.contains("site ~ index.html"), "{said}");
    assert_eq!(world.cloud.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn the_secret_stays_current() {
    let world = two_releases().await;
    let before = world.cloud.secret("home-prod-app").unwrap();
    back(&world, &["--yes"]).await.0.unwrap();
    assert_eq!(world.cloud.secret("home-prod-app").unwrap(), before);
}

#[tokio::test]
async fn a_release_whose_files_are_gone_is_refused_and_the_others_are_named() {
    let mut world = two_releases().await;
    world.cloud.expire_versions(&world.bucket("SiteBucket"));
    world.pages.insert("index.html", "<!doctype html>3");
    world.deploy(&[]).await.unwrap();
    world.cloud.clear_log();
    let (result, _) = back(&world, &["1", "--yes"]).await;
    let error = result.unwrap_err();
    assert!(
        error.message.contains("release 1 cannot be gone back to") && error.message.contains("site's file"),
        "{error}"
    );
    assert_eq!(error.hints, ["these can be gone back to: 2"]);
    assert_eq!(world.cloud.writes(), Vec::<String>::new());
    let (result, _) = back(&world, &["9", "--yes"]).await;
    assert_eq!(result.unwrap_err().kind, ExitKind::Usage);
}

#[tokio::test]
async fn a_release_whose_code_is_gone_is_refused() {
    let world = two_releases().await;
    let first = past(&world).await.pop().unwrap();
    world.cloud.discard(&world.bucket("ArtifactBucket"), &first.release.code["api"]);
    let error = back(&world, &["--yes"]).await.0.unwrap_err();
    assert!(error.message.contains("the code of the function api is gone"), "{error}");
}

#[tokio::test]
async fn going_back_waits_for_nobody_who_deploys() {
    let world = two_releases().await;
    let now = stellarr::base::clock::Clock::now(world.clock.as_ref());
    let lease = serde_json::json!({
        "holder": "ana@laptop (process 7)", "run": "another", "fence": 1, "taken_at": now.to_string(),
        "expires_at": (now + jiff::SignedDuration::from_secs(60)).to_string(),
    });
    world.cloud.store(&world.bucket("ArtifactBucket"), "deploy/lock.json", lease.to_string());
    let error = back(&world, &["--yes"]).await.0.unwrap_err();
    assert_eq!(error.kind, ExitKind::Busy);
}

#[tokio::test]
async fn a_crash_on_the_way_back_heals_with_the_next_run() {
    let reference = two_releases().await;
    reference.cloud.clear_log();
    back(&reference, &["--yes"]).await.0.unwrap();
    let writes = reference.cloud.writes().len() as u64;
    assert!(writes > 8, "{:#?}", reference.cloud.writes());
    for nth in 1..=writes {
        let world = two_releases().await;
        world.cloud.crash_before_write(nth);
        let _ = back(&world, &["1", "--yes"]).await;
        assert!(world.cloud.revive(), "write {nth} was never reached");
        world.later();
        let (again, said) = back(&world, &["1", "--yes"]).await;
        again.unwrap_or_else(|error| panic!("after a crash before write {nth}: {error}\n{said}"));
        assert_eq!(world.page("index.html"), reference.page("index.html"), "write {nth}");
        assert_eq!(
            world.cloud.stack_template(REGION, MAIN),
            reference.cloud.stack_template(REGION, MAIN),
            "write {nth}"
        );
    }
}
