//! What AWS does not allow, and who can allow it.

use stellarr::config::DnsProvider;
use stellarr_aws::AwsErrorKind;
use stellarr_testing::{Fault, StackFailure};

use crate::broken_situations::process::answered;
use crate::broken_situations::seen::{Seen, deploy};
use crate::broken_situations::server::Reply;
use crate::broken_situations::world::{MAIN, World};

situations! {
    looking_at_stacks: AwsAccessDenied, ["cloudformation:DescribeStacks"], ["cloudformation:DescribeStacks", "stellarr policy"], Nothing;
    making_a_change_set: AwsAccessDenied, ["cloudformation:CreateChangeSet"], ["stellarr policy"], Says("does not allow");
    storing_an_object: AwsAccessDenied, ["s3:PutObject"], ["`s3:PutObject` on", "stellarr destroy"], Named;
    writing_the_secret: AwsAccessDenied, ["secretsmanager:PutSecretValue"], ["secretsmanager:PutSecretValue"], Named;
    looking_for_the_zone: AwsAccessDenied, ["route53:ListHostedZones"], ["route53:ListHostedZones"], Nothing;
    passing_a_role: StackAccessDenied, ["iam:PassRole", "ApiFunction"], ["stellarr policy"], Named;
    a_boundary_of_ones_own: AwsDeniedByBoundary, ["s3:PutObject"], ["permissions boundary"], Named;
    a_boundary_that_cloudformation_meets: StackDeniedByBoundary, ["permissions boundary", "iam:CreateRole"], ["permissions_boundary"], Named;
    an_organization_that_forbids: AwsDeniedByOrganization, ["cloudformation:CreateChangeSet"], ["organization", "region"], Says("service control policy");
    an_organization_that_cloudformation_meets: StackDeniedByOrganization, ["service control policy"], ["organization"], Named;
    invoking_the_warmer: AwsAccessDenied, ["lambda:InvokeFunction"], ["lambda:InvokeFunction"], Named;
    a_bucket_that_somebody_else_took: BucketForeign, ["belongs to another account"], ["s3:ListBucket"], Nothing;
}

async fn refused(operation: &str, words: &'static str) -> Seen {
    let world = World::new();
    world.cloud.inject_always(operation, Fault::Say(AwsErrorKind::AccessDenied, words));
    deploy(&world, &[]).await
}

/// A first deploy whose main stack fails at a resource.
async fn stack_fails(resource: &str, reason: &str) -> Seen {
    let world = World::new();
    let failure = StackFailure { resource: resource.to_owned(), reason: reason.to_owned(), rollback_fails: false };
    world.cloud.fail_stack(MAIN, failure);
    deploy(&world, &[]).await
}

async fn looking_at_stacks() -> Seen {
    let words = "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: cloudformation:DescribeStacks \
                 on resource: arn:aws:cloudformation:us-east-1:111122223333:stack/home-prod/* because no identity-based \
                 policy allows the cloudformation:DescribeStacks action";
    answered(Reply::query_error(403, "AccessDenied", words), &["outputs"]).await
}

async fn making_a_change_set() -> Seen {
    refused("cloudformation:CreateChangeSet", "Access Denied").await
}

async fn storing_an_object() -> Seen {
    refused("s3:PutObject", "Access Denied").await
}

async fn writing_the_secret() -> Seen {
    let words = "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: secretsmanager:PutSecretValue on \
                 resource: home-prod-app because no identity-based policy allows the secretsmanager:PutSecretValue action";
    refused("secretsmanager:PutSecretValue", words).await
}

async fn looking_for_the_zone() -> Seen {
    let mut world = World::new();
    world.config.domain = Some("tv.example.org".to_owned());
    world.config.dns.provider = DnsProvider::Route53;
    world.cloud.inject_always("route53:ListHostedZones", Fault::Say(AwsErrorKind::AccessDenied, "Access Denied"));
    deploy(&world, &[]).await
}

async fn passing_a_role() -> Seen {
    stack_fails(
        "ApiFunction",
        "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: iam:PassRole on resource: \
         arn:aws:iam::111122223333:role/home-prod-api because no identity-based policy allows the iam:PassRole action \
         (Service: Lambda, Status Code: 403)",
    )
    .await
}

async fn a_boundary_of_ones_own() -> Seen {
    let words = "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: s3:PutObject on resource: \
                 \"arn:aws:s3:::home-prod-artifacts/deploy/lock.json\" because no permissions boundary allows the \
                 s3:PutObject action";
    refused("s3:PutObject", words).await
}

async fn a_boundary_that_cloudformation_meets() -> Seen {
    stack_fails(
        "ApiRole",
        "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: iam:CreateRole on resource: \
         arn:aws:iam::111122223333:role/home-prod-api because no permissions boundary allows the iam:CreateRole action",
    )
    .await
}

async fn an_organization_that_forbids() -> Seen {
    let words = "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: cloudformation:CreateChangeSet on \
                 resource: home-prod with an explicit deny in a service control policy";
    refused("cloudformation:CreateChangeSet", words).await
}

async fn an_organization_that_cloudformation_meets() -> Seen {
    stack_fails(
        "ApiFunction",
        "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: lambda:CreateFunction on resource: \
         arn:aws:lambda:eu-central-1:111122223333:function:home-prod-api with an explicit deny in a service control policy",
    )
    .await
}

async fn invoking_the_warmer() -> Seen {
    refused("lambda:InvokeFunction", "Access Denied").await
}

async fn a_bucket_that_somebody_else_took() -> Seen {
    let world = World::new();
    world.deploy(&[]).await.unwrap();
    world.cloud.add_foreign_bucket(&world.bucket("ArtifactBucket"));
    deploy(&world, &[]).await
}
