//! The rights of `stellarr diff`, for whoever may look and not deploy. Pure.

use serde_json::{Value, json};

use super::Place;
use crate::config::Config;
use crate::render::EDGE_REGION;

/// What a role for pull requests may do: read the stacks and the released files, and ask CloudFormation what a change
/// would do, by change sets that it can't execute. It sees no secret.
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
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {
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
            },
            {"Sid": "Buckets", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": buckets},
            {"Sid": "Files", "Effect": "Allow", "Action": "s3:GetObject", "Resource": files},
            {"Sid": "Caller", "Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}
        ]
    })
}
