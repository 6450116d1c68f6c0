//! `stellarr policy` allows every call that a deployment's life makes, on just what the call is made on.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken premise is the test's failure")]

#[path = "common/world.rs"]
mod world;

use clap::Parser;
use serde_json::Value;
use stellarr::aws::HostedZone;
use stellarr::aws::fake::Fault;
use stellarr::cli::{Cli, Command};
use stellarr::commands::destroy::destroy;
use stellarr::commands::diff::difference;
use stellarr::commands::drift::{DriftArgs, drift};
use stellarr::commands::status::{StatusArgs, status};
use stellarr::config::{Config, DnsProvider, RemovalPolicy};
use stellarr::doctor;
use stellarr::policy::{Place, RoleOptions, Statement, statements, template};
use stellarr::ui::{Printer, Verbosity};
use world::{REGION, World};

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

/// The calls that a look at a live resource is made of.
fn single_calls((action, on): (String, String)) -> Vec<(String, String)> {
    if action != "cloudcontrol:GetResource" {
        return vec![(action, on)];
    }
    let (kind, name) = on.split_once(' ').unwrap();
    let (arn, actions): (String, &[&str]) = match kind {
        "AWS::DynamoDB::Table" => (
            format!("arn:aws:dynamodb:{REGION}:111122223333:table/{name}"),
            &["dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "dynamodb:DescribeContinuousBackups"],
        ),
        "AWS::S3::Bucket" => (
            format!("arn:aws:s3:::{name}"),
            &[
                "s3:GetBucketVersioning",
                "s3:GetBucketPublicAccessBlock",
                "s3:GetEncryptionConfiguration",
                "s3:GetLifecycleConfiguration",
            ],
        ),
        other => panic!("what a look at {other} asks is not known here"),
    };
    actions.iter().map(|action| ((*action).to_owned(), arn.clone())).collect()
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
    let asked: Vec<_> = world.cloud.asked().into_iter().flat_map(single_calls).collect();
    assert!(asked.len() > 40, "{asked:#?}");
    let missing: Vec<_> = asked.iter().filter(|(action, arn)| !allowed(&policy, action, arn)).collect();
    assert!(missing.is_empty(), "not allowed: {missing:#?}");
}

/// The statements of the role for pull requests, as IAM has them once CloudFormation filled them in.
fn diff_role(config: &Config) -> Vec<Statement> {
    let options = RoleOptions { boundary: false, github: Some("me/films".to_owned()), from: None };
    let template = template(config, &options).unwrap();
    let role = &template["Resources"]["DiffRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"];
    let texts = |value: &Value| -> Vec<String> {
        let all = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        let text = |one: Value| one["Fn::Sub"].as_str().or(one.as_str()).unwrap().to_owned();
        let filled = all.into_iter().map(text);
        filled.map(|one| one.replace("${AWS::Partition}", "aws").replace("${AWS::AccountId}", "111122223333")).collect()
    };
    let statement = |one: &Value| Statement {
        sid: String::new(),
        actions: texts(&one["Action"]),
        resources: texts(&one["Resource"]),
        condition: None,
    };
    role.as_array().unwrap().iter().map(statement).collect()
}

#[tokio::test]
async fn a_pull_requests_role_may_do_all_that_a_diff_does() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.cloud.clear_log();
    world.config.tags.insert("who".to_owned(), "me".to_owned());
    world.pages.insert("index.html", "<!doctype html>2");
    let printer = Printer::captured(Verbosity::Default);
    let found = difference(&world.deployment(), &world.built(), &printer).await.unwrap();
    assert!(found.survey.stacks.iter().any(|stack| stack.review.is_some()), "CloudFormation was asked");
    let policy = diff_role(&world.config);
    let asked = world.cloud.asked();
    assert!(asked.iter().any(|(action, _)| action == "cloudformation:CreateChangeSet"), "{asked:#?}");
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
