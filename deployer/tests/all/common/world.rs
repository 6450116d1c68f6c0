//! A deployment on an AWS in memory, with zips and pages of its own.

#![allow(unreachable_pub, reason = "several tests use it")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;
use stellarr::releases::built::Built;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use sha2::Digest as _;
use stellarr::base::artifact::{Artifact, FunctionBuild};
use stellarr::base::clock::Clock;
use stellarr::base::dns::RecordKind;
use stellarr::base::dns::fake::FakeDns;
use stellarr::base::error::CommandError;
use stellarr::base::functions::Function;
use stellarr::cli::{Cli, Command};
use stellarr::config::{Config, Upstreams};
use stellarr::deploy::{Options, Outcome, deploy};
use stellarr::deployment::Deployment;
use stellarr::secrets::Input;
use stellarr::site::manifest::Site;
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::Invocation;
use stellarr_testing::FakeCloud;

pub const REGION: &str = "eu-central-1";
pub const MAIN: &str = "home-prod";

/// A clock that tests put forward. Waiting costs no real time, and the lock's next heartbeat never comes.
///
/// Waiting puts it forward too where the second field says so.
pub struct TestClock(pub AtomicI64, pub AtomicBool);

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_800_000_000 + self.0.load(Ordering::Relaxed))
    }

    async fn sleep(&self, duration: Duration) {
        if duration >= stellarr::deployment::lock::HEARTBEAT {
            std::future::pending::<()>().await;
        }
        if self.1.load(Ordering::Relaxed) {
            self.0.fetch_add(i64::try_from(duration.as_secs()).unwrap(), Ordering::Relaxed);
        }
        tokio::task::yield_now().await;
    }
}

/// A deployment on an AWS in memory, with zips and pages of its own.
pub struct World {
    pub cloud: FakeCloud,
    pub clock: Arc<TestClock>,
    /// The public DNS; it asks the zone Z1 about example.org.
    pub dns: FakeDns,
    pub config: Config,
    pub zips: tempfile::TempDir,
    pub code: BTreeMap<&'static str, &'static str>,
    pub pages: BTreeMap<&'static str, &'static str>,
    /// What the environment gives.
    pub secrets: Vec<(&'static str, &'static str)>,
}

impl World {
    pub fn new() -> Self {
        let mut config = Config::named("home");
        config.region = REGION.to_owned();
        let world = Self {
            cloud: FakeCloud::permissive(REGION),
            clock: Arc::new(TestClock(AtomicI64::new(0), AtomicBool::new(false))),
            dns: FakeDns::default(),
            config,
            zips: tempfile::tempdir().unwrap(),
            code: Function::ALL.map(Function::name).into_iter().zip(["a", "c", "b", "d", "e"]).collect(),
            pages: [("index.html", "<!doctype html>1"), ("_app/immutable/one.js", "1"), ("icon.svg", "1")].into(),
            secrets: vec![("PRESHARED_PASSWORD", "correct horse battery"), ("TMDB_API_KEY", "0123456789abcdef")],
        };
        world.dns.set("example.org", RecordKind::Ns, &["ns-1.z1.awsdns.net"]);
        world.warmer_answers();
        world
    }

    /// Lets the warmer succeed.
    pub fn warmer_answers(&self) {
        let report = serde_json::json!({"success": true, "files": [], "durationMs": 1});
        let answer = Invocation { payload: Bytes::from(report.to_string()), function_error: None, log_tail: None };
        self.cloud.on_invoke("home-prod-warmer", answer);
    }

    pub fn built(&self) -> Built {
        let artifacts = self
            .code
            .iter()
            .map(|(name, text)| {
                let path = self.zips.path().join(format!("{name}-{text}.zip"));
                std::fs::write(&path, text).unwrap();
                let sha256 = hex::encode(sha2::Sha256::digest(text));
                Artifact { function: (*name).to_owned(), path, sha256, size: text.len() as u64 }
            })
            .collect();
        let mut site = Site::default();
        for (path, text) in &self.pages {
            site.add(path, *text);
        }
        Built { functions: FunctionBuild { architecture: "arm64", artifacts }, site: Some(site) }
    }

