//! Whole deploys against an AWS in memory: what is written, in which order, and what a failure leaves behind.

use crate::common::world;

use jiff::SignedDuration;
use stellarr::base::clock::Clock;
use stellarr::base::exit::ExitKind;
use stellarr::deploy::deploy;
use stellarr::secrets::Input;
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::{AwsErrorKind, Cloud};
use stellarr_testing::{Fault, StackFailure};
use world::{MAIN, REGION, World, arguments, position};

#[tokio::test]
async fn the_first_deploy_puts_everything_up_in_order() {
    let world = World::new();
    let outcome = world.deploy(&[]).await.unwrap();
    assert!(outcome.changed);
    let writes = world.cloud.writes();
    let script = position(&writes, "s3:PutObject", "_app/immutable/one.js");
    let icon = position(&writes, "s3:PutObject", "icon.svg");
    let index = position(&writes, "s3:PutObject", "index.html");
    let pointer = position(&writes, "s3:PutObject", "releases/current.json");
    let warmed = position(&writes, "lambda:Invoke", "home-prod-warmer");
    let asked = world.cloud.invocations("home-prod-fetcher");
    assert_eq!(asked, [r#"{"scheduleType":"full"}"#], "the catalogue is filled once");
    assert!(script < icon && icon < index && index < pointer && pointer < warmed, "{writes:#?}");
    assert!(world.cloud.invalidations().is_empty(), "nothing that is new needs an invalidation");
}

#[tokio::test]
async fn a_second_deploy_writes_nothing() {
    let world = World::new();
    world.deploy(&[]).await.unwrap();
    world.cloud.clear_log();
    let outcome = world.deploy(&[]).await.unwrap();
    assert!(!outcome.changed);
    assert_eq!(world.cloud.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn one_changed_file_is_one_upload_and_one_path() {
    for (file, invalidated) in [("icon.svg", "/icon.svg"), ("index.html", "/*")] {
        one_changed(file, invalidated).await;
    }
}

async fn one_changed(file: &'static str, invalidated: &str) {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.cloud.clear_log();
    world.pages.insert(file, "<!doctype html>2");
    world.deploy(&[]).await.unwrap();
    let site = world.bucket("SiteBucket");
    let uploads: Vec<_> = world
        .cloud
        .writes()
        .into_iter()
        .filter(|write| write.starts_with("s3:PutObject") && write.contains(&site))
        .collect();
    assert_eq!(uploads.len(), 1, "{uploads:?}");
    assert_eq!(world.cloud.count("cloudformation:CreateChangeSet"), 0);
    let paths: Vec<_> = world.cloud.invalidations().into_iter().map(|(_, _, paths)| paths).collect();
    assert_eq!(paths, [[invalidated]]);
}

#[tokio::test]
async fn what_an_interrupted_deploy_put_up_is_dropped_from_caches_and_forgotten_in_time() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    let before = world.pages.clone();
    world.pages.insert("index.html", "<!doctype html>2");
    world.pages.insert("_app/immutable/two.js", "2");
    world.cloud.inject("cloudfront:CreateInvalidation", 1, Fault::Fail(AwsErrorKind::AccessDenied));
    world.deploy(&[]).await.unwrap_err();
    world.cloud.heal();
    assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>2"));
    // Back to what was live: no release differs, but caches may hold the page of the one that never was.
    world.pages = before;
    world.later();
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>1"));
    let paths: Vec<_> = world.cloud.invalidations().into_iter().map(|(_, _, paths)| paths).collect();
    assert_eq!(paths, [["/*"]]);
    let retired = &world.release()["retired"];
    assert!(retired.get("_app/immutable/two.js").is_some(), "{retired}");
}

#[tokio::test]
async fn content_that_comes_back_is_invalidated_again() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    for text in ["<!doctype html>2", "<!doctype html>1", "<!doctype html>2"] {
        world.pages.insert("index.html", text);
        world.deploy(&[]).await.unwrap();
    }
    let mut references: Vec<_> = world.cloud.invalidations().into_iter().map(|(_, reference, _)| reference).collect();
    references.dedup();
    assert_eq!(references.len(), 3);
}

#[tokio::test]
async fn only_code_keeps_template_and_parameters() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.cloud.clear_log();
    world.code.insert("api", "x");
    world.code.insert("warmer", "y");
    let mut built = world.built();
    built.functions.artifacts.retain(|artifact| artifact.function == "api");
    built.site = None;
    world.deploy_built(&["--only", "api"], built).await.unwrap();
    let writes = world.cloud.writes();
    position(&writes, "cloudformation:ExecuteChangeSet", MAIN);
    assert!(
        !writes.iter().any(|write| write.contains("templates/") || write.contains("functions/warmer/")),
        "{writes:#?}"
    );
}

#[tokio::test]
async fn a_crash_before_any_write_heals_with_the_next_run() {
    let reference = World::new();
    reference.deploy(&[]).await.unwrap();
    let writes = reference.cloud.writes().len() as u64;
    assert!(writes > 10);
    for nth in 1..=writes {
        let world = World::new();
        world.cloud.crash_before_write(nth);
        let first = world.deploy(&[]).await;
        assert!(first.is_err() || nth == writes, "write {nth} did not crash");
        assert!(world.cloud.revive(), "write {nth} was never reached");
        world.later();
        world.deploy(&[]).await.unwrap_or_else(|error| panic!("after a crash before write {nth}: {error}"));
        assert_eq!(world.page("index.html"), reference.page("index.html"), "write {nth}");
        assert_eq!(world.cloud.stack_status(REGION, MAIN).as_deref(), Some("CREATE_COMPLETE"), "write {nth}");
        assert_eq!(world.live(), reference.live(), "write {nth}");
    }
}

/// Crashes an update of a deployed world before each of its writes, one at a time. `crashed` looks at the world at once,
/// `healed` after the next run; both are given the number of the write.
async fn crash_update(update: fn(World) -> World, crashed: fn(&World, u64), healed: impl AsyncFn(&World, u64)) {
    let reference = World::new();
    reference.deploy(&[]).await.unwrap();
    let reference = update(reference);
    reference.cloud.clear_log();
    reference.deploy(&[]).await.unwrap();
    let writes = reference.cloud.writes().len() as u64;
    for nth in 1..=writes {
        let world = World::new();
        world.deploy(&[]).await.unwrap();
        let world = update(world);
        world.cloud.crash_before_write(nth);
        let _ = world.deploy(&[]).await;
        assert!(world.cloud.revive(), "write {nth} was never reached");
        crashed(&world, nth);
        world.later();
        world.deploy(&[]).await.unwrap_or_else(|error| panic!("after a crash before write {nth}: {error}"));
        assert_eq!(world.page("index.html"), reference.page("index.html"), "write {nth}");
        assert_eq!(world.live(), reference.live(), "write {nth}");
        healed(&world, nth).await;
    }
}

#[tokio::test]
async fn a_crash_during_an_update_of_code_alone_ends_in_a_release_that_says_what_is_live() {
    let update = |mut world: World| {
        world.code.insert("api", "x");
        world
    };
    crash_update(
        update,
        |_, _| (),
        async |world: &World, nth: u64| {
            world.cloud.clear_log();
            assert!(!world.deploy(&[]).await.unwrap().changed, "write {nth}");
            assert_eq!(world.cloud.writes(), Vec::<String>::new(), "write {nth}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_crash_during_an_update_leaves_the_old_or_the_new_site_and_invalidates_once() {
    let update = |mut world: World| {
        world.pages.remove("_app/immutable/one.js");
        world.pages.insert("_app/immutable/two.js", "2");
        world.pages.insert("index.html", "<!doctype html>2 two.js");
        world.code.insert("api", "x");
        world
    };
    let names_what_is_there = |world: &World, nth: u64| {
        let index = world.page("index.html").unwrap();
        let named = if index.contains("two.js") { "_app/immutable/two.js" } else { "_app/immutable/one.js" };
        assert!(world.page(named).is_some(), "before write {nth}, the page names {named}, which is not there");
    };
    crash_update(update, names_what_is_there, async |world: &World, nth: u64| {
        assert!(world.page("_app/immutable/one.js").is_some(), "old assets are kept for open browsers");
        let references: std::collections::BTreeSet<_> =
            world.cloud.invalidations().into_iter().map(|(_, reference, _)| reference).collect();
        assert_eq!(references.len(), 1, "write {nth}: {references:?}");
    })
    .await;
}

#[tokio::test]
async fn a_failed_stack_names_its_cause_and_leaves_the_site_alone() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.pages.insert("index.html", "<!doctype html>2");
    world.code.insert("api", "x");
    world.cloud.fail_stack(
        MAIN,
        StackFailure {
            resource: "ApiFunction".to_owned(),
            reason: "The runtime is not allowed here".to_owned(),
            rollback_fails: false,
        },
    );
    let error = world.deploy(&[]).await.unwrap_err();
    assert_eq!(error.kind, ExitKind::Stack);
    assert!(
        error.message.contains("the function ApiFunction could not be changed: The runtime is not allowed here"),
        "{error}"
    );
    assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>1"));
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>2"));
}

#[tokio::test]
async fn a_stack_that_never_came_up_is_removed_and_made_anew() {
    let world = World::new();
    world.cloud.fail_stack(
        MAIN,
        StackFailure { resource: "ApiRole".to_owned(), reason: "denied".to_owned(), rollback_fails: false },
    );
    let error = world.deploy(&[]).await.unwrap_err();
    assert_eq!(
        (error.kind, world.cloud.stack_status(REGION, MAIN).as_deref()),
        (ExitKind::Stack, Some("ROLLBACK_COMPLETE"))
    );
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.cloud.stack_status(REGION, MAIN).as_deref(), Some("CREATE_COMPLETE"));
}

#[tokio::test]
async fn a_stuck_rollback_is_said_and_continued_only_when_asked() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.code.insert("api", "x");
    world.cloud.fail_stack(
        MAIN,
        StackFailure { resource: "ApiFunction".to_owned(), reason: "broken".to_owned(), rollback_fails: true },
    );
    assert_eq!(world.deploy(&[]).await.unwrap_err().kind, ExitKind::StackStuck);
    world.cloud.clear_log();
    let error = world.deploy(&[]).await.unwrap_err();
    assert_eq!(error.kind, ExitKind::StackStuck);
    assert!(error.hints.iter().any(|hint| hint.contains("--continue-rollback")), "{:?}", error.hints);
    assert_eq!(world.cloud.count("cloudformation:ExecuteChangeSet"), 0);
    world.deploy(&["--continue-rollback"]).await.unwrap();
    assert_eq!(world.cloud.stack_status(REGION, MAIN).as_deref(), Some("UPDATE_COMPLETE"));
}

#[tokio::test]
async fn a_denied_action_is_named_and_nothing_is_published() {
    for operation in ["cloudformation:CreateChangeSet", "secretsmanager:PutSecretValue", "s3:PutObject"] {
        let world = World::new();
        world.cloud.inject_always(operation, Fault::Fail(AwsErrorKind::AccessDenied));
        let error = world.deploy(&[]).await.unwrap_err();
        assert_eq!(error.kind, ExitKind::Access, "{operation}: {error}");
        assert!(error.message.contains(operation), "{error}");
        assert!(world.cloud.invocations("home-prod-warmer").is_empty());
        world.cloud.heal();
        world.later();
        world.deploy(&[]).await.unwrap();
    }
}

#[tokio::test]
async fn credentials_that_run_out_stop_before_publishing_and_a_rerun_completes() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.pages.insert("index.html", "<!doctype html>2");
    world.cloud.inject("s3:ListBucket", 2, Fault::Fail(AwsErrorKind::ExpiredCredentials));
    let error = world.deploy(&[]).await.unwrap_err();
    assert_eq!(error.kind, ExitKind::Access);
    assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>1"));
    world.cloud.heal();
    world.later();
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>2"));
}

