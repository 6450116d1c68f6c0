//! Records of the domain that others made: shown, agreed on, and replaced at the last moment.

use super::Pipeline;
use super::outputs::Locked;
use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::config::StackKind;
use crate::domain::existing_records::{self, Existing};
use crate::insight::snapshot::Snapshot;
use crate::options::Part;
use crate::stacks::apply::{self, Applied, ApplyError, Review, StackChange};
use crate::ui::confirm;
use stellarr_aws::{RecordSet, TemplateSource};

const AGREE: &str = "add `--replace-dns` to replace them without being asked";

impl Pipeline<'_> {
    /// Shows records that are in the way of the domain's own and asks whether to replace them; returns those.
    ///
    /// # Errors
    /// When the answer is no, or the replacement is not confirmed.
    pub(super) async fn agree_on_records(&self, snapshot: &Snapshot) -> Result<Vec<RecordSet>, CommandError> {
        if self.deployment.sandbox.is_some() || !self.options.wants(Part::Infra) {
            return Ok(Vec::new());
        }
        let existing = self.existing_records(snapshot).await?;
        let printer = self.context.printer;
        for set in &existing.adopted {
            printer.line(&format!(
                "The DNS record {set} leads to this site already: the stack takes it over, and `stellarr destroy` deletes it."
            ));
        }
        let foreign = existing.foreign;
        if foreign.is_empty() {
            return Ok(foreign);
        }
        printer
            .line(&format!("The domain has DNS records that lead elsewhere:\n{}", existing_records::lines(&foreign)));
        if self.options.dry_run {
            printer.line("A deploy asks before it replaces them.");
            return Ok(Vec::new());
        }
        if let Some(routed) = foreign.iter().find(|set| set.routed) {
            return Err(unagreed(format!("the DNS record {routed} cannot be replaced from here"))
                .hint("delete it in Route53 (AWS console, Hosted zones) if nothing needs it, then deploy again"));
        }
        if !self.options.replace_dns {
            if self.options.yes {
                return Err(unagreed(
                    "the domain has DNS records that lead elsewhere, and `--yes` alone does not replace them",
                )
                .details(existing_records::lines(&foreign))
                .hint(AGREE)
                .hint("or delete them in Route53, or choose a `domain` that nothing uses"));
            }
            if !confirm("Replace them, so that the domain leads to the site?", AGREE)? {
                return Err(CommandError::failed("the domain's records stay as they are, and nothing was changed")
                    .code(Code::Declined)
                    .hint(
                        "choose a `domain` that nothing uses, or remove it: the site then has a cloudfront.net address",
                    ));
            }
        }
        Ok(foreign)
    }

    async fn existing_records(&self, snapshot: &Snapshot) -> Result<Existing, CommandError> {
        let zone = snapshot.zone.as_deref();
        existing_records::look(self.context, &self.deployment.config, &snapshot.live, zone).await
    }

    /// The records that are in the way now; each was agreed on.
    ///
    /// # Errors
    /// When there is one that was not.
    pub(super) async fn records_to_replace(&self, locked: &Locked<'_>) -> Result<Existing, CommandError> {
        if self.deployment.sandbox.is_some() {
            return Ok(Existing::default());
        }
        let existing = self.existing_records(locked.snapshot).await?;
        let agreed = locked.wanted.agreed.as_slice();
        match existing.foreign.iter().find(|set| !agreed.contains(*set)) {
            None => Ok(existing),
            Some(set) => Err(unagreed(format!("replacing the DNS record {set} was not confirmed"))
                .hint("run `stellarr deploy`, which shows the domain's records and asks")
                .hint("or delete it in Route53 if nothing needs it")),
        }
    }

    /// Brings the main stack up without records first, which takes minutes, and then exchanges the records, which takes
    /// one: the domain leads nowhere only in between, and to where it led before when that fails.
    pub(super) async fn apply_replacing_records(
        &self,
        locked: &Locked<'_>,
        change: &StackChange,
        template: TemplateSource,
        existing: &Existing,
    ) -> Result<Applied, CommandError> {
        let decide = |review: &Review| self.decide(review);
        let text = change.template.as_deref().unwrap_or_default();
        let (bucket, lock) = (locked.bucket, locked.lock);
        let mut from = locked.snapshot.at_rest(StackKind::Main);
        if let Some(rest) = existing_records::without(text) {
            let first = self.upload_template(locked, StackKind::Main, &rest).await?;
            let change = StackChange { template: Some(rest), ..change.clone() };
            let first = apply::apply_with_retry(self.context, &change, first, from, Some(lock), &decide).await?;
            from = first.stack;
        }
        let zones = self.context.cloud.zones();
        let (zone, old) = (existing.zone.as_str(), existing.foreign.as_slice());
        let key = existing_records::keep(self.context, bucket, old).await?;
        lock.check().await?;
        // Printed before the old records are deleted: a person who stops the run now needs to find them.
        self.context.printer.line(&format!(
            "  replacing the domain's DNS records; the old ones are kept in s3://{bucket}/{key}, and are entered again if \
             this fails"
        ));
        if let Err(error) = zones.change_records(zone, old, &[]).await {
            // They may be gone: an answer can get lost.
            return Err(self.put_back(change, existing, error.into()).await);
        }
        match apply::apply_with_retry(self.context, change, template, from, Some(lock), &decide).await {
            Ok(applied) => Ok(Applied { changed: true, ..applied }),
            Err(error) => Err(self.put_back(change, existing, error).await),
        }
    }

    /// Enters the old records again, unless the stack may still make its own.
    async fn put_back(&self, change: &StackChange, existing: &Existing, error: ApplyError) -> CommandError {
        let error = CommandError::from(error);
        let stack = self.context.cloud.stacks(&change.region).describe(&change.name).await;
        let lines = existing_records::lines(&existing.foreign);
        let ended = stack.is_ok_and(|stack| stack.is_none_or(|stack| !stack.status.in_progress()));
        if ended && self.are_back(existing).await {
            return error.hint(format!("the domain's earlier DNS records are in place:\n{lines}"));
        }
        error.hint(format!(
            "the domain's earlier DNS records may be deleted; to have them back, enter them in Route53:\n{lines}"
        ))
    }

    async fn are_back(&self, existing: &Existing) -> bool {
        let (zones, old) = (self.context.cloud.zones(), &existing.foreign);
        // Refused where they were never deleted; what is there afterwards decides.
        let _ = zones.change_records(&existing.zone, &[], old).await;
        let name = old.first().map(|set| set.name.as_str()).unwrap_or_default();
        zones.records(&existing.zone, name).await.is_ok_and(|now| old.iter().all(|set| now.contains(set)))
    }
}

fn unagreed(message: impl Into<String>) -> CommandError {
    CommandError::usage(message).code(Code::DnsRecordsExist)
}
