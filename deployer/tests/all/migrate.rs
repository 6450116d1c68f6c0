//! A site that Terraform made, taken over on an AWS in memory: what is adopted, what is copied, and a deploy over it.

use std::sync::Arc;
use std::time::Duration;
use stellarr::releases::built::Built;

use async_trait::async_trait;
use bytes::Bytes;
use clap::Parser;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::{Digest, Sha256};
use stellarr::base::artifact::{Artifact, FunctionBuild};
use stellarr::base::clock::Clock;
use stellarr::base::error::CommandError;
use stellarr::base::functions::Function;
use stellarr::cli::{Cli, Command};
use stellarr::commands::migrate::adopt;
use stellarr::config::Upstreams;
use stellarr::deploy::deploy;
use stellarr::deployment::Deployment;
use stellarr::migrate::{Copied, configuration};
use stellarr::secrets::Input;
use stellarr::site::manifest::Site;
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::{Invocation, TableItem, TableValue};
use stellarr_migrate::{State, Variables, inventory};
use stellarr_testing::FakeCloud;

const REGION: &str = "eu-west-1";
const TFVARS: &str = include_str!("../terraform/terraform.tfvars");
const TFSTATE: &str = include_str!("../terraform/terraform.tfstate");
const PASSWORD: &str = "correct horse battery staple";
const FRONTEND: &str = "stellarr-prod-frontend-1a2b3c4d";

/// A clock for which waiting costs no time.
struct Hasty;

#[async_trait]
impl Clock for Hasty {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_800_000_000)
    }

    async fn sleep(&self, duration: Duration) {
        if duration >= stellarr::deployment::lock::HEARTBEAT {
            std::future::pending::<()>().await;
        }
        tokio::task::yield_now().await;
    }
}

/// The account as Terraform left it.
fn account() -> FakeCloud {
    let cloud = FakeCloud::permissive(REGION);
    let table = json!({
        "TableName": "stellarr-prod-requests",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "media_type", "AttributeType": "S"},
            {"AttributeName": "tmdb_id", "AttributeType": "N"},
        ],
        "KeySchema": [
            {"AttributeName": "media_type", "KeyType": "HASH"},
            {"AttributeName": "tmdb_id", "KeyType": "RANGE"},
        ],
    });
    cloud.add_resource("AWS::DynamoDB::Table", "stellarr-prod-requests", table);
    cloud.add_resource("AWS::S3::Bucket", FRONTEND, json!({"VersioningConfiguration": {"Status": "Enabled"}}));
    cloud.add_resource("AWS::S3::Bucket", "stellarr-prod-trending-1a2b3c4d", json!({}));
    let group = "/aws/lambda/stellarr-prod-api";
    cloud.add_resource("AWS::Logs::LogGroup", group, json!({"LogGroupName": group, "RetentionInDays": 14}));
    let secret = json!({"PRESHARED_PASSWORD": PASSWORD, "TMDB_API_KEY": "0123456789abcdef", "FEED_TOKEN": ""});
    cloud.add_secret("stellarr-prod-app-config-1a2b3c4d", Some(&secret.to_string()));
    let request: TableItem = [("media_type", TableValue::text("movie")), ("tmdb_id", TableValue::number(653))]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
    cloud.add_items("stellarr-prod-requests", [request]);
    cloud
}

fn deployment(cloud: &FakeCloud) -> Deployment {
    let mut config = configuration(&Variables::parse(TFVARS).unwrap(), &State::default()).unwrap().0;
    // Zones and certificates are another test's matter.
    config.domain = None;
    config.dns.hosted_zone_id = None;
    Deployment {
        config,
        config_path: "stellarr.yaml".into(),
        cloud: Arc::new(cloud.clone()),
        clock: Arc::new(Hasty),
        dns: Arc::new(stellarr::base::dns::fake::FakeDns::default()),
        sandbox: None,
        upstreams: Upstreams::default(),
    }
}

