//! The edge stack: certificate, firewall and budget, in us-east-1.

use super::Pipeline;
use super::outputs::Locked;
use crate::base::error::CommandError;
use crate::config::{self, StackKind};
use crate::deployment::edge_note;
use crate::stacks::apply::{self, Applied, Review, StackChange};
use crate::stacks::edge;
use crate::stacks::parameters::{self, Known};
use stellarr_aws::{ParameterValue, Stack};

/// The edge stack before the main stack moves over, and what is to be dropped after that.
#[derive(Default)]
pub(super) struct EdgeStack {
    pub(super) applied: Applied,
    prune: Option<Prune>,
}

enum Prune {
    Narrow(Box<StackChange>),
    Delete,
}

impl Pipeline<'_> {
    /// Brings certificate, firewall and budget up, beside older ones that the distribution may still hold.
    pub(super) async fn apply_edge(&self, locked: &Locked<'_>) -> Result<EdgeStack, CommandError> {
        let Some(text) = locked.wanted.rendered.text(StackKind::Edge) else {
            return self.without_edge(locked).await;
        };
        let live = locked.snapshot.stack(StackKind::Edge);
        // One that could not be deleted is removed first, and then made anew: nothing of it goes on.
        let there = live.filter(|stack| stack.status.0 != "DELETE_FAILED");
        let wide = self.widened(there, text).await?;
        let known = Known { hosted_zone: locked.snapshot.zone.as_deref(), ..Known::default() };
        let narrow = parameters::resolve(&self.deployment.config, StackKind::Edge, &known);
        let mut parameters = narrow.clone();
        if wide.is_some() {
            for key in there.iter().flat_map(|stack| stack.parameters.keys()) {
                parameters.entry(key.clone()).or_insert(ParameterValue::Previous);
            }
        }
        let first = wide.as_deref().unwrap_or(text);
        let change = StackChange {
            name: self.deployment.stack_name(StackKind::Edge),
            region: self.deployment.region(StackKind::Edge).to_owned(),
            template: Some(first.to_owned()),
            parameters,
            tags: config::tags(&self.deployment.config),
            protect: locked.snapshot.is_protected(StackKind::Edge),
        };
        let template = self.upload_template(locked, StackKind::Edge, first).await?;
        edge_note::note(self.context.cloud.objects().as_ref(), locked.bucket, &change.name).await?;
        self.effects.begin(StackKind::Edge);
        let from = locked.snapshot.at_rest(StackKind::Edge);
        let decide = |review: &Review| self.decide(review);
        let applied = apply::apply(self.context, &change, template, from, Some(locked.lock), &decide).await?;
        self.effects.end(StackKind::Edge, &applied);
        let prune = wide.is_some().then(|| {
            Prune::Narrow(Box::new(StackChange { template: Some(text.to_owned()), parameters: narrow, ..change }))
        });
        Ok(EdgeStack { applied, prune })
    }

    /// The configuration needs no edge stack: one that is there goes once the main stack has let go of it.
    async fn without_edge(&self, locked: &Locked<'_>) -> Result<EdgeStack, CommandError> {
        let objects = self.context.cloud.objects();
        if locked.snapshot.stack(StackKind::Edge).is_none() {
            edge_note::forget(objects.as_ref(), locked.bucket).await?;
            return Ok(EdgeStack::default());
        }
        // An earlier version of stellarr made it without a note, and the main stack is about to forget it.
        edge_note::note(objects.as_ref(), locked.bucket, &self.deployment.stack_name(StackKind::Edge)).await?;
        Ok(EdgeStack { prune: Some(Prune::Delete), ..EdgeStack::default() })
    }

    /// The template with what the deployed one has besides, where it has something.
    async fn widened(&self, there: Option<&Stack>, text: &str) -> Result<Option<String>, CommandError> {
        let Some(stack) = there else { return Ok(None) };
        let stacks = self.context.cloud.stacks(self.deployment.region(StackKind::Edge));
        let deployed = stacks.template(&self.deployment.stack_name(StackKind::Edge)).await?;
        Ok(deployed.and_then(|deployed| edge::widened(&deployed, text, &stack.parameters)))
    }

    /// Drops what the distribution no longer holds; returns the stack where something of it stays.
    pub(super) async fn prune_edge(
        &self,
        locked: &Locked<'_>,
        edge: &EdgeStack,
    ) -> Result<Option<Applied>, CommandError> {
        match &edge.prune {
            None => Ok(None),
            Some(Prune::Narrow(change)) => {
                let text = change.template.as_deref().unwrap_or_default();
                let template = self.upload_template(locked, StackKind::Edge, text).await?;
                let from = edge.applied.stack.clone();
                let lock = Some(locked.lock);
                Ok(Some(apply::apply(self.context, change, template, from, lock, &|_| Ok(true)).await?))
            }
            Some(Prune::Delete) => {
                let name = self.deployment.stack_name(StackKind::Edge);
                apply::delete(self.context, self.deployment.region(StackKind::Edge), &name).await?;
                edge_note::forget(self.context.cloud.objects().as_ref(), locked.bucket).await?;
                Ok(None)
            }
        }
    }
}
