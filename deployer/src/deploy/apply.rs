//! The main stack, with what comes before and after it.

use std::collections::BTreeMap;
use std::time::Instant;

use super::Pipeline;
use super::edge::EdgeStack;
use super::outputs::{AppliedStacks, Locked, Outputs, outcome};
use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::config::{self, DnsProvider, StackKind};
use crate::domain::certificate;
use crate::options::Part;
use crate::stacks::apply::{self, Applied, Review, StackChange};
use crate::stacks::parameters::{self, Known};
use crate::stacks::plan;
use stellarr_aws::TemplateSource;

impl Pipeline<'_> {
    /// Brings edge and main stack where their templates say; of a part that is deployed alone, only its code.
    pub(super) async fn apply(&self, locked: &Locked<'_>, made: &Outputs) -> Result<AppliedStacks, CommandError> {
        if !self.options.wants(Part::Infra) {
            return self.apply_code(locked, made).await;
        }
        let since = Instant::now();
        let existing = self.records_to_replace(locked).await?;
        let certificate = self.external_certificate().await?;
        let edge = self.apply_edge(locked).await?;
        let change = self.main_change(locked, made, &edge, certificate.as_deref());
        let text = change.template.as_deref().unwrap_or_default();
        let template = self.upload_template(locked, StackKind::Main, text).await?;
        self.effects.begin(StackKind::Main);
        let main = if existing.foreign.is_empty() {
            self.apply_main(locked, &change, template).await?
        } else {
            self.apply_replacing_records(locked, &change, template, &existing).await?
        };
        self.effects.end(StackKind::Main, &main);
        let pruned = self.prune_edge(locked, &edge).await?;
        let changed = main.changed || edge.applied.changed;
        self.context.printer.stage("apply", outcome(changed, "everything else"), since);
        let outputs = merged([&made.bootstrap.outputs, &edge.applied.outputs, &main.outputs]);
        let edge = pruned.unwrap_or(edge.applied);
        Ok(AppliedStacks { outputs, applied: BTreeMap::from([(StackKind::Edge, edge), (StackKind::Main, main)]) })
    }

    /// Puts other code in force, with the template and the other parameters as they are.
    async fn apply_code(&self, locked: &Locked<'_>, made: &Outputs) -> Result<AppliedStacks, CommandError> {
        let since = Instant::now();
        let live = &locked.snapshot.live;
        let stack =
            live.main.as_ref().ok_or_else(|| CommandError::usage("nothing is deployed yet").code(Code::NotDeployed))?;
        let change = StackChange {
            name: self.deployment.stack_name(StackKind::Main),
            region: self.deployment.config.region.clone(),
            template: None,
            parameters: parameters::only_code(stack, &made.code),
            tags: stack.tags.clone(),
            protect: stack.termination_protection,
        };
        self.effects.begin(StackKind::Main);
        let main = self.apply_main(locked, &change, TemplateSource::Previous).await?;
        self.effects.end(StackKind::Main, &main);
        self.context.printer.stage("apply", outcome(main.changed, "functions"), since);
        Ok(AppliedStacks {
            outputs: merged([&live.outputs(), &made.bootstrap.outputs, &main.outputs]),
            applied: BTreeMap::from([(StackKind::Main, main)]),
        })
    }

    async fn apply_main(
        &self,
        locked: &Locked<'_>,
        change: &StackChange,
        template: TemplateSource,
    ) -> Result<Applied, CommandError> {
        let decide = |review: &Review| self.decide(review);
        let from = locked.snapshot.at_rest(StackKind::Main);
        let applied = apply::apply_with_retry(self.context, change, template, from, Some(locked.lock), &decide).await?;
        Ok(applied)
    }

    /// What the main stack should become.
    fn main_change(
        &self,
        locked: &Locked<'_>,
        made: &Outputs,
        edge: &EdgeStack,
        external_certificate: Option<&str>,
    ) -> StackChange {
        let config = &self.deployment.config;
        let known = Known {
            bootstrap: Some(&made.bootstrap.outputs),
            edge: Some(&edge.applied.outputs),
            external_certificate,
            hosted_zone: locked.snapshot.zone.as_deref(),
            secret: made.secret.as_ref(),
            architecture: Some(locked.wanted.built.functions.architecture),
            code: Some(&made.code),
            upstreams: Some(&self.deployment.upstreams),
        };
        let text = locked.wanted.rendered.text(StackKind::Main).unwrap_or_default();
        StackChange {
            name: self.deployment.stack_name(StackKind::Main),
            region: config.region.clone(),
            template: Some(text.to_owned()),
            // An earlier release may declare fewer than this version knows.
            parameters: plan::declared(text, parameters::resolve(config, StackKind::Main, &known)),
            tags: config::tags(config),
            protect: locked.snapshot.is_protected(StackKind::Main),
        }
    }

    /// The ARN of the certificate of a domain whose DNS is kept elsewhere.
    async fn external_certificate(&self) -> Result<Option<String>, CommandError> {
        let config = &self.deployment.config;
        let (Some(domain), DnsProvider::External) = (&config.domain, config.dns.provider) else { return Ok(None) };
        let issued = certificate::issued(self.context, config, domain).await;
        let arn = issued.inspect_err(|_| self.effects.note(format!("a certificate for {domain}, not issued yet")))?;
        Ok(Some(arn))
    }
}

fn merged<const N: usize>(all: [&BTreeMap<String, String>; N]) -> BTreeMap<String, String> {
    all.into_iter().flat_map(|outputs| outputs.clone()).collect()
}
