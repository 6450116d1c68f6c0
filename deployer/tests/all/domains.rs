//! Moving between no domain, one in Route53 and one elsewhere, against an AWS and a DNS in memory: no state in between
//! lacks a certificate for a name that it serves.

use std::sync::Arc;
use std::time::Duration;
use stellarr::releases::built::Built;

use async_trait::async_trait;
use bytes::Bytes;
use clap::Parser;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use stellarr::base::artifact::{Artifact, FunctionBuild};
use stellarr::base::clock::Clock;
use stellarr::base::dns::RecordKind;
use stellarr::base::dns::fake::FakeDns;
use stellarr::base::error::CommandError;
use stellarr::base::exit::ExitKind;
use stellarr::base::functions::Function;
use stellarr::cli::{Cli, Command};
use stellarr::config::{Config, Dns, DnsProvider, Upstreams};
use stellarr::deploy::{Outcome, deploy};
use stellarr::deployment::Deployment;
use stellarr::secrets::Input;
use stellarr::site::manifest::Site;
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::{Cloud, FunctionLimits, HostedZone, Invocation};
use stellarr_testing::{FakeCloud, Fault, StackFailure};

const REGION: &str = "eu-central-1";
const EDGE: &str = "home-prod-edge";

/// A clock on which waiting costs nothing, and the lock's next heartbeat never comes.
struct Still;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        if duration >= stellarr::deployment::lock::HEARTBEAT {
            std::future::pending::<()>().await;
        }
        tokio::task::yield_now().await;
    }
}

struct World {
    cloud: FakeCloud,
    dns: FakeDns,
    config: Config,
    printer: Printer,
    zips: tempfile::TempDir,
}

impl World {
    /// An account with two zones that the world knows.
    fn new() -> Self {
        let cloud = FakeCloud::permissive(REGION);
        let dns = FakeDns::default();
        for name in ["example.org", "example.net"] {
            let id = zone_id(name);
            cloud.add_zone(HostedZone { id: id.clone(), name: name.to_owned(), private: false });
            dns.set(name, RecordKind::Ns, &[&format!("ns-1.{}.awsdns.net", id.to_lowercase())]);
        }
        let report = serde_json::json!({"success": true, "files": [], "durationMs": 1}).to_string();
        let answer = Invocation { payload: Bytes::from(report), function_error: None, log_tail: None };
        cloud.on_invoke("home-prod-warmer", answer);
        let mut config = Config::named("home");
        config.region = REGION.to_owned();
        let printer = Printer::captured(Verbosity::Default);
        Self { cloud, dns, config, printer, zips: tempfile::tempdir().unwrap() }
    }

    /// Puts the site at a domain, or at none.
    fn at(&mut self, domain: Option<&str>, provider: DnsProvider) -> &mut Self {
        self.config.domain = domain.map(str::to_owned);
        self.config.dns = Dns { provider, hosted_zone_id: None };
        self
    }

    fn built(&self) -> Built {
        let artifacts = Function::ALL.map(Function::name).map(|name| {
            let path = self.zips.path().join(name);
            std::fs::write(&path, name).unwrap();
            let sha256 = hex::encode(Sha256::digest(name));
            Artifact { function: name.to_owned(), path, sha256, size: name.len() as u64 }
        });
        let mut site = Site::default();
        site.add("index.html", "<!doctype html>");
        Built { functions: FunctionBuild { architecture: "arm64", artifacts: artifacts.into() }, site: Some(site) }
    }

    async fn deploy(&self) -> Result<Outcome, CommandError> {
        let base_url = self.config.domain.as_ref().map(|domain| format!("https://{domain}")).unwrap_or_default();
        let deployment = Deployment {
            config: self.config.clone(),
            config_path: "stellarr.yaml".into(),
            cloud: Arc::new(self.cloud.clone()),
            clock: Arc::new(Still),
            dns: Arc::new(self.dns.clone()),
            sandbox: None,
            upstreams: Upstreams { base_url, ..Upstreams::default() },
        };
        let Command::Deploy(arguments) = Cli::parse_from(["stellarr", "deploy", "--yes"]).command else {
            panic!("that is a deploy")
        };
        let input = Input::gather(None, |key| {
            matches!(key, "PRESHARED_PASSWORD" | "TMDB_API_KEY").then(|| "correct horse battery".to_owned())
        });
        deploy(&deployment, &(&arguments).into(), &input.unwrap(), async { Ok(self.built()) }, &self.printer).await
    }

