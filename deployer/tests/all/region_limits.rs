//! What a region lacks or an organization closes, against an AWS in memory.

use crate::common::world;

use std::collections::BTreeMap;

use clap::Parser;
use stellarr::base::failures::Code;
use stellarr::cli::{Cli, Command};
use stellarr::commands::destroy::destroy;
use stellarr::commands::diff::diff;
use stellarr::commands::status::{StatusArgs, status};
use stellarr::config::DnsProvider;
use stellarr::insight::doctor::{self, Level};
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::{AwsErrorKind, ChangeSetKind, ChangeSetRequest, Cloud, HostedZone, ParameterValue, TemplateSource};
use stellarr_testing::{FakeCloud, Fault, StackFailure};
use world::{MAIN, REGION, World};

const EDGE: &str = "home-prod-edge";
const EDGE_REGION: &str = "us-east-1";
const BUDGET: &str = "AWS::Budgets::Budget";

/// The budget as the main stack held it before it moved.
const OLD_BUDGET: &str = "  Budget:
    Type: AWS::Budgets::Budget
    Properties:
      Budget: {BudgetName: home-prod-eu-central-1, BudgetType: COST, TimeUnit: MONTHLY, BudgetLimit: {Amount: 5, Unit: USD}}
      NotificationsWithSubscribers: [{Subscribers: [{SubscriptionType: EMAIL, Address: me@example.org}]}]
";

fn with_budget(email: &str, usd: u32) -> World {
    let mut world = World::new();
    set_budget(&mut world, email, usd);
    world
}

fn set_budget(world: &mut World, email: &str, usd: u32) {
    world.config.budget.monthly_usd = usd;
    world.config.budget.email = Some(email.to_owned());
}

/// Changes a stack by hand; returns its status afterwards, or why CloudFormation refuses.
async fn change(cloud: &FakeCloud, region: &str, stack: &str, token: &str, text: &str) -> Result<String, String> {
    let stacks = cloud.stacks(region);
    let there = stacks.describe(stack).await.unwrap();
    let parameters = there.as_ref().map(|stack| stack.parameters.clone()).unwrap_or_default();
    let request = ChangeSetRequest {
        stack: stack.to_owned(),
        name: token.to_owned(),
        kind: if there.is_some() { ChangeSetKind::Update } else { ChangeSetKind::Create },
        imports: Vec::new(),
        template: TemplateSource::Body(text.to_owned()),
        parameters: parameters.into_keys().map(|key| (key, ParameterValue::Previous)).collect(),
        tags: BTreeMap::new(),
        token: token.to_owned(),
        revert_drift: false,
    };
    stacks.create_change_set(&request).await.map_err(|error| error.message)?;
    while stacks.describe_change_set(stack, token).await.unwrap().status == "CREATE_IN_PROGRESS" {}
    stacks.execute_change_set(stack, token, token).await.unwrap();
    loop {
        let status = stacks.describe(stack).await.unwrap().unwrap().status;
        if !status.in_progress() {
            return Ok(status.0);
        }
    }
}

/// The live main template with the budget of old in it.
fn with_old_budget(world: &World) -> String {
    let text = world.cloud.stack_template(REGION, MAIN).unwrap();
    text.replacen("\nResources:\n", &format!("\nResources:\n{OLD_BUDGET}"), 1)
}

#[tokio::test]
async fn row_38_a_budget_comes_up_where_cloudformation_does_not_know_budgets() {
    let undisturbed = with_budget("me@example.org", 5);
    undisturbed.deploy(&[]).await.unwrap();

    let world = with_budget("me@example.org", 5);
    world.cloud.remove_resource_type(REGION, BUDGET);
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.cloud.budgets(), undisturbed.cloud.budgets());
    assert!(world.cloud.stack_template(EDGE_REGION, EDGE).unwrap().contains(BUDGET));
    // The place where it was before is refused.
    let refused = change(&world.cloud, REGION, MAIN, "old", &with_old_budget(&world)).await.unwrap_err();
    assert!(refused.contains("Unrecognized resource types: [AWS::Budgets::Budget]"), "{refused}");
    assert!(!world.deploy(&[]).await.unwrap().changed);
}

#[tokio::test]
async fn row_38_39_the_budget_of_an_older_deployment_moves_without_meeting_itself() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    change(&world.cloud, REGION, MAIN, "old", &with_old_budget(&world)).await.unwrap();
    assert_eq!(world.cloud.budgets(), ["home-prod-eu-central-1"]);

    set_budget(&mut world, "me@example.org", 5);
    world.deploy(&[]).await.unwrap();
    let fresh = with_budget("me@example.org", 5);
    fresh.deploy(&[]).await.unwrap();
    assert_eq!(world.cloud.budgets(), fresh.cloud.budgets(), "the old one is gone, the new one is in us-east-1");
    assert!(!world.cloud.stack_template(REGION, MAIN).unwrap().contains(BUDGET));

    world.config.budget = Default::default();
    world.deploy(&[]).await.unwrap();
    assert_eq!((world.cloud.budgets().len(), world.cloud.stack_status(EDGE_REGION, EDGE)), (0, None));
}

