//! A deployment in an account of its own, deployed by the real adapters through the proxy.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use stellarr::releases::built::Built;

use async_trait::async_trait;
use bytes::Bytes;
use clap::Parser;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use stellarr::base::artifact::{Artifact, FunctionBuild};
use stellarr::base::clock::Clock;
use stellarr::base::dns::fake::FakeDns;
use stellarr::base::error::CommandError;
use stellarr::base::functions::Function;
use stellarr::cli::{Cli, Command};
use stellarr::commands::destroy::destroy;
use stellarr::commands::diff::{Diff, diff};
use stellarr::config::{Config, RemovalPolicy, Upstreams};
use stellarr::deploy::{Outcome, deploy};
use stellarr::deployment::Deployment;
use stellarr::deployment::lock::HEARTBEAT;
use stellarr::secrets::Input;
use stellarr::site::manifest::Site;
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::{AwsCloud, Cloud, ConnectOptions, PutCondition, PutObject, SecretText, StaticCredentials};
use tokio::sync::{Mutex, MutexGuard, OnceCell};
use zip::write::SimpleFileOptions;

use crate::real_aws::REGION;
use crate::real_aws::emulator::Emulator;
use crate::real_aws::proxy::Proxy;

pub(crate) const MAIN: &str = "home-prod";
pub(crate) const BOOTSTRAP: &str = "home-prod-bootstrap";
/// A function in the language that is there wherever the emulator is.
pub(crate) const HANDLER: &str = include_str!("bootstrap.py");

/// The emulator that the tests of one process share: its start takes seconds.
static EMULATOR: Mutex<Weak<Emulator>> = Mutex::const_new(Weak::new());
static ACCOUNTS: AtomicU64 = AtomicU64::new(1);
/// Tests take turns: an update of a function ends the processes of its namesakes in all of the emulator's accounts.
static TURN: Mutex<()> = Mutex::const_new(());

async fn emulator() -> Arc<Emulator> {
    let mut shared = EMULATOR.lock().await;
    if let Some(running) = shared.upgrade() {
        return running;
    }
    let started = Arc::new(Emulator::start().await);
    *shared = Arc::downgrade(&started);
    started
}

/// Fails with the lines that differ.
pub(crate) fn assert_same(actual: &Value, expected: &Value) {
    let (actual, expected) = (format!("{actual:#}"), format!("{expected:#}"));
    let lines = similar::TextDiff::from_lines(&expected, &actual);
    assert!(actual == expected, "{}", lines.unified_diff());
}

/// A clock that shortens the pauses between looks; the emulator is done sooner than AWS.
struct Hurried;

#[async_trait]
impl Clock for Hurried {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, duration: Duration) {
        let pause = if duration < HEARTBEAT { duration.min(Duration::from_millis(200)) } else { duration };
        tokio::time::sleep(pause).await;
    }
}

/// An account of its own with one deployment.
pub(crate) struct Account {
    pub(crate) proxy: Proxy,
    pub(crate) config: Config,
    /// What the deployer uses, through the proxy.
    pub(crate) cloud: Arc<AwsCloud>,
    /// What the tests look with, past the proxy.
    pub(crate) truth: AwsCloud,
    code: &'static str,
    page: &'static str,
    zips: tempfile::TempDir,
    _emulator: Arc<Emulator>,
    _turn: Option<MutexGuard<'static, ()>>,
}

impl Account {
    /// An empty account, once no other test is at work.
    pub(crate) async fn new() -> Self {
        let emulator = emulator().await;
        let turn = TURN.lock().await;
        Self { _turn: Some(turn), ..Self::beside(emulator).await }
    }

