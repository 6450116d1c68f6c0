//! The least rights that deploying a configuration needs, from its rendered templates and our own calls. Pure.

mod boundary;
mod cloudformation;
mod looking;
mod moving;
mod own;
mod statement;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use crate::stacks::apply::tag_actions;
pub use boundary::{boundary_name, functions_boundary};
pub use cloudformation::{RoleOptions, template};
pub use moving::statements_of_move;
pub use statement::Statement;

use crate::config::{Config, EDGE_REGION};
use crate::stacks::render::{RenderError, RenderOptions, render};
use stellarr_aws::template as templates;
use table::Only;

/// A managed policy holds so many characters, white space not counted.
/// Source: "IAM and AWS STS quotas" in the IAM user guide.
pub const MAX_POLICY_LENGTH: usize = 6_144;

/// Where a policy is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `aws`, or what CloudFormation puts in for it.
    pub partition: String,
    /// The account's number, a star for any, or what CloudFormation puts in for it.
    pub account: String,
    /// The name of the policy that bounds the functions' roles.
    pub boundary: Option<String>,
}

impl Place {
    /// A place in one account; a star for any.
    #[must_use]
    pub fn of_account(account: &str) -> Self {
        Self { partition: "aws".to_owned(), account: account.to_owned(), boundary: None }
    }

    /// A place that CloudFormation fills in.
    #[must_use]
    pub fn of_cloudformation() -> Self {
        Self { partition: "${AWS::Partition}".to_owned(), account: "${AWS::AccountId}".to_owned(), boundary: None }
    }

    /// The ARN of the policy that bounds the functions' roles.
    fn boundary_arn(&self, config: &Config) -> Option<String> {
        let name = self.boundary.as_ref().or(config.permissions_boundary.as_ref())?;
        Some(format!("arn:{}:iam::{}:policy/{name}", self.partition, self.account))
    }
}

/// One right that a deploy needs, for asking IAM whether somebody has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Need {
    /// Such as `s3:PutObject`.
    pub action: String,
    /// The ARNs that it is needed on, stars in them.
    pub resources: Vec<String>,
}

/// Lists every right that deploying this configuration needs.
///
/// # Errors
/// When a template can't be rendered.
pub fn actions(config: &Config, place: &Place) -> Result<Vec<Need>, RenderError> {
    let mut needs: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let statements = statements(config, place)?;
    for statement in &statements {
        for action in &statement.actions {
            needs.entry(action).or_default().extend(statement.resources.iter().cloned());
        }
    }
    let need = |(action, on): (&str, BTreeSet<String>)| Need {
        action: action.to_owned(),
        resources: on.into_iter().collect(),
    };
    Ok(needs.into_iter().map(need).collect())
}

/// Makes the statements of the policy, one for each set of resources.
///
/// # Errors
/// When a template can't be rendered.
pub fn statements(config: &Config, place: &Place) -> Result<Vec<Statement>, RenderError> {
    let mut rights = Rights { config, place, found: BTreeMap::new() };
    for (kind, text) in render(config, RenderOptions::default())?.stacks {
        let parsed = templates::parse(&text).unwrap_or_default();
        for (id, resource) in parsed["Resources"].as_object().into_iter().flatten() {
            rights.resource(kind.region(config), id, resource);
        }
    }
    rights.own();
    Ok(rights.finish())
}

/// Rights as they are gathered: actions by what they are on and when they count.
struct Rights<'a> {
    config: &'a Config,
    place: &'a Place,
    found: BTreeMap<(BTreeSet<String>, Only), BTreeSet<&'static str>>,
}

