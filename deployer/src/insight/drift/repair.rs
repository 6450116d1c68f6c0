//! Puts back what was changed by hand.

use sha2::{Digest, Sha256};

use super::{Findings, unchanged};
use crate::base::error::CommandError;
use crate::base::functions;
use crate::config::StackKind;
use crate::deployment::lock::Lock;
use crate::deployment::{Context, Deployment, Live};
use crate::releases::{history, publish, release};
use crate::site::manifest::Manifest;
use crate::site::{invalidate, sync};
use crate::stacks::apply::{self, ApplyError, Review};
use crate::ui::count;

/// Puts back what differs; returns what is left to do by hand, in sentences.
///
/// Stacks are put back by CloudFormation's own drift-aware change sets. A function's code is not among what those see,
/// so it gets the code that CloudFormation has on record. The site's files come from the bucket's earlier versions.
///
/// # Errors
/// When something cannot be put back, or the lock is lost.
pub async fn repair(
    deployment: &Deployment,
    context: Context<'_>,
    live: &Live,
    found: &Findings,
    lock: &Lock,
    decide: &(dyn Fn(&Review) -> Result<bool, ApplyError> + Sync),
) -> Result<Vec<String>, CommandError> {
    let mut left = Vec::new();
    for (kind, stack) in
        [(StackKind::Bootstrap, &live.bootstrap), (StackKind::Edge, &live.edge), (StackKind::Main, &live.main)]
    {
        let Some(stack) = stack.as_ref().filter(|stack| found.resources.contains_key(&stack.name)) else { continue };
        let done = apply::revert_drift(context, deployment.region(kind), stack, unchanged(stack), lock, decide).await?;
        if done {
            context.printer.line(&format!("  {}: as its template says again", stack.name));
        } else {
            left.push(format!(
                "CloudFormation sees nothing that it could put back in {}: undo by hand what is listed above",
                stack.name
            ));
        }
    }
    for function in &found.functions {
        restore_code(context, live, function, lock).await?;
    }
    if !found.site.is_empty() {
        restore_site(context, live, &found.site, lock).await?;
    }
    if !found.secret.is_empty() {
        left.push("run `stellarr deploy`: it adds what the secret lacks".to_owned());
    }
    Ok(left)
}

async fn restore_code(context: Context<'_>, live: &Live, function: &str, lock: &Lock) -> Result<(), CommandError> {
    let name = live.need(&functions::output(function))?;
    let key = live.main.as_ref().and_then(|stack| stack.parameters.get(&functions::code_parameter(function)));
    let Some(key) = key else { return Ok(()) };
    let bucket = live.need("ArtifactBucketName")?;
    publish::verify(context, bucket, key).await?;
    lock.check().await?;
    if Some(context.cloud.functions().set_code(name, bucket, key).await?) != publish::code_sha256(key) {
        return Err(publish::changed(key));
    }
    context.printer.line(&format!("  {function}: runs the deployed code again"));
    Ok(())
}

/// Uploads the named files as the current release has them, and drops the CDN's copies.
///
/// # Errors
/// When a file is in none of the bucket's versions, or AWS's.
pub async fn restore_site(
    context: Context<'_>,
    live: &Live,
    paths: &[String],
    lock: &Lock,
) -> Result<(), CommandError> {
    let objects = context.cloud.objects();
    let (artifacts, bucket) = (live.need("ArtifactBucketName")?, live.need("FrontendBucketName")?);
    let Some(current) = release::current(objects.as_ref(), artifacts).await? else { return Ok(()) };
    let manifest = release::manifest(objects.as_ref(), artifacts, &current.release).await?;
    let site = history::site(objects.as_ref(), bucket, manifest, &Manifest::default()).await?;
    let shown = sync::PublishedSite { manifest: site.manifest.clone(), retired: current.release.retired.clone() };
    sync::run(context, bucket, &site, &shown, current.release.sequence, lock).await?;
    let stale = invalidate::paths(paths);
    // Not the release's own reference: that one finds the invalidation of its deploy again.
    let digest = hex::encode(Sha256::digest(stale.join("\n")));
    let reference = format!("stellarr-repair-{}-{}", context.clock.now().as_second(), &digest[..16]);
    context.cloud.cdn().invalidate(live.need("DistributionId")?, &reference, &stale).await?;
    context.printer.line(&format!("  site: {} put back", count(paths.len(), "file", "files")));
    Ok(())
}
