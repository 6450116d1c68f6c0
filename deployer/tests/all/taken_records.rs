//! Records of the domain that were there before the site, against an AWS in memory.

use crate::common::world;

use clap::Parser;
use stellarr::base::error::CommandError;
use stellarr::base::exit::ExitKind;
use stellarr::base::failures::Code;
use stellarr::cli::{Cli, Command};
use stellarr::commands::destroy::destroy;
use stellarr::config::DnsProvider;
use stellarr::deploy::{Options, deploy};
use stellarr::insight::doctor;
use stellarr::secrets::Input;
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::{HostedZone, RecordAlias, RecordSet};
use stellarr_testing::{FakeCloud, Fault, StackFailure};
use world::{MAIN, REGION, World, arguments, position};

const DOMAIN: &str = "tv.example.org";
const ZONE: &str = "Z1";
const REPLACE: &[&str] = &["--replace-dns"];

fn record(kind: &str, value: &str) -> RecordSet {
    RecordSet {
        name: DOMAIN.to_owned(),
        kind: kind.to_owned(),
        ttl: Some(300),
        values: vec![value.to_owned()],
        alias: None,
        routed: false,
    }
}

/// A site at a domain in Route53, whose zone holds these records.
fn at_domain(records: &[RecordSet]) -> World {
    let mut world = World::new();
    world.config.domain = Some(DOMAIN.to_owned());
    world.cloud.add_zone(HostedZone { id: ZONE.to_owned(), name: "example.org".to_owned(), private: false });
    for record in records {
        world.cloud.add_record(ZONE, record.clone());
    }
    world
}

/// What the zone holds once the site is up, as `type target`.
fn entered(world: &World) -> Vec<String> {
    let distribution = world.cloud.physical_id(REGION, MAIN, "Distribution").to_lowercase();
    let target = |set: &RecordSet| match &set.alias {
        Some(alias) => alias.target.replace(&distribution, "DISTRIBUTION"),
        None => set.values.join(" "),
    };
    let mut all: Vec<String> =
        world.cloud.record_sets(ZONE).iter().map(|set| format!("{} {}", set.kind, target(set))).collect();
    all.sort();
    all
}

async fn undisturbed() -> Vec<String> {
    let world = at_domain(&[]);
    world.deploy(&[]).await.unwrap();
    entered(&world)
}

/// Deploys and returns the output.
async fn said(world: &World, arguments: &Options) -> (Result<(), CommandError>, String) {
    let printer = Printer::captured(Verbosity::Default);
    let secrets = |key: &str| world.secrets.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned());
    let input = Input::gather(None, secrets).unwrap();
    let result = deploy(&world.deployment(), arguments, &input, async { Ok(world.built()) }, &printer).await;
    (result.map(drop), printer.transcript())
}

#[tokio::test]
async fn row_42_foreign_records_are_shown_and_yes_alone_does_not_replace_them() {
    let wanted = undisturbed().await;
    for old in [record("A", "192.0.2.1"), record("AAAA", "2001:db8::1"), record("CNAME", "old.example.net")] {
        let world = at_domain(std::slice::from_ref(&old));
        let (result, told) = said(&world, &arguments(&[])).await;
        let error = result.unwrap_err();
        assert_eq!((error.kind, error.code), (ExitKind::Usage, Code::DnsRecordsExist), "{error:?}");
        assert!(told.contains(&old.to_string()), "{told}");
        assert!(error.details.unwrap().contains(&old.values[0]));
        assert!(error.hints.iter().any(|hint| hint.contains("--replace-dns")), "{:?}", error.hints);
        assert!(!error.hints.iter().any(|hint| hint.contains("`name`")), "{:?}", error.hints);
        assert_eq!(world.cloud.writes(), Vec::<String>::new(), "before anything is created");

        // A prompt needs a terminal.
        let asks = Options { yes: false, ..arguments(&[]) };
        assert_eq!(said(&world, &asks).await.0.unwrap_err().code, Code::NoTerminal);
        assert_eq!(world.cloud.record_sets(ZONE), [old]);

        world.deploy(REPLACE).await.unwrap();
        assert_eq!(entered(&world), wanted);
        assert!(!world.deploy(&[]).await.unwrap().changed);
    }
}

