//! The deployment that commit e535c01 left behind, from texts that its own program wrote.

#![allow(unreachable_pub, reason = "several tests use it")]

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest, Sha256};
use stellarr_aws::{
    ChangeSetKind, ChangeSetRequest, Cloud, ParameterValue, PutCondition, PutObject, SecretText, TableItem, TableValue,
    TemplateSource,
};

pub const BOOTSTRAP_TEMPLATE: &str = include_str!("e535c01/bootstrap.yaml");
const MAIN_TEMPLATE: &str = include_str!("e535c01/main.yaml");
const EDGE_TEMPLATE: &str = include_str!("e535c01/edge.yaml");
const BUDGET: &str = include_str!("e535c01/budget.yaml");
/// The hash of the main template with a firewall and a budget, as e535c01 rendered it.
const MAIN_WITH_BUDGET: &str = "60cd7f5c353c28c239141579f29e5e89c8ae471a1f346f25e0e6d05baa864b85";

const RELEASES: [&str; 2] =
    [include_str!("e535c01/releases/000001.json"), include_str!("e535c01/releases/000002.json")];
const SITES: [&str; 2] = [
    include_str!("e535c01/sites/b9b69454f56c19b2c782f44d8d1e22d8a565b8bd4c14c60c75b21ef7d99afca1.json"),
    include_str!("e535c01/sites/a586b3abb768e4321866f202a62785a1ca267d919bcc20d0afd9086913b98d16.json"),
];
/// The site's files in the order in which the two releases stored them.
const PAGES: [(&str, &str); 5] = [
    ("_app/immutable/zero.js", "0"),
    (
        "config.json",
        r#"{"app_name":"Kino für Ömi","locales":["en","es","fr","de"],"default_locale":"en","image_base":"https://image.tmdb.org/t/p","push":true,"version":"0.1.0"}"#,
    ),
    ("index.html", "<!doctype html>0"),
    ("_app/immutable/one.js", "1"),
    ("index.html", "<!doctype html>1"),
];
const SECRET: &str = include_str!("e535c01/secret.json");

const MAIN: &str = "home-prod";
const BOOTSTRAP: &str = "home-prod-bootstrap";
const EDGE: &str = "home-prod-edge";
const EDGE_REGION: &str = "us-east-1";

pub fn sha256(text: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(text))
}

/// The secret's text and its values.
pub fn secret() -> (&'static str, BTreeMap<String, String>) {
    (SECRET, serde_json::from_str(SECRET).unwrap())
}

/// Tokens by the names that they were signed for.
pub fn tokens() -> BTreeMap<String, String> {
    serde_json::from_str(include_str!("e535c01/tokens.json")).unwrap()
}

/// Zips by their keys.
pub fn code() -> BTreeMap<String, Vec<u8>> {
    let zips: BTreeMap<String, String> = serde_json::from_str(include_str!("e535c01/code.json")).unwrap();
    zips.into_iter().map(|(key, zip)| (key, STANDARD.decode(zip).unwrap())).collect()
}

/// What the requests table held. Items that DynamoDB deletes in time are dated ahead, so that it has not done so.
pub fn items() -> Vec<TableItem> {
    let rows: Vec<BTreeMap<String, Value>> = serde_json::from_str(include_str!("e535c01/items.json")).unwrap();
    let item = |row: BTreeMap<String, Value>| {
        let mut item: TableItem = row.iter().map(|(name, typed)| (name.clone(), value(typed))).collect();
        if let Some(ttl) = item.get_mut("ttl") {
            *ttl = TableValue::number(4_102_444_800_u64);
        }
        item
    };
    rows.into_iter().map(item).collect()
}

