//! Stacks, locks, secrets and releases in states that somebody has to decide about or wait for.

use std::sync::atomic::Ordering;

use clap::Parser;
use stellarr::cli::{Cli, Command};
use stellarr::commands::destroy::destroy;
use stellarr::deployment::lock;
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::{AwsErrorKind, ChangeSetKind, ChangeSetRequest, Cloud, ParameterValue, TemplateSource};
use stellarr_testing::{Fault, StackFailure};

use crate::broken_situations::seen::{Seen, There, deploy};
use crate::broken_situations::world::{MAIN, REGION, World};

situations! {
    an_update_that_was_rolled_back: StackFailed, ["ApiFunction", "The runtime is not allowed here"], ["restored what was live"], Says("home-prod");
    a_first_deploy_that_was_rolled_back: StackFailed, ["home-prod", "ApiRole"], ["stellarr deploy", "stellarr destroy"], Named;
    a_rollback_that_failed: StackStuck, ["home-prod", "UPDATE_ROLLBACK_FAILED"], ["stellarr deploy --continue-rollback"], Says("is stuck");
    a_stack_that_stays_busy: StackTimedOut, ["home-prod", "UPDATE_IN_PROGRESS"], ["run the command again"], Says("75 minutes");
    remains_that_may_not_be_removed: AwsAccessDenied, ["cloudformation:DeleteStack", "home-prod"], ["stellarr policy"], Says("ROLLBACK_COMPLETE");
    a_name_that_somebody_else_has: StackNameTaken, ["already exists"], ["the function home-prod-api exists already", "delete or rename"], Named;
    a_secret_that_waits_to_be_deleted: StackSecretDeleted, ["scheduled for deletion"], ["restore-secret"], Named;
    a_domain_on_a_distribution_of_another_account: StackDomainTaken, ["CNAMEs"], ["remove the domain"], Named;
    somebody_else_deploys: DeployLocked, ["is deploying this since"], ["stellarr unlock"], Says("ana@laptop");
    a_lock_that_somebody_took_over: LockLost, ["took over"], ["stellarr deploy"], Says("on AWS from this run");
    a_newer_release_went_live: ReleaseStale, ["newer deploy"], ["stellarr diff"], Says("on AWS from this run");
    a_newer_version_deployed_last: DeployedByNewer, ["stellarr 99.0.0 deployed last", "older"], ["git pull", "stellarr rollback", "--allow-downgrade"], Nothing;
    a_record_that_is_damaged: ReleaseDamaged, ["releases/current.json"], ["earlier version"], Says("releases/current.json");
    a_secret_that_is_damaged: SecretDamaged, ["secret"], ["previous version"], Says("Secrets Manager");
    a_bucket_that_was_deleted: BucketGone, ["is gone", "home-prod"], ["create a bucket of exactly this name"], Nothing;
    data_that_would_be_lost: DataLoss, ["lose data"], ["--allow-data-loss"], Says("stellarr diff");
    nothing_to_look_at: NotDeployed, ["home-prod is not deployed"], ["stellarr deploy"], Nothing;
    data_that_is_protected: DataProtected, ["protected"], ["removal_policy: delete"], Nothing;
    a_wrong_name_typed: Usage, ["nothing was deleted"], ["home-prod"], Nothing;
    a_deletion_that_failed: StackInUse, ["home-prod"], ["wait some minutes"], Says("could not be deleted");
}

async fn deployed() -> World {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.code.insert("api", "x");
    world
}

fn fails(world: &World, resource: &str, reason: &str, rollback_fails: bool) {
    let failure = StackFailure { resource: resource.to_owned(), reason: reason.to_owned(), rollback_fails };
    world.cloud.fail_stack(MAIN, failure);
}

async fn first_fails(resource: &str, reason: &str) -> Seen {
    let world = World::new();
    fails(&world, resource, reason, false);
    deploy(&world, &[]).await
}

