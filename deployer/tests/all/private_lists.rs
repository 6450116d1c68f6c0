//! Who can read the request lists: private from the first deploy on, and never changed by a later one.

use crate::common::world;

use clap::Parser;
use serde_json::{Map, Value, json};
use stellarr::base::clock::Clock;
use stellarr::base::failures::Code;
use stellarr::cli::{Cli, Command};
use stellarr::commands::protect::{addresses, protect};
use stellarr::commands::rollback::rollback;
use stellarr::commands::status::{StatusArgs, status};
use stellarr::deploy::deploy;
use stellarr::insight::doctor::{self, Finding, Level};
use stellarr::secrets::Input;
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::Cloud as _;
use stellarr_testing::Fault;
use world::{MAIN, REGION, World, arguments};

const SECRET: &str = "home-prod-app";
const BOOTSTRAP: &str = "home-prod-bootstrap";
const TOKENS: [&str; 2] = ["FEED_TOKEN", "PLEX_WEBHOOK_TOKEN"];

fn stored(world: &World) -> Map<String, Value> {
    serde_json::from_str(&world.cloud.secret(SECRET).unwrap().0).unwrap()
}

fn tokens(world: &World) -> [Option<String>; 2] {
    let stored = stored(world);
    TOKENS.map(|name| stored.get(name).map(|value| value.as_str().unwrap().to_owned()))
}

fn assert_private(world: &World, context: &str) {
    let [feed, webhook] = tokens(world).map(Option::unwrap_or_default);
    for token in [&feed, &webhook] {
        assert!(token.len() == 40 && token.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{context}: {token}");
    }
    assert_ne!(feed, webhook, "{context}");
}

/// A deployment that an older version made, which generated no tokens.
async fn older() -> World {
    let world = World::new();
    world.deploy(&[]).await.unwrap();
    let mut secret = stored(&world);
    secret.retain(|name, _| !TOKENS.contains(&name.as_str()));
    world.cloud.set_secret(SECRET, &Value::Object(secret).to_string());
    let index = json!({"updated_at": world.clock.now().as_second(), "files": []});
    world.cloud.store(&world.bucket("TrendingBucket"), "trending-index.json", index.to_string());
    world.cloud.clear_log();
    world
}

async fn deployed(world: &World) -> String {
    let printer = Printer::captured(Verbosity::Default);
    let built = world.built();
    deploy(&world.deployment(), &arguments(&[]), &Input::default(), async { Ok(built) }, &printer).await.unwrap();
    printer.transcript()
}

async fn standing(world: &World, json: bool) -> String {
    let printer = Printer::captured(Verbosity::Default);
    let result = status(&world.deployment(), &StatusArgs { json }, &printer).await;
    result.unwrap_or_else(|error| panic!("{error:?}\n{}", printer.transcript()));
    printer.transcript()
}

async fn diagnosis(world: &World) -> Option<Finding> {
    let printer = Printer::captured(Verbosity::Default);
    let deployment = world.deployment();
    let findings = doctor::run(&deployment, deployment.context(&printer)).await;
    findings.into_iter().find(|one| one.check == "lists")
}

#[tokio::test]
async fn a_first_deploy_is_private_and_later_ones_keep_its_tokens() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    assert_private(&world, "after the first deploy");
    let before = stored(&world);
    world.code.insert("api", "x");
    assert!(world.deploy(&[]).await.unwrap().changed);
    assert_eq!(stored(&world), before);
    assert_eq!(diagnosis(&world).await.map(|one| one.level), Some(Level::Ok));
}

#[tokio::test]
async fn a_first_deploy_that_broke_off_anywhere_ends_private_with_the_tokens_that_it_stored() {
    let reference = World::new();
    reference.deploy(&[]).await.unwrap();
    let writes = reference.cloud.writes().len() as u64;
    let (mut before_the_values, mut after_them) = (0, 0);
    for nth in 1..=writes {
        let world = World::new();
        world.cloud.crash_before_write(nth);
        let _ = world.deploy(&[]).await;
        assert!(world.cloud.revive(), "write {nth} was never reached");
        let interrupted = world.cloud.secret(SECRET).filter(|text| !text.0.is_empty()).map(|_| tokens(&world));
        match &interrupted {
            Some(_) => after_them += 1,
            None => before_the_values += 1,
        }
        world.later();
        world.deploy(&[]).await.unwrap_or_else(|error| panic!("after a crash before write {nth}: {error}"));
        assert_private(&world, &format!("after a crash before write {nth}"));
        assert!(interrupted.is_none_or(|kept| kept == tokens(&world)), "write {nth}: other tokens");
    }
    assert!(before_the_values > 2 && after_them > 5, "{before_the_values} and {after_them}");
}

