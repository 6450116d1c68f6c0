//! `stellarr policy` allows every call that a deployment's life makes, on just what the call is made on.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken premise is the test's failure")]

#[path = "common/world.rs"]
mod world;

use clap::Parser;
use stellarr::aws::HostedZone;
use stellarr::aws::fake::Fault;
use stellarr::cli::{Cli, Command};
use stellarr::commands::destroy::destroy;
use stellarr::commands::drift::{DriftArgs, drift};
use stellarr::commands::status::{StatusArgs, status};
use stellarr::config::{Config, DnsProvider, RemovalPolicy};
use stellarr::doctor;
use stellarr::policy::{Place, Statement, statements};
use stellarr::ui::{Printer, Verbosity};
use world::World;

/// Says whether a pattern of a policy, stars in it, stands for an ARN.
fn covers(pattern: &str, arn: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = arn.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(before) = last.replace(part) {
            let Some((_, after)) = rest.split_once::<&str>(before) else { return false };
            rest = after;
        }
    }
    last.map_or(rest.is_empty(), |end| rest.ends_with(end))
}

fn allowed(policy: &[Statement], action: &str, arn: &str) -> bool {
    policy.iter().any(|one| {
        one.actions.iter().any(|each| each == action) && one.resources.iter().any(|pattern| covers(pattern, arn))
    })
}

/// Lives through a first deploy, looks of every kind, a second deploy and the end, and holds each call against the policy.
async fn life(change: impl FnOnce(&mut Config)) {
    let mut world = World::new();
    change(&mut world.config);
    world.config.removal_policy = RemovalPolicy::Delete;
    world.cloud.add_zone(HostedZone { id: "Z1".to_owned(), name: "example.org".to_owned(), private: false });
    world.cloud.inject(
        "acm:DescribeCertificate",
        2,
        Fault::before(|cloud| {
            cloud.issue_certificate("tv.example.org");
        }),
    );
    let printer = Printer::captured(Verbosity::Default);
    let deployment = world.deployment();
    doctor::run(&deployment, deployment.context(&printer)).await;
    world.deploy(&[]).await.unwrap();
    doctor::run(&deployment, deployment.context(&printer)).await;
    // Whether all is well is not the question here.
    let _ = status(&deployment, &StatusArgs { json: false }, &printer).await;
    drift(&deployment, &DriftArgs::default(), &printer).await.unwrap();
    world.pages.insert("index.html", "<!doctype html>2");
    world.code.insert("api", "a2");
    world.deploy(&[]).await.unwrap();
    let line = ["stellarr", "destroy", "--yes", "home-prod", "--delete-data"];
    let Command::Destroy(arguments) = Cli::parse_from(line).command else { panic!("that is a destroy") };
    destroy(&deployment, &arguments, &printer).await.unwrap();

    let policy = statements(&world.config, &Place::of_account("111122223333")).unwrap();
    let asked = world.cloud.asked();
    assert!(asked.len() > 40, "{asked:#?}");
    let missing: Vec<_> = asked.iter().filter(|(action, arn)| !allowed(&policy, action, arn)).collect();
    assert!(missing.is_empty(), "not allowed: {missing:#?}");
}

#[tokio::test]
async fn without_a_domain() {
    life(|_| ()).await;
}

#[tokio::test]
async fn with_a_domain_in_route53_and_a_firewall() {
    life(|config| {
        config.domain = Some("tv.example.org".to_owned());
        config.waf.enabled = true;
    })
    .await;
}

#[tokio::test]
async fn with_a_domain_elsewhere() {
    life(|config| {
        config.domain = Some("tv.example.org".to_owned());
        config.dns.provider = DnsProvider::External;
    })
    .await;
}

#[test]
fn patterns_are_matched_as_iam_does() {
    assert!(covers("*", "arn:x") && covers("arn:a*", "arn:a") && covers("arn:*-site-*", "arn:b-site-1"));
    assert!(covers("arn:a*b*c", "arn:a1b2c") && covers("arn:a", "arn:a"));
    assert!(!covers("arn:a", "arn:ab") && !covers("arn:a-*", "arn:a") && !covers("arn:*b*c", "arn:1c2"));
}
