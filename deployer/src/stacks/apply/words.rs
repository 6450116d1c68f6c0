//! CloudFormation's names in plain words.

use stellarr_aws::ChangeSetProblem;

/// What a resource type is, for people: `AWS::S3::Bucket` → `bucket`.
#[must_use]
pub fn resource_type(name: &str) -> String {
    let known = match name {
        "AWS::S3::Bucket" => "bucket",
        "AWS::S3::BucketPolicy" => "bucket policy",
        "AWS::DynamoDB::Table" => "table",
        "AWS::SecretsManager::Secret" => "secret",
        "AWS::Lambda::Function" => "function",
        "AWS::Lambda::Version" => "function version",
        "AWS::Lambda::Alias" => "function alias",
        "AWS::Lambda::Url" => "function address",
        "AWS::Lambda::Permission" => "permission to call a function",
        "AWS::Lambda::EventInvokeConfig" => "retry rule of a function",
        "AWS::IAM::Role" => "role",
        "AWS::IAM::Policy" => "policy of a role",
        "AWS::Logs::LogGroup" => "log group",
        "AWS::Events::Rule" => "schedule",
        "AWS::SQS::Queue" => "queue for failed events",
        "AWS::SQS::QueuePolicy" => "queue policy",
        "AWS::SNS::Topic" => "alarm topic",
        "AWS::SNS::TopicPolicy" => "alarm topic policy",
        "AWS::SNS::Subscription" => "alarm e-mail",
        "AWS::CloudWatch::Alarm" => "alarm",
        "AWS::CloudWatch::Dashboard" => "dashboard",
        "AWS::CloudFront::Distribution" => "CDN (CloudFront distribution)",
        "AWS::CloudFront::Function" => "CDN function",
        "AWS::CloudFront::OriginAccessControl" => "CDN access to the buckets",
        "AWS::CloudFront::CachePolicy" => "CDN cache policy",
        "AWS::CloudFront::ResponseHeadersPolicy" => "CDN response headers",
        "AWS::CertificateManager::Certificate" => "certificate",
        "AWS::Route53::RecordSet" => "DNS record",
        "AWS::WAFv2::WebACL" => "firewall",
        "AWS::WAFv2::LoggingConfiguration" => "firewall log",
        "AWS::Budgets::Budget" => "budget",
        "AWS::CloudFormation::Stack" => "stack",
        other => return other.rsplit("::").next().unwrap_or(other).to_owned(),
    };
    known.to_owned()
}

/// What is done, for people: `CREATE_IN_PROGRESS` → `creating`.
#[must_use]
pub fn doing(status: &str) -> &'static str {
    match status {
        "CREATE_IN_PROGRESS" => "creating",
        "CREATE_COMPLETE" => "created",
        "CREATE_FAILED" => "could not be created",
        "UPDATE_IN_PROGRESS" => "changing",
        "UPDATE_COMPLETE" => "changed",
        "UPDATE_FAILED" => "could not be changed",
        "DELETE_IN_PROGRESS" => "deleting",
        "DELETE_COMPLETE" => "deleted",
        "DELETE_FAILED" => "could not be deleted",
        "DELETE_SKIPPED" => "kept",
        "IMPORT_IN_PROGRESS" => "taking over",
        "IMPORT_COMPLETE" => "taken over",
        status if status.contains("ROLLBACK") => "going back",
        _ => "working on",
    }
}

/// Something that did not pass CloudFormation's checks: what, where, why.
#[must_use]
pub fn problem(problem: &ChangeSetProblem) -> String {
    let what = format!("the {} {}", resource_type(&problem.resource_type), problem.logical_id);
    match &problem.path {
        Some(path) => format!("{what} ({path}): {}", problem.reason),
        None => format!("{what}: {}", problem.reason),
    }
}

/// How long a resource usually takes, when that is long enough to be said; from AWS's documentation.
#[must_use]
pub fn patience(resource_type: &str) -> Option<&'static str> {
    match resource_type {
        "AWS::CloudFront::Distribution" => Some("usually 3 to 6 minutes, while it spreads to CloudFront's locations"),
        "AWS::CertificateManager::Certificate" => Some("usually 2 to 5 minutes, up to 30 until DNS is seen everywhere"),
        "AWS::CloudFront::Function" => Some("usually under a minute"),
        _ => None,
    }
}
