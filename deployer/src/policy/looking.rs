//! The rights of `stellarr diff`, for whoever may look and not deploy. Pure.

use serde_json::{Value, json};

use super::Place;
use crate::config::{Config, DnsProvider, EDGE_REGION};

/// What a role for pull requests may do: read the stacks and the released files, and ask CloudFormation what a change
/// would do, by change sets that it can't execute. It sees no secret.
///
/// It can make any change set of these stacks, under any name, and delete any. So a deploy executes only a change set
/// that it requested in the same run, under a name that holds random digits, by its ARN, and after comparing the
/// template, the parameters and the tags of that ARN with its request (see `apply::verify`). A pull request leaves
/// at most a change set that the next deploy deletes.
pub(super) fn document(config: &Config, place: &Place) -> Value {
    let (partition, account) = (&place.partition, &place.account);
    let (region, prefix) = (&config.region, config.prefix());
    let short: String = prefix.chars().take(24).collect();
    let stack = |region: &str, name: &str| format!("arn:{partition}:cloudformation:{region}:{account}:stack/{name}/*");
    let buckets = [
        format!("arn:{partition}:s3:::{short}*-artifactbucket-*"),
        format!("arn:{partition}:s3:::{short}*-sitebucket-*"),
        format!("arn:{partition}:s3:::{prefix}-frontend-*"),
    ];
    let files: Vec<String> = buckets.iter().map(|bucket| format!("{bucket}/*")).collect();
    let mut statements = vec![
        json!({
            "Sid": "Stacks",
            "Effect": "Allow",
            "Action": [
                "cloudformation:CreateChangeSet",
                "cloudformation:DeleteChangeSet",
                "cloudformation:DescribeChangeSet",
                "cloudformation:DescribeStacks",
                "cloudformation:GetTemplate",
                "cloudformation:TagResource"
            ],
            "Resource": [
                stack(region, &prefix),
                stack(region, &format!("{prefix}-bootstrap")),
                stack(EDGE_REGION, &format!("{prefix}-edge"))
            ]
        }),
        json!({"Sid": "Buckets", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": buckets}),
        json!({"Sid": "Files", "Effect": "Allow", "Action": "s3:GetObject", "Resource": files}),
        // The code that Lambda runs, which may differ from the bucket's.
        json!({
            "Sid": "Functions",
            "Effect": "Allow",
            "Action": "lambda:GetFunctionConfiguration",
            "Resource": format!("arn:{partition}:lambda:{region}:{account}:function:{prefix}-*")
        }),
        json!({"Sid": "Caller", "Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}),
    ];
    if config.domain.is_some() && config.dns.provider == DnsProvider::Route53 {
        // The zone is found by the domain, and CloudFormation checks the parameter that names it with the caller's rights.
        let zones = ["route53:ListHostedZones", "route53:ListHostedZonesByName"];
        let zone =
            format!("arn:{partition}:route53:::hostedzone/{}", config.dns.hosted_zone_id.as_deref().unwrap_or("*"));
        statements.push(json!({"Sid": "Zones", "Effect": "Allow", "Action": zones, "Resource": "*"}));
        statements.push(json!({"Sid": "Zone", "Effect": "Allow", "Action": "route53:GetHostedZone", "Resource": zone}));
    }
    json!({"Version": "2012-10-17", "Statement": statements})
}