#[tokio::test]
async fn row_42_records_are_exchanged_after_the_cdn_is_up_and_kept() {
    let old = [record("A", "192.0.2.1"), record("AAAA", "2001:db8::1")];
    let world = at_domain(&old);
    world.deploy(REPLACE).await.unwrap();
    let writes = world.cloud.writes();
    let site = position(&writes, "cloudformation:ExecuteChangeSet", MAIN);
    let exchange = position(&writes, "route53:ChangeResourceRecordSets", ZONE);
    let last = writes.iter().rposition(|write| *write == format!("cloudformation:ExecuteChangeSet {MAIN}")).unwrap();
    assert!(site < exchange && exchange < last, "{writes:#?}");
    let bucket = world.bucket("ArtifactBucket");
    let key = world.cloud.keys(&bucket).into_iter().find(|key| key.starts_with("replaced-records/tv.example.org-"));
    let kept: Vec<RecordSet> = serde_json::from_slice(&world.cloud.stored(&bucket, &key.unwrap()).unwrap()).unwrap();
    assert_eq!(kept, old);
}

#[tokio::test]
async fn row_42_a_stack_that_fails_puts_the_old_records_back() {
    let old = [record("CNAME", "old.example.net")];
    let world = at_domain(&old);
    let fails = |cloud: &FakeCloud| {
        let (resource, reason) = ("DomainRecordA".to_owned(), "Internal Failure".to_owned());
        cloud.fail_stack(MAIN, StackFailure { resource, reason, rollback_fails: false });
    };
    world.cloud.inject("route53:ChangeResourceRecordSets", 1, Fault::before(fails));
    let error = world.deploy(REPLACE).await.unwrap_err();
    assert_eq!(error.code, Code::StackTrouble, "{error:?}");
    assert!(error.hints.iter().any(|hint| hint.contains("in place") && hint.contains("old.example.net")), "{error:?}");
    assert_eq!(world.cloud.record_sets(ZONE), old);
    world.later();
    world.deploy(REPLACE).await.unwrap();
    assert_eq!(entered(&world), undisturbed().await);
}

#[tokio::test]
async fn row_42_a_lost_answer_to_the_deletion_puts_the_old_records_back() {
    let old = [record("A", "192.0.2.1")];
    let world = at_domain(&old);
    world.cloud.inject("route53:ChangeResourceRecordSets", 1, Fault::DropAfter);
    world.deploy(REPLACE).await.unwrap_err();
    assert_eq!(world.cloud.fired(), ["route53:ChangeResourceRecordSets: DropAfter"]);
    assert_eq!(world.cloud.record_sets(ZONE), old);
    world.later();
    world.deploy(REPLACE).await.unwrap();
    assert_eq!(entered(&world), undisturbed().await);
}

#[tokio::test]
async fn row_42_a_crash_at_any_write_is_healed_by_the_next_deploy() {
    let wanted = undisturbed().await;
    let reference = at_domain(&[record("A", "192.0.2.1")]);
    reference.deploy(REPLACE).await.unwrap();
    for nth in 1..=reference.cloud.writes().len() as u64 {
        let world = at_domain(&[record("A", "192.0.2.1")]);
        world.cloud.crash_before_write(nth);
        let _ = world.deploy(REPLACE).await;
        assert!(world.cloud.revive(), "write {nth} was never reached");
        world.later();
        world.deploy(REPLACE).await.unwrap_or_else(|error| panic!("after a crash before write {nth}: {error}"));
        assert_eq!(entered(&world), wanted, "write {nth}");
    }
}

#[tokio::test]
async fn row_42_a_record_that_nobody_saw_fails_the_stack_by_name() {
    let world = at_domain(&[]);
    // Another person adds the record while the stack is being created.
    let meanwhile = |cloud: &FakeCloud| {
        cloud.add_record(ZONE, record("A", "192.0.2.9"));
    };
    world.cloud.inject("cloudformation:ExecuteChangeSet", 3, Fault::before(meanwhile));
    let error = world.deploy(&[]).await.unwrap_err();
    assert!(error.message.contains("[Tried to create resource record set"), "the distortion fired: {error}");
    assert_eq!(error.code, Code::StackRecordExists);
    let hints = error.hints.join("\n");
    assert!(hints.contains("the DNS record tv.example.org A exists already"), "{hints}");
    assert!(!hints.contains("`name`"), "{hints}");
    world.later();
    let error = world.deploy(&[]).await.unwrap_err();
    assert_eq!(error.code, Code::DnsRecordsExist, "{error:?}");
    world.deploy(REPLACE).await.unwrap();
    assert_eq!(entered(&world), undisturbed().await);
}