#[tokio::test]
async fn row_39_a_replacement_under_the_same_name_fails() {
    let cloud = FakeCloud::permissive(REGION);
    let text = |email: &str| format!("Resources:\n{}", OLD_BUDGET.replace("me@example.org", email));
    let first = change(&cloud, REGION, "by-hand", "one", &text("me@example.org")).await;
    assert_eq!(first.as_deref(), Ok("CREATE_COMPLETE"));
    let second = change(&cloud, REGION, "by-hand", "two", &text("you@example.org")).await;
    assert_eq!(second.as_deref(), Ok("UPDATE_ROLLBACK_COMPLETE"));
    let events = cloud.stacks(REGION).events("by-hand", None).await.unwrap();
    let said =
        |words: &str| events.iter().any(|event| event.reason.as_deref().is_some_and(|said| said.contains(words)));
    assert!(said("home-prod-eu-central-1 - the budget already exists") && said("DuplicateRecordException"));
}

#[tokio::test]
async fn row_39_mail_and_amount_of_the_budget_can_change() {
    let mut world = with_budget("me@example.org", 5);
    world.deploy(&[]).await.unwrap();
    let first = world.cloud.budgets();
    set_budget(&mut world, "you@example.org", 5);
    world.deploy(&[]).await.unwrap();
    let second = world.cloud.budgets();
    assert!(second.len() == 1 && second != first, "{first:?} {second:?}");
    set_budget(&mut world, "you@example.org", 7);
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.cloud.budgets(), second, "an amount changes in place");
    assert!(world.cloud.stack_template(EDGE_REGION, EDGE).unwrap().contains("Amount: 7"));
    set_budget(&mut world, "me@example.org", 7);
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.cloud.budgets(), first);
}

/// Everything that a person does with a deployment, once it is up.
async fn daily_life(world: &mut World) {
    let printer = Printer::captured(Verbosity::Default);
    let deployment = world.deployment();
    assert!(!world.deploy(&[]).await.unwrap().changed);
    diff(&deployment, &world.built(), &printer).await.unwrap();
    // Whether the site answers is not the question here.
    let _ = status(&deployment, &StatusArgs { json: false }, &printer).await;
    let findings = doctor::run(&deployment, deployment.context(&printer)).await;
    assert!(findings.iter().any(|one| one.check == "stacks" && one.level == Level::Ok), "{findings:#?}");
    world.deploy(&["--continue-rollback"]).await.unwrap();
    world.pages.insert("index.html", "<!doctype html>2");
    assert!(world.deploy(&[]).await.unwrap().changed);
}

async fn destroyed(world: &World) {
    let Command::Destroy(arguments) = Cli::parse_from(["stellarr", "destroy", "--yes", "home-prod"]).command else {
        panic!("that is a destroy")
    };
    destroy(&world.deployment(), &arguments, &Printer::captured(Verbosity::Default)).await.unwrap();
}

#[tokio::test]
async fn row_20_without_domain_firewall_and_budget_us_east_1_is_never_called() {
    let mut world = World::new();
    world.cloud.close_region(EDGE_REGION);
    world.deploy(&[]).await.unwrap();
    daily_life(&mut world).await;
    destroyed(&world).await;
    assert_eq!(world.cloud.stack_status(REGION, MAIN), None);
    assert_eq!(world.cloud.calls_in(EDGE_REGION), Vec::<String>::new());
    assert!(world.cloud.calls_in(REGION).len() > 50, "calls are counted");
}

fn at_a_domain(world: &mut World, provider: DnsProvider) {
    world.config.domain = Some("tv.example.org".to_owned());
    world.config.dns.provider = provider;
    world.cloud.add_zone(HostedZone { id: "Z1".to_owned(), name: "example.org".to_owned(), private: false });
}

#[tokio::test]
async fn row_20_with_a_domain_the_words_name_us_east_1_and_why() {
    for (provider, operation) in
        [(DnsProvider::Route53, "cloudformation:DescribeStacks"), (DnsProvider::External, "acm:ListCertificates")]
    {
        let mut world = World::new();
        at_a_domain(&mut world, provider);
        world.cloud.close_region(EDGE_REGION);
        let error = world.deploy(&[]).await.unwrap_err();
        assert_eq!(error.code, Code::AwsEdgeRegionDenied, "{error:?}");
        let fired = world.cloud.fired();
        assert!(fired.iter().any(|one| *one == format!("{operation}: closed region us-east-1")), "{fired:?}");
        let hints = error.hints.join("\n");
        for words in ["us-east-1", "CloudFront's certificate and firewall must be there", "`dns: external`", "`domain`"]
        {
            assert!(hints.contains(words), "{words}: {hints}");
        }
        assert!(!hints.contains("another `region`"), "{hints}");
        assert_eq!(world.cloud.stack_status(REGION, MAIN), None);

        world.cloud.open_regions();
        if provider == DnsProvider::External {
            let issued = |cloud: &FakeCloud| {
                cloud.issue_certificate("tv.example.org");
            };
            world.cloud.inject("acm:DescribeCertificate", 2, Fault::before(issued));
        }
        world.deploy(&[]).await.unwrap();
        assert_eq!(world.cloud.served()[0].0, "tv.example.org");
        assert!(!world.deploy(&[]).await.unwrap().changed);
    }
}

