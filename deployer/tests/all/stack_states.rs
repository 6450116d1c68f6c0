//! Stacks that others work on too, that were refused, or that stopped half-way, against an AWS in memory.

use crate::common::world;

use stellarr::base::error::CommandError;
use stellarr::base::exit::ExitKind;
use stellarr::base::failures::Code;
use stellarr::config::RemovalPolicy;
use stellarr::insight::doctor::{self, Level};
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::{ChangeSetKind, ChangeSetProblem, ChangeSetRequest, Cloud as _, ParameterValue, TemplateSource};
use stellarr_testing::{FakeCloud, Fault, StackFailure};
use world::{MAIN, REGION, World};

const BOOTSTRAP: &str = "home-prod-bootstrap";

fn failure(resource: &str) -> StackFailure {
    StackFailure { resource: resource.to_owned(), reason: "denied".to_owned(), rollback_fails: false }
}

/// Makes a change set of this name that would change the stack's tags, and leaves it there.
async fn propose(world: &World, stack: &str, name: &str) {
    let stacks = world.cloud.stacks(REGION);
    let live = stacks.describe(stack).await.unwrap().unwrap();
    let request = ChangeSetRequest {
        stack: stack.to_owned(),
        name: name.to_owned(),
        kind: ChangeSetKind::Update,
        imports: Vec::new(),
        template: TemplateSource::Previous,
        parameters: live.parameters.keys().map(|key| (key.clone(), ParameterValue::Previous)).collect(),
        tags: [("by".to_owned(), name.to_owned())].into(),
        token: name.to_owned(),
        revert_drift: false,
    };
    stacks.create_change_set(&request).await.unwrap();
}

async fn proposed(world: &World, stack: &str) -> Vec<String> {
    let all = world.cloud.stacks(REGION).list_change_sets(stack).await.unwrap();
    all.into_iter().map(|one| one.name).collect()
}

#[tokio::test]
async fn change_sets_of_other_people_stay() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    for stack in [BOOTSTRAP, MAIN] {
        propose(&world, stack, "by-hand").await;
        propose(&world, stack, "stellarr-0123456789abcdef").await;
    }
    world.cloud.clear_log();
    // Nothing of the bootstrap stack changes, so nothing of it is touched.
    world.code.insert("api", "x");
    world.cloud.fail_stack(MAIN, failure("ApiFunction"));
    world.cloud.refuse_change_set(MAIN, "no", Vec::new());
    world.deploy(&[]).await.unwrap_err();
    assert_eq!(proposed(&world, BOOTSTRAP).await, ["by-hand", "stellarr-0123456789abcdef"]);
    assert_eq!(proposed(&world, MAIN).await, ["by-hand"], "our own leftover is cleared away");
}

#[tokio::test]
async fn a_first_deploy_leaves_alone_what_another_one_waits_on() {
    let world = World::new();
    let stacks = world.cloud.stacks(REGION);
    let request = ChangeSetRequest {
        stack: BOOTSTRAP.to_owned(),
        name: "stellarr-fedcba9876543210".to_owned(),
        kind: ChangeSetKind::Create,
        imports: Vec::new(),
        template: TemplateSource::Body("Resources:\n  Site:\n    Type: AWS::S3::Bucket\n".to_owned()),
        parameters: [].into(),
        tags: [].into(),
        token: "another".to_owned(),
        revert_drift: false,
    };
    stacks.create_change_set(&request).await.unwrap();
    world.cloud.refuse_change_set(BOOTSTRAP, "no", Vec::new());
    world.deploy(&[]).await.unwrap_err();
    assert_eq!(proposed(&world, BOOTSTRAP).await, ["stellarr-fedcba9876543210"]);
}