#[tokio::test]
async fn a_secret_that_was_filled_by_hand_before_the_first_deploy_gets_its_tokens() {
    let world = World::new();
    world.cloud.crash_before_write(3);
    world.deploy(&[]).await.unwrap_err();
    assert!(world.cloud.revive());
    world.later();
    // `stellarr secrets set` and `secrets generate` of a person who prepares the deployment.
    let by_hand = json!({"PRESHARED_PASSWORD": "another password", "APP_SECRET_KEY": "0123456789abcdef".repeat(4)});
    if world.cloud.secret(SECRET).is_none() {
        world.cloud.add_secret(SECRET, None);
    }
    world.cloud.set_secret(SECRET, &by_hand.to_string());
    world.deploy(&[]).await.unwrap();
    assert_private(&world, "after the first deploy");
    assert_eq!(stored(&world)["PRESHARED_PASSWORD"], "another password");
}

#[tokio::test]
async fn an_older_deployment_with_public_lists_stays_public_whatever_is_deployed() {
    let mut world = older().await;
    world.code.insert("api", "x");
    let said = deployed(&world).await;
    assert_eq!(tokens(&world), [None, None]);
    assert!(
        said.contains("warning: the request lists are public") && said.contains("stellarr secrets protect"),
        "{said}"
    );

    world.config.locales = vec!["de".parse().unwrap()];
    deployed(&world).await;
    let Command::Rollback(back) = Cli::parse_from(["stellarr", "rollback", "--yes"]).command else {
        panic!("no rollback")
    };
    let printer = Printer::captured(Verbosity::Default);
    rollback(&world.deployment(), &back, &printer).await.unwrap();
    assert_eq!(tokens(&world), [None, None], "after a rollback");

    // Its bootstrap stack is deleted by hand and adopted again.
    let stacks = world.cloud.stacks(REGION);
    for stack in [BOOTSTRAP, MAIN] {
        stacks.set_termination_protection(stack, false).await.unwrap();
        stacks.delete(stack, &[], "by-hand").await.unwrap();
        while stacks.describe(stack).await.unwrap().is_some() {}
    }
    let said = deployed(&world).await;
    assert!(said.contains("there from an earlier deployment"), "{said}");
    assert_eq!(tokens(&world), [None, None], "after its stacks were made again");
}

#[tokio::test]
async fn an_interrupted_update_of_an_older_deployment_leaves_it_public() {
    let mut reference = older().await;
    reference.code.insert("api", "x");
    reference.deploy(&[]).await.unwrap();
    let writes = reference.cloud.writes().len() as u64;
    for nth in 1..=writes {
        let mut world = older().await;
        world.code.insert("api", "x");
        world.cloud.crash_before_write(nth);
        let _ = world.deploy(&[]).await;
        assert!(world.cloud.revive(), "write {nth} was never reached");
        world.later();
        world.deploy(&[]).await.unwrap();
        assert_eq!(tokens(&world), [None, None], "write {nth}");
    }
}

#[tokio::test]
async fn what_a_person_gives_wins_also_the_choice_of_public_lists() {
    let mut world = World::new();
    world.secrets.push(("FEED_TOKEN", "a token of their own"));
    world.deploy(&[]).await.unwrap();
    assert_eq!(tokens(&world)[0].as_deref(), Some("a token of their own"));

    // An empty variable is what a CI system sends for a secret that is not set: no choice.
    let mut world = World::new();
    world.secrets.push(("FEED_TOKEN", ""));
    world.deploy(&[]).await.unwrap();
    assert_private(&world, "with an empty variable");

    let mut world = World::new();
    world.secrets.push(("FEED_TOKEN", "public"));
    world.deploy(&[]).await.unwrap();
    let [feed, webhook] = tokens(&world);
    assert_eq!((feed.as_deref(), webhook.map(|token| token.len())), (Some(""), Some(40)));
    let index = json!({"updated_at": world.clock.now().as_second(), "files": []});
    world.cloud.store(&world.bucket("TrendingBucket"), "trending-index.json", index.to_string());
    let before = stored(&world);
    world.code.insert("api", "x");
    let said = deployed(&world).await;
    assert_eq!(stored(&world), before);
    let status = standing(&world, false).await;
    assert!(
        status.contains("public, as chosen") && !status.contains("warning") && !said.contains("warning"),
        "{status}"
    );
    assert_eq!(diagnosis(&world).await.map(|one| one.level), Some(Level::Ok));
}

