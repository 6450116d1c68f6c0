//! The bootstrap stack: tables, artifact bucket and secret.

use crate::base::error::CommandError;
use crate::config::{self, RemovalPolicy, StackKind};
use crate::deployment::lock::Lock;
use crate::deployment::{Context, Deployment};
use crate::stacks::adoption;
use crate::stacks::apply::{self, Applied, ApplyError, Review, StackChange};
use crate::stacks::parameters::{self, Known};
use crate::stacks::render::Rendered;
use stellarr_aws::{ParameterValue, Stack, TemplateSource};

/// Brings the bootstrap stack up; its template goes inline, because its bucket may not be there yet.
///
/// What an earlier one left behind is taken over first. `from` is the stack where this run left it, if it did.
///
/// # Errors
/// CloudFormation's.
pub(crate) async fn bootstrap(
    deployment: &Deployment,
    context: Context<'_>,
    rendered: &Rendered,
    from: Option<Stack>,
    lock: Option<&Lock>,
    decide: &(dyn Fn(&Review) -> Result<bool, ApplyError> + Sync),
) -> Result<Applied, CommandError> {
    let text = rendered.text(StackKind::Bootstrap).unwrap_or_default();
    let change = StackChange {
        name: deployment.stack_name(StackKind::Bootstrap),
        region: deployment.config.region.clone(),
        template: Some(text.to_owned()),
        parameters: parameters::resolve(&deployment.config, StackKind::Bootstrap, &Known::default()),
        tags: config::tags(&deployment.config),
        protect: deployment.config.removal_policy == RemovalPolicy::Retain,
    };
    let stacks = context.cloud.stacks(&change.region);
    let live = match from {
        Some(stack) => Some(stack),
        None => apply::ready(context, &change.region, &change.name).await?,
    };
    if let Some(stack) = &live {
        let found = apply::compare(stacks.as_ref(), stack, &change).await?;
        if !found.changes {
            let (outputs, template) = (stack.outputs.clone(), found.template);
            return Ok(Applied { outputs, stack: live, template, ..Applied::default() });
        }
    }
    if let Some(lock) = lock {
        lock.check().await?;
    }
    let is_new = live.is_none();
    let (mut from, adopted) = match adoption::adopt(deployment, context, live.as_ref()).await? {
        Some(stack) => (Some(stack), true),
        None => (live, false),
    };
    let template = TemplateSource::Body(text.to_owned());
    if is_new && !adopted && change.protect {
        // A creation that fails has to delete the tables again, and could not if they refused to go.
        let mut open = change.clone();
        open.parameters.insert("DeletionProtection".to_owned(), ParameterValue::Value("false".to_owned()));
        from = apply::apply(context, &open, template.clone(), None, lock, decide).await?.stack;
    }
    let applied = apply::apply(context, &change, template, from, lock, decide).await?;
    Ok(Applied { changed: true, ..applied })
}