impl Rights<'_> {
    fn resource(&mut self, region: &str, id: &str, resource: &Value) {
        let Some(row) = resource["Type"].as_str().and_then(table::row_of) else { return };
        // A bucket's policy is about the bucket that it names.
        let about = resource["Properties"]["Bucket"]["Ref"].as_str().unwrap_or(id);
        let is_bucket = row.kind.starts_with("AWS::S3::");
        let id = if is_bucket { about.to_lowercase() } else { id.to_owned() };
        self.add(row.actions().chain(tag_actions(row.kind)), row.on, region, &id, Only::Always);
        for also in row.also {
            self.add(also.actions.iter().copied(), also.on, region, &id, also.only);
        }
    }

    /// Our own calls. The edge stack is asked for even where there is none: an earlier configuration may have left one.
    fn own(&mut self) {
        let config = self.config;
        for own in own::CALLS {
            let region = if own.edge { EDGE_REGION } else { &config.region };
            let is_certificate = own.actions.iter().any(|action| action.starts_with("acm:")) && own.edge;
            if is_certificate && config.domain.is_none() {
                continue;
            }
            self.add(own.actions.iter().copied(), own.on, region, "", Only::Always);
        }
    }

    fn add(&mut self, actions: impl Iterator<Item = &'static str>, on: &[&str], region: &str, id: &str, only: Only) {
        // Buckets that an older system made keep their names when they are adopted.
        let adopted = match id {
            "sitebucket" => Some("frontend"),
            "trendingbucket" => Some("trending"),
            _ => None,
        };
        let on = on.iter().filter(|pattern| adopted.is_some() || !pattern.contains("{adopted}"));
        let on = on
            .map(|pattern| self.fill(pattern, region, id).replace("{adopted}", adopted.unwrap_or_default()))
            .collect();
        let is_bounded = self.place.boundary_arn(self.config).is_some();
        let only = match only {
            Only::Unbounded if is_bounded => return,
            Only::Bounded if !is_bounded => Only::Always,
            Only::Unbounded => Only::Always,
            other => other,
        };
        let actions: Vec<_> = actions.collect();
        if !actions.is_empty() {
            self.found.entry((on, only)).or_default().extend(actions);
        }
    }

    fn fill(&self, pattern: &str, region: &str, id: &str) -> String {
        let prefix = self.config.prefix();
        // CloudFormation shortens a stack's name in the names that it makes up; this much of it always stays.
        let stack: String = prefix.chars().take(24).collect();
        pattern
            .replace("{partition}", &self.place.partition)
            .replace("{region}", region)
            .replace("{account}", &self.place.account)
            .replace("{prefix}", &prefix)
            .replace("{stack}", &stack)
            .replace("{zone}", self.config.dns.hosted_zone_id.as_deref().unwrap_or("*"))
            .replace("{id}", id)
    }

    /// One statement for each set of actions that counts alike, its resources together.
    fn finish(self) -> Vec<Statement> {
        let mut joined: BTreeMap<(BTreeSet<&'static str>, Only), BTreeSet<String>> = BTreeMap::new();
        for ((on, only), actions) in self.found {
            // The service tells which of the actions fit which resource only within one service.
            let mut by_service: BTreeMap<&str, BTreeSet<&'static str>> = BTreeMap::new();
            for action in actions {
                by_service.entry(service_of(action)).or_default().insert(action);
            }
            for actions in by_service.into_values() {
                joined.entry((actions, only)).or_default().extend(on.iter().cloned());
            }
        }
        // What is allowed on anything is one statement, whichever service it is of.
        let mut statements: Vec<Statement> = Vec::new();
        let mut anything = BTreeSet::new();
        for ((actions, only), resources) in joined {
            if resources.iter().any(|resource| resource == "*") && only == Only::Always {
                anything.extend(actions);
                continue;
            }
            statements.push(Statement::new(actions, resources, self.place.condition(self.config, only)));
        }
        if !anything.is_empty() {
            statements.push(Statement::new(anything, BTreeSet::from(["*".to_owned()]), None));
        }
        statement::name(&mut statements);
        statements
    }
}

impl Place {
    fn condition(&self, config: &Config, only: Only) -> Option<Value> {
        match only {
            Only::Always | Only::Unbounded => None,
            Only::Bounded => {
                self.boundary_arn(config).map(|arn| json!({"ArnEquals": {"iam:PermissionsBoundary": arn}}))
            }
            Only::ToLambda => Some(json!({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}})),
            Only::ForWaf => Some(json!({"StringEquals": {"iam:AWSServiceName": "wafv2.amazonaws.com"}})),
            Only::OwnRecords => config.domain.as_ref().map(|domain| {
                let names = [domain.clone(), format!("_*.{domain}")];
                json!({"ForAllValues:StringLike": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": names}})
            }),
        }
    }
}

/// The service of an action: `s3` of `s3:PutObject`.
fn service_of(action: &str) -> &str {
    action.split(':').next().unwrap_or(action)
}

/// Packs statements into as few documents as fit, each with a name.
#[must_use]
pub fn documents(config: &Config, statements: &[Statement]) -> Vec<(String, Value)> {
    let mut packs: Vec<(usize, Vec<&Statement>)> = Vec::new();
    let frame = document(&[]).to_string().len();
    for statement in statements {
        let size = statement.document().to_string().len() + 1;
        match packs.iter_mut().find(|(used, _)| used + size <= MAX_POLICY_LENGTH) {
            Some((used, pack)) => {
                *used += size;
                pack.push(statement);
            }
            None => packs.push((frame + size, vec![statement])),
        }
    }
    let several = packs.len() > 1;
    packs
        .into_iter()
        .enumerate()
        .map(|(index, (_, pack))| {
            let number = if several { format!("-{}", index + 1) } else { String::new() };
            (format!("{}-deploy{number}", config.prefix()), document(&pack))
        })
        .collect()
}

/// A policy document.
fn document(statements: &[&Statement]) -> Value {
    let statements: Vec<Value> = statements.iter().map(|statement| statement.document()).collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

#[cfg(test)]
mod tests;