async fn take_over(deployment: &Deployment, printer: &Printer) -> Result<Option<Copied>, CommandError> {
    let state = State::parse(TFSTATE).unwrap();
    let entries = inventory(&state, &deployment.config.prefix(), Some("requests.example.org"));
    adopt(deployment, &entries, &state, true, printer).await
}

#[tokio::test]
async fn what_holds_data_is_adopted_and_the_secret_is_copied() {
    let cloud = account();
    let deployment = deployment(&cloud);
    let printer = Printer::captured(Verbosity::Verbose);
    let copied = take_over(&deployment, &printer).await.unwrap().unwrap();
    assert_eq!(copied.copied, ["PRESHARED_PASSWORD", "TMDB_API_KEY"]);
    let secret = cloud.secret("stellarr-prod-app").unwrap();
    assert!(secret.0.contains(PASSWORD));
    assert!(!printer.transcript().contains(PASSWORD), "{}", printer.transcript());
    assert!(copied.public_lists && printer.transcript().contains("they stay public"), "{}", printer.transcript());
    assert_eq!(cloud.stack_status(REGION, "stellarr-prod").as_deref(), Some("IMPORT_COMPLETE"));
    assert_eq!(cloud.physical_id(REGION, "stellarr-prod", "SiteBucket"), FRONTEND);
    assert_eq!(cloud.stack_status(REGION, "stellarr-prod-bootstrap").as_deref(), Some("UPDATE_COMPLETE"));
    assert_eq!(cloud.items("stellarr-prod-requests").len(), 1);
}

#[tokio::test]
async fn a_second_run_finds_everything_done() {
    let cloud = account();
    let deployment = deployment(&cloud);
    take_over(&deployment, &Printer::captured(Verbosity::Default)).await.unwrap();
    cloud.clear_log();
    let copied = take_over(&deployment, &Printer::captured(Verbosity::Default)).await.unwrap().unwrap();
    assert!(copied.copied.is_empty());
    assert_eq!(cloud.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn what_the_state_names_and_aws_has_not_stops_before_any_change() {
    let cloud = FakeCloud::permissive(REGION);
    let error = take_over(&deployment(&cloud), &Printer::captured(Verbosity::Default)).await.unwrap_err();
    assert!(error.message.contains("stellarr-prod-requests is not there"), "{error}");
    assert!(error.hints.iter().any(|hint| hint.contains("terraform refresh")), "{error:?}");
    assert_eq!(cloud.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_deploy_goes_over_what_was_adopted() {
    let cloud = account();
    let deployment = deployment(&cloud);
    let printer = Printer::captured(Verbosity::Default);
    take_over(&deployment, &printer).await.unwrap();
    let report = json!({"success": true, "files": [], "durationMs": 1});
    let answer = Invocation { payload: Bytes::from(report.to_string()), function_error: None, log_tail: None };
    cloud.on_invoke("stellarr-prod-warmer", answer);
    let folder = tempfile::tempdir().unwrap();
    let artifacts = Function::ALL.map(Function::name).map(|function| {
        let path = folder.path().join(function);
        std::fs::write(&path, function).unwrap();
        let sha256 = hex::encode(Sha256::digest(function));
        Artifact { function: function.to_owned(), path, sha256, size: function.len() as u64 }
    });
    let mut site = Site::default();
    site.add("index.html", "<!doctype html>");
    let built =
        Built { functions: FunctionBuild { architecture: "arm64", artifacts: artifacts.into() }, site: Some(site) };
    let Command::Deploy(arguments) = Cli::parse_from(["stellarr", "deploy", "--yes"]).command else { panic!() };
    let input = Input::gather(None, |_| None).unwrap();
    deploy(&deployment, &(&arguments).into(), &input, async { Ok(built) }, &printer).await.unwrap();
    assert_eq!(cloud.physical_id(REGION, "stellarr-prod", "SiteBucket"), FRONTEND, "the old bucket is the new one");
    assert!(cloud.stored(FRONTEND, "index.html").is_some());
    assert_eq!(cloud.items("stellarr-prod-requests").len(), 1);
}
