//! The bootstrap stack: tables, artifact bucket and secret.

use crate::adoption;
use crate::apply::{self, Applied, ApplyError, Review, StackChange};
use crate::aws::{ParameterValue, TemplateSource};
use crate::config::RemovalPolicy;
use crate::context::Context;
use crate::deployment::Deployment;
use crate::error::CommandError;
use crate::lock::Lock;
use crate::parameters::Known;
use crate::plan;
use crate::render::{Rendered, StackKind};

/// Brings the bootstrap stack up; its template goes inline, because its bucket may not be there yet.
///
/// What an earlier one left behind is taken over first.
///
/// # Errors
/// CloudFormation's.
pub(in crate::commands) async fn bootstrap(
    deployment: &Deployment,
    context: Context<'_>,
    rendered: &Rendered,
    lock: Option<&Lock>,
    decide: &(dyn Fn(&Review) -> Result<bool, ApplyError> + Sync),
) -> Result<Applied, CommandError> {
    let text = rendered.text(StackKind::Bootstrap).unwrap_or_default();
    let change = StackChange {
        name: deployment.stack_name(StackKind::Bootstrap),
        region: deployment.config.region.clone(),
        template: Some(text.to_owned()),
        parameters: deployment.resolve(StackKind::Bootstrap, &Known::default()),
        tags: plan::tags(&deployment.config),
        protect: deployment.config.removal_policy == RemovalPolicy::Retain,
    };
    let stacks = context.cloud.stacks(&change.region);
    let live = apply::ready(context, &change.region, &change.name).await?;
    if let Some(stack) = live.as_ref()
        && !apply::would_change(stacks.as_ref(), Some(stack), &change).await?
    {
        return Ok(Applied { changed: false, outputs: stack.outputs.clone() });
    }
    if let Some(lock) = lock {
        lock.check().await?;
    }
    let adopted = adoption::adopt(deployment, context, live.as_ref()).await?;
    let template = TemplateSource::Body(text.to_owned());
    if live.is_none() && !adopted && change.protect {
        // A creation that fails has to delete the tables again, and could not if they refused to go.
        let mut open = change.clone();
        open.parameters.insert("DeletionProtection".to_owned(), ParameterValue::Value("false".to_owned()));
        apply::apply(context, &open, template.clone(), lock, decide).await?;
    }
    let applied = apply::apply(context, &change, template, lock, decide).await?;
    Ok(Applied { changed: true, ..applied })
}
