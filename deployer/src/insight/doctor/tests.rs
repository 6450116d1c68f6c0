use std::sync::Arc;

use stellarr_standin::{DEFAULT_KEY, Options, Standin};

use super::*;
use crate::base::clock::SystemClock;
use crate::base::dns::RecordKind;
use crate::base::dns::fake::FakeDns;
use crate::config::{Config, Upstreams};
use crate::ui::{Printer, Verbosity};
use stellarr_aws::{AwsErrorKind, HostedZone};
use stellarr_testing::{FakeCloud, Fault};

const REGION: &str = "eu-central-1";

/// An account that lets itself be looked at, and panics on everything else.
fn account() -> FakeCloud {
    let cloud = FakeCloud::strict(REGION);
    cloud.allow(&[
        "sts:GetCallerIdentity",
        "cloudformation:DescribeStacks",
        "iam:SimulatePrincipalPolicy",
        "route53:ListHostedZones",
        "route53:GetHostedZone",
        "route53:ListResourceRecordSets",
        "cloudfront:ListDistributions",
        "secretsmanager:DescribeSecret",
        "lambda:GetFunctionConfiguration",
        "lambda:GetAccountSettings",
        "s3:ListBucket",
    ]);
    cloud
}

async fn found(cloud: &FakeCloud, dns: &FakeDns, domain: Option<&str>) -> Vec<Finding> {
    found_with(cloud, dns, domain, Upstreams::default()).await
}

async fn found_with(cloud: &FakeCloud, dns: &FakeDns, domain: Option<&str>, upstreams: Upstreams) -> Vec<Finding> {
    let mut config = Config::named("home");
    config.region = REGION.to_owned();
    config.domain = domain.map(str::to_owned);
    let deployment = Deployment {
        config,
        config_path: "stellarr.yaml".into(),
        cloud: Arc::new(cloud.clone()),
        clock: Arc::new(SystemClock),
        dns: Arc::new(dns.clone()),
        sandbox: None,
        upstreams,
    };
    let printer = Printer::captured(Verbosity::Default);
    on_aws(&deployment, deployment.context(&printer)).await
}

fn failures(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().filter(|finding| finding.level == Level::Failure).map(|finding| finding.check).collect()
}