#[tokio::test]
async fn a_second_deployer_is_told_who_is_deploying() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    let lease = serde_json::json!({
        "holder": "ana@laptop (process 7)", "run": "another", "fence": 1,
        "taken_at": world.clock.now().to_string(),
        "expires_at": (world.clock.now() + SignedDuration::from_secs(60)).to_string(),
    });
    world.cloud.store(&world.bucket("ArtifactBucket"), "deploy/lock.json", lease.to_string());
    world.pages.insert("index.html", "<!doctype html>2");
    let error = world.deploy(&[]).await.unwrap_err();
    assert_eq!(error.kind, ExitKind::Busy);
    assert!(error.message.contains("ana@laptop (process 7)"), "{error}");
    world.later();
    world.deploy(&[]).await.unwrap();
}

#[tokio::test]
async fn a_build_that_another_deploy_overtook_is_refused() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    let mut newer = world.pages.clone();
    newer.insert("index.html", "<!doctype html>newer");
    world.pages.insert("index.html", "<!doctype html>older");
    let older = world.built();
    world.pages = newer;
    let slow = async {
        world.deploy(&[]).await.unwrap();
        Ok(older)
    };
    let error = world.deploy_when_built(slow).await.unwrap_err();
    assert_eq!(error.kind, ExitKind::Busy);
    assert!(error.message.contains("newer deploy"), "{error}");
    assert_eq!(world.page("index.html").as_deref(), Some("<!doctype html>newer"));
    assert_eq!(world.release()["sequence"], 2);
}

