//! What an earlier bootstrap stack left behind, taken into the stack that there is now: secret, tables, artifact bucket.
//!
//! They outlive their stack on purpose. A new stack can't be created over them, and CloudFormation finds no secret by its
//! name, so they are imported one by one: as they are now, and only then brought where the template says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::base::error::CommandError;
use crate::config::{DEPLOYMENT_TAG, StackKind};
use crate::deployment::{Context, Deployment, Live};
use crate::releases::release;
use crate::stacks::apply::{self, ApplyError, StackChange};
use stellarr_aws::{ParameterValue, ResourceToImport, Stack, template};

const SECRET: &str = "AWS::SecretsManager::Secret";
const TABLE: &str = "AWS::DynamoDB::Table";
const BUCKET: &str = "AWS::S3::Bucket";
/// Letters of a stack's name that CloudFormation keeps in the names that it makes up.
const KEPT_LETTERS: usize = 24;

/// A thing that exists, and what the bootstrap stack calls it.
#[derive(Clone, Debug, PartialEq)]
struct LeftResource {
    import: ResourceToImport,
    /// For people.
    name: String,
    /// What it is like now.
    properties: Value,
}

/// What exists of the bootstrap stack's things, whether a stack owns it or not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeftResources(Vec<LeftResource>);

impl LeftResources {
    /// The artifact bucket, with its releases and its lock.
    #[must_use]
    pub fn bucket(&self) -> Option<&str> {
        self.0.iter().find(|one| one.import.resource_type == BUCKET).map(|one| one.name.as_str())
    }

    /// Says whether the secret is there, with the values that nobody could give again.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        self.0.iter().any(|one| one.import.resource_type == SECRET)
    }
}

/// Looks for secret and artifact bucket, unless the stacks that there are tell themselves where the bucket is.
///
/// # Errors
/// AWS's.
pub async fn look_beside(
    deployment: &Deployment,
    context: Context<'_>,
    live: &Live,
) -> Result<LeftResources, CommandError> {
    if live.output("ArtifactBucketName").is_some() {
        return Ok(LeftResources::default());
    }
    let (secret, bucket) = tokio::try_join!(secret(deployment, context), artifacts(deployment, context))?;
    Ok(LeftResources([secret, bucket].into_iter().flatten().collect()))
}

/// Looks for everything that a bootstrap stack of this deployment leaves behind; reads only.
async fn look(deployment: &Deployment, context: Context<'_>) -> Result<LeftResources, CommandError> {
    let prefix = deployment.config.prefix();
    let (requests, catalogue) = (format!("{prefix}-requests"), format!("{prefix}-catalogue"));
    let (secret, requests, catalogue, bucket) = tokio::try_join!(
        secret(deployment, context),
        thing(context, ("RequestsTable", TABLE, "TableName"), &requests, &requests),
        thing(context, ("CatalogueTable", TABLE, "TableName"), &catalogue, &catalogue),
        artifacts(deployment, context),
    )?;
    Ok(LeftResources([secret, requests, catalogue, bucket].into_iter().flatten().collect()))
}

async fn secret(deployment: &Deployment, context: Context<'_>) -> Result<Option<LeftResource>, CommandError> {
    let name = format!("{}-app", deployment.config.prefix());
    match context.cloud.secrets().arn(&name).await? {
        // CloudFormation knows a secret by its ARN alone.
        Some(arn) => thing(context, ("AppSecret", SECRET, "Id"), &arn, &name).await,
        None => Ok(None),
    }
}

async fn artifacts(deployment: &Deployment, context: Context<'_>) -> Result<Option<LeftResource>, CommandError> {
    match bucket(deployment, context).await? {
        Some(name) => thing(context, ("ArtifactBucket", BUCKET, "BucketName"), &name, &name).await,
        None => Ok(None),
    }
}

async fn thing(
    context: Context<'_>,
    (logical_id, resource_type, identifier): (&str, &str, &str),
    id: &str,
    name: &str,
) -> Result<Option<LeftResource>, CommandError> {
    let properties = context.cloud.live_resources().properties(resource_type, id).await?;
    Ok(properties.map(|properties| LeftResource {
        import: ResourceToImport {
            logical_id: logical_id.to_owned(),
            resource_type: resource_type.to_owned(),
            identifier: BTreeMap::from([(identifier.to_owned(), id.to_owned())]),
        },
        name: name.to_owned(),
        properties,
    }))
}