#[tokio::test]
async fn an_account_in_order_gives_no_failure_and_nothing_is_written() {
    let (cloud, dns) = (account(), FakeDns::default());
    cloud.add_zone(HostedZone { id: "Z1".to_owned(), name: "example.org".to_owned(), private: false });
    dns.set("example.org", RecordKind::Ns, &["ns-1.z1.awsdns.net"]);
    let findings = found(&cloud, &dns, Some("tv.example.org")).await;
    assert!(findings.iter().all(|finding| finding.level == Level::Ok), "{findings:#?}");
    let checks: Vec<_> = findings.iter().map(|finding| finding.check).collect();
    for check in [
        "account",
        "clock",
        "region",
        "stacks",
        "rights",
        "hosted zone",
        "delegation",
        "alias",
        "CAA",
        "names",
        "concurrency",
    ] {
        assert!(checks.contains(&check), "{check}: {checks:?}");
    }
    assert_eq!(cloud.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let (cloud, dns) = (account(), FakeDns::default());
    cloud.add_zone(HostedZone { id: "Z1".to_owned(), name: "example.org".to_owned(), private: false });
    cloud.add_distribution("EOTHER", &["tv.example.org"]);
    cloud.add_secret("home-prod-app", None);
    cloud.deny(&["iam:PassRole"]);
    cloud.set_stack_status(REGION, "home-prod", "UPDATE_ROLLBACK_FAILED", None);
    dns.set("example.org", RecordKind::Caa, &["0 issue \"letsencrypt.org\""]);
    let findings = found(&cloud, &dns, Some("tv.example.org")).await;
    assert_eq!(failures(&findings), ["stacks", "rights", "delegation", "alias", "CAA"]);
    // A secret that is left over is no harm: a deploy takes it over, and deleting it would lose what is in it.
    let secret = findings.iter().find(|one| one.check == "names").unwrap();
    assert_eq!(secret.level, Level::Warning);
    assert!(!secret.remedy.as_deref().unwrap().contains("delete"), "{secret:?}");
    assert!(findings.iter().filter(|one| one.level == Level::Failure).all(|one| one.remedy.is_some()));
}

#[tokio::test]
async fn credentials_that_do_not_work_are_the_only_finding() {
    for (kind, check) in [
        (AwsErrorKind::NoCredentials, "credentials"),
        (AwsErrorKind::ExpiredCredentials, "credentials"),
        (AwsErrorKind::ClockSkew, "clock"),
        (AwsErrorKind::Region, "region"),
        (AwsErrorKind::AccountNotActive, "account"),
        (AwsErrorKind::Network, "AWS"),
    ] {
        let cloud = account();
        cloud.inject_always("sts:GetCallerIdentity", Fault::Fail(kind));
        let findings = found(&cloud, &FakeDns::default(), None).await;
        assert_eq!(failures(&findings), [check]);
        assert_eq!(cloud.calls().len(), 1, "nothing else is asked: it would fail alike");
    }
}

#[tokio::test]
async fn a_service_that_hangs_costs_only_its_own_finding() {
    let findings = within("rights", Instant::now(), std::future::pending()).await;
    assert!(findings.len() == 1 && findings[0].level == Level::Warning, "{findings:?}");
    assert!(findings[0].sentence.contains("no answer within"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stored_key_is_put_to_tmdb_and_never_shown() {
    let standin = Standin::start(([127, 0, 0, 1], 0).into(), Options::default()).unwrap();
    let upstreams = Upstreams { tmdb_base_url: format!("{}/3", standin.url()), ..Upstreams::default() };
    let cloud = FakeCloud::permissive(REGION);
    let arn = cloud.add_secret("home-prod-app", None);
    cloud.set_stack_status(REGION, "home-prod-bootstrap", "CREATE_COMPLETE", None);
    cloud.set_live_output(REGION, "home-prod-bootstrap", "AppSecretArn", &arn);
    for (key, level, words) in [
        (DEFAULT_KEY, Level::Ok, "TMDB knows"),
        ("an-old-key-0123456789", Level::Failure, "does not know"),
        ("", Level::Failure, "no TMDB key"),
    ] {
        cloud.set_secret("home-prod-app", &serde_json::json!({"TMDB_API_KEY": key}).to_string());
        let findings = found_with(&cloud, &FakeDns::default(), None, upstreams.clone()).await;
        let finding = findings.iter().find(|one| one.check == "TMDB").unwrap();
        assert_eq!(finding.level, level, "{finding:?}");
        assert!(finding.sentence.contains(words), "{finding:?}");
        assert!(key.is_empty() || !format!("{finding:?}").contains(key), "{finding:?}");
        assert_eq!(level == Level::Failure, finding.remedy.as_deref().is_some_and(|one| one.contains("secrets set")));
    }
}

#[tokio::test]
async fn a_site_that_answers_already_may_move_into_its_zone_before_the_world_asks_there() {
    let cloud = FakeCloud::permissive(REGION);
    let dns = FakeDns::default();
    cloud.add_zone(HostedZone { id: "Z1".to_owned(), name: "example.org".to_owned(), private: false });
    dns.set("example.org", RecordKind::Ns, &["ns.other.net"]);
    let level = async || {
        let findings = found(&cloud, &dns, Some("tv.example.org")).await;
        let delegation = findings.into_iter().find(|one| one.check == "delegation").unwrap();
        (delegation.level, delegation.remedy.unwrap())
    };
    assert_eq!(level().await.0, Level::Failure);
    cloud.set_stack_status(REGION, "home-prod", "UPDATE_COMPLETE", None);
    cloud.set_live_parameter(REGION, "home-prod", "BaseUrl", "https://tv.example.org");
    let (level, remedy) = level().await;
    assert_eq!(level, Level::Warning);
    assert!(remedy.starts_with("deploy first") && remedy.contains("enter these name servers"), "{remedy}");
}