async fn an_update_that_was_rolled_back() -> Seen {
    let world = deployed().await;
    fails(&world, "ApiFunction", "The runtime is not allowed here", false);
    deploy(&world, &[]).await
}

async fn a_first_deploy_that_was_rolled_back() -> Seen {
    first_fails("ApiRole", "The role cannot be made").await
}

async fn a_rollback_that_failed() -> Seen {
    let world = deployed().await;
    fails(&world, "ApiFunction", "The runtime is not allowed here", true);
    world.deploy(&[]).await.unwrap_err();
    deploy(&world, &[]).await
}

async fn a_stack_that_stays_busy() -> Seen {
    let world = deployed().await;
    // Each wait takes as long as it says, so that the 75 minutes pass.
    world.clock.1.store(true, Ordering::Relaxed);
    world.cloud.set_stack_status(REGION, MAIN, "UPDATE_IN_PROGRESS", None);
    deploy(&world, &[]).await
}

async fn remains_that_may_not_be_removed() -> Seen {
    let world = World::new();
    fails(&world, "ApiRole", "The role cannot be made", false);
    world.deploy(&[]).await.unwrap_err();
    world.cloud.inject("cloudformation:DeleteStack", 1, Fault::Say(AwsErrorKind::AccessDenied, "Access Denied"));
    deploy(&world, &[]).await
}

async fn a_name_that_somebody_else_has() -> Seen {
    first_fails("ApiFunction", "home-prod-api already exists (Service: Lambda, Status Code: 409)").await
}

async fn a_secret_that_waits_to_be_deleted() -> Seen {
    let world = World::new();
    let reason = "You can't create this secret because a secret with this name is already scheduled for deletion.";
    let failure = StackFailure { resource: "AppSecret".to_owned(), reason: reason.to_owned(), rollback_fails: false };
    world.cloud.fail_stack("home-prod-bootstrap", failure);
    deploy(&world, &[]).await
}

async fn a_domain_on_a_distribution_of_another_account() -> Seen {
    let reason = "One or more of the CNAMEs you provided are already associated with a different resource. \
                  (Service: CloudFront, Status Code: 409, Error Code: CNAMEAlreadyExists)";
    first_fails("Distribution", reason).await
}

async fn somebody_else_deploys() -> Seen {
    let world = deployed().await;
    let lease = serde_json::json!({
        "holder": "ana@laptop (process 4711)", "run": "another", "fence": 1,
        "taken_at": "2027-01-15T07:59:00Z", "expires_at": "2030-01-01T00:00:00Z",
    });
    world.cloud.store(&world.bucket("ArtifactBucket"), lock::KEY, lease.to_string());
    deploy(&world, &[]).await
}

async fn a_lock_that_somebody_took_over() -> Seen {
    let world = deployed().await;
    let bucket = world.bucket("ArtifactBucket");
    let taken = Fault::before(move |cloud| {
        cloud.store(&bucket, lock::KEY, "{\"holder\": \"ana@laptop\"}");
    });
    world.cloud.inject("cloudformation:CreateChangeSet", 1, taken);
    deploy(&world, &[]).await
}

async fn a_newer_release_went_live() -> Seen {
    let world = deployed().await;
    let bucket = world.bucket("ArtifactBucket");
    let text = world.cloud.stored(&bucket, "releases/current.json").unwrap();
    let newer = String::from_utf8(text.to_vec()).unwrap().replace("\"sequence\": 1", "\"sequence\": 2");
    let published = Fault::before(move |cloud| {
        cloud.store(&bucket, "releases/current.json", newer.clone());
    });
    world.cloud.inject("cloudformation:ExecuteChangeSet", 1, published);
    deploy(&world, &[]).await
}