    /// Deploys with the person entering the certificate's record while the deploy waits.
    async fn deploy_entering_the_record(&self) -> Result<Outcome, CommandError> {
        let (domain, dns) = (self.config.domain.clone().unwrap(), self.dns.clone());
        let record = format!("_fake.{domain}");
        let entered = move |_: &FakeCloud| {
            dns.set(&record, RecordKind::Cname, &["_value.acm-validations.aws"]);
        };
        let issued = move |cloud: &FakeCloud| {
            cloud.issue_certificate(&domain);
        };
        self.cloud.inject("acm:DescribeCertificate", 2, Fault::before(entered));
        self.cloud.inject("acm:DescribeCertificate", 4, Fault::before(issued));
        self.deploy().await
    }

    /// What is served, which the fake only takes with a certificate that is there, issued and of that name.
    fn served(&self) -> Vec<String> {
        self.cloud.served().into_iter().map(|(alias, _)| alias).collect()
    }

    fn writes_nothing(&self) {
        assert_eq!(self.cloud.writes(), Vec::<String>::new());
    }
}

fn zone_id(name: &str) -> String {
    format!("Z{}", name.to_uppercase().replace('.', ""))
}

#[tokio::test]
async fn from_none_to_route53_and_back_leaves_no_certificate_behind() {
    let mut world = World::new();
    world.deploy().await.unwrap();
    assert_eq!(world.served(), Vec::<String>::new());
    world.at(Some("tv.example.org"), DnsProvider::Route53).deploy().await.unwrap();
    assert_eq!(world.served(), ["tv.example.org"]);
    assert_eq!(world.cloud.stack_certificates().len(), 1);
    world.at(None, DnsProvider::Route53).deploy().await.unwrap();
    let said = world.printer.transcript();
    assert!(said.contains("! tv.example.org stops leading to the site"), "a deploy that is not forced asks: {said}");
    assert_eq!(world.served(), Vec::<String>::new());
    assert_eq!((world.cloud.stack_certificates().len(), world.cloud.stack_status("us-east-1", EDGE)), (0, None));
}

#[tokio::test]
async fn from_one_domain_to_another_in_another_zone_the_old_certificate_goes_last() {
    let mut world = World::new();
    world.at(Some("tv.example.org"), DnsProvider::Route53).deploy().await.unwrap();
    let old = world.cloud.stack_certificates();
    world.cloud.clear_log();
    world.at(Some("films.example.net"), DnsProvider::Route53).deploy().await.unwrap();
    assert_eq!(world.served(), ["films.example.net"]);
    let now = world.cloud.stack_certificates();
    assert!(now.len() == 1 && now != old, "{old:?} {now:?}");
    let executed: Vec<String> = world
        .cloud
        .writes()
        .into_iter()
        .filter_map(|write| write.strip_prefix("cloudformation:ExecuteChangeSet ").map(str::to_owned))
        .collect();
    assert_eq!(executed, [EDGE, "home-prod", EDGE], "new beside old, then the site, then old away");
}

#[tokio::test]
async fn from_route53_to_elsewhere_only_once_the_world_asks_there() {
    let mut world = World::new();
    world.at(Some("tv.example.org"), DnsProvider::Route53).deploy().await.unwrap();
    world.cloud.clear_log();
    world.at(Some("tv.example.org"), DnsProvider::External);
    let error = world.deploy().await.unwrap_err();
    assert_eq!(error.kind, ExitKind::Usage);
    assert!(error.message.contains("still asks the Route53 zone example.org"), "{error}");
    world.writes_nothing();

    world.dns.set("example.org", RecordKind::Ns, &["ns.other.net"]);
    world.deploy_entering_the_record().await.unwrap();
    assert_eq!(world.served(), ["tv.example.org"]);
    let certificate = world.cloud.served().remove(0).1.unwrap();
    assert!(!world.cloud.stack_certificates().contains(&certificate), "the one from outside serves now");
    assert_eq!((world.cloud.stack_certificates().len(), world.cloud.stack_status("us-east-1", EDGE)), (0, None));
}

