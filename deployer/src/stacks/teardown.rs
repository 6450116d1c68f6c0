//! What is there to delete, what goes with it, and what stays.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::future::try_join_all;

use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::base::failures::Code;
use crate::config::StackKind;
use crate::deployment::{Context, Deployment};
use crate::stacks::apply::{self, Deletion, words};
use crate::ui::{Progress, count};
use stellarr_aws::{Objects, PutCondition, PutObject, Stack, StackResource, template};

/// Where the names of buckets that outlive their stack are kept until they are deleted.
const LEFTOVERS: &str = "destroy/buckets.json";
const BUCKET: &str = "AWS::S3::Bucket";

/// A stack with all that it holds, in whatever state it is.
#[derive(Clone, Debug)]
pub struct ExistingStack {
    /// The stack.
    pub stack: Stack,
    /// Its region.
    pub region: String,
    /// What it holds.
    pub resources: Vec<StackResource>,
    /// Logical ids of what stays when the stack goes.
    retained: BTreeSet<String>,
}

impl ExistingStack {
    /// What stays when the stack goes.
    pub fn kept(&self) -> impl Iterator<Item = &StackResource> {
        self.resources.iter().filter(|one| self.retained.contains(&one.logical_id) && one.physical_id.is_some())
    }

    /// Names of its buckets.
    #[must_use]
    pub fn buckets(&self) -> Vec<String> {
        names(self.resources.iter().filter(|one| one.status != "DELETE_COMPLETE"))
    }

    /// Names of its buckets that stay when the stack goes.
    #[must_use]
    pub fn kept_buckets(&self) -> Vec<String> {
        names(self.kept())
    }
}

fn names<'a>(resources: impl Iterator<Item = &'a StackResource>) -> Vec<String> {
    resources.filter(|one| one.resource_type == BUCKET).filter_map(|one| one.physical_id.clone()).collect()
}

/// Everything of a deployment that exists.
#[derive(Clone, Debug, Default)]
pub struct ExistingDeployment {
    /// Artifact bucket, tables, secret.
    pub bootstrap: Option<ExistingStack>,
    /// Certificate, firewall and budget.
    pub edge: Option<ExistingStack>,
    /// Everything else.
    pub main: Option<ExistingStack>,
    /// The secret, when it exists without its stack.
    pub secret: Option<String>,
}

impl ExistingDeployment {
    /// Says whether there is nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bootstrap.is_none() && self.edge.is_none() && self.main.is_none() && self.secret.is_none()
    }

    /// The bucket that holds releases and the lock, if it is there.
    #[must_use]
    pub fn artifacts(&self) -> Option<String> {
        self.bootstrap.as_ref().filter(|one| one.stack.status.is_stable())?.buckets().into_iter().next()
    }
}

/// Looks for everything, in whatever state it is; reads only.
///
/// # Errors
/// AWS's.
pub async fn look(deployment: &Deployment, context: Context<'_>) -> Result<ExistingDeployment, CommandError> {
    let secrets = context.cloud.secrets();
    let secret = format!("{}-app", deployment.config.prefix());
    let (states, secret) = tokio::join!(deployment.states(), secrets.arn(&secret));
    let looks = states?.into_iter().map(|(kind, stack)| standing(deployment, context, kind, stack));
    let mut all = try_join_all(looks).await?.into_iter();
    let (bootstrap, edge, main) = (all.next().flatten(), all.next().flatten(), all.next().flatten());
    let secret = secret?.filter(|_| bootstrap.is_none());
    Ok(ExistingDeployment { bootstrap, edge, main, secret })
}

async fn standing(
    deployment: &Deployment,
    context: Context<'_>,
    kind: StackKind,
    stack: Option<Stack>,
) -> Result<Option<ExistingStack>, CommandError> {
    let Some(stack) = stack else { return Ok(None) };
    let region = deployment.region(kind).to_owned();
    let name = deployment.stack_name(kind);
    let stacks = context.cloud.stacks(&region);
    // A stack that was only reviewed holds nothing yet.
    let (resources, text) = if stack.status.is_review() {
        (Vec::new(), None)
    } else {
        tokio::try_join!(stacks.resources(&name), stacks.template(&name))?
    };
    Ok(Some(ExistingStack { stack, region, resources, retained: retained(&text.unwrap_or_default()) }))
}

/// Logical ids of a template's resources that stay when the stack goes.
fn retained(text: &str) -> BTreeSet<String> {
    let Ok(template) = template::parse(text) else { return BTreeSet::new() };
    let resources = template.get("Resources").and_then(serde_json::Value::as_object).into_iter().flatten();
    resources
        .filter(|(_, declared)| {
            let policy = declared.get("DeletionPolicy").and_then(serde_json::Value::as_str);
            policy.is_some_and(|policy| policy.starts_with("Retain"))
        })
        .map(|(id, _)| id.clone())
        .collect()
}

