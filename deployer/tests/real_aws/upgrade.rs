//! What commit e535c01 deployed, and this version deployed over it: nothing is lost.

use std::collections::BTreeMap;

use clap::Parser;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use stellarr::cli::{Cli, Command};
use stellarr::commands::releases;
use stellarr::commands::rollback::rollback;
use stellarr::site::manifest::Site;
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::{
    ChangeSetKind, ChangeSetRequest, Cloud, ParameterValue, SecretText, TableItem, TableQuery, TableValue,
    TemplateSource,
};

use crate::REGION;
use crate::account::{Account, BOOTSTRAP, HANDLER, MAIN, assert_same, zipped};

const TEMPLATES: [(&str, &str); 2] =
    [("bootstrap", include_str!("e535c01/bootstrap.yaml")), ("main", include_str!("e535c01/main.yaml"))];
const ITEMS: &str = include_str!("e535c01/items.json");

/// The secret of e535c01, of a household whose lists are public.
fn secret() -> BTreeMap<String, String> {
    let values = [
        ("APP_SECRET_KEY", "0123456789abcdef".repeat(4)),
        ("PRESHARED_PASSWORD", "correct horse battery".to_owned()),
        ("TMDB_API_KEY", "0123456789abcdef".to_owned()),
        ("PLEX_WEBHOOK_TOKEN", "webhook-token".to_owned()),
        ("VAPID_PRIVATE_KEY", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE".to_owned()),
        ("ORIGIN_VERIFY_1", "origin-of-the-test".to_owned()),
    ];
    values.map(|(name, value)| (name.to_owned(), value)).into()
}

fn sha256(text: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(text))
}

fn items() -> Vec<TableItem> {
    let rows: Vec<BTreeMap<String, Value>> = serde_json::from_str(ITEMS).unwrap();
    let value = |value: Value| match value {
        Value::Number(number) => TableValue::Number(number.to_string()),
        other => TableValue::Text(other.as_str().unwrap().to_owned()),
    };
    rows.into_iter().map(|row| row.into_iter().map(|(name, of)| (name, value(of))).collect()).collect()
}

