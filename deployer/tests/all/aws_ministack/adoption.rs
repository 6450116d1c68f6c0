//! Tables' items, and resources of another's making that a deployment takes over.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use stellarr::base::clock::SystemClock;
use stellarr::base::dns::fake::FakeDns;
use stellarr::commands::migrate::adopt;
use stellarr::config::{Config, Upstreams};
use stellarr::deployment::Deployment;
use stellarr::household::requests;
use stellarr::migrate::configuration;
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::{AwsCloud, Cloud, TableQuery};
use stellarr_core::export::ExportDocument;
use stellarr_migrate::{State, Variables, inventory};

use crate::aws_ministack::REGION;
use crate::aws_ministack::emulator::Emulator;

const TFVARS: &str = "project_name = \"films\"\nenvironment = \"old\"\naws_region = \"eu-west-1\"\n";
const TABLE: &str = "films-old-requests";
const BUCKET: &str = "films-old-frontend-1a2b3c4d";
const GROUP: &str = "/aws/lambda/films-old-api";

async fn call(emulator: &Emulator, service: &str, target: &str, body: &Value) -> Value {
    let kind = if service == "dynamodb" { "application/x-amz-json-1.0" } else { "application/x-amz-json-1.1" };
    let headers = [("x-amz-target", target), ("content-type", kind)];
    let text = emulator.send(service, "POST", "/", &headers, &body.to_string()).await;
    serde_json::from_str(&text).unwrap_or_default()
}

/// Makes what the Terraform tree has made; returns its state.
async fn old_system(emulator: &Emulator) -> String {
    let table = json!({
        "TableName": TABLE,
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
    call(emulator, "dynamodb", "DynamoDB_20120810.CreateTable", &table).await;
    emulator.make_bucket(BUCKET).await;
    call(emulator, "logs", "Logs_20140328.CreateLogGroup", &json!({"logGroupName": GROUP})).await;
    let text = json!({"TMDB_API_KEY": "0123456789abcdef", "PRESHARED_PASSWORD": "correct horse battery"}).to_string();
    let secret = json!({"Name": "films-old-app-config", "SecretString": text, "ClientRequestToken": "1".repeat(32)});
    let secret = call(emulator, "secretsmanager", "secretsmanager.CreateSecret", &secret).await;
    let managed = |kind: &str, attributes: Value| json!({"mode": "managed", "type": kind, "name": "one", "instances": [{"attributes": attributes}]});
    json!({"version": 4, "resources": [
        managed("aws_dynamodb_table", json!({"name": TABLE})),
        managed("aws_s3_bucket", json!({"bucket": BUCKET})),
        managed("aws_cloudwatch_log_group", json!({"name": GROUP})),
        managed("aws_secretsmanager_secret", json!({"name": "films-old-app-config", "arn": secret["ARN"]})),
    ]})
    .to_string()
}

/// A table that is taken over has its indexes told: one left out would be made a second time.
pub(crate) async fn a_table_is_told_with_its_indexes(emulator: &Emulator, cloud: &AwsCloud) {
    let indexes = json!([{
        "IndexName": "lookup-index",
        "KeySchema": [{"AttributeName": "lookup", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }]);
    let table = json!({
        "TableName": "indexed",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "lookup", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": indexes,
    });
    call(emulator, "dynamodb", "DynamoDB_20120810.CreateTable", &table).await;
    let told = cloud.live_resources().properties("AWS::DynamoDB::Table", "indexed").await.unwrap().unwrap();
    for key in ["GlobalSecondaryIndexes", "AttributeDefinitions", "KeySchema"] {
        assert_eq!(told[key], table[key], "{key}");
    }
}

fn document() -> ExportDocument {
    let request = json!({
        "media_type": "tv",
        "tmdb_id": 82728,
        "title": "Bluey",
        "created_at": "2026-01-03T00:00:00.000000+00:00",
        "tvdb_id": 353_546,
        "genre_ids": [16],
        "plex_guid": "plex://show/1",
    });
    let row = json!({"media_type": "movie", "tmdb_id": 7, "synced_at": ""});
    let (request, row) = (serde_json::from_value(request).unwrap(), serde_json::from_value(row).unwrap());
    ExportDocument::new(vec![request], vec![row], "1970-01-01T00:00:00+00:00".to_owned())
}

pub(crate) async fn an_old_system_is_adopted(emulator: &Emulator, cloud: AwsCloud) {
    let state = State::parse(&old_system(emulator).await).unwrap();
    let tables = cloud.tables();
    let imported = requests::import(tables.as_ref(), TABLE, &document()).await.unwrap();
    assert_eq!((imported.requests.new, imported.library.new), (1, 1));
    let again = requests::import(tables.as_ref(), TABLE, &document()).await.unwrap();
    assert_eq!((again.requests.present, again.library.present), (1, 1));
    assert_eq!(tables.count(TABLE, &TableQuery::of("media_type", "tv")).await.unwrap(), 1);

    let config = configuration(&Variables::parse(TFVARS).unwrap(), &State::default()).unwrap().0;
    let entries = inventory(&state, &config.prefix(), config.domain.as_deref());
    let cloud: Arc<dyn Cloud> = Arc::new(cloud);
    let deployment = deployment(config, cloud.clone());
    let printer = Printer::captured(Verbosity::Verbose);
    let copied = adopt(&deployment, &entries, &state, true, &printer).await.unwrap().unwrap();
    assert_eq!(copied.copied, ["PRESHARED_PASSWORD", "TMDB_API_KEY"], "{}", printer.transcript());

    let stacks = cloud.stacks(REGION);
    let mut adopted: Vec<_> = stacks.resources("films-old").await.unwrap().into_iter().collect();
    adopted.sort_by(|one, other| one.logical_id.cmp(&other.logical_id));
    let ids: Vec<_> = adopted.iter().map(|one| (one.logical_id.as_str(), one.physical_id.as_deref())).collect();
    assert_eq!(ids, [("ApiLog", Some(GROUP)), ("SiteBucket", Some(BUCKET))]);
    let exported = requests::export(cloud.tables().as_ref(), TABLE, Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!(exported, document(), "the data went along");
}

fn deployment(config: Config, cloud: Arc<dyn Cloud>) -> Deployment {
    Deployment {
        config,
        config_path: "stellarr.yaml".into(),
        cloud,
        clock: Arc::new(SystemClock),
        dns: Arc::new(FakeDns::default()),
        sandbox: None,
        upstreams: Upstreams::default(),
    }
}

/// With nothing to take over, the bootstrap stack is made: first so that it can be rolled back, then protected.
pub(crate) async fn a_new_bootstrap_stack_ends_protected(cloud: AwsCloud) {
    let mut config = Config::named("fresh");
    config.region = REGION.to_owned();
    let cloud: Arc<dyn Cloud> = Arc::new(cloud);
    let deployment = deployment(config, cloud.clone());
    let state = State::parse(r#"{"version": 4, "resources": []}"#).unwrap();
    let printer = Printer::captured(Verbosity::Verbose);
    let look = || async { cloud.stacks(REGION).describe("fresh-prod-bootstrap").await.unwrap().unwrap() };
    adopt(&deployment, &[], &state, true, &printer).await.unwrap();
    let made = look().await;
    assert_eq!(made.parameters["DeletionProtection"], "true");
    assert!(made.termination_protection && made.status.is_success(), "{made:?}");
    adopt(&deployment, &[], &state, true, &printer).await.unwrap();
    assert_eq!(look().await, made, "there is nothing left to change");
}