    async fn beside(emulator: Arc<Emulator>) -> Self {
        let proxy = Proxy::start(emulator.address()).await;
        // The emulator takes a key of twelve digits for the account.
        let access_key_id = format!("{:012}", ACCOUNTS.fetch_add(1, Ordering::Relaxed));
        let connect = async |address: &str| {
            let credentials = StaticCredentials {
                access_key_id: access_key_id.clone(),
                secret_access_key: SecretText("test".to_owned()),
            };
            let options =
                ConnectOptions { credentials: Some(credentials), ..ConnectOptions::emulator(REGION, address) };
            AwsCloud::connect(options).await.unwrap()
        };
        let cloud = Arc::new(connect(proxy.address()).await);
        let truth = connect(emulator.address()).await;
        let mut config = Config::named("home");
        config.region = REGION.to_owned();
        config.removal_policy = RemovalPolicy::Delete;
        config.app_name = "Kino für Ömi".to_owned();
        let zips = tempfile::tempdir().unwrap();
        let (code, page) = ("1", "<!doctype html>1");
        Self { proxy, config, cloud, truth, code, page, zips, _emulator: emulator, _turn: None }
    }

    /// What a person changes between two deploys: an output and tags of the stack, code, and a page.
    pub(crate) fn change(&mut self) {
        self.config.alarm_email = Some("ana@example.org".to_owned());
        self.config.tags.insert("owner".to_owned(), "Ana".to_owned());
        (self.code, self.page) = ("2", "<!doctype html>2");
    }

    /// Another version of the functions, and nothing else.
    pub(crate) fn change_code(&mut self) {
        self.code = "3";
    }

    pub(crate) fn deployment(&self) -> Deployment {
        Deployment {
            config: self.config.clone(),
            config_path: "stellarr.yaml".into(),
            cloud: self.cloud.clone(),
            clock: Arc::new(Hurried),
            dns: Arc::new(FakeDns::default()),
            sandbox: None,
            upstreams: Upstreams::default(),
        }
    }

    fn built(&self) -> Built {
        let artifacts = Function::ALL.map(Function::name).map(|function| {
            let zip = zipped(&format!("{HANDLER}# {function} {}\n", self.code));
            let path = self.zips.path().join(format!("{function}-{}.zip", self.code));
            std::fs::write(&path, &zip).unwrap();
            let sha256 = hex::encode(Sha256::digest(&zip));
            Artifact { function: function.to_owned(), path, sha256, size: zip.len() as u64 }
        });
        let mut site = Site::default();
        for (path, text) in [("index.html", self.page), ("_app/immutable/one.js", "1"), ("icon.svg", "1")] {
            site.add(path, text);
        }
        Built { functions: FunctionBuild { architecture: "arm64", artifacts: artifacts.into() }, site: Some(site) }
    }

    pub(crate) async fn deploy(&self) -> Result<Outcome, CommandError> {
        let Command::Deploy(arguments) = Cli::parse_from(["stellarr", "deploy", "--yes"]).command else {
            panic!("that is a deploy");
        };
        let values = [("PRESHARED_PASSWORD", "correct horse battery"), ("TMDB_API_KEY", "0123456789abcdef")];
        let values = BTreeMap::from(values);
        let input = Input::gather(None, |key| values.get(key).map(|value| (*value).to_owned())).unwrap();
        let printer = Printer::captured(Verbosity::Default);
        deploy(&self.deployment(), &(&arguments).into(), &input, async { Ok(self.built()) }, &printer).await
    }

    pub(crate) async fn diff(&self) -> Diff {
        let printer = Printer::captured(Verbosity::Default);
        diff(&self.deployment(), &self.built(), &printer).await.unwrap()
    }

    /// Destroys everything; returns what was printed.
    pub(crate) async fn destroy(&self) -> Result<String, CommandError> {
        let line = ["stellarr", "destroy", "--yes", MAIN, "--delete-data"];
        let Command::Destroy(arguments) = Cli::parse_from(line).command else {
            panic!("that is a destroy");
        };
        let printer = Printer::captured(Verbosity::Default);
        destroy(&self.deployment(), &arguments, &printer).await.map(|()| printer.transcript())
    }

    /// The id of a stack, as it really is.
    pub(crate) async fn stack_id(&self, name: &str) -> String {
        self.truth.stacks(REGION).describe(name).await.unwrap().unwrap().id
    }

