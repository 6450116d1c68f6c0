//! The policies that bound roles: the functions', and the one that deploys.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Place, service_of};
use crate::config::Config;
use crate::stacks::render::{RenderError, RenderOptions, render};
use stellarr_aws::template;

/// The name of the policy that bounds the functions' roles.
#[must_use]
pub fn boundary_name(config: &Config) -> String {
    config.permissions_boundary.clone().unwrap_or_else(|| format!("{}-boundary", config.prefix()))
}

/// The most that the functions may ever do: what their roles allow, on this deployment's things.
///
/// # Errors
/// When a template can't be rendered.
pub fn functions_boundary(config: &Config, place: &Place) -> Result<Value, RenderError> {
    let mut by_service: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, text) in render(config, RenderOptions::default())?.stacks {
        for action in role_actions(&template::parse(&text).unwrap_or_default()) {
            by_service.entry(service_of(&action).to_owned()).or_default().insert(action);
        }
    }
    let statements: Vec<Value> = by_service
        .into_iter()
        .map(|(service, actions)| {
            let on = things(config, place, &service);
            json!({"Sid": sid(&service), "Effect": "Allow", "Action": actions, "Resource": on})
        })
        .collect();
    Ok(json!({"Version": "2012-10-17", "Statement": statements}))
}

/// Every action that a template's roles allow.
fn role_actions(parsed: &Value) -> BTreeSet<String> {
    let resources = parsed["Resources"].as_object().into_iter().flatten();
    let roles = resources.filter(|(_, resource)| resource["Type"] == "AWS::IAM::Role");
    let policies = roles.flat_map(|(_, role)| role["Properties"]["Policies"].as_array().into_iter().flatten());
    let statements = policies.flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().into_iter().flatten());
    statements
        .flat_map(|statement| match &statement["Action"] {
            Value::Array(actions) => actions.clone(),
            one => vec![one.clone()],
        })
        .filter_map(|action| action.as_str().map(str::to_owned))
        .collect()
}

/// What of a service belongs to the deployment.
fn things(config: &Config, place: &Place, service: &str) -> Vec<String> {
    let (partition, account) = (&place.partition, &place.account);
    let (region, prefix) = (&config.region, config.prefix());
    let stack: String = prefix.chars().take(24).collect();
    match service {
        "s3" => {
            // The second as an older system called it, where it is adopted.
            let buckets = [format!("{stack}*-trendingbucket-*"), format!("{prefix}-trending-*")];
            let on = |bucket: String| {
                let bucket = format!("arn:{partition}:s3:::{bucket}");
                [bucket.clone(), format!("{bucket}/trending-*")]
            };
            buckets.into_iter().flat_map(on).collect()
        }
        "dynamodb" => vec![format!("arn:{partition}:dynamodb:{region}:{account}:table/{prefix}-*")],
        "secretsmanager" => vec![format!("arn:{partition}:secretsmanager:{region}:{account}:secret:{prefix}-app*")],
        "logs" => vec![format!("arn:{partition}:logs:{region}:{account}:log-group:/aws/lambda/{prefix}-*")],
        _ => vec![format!("arn:{partition}:{service}:{region}:{account}:{stack}*")],
    }
}

/// The most that the deploying role may ever do: anything but identities, and of those only bounded function roles.
pub(super) fn deployer_boundary(config: &Config, place: &Place) -> Value {
    let (partition, account) = (&place.partition, &place.account);
    let stack: String = config.prefix().chars().take(24).collect();
    let roles = format!("arn:{partition}:iam::{account}:role/{stack}*-*Role-*");
    let functions = format!("arn:{partition}:iam::{account}:policy/{}", boundary_name(config));
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Services",
                "Effect": "Allow",
                "NotAction": ["iam:*", "organizations:*", "account:*", "sso:*"],
                "Resource": "*"
            },
            // What `stellarr doctor` asks.
            {
                "Sid": "Looks",
                "Effect": "Allow",
                "Action": ["iam:GetRole", "iam:SimulatePrincipalPolicy"],
                "Resource": "*"
            },
            {
                "Sid": "FunctionRoles",
                "Effect": "Allow",
                "Action": "iam:*",
                "Resource": roles
            },
            {
                "Sid": "OnlyBoundedRoles",
                "Effect": "Deny",
                "Action": ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"],
                "Resource": "*",
                "Condition": {"ArnNotEquals": {"iam:PermissionsBoundary": functions}}
            },
            {
                "Sid": "BoundsStay",
                "Effect": "Deny",
                "Action": "iam:DeleteRolePermissionsBoundary",
                "Resource": "*"
            },
            {
                "Sid": "FirewallLogRole",
                "Effect": "Allow",
                "Action": "iam:CreateServiceLinkedRole",
                "Resource": format!("arn:{partition}:iam::{account}:role/aws-service-role/wafv2.amazonaws.com/*")
            }
        ]
    })
}

fn sid(service: &str) -> String {
    let mut letters = service.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
