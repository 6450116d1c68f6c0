//! `stellarr deploy`: the straight road.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use crate::apply::{self, Applied, ApplyError, Review, Risk, StackChange};
use crate::aws::{ParameterValue, TemplateSource};
use crate::build::{self, FunctionBuild};
use crate::cli::{Global, Part};
use crate::config::{DnsProvider, RemovalPolicy};
use crate::context::Context;
use crate::deployment::{Deployment, Live};
use crate::error::{CommandError, ExitKind};
use crate::lock::{self, Lock};
use crate::manifest::Site;
use crate::parameters::{self, Known};
use crate::plan;
use crate::release::{self, Current, Release};
use crate::render::{RenderOptions, Rendered, StackKind, render};
use crate::secrets::{self, Input, SecretState};
use crate::survey::{self, Survey};
use crate::ui::{Printer, confirm, count, human_bytes};
use crate::{certificate, edge, invalidate, publish, site_config, sync, verify, warm, zone};

/// Options of `stellarr deploy`.
#[derive(Debug, Args)]
pub struct DeployArgs {
    /// Ask nothing; still refuses to lose data without --allow-data-loss
    #[arg(short, long)]
    pub yes: bool,
    /// Show what would happen and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Deploy only these parts; everything else stays as it is
    #[arg(long, value_name = "PARTS", value_delimiter = ',')]
    pub only: Vec<Part>,
    /// Leave the CDN's copies of changed files alone
    #[arg(long)]
    pub no_invalidate: bool,
    /// Leave the trending lists alone
    #[arg(long)]
    pub no_warm: bool,
    /// Go on although data is lost
    #[arg(long)]
    pub allow_data_loss: bool,
    /// Let CloudFormation finish a rollback that failed, then deploy
    #[arg(long)]
    pub continue_rollback: bool,
    /// Read values of the secret from a file of KEY=VALUE lines
    #[arg(long, value_name = "FILE")]
    pub secrets: Option<PathBuf>,
}

impl DeployArgs {
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    fn wants_function(&self, name: &str) -> bool {
        match name {
            "api" => self.wants(Part::Api),
            "warmer" => self.wants(Part::Warmer),
            "fetcher" => self.wants(Part::Fetcher),
            _ => self.only.is_empty(),
        }
    }

    fn wants_code(&self) -> bool {
        [Part::Api, Part::Warmer, Part::Fetcher].into_iter().any(|part| self.wants(part))
    }
}

/// Deploys.
///
/// # Errors
/// The first stage's that fails; what earlier stages did stays, and the next run picks up.
pub async fn run(global: &Global, arguments: &DeployArgs, printer: &Printer) -> Result<(), CommandError> {
    let began = Instant::now();
    let deployment = Deployment::open(global, printer, true).await?;
    let context = deployment.context(printer);
    let input = Input::gather(arguments.secrets.as_deref(), |key| std::env::var(key).ok())?;
    let road = Road { deployment: &deployment, context, arguments, input };
    let outcome = road.travel().await?;
    if !arguments.dry_run {
        road.conclude(&outcome, began).await?;
    }
    Ok(())
}

/// Deploys `deployment`; for tests, which bring their own cloud.
///
/// # Errors
/// As [`run`].
pub async fn deploy(
    deployment: &Deployment,
    arguments: &DeployArgs,
    input: Input,
    built: Built,
    printer: &Printer,
) -> Result<Outcome, CommandError> {
    let road = Road { deployment, context: deployment.context(printer), arguments, input };
    road.travel_with(built).await
}

/// What the build stage made.
#[derive(Clone, Debug)]
pub struct Built {
    /// The functions that were asked for.
    pub functions: FunctionBuild,
    /// The site, if it was asked for.
    pub site: Option<Site>,
}

/// How a deploy ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Whether anything changed on AWS.
    pub changed: bool,
    /// Outputs of all stacks.
    pub outputs: BTreeMap<String, String>,
}

struct Road<'a> {
    deployment: &'a Deployment,
    context: Context<'a>,
    arguments: &'a DeployArgs,
    input: Input,
}