    /// The outputs of both stacks, as they really are.
    pub(crate) async fn outputs(&self) -> BTreeMap<String, String> {
        let mut outputs = BTreeMap::new();
        for name in [BOOTSTRAP, MAIN] {
            outputs.extend(self.truth.stacks(REGION).describe(name).await.unwrap().unwrap().outputs);
        }
        outputs
    }

    /// Reads an object as JSON.
    pub(crate) async fn object(&self, bucket: &str, key: &str) -> Value {
        let object = self.truth.objects().get(bucket, key).await.unwrap().unwrap();
        serde_json::from_slice(&object.body).unwrap()
    }

    pub(crate) async fn put(&self, bucket: &str, key: &str, body: impl Into<Bytes>) {
        let object = PutObject {
            key: key.to_owned(),
            body: body.into(),
            content_type: "application/json".to_owned(),
            cache_control: None,
            content_encoding: None,
            metadata: BTreeMap::new(),
            condition: PutCondition::Any,
        };
        self.truth.objects().put(bucket, object).await.unwrap();
    }

    /// Everything that a deploy brings about, without what is another in every account: the values of outputs, times, and
    /// secrets.
    pub(crate) async fn state(&self) -> Value {
        let stacks = self.truth.stacks(REGION);
        let mut state = json!({});
        let mut outputs = BTreeMap::new();
        for name in [BOOTSTRAP, MAIN] {
            let Some(mut stack) = stacks.describe(name).await.unwrap() else { continue };
            let resources = stacks.resources(name).await.unwrap().into_iter();
            let resources: BTreeMap<_, _> =
                resources.map(|one| (one.logical_id, [one.resource_type, one.status])).collect();
            outputs.extend(stack.outputs.clone());
            let is_chance = |key: &str, value: &str| {
                ["AppSecretArn", "OriginVerifySha256"].contains(&key) || outputs.values().any(|output| output == value)
            };
            for (key, value) in &mut stack.parameters {
                if is_chance(key, value) {
                    value.clear();
                }
            }
            state[name] = json!({
                "status": stack.status, "protected": stack.termination_protection, "tags": stack.tags,
                "outputs": stack.outputs.keys().collect::<Vec<_>>(), "parameters": stack.parameters,
                "resources": resources, "template": stacks.template(name).await.unwrap(),
            });
        }
        if let (Some(artifacts), Some(site)) = (outputs.get("ArtifactBucketName"), outputs.get("FrontendBucketName")) {
            for (what, bucket) in [("artifacts", artifacts), ("site", site)] {
                let objects = self.truth.objects().list(bucket, "").await.unwrap();
                let keys: Vec<_> = objects.into_iter().map(|object| object.key).collect();
                state[what] = json!(keys);
            }
            let page = self.truth.objects().get(site, "index.html").await.unwrap().unwrap().body;
            state["page"] = json!(String::from_utf8_lossy(&page));
            state["release"] = self.object(artifacts, "releases/current.json").await;
            for chance in ["created_at", "by"] {
                state["release"].as_object_mut().unwrap().remove(chance);
            }
        }
        state
    }
}

pub(crate) fn zipped(handler: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bootstrap", SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
    zip.write_all(handler.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

/// What deploys and a deletion bring about that no rule distorts.
pub(crate) struct Undistorted {
    pub(crate) first: Value,
    pub(crate) changed: Value,
    pub(crate) destroyed: Value,
}

pub(crate) async fn undistorted() -> &'static Undistorted {
    static UNDISTORTED: OnceCell<Undistorted> = OnceCell::const_new();
    UNDISTORTED
        .get_or_init(|| async {
            let mut account = Account::beside(emulator().await).await;
            account.deploy().await.unwrap();
            let first = account.state().await;
            assert!(!account.deploy().await.unwrap().changed, "nothing differs");
            assert!(account.diff().await.differences.is_empty());
            account.change();
            account.deploy().await.unwrap();
            let changed = account.state().await;
            let printed = account.destroy().await.unwrap();
            assert!(printed.contains("everything is gone"), "{printed}");
            Undistorted { first, changed, destroyed: account.state().await }
        })
        .await
}
