//! Which right a call needs: what IAM calls it, and the ARN that IAM judges it on.
//!
//! Source: "Actions, resources, and condition keys for AWS services" in the service authorization reference.

use serde_json::Value;

/// Whether a policy document allows an action on an ARN: a deny wins, and an allow is needed.
///
/// What hangs on a condition is not allowed, and denied.
pub(crate) fn allows(policy: &Value, action: &str, arn: &str) -> bool {
    let mut allowed = false;
    for statement in each(&policy["Statement"]) {
        let stands = |part: &str, text: &str| {
            each(&statement[part]).filter_map(Value::as_str).any(|pattern| matches_pattern(pattern, text))
        };
        if !stands("Action", action) || !stands("Resource", arn) {
            continue;
        }
        match statement["Effect"].as_str() {
            Some("Allow") => allowed |= statement.get("Condition").is_none(),
            _ => return false,
        }
    }
    allowed
}

/// A value, or the values of a list.
fn each(value: &Value) -> impl Iterator<Item = &Value> {
    let list = value.as_array().map(Vec::as_slice);
    list.unwrap_or(std::slice::from_ref(value)).iter()
}

/// Whether a pattern with stars stands for the whole of a text.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| matches_pattern(rest, &text[at..]))
        }),
    }
}

/// Calls that IAM judges on anything, because they list or know no resource.
const ACTIONS_WITHOUT_RESOURCE: &[&str] = &[
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
const BUCKET_ACTIONS: &[&str] = &["s3:DeleteBucket", "s3:ListBucket", "s3:ListBucketVersions"];

/// The action and the ARN of a call.
pub(crate) fn asked(operation: &str, resource: &str, region: &str, account: &str) -> (String, String) {
    let action = if operation == "s3:HeadObject" { "s3:GetObject" } else { operation };
    let at = |service: &str, what: String| format!("arn:aws:{service}:{region}:{account}:{what}");
    let service = action.split(':').next().unwrap_or_default();
    let on = match service {
        _ if ACTIONS_WITHOUT_RESOURCE.contains(&action) => "*".to_owned(),
        _ if resource.starts_with("arn:") => resource.to_owned(),
        "s3" if BUCKET_ACTIONS.contains(&action) => {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_policy_is_evaluated_as_iam_does() {
        let allow = json!({"Effect": "Allow", "Action": ["s3:Get*", "s3:ListBucket"], "Resource": "arn:a*b*c"});
        let deny = json!({"Effect": "Deny", "Action": "s3:*", "Resource": "arn:a2b2c"});
        let policy = json!({"Version": "2012-10-17", "Statement": [allow, deny]});
        assert!(allows(&policy, "s3:GetObject", "arn:a1b1c") && allows(&policy, "s3:ListBucket", "arn:abbcc"));
        for (action, arn) in [
            ("s3:PutObject", "arn:a1b1c"),
            ("s3:GetObject", "arn:a1b1"),
            ("s3:GetObject", "arn:a2b2c"),
            ("s3:GetObject", "*"),
        ] {
            assert!(!allows(&policy, action, arn), "{action} {arn}");
        }
        let one = json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
        assert!(allows(&one, "s3:GetObject", "*"));
        let hangs = json!({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}}]});
        assert!(!allows(&hangs, "s3:GetObject", "*") && !allows(&json!({"Statement": []}), "s3:GetObject", "*"));
    }
}
