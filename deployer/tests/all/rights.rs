//! `stellarr policy` allows every call that a deployment's life makes, on just what the call is made on.

use crate::common::world;

use std::path::Path;

use clap::Parser;
use serde_json::Value;
use stellarr::base::dns::RecordKind;
use stellarr::base::error::CommandError;
use stellarr::cli::{Cli, Command};
use stellarr::commands::destroy::destroy;
use stellarr::commands::diff::diff;
use stellarr::commands::drift::{DriftArgs, drift};
use stellarr::commands::status::{StatusArgs, status};
use stellarr::config::{self, Config, DnsProvider, RemovalPolicy};
use stellarr::insight::doctor;
use stellarr::policy::{Place, RoleOptions, Statement, statements, template};
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::{HostedZone, Invocation};
use stellarr_testing::{FakeCloud, Fault, StackFailure};
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

/// The document of the role for pull requests, as IAM has it once CloudFormation filled it in.
fn diff_policy(config: &Config) -> Value {
    let options = RoleOptions { boundary: false, github: Some("me/films".to_owned()), from: None };
    let template = template(config, &options).unwrap();
    filled(&template["Resources"]["DiffRole"]["Properties"]["Policies"][0]["PolicyDocument"])
}

fn filled(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(filled).collect(),
        Value::Object(entries) => match entries.get("Fn::Sub").and_then(Value::as_str) {
            Some(text) => {
                let text = text.replace("${AWS::Partition}", "aws").replace("${AWS::AccountId}", "111122223333");
                assert!(!text.contains("${"), "{text}");
                Value::from(text)
            }
            None => entries.iter().map(|(key, value)| (key.clone(), filled(value))).collect(),
        },
        other => other.clone(),
    }
}

/// The document without an action.
fn without(policy: &Value, action: &str) -> Value {
    let mut policy = policy.clone();
    for statement in policy["Statement"].as_array_mut().unwrap() {
        match &mut statement["Action"] {
            Value::Array(actions) => actions.retain(|one| one != action),
            one if *one == action => *one = Value::from(Vec::<Value>::new()),
            _ => {}
        }
    }
    policy
}

/// A deployment of each golden configuration, deployed once and changed since.
async fn golden_worlds() -> Vec<(String, World)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
    let mut folders: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let mut worlds = Vec::new();
    for folder in folders {
        let config = config::load(folder.join("stellarr.yaml")).unwrap();
        let mut world = World::new();
        world.cloud = FakeCloud::permissive(&config.region);
        let report = serde_json::json!({"success": true, "files": [], "durationMs": 1});
        let answer = Invocation { payload: report.to_string().into(), function_error: None, log_tail: None };
        world.cloud.on_invoke(&format!("{}-warmer", config.prefix()), answer);
        let zone = config.dns.hosted_zone_id.clone().unwrap_or_else(|| "Z1".to_owned());
        world.dns.set("example.org", RecordKind::Ns, &[&format!("ns-1.{}.awsdns.net", zone.to_lowercase())]);
        world.cloud.add_zone(HostedZone { id: zone, name: "example.org".to_owned(), private: false });
        if let Some(domain) = config.domain.clone() {
            let issue = Fault::before(move |cloud| {
                cloud.issue_certificate(&domain);
            });
            world.cloud.inject("acm:DescribeCertificate", 2, issue);
        }
        world.config = config;
        world.deploy(&[]).await.unwrap();
        world.config.tags.insert("who".to_owned(), "me".to_owned());
        world.pages.insert("index.html", "<!doctype html>2");
        world.cloud.clear_log();
        worlds.push((folder.file_name().unwrap().to_string_lossy().into_owned(), world));
    }
    worlds
}

async fn look(world: &World) -> Result<String, CommandError> {
    let printer = Printer::captured(Verbosity::Default);
    let found = diff(&world.deployment(), &world.built(), &printer).await?;
    assert!(found.differences.stacks.iter().any(|stack| stack.review.is_some()), "CloudFormation was asked");
    Ok(serde_json::to_string_pretty(&found).unwrap())
}

#[tokio::test]
async fn row_33_a_diff_needs_no_more_than_the_role_of_pull_requests() {
    let mut with_zone = 0;
    for (name, world) in golden_worlds().await {
        let undisturbed = look(&world).await.unwrap();
        let asked = world.cloud.asked();
        assert!(asked.iter().any(|(action, _)| action == "cloudformation:CreateChangeSet"), "{name}: {asked:#?}");

        let policy = diff_policy(&world.config);
        world.cloud.clear_log();
        world.cloud.allow_only(policy.clone());
        assert_eq!(look(&world).await.unwrap_or_else(|error| panic!("{name}: {error}")), undisturbed, "{name}");
        assert!(world.cloud.fired().is_empty() && world.cloud.asked() == asked, "{name}");

        // A right less is noticed, so each call was judged.
        let asks = |action: &str| asked.iter().any(|(asked, _)| asked == action);
        with_zone += usize::from(asks("route53:ListHostedZones"));
        for action in ["cloudformation:CreateChangeSet", "route53:ListHostedZones", "route53:GetHostedZone"] {
            if !asks(action) {
                continue;
            }
            world.cloud.clear_log();
            world.cloud.allow_only(without(&policy, action));
            let error = look(&world).await.unwrap_err();
            assert_eq!(error.code.as_str(), "aws-access-denied", "{name}: {error}");
            assert!(error.to_string().contains(action), "{name}: {error}");
            let fired = world.cloud.fired();
            assert!(fired.iter().any(|line| line.starts_with(action) && line.ends_with("denied")), "{name}: {fired:?}");
        }
        world.cloud.allow_all();
        assert_eq!(look(&world).await.unwrap(), undisturbed, "{name}");
    }
    assert!(with_zone >= 3, "{with_zone} configurations look for a zone");
}

#[tokio::test]
async fn row_30_a_denied_tag_is_told_with_its_actions() {
    const WORDS: &str = "Resource handler returned message: \"Encountered a permissions error performing a tagging \
        operation, please add required tag permissions. See \
        https://repost.aws/knowledge-center/cloudformation-tagging-permission-error for how to resolve.\" \
        (HandlerErrorCode: UnauthorizedTaggingOperation)";
    let undisturbed = World::new();
    undisturbed.deploy(&[]).await.unwrap();
    for (resource, actions) in [
        (
            "ViewerHeaders",
            "cloudfront:TagResource, cloudfront:UntagResource and cloudfront:ListTagsForResource on the CDN function",
        ),
        (
            "Dashboard",
            "cloudwatch:TagResource, cloudwatch:UntagResource and cloudwatch:ListTagsForResource on the dashboard",
        ),
    ] {
        let world = World::new();
        let failure = StackFailure { resource: resource.to_owned(), reason: WORDS.to_owned(), rollback_fails: false };
        world.cloud.fail_stack(world::MAIN, failure);
        let error = world.deploy(&[]).await.unwrap_err();
        assert_eq!(error.code.as_str(), "stack-access-denied", "{error}");
        assert!(error.to_string().contains("tagging operation"), "{error}");
        assert!(error.hints.iter().any(|hint| hint.contains(actions)), "{:?}", error.hints);
        world.deploy(&[]).await.unwrap();
        assert_eq!(world.live(), undisturbed.live(), "{resource}");
    }
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
