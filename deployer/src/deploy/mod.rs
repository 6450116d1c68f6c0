//! `stellarr deploy`: the straight road.

mod arguments;
mod artifacts;
mod back;
mod bootstrap;
mod conclude;
mod decide;
mod infrastructure;
mod ledger;
mod site;
mod takeover;
mod templates;

use crate::config;
use crate::insight::outlook;
use crate::releases::built::Built;
use std::collections::BTreeMap;
use std::time::Instant;

pub use arguments::DeployArgs;
pub(super) use back::{Destination, conclude, go_back, survey_back};
pub(super) use bootstrap::bootstrap;
pub(super) use decide::decide;

use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::config::StackKind;
use crate::deployment::lock::Lock;
use crate::deployment::{Context, Deployment, Live};
use crate::insight::difference::Survey;
use crate::insight::{doctor, survey};
use crate::options::Global;
use crate::releases::release::{self, ReleaseError};
use crate::releases::{publish, upgrade};
use crate::secrets::{self, Input};
use crate::stacks::adoption;
use crate::stacks::apply::{ApplyError, Review};
use crate::stacks::render::{RenderOptions, Rendered, render};
use crate::ui::{Printer, can_ask, count};

use self::ledger::Ledger;
use self::takeover::Agreed;

/// Deploys.
///
/// # Errors
/// The first stage's that fails; what earlier stages did stays, and the next run picks up.
pub async fn run(global: &Global, arguments: &DeployArgs, printer: &Printer) -> Result<(), CommandError> {
    let began = Instant::now();
    let deployment = Deployment::open(global, printer, true).await?;
    let context = deployment.context(printer);
    let mut input = Input::gather(arguments.secrets.as_deref(), |key| std::env::var(key).ok())?;
    if deployment.sandbox.is_none() {
        input = input.with_pending(&deployment.config_path)?;
    }
    let road =
        Road { deployment: &deployment, context, arguments, input, ledger: Ledger::default(), agreed: Agreed::new() };
    let outcome = road.travel().await?;
    if !arguments.dry_run {
        road.conclude(&outcome, began).await?;
    }
    Ok(())
}

