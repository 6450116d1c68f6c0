//! An account that can sign in and is not active yet: signed up today, or with a card that was refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use stellarr::base::failures::Code;
use stellarr_aws::AwsErrorKind;
use stellarr_testing::{Fault, StackFailure};

use crate::broken_situations::deployed;
use crate::broken_situations::process::{Process, Ran};
use crate::broken_situations::seen::{Seen, deploy};
use crate::broken_situations::server::{Reply, Request, Server};
use crate::broken_situations::world::{MAIN, World};

situations! {
    cloudformation_is_not_open: AwsAccountNotActive, ["not active yet"], ["payment method", "phone", "24 hours", "run the same command again"], Nothing;
    a_service_of_the_stack_is_not_open: StackAccountNotActive, ["needs a subscription"], ["payment method", "phone", "24 hours"], Named;
    the_artifact_bucket_is_not_open: StackAccountNotActive, ["not signed up for the S3"], ["payment method", "24 hours"], Named;
}

const SUBSCRIPTION: &str = "The AWS Access Key Id needs a subscription for the service";
const SIGNED_UP: &str = "Your account is not signed up for the S3 service. You must sign up before you can use S3.";

async fn cloudformation_is_not_open() -> Seen {
    let server = Server::answering_requests(|request| closed("cloudformation", request)).await;
    Process::new().signed_in(&server.address()).run(&["deploy"]).await
}

async fn a_service_of_the_stack_is_not_open() -> Seen {
    fails(MAIN, "ApiFunction", format!("{SUBSCRIPTION} (Service: Lambda, Status Code: 403, Request ID: 1)")).await
}

async fn the_artifact_bucket_is_not_open() -> Seen {
    fails("home-prod-bootstrap", "ArtifactBucket", format!("{SIGNED_UP} (Service: S3, Status Code: 403)")).await
}

async fn fails(stack: &str, resource: &str, reason: String) -> Seen {
    let world = World::new();
    world.cloud.fail_stack(stack, StackFailure { resource: resource.to_owned(), reason, rollback_fails: false });
    deploy(&world, &[]).await
}

/// An AWS whose STS answers, and one of whose services is not open, in that service's dialect.
fn closed(service: &str, request: &Request) -> Reply {
    let target = request.headers.get("x-amz-target").map_or("", String::as_str);
    let called =
        request.headers.get("authorization").is_some_and(|sign| sign.contains(&format!("/{service}/aws4_request")));
    match service {
        _ if !called => deployed::answer(request),
        "cloudformation" => Reply::query_error(403, "OptInRequired", SUBSCRIPTION),
        "s3" => Reply::s3_error(403, "NotSignedUp", SIGNED_UP),
        _ => {
            assert!(target.starts_with("DynamoDB"), "{request:?}");
            Reply::json_error(400, "SubscriptionRequiredException", SUBSCRIPTION)
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_18_a_service_that_is_not_open_yet_is_neither_region_nor_rights_and_the_command_works_later() {
    for (service, command) in
        [("cloudformation", "outputs"), ("cloudformation", "status"), ("s3", "upgrade"), ("dynamodb", "requests list")]
    {
        let is_closed = Arc::new(AtomicBool::new(false));
        let state = Arc::clone(&is_closed);
        let server = Server::answering_requests(move |request| {
            if state.load(Ordering::Relaxed) { closed(service, request) } else { deployed::answer(request) }
        })
        .await;
        let process = Process::new().signed_in(&server.address());
        let arguments: Vec<&str> = command.split(' ').collect();
        let active: Ran = process.output(&arguments).await;

        is_closed.store(true, Ordering::Relaxed);
        let asked = server.requests().len();
        let ran = process.output(&arguments).await;
        assert!(server.requests().len() > asked, "{service} was not asked");
        assert_eq!(ran.exit, 4, "{command}: {ran:?}");
        let error = ran.stderr.lines().find(|line| line.starts_with("error[")).unwrap_or_default();
        assert_eq!(error, "error[aws-account-not-active]: the AWS account is not active yet", "{ran:?}");
        let hint = ran.stderr.lines().find(|line| line.starts_with("hint:")).unwrap_or_default();
        for word in ["payment method", "phone verification", "24 hours", "run the same command again"] {
            assert!(hint.contains(word), "{command} lacks {word:?}: {hint}");
        }
        for wrong in ["region", "stellarr policy", "account's administrator", "new key"] {
            assert!(!ran.stderr.contains(wrong), "{command} speaks of {wrong:?}: {ran:?}");
        }
        assert!(ran.stderr.contains(SUBSCRIPTION) || ran.stderr.contains(SIGNED_UP), "AWS's words: {ran:?}");

        is_closed.store(false, Ordering::Relaxed);
        let later = process.output(&arguments).await;
        assert_eq!((later.exit, &later.stdout), (active.exit, &active.stdout), "{command}: {later:?}");
        assert_ne!(later.exit, 4, "{later:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_18_the_doctor_tells_it_once_and_as_the_account() {
    let server = Server::answering_requests(|request| closed("cloudformation", request)).await;
    let ran = Process::new().signed_in(&server.address()).output(&["doctor", "--json"]).await;
    let all: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let failures: Vec<_> = all["findings"].as_array().unwrap().iter().filter(|one| one["level"] == "failure").collect();
    let told: Vec<_> = failures.iter().filter(|one| one["code"] == "aws-account-not-active").collect();
    assert_eq!(told.len(), 1, "{ran:?}");
    assert!(told[0]["remedy"].as_str().unwrap().contains("phone verification"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_18_the_same_deploy_goes_on_when_the_account_is_active() {
    let undisturbed = World::new();
    undisturbed.deploy(&[]).await.unwrap();
    // A service that is not open while CloudFormation makes the stack.
    for (stack, resource) in [(MAIN, "ApiFunction"), ("home-prod-bootstrap", "ArtifactBucket")] {
        let world = World::new();
        let reason = format!("{SUBSCRIPTION} (Service: Lambda, Status Code: 403)");
        world.cloud.fail_stack(stack, StackFailure { resource: resource.to_owned(), reason, rollback_fails: false });
        let error = world.deploy(&[]).await.unwrap_err();
        assert_eq!((error.code, error.kind.code()), (Code::StackAccountNotActive, 6), "{error:?}");
        world.deploy(&[]).await.unwrap();
        assert_eq!(world.live(), undisturbed.live(), "{stack}");
    }
    // CloudFormation itself, S3 and DynamoDB.
    for operation in ["cloudformation:CreateChangeSet", "s3:PutObject", "cloudformation:DescribeStacks"] {
        let world = World::new();
        world.cloud.inject_always(operation, Fault::Say(AwsErrorKind::AccountNotActive, SUBSCRIPTION));
        let error = world.deploy(&[]).await.unwrap_err();
        assert_eq!((error.code, error.kind.code()), (Code::AwsAccountNotActive, 4), "{operation}: {error:?}");
        assert!(world.cloud.fired().iter().any(|fired| fired.starts_with(operation)), "{operation}");
        world.cloud.heal();
        world.later();
        world.deploy(&[]).await.unwrap();
        assert_eq!(world.live(), undisturbed.live(), "{operation}");
    }
}
