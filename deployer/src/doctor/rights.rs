//! Rights: what this deployment needs, put to IAM's simulation.

use std::collections::BTreeSet;

use futures::future::try_join_all;

use super::Finding;
use crate::aws::{AwsErrorKind, Caller, Cloud};
use crate::config::Config;
use crate::error::ExitKind;
use crate::ui::count;

/// Actions that one simulation is asked about.
const BATCH: usize = 60;

/// Rights that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Need {
    /// As IAM names them.
    pub(super) actions: Vec<String>,
    /// What they are needed on.
    pub(super) resources: Vec<String>,
}

/// What deploying this configuration needs.
pub(super) fn needs(config: &Config) -> Vec<Need> {
    let mut actions = vec![
        "cloudformation:CreateChangeSet",
        "cloudformation:DescribeStacks",
        "cloudformation:ExecuteChangeSet",
        "cloudfront:CreateDistribution",
        "cloudfront:CreateFunction",
        "cloudfront:CreateInvalidation",
        "cloudfront:UpdateDistribution",
        "dynamodb:CreateTable",
        "events:PutRule",
        "iam:CreateRole",
        "iam:PassRole",
        "iam:PutRolePolicy",
        "lambda:CreateFunction",
        "lambda:CreateFunctionUrlConfig",
        "lambda:InvokeFunction",
        "lambda:UpdateFunctionCode",
        "logs:CreateLogGroup",
        "s3:CreateBucket",
        "s3:PutBucketPolicy",
        "s3:PutObject",
        "secretsmanager:CreateSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "sqs:CreateQueue",
    ];
    if config.waf.enabled {
        actions.push("wafv2:CreateWebACL");
    }
    if crate::render::is_route53(config) {
        actions.extend(["acm:RequestCertificate", "route53:ChangeResourceRecordSets", "route53:ListHostedZones"]);
    } else if config.domain.is_some() {
        actions.push("acm:RequestCertificate");
    }
    vec![Need { actions: actions.into_iter().map(str::to_owned).collect(), resources: Vec::new() }]
}

/// Asks IAM which of the rights are missing.
pub(super) async fn check(cloud: &dyn Cloud, caller: &Caller, config: &Config) -> Finding {
    const CHECK: &str = "rights";
    if caller.arn.ends_with(":root") {
        return Finding::ok(CHECK, "the root user may do everything");
    }
    let permissions = cloud.permissions();
    let needs = needs(config);
    let batches = needs.iter().flat_map(|need| need.actions.chunks(BATCH).map(|actions| (actions, &need.resources)));
    let asked = batches.map(|(actions, resources)| permissions.denied(&caller.arn, actions, resources));
    match try_join_all(asked).await {
        Ok(denied) => {
            let missing: BTreeSet<String> = denied.into_iter().flatten().collect();
            judge(&missing, needs.iter().map(|need| need.actions.len()).sum())
        }
        Err(error) if error.kind == AwsErrorKind::AccessDenied => Finding::warning(
            CHECK,
            format!("not checked: these credentials may not ask ({})", error.operation),
            "nothing, if deploys work; else allow iam:SimulatePrincipalPolicy and iam:GetRole, and run this again",
        ),
        Err(error) => Finding::warning(
            CHECK,
            format!("not checked: {}", error.message),
            "nothing, if deploys work; a denied action is named when it happens",
        ),
    }
}

fn judge(missing: &BTreeSet<String>, all: usize) -> Finding {
    if missing.is_empty() {
        return Finding::ok("rights", format!("all {all} actions that a deploy needs are allowed"));
    }
    let names: Vec<&str> = missing.iter().map(String::as_str).collect();
    Finding::failure(
        "rights",
        format!("{} not allowed: {}", count(names.len(), "action is", "actions are"), names.join(", ")),
        "hand this policy to whoever manages the account; `stellarr policy` prints the whole one for this deployment",
    )
    .with_details(document(&names))
    .exits(ExitKind::Access)
}

/// The policy that allows what is missing.
fn document(actions: &[&str]) -> String {
    let policy = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
    });
    serde_json::to_string_pretty(&policy).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{FakeCloud, Fault};
    use crate::doctor::Level;

    async fn found(cloud: &FakeCloud) -> Finding {
        let caller = cloud.identity().caller().await.unwrap();
        check(cloud, &caller, &Config::named("home")).await
    }

    #[tokio::test]
    async fn missing_rights_are_named_with_a_policy_that_allows_them() {
        let cloud = FakeCloud::permissive("eu-west-1");
        assert_eq!(found(&cloud).await.level, Level::Ok);
        cloud.deny(&["iam:PassRole", "lambda:CreateFunction"]);
        let finding = found(&cloud).await;
        assert_eq!((finding.level, finding.kind), (Level::Failure, ExitKind::Access));
        assert!(
            finding.sentence.contains("2 actions are not allowed: iam:PassRole, lambda:CreateFunction"),
            "{finding:?}"
        );
        assert!(finding.details.unwrap().contains("\"Action\": [\n        \"iam:PassRole\""));
    }

    #[tokio::test]
    async fn not_being_allowed_to_ask_is_no_failure() {
        let cloud = FakeCloud::permissive("eu-west-1");
        cloud.inject_always("iam:SimulatePrincipalPolicy", Fault::Fail(AwsErrorKind::AccessDenied));
        assert_eq!(found(&cloud).await.level, Level::Warning);
    }
}