#[tokio::test]
async fn row_20_an_edge_stack_is_found_after_a_first_deploy_that_broke_off() {
    let mut world = World::new();
    world.config.waf.enabled = true;
    let failure = StackFailure { resource: "ApiRole".to_owned(), reason: "denied".to_owned(), rollback_fails: false };
    world.cloud.fail_stack(MAIN, failure);
    world.deploy(&[]).await.unwrap_err();
    assert!(world.cloud.stack_status(EDGE_REGION, EDGE).is_some());
    // Neither the configuration nor the main stack tells of the firewall now.
    world.config.waf.enabled = false;
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.cloud.stack_status(EDGE_REGION, EDGE), None);
    world.cloud.clear_log();
    world.cloud.close_region(EDGE_REGION);
    daily_life(&mut world).await;
    assert_eq!(world.cloud.calls_in(EDGE_REGION), Vec::<String>::new());
}

#[tokio::test]
async fn row_20_an_edge_stack_is_found_after_a_removal_that_broke_off() {
    let mut world = World::new();
    world.config.waf.enabled = true;
    world.deploy(&[]).await.unwrap();
    // As a version of stellarr left it that kept no note.
    world.cloud.discard(&world.bucket("ArtifactBucket"), "edge/stack.txt");
    world.config.waf.enabled = false;
    world.cloud.inject("cloudformation:DeleteStack", 1, Fault::Fail(AwsErrorKind::ServerFault));
    world.deploy(&[]).await.unwrap_err();
    assert_eq!(world.cloud.fired(), ["cloudformation:DeleteStack: Fail(ServerFault)"]);
    assert!(world.cloud.stack_status(EDGE_REGION, EDGE).is_some());
    world.later();
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.cloud.stack_status(EDGE_REGION, EDGE), None);
}

#[test]
fn row_37_a_region_that_lacks_function_addresses_is_refused_at_its_place() {
    for (region, nearest) in [
        ("ap-east-2", "ap-northeast-2"),
        ("ap-south-2", "ap-south-1"),
        ("ap-southeast-4", "ap-southeast-2"),
        ("ap-southeast-5", "ap-southeast-1"),
        ("ap-southeast-6", "ap-southeast-2"),
        ("ap-southeast-7", "ap-southeast-1"),
        ("ca-west-1", "us-west-2"),
        ("eu-central-2", "eu-central-1"),
        ("il-central-1", "eu-central-1"),
        ("me-central-1", "ap-south-1"),
        ("mx-central-1", "us-east-2"),
    ] {
        let text = |region: &str| format!("name: films\nregion: {region}\n");
        let told = stellarr::config::parse(text(region), "stellarr.yaml").unwrap_err().render(false);
        let parts = ["[stellarr.yaml:2:9]", region, "AWS::Lambda::Url", &format!("write `{nearest}`")];
        assert!(parts.iter().all(|part| told.contains(part)), "{parts:?}: {told}");
        assert!(stellarr::config::parse(text(nearest), "stellarr.yaml").is_ok());
        assert!(stellarr::config::check_region(region).unwrap_err().remedy.contains(nearest));
    }
}

#[test]
fn row_37_a_refused_region_costs_no_call() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stellarr.yaml");
    let run = |region: &str| {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        server.set_nonblocking(true).unwrap();
        std::fs::write(&file, format!("name: films\nregion: {region}\n")).unwrap();
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_stellarr"))
            .args(["status", "--config", file.to_str().unwrap()])
            .env("AWS_ENDPOINT_URL", format!("http://{}", server.local_addr().unwrap()))
            .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "example")
            .stderr(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut calls = 0;
        for _ in 0..600 {
            // Looked at before the calls are counted: none comes after the end.
            let has_ended = child.try_wait().unwrap().is_some();
            calls += usize::from(server.accept().is_ok());
            if calls > 0 || has_ended {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let _ = child.kill();
        let said = child.wait_with_output().unwrap();
        (calls, String::from_utf8_lossy(&said.stderr).into_owned())
    };
    assert_eq!(run("eu-central-1").0, 1, "a region that will do is called");
    let (calls, said) = run("eu-central-2");
    assert_eq!(calls, 0, "{said}");
    assert!(said.contains("config-invalid") && said.contains("eu-central-1"), "{said}");
}