#[tokio::test]
async fn without_a_terminal_every_event_of_a_stack_is_a_line() {
    let world = World::new();
    world.cloud.set_polls(3);
    let (deployment, built) = (world.deployment(), world.built());
    let secrets = |key: &str| world.secrets.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned());
    let (input, printer) = (Input::gather(None, secrets).unwrap(), Printer::captured(Verbosity::Default));
    deploy(&deployment, &arguments(&[]), &input, async { Ok(built) }, &printer).await.unwrap();
    let said = printer.transcript();
    for what in ["function ApiFunction", "bucket SiteBucket"] {
        let (begun, done) = (format!("  … creating the {what}"), format!("  created the {what}"));
        let (first, then) = (said.find(&begun), said.find(&done));
        assert!(first.is_some() && first < then, "{said}");
    }
    assert!(
        said.contains("  … creating the CDN (CloudFront distribution) Distribution: "),
        "slow ones say how slow: {said}"
    );
}

#[tokio::test]
async fn a_part_of_nothing_is_refused_before_any_write() {
    for parts in ["infra", "site,infra", "api"] {
        let world = World::new();
        let error = world.deploy(&["--only", parts]).await.unwrap_err();
        assert_eq!(error.kind, ExitKind::Usage, "{parts}: {error}");
        assert_eq!(world.cloud.writes(), Vec::<String>::new(), "{parts}");
    }
}

