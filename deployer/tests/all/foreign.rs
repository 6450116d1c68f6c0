//! What other people and other runs have on AWS under our names: it is named, and left as it is.

use crate::common::world;

use std::collections::BTreeMap;

use stellarr::base::exit::ExitKind;
use stellarr::base::failures::Code;
use stellarr_aws::{AwsErrorKind, ChangeSetKind, ChangeSetRequest, Cloud, TemplateSource};
use stellarr_testing::Fault;
use world::{MAIN, REGION, World};

const FOREIGN: &str = "Resources:\n  Log:\n    Type: AWS::Logs::LogGroup\n    Properties: {LogGroupName: /theirs}\n";

/// Creates a change set without our tags, as another tool would.
async fn propose(world: &World, stack: &str, name: &str, kind: ChangeSetKind) -> String {
    let request = ChangeSetRequest {
        stack: stack.to_owned(),
        name: name.to_owned(),
        kind,
        imports: Vec::new(),
        template: TemplateSource::Body(FOREIGN.to_owned()),
        parameters: BTreeMap::new(),
        tags: BTreeMap::new(),
        token: name.to_owned(),
        revert_drift: false,
    };
    world.cloud.stacks(REGION).create_change_set(&request).await.unwrap()
}

async fn make_stack(world: &World, name: &str) {
    let id = propose(world, name, "theirs", ChangeSetKind::Create).await;
    let stacks = world.cloud.stacks(REGION);
    while stacks.describe_change_set(name, &id).await.unwrap().status != "CREATE_COMPLETE" {}
    stacks.execute_change_set(name, &id, "theirs").await.unwrap();
    while stacks.describe(name).await.unwrap().is_none_or(|stack| !stack.status.is_success()) {}
}

#[tokio::test]
async fn a_stack_of_somebody_else_is_not_taken_over() {
    for name in ["home-prod-bootstrap", MAIN] {
        let world = World::new();
        make_stack(&world, name).await;
        let before = world.cloud.stacks(REGION).template(name).await.unwrap();
        let error = world.deploy(&[]).await.unwrap_err();
        assert_eq!((error.kind, error.code), (ExitKind::Stack, Code::StackNameTaken), "{error}");
        assert!(error.to_string().contains(name), "{error}");
        assert_eq!(world.cloud.stacks(REGION).template(name).await.unwrap(), before);
    }
}

#[tokio::test]
async fn a_change_set_of_another_run_that_cannot_be_deleted_is_in_nobodys_way() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    for name in ["stellarr-diff-aa", "stellarr-bb"] {
        let id = propose(&world, MAIN, name, ChangeSetKind::Update).await;
        while world.cloud.stacks(REGION).describe_change_set(MAIN, &id).await.unwrap().status != "CREATE_COMPLETE" {}
    }
    world.cloud.inject("cloudformation:DeleteChangeSet", 1, Fault::Fail(AwsErrorKind::Conflict));
    world.code.insert("api", "x");
    assert!(world.deploy(&[]).await.unwrap().changed);
}

#[tokio::test]
async fn a_change_set_that_is_not_known_yet_is_waited_for() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.code.insert("api", "x");
    world.cloud.inject("cloudformation:DescribeChangeSet", 1, Fault::Fail(AwsErrorKind::NotFound));
    assert!(world.deploy(&[]).await.unwrap().changed);
}

#[tokio::test]
async fn a_change_set_that_another_run_took_away_is_told_as_that() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.code.insert("api", "x");
    world.cloud.inject("cloudformation:ExecuteChangeSet", 1, Fault::Fail(AwsErrorKind::NotFound));
    let error = world.deploy(&[]).await.unwrap_err();
    assert_eq!(error.kind, ExitKind::Busy, "{error}");
    assert!(error.hints.iter().any(|hint| hint.contains("run the command again")), "{error:?}");
    world.cloud.heal();
    world.later();
    assert!(world.deploy(&[]).await.unwrap().changed);
}
