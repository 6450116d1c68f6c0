//! The bootstrap stack: tables, artifact bucket and secret.

use std::time::Instant;

use super::Pipeline;
use super::outputs::{BUCKET, Wanted, need, outcome};
use crate::base::error::CommandError;
use crate::config::{self, RemovalPolicy, StackKind};
use crate::deployment::lock::Lock;
use crate::deployment::{Context, Deployment};
use crate::insight::snapshot::Snapshot;
use crate::options::Part;
use crate::stacks::adoption;
use crate::stacks::apply::{self, Applied, ApplyError, Review, StackChange};
use crate::stacks::parameters::{self, Known};
use crate::stacks::render::Rendered;
use stellarr_aws::{ParameterValue, Stack, TemplateSource};

impl Pipeline<'_> {
    /// Brings the bootstrap stack up, where infrastructure is wanted.
    pub(super) async fn bootstrap(
        &self,
        wanted: &Wanted,
        snapshot: &Snapshot,
        lock: &Lock,
    ) -> Result<Applied, CommandError> {
        let stack = snapshot.stack(StackKind::Bootstrap);
        if !self.options.wants(Part::Infra) {
            let outputs = stack.map(|stack| stack.outputs.clone()).unwrap_or_default();
            return Ok(Applied { outputs, ..Applied::default() });
        }
        let since = Instant::now();
        self.effects.begin(StackKind::Bootstrap);
        let from = match stack.filter(|stack| stack.status.is_stable()) {
            Some(stack) => Some(stack.clone()),
            None => self.bootstrap_at_rest().await?,
        };
        self.bring_bootstrap_up(wanted, from, Some(lock), since).await
    }

    /// The bucket that holds the lock, and the bootstrap stack where this run had to make it to have one.
    ///
    /// Only a first deploy has no bucket. CloudFormation itself keeps two of those apart: the one that comes second waits
    /// for the other's stack, and goes on with its bucket as any later deploy does.
    pub(super) async fn bucket_of_lock(
        &self,
        wanted: &Wanted,
        snapshot: &mut Snapshot,
    ) -> Result<(String, Option<Applied>), CommandError> {
        if let Some(bucket) = snapshot.bucket() {
            return Ok((bucket.to_owned(), None));
        }
        let since = Instant::now();
        self.effects.begin(StackKind::Bootstrap);
        let from = self.bootstrap_at_rest().await?;
        if let Some(bucket) = from.as_ref().and_then(|stack| stack.outputs.get(BUCKET)) {
            self.effects.unchanged(StackKind::Bootstrap);
            return Ok((bucket.clone(), None));
        }
        let applied = self.bring_bootstrap_up(wanted, from, None, since).await?;
        snapshot.confirm(StackKind::Bootstrap, applied.stack.clone());
        Ok((need(&applied.outputs, BUCKET)?, Some(applied)))
    }

    /// The stack once nothing is under way on it; none before its creation.
    async fn bootstrap_at_rest(&self) -> Result<Option<Stack>, CommandError> {
        let (region, name) =
            (self.deployment.region(StackKind::Bootstrap), self.deployment.stack_name(StackKind::Bootstrap));
        Ok(apply::ready(self.context, region, &name).await?)
    }

    async fn bring_bootstrap_up(
        &self,
        wanted: &Wanted,
        from: Option<Stack>,
        lock: Option<&Lock>,
        since: Instant,
    ) -> Result<Applied, CommandError> {
        let decide = |review: &Review| self.decide(review);
        let applied = bring_up(self.deployment, self.context, &wanted.rendered, from, lock, &decide).await?;
        self.effects.end(StackKind::Bootstrap, &applied);
        self.context.printer.stage("bootstrap", outcome(applied.changed, "tables, bucket and secret"), since);
        Ok(applied)
    }
}

/// Brings the bootstrap stack up from whatever state it is in.
///
/// # Errors
/// CloudFormation's.
pub(crate) async fn bootstrap(
    deployment: &Deployment,
    context: Context<'_>,
    rendered: &Rendered,
    lock: Option<&Lock>,
    decide: &(dyn Fn(&Review) -> Result<bool, ApplyError> + Sync),
) -> Result<Applied, CommandError> {
    let name = deployment.stack_name(StackKind::Bootstrap);
    let from = apply::ready(context, deployment.region(StackKind::Bootstrap), &name).await?;
    bring_up(deployment, context, rendered, from, lock, decide).await
}

/// Brings the bootstrap stack up from where it is at rest; its template goes inline, because its bucket may not be there
/// yet. What an earlier stack left behind is taken over first.
async fn bring_up(
    deployment: &Deployment,
    context: Context<'_>,
    rendered: &Rendered,
    live: Option<Stack>,
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
