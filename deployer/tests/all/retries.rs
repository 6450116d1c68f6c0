//! What AWS refuses only for now is tried once more, on an AWS in memory.

use crate::common::world;

use std::collections::BTreeMap;

use clap::Parser;
use jiff::{SignedDuration, Timestamp};
use stellarr::base::error::CommandError;
use stellarr::cli::{Cli, Command};
use stellarr::commands::destroy::destroy;
use stellarr::config::RemovalPolicy;
use stellarr::deploy::{Outcome, deploy};
use stellarr::secrets::Input;
use stellarr::stacks::apply::{Applied, ApplyError, StackChange, apply_with_retry};
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::{Cloud, TemplateSource};
use stellarr_testing::StackFailure;
use world::{MAIN, REGION, World};

const NAME_USED: &str = "Resource handler returned message: \"Internal error reported from downstream service during \
    operation 'Unable to create function with tags at this time. Please retry without tags (including stack-level tags if \
    using CloudFormation), using a different function name, or try again later. (Service: CloudFront, Status Code: 409)'\" \
    (HandlerErrorCode: AlreadyExists)";
const ROLE_UNKNOWN: &str = "Resource handler returned message: \"The role defined for the function cannot be assumed by \
    Lambda. (Service: Lambda, Status Code: 400)\" (HandlerErrorCode: InvalidRequest)";

fn failure(resource: &str, reason: &str) -> StackFailure {
    StackFailure { resource: resource.to_owned(), reason: reason.to_owned(), rollback_fails: false }
}

/// Deploys, and returns what was printed too.
async fn told(world: &World) -> (Result<Outcome, CommandError>, String) {
    let input = Input::gather(None, |key| {
        world.secrets.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned())
    });
    let printer = Printer::captured(Verbosity::Default);
    let built = world.built();
    let arguments = world::arguments(&[]);
    let result = deploy(&world.deployment(), &arguments, &input.unwrap(), async { Ok(built) }, &printer).await;
    (result, printer.transcript())
}

async fn tear_down(world: &World) {
    let line = ["stellarr", "destroy", "--yes", MAIN, "--delete-data"];
    let Command::Destroy(arguments) = Cli::parse_from(line).command else { panic!("that is a destroy") };
    destroy(&world.deployment(), &arguments, &Printer::captured(Verbosity::Default)).await.unwrap();
}

/// How often something was done to the main stack.
fn count(world: &World, action: &str) -> usize {
    world.cloud.writes().iter().filter(|write| **write == format!("cloudformation:{action} {MAIN}")).count()
}

#[tokio::test]
async fn row_31_34_a_first_creation_that_fails_of_something_passing_is_made_once_more() {
    let undisturbed = World::new();
    undisturbed.deploy(&[]).await.unwrap();
    for (resource, reason) in [("SpaRoutes", NAME_USED), ("ApiFunction", ROLE_UNKNOWN)] {
        let world = World::new();
        world.cloud.fail_stack(MAIN, failure(resource, reason));
        let (result, text) = told(&world).await;
        result.unwrap();
        assert!(text.contains(reason) && text.contains("passes by itself; trying once more"), "{text}");
        assert_eq!((count(&world, "ExecuteChangeSet"), count(&world, "DeleteStack")), (2, 1), "{resource}");
        assert_eq!(world.live(), undisturbed.live(), "{resource}");
        assert!(!world.deploy(&[]).await.unwrap().changed, "{resource}");
    }
}

#[tokio::test]
async fn row_34_an_update_that_was_rolled_back_is_made_once_more() {
    let mut worlds = [World::new(), World::new()];
    for world in &mut worlds {
        world.deploy(&[]).await.unwrap();
        world.config.api.memory = 512;
        world.cloud.clear_log();
    }
    let [undisturbed, world] = worlds;
    undisturbed.deploy(&[]).await.unwrap();
    world.cloud.fail_stack(MAIN, failure("ApiFunction", ROLE_UNKNOWN));
    let (result, text) = told(&world).await;
    result.unwrap();
    assert!(text.contains(ROLE_UNKNOWN) && text.contains("trying once more"), "{text}");
    assert_eq!((count(&world, "ExecuteChangeSet"), count(&world, "DeleteStack")), (2, 0));
    assert_eq!(world.live(), undisturbed.live());
    assert!(!world.deploy(&[]).await.unwrap().changed);
}

