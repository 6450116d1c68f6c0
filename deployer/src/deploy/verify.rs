//! The end of a run: a look at the site, and what to do next.

use std::collections::BTreeMap;
use std::time::Instant;

use super::outputs::need;
use super::{Outcome, Pipeline};
use crate::base::error::CommandError;
use crate::config::DnsProvider;
use crate::domain::record::{DnsState, Record, paste_table};
use crate::domain::records;
use crate::secrets;
use crate::site::verify;
use stellarr_core::secrets as secret_names;

impl Pipeline<'_> {
    /// The record that points the person's domain at the site, while their DNS does not have it.
    async fn missing_record(&self, outputs: &BTreeMap<String, String>) -> Option<Record> {
        let config = &self.deployment.config;
        let domain = config.domain.as_ref().filter(|_| config.dns.provider == DnsProvider::External)?;
        let distribution = outputs.get("DistributionDomainName")?;
        let record = records::site(self.context, config, domain, distribution).await;
        matches!(record.standing, DnsState::Missing | DnsState::Wrong(_)).then_some(record)
    }

    /// Checks the site and prints its address.
    pub(super) async fn verify(&self, outcome: &Outcome, began: Instant) -> Result<(), CommandError> {
        let printer = self.context.printer;
        let site = self.deployment.site_url(&outcome.outputs);
        if let (Some(sandbox), Some(distribution)) = (&self.deployment.sandbox, outcome.outputs.get("DistributionId")) {
            sandbox.serve(distribution)?;
        }
        let since = Instant::now();
        let locales = self.deployment.config.locales.iter().filter(|_| !self.options.no_warm);
        let checks = verify::checks(locales.map(crate::config::Locale::as_str));
        let patient = self.deployment.sandbox.is_none() && outcome.changed;
        let record = self.missing_record(&outcome.outputs).await;
        // Until the domain points at it, the site answers at CloudFront's own name.
        let asked = record.as_ref().map_or_else(|| site.clone(), |record| format!("https://{}", record.value));
        if let Err(error) = verify::run(self.context, &asked, &checks, patient).await {
            if outcome.changed || self.options.no_warm {
                return Err(error);
            }
            // An earlier run may have ended between going live and warming.
            self.warm(&outcome.outputs).await?;
            verify::run(self.context, &asked, &checks, patient).await?;
        }
        printer.stage("verify", "page, API and trending lists answer", since);
        if !outcome.changed {
            printer.line("Nothing to change: everything is as stellarr.yaml says.");
        }
        printer.line(&format!("\n  {asked}"));
        if let Some(record) = &record {
            printer.line(&format!("\n  {site} works once your DNS has this record ({}):\n", record.sentence()));
            printer.line(&paste_table([record]));
            printer.line("\n  `stellarr domains --wait` tells when it has.");
        }
        if let Some(sandbox) = &self.deployment.sandbox {
            let arn = need(&outcome.outputs, "AppSecretArn")?;
            let document = secrets::read(self.context, &arn).await?;
            printer.line(&format!("  password: {}", document.get(secret_names::PASSWORD).unwrap_or_default()));
            printer.line(&format!("\n  {}", sandbox.farewell()));
        }
        printer.line(&format!("\nDone in {}.", crate::ui::human_duration(began.elapsed())));
        if outcome.changed {
            printer.line(&whats_next(self.deployment.sandbox.is_some()));
        }
        Ok(())
    }
}

/// What a person does after a deploy, each with its command.
fn whats_next(sandbox: bool) -> String {
    let here = if sandbox { " --sandbox" } else { "" };
    format!(
        "\nTo connect Radarr, Sonarr and Plex: `stellarr secrets addresses{here}` prints their addresses.\nTo change something: edit stellarr.yaml or run `stellarr init`, look with `stellarr diff{here}`, then run \
         `stellarr deploy{here}`.\nTo go back to how it was before: `stellarr rollback{here}`. To take it away: \
         `stellarr destroy{here}`."
    )
}