/// Deletes a stack with its buckets' contents; a bucket that is filled again meanwhile is emptied once more.
///
/// # Errors
/// When something refuses to go, with each thing by name; a second run goes on from there.
pub async fn remove(context: Context<'_>, standing: &ExistingStack) -> Result<(), CommandError> {
    let name = &standing.stack.name;
    let mut left = Vec::new();
    for _ in 0..2 {
        for bucket in standing.buckets() {
            empty(context, &bucket).await?;
        }
        match apply::delete_whole(context, &standing.region, &standing.stack).await? {
            Deletion::Gone => return Ok(()),
            Deletion::Failed(resources) => left = resources,
        }
        if !left.iter().any(|one| one.resource_type == BUCKET) {
            break;
        }
    }
    Err(refused(name, &left))
}

fn refused(stack: &str, left: &[StackResource]) -> CommandError {
    let lines: Vec<String> = left
        .iter()
        .map(|one| {
            format!(
                "  the {} {} ({}): {}",
                words::resource_type(&one.resource_type),
                one.logical_id,
                one.physical_id.as_deref().unwrap_or("no name"),
                one.reason.as_deref().unwrap_or("no reason given")
            )
        })
        .collect();
    let known = left.iter().find_map(|one| apply::known_reason(one.reason.as_deref()?));
    let code = known.unwrap_or(Code::StackFailed);
    let mut error = CommandError::new(
        ExitKind::Stack,
        format!("the stack {stack} could not be deleted: {} did not go", count(left.len(), "thing", "things")),
    )
    .code(code)
    .details(lines.join("\n"));
    error.hints.extend(known.map(|code| code.entry().remedy.to_owned()));
    error
        .hint("run the same command again: it goes on from here")
        .hint("what still refuses can be deleted by its name in the AWS console; then run this again")
}

/// Deletes everything in a bucket, old versions and delete markers too.
///
/// # Errors
/// S3's.
pub async fn empty(context: Context<'_>, bucket: &str) -> Result<(), CommandError> {
    let progress = Progress::start(context.printer, format!("emptying {bucket}"));
    let deleted = context.cloud.objects().empty(bucket).await?;
    drop(progress);
    if deleted > 0 {
        context.printer.line(&format!("  emptied {bucket}: {}", count(deleted, "object version", "object versions")));
    }
    Ok(())
}

/// Notes buckets that are about to outlive their stack, so that a run after an interruption still knows them.
///
/// # Errors
/// S3's.
pub async fn remember(objects: &dyn Objects, artifacts: &str, buckets: &[String]) -> Result<(), CommandError> {
    let object = PutObject {
        key: LEFTOVERS.to_owned(),
        body: Bytes::from(serde_json::to_vec(buckets).unwrap_or_default()),
        content_type: "application/json".to_owned(),
        cache_control: None,
        content_encoding: None,
        metadata: std::collections::BTreeMap::new(),
        condition: PutCondition::Any,
    };
    objects.put(artifacts, object).await?;
    Ok(())
}

/// Deletes the buckets that were noted; they hold nothing that a deploy does not bring again.
///
/// # Errors
/// S3's.
pub async fn sweep(context: Context<'_>, artifacts: &str) -> Result<(), CommandError> {
    let objects = context.cloud.objects();
    let Some(note) = objects.get(artifacts, LEFTOVERS).await? else { return Ok(()) };
    let buckets: Vec<String> = serde_json::from_slice(&note.body).unwrap_or_default();
    for bucket in &buckets {
        empty(context, bucket).await?;
        objects.delete_bucket(bucket).await?;
        context.printer.line(&format!("  deleted the bucket {bucket}, which its stack had left behind"));
    }
    objects.delete(artifacts, &[LEFTOVERS.to_owned()]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_template_retains_stays() {
        let text = "Resources:\n  One:\n    Type: A\n    DeletionPolicy: RetainExceptOnCreate\n  Two:\n    Type: A\n    DeletionPolicy: Delete\n  Three:\n    Type: A\n";
        assert_eq!(retained(text), BTreeSet::from(["One".to_owned()]));
        assert!(retained("not a template: [").is_empty());
    }

    #[test]
    fn each_thing_that_refuses_is_named() {
        let thing = StackResource {
            logical_id: "SiteBucket".to_owned(),
            physical_id: Some("home-site-1".to_owned()),
            resource_type: BUCKET.to_owned(),
            status: "DELETE_FAILED".to_owned(),
            reason: Some("not empty".to_owned()),
        };
        let error = refused("home-prod", &[thing]);
        assert_eq!(error.kind, ExitKind::Stack);
        assert_eq!(error.details.as_deref(), Some("  the bucket SiteBucket (home-site-1): not empty"));
    }
}