#[tokio::test]
async fn a_failure_that_does_not_pass_is_not_tried_again() {
    let world = World::new();
    world.cloud.fail_stack(MAIN, failure("ApiFunction", "User: x is not authorized to perform: lambda:CreateFunction"));
    let (result, text) = told(&world).await;
    assert_eq!(result.unwrap_err().code.as_str(), "stack-access-denied");
    assert!(!text.contains("once more"), "{text}");
    assert_eq!(count(&world, "ExecuteChangeSet"), 1);
}

#[tokio::test]
async fn row_31_a_deployment_made_again_has_functions_of_other_names() {
    let mut world = World::new();
    world.config.removal_policy = RemovalPolicy::Delete;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let (result, text) = told(&world).await;
        result.unwrap();
        assert!(!text.contains("once more"), "{text}");
        for id in ["SpaRoutes", "ViewerHeaders"] {
            let name = world.cloud.physical_id(REGION, MAIN, id);
            assert!(name.starts_with("home-prod-") && name.len() <= 64 && !seen.contains(&name), "{name}: {seen:?}");
            seen.push(name);
        }
        tear_down(&world).await;
    }
    assert_eq!(seen.len(), 4);
}

const BEFORE: &str = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n";
const FIXED: &str = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n  Pages:\n    Type: AWS::CloudFront::Function\n    \
    Properties:\n      Name: pages\n";

/// Brings a stack where a template says, whose function always has the same name.
async fn bring(world: &World, template: &str, printer: &Printer) -> Result<Applied, ApplyError> {
    let change = StackChange {
        name: "fixed".to_owned(),
        region: REGION.to_owned(),
        template: Some(template.to_owned()),
        parameters: BTreeMap::new(),
        tags: [("who".to_owned(), "me".to_owned())].into(),
        protect: false,
    };
    let deployment = world.deployment();
    let source = TemplateSource::Body(template.to_owned());
    apply_with_retry(deployment.context(printer), &change, source, None, None, &|_| Ok(true)).await
}

#[tokio::test]
async fn row_31_a_name_that_is_still_taken_is_told_as_passing() {
    let world = World::new();
    let now: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    world.cloud.set_time(now);
    let printer = Printer::captured(Verbosity::Default);
    bring(&world, FIXED, &printer).await.unwrap();
    let stacks = world.cloud.stacks(REGION);
    stacks.delete("fixed", &[], "gone").await.unwrap();
    while stacks.describe("fixed").await.unwrap().is_some() {}

    let failed = bring(&world, FIXED, &printer).await.unwrap_err();
    assert!(failed.to_string().contains("Unable to create function with tags at this time"), "{failed}");
    assert_eq!(printer.transcript().matches("trying once more").count(), 1, "{}", printer.transcript());
    let told = CommandError::from(failed);
    assert_eq!(told.code.as_str(), "stack-trouble", "{told}");
    assert!(told.hints.iter().any(|hint| hint.contains("run the same command again")), "{:?}", told.hints);
    assert!(!told.hints.iter().any(|hint| hint.contains("another `name`")), "{:?}", told.hints);

    world.cloud.set_time(now + SignedDuration::from_hours(2));
    assert!(bring(&world, FIXED, &printer).await.unwrap().changed);
}

#[tokio::test]
async fn row_31_an_update_that_adds_a_function_is_made_once_more() {
    let world = World::new();
    let printer = Printer::captured(Verbosity::Default);
    bring(&world, BEFORE, &printer).await.unwrap();
    world.cloud.fail_stack("fixed", failure("Pages", NAME_USED));
    assert!(bring(&world, FIXED, &printer).await.unwrap().changed);
    let text = printer.transcript();
    assert!(text.contains(NAME_USED) && text.matches("trying once more").count() == 1, "{text}");
    let executed = world.cloud.writes().iter().filter(|write| write.contains("ExecuteChangeSet fixed")).count();
    assert_eq!((executed, world.cloud.physical_id(REGION, "fixed", "Pages").as_str()), (3, "pages"));
    assert!(!bring(&world, FIXED, &printer).await.unwrap().changed);
}