/// A value in DynamoDB's JSON: `{"S": "text"}`.
fn value(typed: &Value) -> TableValue {
    let (kind, value) = typed.as_object().unwrap().iter().next().unwrap();
    let text = || value.as_str().unwrap().to_owned();
    match kind.as_str() {
        "S" => TableValue::Text(text()),
        "N" => TableValue::Number(text()),
        "L" => TableValue::List(value.as_array().unwrap().iter().map(self::value).collect()),
        "M" => {
            let inner = value.as_object().unwrap().iter();
            TableValue::Map(inner.map(|(name, typed)| (name.clone(), self::value(typed))).collect())
        }
        other => panic!("{other} is not a type of the fixture"),
    }
}

/// The main template with a firewall and a budget.
fn main_with_budget() -> String {
    let parameter = "  WebAclArn:\n    Type: String\n    Description: The firewall, in us-east-1\n";
    let dashboard = "  # The first three dashboards of an account are free.\n";
    let text = MAIN_TEMPLATE
        .replacen("  BaseUrl:\n", &format!("{parameter}  BaseUrl:\n"), 1)
        .replacen("        Origins:\n", "        WebACLId: !Ref WebAclArn\n        Origins:\n", 1)
        .replacen(dashboard, &format!("{BUDGET}\n{dashboard}"), 1);
    assert_eq!(sha256(&text), MAIN_WITH_BUDGET, "e535c01 rendered another one");
    text
}

/// A deployment of e535c01 in an account.
pub struct Deployment<'a> {
    pub cloud: &'a dyn Cloud,
    pub region: &'a str,
    /// Whether it has a firewall in an edge stack, and a budget in its main stack.
    pub has_budget: bool,
}