#[tokio::test]
async fn a_part_that_is_deployed_alone_records_the_configuration_that_is_in_force() {
    let mut world = World::new();
    world.config.waf.enabled = true;
    world.deploy(&[]).await.unwrap();
    world.config.waf.enabled = false;
    world.pages.insert("index.html", "<!doctype html>2");
    world.deploy(&["--only", "site"]).await.unwrap();
    let release = world.release();
    assert_eq!((&release["sequence"], &release["config"]["waf"]["enabled"]), (&2.into(), &true.into()));
}

#[tokio::test]
async fn another_hosted_zone_is_a_change() {
    let mut world = World::new();
    for id in ["Z1", "Z2"] {
        world.cloud.add_zone(stellarr_aws::HostedZone { id: id.into(), name: "example.org".into(), private: false });
    }
    world.config.domain = Some("requests.example.org".to_owned());
    world.config.dns.hosted_zone_id = Some("Z1".to_owned());
    world.deploy(&[]).await.unwrap();
    assert!(!world.deploy(&[]).await.unwrap().changed);
    world.config.dns.hosted_zone_id = Some("Z2".to_owned());
    world.dns.set("example.org", stellarr::base::dns::RecordKind::Ns, &["ns-1.z2.awsdns.net"]);
    assert!(world.deploy(&[]).await.unwrap().changed);
    let main = world.cloud.stacks(REGION).describe(MAIN).await.unwrap().unwrap();
    assert_eq!(main.parameters["HostedZoneId"], "Z2");
}

#[tokio::test]
async fn an_older_build_never_replaces_a_newer_release() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    let bucket = world.bucket("ArtifactBucket");
    world.pages.insert("index.html", "<!doctype html>old build");
    let newer = world.cloud.stored(&bucket, "releases/current.json").unwrap();
    let newer = String::from_utf8(newer.to_vec()).unwrap().replace("\"sequence\": 1", "\"sequence\": 9");
    world.cloud.inject(
        "s3:PutObject",
        3,
        Fault::before({
            let bucket = bucket.clone();
            move |cloud| {
                cloud.store(&bucket, "releases/current.json", newer);
            }
        }),
    );
    let error = world.deploy(&[]).await.unwrap_err();
    assert_eq!(error.kind, ExitKind::Busy);
    assert!(error.message.contains("newer deploy"), "{error}");
}

#[tokio::test]
async fn placeholders_are_refused_before_anything_is_stored() {
    let world = World::new();
    let built = world.built();
    let deployment = world.deployment();
    let input = Input::gather(None, |key| (key != "FEED_TOKEN").then(|| "changeme-please".to_owned())).unwrap();
    let printer = Printer::captured(Verbosity::Default);
    let error = deploy(&deployment, &arguments(&[]), &input, async { Ok(built) }, &printer).await.unwrap_err();
    assert_eq!(error.kind, ExitKind::Usage);
    assert!(error.message.contains("placeholder") && !format!("{error:?}").contains("changeme-please"), "{error:?}");
    assert_eq!(world.cloud.count("secretsmanager:PutSecretValue"), 0);
}

#[tokio::test]
async fn a_domain_brings_certificate_and_records_and_takes_them_away_after_the_site_moved() {
    let mut world = World::new();
    world.cloud.add_zone(stellarr_aws::HostedZone { id: "Z1".into(), name: "example.org".into(), private: false });
    world.config.domain = Some("requests.example.org".to_owned());
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.cloud.stack_status("us-east-1", "home-prod-edge").as_deref(), Some("CREATE_COMPLETE"));
    world.config.domain = None;
    world.cloud.clear_log();
    world.deploy(&[]).await.unwrap();
    let writes = world.cloud.writes();
    let moved = position(&writes, "cloudformation:ExecuteChangeSet", MAIN);
    let dropped = position(&writes, "cloudformation:DeleteStack", "home-prod-edge");
    assert!(moved < dropped, "{writes:#?}");
}
