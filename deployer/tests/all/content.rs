//! Content is verified by its hash: code that an attacker plants in the artifact bucket never runs.

use crate::common::world;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Parser;
use sha2::{Digest, Sha256};
use stellarr::base::error::CommandError;
use stellarr::base::failures::Code;
use stellarr::cli::{Cli, Command};
use stellarr::commands::rollback::{RollbackArgs, rollback};
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::Cloud;
use stellarr_testing::Fault;
use world::World;

const API: &str = "home-prod-api";

fn key(text: &str) -> String {
    format!("functions/api/{}.zip", hex::encode(Sha256::digest(text)))
}

/// The hash of what Lambda runs for the API.
async fn runs(world: &World) -> String {
    world.cloud.functions().describe(API).await.unwrap().unwrap().code_sha256
}

fn lambda_hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

async fn back(world: &World) -> Result<bool, CommandError> {
    let arguments: RollbackArgs = match Cli::parse_from(["stellarr", "rollback", "--yes"]).command {
        Command::Rollback(arguments) => arguments,
        other => panic!("{other:?} is not a rollback"),
    };
    let printer = Printer::captured(Verbosity::Default);
    rollback(&world.deployment(), &arguments, &printer).await.map(|done| done.is_some())
}

/// Two releases, whose API and template differ.
async fn two_releases() -> World {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.code.insert("api", "x");
    world.config.locales = vec!["de".parse().unwrap()];
    world.deploy(&[]).await.unwrap();
    world
}

#[tokio::test]
async fn code_that_was_planted_under_the_next_key_is_replaced_before_it_runs() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.code.insert("api", "x");
    // A reproducible build has a name that others can work out, and so has its size.
    world.cloud.store(&world.bucket("ArtifactBucket"), &key("x"), "!");
    world.deploy(&[]).await.unwrap();
    assert_eq!(runs(&world).await, lambda_hash("x"));
    assert_eq!(world.cloud.stored(&world.bucket("ArtifactBucket"), &key("x")).unwrap(), "x");
    world.cloud.clear_log();
    assert!(!world.deploy(&[]).await.unwrap().changed);
    assert_eq!(world.cloud.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn code_that_was_exchanged_while_cloudformation_read_it_is_found_out() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.code.insert("api", "x");
    let bucket = world.bucket("ArtifactBucket");
    let planted = bucket.clone();
    let plant = Fault::before(move |cloud| {
        cloud.store(&planted, &key("x"), "!");
    });
    world.cloud.inject("cloudformation:ExecuteChangeSet", 1, plant);
    let error = world.deploy(&[]).await.unwrap_err();
    assert_eq!(error.code, Code::ArtifactChanged, "{error}");
    assert!(error.to_string().contains(&key("x")), "{error}");
    assert_ne!(world.live()[0]["api"], key("x"), "it is not filed as a release");
    // The next deploy brings what was built, and sees that Lambda runs something else although the key is the same.
    world.cloud.heal();
    world.later();
    assert!(world.deploy(&[]).await.unwrap().changed);
    assert_eq!(runs(&world).await, lambda_hash("x"));
    assert!(!world.deploy(&[]).await.unwrap().changed);
}

#[tokio::test]
async fn code_that_was_changed_in_lambda_is_a_difference_and_is_put_back() {
    let world = World::new();
    world.deploy(&[]).await.unwrap();
    world.cloud.tamper(API, &lambda_hash("!")).clear_log();
    assert!(world.deploy(&[]).await.unwrap().changed);
    assert_eq!(runs(&world).await, lambda_hash("a"));
    assert_eq!(world.cloud.count("cloudformation:CreateChangeSet"), 0, "the stacks are as they were");
}

#[tokio::test]
async fn a_rollback_refuses_a_template_that_was_changed() {
    let world = two_releases().await;
    let bucket = world.bucket("ArtifactBucket");
    let record = world.cloud.stored(&bucket, "releases/000001.json").unwrap();
    let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
    let template = record["templates"]["main"].as_str().unwrap();
    let text = world.cloud.stored(&bucket, template).unwrap();
    world.cloud.store(&bucket, template, [&text[..], b"\n# harmless, it seems\n"].concat());
    world.cloud.clear_log();
    let error = back(&world).await.unwrap_err();
    assert_eq!(error.code, Code::ArtifactChanged, "{error}");
    assert!(error.to_string().contains(template), "{error}");
    assert_eq!(world.cloud.writes(), Vec::<String>::new());
    world.cloud.store(&bucket, template, text);
    assert!(back(&world).await.unwrap());
}

#[tokio::test]
async fn a_rollback_refuses_code_that_was_changed() {
    let world = two_releases().await;
    let bucket = world.bucket("ArtifactBucket");
    world.cloud.store(&bucket, &key("a"), "!");
    let error = back(&world).await.unwrap_err();
    assert_eq!(error.code, Code::ArtifactChanged, "{error}");
    assert_eq!(runs(&world).await, lambda_hash("x"));
    world.cloud.store(&bucket, &key("a"), "a");
    world.later();
    assert!(back(&world).await.unwrap());
    assert_eq!(runs(&world).await, lambda_hash("a"));
}

#[tokio::test]
async fn a_list_of_the_sites_files_that_was_changed_is_damaged() {
    let world = two_releases().await;
    let bucket = world.bucket("ArtifactBucket");
    let list = world.live()[1].as_str().unwrap().to_owned();
    let text = String::from_utf8(world.cloud.stored(&bucket, &list).unwrap().to_vec()).unwrap();
    world.cloud.store(&bucket, &list, text.replace("icon.svg", "evil.svg"));
    let error = world.deploy(&[]).await.unwrap_err();
    assert_eq!(error.code, Code::ReleaseDamaged, "{error}");
    assert!(error.to_string().contains(&list), "{error}");
}