#[tokio::test]
async fn somebody_who_deploys_keeps_others_from_the_bootstrap_stack() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    let lease = serde_json::json!({
        "holder": "ana@laptop (process 4711)", "run": "another", "fence": 1,
        "taken_at": "2027-01-15T07:59:00Z", "expires_at": "2030-01-01T00:00:00Z",
    });
    world.cloud.store(&world.bucket("ArtifactBucket"), stellarr::deployment::lock::KEY, lease.to_string());
    world.config.tags.insert("team".to_owned(), "home".to_owned());
    world.cloud.clear_log();
    assert_eq!(world.deploy(&[]).await.unwrap_err().kind, ExitKind::Busy);
    assert_eq!(world.cloud.writes(), Vec::<String>::new());
}

async fn refused(world: &World, words: &str, problems: Vec<ChangeSetProblem>) -> CommandError {
    world.cloud.refuse_change_set(MAIN, words, problems);
    world.deploy(&[]).await.unwrap_err()
}

#[tokio::test]
async fn a_refused_change_set_names_what_did_not_pass() {
    let words = "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot \
                 Early Validation errors, use the DescribeEvents API for detailed failure information.";
    let problem = |id: &str, kind: &str, path: Option<&str>, reason: &str| ChangeSetProblem {
        logical_id: id.to_owned(),
        resource_type: kind.to_owned(),
        path: path.map(str::to_owned),
        reason: reason.to_owned(),
    };
    let world = World::new();
    let taken = "Resource of type 'AWS::Logs::LogGroup' with identifier '/aws/lambda/home-prod-api' already exists.";
    let size = "Memory has to be within the limit";
    let path = "/Resources/ApiFunction/Properties/MemorySize";
    let problems = vec![
        problem("ApiLog", "AWS::Logs::LogGroup", None, taken),
        problem("ApiFunction", "AWS::Lambda::Function", Some(path), size),
    ];
    let error = refused(&world, words, problems.clone()).await;
    assert_eq!((error.kind, error.code), (ExitKind::Stack, Code::StackNameTaken));
    assert!(error.message.ends_with(&format!("ApiLog: {taken}")), "{error}");
    let details = error.details.unwrap();
    assert!(details.contains(&format!("the function ApiFunction ({path}): {size}")), "{details}");
    // What a check says of a property is no quota, whatever words it uses.
    let error = refused(&world, words, problems[1..].to_vec()).await;
    assert_eq!(error.code, Code::StackValidation, "{error}");
    // Where nothing more can be had, the change set's own words have to do.
    assert_eq!(refused(&world, words, Vec::new()).await.code, Code::StackValidation);
    let words = "CloudFormation is attempting to import some resources because they already exist in your account. The \
                 resources must have the DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate' in the template \
                 for successful import. The affected resources are ApiLog ({/aws/lambda/home-prod-api})";
    let error = refused(&world, words, Vec::new()).await;
    assert_eq!(error.code, Code::StackNameTaken);
    assert!(error.message.contains("/aws/lambda/home-prod-api"), "{error}");
    world.deploy(&[]).await.unwrap();
}

async fn protection(world: &World, stack: &str) -> bool {
    world.cloud.stacks(REGION).describe(stack).await.unwrap().unwrap().termination_protection
}

#[tokio::test]
async fn a_protection_that_was_never_set_is_set_without_a_change_set() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    let stacks = world.cloud.stacks(REGION);
    // As after a run that was interrupted while CloudFormation went on; and somebody protects the site by hand.
    stacks.set_termination_protection(BOOTSTRAP, false).await.unwrap();
    stacks.set_termination_protection(MAIN, true).await.unwrap();
    world.cloud.clear_log();
    assert!(world.deploy(&[]).await.unwrap().changed);
    assert!(protection(&world, BOOTSTRAP).await);
    assert_eq!(world.cloud.count("cloudformation:CreateChangeSet"), 0);
    assert!(!world.deploy(&[]).await.unwrap().changed);
    world.code.insert("api", "x");
    world.deploy(&[]).await.unwrap();
    assert!(protection(&world, MAIN).await, "what somebody else protects stays so");
    world.config.removal_policy = RemovalPolicy::Delete;
    world.deploy(&[]).await.unwrap();
    assert!(!protection(&world, BOOTSTRAP).await);
}