#[tokio::test]
async fn a_certificate_that_somebody_else_requested_is_left_to_them() {
    let mut world = World::new();
    let theirs = world.cloud.add_certificate("tv.example.org");
    world.at(Some("tv.example.org"), DnsProvider::External).deploy_entering_the_record().await.unwrap();
    let serving = world.cloud.served().remove(0).1.unwrap();
    assert_ne!(serving, theirs);
    // An issued one of ours comes before one that still waits.
    let waiting = world.cloud.certificates();
    let tags = waiting.tags(&serving).await.unwrap();
    waiting.request("tv.example.org", "another", &tags).await.unwrap();
    assert!(!world.deploy().await.unwrap().changed);
    assert_eq!(world.cloud.served().remove(0).1.unwrap(), serving);
}

#[tokio::test]
async fn what_could_not_be_deleted_is_tried_again_and_only_then_left_and_named() {
    let mut world = World::new();
    world.config.waf.enabled = true;
    world.at(Some("tv.example.org"), DnsProvider::Route53).deploy().await.unwrap();
    let refuses = |world: &World| {
        let reason = "The web access list is in use".to_owned();
        world.cloud.fail_stack(EDGE, StackFailure { resource: "WebAcl".to_owned(), reason, rollback_fails: false });
    };
    refuses(&world);
    world.config.waf.enabled = false;
    world.at(None, DnsProvider::Route53).deploy().await.unwrap_err();
    assert_eq!(world.cloud.stack_status("us-east-1", EDGE).as_deref(), Some("DELETE_FAILED"));
    world.deploy().await.unwrap();
    assert_eq!(world.cloud.stack_status("us-east-1", EDGE), None);
    assert!(!world.printer.transcript().contains("left behind"), "{}", world.printer.transcript());

    world.config.waf.enabled = true;
    world.deploy().await.unwrap();
    world.config.waf.enabled = false;
    refuses(&world);
    world.deploy().await.unwrap_err();
    refuses(&world);
    world.deploy().await.unwrap();
    assert_eq!(world.cloud.stack_status("us-east-1", EDGE), None);
    let said = world.printer.transcript();
    assert!(
        said.contains("WebAcl") && said.contains("is left behind") && said.contains("costs $10.00 a month"),
        "{said}"
    );
}

#[tokio::test]
async fn from_elsewhere_to_none_and_to_route53() {
    let mut world = World::new();
    world.at(Some("tv.example.org"), DnsProvider::External).deploy_entering_the_record().await.unwrap();
    world.at(None, DnsProvider::Route53).deploy().await.unwrap();
    assert_eq!(world.served(), Vec::<String>::new());
    world.at(Some("tv.example.org"), DnsProvider::External).deploy().await.unwrap();
    world.at(Some("tv.example.org"), DnsProvider::Route53).deploy().await.unwrap();
    let certificate = world.cloud.served().remove(0).1.unwrap();
    assert_eq!(world.cloud.stack_certificates(), [certificate]);
}

#[tokio::test]
async fn elsewhere_the_record_is_shown_awaited_and_found_again_after_a_break() {
    let mut world = World::new();
    world.at(Some("tv.example.org"), DnsProvider::External);
    world.dns.set("_fake.tv.example.org", RecordKind::Cname, &["_old.acm-validations.aws"]);
    let error = world.deploy().await.unwrap_err();
    assert_eq!((error.kind, error.kind.code()), (ExitKind::Waiting, 9));
    let said = world.printer.transcript();
    assert!(said.contains("Enter this record where the DNS of tv.example.org is kept"), "{said}");
    assert_eq!(
        said.matches("your DNS still says _old.acm-validations.aws, needs _value.acm-validations.aws").count(),
        1
    );
    assert_eq!(world.cloud.stack_status(REGION, "home-prod"), None, "no stack starts before it is issued");

    world.deploy_entering_the_record().await.unwrap();
    assert_eq!(
        world.cloud.count("acm:RequestCertificate"),
        1,
        "the second run goes on with the first one's certificate"
    );
    assert!(world.printer.transcript().contains("Your DNS has the record"));
    assert_eq!(world.served(), ["tv.example.org"]);
    world.cloud.clear_log();
    assert!(!world.deploy().await.unwrap().changed);
    world.writes_nothing();
}