impl Road<'_> {
    async fn travel(&self) -> Result<Outcome, CommandError> {
        let caller = self.context.cloud.identity().caller().await?;
        if self.deployment.sandbox.is_none() {
            self.context.printer.line(&format!(
                "Deploying {} to account {} in {} as {}",
                self.deployment.config.prefix(),
                caller.account,
                self.deployment.config.region,
                caller.arn
            ));
        }
        self.travel_with(self.build().await?).await
    }

    async fn travel_with(&self, built: Built) -> Result<Outcome, CommandError> {
        let rendered = self.render()?;
        if self.arguments.continue_rollback {
            self.continue_rollbacks().await?;
        }
        let live = self.deployment.live().await?;
        let survey = survey::run(self.deployment, self.context, &rendered, &built, &live).await?;
        if survey.is_empty() && self.arguments.secrets.is_none() {
            return Ok(Outcome { changed: false, outputs: live.outputs() });
        }
        if self.arguments.dry_run {
            self.context.printer.data(&survey.text());
            return Ok(Outcome { changed: false, outputs: live.outputs() });
        }

        let bootstrap = self.bootstrap(&rendered, &live).await?;
        let bucket = need(&bootstrap, "ArtifactBucketName")?;
        let lock = Lock::take(self.context.cloud.objects(), &bucket, &who(), self.context.clock).await?;
        let work = self.locked(&rendered, built, &live, &bootstrap, &bucket, &lock);
        let result = tokio::select! {
            result = work => result,
            lost = keep(&lock, self.context) => Err(lost.into()),
        };
        // The work's own error matters more than a lease that runs out by itself.
        let released = lock.release().await;
        let outcome = result?;
        released?;
        Ok(outcome)
    }

    /// Everything between taking the lock and letting it go.
    async fn locked(
        &self,
        rendered: &Rendered,
        built: Built,
        live: &Live,
        bootstrap: &BTreeMap<String, String>,
        bucket: &str,
        lock: &Lock,
    ) -> Result<Outcome, CommandError> {
        let objects = self.context.cloud.objects();
        let current = release::current(objects.as_ref(), bucket).await?;
        let sequence = current.as_ref().map_or(1, |current| current.release.sequence + 1);

        let secret = self.secrets(bootstrap).await?;
        let code = self.publish(bucket, &built.functions).await?;
        let outputs = self.apply(rendered, live, bootstrap, &secret, &built.functions, &code, bucket, lock).await?;
        let site = self.site(bucket, &outputs, built.site, current.as_ref(), sequence, lock).await?;
        let release = self.record(rendered, code, site, current.as_ref(), sequence);
        lock.check().await?;
        release::publish(objects.as_ref(), bucket, &release, current.as_ref()).await?;
        self.warm(&outputs).await?;
        Ok(Outcome { changed: true, outputs })
    }

    fn render(&self) -> Result<Rendered, CommandError> {
        let since = Instant::now();
        let rendered = render(&self.deployment.config, RenderOptions { sandbox: self.deployment.sandbox.is_some() })?;
        self.context.printer.stage("render", &count(rendered.stacks.len(), "template", "templates"), since);
        Ok(rendered)
    }

    async fn build(&self) -> Result<Built, CommandError> {
        let since = Instant::now();
        let source = self.deployment.source()?;
        let target = self.deployment.target();
        let wanted = |name: &str| self.arguments.wants_function(name);
        let printer = self.context.printer;
        let (functions, site) = tokio::task::block_in_place(|| {
            let functions = if self.arguments.wants_code() {
                build::build_functions(&source, target, wanted, printer)?
            } else {
                FunctionBuild { architecture: target.architecture(), artifacts: Vec::new() }
            };
            let site = if self.arguments.wants(Part::Site) { Some(build::build_site(&source, printer)?) } else { None };
            Ok::<_, CommandError>((functions, site))
        })?;
        let mut said: Vec<String> = functions
            .artifacts
            .iter()
            .map(|artifact| format!("{} {}", artifact.function, human_bytes(artifact.size)))
            .collect();
        let site = match site {
            Some(site) => {
                said.push(if site.rebuilt { "site".to_owned() } else { "site unchanged".to_owned() });
                Some(Site::read(&site.folder).map_err(|error| {
                    CommandError::new(ExitKind::Build, format!("the built site cannot be read: {error}"))
                })?)
            }
            None => None,
        };
        printer.stage("build", &said.join(", "), since);
        let site = site.map(|site| site_config::with_config(site, &self.deployment.config, &self.deployment.upstreams));
        Ok(Built { functions, site })
    }

    async fn continue_rollbacks(&self) -> Result<(), CommandError> {
        for kind in StackKind::ALL {
            let (region, name) = (self.deployment.region(kind), self.deployment.stack_name(kind));
            let stack = self.context.cloud.stacks(region).describe(&name).await?;
            if stack.is_some_and(|stack| stack.status.0 == "UPDATE_ROLLBACK_FAILED") {
                apply::continue_rollback(self.context, region, &name).await?;
            }
        }
        Ok(())
    }

    async fn bootstrap(&self, rendered: &Rendered, live: &Live) -> Result<BTreeMap<String, String>, CommandError> {
        if !self.arguments.wants(Part::Infra) {
            return live.bootstrap.as_ref().map(|stack| stack.outputs.clone()).ok_or_else(|| {
                CommandError::usage("`--only` changes parts of a deployment that exists, and there is none yet")
                    .hint("run `stellarr deploy` once without it")
            });
        }
        let since = Instant::now();
        let applied = bootstrap(self.deployment, self.context, rendered, &|review| self.decide(review)).await?;
        self.context.printer.stage("bootstrap", said(applied.changed, "tables, bucket and secret"), since);
        Ok(applied.outputs)
    }

    async fn secrets(&self, bootstrap: &BTreeMap<String, String>) -> Result<SecretState, CommandError> {
        let since = Instant::now();
        let id = need(bootstrap, "AppSecretArn")?;
        let arn = self.context.cloud.secrets().arn(&id).await?.unwrap_or(id);
        let input = match &self.deployment.sandbox {
            Some(sandbox) => self.input.clone().generating(&sandbox.secrets()),
            None => self.input.clone(),
        };
        let secret = secrets::complete(self.context, &arn, &input).await?;
        let outcome = if secret.added.is_empty() {
            "nothing is missing".to_owned()
        } else {
            format!("added {}", secret.added.join(", "))
        };
        self.context.printer.stage("secrets", &outcome, since);
        Ok(secret)
    }

    async fn publish(&self, bucket: &str, functions: &FunctionBuild) -> Result<BTreeMap<String, String>, CommandError> {
        if functions.artifacts.is_empty() {
            return Ok(BTreeMap::new());
        }
        let since = Instant::now();
        let published = publish::functions(self.context, bucket, &functions.artifacts).await?;
        let outcome = if published.uploaded.is_empty() {
            "every function is up already".to_owned()
        } else {
            format!("{} ({})", published.uploaded.join(", "), human_bytes(published.bytes))
        };
        self.context.printer.stage("publish", &outcome, since);
        Ok(published.code)
    }

    #[expect(clippy::too_many_arguments, reason = "the values of the earlier stages")]
    async fn apply(
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
            let stack = live.main.as_ref().ok_or_else(|| CommandError::usage("nothing is deployed yet"))?;
            let change = StackChange {
                name,
                region: config.region.clone(),
                template: None,
                parameters: parameters::only_code(stack, code),
                tags: stack.tags.clone(),
                protect: stack.termination_protection,
            };
            let applied = apply::apply(self.context, &change, TemplateSource::Previous, Some(lock), &decide).await?;
            self.context.printer.stage("apply", said(applied.changed, "functions"), since);
            return Ok(merged([&live.outputs(), bootstrap, &applied.outputs]));
        }

        let hosted_zone = self.hosted_zone().await?;
        let external_certificate = match (&config.domain, config.dns.provider) {
            (Some(domain), DnsProvider::External) => Some(certificate::issued(self.context, domain).await?),
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
            parameters: self.deployment.resolve(StackKind::Main, &known),
            tags: self.tags(),
            protect: false,
        };
        let template = self.upload_template(StackKind::Main, text, bucket).await?;
        let applied = apply::apply(self.context, &change, template, Some(lock), &decide).await?;
        if let Some(prune) = &edge.prune {
            self.prune_edge(prune, bucket, lock).await?;
        }
        self.context.printer.stage("apply", said(applied.changed || edge.changed, "everything else"), since);
        Ok(merged([bootstrap, &edge.outputs, &applied.outputs]))
    }

    /// Brings certificate and firewall up, beside older ones that the distribution may still hold.
    async fn edge(
        &self,
        rendered: &Rendered,
        live: &Live,
        hosted_zone: Option<&str>,
        bucket: &str,
        lock: &Lock,
    ) -> Result<EdgeStep, CommandError> {
        let name = self.deployment.stack_name(StackKind::Edge);
        let Some(text) = rendered.text(StackKind::Edge) else {
            return Ok(EdgeStep { prune: live.edge.is_some().then_some(Prune::Delete), ..EdgeStep::default() });
        };
        let deployed = match &live.edge {
            Some(_) => self.context.cloud.stacks(self.deployment.region(StackKind::Edge)).template(&name).await?,
            None => None,
        };
        let wide = deployed.as_deref().and_then(|deployed| edge::widened(deployed, text));
        let known = Known { hosted_zone, ..Known::default() };
        let narrow = self.deployment.resolve(StackKind::Edge, &known);
        let mut parameters = narrow.clone();
        if wide.is_some() {
            for key in live.edge.iter().flat_map(|stack| stack.parameters.keys()) {
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
            protect: false,
        };
        let template = self.upload_template(StackKind::Edge, first, bucket).await?;
        let applied = apply::apply(self.context, &change, template, Some(lock), &|review| self.decide(review)).await?;
        let prune = wide.is_some().then(|| {
            Prune::Narrow(Box::new(StackChange { template: Some(text.to_owned()), parameters: narrow, ..change }))
        });
        Ok(EdgeStep { changed: applied.changed, outputs: applied.outputs, prune })
    }

    /// Drops what the distribution no longer holds.
    async fn prune_edge(&self, prune: &Prune, bucket: &str, lock: &Lock) -> Result<(), CommandError> {
        match prune {
            Prune::Narrow(change) => {
                let text = change.template.as_deref().unwrap_or_default();
                let template = self.upload_template(StackKind::Edge, text, bucket).await?;
                apply::apply(self.context, change, template, Some(lock), &|_| Ok(true)).await?;
            }
            Prune::Delete => {
                let name = self.deployment.stack_name(StackKind::Edge);
                apply::delete(self.context, self.deployment.region(StackKind::Edge), &name).await?;
            }
        }
        Ok(())
    }

    async fn hosted_zone(&self) -> Result<Option<String>, CommandError> {
        let config = &self.deployment.config;
        match (&config.domain, config.dns.provider) {
            (Some(domain), DnsProvider::Route53) => {
                zone::find(self.context, domain, config.dns.hosted_zone_id.as_deref()).await.map(|zone| Some(zone.id))
            }
            _ => Ok(None),
        }
    }

    async fn upload_template(&self, kind: StackKind, text: &str, bucket: &str) -> Result<TemplateSource, CommandError> {
        let objects = self.context.cloud.objects();
        let key = publish::template(objects.as_ref(), bucket, kind.as_str(), text).await?;
        Ok(TemplateSource::Url(objects.template_url(bucket, &key)))
    }

    async fn site(
        &self,
        bucket: &str,
        outputs: &BTreeMap<String, String>,
        site: Option<Site>,
        current: Option<&Current>,
        sequence: u64,
        lock: &Lock,
    ) -> Result<SiteStep, CommandError> {
        let live = match current {
            Some(current) => sync::Live {
                manifest: release::manifest(self.context.cloud.objects().as_ref(), bucket, &current.release).await?,
                retired: current.release.retired.clone(),
            },
            None => sync::Live::default(),
        };
        let Some(site) = site else {
            let key = current.and_then(|current| current.release.site.clone());
            return Ok(SiteStep { key, retired: live.retired });
        };
        let since = Instant::now();
        let frontend = need(outputs, "FrontendBucketName")?;
        let synced = sync::run(self.context, &frontend, &site, &live, sequence, lock).await?;
        let key = release::store_manifest(self.context.cloud.objects().as_ref(), bucket, &site.manifest).await?;
        let outcome = if synced.uploaded.is_empty() {
            "every file is up already".to_owned()
        } else {
            format!("{} ({})", count(synced.uploaded.len(), "file", "files"), human_bytes(synced.bytes))
        };
        self.context.printer.stage("sync", &outcome, since);
        self.invalidate(outputs, &synced, sequence).await?;
        Ok(SiteStep { key: Some(key), retired: synced.retired })
    }

    async fn invalidate(
        &self,
        outputs: &BTreeMap<String, String>,
        synced: &sync::Synced,
        sequence: u64,
    ) -> Result<(), CommandError> {
        let paths = invalidate::paths(&synced.changes.stale());
        if paths.is_empty() || self.arguments.no_invalidate {
            return Ok(());
        }
        let since = Instant::now();
        invalidate::send(self.context, &need(outputs, "DistributionId")?, sequence, &paths).await?;
        self.context.printer.stage("invalidate", &paths.join(" "), since);
        Ok(())
    }

    fn record(
        &self,
        rendered: &Rendered,
        code: BTreeMap<String, String>,
        site: SiteStep,
        current: Option<&Current>,
        sequence: u64,
    ) -> Release {
        let mut all_code = current.map(|current| current.release.code.clone()).unwrap_or_default();
        all_code.extend(code);
        let templates = match current {
            Some(current) if !self.arguments.wants(Part::Infra) => current.release.templates.clone(),
            _ => rendered
                .stacks
                .iter()
                .map(|(kind, text)| (kind.as_str().to_owned(), publish::template_key(kind.as_str(), text)))
                .collect(),
        };
        Release {
            sequence,
            created_at: self.context.clock.now(),
            by: who(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            config: serde_json::to_value(&self.deployment.config).unwrap_or_default(),
            templates,
            code: all_code,
            site: site.key,
            retired: site.retired,
        }
    }

    async fn warm(&self, outputs: &BTreeMap<String, String>) -> Result<(), CommandError> {
        if self.arguments.no_warm || !(self.arguments.only.is_empty() || self.arguments.wants(Part::Warmer)) {
            return Ok(());
        }
        let since = Instant::now();
        let report = warm::run(self.context, &need(outputs, "WarmerFunctionName")?, &[]).await?;
        let (fresh, all) = report.fresh();
        self.context.printer.stage("warm", &format!("{fresh} of {all} trending files are fresh"), since);
        self.context.printer.line(&report.table());
        if report.success {
            return Ok(());
        }
        Err(CommandError::new(ExitKind::Unhealthy, "everything is deployed, but some trending files are not fresh")
            .hint("the site shows the last good ones; run `stellarr warm` to try again"))
    }

    /// Checks the site and says where it is.
    async fn conclude(&self, outcome: &Outcome, began: Instant) -> Result<(), CommandError> {
        let printer = self.context.printer;
        let site = self.deployment.site_url(&outcome.outputs);
        if let (Some(sandbox), Some(distribution)) = (&self.deployment.sandbox, outcome.outputs.get("DistributionId")) {
            sandbox.serve(distribution)?;
        }
        let since = Instant::now();
        let locale = self.deployment.config.locales.first().filter(|_| !self.arguments.no_warm);
        let checks = verify::checks(locale.map(crate::config::Locale::as_str));
        let patient = self.deployment.sandbox.is_none() && outcome.changed;
        if let Err(error) = verify::run(self.context, &site, &checks, patient).await {
            if outcome.changed || self.arguments.no_warm {
                return Err(error);
            }
            // An earlier run may have ended between going live and warming.
            self.warm(&outcome.outputs).await?;
            verify::run(self.context, &site, &checks, patient).await?;
        }
        printer.stage("verify", "page, API and trending list answer", since);
        if !outcome.changed {
            printer.line("Nothing to change: everything is as stellarr.yaml says.");
        }
        printer.line(&format!("\n  {site}"));
        if let Some(sandbox) = &self.deployment.sandbox {
            let arn = need(&outcome.outputs, "AppSecretArn")?;
            let document = secrets::read(self.context, &arn).await?;
            printer.line(&format!("  password: {}", document.get("PRESHARED_PASSWORD").unwrap_or_default()));
            printer.line(&format!("\n  {}", sandbox.farewell()));
        }
        printer.line(&format!("\nDone in {}.", crate::ui::human_duration(began.elapsed())));
        Ok(())
    }

    fn tags(&self) -> BTreeMap<String, String> {
        plan::tags(&self.deployment.config)
    }

    /// Shows a review and asks where something is risky.
    fn decide(&self, review: &Review) -> Result<bool, ApplyError> {
        decide(self.context.printer, self.arguments.yes, self.arguments.allow_data_loss, review)
    }
}

/// What became of the site.
struct SiteStep {
    key: Option<String>,
    retired: BTreeMap<String, release::Retired>,
}

/// What became of certificate and firewall, and what is left to drop.
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

/// Brings the bootstrap stack up; its template goes inline, because its bucket may not be there yet.
pub(super) async fn bootstrap(
    deployment: &Deployment,
    context: Context<'_>,
    rendered: &Rendered,
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
    Ok(apply::apply(context, &change, TemplateSource::Body(text.to_owned()), None, decide).await?)
}

/// Shows a review and asks where something is risky.
pub(super) fn decide(printer: &Printer, yes: bool, allow_data_loss: bool, review: &Review) -> Result<bool, ApplyError> {
    if printer.verbose() || review.risk() > Risk::Harmless {
        printer.line(&format!("  {} changes:", review.stack));
        for line in review.lines() {
            printer.line(&format!("    {line}"));
        }
    }
    match review.risk() {
        Risk::Harmless => Ok(true),
        Risk::LosesData if yes && !allow_data_loss => Err(CommandError::failed("this deploy would lose data")
            .hint("if that is meant, add `--allow-data-loss`; `stellarr diff` shows what goes")
            .into()),
        _ if yes => Ok(true),
        risk => {
            let question = if risk == Risk::LosesData { "Data is lost. Go on?" } else { "Go on?" };
            Ok(confirm(question, "add `--yes` to go on without being asked")?)
        }
    }
}

/// Renews the lock until it is lost.
async fn keep(lock: &Lock, context: Context<'_>) -> lock::LockError {
    loop {
        context.clock.sleep(lock::HEARTBEAT).await;
        if let Err(lost @ lock::LockError::Lost) = lock.renew(context.clock).await {
            return lost;
        }
    }
}

/// Who deploys, for the lock and the release record.
pub(super) fn who() -> String {
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "somebody".to_owned());
    let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
    format!("{user}@{} (process {})", host.unwrap_or_else(|| "a computer".to_owned()), std::process::id())
}

fn need(outputs: &BTreeMap<String, String>, key: &str) -> Result<String, CommandError> {
    outputs.get(key).cloned().filter(|value| !value.is_empty()).ok_or_else(|| {
        CommandError::failed(format!("the stacks have no output {key}"))
            .hint("run `stellarr deploy` without `--only` to bring them up to date")
    })
}

fn said(changed: bool, what: &str) -> &str {
    if changed { what } else { "nothing to change" }
}

fn merged<const N: usize>(all: [&BTreeMap<String, String>; N]) -> BTreeMap<String, String> {
    all.into_iter().flat_map(|outputs| outputs.clone()).collect()
}

/// What a deploy would change, for `diff` as for the road's own look ahead.
pub(super) async fn survey_of(
    deployment: &Deployment,
    context: Context<'_>,
    built: &Built,
) -> Result<Survey, CommandError> {
    let rendered = render(&deployment.config, RenderOptions { sandbox: deployment.sandbox.is_some() })?;
    let live = deployment.live().await?;
    survey::run(deployment, context, &rendered, built, &live).await
}