#[tokio::test]
async fn a_failed_update_that_was_left_so_goes_back_only_when_asked() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.code.insert("api", "x");
    world.cloud.set_stack_status(REGION, MAIN, "UPDATE_FAILED", None);
    let error = world.deploy(&[]).await.unwrap_err();
    assert_eq!((error.kind, error.code), (ExitKind::StackStuck, Code::StackStuck));
    assert!(error.hints.iter().any(|hint| hint.contains("--continue-rollback")), "{:?}", error.hints);
    assert_eq!(found(&world).await, Some(Code::StackStuck));
    world.cloud.clear_log();
    world.deploy(&["--continue-rollback"]).await.unwrap();
    assert_eq!(world.cloud.count("cloudformation:RollbackStack"), 1);
    assert_eq!(world.cloud.stack_status(REGION, MAIN).as_deref(), Some("UPDATE_COMPLETE"));
}

#[tokio::test]
async fn an_import_that_cannot_be_undone_asks_for_what_helps() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.config.tags.insert("team".to_owned(), "home".to_owned());
    world.cloud.set_stack_status(REGION, BOOTSTRAP, "IMPORT_ROLLBACK_FAILED", None);
    let error = world.deploy(&["--continue-rollback"]).await.unwrap_err();
    assert_eq!((error.kind, error.code), (ExitKind::StackStuck, Code::ImportStuck));
    assert!(!error.hints.iter().any(|hint| hint.contains("--continue-rollback")), "{:?}", error.hints);
    assert_eq!(found(&world).await, Some(Code::ImportStuck));
}

/// The code of what `doctor` finds wrong with the stacks.
async fn found(world: &World) -> Option<Code> {
    let printer = Printer::captured(Verbosity::Quiet);
    let deployment = world.deployment();
    let findings = doctor::run(&deployment, deployment.context(&printer)).await;
    let wrong = findings.into_iter().find(|one| one.check == "stacks" && one.level == Level::Failure);
    wrong.and_then(|finding| finding.code)
}

#[tokio::test]
async fn a_first_bootstrap_that_fails_can_be_rolled_back() {
    let world = World::new();
    world.cloud.fail_stack(BOOTSTRAP, failure("RequestsTable"));
    assert_eq!(world.deploy(&[]).await.unwrap_err().kind, ExitKind::Stack);
    assert_eq!(world.cloud.stack_status(REGION, BOOTSTRAP).as_deref(), Some("ROLLBACK_COMPLETE"));
    world.deploy(&[]).await.unwrap();
    let parameters = world.cloud.stacks(REGION).describe(BOOTSTRAP).await.unwrap().unwrap().parameters;
    assert_eq!(parameters["DeletionProtection"], "true", "on as soon as the tables are there");
    world.cloud.clear_log();
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.cloud.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_rollback_that_failed_is_cleared_away_in_the_same_run() {
    let world = World::new();
    world.deploy(&[]).await.unwrap();
    world.cloud.set_stack_status(REGION, MAIN, "ROLLBACK_FAILED", None);
    // The first deletion fails too.
    world.cloud.fail_stack(MAIN, failure("ApiRole"));
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.cloud.stack_status(REGION, MAIN).as_deref(), Some("CREATE_COMPLETE"));
}

#[tokio::test]
async fn an_operation_that_somebody_begins_after_the_stack_was_read_is_waited_for() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.code.insert("api", "x");
    let begins = Fault::before(|cloud: &FakeCloud| {
        cloud.set_stack_status(REGION, MAIN, "UPDATE_IN_PROGRESS", None);
        let ends = Fault::before(|cloud: &FakeCloud| {
            cloud.set_stack_status(REGION, MAIN, "UPDATE_COMPLETE", None);
        });
        cloud.inject("cloudformation:DescribeStacks", 2, ends);
    });
    world.cloud.inject("cloudformation:CreateChangeSet", 1, begins);
    assert!(world.deploy(&[]).await.unwrap().changed);
    assert!(!world.deploy(&[]).await.unwrap().changed);
}
