//! The stacks: bootstrap, edge and main.

use crate::deployment::edge_note;
use std::collections::BTreeMap;
use std::time::Instant;

use super::{Road, bootstrap, merged, said};
use crate::base::artifact::FunctionBuild;
use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::config::{DnsProvider, StackKind};
use crate::deployment::Live;
use crate::deployment::lock::Lock;
use crate::domain::{certificate, zone};
use crate::options::Part;
use crate::releases::publish;
use crate::secrets::SecretState;
use crate::stacks::apply::{self, Applied, Review, StackChange};
use crate::stacks::parameters::{self, Known};
use crate::stacks::render::Rendered;
use crate::stacks::{edge, plan};
use stellarr_aws::{ParameterValue, Stack, TemplateSource};

/// The result for certificate, firewall and budget, and the leftovers to delete.
#[derive(Default)]
struct EdgeStep {
    changed: bool,
    outputs: BTreeMap<String, String>,
    prune: Option<Prune>,
}

enum Prune {
    Narrow(Box<StackChange>),
    Delete,
}

impl Road<'_> {
    pub(super) async fn continue_rollbacks(&self) -> Result<(), CommandError> {
        let work = async {
            for (kind, _) in self.deployment.states().await?.into_iter().filter(|(_, stack)| stack.is_some()) {
                let (region, name) = (self.deployment.region(kind), self.deployment.stack_name(kind));
                self.ledger.confirm(kind, apply::continue_rollback(self.context, region, &name).await?);
            }
            Ok(())
        };
        match self.deployment.live().await?.output("ArtifactBucketName") {
            Some(bucket) => self.lock(bucket).await?.during(self.context.clock, work).await,
            None => work.await,
        }
    }

    pub(super) async fn bootstrap(
        &self,
        rendered: &Rendered,
        live: &Live,
        lock: Option<&Lock>,
    ) -> Result<BTreeMap<String, String>, CommandError> {
        if !self.arguments.wants(Part::Infra) {
            return Ok(live.bootstrap.as_ref().map(|stack| stack.outputs.clone()).unwrap_or_default());
        }
        let since = Instant::now();
        self.ledger.begin(StackKind::Bootstrap);
        let from = self.ledger.confirmed(StackKind::Bootstrap);
        let decide = |review: &Review| self.decide(review);
        let applied = bootstrap(self.deployment, self.context, rendered, from, lock, &decide).await?;
        self.settle(StackKind::Bootstrap, &applied);
        self.context.printer.stage("bootstrap", said(applied.changed, "tables, bucket and secret"), since);
        Ok(applied.outputs)
    }

    #[expect(clippy::too_many_arguments, reason = "the values of the earlier stages")]
    pub(super) async fn apply(
        &self,
        rendered: &Rendered,
        live: &Live,
        bootstrap: &BTreeMap<String, String>,
        secret: &SecretState,
        functions: &FunctionBuild,
        code: &BTreeMap<String, String>,
        bucket: &str,
        lock: &Lock,
    ) -> Result<BTreeMap<String, String>, CommandError> {
        let since = Instant::now();
        let config = &self.deployment.config;
        let name = self.deployment.stack_name(StackKind::Main);
        let decide = |review: &Review| self.decide(review);
        if !self.arguments.wants(Part::Infra) {
            let stack = live
                .main
                .as_ref()
                .ok_or_else(|| CommandError::usage("nothing is deployed yet").code(Code::NotDeployed))?;
            let change = StackChange {
                name,
                region: config.region.clone(),
                template: None,
                parameters: parameters::only_code(stack, code),
                tags: stack.tags.clone(),
                protect: stack.termination_protection,
            };
            self.ledger.begin(StackKind::Main);
            let from = self.ledger.confirmed(StackKind::Main);
            let previous = TemplateSource::Previous;
            let applied = apply::apply_with_retry(self.context, &change, previous, from, Some(lock), &decide).await?;
            self.settle(StackKind::Main, &applied);
            self.context.printer.stage("apply", said(applied.changed, "functions"), since);
            return Ok(merged([&live.outputs(), bootstrap, &applied.outputs]));
        }

        let hosted_zone = zone::of(self.context, config).await?;
        let existing = self.records_to_replace(live).await?;
        let external_certificate = match (&config.domain, config.dns.provider) {
            (Some(domain), DnsProvider::External) => {
                let issued = certificate::issued(self.context, config, domain).await;
                Some(issued.inspect_err(|_| self.ledger.note(format!("a certificate for {domain}, not issued yet")))?)
            }
            _ => None,
        };
        let edge = self.edge(rendered, live, hosted_zone.as_deref(), bucket, lock).await?;
        let known = Known {
            bootstrap: Some(bootstrap),
            edge: Some(&edge.outputs),
            external_certificate: external_certificate.as_deref(),
            hosted_zone: hosted_zone.as_deref(),
            secret: Some(secret),
            architecture: Some(functions.architecture),
            code: Some(code),
            upstreams: Some(&self.deployment.upstreams),
        };
        let text = rendered.text(StackKind::Main).unwrap_or_default();
        let change = StackChange {
            name,
            region: config.region.clone(),
            template: Some(text.to_owned()),
            // An earlier release may declare fewer than this version knows.
            parameters: plan::declared(text, parameters::resolve(&self.deployment.config, StackKind::Main, &known)),
            tags: self.tags(),
            protect: protected(live.main.as_ref()),
        };
        let template = self.upload_template(StackKind::Main, text, bucket).await?;
        self.ledger.begin(StackKind::Main);
        let from = self.ledger.confirmed(StackKind::Main);
        let applied = if existing.foreign.is_empty() {
            apply::apply_with_retry(self.context, &change, template, from, Some(lock), &decide).await?
        } else {
            self.apply_replacing_records(&change, template, &existing, bucket, lock).await?
        };
        self.settle(StackKind::Main, &applied);
        if let Some(prune) = &edge.prune {
            self.prune_edge(prune, bucket, lock).await?;
        }
        self.context.printer.stage("apply", said(applied.changed || edge.changed, "everything else"), since);
        Ok(merged([bootstrap, &edge.outputs, &applied.outputs]))
    }

    /// Brings certificate, firewall and budget up, beside older ones that the distribution may still hold.
    async fn edge(
        &self,
        rendered: &Rendered,
        live: &Live,
        hosted_zone: Option<&str>,
        bucket: &str,
        lock: &Lock,
    ) -> Result<EdgeStep, CommandError> {
        let name = self.deployment.stack_name(StackKind::Edge);
        let objects = self.context.cloud.objects();
        let Some(text) = rendered.text(StackKind::Edge) else {
            let prune = match &live.edge {
                Some(_) => {
                    // An earlier version of stellarr made it without a note, and the main stack is about to forget it.
                    edge_note::note(objects.as_ref(), bucket, &name).await?;
                    Some(Prune::Delete)
                }
                None => {
                    edge_note::forget(objects.as_ref(), bucket).await?;
                    None
                }
            };
            return Ok(EdgeStep { prune, ..EdgeStep::default() });
        };
        // One that could not be deleted is removed first, and then made anew: nothing of it goes on.
        let there = live.edge.as_ref().filter(|stack| stack.status.0 != "DELETE_FAILED");
        let deployed = match there {
            Some(_) => self.context.cloud.stacks(self.deployment.region(StackKind::Edge)).template(&name).await?,
            None => None,
        };
        let parameters = there.map(|stack| stack.parameters.clone()).unwrap_or_default();
        let wide = deployed.as_deref().and_then(|deployed| edge::widened(deployed, text, &parameters));
        let known = Known { hosted_zone, ..Known::default() };
        let narrow = parameters::resolve(&self.deployment.config, StackKind::Edge, &known);
        let mut parameters = narrow.clone();
        if wide.is_some() {
            for key in there.iter().flat_map(|stack| stack.parameters.keys()) {
                parameters.entry(key.clone()).or_insert(ParameterValue::Previous);
            }
        }
        let first = wide.as_deref().unwrap_or(text);
        let change = StackChange {
            name,
            region: self.deployment.region(StackKind::Edge).to_owned(),
            template: Some(first.to_owned()),
            parameters,
            tags: self.tags(),
            protect: protected(live.edge.as_ref()),
        };
        let template = self.upload_template(StackKind::Edge, first, bucket).await?;
        edge_note::note(objects.as_ref(), bucket, &change.name).await?;
        self.ledger.begin(StackKind::Edge);
        let from = self.ledger.confirmed(StackKind::Edge);
        let applied =
            apply::apply(self.context, &change, template, from, Some(lock), &|review| self.decide(review)).await?;
        self.settle(StackKind::Edge, &applied);
        let prune = wide.is_some().then(|| {
            Prune::Narrow(Box::new(StackChange { template: Some(text.to_owned()), parameters: narrow, ..change }))
        });
        Ok(EdgeStep { changed: applied.changed, outputs: applied.outputs, prune })
    }

    fn settle(&self, kind: StackKind, applied: &Applied) {
        self.ledger.in_force(kind, applied);
        if !applied.changed {
            self.ledger.unchanged(kind);
        }
    }

    /// Drops what the distribution no longer holds.
    async fn prune_edge(&self, prune: &Prune, bucket: &str, lock: &Lock) -> Result<(), CommandError> {
        match prune {
            Prune::Narrow(change) => {
                let text = change.template.as_deref().unwrap_or_default();
                let template = self.upload_template(StackKind::Edge, text, bucket).await?;
                let from = self.ledger.confirmed(StackKind::Edge);
                let applied = apply::apply(self.context, change, template, from, Some(lock), &|_| Ok(true)).await?;
                self.ledger.in_force(StackKind::Edge, &applied);
            }
            Prune::Delete => {
                let name = self.deployment.stack_name(StackKind::Edge);
                apply::delete(self.context, self.deployment.region(StackKind::Edge), &name).await?;
                edge_note::forget(self.context.cloud.objects().as_ref(), bucket).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn upload_template(
        &self,
        kind: StackKind,
        text: &str,
        bucket: &str,
    ) -> Result<TemplateSource, CommandError> {
        let objects = self.context.cloud.objects();
        let key = publish::template(objects.as_ref(), bucket, kind.as_str(), text).await?;
        Ok(TemplateSource::Url(objects.template_url(bucket, &key)))
    }
}

/// Whether somebody protects the stack from deletion; whether to is theirs to say, where no data hangs on it.
fn protected(stack: Option<&Stack>) -> bool {
    stack.is_some_and(|stack| stack.termination_protection)
}
