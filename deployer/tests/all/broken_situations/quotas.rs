//! Limits of the account, and requests that are too many.

use stellarr_aws::{AwsErrorKind, FunctionLimits};
use stellarr_testing::{Fault, StackFailure};

use crate::broken_situations::process::answered;
use crate::broken_situations::seen::{Seen, deploy};
use crate::broken_situations::server::Reply;
use crate::broken_situations::world::{MAIN, World};

situations! {
    more_functions_kept_started_than_may_run: ConcurrencyLimit, ["of the 10 that this account may run"], ["provisioned_concurrency", "Service Quotas"], Nothing;
    a_reservation_that_lambda_refuses: StackConcurrency, ["UnreservedConcurrentExecution"], ["provisioned_concurrency: 0"], Named;
    an_account_that_is_not_verified: StackAccountUnverified, ["must be verified"], ["support case", "verify the account"], Named;
    too_many_distributions: StackQuota, ["number of distributions"], ["Service Quotas"], Named;
    too_many_buckets: StackQuota, ["more buckets than allowed"], ["Service Quotas"], Named;
    too_many_roles: StackQuota, ["LimitExceeded"], ["Service Quotas"], Named;
    too_many_stacks: AwsQuota, ["cloudformation:CreateChangeSet", "limit"], ["Service Quotas"], Says("200");
    too_many_invalidations: AwsQuota, ["cloudfront:CreateInvalidation"], ["stellarr deploy"], Says("on AWS from this run");
    throttled_for_good: AwsThrottled, ["Rate exceeded"], ["Wait a minute"], Nothing;
    cloudformation_is_throttled: StackThrottled, ["Rate exceeded"], ["wait some minutes"], Named;
}

async fn stack_fails(resource: &str, reason: &str) -> Seen {
    let world = World::new();
    let failure = StackFailure { resource: resource.to_owned(), reason: reason.to_owned(), rollback_fails: false };
    world.cloud.fail_stack(MAIN, failure);
    deploy(&world, &[]).await
}

async fn more_functions_kept_started_than_may_run() -> Seen {
    let mut world = World::new();
    world.cloud.set_function_limits(FunctionLimits { concurrent: 10, unreserved: 10 });
    world.config.provisioned_concurrency = 1;
    deploy(&world, &[]).await
}

async fn a_reservation_that_lambda_refuses() -> Seen {
    let reason = "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution \
                  below its minimum value of [10]. (Service: Lambda, Status Code: 400)";
    stack_fails("ApiFunction", reason).await
}

async fn an_account_that_is_not_verified() -> Seen {
    let reason = "Access denied for operation 'AWS::CloudFront::Distribution': Your account must be verified before you \
                  can add new CloudFront resources. To verify your account, please contact AWS Support";
    stack_fails("Distribution", reason).await
}

async fn too_many_distributions() -> Seen {
    let reason = "Processing your request will cause the maximum number of distributions to be exceeded. \
                  (Service: CloudFront, Error Code: TooManyDistributions)";
    stack_fails("Distribution", reason).await
}

async fn too_many_buckets() -> Seen {
    stack_fails("SiteBucket", "You have attempted to create more buckets than allowed (Error Code: TooManyBuckets)")
        .await
}

async fn too_many_roles() -> Seen {
    let reason = "Cannot exceed quota for RolesPerAccount: 1000 (Service: Iam, Error Code: LimitExceeded)";
    stack_fails("ApiRole", reason).await
}

async fn too_many_stacks() -> Seen {
    let world = World::new();
    let words = "Stack limit exceeded: the account has the limit of 200 stacks";
    world.cloud.inject("cloudformation:CreateChangeSet", 1, Fault::Say(AwsErrorKind::LimitExceeded, words));
    deploy(&world, &[]).await
}

async fn too_many_invalidations() -> Seen {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.pages.insert("index.html", "<!doctype html>2");
    let words = "Your request contains more invalidation paths than are allowed to be in progress";
    world.cloud.inject_always("cloudfront:CreateInvalidation", Fault::Say(AwsErrorKind::LimitExceeded, words));
    deploy(&world, &[]).await
}

async fn throttled_for_good() -> Seen {
    answered(Reply::query_error(400, "Throttling", "Rate exceeded"), &["outputs"]).await
}

async fn cloudformation_is_throttled() -> Seen {
    stack_fails("ApiFunction", "Rate exceeded (Service: Lambda, Status Code: 429)").await
}