impl Deployment<'_> {
    async fn outputs(&self, region: &str, stack: &str) -> BTreeMap<String, String> {
        self.cloud.stacks(region).describe(stack).await.unwrap().unwrap().outputs
    }

    /// Creates a stack by a change set, as e535c01 did.
    async fn create(&self, region: &str, stack: &str, template: TemplateSource, parameters: &[(&str, String)]) {
        let stacks = self.cloud.stacks(region);
        let parameters =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), ParameterValue::Value(value.clone()))).collect();
        let request = ChangeSetRequest {
            stack: stack.to_owned(),
            name: "of-e535c01".to_owned(),
            kind: ChangeSetKind::Create,
            imports: Vec::new(),
            template,
            parameters,
            tags: [("stellarr:deployment".to_owned(), MAIN.to_owned())].into(),
            token: format!("{stack}-of-e535c01"),
            revert_drift: false,
        };
        let pause = || tokio::time::sleep(Duration::from_millis(20));
        let change_set = stacks.create_change_set(&request).await.unwrap();
        for _ in 0..500 {
            if stacks.describe_change_set(stack, &change_set).await.unwrap().status == "CREATE_COMPLETE" {
                break;
            }
            pause().await;
        }
        stacks.execute_change_set(stack, &change_set, "execute").await.unwrap();
        for _ in 0..1_500 {
            let status = stacks.describe(stack).await.unwrap().unwrap().status.0;
            if status == "CREATE_COMPLETE" {
                return;
            }
            assert!(!status.contains("ROLLBACK") && !status.contains("FAILED"), "{stack}: {status}");
            pause().await;
        }
        panic!("{stack} was not created in time");
    }

    async fn put(&self, bucket: &str, key: &str, body: impl Into<Bytes>) {
        let object = PutObject {
            key: key.to_owned(),
            body: body.into(),
            content_type: "application/json".to_owned(),
            cache_control: None,
            content_encoding: None,
            metadata: BTreeMap::new(),
            condition: PutCondition::Any,
        };
        self.cloud.objects().put(bucket, object).await.unwrap();
    }

    /// Makes everything that the two releases left behind.
    pub async fn leave_behind(&self) {
        let template = TemplateSource::Body(BOOTSTRAP_TEMPLATE.to_owned());
        self.create(self.region, BOOTSTRAP, template, &[("DeletionProtection", "false".to_owned())]).await;
        let outputs = self.outputs(self.region, BOOTSTRAP).await;
        let bucket = &outputs["ArtifactBucketName"];
        let (text, values) = secret();
        let (secrets, text) = (self.cloud.secrets(), SecretText(text.to_owned()));
        let token = "of-e535c01-0123456789abcdef01234567";
        assert!(secrets.replace(&outputs["AppSecretArn"], None, &text, token).await.unwrap());
        for item in items() {
            assert!(self.cloud.tables().add(&outputs["RequestsTableName"], "media_type", &item).await.unwrap());
        }
        for (key, zip) in code() {
            self.put(bucket, &key, zip).await;
        }
        for site in SITES {
            let key = format!("sites/{}.json", site_hash(site));
            self.put(bucket, &key, site).await;
        }

        let code = |function: &str| {
            let keys = code().into_keys();
            keys.into_iter().find(|key| key.starts_with(&format!("functions/{function}/"))).unwrap()
        };
        let given = |name: &str| outputs[name].clone();
        let mut parameters = vec![
            ("ArtifactBucketName", given("ArtifactBucketName")),
            ("ApiCodeKey", code("api")),
            ("WarmerCodeKey", code("warmer")),
            ("FetcherCodeKey", code("fetcher")),
            ("Architecture", "arm64".to_owned()),
            ("RequestsTableName", given("RequestsTableName")),
            ("RequestsTableArn", given("RequestsTableArn")),
            ("CatalogueTableName", given("CatalogueTableName")),
            ("CatalogueTableArn", given("CatalogueTableArn")),
            ("AppSecretArn", given("AppSecretArn")),
            ("OriginVerifyGeneration", "1".to_owned()),
            ("OriginVerifySha256", sha256(&values["ORIGIN_VERIFY_1"])),
        ];
        let mut main = MAIN_TEMPLATE.to_owned();
        if self.has_budget {
            // e535c01 stored the template of every stack but the first, and sent the address.
            let key = format!("templates/edge/{}.yaml", sha256(EDGE_TEMPLATE));
            self.put(bucket, &key, EDGE_TEMPLATE).await;
            let url = self.cloud.objects().template_url(bucket, &key);
            self.create(EDGE_REGION, EDGE, TemplateSource::Url(url), &[]).await;
            parameters.push(("WebAclArn", self.outputs(EDGE_REGION, EDGE).await["WebAclArn"].clone()));
            main = main_with_budget();
        }
        let key = format!("templates/main/{}.yaml", sha256(&main));
        self.put(bucket, &key, main).await;
        let url = self.cloud.objects().template_url(bucket, &key);
        self.create(self.region, MAIN, TemplateSource::Url(url), &parameters).await;

        let frontend = &self.outputs(self.region, MAIN).await["FrontendBucketName"];
        for (path, text) in PAGES {
            self.put(frontend, path, text).await;
        }
        for (index, release) in RELEASES.iter().enumerate() {
            let record = self.record(release);
            self.put(bucket, &format!("releases/{:06}.json", index + 1), record.clone()).await;
            self.put(bucket, "releases/current.json", record).await;
        }
    }

    /// A release's record. That of a deployment with a budget is that of the one without, but for what differs.
    fn record(&self, literal: &'static str) -> String {
        if !self.has_budget {
            return literal.to_owned();
        }
        let mut record: Value = serde_json::from_str(literal).unwrap();
        record["config"]["region"] = self.region.into();
        record["config"]["waf"]["enabled"] = true.into();
        record["config"]["budget"] = serde_json::json!({"monthly_usd": 5, "email": "me@example.org"});
        record["templates"]["main"] = format!("templates/main/{MAIN_WITH_BUDGET}.yaml").into();
        record["templates"]["edge"] = format!("templates/edge/{}.yaml", sha256(EDGE_TEMPLATE)).into();
        record.to_string()
    }
}

/// The hash in a site manifest's key, which the records name.
fn site_hash(site: &str) -> &'static str {
    let hashes = RELEASES.map(|release| {
        let (_, rest) = release.split_once("\"sites/").unwrap();
        rest.split_once(".json").unwrap().0
    });
    hashes[SITES.iter().position(|one| *one == site).unwrap()]
}