    pub async fn deploy(&self, options: &[&str]) -> Result<Outcome, CommandError> {
        self.deploy_built(options, self.built()).await
    }

    pub async fn deploy_built(&self, options: &[&str], built: Built) -> Result<Outcome, CommandError> {
        let deployment = self.deployment();
        let secrets =
            |key: &str| self.secrets.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned());
        let input = Input::gather(None, secrets).unwrap();
        let printer = Printer::captured(Verbosity::Default);
        deploy(&deployment, &arguments(options), &input, async { Ok(built) }, &printer).await
    }

    /// Deploys what `build` makes, which may take its time.
    pub async fn deploy_when_built(
        &self,
        build: impl Future<Output = Result<Built, CommandError>>,
    ) -> Result<Outcome, CommandError> {
        let secrets =
            |key: &str| self.secrets.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned());
        let input = Input::gather(None, secrets).unwrap();
        let printer = Printer::captured(Verbosity::Default);
        deploy(&self.deployment(), &arguments(&[]), &input, build, &printer).await
    }

    /// The deployment as commands see it.
    pub fn deployment(&self) -> Deployment {
        Deployment {
            config: self.config.clone(),
            config_path: "stellarr.yaml".into(),
            cloud: Arc::new(self.cloud.clone()),
            clock: self.clock.clone(),
            dns: Arc::new(self.dns.clone()),
            sandbox: None,
            upstreams: Upstreams::default(),
        }
    }

    /// Lets leases of dead processes run out.
    pub fn later(&self) {
        self.clock.0.fetch_add(600, Ordering::Relaxed);
    }

    pub fn bucket(&self, logical_id: &str) -> String {
        let stack = if logical_id == "ArtifactBucket" { "home-prod-bootstrap" } else { MAIN };
        self.cloud.physical_id(REGION, stack, logical_id)
    }

    /// The record of the current release.
    pub fn release(&self) -> serde_json::Value {
        let record = self.cloud.stored(&self.bucket("ArtifactBucket"), "releases/current.json").unwrap();
        serde_json::from_slice(&record).unwrap()
    }

    /// Lets drift detection find that the API's function was changed by hand.
    pub fn drift_the_api(&self) {
        let by_hand = stellarr_aws::DriftedResource {
            logical_id: "ApiFunction".to_owned(),
            physical_id: Some("home-prod-api".to_owned()),
            resource_type: "AWS::Lambda::Function".to_owned(),
            status: "MODIFIED".to_owned(),
            differences: Vec::new(),
        };
        self.cloud.drift(MAIN, by_hand);
    }

    /// What the record of the current release says is live.
    pub fn live(&self) -> [serde_json::Value; 3] {
        let release = self.release();
        ["code", "site", "templates"].map(|key| release[key].clone())
    }

    pub fn page(&self, path: &str) -> Option<String> {
        let bytes = self.cloud.stored(&self.bucket("SiteBucket"), path)?;
        String::from_utf8(bytes.to_vec()).ok()
    }
}

pub fn arguments(options: &[&str]) -> Options {
    use clap::Parser;
    let line = ["stellarr", "deploy", "--yes"].iter().chain(options);
    match Cli::parse_from(line).command {
        Command::Deploy(arguments) => (&arguments).into(),
        other => panic!("{other:?} is not a deploy"),
    }
}

/// The place of the first write that begins and ends so.
pub fn position(writes: &[String], start: &str, end: &str) -> usize {
    writes
        .iter()
        .position(|write| write.starts_with(start) && write.ends_with(end))
        .unwrap_or_else(|| panic!("no {start} … {end} in {writes:#?}"))
}