/// Deploys `deployment` with what `build` makes; for tests, which bring their own cloud.
///
/// # Errors
/// As [`run`].
pub async fn deploy(
    deployment: &Deployment,
    arguments: &DeployArgs,
    input: Input,
    build: impl Future<Output = Result<Built, CommandError>>,
    printer: &Printer,
) -> Result<Outcome, CommandError> {
    let road = Road {
        deployment,
        context: deployment.context(printer),
        arguments,
        input,
        ledger: Ledger::default(),
        agreed: Agreed::new(),
    };
    let live = doctor::preflight(deployment, road.context).await?;
    road.agree_on_records(&live).await?;
    road.travel_with(build).await
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
    ledger: Ledger,
    agreed: Agreed,
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
        let live = doctor::preflight(self.deployment, self.context).await?;
        self.agree_on_records(&live).await?;
        self.travel_with(self.build()).await
    }

    async fn travel_with(
        &self,
        build: impl Future<Output = Result<Built, CommandError>>,
    ) -> Result<Outcome, CommandError> {
        // Looked at first: whoever goes live while this one builds has built from something newer.
        let seen = self.sequence().await?;
        let built = build.await?;
        match self.bring_up(built, seen).await {
            Ok(outcome) => Ok(outcome),
            Err(error) => Err(self.ledger.mention(error, self.deployment).await),
        }
    }

    /// The number of the release that is live, 0 before the first; none where no stack tells.
    async fn sequence(&self) -> Result<Option<u64>, CommandError> {
        let stacks = self.context.cloud.stacks(self.deployment.region(StackKind::Bootstrap));
        let bootstrap = stacks.describe(&self.deployment.stack_name(StackKind::Bootstrap)).await?;
        let Some(bucket) = bootstrap.as_ref().and_then(|stack| stack.outputs.get("ArtifactBucketName")) else {
            return Ok(None);
        };
        let current = release::current(self.context.cloud.objects().as_ref(), bucket).await?;
        Ok(Some(current.map_or(0, |current| current.release.sequence)))
    }

    async fn bring_up(&self, built: Built, seen: Option<u64>) -> Result<Outcome, CommandError> {
        let rendered = self.render()?;
        if self.arguments.continue_rollback {
            self.continue_rollbacks().await?;
        }
        let mut live = self.deployment.live().await?;
        for kind in StackKind::ALL {
            if let Some(stack) = self.ledger.confirmed(kind) {
                live.set(kind, stack);
            }
        }
        if live.main.is_none() && !self.arguments.only.is_empty() {
            return Err(CommandError::usage(
                "`--only` changes parts of a deployment that exists, and there is none yet",
            )
            .code(Code::NotDeployed)
            .hint("run `stellarr deploy` once without it"));
        }
        // A deployment whose bootstrap stack is gone left its bucket and its secret behind.
        let left = adoption::look_beside(self.deployment, self.context, &live).await?;
        let seen = seen.or(left.bucket().is_none().then_some(0));
        let bucket = live.output("ArtifactBucketName").or(left.bucket());
        if let Some(bucket) = bucket {
            let deployed = upgrade::deployed_by(self.context.cloud.objects().as_ref(), bucket).await?;
            upgrade::check(deployed, self.arguments.allow_downgrade, self.context.printer)?;
        }
        let survey = survey::run(self.deployment, self.context, &rendered, &built, &live).await?;
        if survey.is_empty() && self.arguments.secrets.is_none() {
            return Ok(Outcome { changed: false, outputs: live.outputs() });
        }
        if self.arguments.dry_run {
            self.dry_run(&survey, &live).await;
            return Ok(Outcome { changed: false, outputs: live.outputs() });
        }
        if live.bootstrap.is_none() && !left.has_secret() && self.deployment.sandbox.is_none() {
            secrets::foresee(&self.input, can_ask())?;
        }
        self.foretell(&survey, &live).await;

        // Only a first deploy has no bucket yet to hold the lock; CloudFormation itself keeps two of those apart.
        let clock = self.context.clock;
        let Some(bucket) = bucket else {
            let bootstrap = self.bootstrap(&rendered, &live, None).await?;
            let lock = self.lock(&need(&bootstrap, "ArtifactBucketName")?).await?;
            return lock.during(clock, self.locked(&rendered, built, &live, &bootstrap, seen, &lock)).await;
        };
        let lock = self.lock(bucket).await?;
        let work = async {
            let bootstrap = self.bootstrap(&rendered, &live, Some(&lock)).await?;
            self.locked(&rendered, built, &live, &bootstrap, seen, &lock).await
        };
        lock.during(clock, work).await
    }

    async fn lock(&self, bucket: &str) -> Result<Lock, CommandError> {
        Ok(Lock::take(self.context.cloud.objects(), bucket, &who(), self.context.clock).await?)
    }

    /// Says what would happen.
    async fn dry_run(&self, survey: &Survey, live: &Live) {
        let outlook = outlook::of(self.context, live, survey, &self.deployment.config).await;
        self.context.printer.data(&outlook.text(self.deployment.sandbox.is_some()));
        if self.context.printer.verbose() {
            self.context.printer.data(&survey.text());
        }
    }

    /// Says how long the stacks will take, how the price changes and whose rights widen.
    async fn foretell(&self, survey: &Survey, live: &Live) {
        if survey.stacks.is_empty() {
            return;
        }
        let outlook = outlook::of(self.context, live, survey, &self.deployment.config).await;
        let lines = outlook.rights_lines().into_iter();
        let figures = outlook.figures().into_iter().filter(|_| self.deployment.sandbox.is_none());
        for line in lines.chain(figures) {
            self.context.printer.line(&line);
        }
    }

    /// Everything between taking the lock and letting it go.
    async fn locked(
        &self,
        rendered: &Rendered,
        built: Built,
        live: &Live,
        bootstrap: &BTreeMap<String, String>,
        seen: Option<u64>,
        lock: &Lock,
    ) -> Result<Outcome, CommandError> {
        let bucket = &need(bootstrap, "ArtifactBucketName")?;
        let objects = self.context.cloud.objects();
        let current = release::current(objects.as_ref(), bucket).await?;
        let sequence = current.as_ref().map_or(0, |current| current.release.sequence);
        if seen.is_some_and(|seen| seen != sequence) {
            return Err(ReleaseError::Stale.into());
        }
        let sequence = sequence + 1;

        let secret = self.secrets(bootstrap).await?;
        let code = self.publish(bucket, &built.functions).await?;
        let outputs = self.apply(rendered, live, bootstrap, &secret, &built.functions, &code, bucket, lock).await?;
        publish::confirm(self.context, bucket, &code, &outputs, lock).await?;
        if current.is_none() {
            self.fill_catalogue(&outputs).await;
        }
        let site = self.site(bucket, &outputs, built.site, current.as_ref(), sequence, lock).await?;
        let templates = self.templates(bucket, rendered, current.as_ref()).await?;
        let release = self.record(templates, code, site, current.as_ref(), sequence);
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

    fn tags(&self) -> BTreeMap<String, String> {
        config::tags(&self.deployment.config)
    }

    /// Shows a review and asks where something is risky.
    fn decide(&self, review: &Review) -> Result<bool, ApplyError> {
        decide(self.context.printer, self.arguments.yes, self.arguments.allow_data_loss, review)
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
            .code(Code::NotDeployed)
            .hint("run `stellarr deploy` without `--only` to bring them up to date")
    })
}

fn said(changed: bool, what: &str) -> &str {
    if changed { what } else { "nothing to change" }
}

fn merged<const N: usize>(all: [&BTreeMap<String, String>; N]) -> BTreeMap<String, String> {
    all.into_iter().flat_map(|outputs| outputs.clone()).collect()
}