#[tokio::test]
async fn a_domain_that_cannot_work_is_refused_before_anything_is_created() {
    let private = |world: &World| {
        world.cloud.add_zone(HostedZone { id: "ZP".into(), name: "home.lan".into(), private: true });
    };
    let taken = |world: &World| {
        world.cloud.add_distribution("EOTHER", &["tv.example.org"]);
    };
    let undelegated = |world: &World| {
        world.dns.set("example.org", RecordKind::Ns, &["ns.other.net"]);
    };
    let refusing = |world: &World| {
        world.dns.set("example.org", RecordKind::Caa, &["0 issue \"letsencrypt.org\""]);
    };
    let nothing = |_: &World| {};
    type Prepare<'a> = &'a dyn Fn(&World);
    let cases: [(&str, Prepare<'_>, [&str; 2]); 5] = [
        ("tv.elsewhere.io", &nothing, ["tv.elsewhere.io", "example.org, example.net"]),
        ("tv.home.lan", &private, ["home.lan", "is private"]),
        ("tv.example.org", &taken, ["EOTHER", "tv.example.org"]),
        ("tv.example.org", &undelegated, ["ns.other.net", "ZEXAMPLEORG"]),
        ("tv.example.org", &refusing, ["CAA records of example.org", "letsencrypt.org"]),
    ];
    for (domain, prepare, words) in cases {
        let mut world = World::new();
        prepare(&world);
        let error = world.at(Some(domain), DnsProvider::Route53).deploy().await.unwrap_err();
        assert_eq!(error.kind, ExitKind::Usage, "{error}");
        assert!(words.iter().all(|word| error.message.contains(word)), "{words:?}: {error}");
        assert!(!error.hints.is_empty());
        world.writes_nothing();
    }
}

#[tokio::test]
async fn a_silent_dns_only_warns() {
    let mut world = World::new();
    world.dns.silence();
    world.at(Some("tv.example.org"), DnsProvider::Route53).deploy().await.unwrap();
    assert!(world.printer.transcript().contains("delegation: not checked"), "{}", world.printer.transcript());
}

#[tokio::test]
async fn functions_that_the_account_cannot_set_aside_are_refused_before_anything_is_created() {
    let mut world = World::new();
    world.cloud.set_function_limits(FunctionLimits { concurrent: 10, unreserved: 10 });
    world.config.provisioned_concurrency = 1;
    let error = world.deploy().await.unwrap_err();
    assert_eq!(error.kind, ExitKind::Usage);
    assert!(error.message.contains("of the 10 that this account may run at once"), "{error}");
    world.writes_nothing();
    world.config.provisioned_concurrency = 0;
    world.deploy().await.unwrap();
}

#[tokio::test]
async fn a_bucket_that_somebody_else_took_gets_nothing() {
    let world = World::new();
    world.deploy().await.unwrap();
    let bucket = world.cloud.physical_id(REGION, "home-prod-bootstrap", "ArtifactBucket");
    world.cloud.add_foreign_bucket(&bucket).clear_log();
    let error = world.deploy().await.unwrap_err();
    assert_eq!(error.kind, ExitKind::Access);
    assert!(error.message.contains(&bucket), "{error}");
    world.writes_nothing();
}

#[tokio::test]
async fn a_clock_that_is_far_off_is_told_in_plain_words() {
    let world = World::new();
    world.cloud.set_session(None, Some(1_200));
    let error = world.deploy().await.unwrap_err();
    assert_eq!(error.kind, ExitKind::Access);
    assert!(error.message.contains("20 min 00 s behind"), "{error}");
    world.writes_nothing();
    world.cloud.set_session(None, Some(0));
    world.deploy().await.unwrap();
}
