//! The end of the road: the release record, fresh lists, and a look at the site.

use std::collections::BTreeMap;
use std::time::Instant;

use super::site::SiteStep;
use super::templates::Templates;
use super::{Outcome, Road, need, who};
use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::base::failures::Code;
use crate::base::functions::Function;
use crate::config::DnsProvider;
use crate::domain::record::{DnsState, Record, paste_table};
use crate::domain::records;
use crate::jobs::{fetch, warm};
use crate::options::Part;
use crate::releases::release::{Current, Release};
use crate::secrets;
use crate::site::verify;
use stellarr_core::reports::ScheduleType;
use stellarr_core::secrets as secret_names;

impl Road<'_> {
    pub(super) fn record(
        &self,
        templates: Templates,
        code: BTreeMap<String, String>,
        site: SiteStep,
        current: Option<&Current>,
        sequence: u64,
    ) -> Release {
        let mut all_code = current.map(|current| current.release.code.clone()).unwrap_or_default();
        all_code.extend(code);
        // Templates and configuration belong together: a part that is deployed alone changes neither.
        let config = match current {
            Some(current) if !self.arguments.wants(Part::Infra) => current.release.config.clone(),
            _ => serde_json::to_value(&self.deployment.config).unwrap_or_default(),
        };
        Release {
            sequence,
            created_at: self.context.clock.now(),
            by: who(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            config,
            templates: templates.in_force,
            same_templates: templates.same,
            code: all_code,
            site: site.key,
            retired: site.retired,
            restores: None,
        }
    }

    /// Has the catalogue filled for the first time, without waiting: its own schedules would leave parts of it empty for up
    /// to a week. The sandbox is left to `stellarr fetch`, because there nobody waits for a schedule.
    pub(super) async fn fill_catalogue(&self, outputs: &BTreeMap<String, String>) {
        let Some(function) = outputs.get(&Function::Fetcher.output()).filter(|_| self.deployment.sandbox.is_none())
        else {
            return;
        };
        if let Err(error) = fetch::start(self.context, function, ScheduleType::Full).await {
            // Recommendations are asked of TMDB meanwhile.
            let printer = self.context.printer;
            printer.warn(&format!("the catalogue could not be filled yet: {}", error.message));
            printer.hint("run `stellarr fetch full` once the site is up");
        }
    }

    pub(super) async fn warm(&self, outputs: &BTreeMap<String, String>) -> Result<(), CommandError> {
        if self.arguments.no_warm
            || !(self.arguments.only.is_empty() || self.arguments.wants_function(Function::Warmer))
        {
            return Ok(());
        }
        let since = Instant::now();
        let report = match warm::run(self.context, &need(outputs, &Function::Warmer.output())?, &[]).await {
            Ok(report) => report,
            Err(error) if error.kind == ExitKind::Failed => {
                let message = format!("everything is deployed, but {}", error.message);
                return Err(CommandError { kind: ExitKind::Unhealthy, message, ..error }.code(Code::TrendingStale));
            }
            Err(error) => return Err(error),
        };
        let (fresh, stale) = report.counts();
        self.context.printer.stage("warm", &format!("{fresh} of {} trending files are fresh", fresh + stale), since);
        self.context.printer.line(&warm::table(&report));
        let Err(error) = warm::verdict(&report) else { return Ok(()) };
        Err(CommandError::new(ExitKind::Unhealthy, format!("everything is deployed, but {}", error.message))
            .code(Code::TrendingStale)
            .hint("the site shows the last good ones; run `stellarr warm` to try again"))
    }

    /// The record that points the person's domain at the site, while their DNS does not have it.
    async fn missing_record(&self, outputs: &BTreeMap<String, String>) -> Option<Record> {
        let config = &self.deployment.config;
        let domain = config.domain.as_ref().filter(|_| config.dns.provider == DnsProvider::External)?;
        let distribution = outputs.get("DistributionDomainName")?;
        let record = records::site(self.context, config, domain, distribution).await;
        matches!(record.standing, DnsState::Missing | DnsState::Wrong(_)).then_some(record)
    }

    /// Checks the site and says where it is.
    pub(super) async fn conclude(&self, outcome: &Outcome, began: Instant) -> Result<(), CommandError> {
        let printer = self.context.printer;
        let site = self.deployment.site_url(&outcome.outputs);
        if let (Some(sandbox), Some(distribution)) = (&self.deployment.sandbox, outcome.outputs.get("DistributionId")) {
            sandbox.serve(distribution)?;
        }
        let since = Instant::now();
        let locales = self.deployment.config.locales.iter().filter(|_| !self.arguments.no_warm);
        let checks = verify::checks(locales.map(crate::config::Locale::as_str));
        let patient = self.deployment.sandbox.is_none() && outcome.changed;
        let record = self.missing_record(&outcome.outputs).await;
        // Until the domain points at it, the site answers at CloudFront's own name.
        let asked = record.as_ref().map_or_else(|| site.clone(), |record| format!("https://{}", record.value));
        if let Err(error) = verify::run(self.context, &asked, &checks, patient).await {
            if outcome.changed || self.arguments.no_warm {
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