/// The artifact bucket: the one that the site's functions came from, or one that a bootstrap stack made.
async fn bucket(deployment: &Deployment, context: Context<'_>) -> Result<Option<String>, CommandError> {
    let stack = deployment.stack_name(StackKind::Bootstrap);
    let main = deployment.stack_name(StackKind::Main);
    let main = context.cloud.stacks(deployment.region(StackKind::Main)).describe(&main).await?;
    if let Some(used) = main.and_then(|main| main.parameters.get("ArtifactBucketName").cloned())
        && context.cloud.live_resources().properties(BUCKET, &used).await?.is_some()
    {
        return Ok(Some(used));
    }
    let objects = context.cloud.objects();
    let kept: String = stack.chars().take(KEPT_LETTERS).collect();
    let mut best: Option<(u64, String)> = None;
    for name in objects.buckets(&kept).await?.into_iter().filter(|name| name.contains("-artifactbucket-")) {
        let tags = objects.bucket_tags(&name).await?;
        let ours = match tags.get(DEPLOYMENT_TAG) {
            Some(owner) => *owner == deployment.config.prefix(),
            None => name.starts_with(&format!("{stack}-artifactbucket-")),
        };
        if !ours {
            continue;
        }
        // Of several, the one with the latest release is the one that was in use.
        let sequence = release::current(objects.as_ref(), &name).await?.map_or(0, |current| current.release.sequence);
        if best.as_ref().is_none_or(|(highest, _)| sequence > *highest) {
            best = Some((sequence, name));
        }
    }
    Ok(best.map(|(_, name)| name))
}

/// Imports into the bootstrap stack what exists and is not its own yet; returns the stack as it then is, or none when there
/// was nothing.
///
/// `stack` is the stack as it is, or none before its creation. Nothing changes about what is imported.
///
/// # Errors
/// AWS's, or a failed import, which leaves everything as it was.
pub async fn adopt(
    deployment: &Deployment,
    context: Context<'_>,
    stack: Option<&Stack>,
) -> Result<Option<Stack>, CommandError> {
    let (name, region) = (deployment.stack_name(StackKind::Bootstrap), deployment.region(StackKind::Bootstrap));
    let stacks = context.cloud.stacks(region);
    let owned: BTreeSet<String> = match stack {
        Some(_) => {
            let gone =
                |status: &str| ["DELETE", "IMPORT_FAILED", "IMPORT_ROLLBACK"].iter().any(|one| status.starts_with(one));
            let all = stacks.resources(&name).await?.into_iter();
            all.filter(|one| !gone(&one.status)).map(|one| one.logical_id).collect()
        }
        None => BTreeSet::new(),
    };
    if ["AppSecret", "RequestsTable", "CatalogueTable", "ArtifactBucket"].iter().all(|id| owned.contains(*id)) {
        return Ok(None);
    }
    let mut found = look(deployment, context).await?.0;
    found.retain(|one| !owned.contains(&one.import.logical_id));
    if found.is_empty() {
        return Ok(None);
    }
    let before = if owned.is_empty() { None } else { stacks.template(&name).await? };
    let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
    context.printer.line(&format!("  there from an earlier deployment, taken over as they are: {}", names.join(", ")));
    let previous = stack.filter(|_| before.is_some());
    let change = StackChange {
        name,
        region: region.to_owned(),
        template: Some(with(before.as_deref(), &found)?),
        parameters: previous
            .iter()
            .flat_map(|stack| stack.parameters.keys())
            .map(|key| (key.clone(), ParameterValue::Previous))
            .collect(),
        tags: previous.map(|stack| stack.tags.clone()).unwrap_or_default(),
        protect: stack.is_some_and(|stack| stack.termination_protection),
    };
    let imports: Vec<ResourceToImport> = found.into_iter().map(|one| one.import).collect();
    Ok(apply::import(context, &change, &imports, &|| Ok(true)).await?)
}

/// The template of the import: what the stack has, unchanged, and beside it the new resources.
fn with(before: Option<&str>, found: &[LeftResource]) -> Result<String, CommandError> {
    let mut whole = match before {
        Some(text) => template::parse(text).map_err(|error| ApplyError::Refused {
            stack: "bootstrap".to_owned(),
            reason: format!("its template: {error}"),
        })?,
        None => json!({
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": "What an earlier stack left behind, as it was",
            "Resources": {},
        }),
    };
    let resources = found.iter().map(|one| {
        // Retained: should the import go wrong, CloudFormation must let go of it and not delete it.
        let declared = json!({
            "Type": one.import.resource_type,
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": one.properties,
        });
        (one.import.logical_id.clone(), declared)
    });
    if let Some(declared) = whole.get_mut("Resources").and_then(Value::as_object_mut) {
        declared.extend(resources.collect::<Map<_, _>>());
    }
    Ok(template::to_json(&whole))
}