#[tokio::test]
async fn status_and_doctor_warn_of_public_lists_and_name_the_switch() {
    let world = older().await;
    let said = standing(&world, false).await;
    assert!(said.contains("lists        public\n"), "{said}");
    assert!(
        said.contains("warning: the request lists are public: anyone who has the site's address can read"),
        "{said}"
    );
    assert!(said.contains("hint: run `stellarr secrets protect`"), "{said}");
    let said = standing(&world, true).await;
    let overview: Value = serde_json::from_str(&said[..=said.rfind("\n}").unwrap() + 1]).unwrap();
    assert_eq!(overview["lists"], "public");
    assert!(overview["warnings"][0]["remedy"].as_str().unwrap().contains("secrets protect"));
    assert_eq!(overview["problems"], json!([]), "a warning is not a failure");

    let found = diagnosis(&world).await.unwrap();
    assert_eq!(found.level, Level::Warning);
    assert!(found.sentence.contains("public") && found.sentence.contains("Plex's reports are refused"), "{found:?}");
    assert!(found.remedy.unwrap().contains("stellarr secrets protect"));
    assert_eq!(world.cloud.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_secret_that_may_not_be_read_is_said_and_hides_nothing_else() {
    let world = older().await;
    world.cloud.inject(
        "secretsmanager:GetSecretValue",
        1,
        Fault::Say(stellarr_aws::AwsErrorKind::AccessDenied, "not authorized"),
    );
    let said = standing(&world, false).await;
    assert!(said.contains("whether the request lists are public is not known"), "{said}");
    assert!(said.contains("release      1") && !said.contains("lists        "), "{said}");
}

#[tokio::test]
async fn the_switch_makes_both_tokens_and_prints_the_addresses() {
    let world = older().await;
    let before = stored(&world);
    let printer = Printer::captured(Verbosity::Default);
    let declined = protect(&world.deployment(), false, &printer).await.unwrap_err();
    assert!(declined.hints.iter().any(|hint| hint.contains("--yes")), "{declined:?}");
    assert_eq!(stored(&world), before, "not confirmed");

    let printer = Printer::captured(Verbosity::Default);
    protect(&world.deployment(), true, &printer).await.unwrap();
    assert_private(&world, "after the switch");
    let (said, [feed, webhook]) = (printer.transcript(), tokens(&world).map(Option::unwrap));
    assert!(said.find("get the error 401").unwrap() < said.find(&feed).unwrap(), "it says first what stops: {said}");
    for address in [
        format!("/list/radarr?token={feed}"),
        format!("/list/sonarr?token={feed}"),
        format!("/webhook/plex?token={webhook}"),
    ] {
        assert!(said.contains(&address), "{address} is missing:\n{said}");
    }
    let mut others = stored(&world);
    others.retain(|name, _| !TOKENS.contains(&name.as_str()));
    assert_eq!(others, before, "every other value stays");
    assert_eq!(diagnosis(&world).await.map(|one| one.level), Some(Level::Ok));
    assert!(!standing(&world, false).await.contains("warning"));

    world.cloud.clear_log();
    let printer = Printer::captured(Verbosity::Default);
    protect(&world.deployment(), true, &printer).await.unwrap();
    assert!(printer.transcript().contains("Nothing to do"));
    assert_eq!(world.cloud.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_token_that_another_process_sets_meanwhile_stays() {
    let world = older().await;
    let meanwhile = Fault::before(|cloud| {
        let mut secret: Map<String, Value> = serde_json::from_str(&cloud.secret(SECRET).unwrap().0).unwrap();
        secret.insert("FEED_TOKEN".to_owned(), json!("set by another process"));
        cloud.set_secret(SECRET, &Value::Object(secret).to_string());
    });
    world.cloud.inject("secretsmanager:UpdateSecretVersionStage", 1, meanwhile);
    let printer = Printer::captured(Verbosity::Default);
    protect(&world.deployment(), true, &printer).await.unwrap();
    assert_eq!(tokens(&world)[0].as_deref(), Some("set by another process"));
    assert!(printer.transcript().contains("token=set+by+another+process"), "{}", printer.transcript());
}

#[tokio::test]
async fn addresses_are_complete_and_need_a_site() {
    let world = World::new();
    let printer = Printer::captured(Verbosity::Default);
    let error = addresses(&world.deployment(), true, &printer).await.unwrap_err();
    assert_eq!(error.code, Code::NotDeployed);
    world.deploy(&[]).await.unwrap();
    addresses(&world.deployment(), true, &printer).await.unwrap();
    let printed: Value = serde_json::from_str(&printer.transcript()).unwrap();
    let [feed, webhook] = tokens(&world).map(Option::unwrap);
    for (name, end) in [
        ("radarr", format!("/list/radarr?token={feed}")),
        ("sonarr", format!("/list/sonarr?token={feed}")),
        ("rss", format!("/rss/all?token={feed}")),
        ("plex_webhook", format!("/webhook/plex?token={webhook}")),
    ] {
        let address = printed[name].as_str().unwrap();
        assert!(address.starts_with("https://") && address.ends_with(&end), "{address}");
    }
}