async fn a_newer_version_deployed_last() -> Seen {
    let world = deployed().await;
    let bucket = world.bucket("ArtifactBucket");
    let record = String::from_utf8(world.cloud.stored(&bucket, "releases/current.json").unwrap().to_vec()).unwrap();
    let ours = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(record.contains(&ours), "{record}");
    world.cloud.store(&bucket, "releases/current.json", record.replace(&ours, "\"version\": \"99.0.0\""));
    deploy(&world, &[]).await
}

async fn a_record_that_is_damaged() -> Seen {
    let world = deployed().await;
    world.cloud.store(&world.bucket("ArtifactBucket"), "releases/current.json", "{\"sequence\": \"torn");
    deploy(&world, &[]).await
}

async fn a_secret_that_is_damaged() -> Seen {
    let world = deployed().await;
    world.cloud.set_secret("home-prod-app", "{\"TMDB_API_KEY\": ");
    deploy(&world, &[]).await
}

async fn a_bucket_that_was_deleted() -> Seen {
    let world = deployed().await;
    world.cloud.remove_bucket(&world.bucket("ArtifactBucket"));
    deploy(&world, &[]).await
}

async fn data_that_would_be_lost() -> Seen {
    let mut world = deployed().await;
    world.config.removal_policy = stellarr::config::RemovalPolicy::Delete;
    world.deploy(&[]).await.unwrap();
    grow(&world, "  OldTable:\n    Type: AWS::DynamoDB::Table\n    DeletionPolicy: Delete\n").await;
    deploy(&world, &[]).await
}

/// Adds a resource to the bootstrap stack, as another version's template would.
async fn grow(world: &World, resource: &str) {
    let name = "home-prod-bootstrap";
    let stacks = world.cloud.stacks(REGION);
    let live = stacks.describe(name).await.unwrap().unwrap();
    let template =
        stacks.template(name).await.unwrap().unwrap().replace("\nResources:\n", &format!("\nResources:\n{resource}"));
    assert!(template.contains(resource));
    let request = ChangeSetRequest {
        stack: name.to_owned(),
        name: "grow".to_owned(),
        kind: ChangeSetKind::Update,
        imports: Vec::new(),
        template: TemplateSource::Body(template),
        parameters: live.parameters.keys().map(|key| (key.clone(), ParameterValue::Previous)).collect(),
        tags: live.tags.clone(),
        token: "grow".to_owned(),
        revert_drift: false,
    };
    let id = stacks.create_change_set(&request).await.unwrap();
    while stacks.describe_change_set(name, &id).await.unwrap().status == "CREATE_IN_PROGRESS" {}
    stacks.execute_change_set(name, &id, "grow").await.unwrap();
    while stacks.describe(name).await.unwrap().unwrap().status.in_progress() {}
}

async fn nothing_to_look_at() -> Seen {
    let world = World::new();
    let before = There::before(&world.cloud);
    Seen::of(&world.deployment().deployed().await.map(|_| ()).unwrap_err(), &world.cloud, &before)
}

/// How `stellarr destroy` ends that must not succeed.
async fn destroying(world: &World, options: &[&str]) -> Seen {
    let before = There::before(&world.cloud);
    let line = ["stellarr", "destroy"].iter().chain(options);
    let Command::Destroy(arguments) = Cli::parse_from(line).command else { panic!("not a destroy") };
    let printer = Printer::captured(Verbosity::Default);
    let error = destroy(&world.deployment(), &arguments, &printer).await.unwrap_err();
    Seen::of(&error, &world.cloud, &before)
}

async fn data_that_is_protected() -> Seen {
    destroying(&deployed().await, &["--yes", "home-prod", "--delete-data"]).await
}

async fn a_wrong_name_typed() -> Seen {
    destroying(&deployed().await, &["--yes", "hmoe-prod"]).await
}

async fn a_deletion_that_failed() -> Seen {
    let world = deployed().await;
    let reason = "The distribution is in use by another resource (ResourceInUse)";
    fails(&world, "Distribution", reason, false);
    destroying(&world, &["--yes", "home-prod"]).await
}
