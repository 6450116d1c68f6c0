//! The policy as a CloudFormation template, with the role that carries it.

use serde_json::{Map, Value, json};

use super::{Place, boundary, boundary_name, documents, functions_boundary, looking, statements_of_move};
use crate::config::Config;
use crate::stacks::render::RenderError;

/// What the template holds besides the policies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleOptions {
    /// Whether roles get boundaries.
    pub boundary: bool,
    /// The repository whose workflows may take the role, as `owner/name`.
    pub github: Option<String>,
    /// An earlier configuration of the deployment, whose remains the next deploy takes down.
    pub from: Option<Config>,
}

const GITHUB: &str = "token.actions.githubusercontent.com";

/// Makes a template with the policies and the role `<name>-<environment>-deploy` that carries them.
///
/// # Errors
/// When a template of the deployment can't be rendered.
pub fn template(config: &Config, options: &RoleOptions) -> Result<Value, RenderError> {
    let mut place = Place::of_cloudformation();
    if options.boundary {
        place.boundary = Some(boundary_name(config));
    }
    let mut resources = Map::new();
    let mut policies = Vec::new();
    let needed = statements_of_move(options.from.as_ref(), config, &place)?;
    for (index, (name, document)) in documents(config, &needed).into_iter().enumerate() {
        let id = format!("DeployPolicy{}", index + 1);
        let about = format!("What deploying {} needs, written by stellarr policy", config.prefix());
        policies.push(json!({"Ref": id}));
        resources.insert(id, managed_policy(&name, &about, document));
    }
    let mut role = role(config, options, policies);
    if options.boundary {
        let about = format!("The most that the functions of {} may do", config.prefix());
        let document = functions_boundary(config, &place)?;
        resources.insert("FunctionsBoundary".to_owned(), managed_policy(&boundary_name(config), &about, document));
        let about = format!("The most that deploying {} may do", config.prefix());
        let name = format!("{}-deploy-boundary", config.prefix());
        let document = boundary::deployer_boundary(config, &place);
        resources.insert("DeployBoundary".to_owned(), managed_policy(&name, &about, document));
        role["Properties"]["PermissionsBoundary"] = json!({"Ref": "DeployBoundary"});
    }
    let mut template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": format!("{} - who may deploy it", config.prefix()),
    });
    if let Some(repository) = &options.github {
        template["Parameters"] = github_parameters(repository);
        template["Conditions"] = json!({"MakesProvider": {"Fn::Equals": [{"Ref": "GitHubProviderArn"}, ""]}});
        resources.insert("GitHubProvider".to_owned(), github_provider());
        resources.insert("DiffRole".to_owned(), diff_role(config, &place));
    }
    resources.insert("DeployRole".to_owned(), role);
    template["Outputs"] = json!({"DeployRoleArn": {"Value": {"Fn::GetAtt": ["DeployRole", "Arn"]}}});
    if resources.contains_key("DiffRole") {
        template["Outputs"]["DiffRoleArn"] = json!({"Value": {"Fn::GetAtt": ["DiffRole", "Arn"]}});
    }
    template["Resources"] = Value::Object(resources);
    Ok(template)
}

fn managed_policy(name: &str, about: &str, document: Value) -> Value {
    json!({
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"ManagedPolicyName": name, "Description": about, "PolicyDocument": substituted(document)}
    })
}

/// Lets CloudFormation fill in texts that hold `${…}`.
fn substituted(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains("${") => json!({"Fn::Sub": text}),
        Value::Array(items) => items.into_iter().map(substituted).collect(),
        Value::Object(entries) => entries.into_iter().map(|(key, value)| (key, substituted(value))).collect(),
        other => other,
    }
}

fn role(config: &Config, options: &RoleOptions, policies: Vec<Value>) -> Value {
    let trust = match &options.github {
        Some(_) => github_trust("GitHubSubject"),
        // Whoever of the account is allowed to take the role.
        None => json!({
            "Effect": "Allow",
            "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}},
            "Action": "sts:AssumeRole"
        }),
    };
    json!({
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": format!("{}-deploy", config.prefix()),
            "Description": format!("Deploys {}", config.prefix()),
            "MaxSessionDuration": 7200,
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "ManagedPolicyArns": policies
        }
    })
}

/// Who may take a role: workflows of a subject that a parameter names.
fn github_trust(subject: &str) -> Value {
    json!({
        "Effect": "Allow",
        "Principal": {
            "Federated": {"Fn::If": ["MakesProvider", {"Ref": "GitHubProvider"}, {"Ref": "GitHubProviderArn"}]}
        },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {format!("{GITHUB}:aud"): "sts.amazonaws.com"},
            "StringLike": {format!("{GITHUB}:sub"): {"Ref": subject}}
        }
    })
}

/// The role of pull requests: it looks, and changes nothing.
fn diff_role(config: &Config, place: &Place) -> Value {
    json!({
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": format!("{}-diff", config.prefix()),
            "Description": format!("Shows what a deploy of {} would change", config.prefix()),
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [github_trust("GitHubPullRequests")]
            },
            "Policies": [{"PolicyName": "diff", "PolicyDocument": substituted(looking::document(config, place))}]
        }
    })
}

fn github_parameters(repository: &str) -> Value {
    json!({
        "GitHubProviderArn": {
            "Type": "String",
            "Default": "",
            "Description": "The account's identity provider for GitHub; empty makes one. An account can have only one."
        },
        "GitHubSubject": {
            "Type": "String",
            "Default": format!("repo:{repository}:ref:refs/heads/main"),
            "Description": "Which workflows may deploy: of this repository's main branch alone"
        },
        "GitHubPullRequests": {
            "Type": "String",
            "Default": format!("repo:{repository}:pull_request"),
            "Description": "Which workflows may look what a deploy would change: of this repository's pull requests"
        }
    })
}

fn github_provider() -> Value {
    json!({
        "Type": "AWS::IAM::OIDCProvider",
        "Condition": "MakesProvider",
        "Properties": {"Url": format!("https://{GITHUB}"), "ClientIdList": ["sts.amazonaws.com"]}
    })
}
