//! What a deploy would change: the same comparison for `diff`, `--dry-run` and the no-op.

use crate::config;
use crate::insight::differences::{Differences, FunctionDifference};

use crate::base::error::CommandError;
use crate::base::functions::code_parameter;
use crate::config::StackKind;
use crate::deployment::{Context, Deployment, Live};
use crate::insight::snapshot::Snapshot;
use crate::insight::stack_comparison::{known_parameters, stacks, unrecorded};
use crate::releases::built::Built;
use crate::releases::publish;
use crate::releases::release;
use crate::site::invalidate;
use crate::site::manifest::{Manifest, Site};
use crate::site::sync::Held;
use crate::stacks::apply::{self, StackChange};
use crate::stacks::plan::declared;
use crate::stacks::render::Rendered;
use stellarr_aws::{ParameterValue, TemplateSource, template};

/// Compares what is deployed with what would be; reads only.
///
/// # Errors
/// AWS's.
pub async fn run(
    deployment: &Deployment,
    context: Context<'_>,
    rendered: &Rendered,
    built: &Built,
    snapshot: &Snapshot,
) -> Result<Differences, CommandError> {
    let (live, current) = (&snapshot.live, snapshot.current.as_ref());
    let mut differences = Differences::default();
    let (found, functions) =
        tokio::try_join!(stacks(deployment, context, rendered, snapshot), functions(context, built, live))?;
    differences.stacks = found.iter().filter_map(|found| found.difference_from(current)).cloned().collect();
    differences.functions = functions;
    if differences.stacks.is_empty() {
        differences.unrecorded = unrecorded(context, &found, rendered, snapshot).await?;
    }
    if let Some(site) = &built.site {
        look_at_site(context, site, snapshot, &mut differences).await?;
    }
    Ok(differences)
}

/// Compares the code of each function by what Lambda runs, not only by what the stack's parameter names.
async fn functions(context: Context<'_>, built: &Built, live: &Live) -> Result<Vec<FunctionDifference>, CommandError> {
    let looks = built.functions.artifacts.iter().map(|artifact| async move {
        let key = live.main.as_ref().and_then(|stack| stack.parameters.get(&code_parameter(&artifact.function)));
        let mut from = key.and_then(|key| publish::hash_in(key)).map(str::to_owned);
        if from.as_deref() == Some(&artifact.sha256) {
            let runs = publish::running_code(context, live, &artifact.function).await?;
            from = runs.or(from);
        }
        Ok::<_, CommandError>((from.as_deref() != Some(&artifact.sha256)).then(|| FunctionDifference {
            function: artifact.function.clone(),
            from,
            to: artifact.sha256.clone(),
        }))
    });
    Ok(futures::future::try_join_all(looks).await?.into_iter().flatten().collect())
}

async fn look_at_site(
    context: Context<'_>,
    site: &Site,
    snapshot: &Snapshot,
    differences: &mut Differences,
) -> Result<(), CommandError> {
    let live = &snapshot.live;
    let (Some(artifacts), Some(bucket)) = (live.output("ArtifactBucketName"), live.output("FrontendBucketName")) else {
        differences.site = Some(site.manifest.changes_from(&Manifest::default()));
        return Ok(());
    };
    let objects = context.cloud.objects();
    let deployed = match &snapshot.current {
        Some(current) => release::manifest(objects.as_ref(), artifacts, &current.release).await?,
        None => Manifest::default(),
    };
    let changes = site.manifest.changes_from(&deployed);
    let held = Held::list(objects.as_ref(), bucket).await?;
    let mut missing = held.missing(&site.manifest, &deployed);
    differences.invalidation = invalidate::paths(&held.stale(&changes, &missing));
    missing.retain(|path| !changes.added.contains(path) && !changes.modified.contains(path));
    differences.missing = missing;
    differences.site = Some(changes);
    Ok(())
}

/// Parameters of a template that have no default.
fn needed(text: &str) -> Vec<String> {
    let parsed = template::parse(text).unwrap_or_default();
    let all = parsed["Parameters"].as_object().into_iter().flatten();
    all.filter(|(_, parameter)| parameter.get("Default").is_none()).map(|(name, _)| name.clone()).collect()
}

/// Asks CloudFormation what it would do with each stack that differs and exists, by a change set that is deleted again.
///
/// # Errors
/// As [`apply::preview`].
pub async fn review(
    deployment: &Deployment,
    context: Context<'_>,
    rendered: &Rendered,
    snapshot: &Snapshot,
    differences: &mut Differences,
) -> Result<(), CommandError> {
    for kind in StackKind::ALL {
        let name = deployment.stack_name(kind);
        let Some(difference) = differences.stacks.iter_mut().find(|stack| stack.stack == name) else { continue };
        let (Some(text), Some(stack)) = (rendered.text(kind), snapshot.stack(kind)) else { continue };
        let mut parameters = declared(text, known_parameters(deployment, kind, snapshot.zone.as_deref()));
        // A parameter that the stack does not have yet can only be reviewed with a value of its own.
        parameters.retain(|key, value| matches!(value, ParameterValue::Value(_)) || stack.parameters.contains_key(key));
        // One that comes from a stack that is not there yet has none: then the templates alone are compared.
        if needed(text).iter().any(|name| !parameters.contains_key(name)) {
            continue;
        }
        let change = StackChange {
            name,
            region: deployment.region(kind).to_owned(),
            template: Some(text.to_owned()),
            parameters,
            tags: config::tags(&deployment.config),
            protect: stack.termination_protection,
        };
        let source = match snapshot.live.output("ArtifactBucketName") {
            Some(bucket) if text.len() > 51_200 => {
                let objects = context.cloud.objects();
                let key = publish::template(objects.as_ref(), bucket, kind.as_str(), text).await?;
                TemplateSource::Url(objects.template_url(bucket, &key))
            }
            _ => TemplateSource::Body(text.to_owned()),
        };
        let only_template = difference.is_only_template();
        difference.review = apply::preview(context, &change, source).await?;
        if difference.review.is_none() && only_template {
            // CloudFormation counts what differs as no change.
            differences.stacks.retain(|stack| stack.stack != change.name);
        }
    }
    Ok(())
}
