//! The pipeline of a deploy and of a rollback: the stages of the picture in ARCHITECTURE.md, from top to bottom.
//!
//! One file a stage. Each gets what the stages before it made, and returns what it made; none calls another.

mod apply;
mod bootstrap;
mod build;
mod compare;
mod decide;
mod dns_records;
mod edge;
mod effects;
mod invalidate;
mod options;
mod outputs;
mod publish;
mod release;
mod secrets;
mod sync;
mod verify;
mod warm;

use std::collections::BTreeMap;
use std::time::Instant;

pub(super) use bootstrap::bootstrap;
pub(super) use decide::decide;
pub use options::Options;
pub use outputs::Wanted;

use self::effects::Effects;
use self::outputs::{Locked, Outputs};
use crate::base::error::CommandError;
use crate::deployment::lock::Lock;
use crate::deployment::{Context, Deployment};
use crate::insight::snapshot::Snapshot;
use crate::releases::built::Built;
use crate::releases::release::ReleaseError;
use crate::secrets::Input;
use crate::ui::Printer;

/// How a deploy or a rollback ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Whether anything changed on AWS.
    pub changed: bool,
    /// Outputs of all stacks.
    pub outputs: BTreeMap<String, String>,
}

/// Builds, deploys, and checks that the site answers.
///
/// # Errors
/// The first stage's that fails; what earlier stages did stays, and the next run picks up.
pub async fn run(
    deployment: &Deployment,
    options: &Options,
    input: &Input,
    printer: &Printer,
) -> Result<(), CommandError> {
    let began = Instant::now();
    let pipeline = Pipeline::new(deployment, options, printer);
    pipeline.announce().await?;
    let outcome = pipeline.deploy(input, pipeline.build()).await?;
    if !options.dry_run {
        pipeline.verify(&outcome, began).await?;
    }
    Ok(())
}

/// Deploys what `build` makes, without a look at the site; for tests, which bring their own cloud.
///
/// # Errors
/// As [`run`].
pub async fn deploy(
    deployment: &Deployment,
    options: &Options,
    input: &Input,
    build: impl Future<Output = Result<Built, CommandError>>,
    printer: &Printer,
) -> Result<Outcome, CommandError> {
    Pipeline::new(deployment, options, printer).deploy(input, build).await
}

/// Puts an earlier release back, as a release of its own; `deployment` has that release's configuration, and `snapshot`
/// was compared with `wanted`.
///
/// # Errors
/// As [`run`].
pub(crate) async fn rollback(
    deployment: &Deployment,
    options: &Options,
    wanted: &Wanted,
    snapshot: Snapshot,
    printer: &Printer,
) -> Result<Outcome, CommandError> {
    let pipeline = Pipeline::new(deployment, options, printer);
    let result = pipeline.put_live(wanted, snapshot, None, &Input::default()).await;
    pipeline.told(result).await
}

/// Checks that the site answers and prints its address, as a deploy does at its end.
///
/// # Errors
/// When the site does not answer.
pub(crate) async fn verify(
    deployment: &Deployment,
    options: &Options,
    outcome: &Outcome,
    printer: &Printer,
    began: Instant,
) -> Result<(), CommandError> {
    Pipeline::new(deployment, options, printer).verify(outcome, began).await
}

/// One run: what all of its stages use.
struct Pipeline<'a> {
    deployment: &'a Deployment,
    context: Context<'a>,
    options: &'a Options,
    effects: Effects,
}

impl<'a> Pipeline<'a> {
    fn new(deployment: &'a Deployment, options: &'a Options, printer: &'a Printer) -> Self {
        Self { deployment, context: deployment.context(printer), options, effects: Effects::default() }
    }

    async fn deploy(
        &self,
        input: &Input,
        build: impl Future<Output = Result<Built, CommandError>>,
    ) -> Result<Outcome, CommandError> {
        // On the heap: the stages together are larger than a thread's stack should hold.
        let result = Box::pin(self.stages(input, build)).await;
        self.told(result).await
    }

    /// Adds to an error what this run left on AWS.
    async fn told(&self, result: Result<Outcome, CommandError>) -> Result<Outcome, CommandError> {
        match result {
            Ok(outcome) => Ok(outcome),
            Err(error) => Err(self.effects.mention(error, self.deployment).await),
        }
    }

    /// The stages that only read, and then those that write, if there is something to do.
    async fn stages(
        &self,
        input: &Input,
        build: impl Future<Output = Result<Built, CommandError>>,
    ) -> Result<Outcome, CommandError> {
        let snapshot = self.look().await?;
        // A release that goes live during the build was made from something newer.
        let built_upon = snapshot.sequence();
        let agreed = self.agree_on_records(&snapshot).await?;
        let built = build.await?;
        let wanted = Wanted::new(self.render()?, built, agreed);
        let snapshot = self.continue_rollbacks(snapshot).await?;
        let snapshot = self.look_for_first_bucket(snapshot).await?;
        let differences = self.compare(&wanted, &snapshot).await?;
        if differences.is_empty() && !self.options.has_new_secrets {
            return Ok(Outcome { changed: false, outputs: snapshot.live.outputs() });
        }
        if self.options.dry_run {
            self.show(&differences, &snapshot);
            return Ok(Outcome { changed: false, outputs: snapshot.live.outputs() });
        }
        self.foresee_secrets(&snapshot, input)?;
        self.foretell(&differences, &snapshot);
        Box::pin(self.put_live(&wanted, snapshot, Some(built_upon), input)).await
    }

    /// The stages that write, under the lock. `built_upon` is the number of the release that has to be current still.
    async fn put_live(
        &self,
        wanted: &Wanted,
        mut snapshot: Snapshot,
        built_upon: Option<u64>,
        input: &Input,
    ) -> Result<Outcome, CommandError> {
        let (bucket, first) = self.bucket_of_lock(wanted, &mut snapshot).await?;
        let lock = Lock::take(self.context.cloud.objects(), &bucket, &who(), self.context.clock).await?;
        let work = Box::pin(async {
            // Nobody else deploys from here on, and what others did before counts.
            let snapshot = snapshot.reread(self.deployment, self.context).await?;
            if built_upon.is_some_and(|sequence| sequence != snapshot.sequence()) {
                return Err(ReleaseError::Stale.into());
            }
            let mut made = Outputs::of(match first {
                Some(bootstrap) => bootstrap,
                None => self.bootstrap(wanted, &snapshot, &lock).await?,
            });
            let bucket = made.bucket()?;
            let locked = Locked { lock: &lock, bucket: &bucket, snapshot: &snapshot, wanted };
            made.secret = Some(self.secrets(&made, input).await?);
            made.code = self.publish(&locked).await?;
            made.stacks = self.apply(&locked, &made).await?;
            self.confirm_code(&locked, &made).await?;
            self.fill_catalogue(&locked, &made).await;
            made.site = self.sync(&locked, &made).await?;
            self.invalidate(&locked, &made).await?;
            self.record_release(&locked, &made).await?;
            self.warm(&made.stacks.outputs).await?;
            Ok(Outcome { changed: true, outputs: made.stacks.outputs })
        });
        lock.during(self.context.clock, work).await
    }
}

/// Who deploys, for the lock and the release record.
pub(super) fn who() -> String {
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "somebody".to_owned());
    let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
    format!("{user}@{} (process {})", host.unwrap_or_else(|| "a computer".to_owned()), std::process::id())
}
