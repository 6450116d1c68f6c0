//! Which right a call needs: what IAM calls it, and the ARN that IAM judges it on.
//!
//! Source: "Actions, resources, and condition keys for AWS services" in the service authorization reference.

/// Calls that IAM judges on anything, because they list or know no resource.
const ON_ANYTHING: &[&str] = &[
    "acm:ListCertificates",
    "acm:RequestCertificate",
    "ce:GetCostAndUsage",
    "ce:ListCostAllocationTags",
    "cloudformation:DescribeStackDriftDetectionStatus",
    "cloudfront:ListDistributions",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "lambda:GetAccountSettings",
    "route53:ListHostedZones",
    "sts:GetCallerIdentity",
];

/// Calls on a bucket; all others of S3 are on an object.
const ON_BUCKETS: &[&str] = &["s3:DeleteBucket", "s3:ListBucket", "s3:ListBucketVersions"];

/// The action and the ARN of a call.
pub(super) fn asked(operation: &str, resource: &str, region: &str, account: &str) -> (String, String) {
    let action = if operation == "s3:HeadObject" { "s3:GetObject" } else { operation };
    let at = |service: &str, what: String| format!("arn:aws:{service}:{region}:{account}:{what}");
    let service = action.split(':').next().unwrap_or_default();
    let on = match service {
        _ if ON_ANYTHING.contains(&action) => "*".to_owned(),
        _ if resource.starts_with("arn:") => resource.to_owned(),
        "s3" if ON_BUCKETS.contains(&action) => {
            format!("arn:aws:s3:::{}", resource.split('/').next().unwrap_or_default())
        }
        "s3" if resource.contains('/') => format!("arn:aws:s3:::{resource}"),
        "s3" => format!("arn:aws:s3:::{resource}/key"),
        "cloudformation" => at(service, format!("stack/{resource}/id")),
        "cloudfront" => {
            let id = resource.split(['/', ' ']).next().unwrap_or_default();
            format!("arn:aws:cloudfront::{account}:distribution/{id}")
        }
        "dynamodb" => at(service, format!("table/{resource}")),
        "lambda" => at(service, format!("function:{resource}")),
        "logs" => at(service, format!("log-group:{resource}")),
        "route53" => format!("arn:aws:route53:::hostedzone/{resource}"),
        "secretsmanager" => at(service, format!("secret:{resource}")),
        _ => resource.to_owned(),
    };
    (action.to_owned(), on)
}