#[tokio::test]
async fn row_42_only_what_was_shown_is_replaced() {
    let world = at_domain(&[record("A", "192.0.2.1")]);
    // The record changes after it was agreed to replace it, while everything is built.
    let meanwhile = |cloud: &FakeCloud| {
        cloud.add_record(ZONE, record("AAAA", "2001:db8::9"));
    };
    world.cloud.inject("route53:ListResourceRecordSets", 2, Fault::before(meanwhile));
    let error = world.deploy(REPLACE).await.unwrap_err();
    assert_eq!(error.code, Code::DnsRecordsExist);
    assert!(error.message.contains("2001:db8::9"), "{error}");
    assert_eq!(world.cloud.record_sets(ZONE), [record("A", "192.0.2.1"), record("AAAA", "2001:db8::9")]);
    assert_eq!(world.cloud.stack_status(REGION, MAIN), None);
}

#[tokio::test]
async fn row_42_a_record_with_a_routing_policy_is_left_to_its_owner() {
    let routed = RecordSet { routed: true, ..record("A", "192.0.2.1") };
    let world = at_domain(std::slice::from_ref(&routed));
    let error = world.deploy(REPLACE).await.unwrap_err();
    assert_eq!(error.code, Code::DnsRecordsExist);
    assert!(error.message.contains("with a routing policy or health check"), "{error}");
    assert_eq!((world.cloud.writes(), world.cloud.record_sets(ZONE)), (Vec::new(), vec![routed]));
}

#[tokio::test]
async fn row_42_equal_records_are_taken_over_and_go_at_destroy() {
    let mut world = at_domain(&[]);
    world.config.domain = None;
    world.deploy(&[]).await.unwrap();
    let target = format!("{}.cloudfront.net", world.cloud.physical_id(REGION, MAIN, "Distribution").to_lowercase());
    for kind in ["A", "AAAA"] {
        let alias = RecordAlias { zone: "Z2FDTNDATAQYW2".to_owned(), target: target.clone(), evaluates_health: false };
        let set = RecordSet { ttl: None, values: Vec::new(), alias: Some(alias), ..record(kind, "") };
        world.cloud.add_record(ZONE, set);
    }
    world.config.domain = Some(DOMAIN.to_owned());
    let (result, told) = said(&world, &arguments(&[])).await;
    result.unwrap();
    assert!(told.contains("the stack takes it over, and `stellarr destroy` deletes it"), "{told}");
    assert_eq!(entered(&world), undisturbed().await);
    assert_eq!(world.cloud.count("route53:ChangeResourceRecordSets"), 0);

    let Command::Destroy(arguments) = Cli::parse_from(["stellarr", "destroy", "--yes", "home-prod"]).command else {
        panic!("that is a destroy")
    };
    let printer = Printer::captured(Verbosity::Default);
    destroy(&world.deployment(), &arguments, &printer).await.unwrap();
    let told = printer.transcript();
    assert!(told.contains("the DNS records A and AAAA of tv.example.org"), "{told}");
    assert_eq!(world.cloud.record_sets(ZONE), []);
}

#[tokio::test]
async fn row_42_the_doctor_and_a_dry_run_show_them_and_change_nothing() {
    let old = record("A", "192.0.2.1");
    let world = at_domain(std::slice::from_ref(&old));
    let (deployment, printer) = (world.deployment(), Printer::captured(Verbosity::Default));
    let findings = doctor::run(&deployment, deployment.context(&printer)).await;
    let finding = findings.iter().find(|one| one.check == "records").unwrap();
    assert!(finding.sentence.contains("192.0.2.1") && finding.remedy.is_some(), "{finding:?}");
    let (result, told) = said(&world, &arguments(&["--dry-run"])).await;
    result.unwrap();
    assert!(told.contains("192.0.2.1") && told.contains("asks before it replaces them"), "{told}");
    assert_eq!((world.cloud.writes(), world.cloud.record_sets(ZONE)), (Vec::new(), vec![old]));
}

#[tokio::test]
async fn row_42_records_elsewhere_and_our_own_are_not_looked_at() {
    let mut world = at_domain(&[record("A", "192.0.2.1")]);
    world.config.dns.provider = DnsProvider::External;
    world.dns.set("example.org", stellarr::base::dns::RecordKind::Ns, &["ns.other.net"]);
    let issued = |cloud: &FakeCloud| {
        cloud.issue_certificate(DOMAIN);
    };
    world.cloud.inject("acm:DescribeCertificate", 2, Fault::before(issued));
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.cloud.count("route53:ListResourceRecordSets"), 0);

    let mut world = at_domain(&[]);
    world.deploy(&[]).await.unwrap();
    world.cloud.clear_log();
    world.code.insert("api", "a2");
    assert!(world.deploy(&[]).await.unwrap().changed);
    assert_eq!(world.cloud.count("route53:ListResourceRecordSets"), 0);
}
