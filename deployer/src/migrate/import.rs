//! The import: CloudFormation takes resources over as they are.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use stellarr_migrate::{OwningStack, State, TerraformResource, Treatment};

use crate::base::error::CommandError;
use crate::config::{Config, StackKind};
use crate::deployment::Context;
use crate::stacks::apply::{self, ApplyError, StackChange};
use stellarr_aws::{AwsError, AwsErrorKind, LiveResources, ResourceToImport};

/// An import into one stack.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportPlan {
    /// The stack.
    pub stack: StackKind,
    /// A template of nothing but the adopted resources, as they are now.
    pub template: String,
    /// The resources.
    pub resources: Vec<ResourceToImport>,
}

/// Reads what is to be adopted as it is now, and makes the templates that mirror it.
///
/// # Errors
/// AWS's, or when a resource of the state is not there.
pub async fn plan(
    live: &dyn LiveResources,
    entries: &[TerraformResource],
    state: &State,
) -> Result<Vec<ImportPlan>, CommandError> {
    let mut plans = Vec::new();
    for (owner, stack) in [(OwningStack::Bootstrap, StackKind::Bootstrap), (OwningStack::Main, StackKind::Main)] {
        let mut declared = Map::new();
        let mut resources = Vec::new();
        for entry in entries {
            let Treatment::Adopted { stack: of, logical_id, resource_type, identifier } = &entry.treatment else {
                continue;
            };
            if *of != owner {
                continue;
            }
            let id = physical_id(entry, state, resource_type);
            let properties = live.properties(resource_type, &id).await?.ok_or_else(|| {
                CommandError::from(
                    AwsError::new("import", AwsErrorKind::NotFound, format!("{id} is not there")).on(&id),
                )
                .hint("the state may be old: run `terraform refresh`, then this command again")
            })?;
            // Retained: should the import go wrong, CloudFormation must let go of it and not delete it.
            declared.insert(
                (*logical_id).to_owned(),
                json!({
                    "Type": resource_type,
                    "DeletionPolicy": "Retain",
                    "UpdateReplacePolicy": "Retain",
                    "Properties": properties,
                }),
            );
            resources.push(ResourceToImport {
                logical_id: (*logical_id).to_owned(),
                resource_type: (*resource_type).to_owned(),
                identifier: BTreeMap::from([((*identifier).to_owned(), id)]),
            });
        }
        if !resources.is_empty() {
            plans.push(ImportPlan { stack, template: template(declared), resources });
        }
    }
    Ok(plans)
}

/// What identifies it: its name, or, of a secret, its ARN.
fn physical_id(entry: &TerraformResource, state: &State, resource_type: &str) -> String {
    let managed = state.resources.iter().find(|one| one.address == entry.address);
    let arn = managed.and_then(|one| one.text("arn")).filter(|_| resource_type == "AWS::SecretsManager::Secret");
    arn.unwrap_or(&entry.name).to_owned()
}

fn template(resources: Map<String, Value>) -> String {
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "What the Terraform tree left to stellarr, as it was",
        "Resources": resources,
    });
    stellarr_aws::template::to_json(&template)
}

/// Makes the change set of an import and executes it.
///
/// # Errors
/// CloudFormation's words, when it refuses or fails; nothing is lost then. False when everything was adopted before.
pub async fn run(
    context: Context<'_>,
    config: &Config,
    plan: &ImportPlan,
    decide: &(dyn Fn() -> Result<bool, ApplyError> + Sync),
) -> Result<bool, CommandError> {
    let stacks = context.cloud.stacks(plan.stack.region(config));
    let name = plan.stack.name(config);
    if stacks.describe(&name).await?.is_some_and(|stack| stack.status.is_stable()) {
        let there = stacks.resources(&name).await?;
        let is_there = |one: &ResourceToImport| there.iter().any(|resource| resource.logical_id == one.logical_id);
        if plan.resources.iter().all(is_there) {
            return Ok(false);
        }
        return Err(CommandError::failed(format!("the stack {name} exists already, without what is to be adopted"))
            .hint("remove that stack with `stellarr destroy` first, then run this again"));
    }
    apply::import(context, &change(config, plan), &plan.resources, decide).await?;
    Ok(true)
}

fn change(config: &Config, plan: &ImportPlan) -> StackChange {
    StackChange {
        name: plan.stack.name(config),
        region: plan.stack.region(config).to_owned(),
        template: Some(plan.template.clone()),
        parameters: BTreeMap::new(),
        tags: BTreeMap::new(),
        protect: false,
    }
}