/// Creates a stack by a change set, as e535c01 did.
async fn create(account: &Account, stack: &str, template: TemplateSource, parameters: &[(&str, String)]) {
    let stacks = account.truth.stacks(REGION);
    let parameters =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), ParameterValue::Value(value.clone()))).collect();
    let request = ChangeSetRequest {
        stack: stack.to_owned(),
        name: "of-e535c01".to_owned(),
        kind: ChangeSetKind::Create,
        imports: Vec::new(),
        template,
        parameters,
        tags: stellarr::config::tags(&account.config),
        token: format!("{stack}-of-e535c01"),
        revert_drift: false,
    };
    let change_set = stacks.create_change_set(&request).await.unwrap();
    for _ in 0..100 {
        if stacks.describe_change_set(stack, &change_set).await.unwrap().status == "CREATE_COMPLETE" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    stacks.execute_change_set(stack, &change_set, "execute").await.unwrap();
    for _ in 0..300 {
        let status = stacks.describe(stack).await.unwrap().unwrap().status.0;
        if status == "CREATE_COMPLETE" {
            return;
        }
        assert!(!status.contains("ROLLBACK") && !status.contains("FAILED"), "{stack}: {status}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{stack} was not created in time");
}

async fn left_behind(account: &Account) {
    let template = TemplateSource::Body(TEMPLATES[0].1.to_owned());
    create(account, BOOTSTRAP, template, &[("DeletionProtection", "false".to_owned())]).await;
    let outputs = account.truth.stacks(REGION).describe(BOOTSTRAP).await.unwrap().unwrap().outputs;
    let bucket = &outputs["ArtifactBucketName"];
    let text = SecretText(json!(secret()).to_string());
    assert!(
        account
            .truth
            .secrets()
            .replace(&outputs["AppSecretArn"], None, &text, "of-e535c01-0123456789abcdef0123")
            .await
            .unwrap()
    );
    for item in items() {
        assert!(account.truth.tables().add(&outputs["RequestsTableName"], "media_type", &item).await.unwrap());
    }

    let mut templates = BTreeMap::new();
    for (stack, text) in TEMPLATES {
        let key = format!("templates/{stack}/{}.yaml", sha256(text));
        account.put(bucket, &key, text).await;
        templates.insert(stack, key);
    }
    let mut code = BTreeMap::new();
    for function in ["api", "fetcher", "warmer"] {
        let zip = zipped(&format!("{HANDLER}# {function} of e535c01\n"));
        let key = format!("functions/{function}/{}.zip", sha256(&zip));
        account.put(bucket, &key, zip).await;
        code.insert(function, key);
    }
    let given = |name: &str| outputs[name].clone();
    let parameters = [
        ("ArtifactBucketName", given("ArtifactBucketName")),
        ("ApiCodeKey", code["api"].clone()),
        ("WarmerCodeKey", code["warmer"].clone()),
        ("FetcherCodeKey", code["fetcher"].clone()),
        ("Architecture", "arm64".to_owned()),
        ("RequestsTableName", given("RequestsTableName")),
        ("RequestsTableArn", given("RequestsTableArn")),
        ("CatalogueTableName", given("CatalogueTableName")),
        ("CatalogueTableArn", given("CatalogueTableArn")),
        ("AppSecretArn", given("AppSecretArn")),
        ("OriginVerifyGeneration", "1".to_owned()),
        ("OriginVerifySha256", sha256("origin-of-the-test")),
    ];
    let url = account.truth.objects().template_url(bucket, &templates["main"]);
    create(account, MAIN, TemplateSource::Url(url), &parameters).await;

    let site_bucket = &account.outputs().await["FrontendBucketName"];
    let mut site = Site::default();
    for (path, text) in [("index.html", "<!doctype html>0"), ("_app/immutable/zero.js", "0")] {
        site.add(path, text);
        account.put(site_bucket, path, text).await;
    }
    let manifest = serde_json::to_vec(&site.manifest).unwrap();
    let key = format!("sites/{}.json", site.manifest.sha256());
    account.put(bucket, &key, manifest).await;
    let mut config = serde_json::to_value(&account.config).unwrap();
    // e535c01 did not have it.
    config["auth_limit"].as_object_mut().unwrap().remove("max_per_minute");
    let release = json!({
        "sequence": 1, "created_at": "2026-01-02T03:04:05Z", "by": "ana", "version": "0.1.0", "config": config,
        "templates": templates, "code": code, "site": key, "retired": {},
    });
    for key in ["releases/current.json", "releases/000001.json"] {
        account.put(bucket, key, release.to_string()).await;
    }
}

async fn assert_nothing_is_lost(account: &Account, outputs: &BTreeMap<String, String>) {
    let now = account.outputs().await;
    for name in ["ArtifactBucketName", "RequestsTableName", "CatalogueTableName", "AppSecretArn", "FrontendBucketName"]
    {
        assert_eq!(now[name], outputs[name], "{name} was replaced");
    }
    for item in items() {
        let TableValue::Text(partition) = &item["media_type"] else { panic!("a text") };
        let query = TableQuery::of("media_type", partition);
        assert_eq!(account.truth.tables().query(&now["RequestsTableName"], &query).await.unwrap(), [item]);
    }
    let kept = account.truth.secrets().get(&now["AppSecretArn"]).await.unwrap().unwrap().text;
    let kept: BTreeMap<String, Value> = serde_json::from_str(&kept.0).unwrap();
    for (name, value) in secret() {
        assert!(kept[&name] == value, "{name} is another one");
    }
    assert!(!kept.contains_key("FEED_TOKEN"), "the lists were public, and are read without a token");
    assert!(!kept.contains_key("NOT_BEFORE"), "the password is the same, and sessions were ended");
}

#[tokio::test]
async fn an_upgrade_keeps_the_deployment_of_e535c01() {
    let account = Account::new().await;
    left_behind(&account).await;
    let outputs = account.outputs().await;
    let ids = [account.stack_id(BOOTSTRAP).await, account.stack_id(MAIN).await];
    assert!(account.deploy().await.unwrap().changed);
    assert_nothing_is_lost(&account, &outputs).await;
    assert_eq!([account.stack_id(BOOTSTRAP).await, account.stack_id(MAIN).await], ids);
    let upgraded = account.state().await;
    assert!(!account.deploy().await.unwrap().changed, "the second deploy of this version has nothing to do");
    assert_same(&account.state().await, &upgraded);

    let printer = Printer::captured(Verbosity::Default);
    let deployment = account.deployment();
    let live = deployment.deployed().await.unwrap();
    let past = releases::list(deployment.context(&printer), &live, 20).await.unwrap();
    let past: Vec<_> = past.iter().map(|one| (one.release.sequence, one.missing.clone())).collect();
    assert_eq!(past, [(2, vec![]), (1, vec![])], "the history is whole");

    let Command::Rollback(arguments) = Cli::parse_from(["stellarr", "rollback", "--yes", "--no-warm"]).command else {
        panic!("that is a rollback");
    };
    let back = rollback(&deployment, &arguments, &printer).await;
    assert!(back.is_ok_and(|done| done.is_some()), "{}", printer.transcript());
    assert_nothing_is_lost(&account, &outputs).await;
    let page = account.truth.objects().get(&outputs["FrontendBucketName"], "index.html").await.unwrap().unwrap().body;
    assert_eq!(page, "<!doctype html>0");
}
