//! Going back: an earlier release's templates, code and site become what is live, as a release of their own.

use crate::releases::built::Built;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use super::ledger::Ledger;
use super::takeover::Agreed;
use super::{DeployArgs, Outcome, Road, need, who};
use crate::base::artifact::{Artifact, FunctionBuild};
use crate::base::error::CommandError;
use crate::deployment::lock::Lock;
use crate::deployment::{Context, Deployment, Live};
use crate::insight::difference::Survey;
use crate::insight::survey;
use crate::releases::release::{self, Release};
use crate::releases::{history, publish};
use crate::secrets::Input;
use crate::site::manifest::{Manifest, Site};
use crate::stacks::render::Rendered;
use crate::ui::Printer;

/// Where to go back to.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    /// The release.
    pub release: Release,
    /// Its templates; of the bootstrap stack the one in force.
    pub rendered: Rendered,
    /// Its site.
    pub manifest: Manifest,
}

impl Destination {
    /// The release as if it had been built just now.
    fn built(&self, architecture: &'static str) -> Built {
        let artifact = |(function, key): (&String, &String)| Artifact {
            function: function.clone(),
            path: PathBuf::new(),
            sha256: publish::hash_in(key).unwrap_or_default().to_owned(),
            size: 0,
        };
        let artifacts = self.release.code.iter().map(artifact).collect();
        let site = self.release.site.is_some().then(|| Site::of(self.manifest.clone(), BTreeMap::new()));
        Built { functions: FunctionBuild { architecture, artifacts }, site }
    }
}

/// What going back would change.
///
/// # Errors
/// AWS's.
pub(crate) async fn survey_back(
    then: &Deployment,
    context: Context<'_>,
    to: &Destination,
    live: &Live,
) -> Result<Survey, CommandError> {
    survey::run(then, context, &to.rendered, &to.built(then.target().architecture()), live).await
}

/// Goes back; `then` is the deployment with the release's own configuration.
///
/// # Errors
/// The first stage's that fails; the next run picks up.
pub(crate) async fn go_back(
    then: &Deployment,
    arguments: &DeployArgs,
    to: &Destination,
    live: &Live,
    printer: &Printer,
) -> Result<Outcome, CommandError> {
    let road = Road {
        deployment: then,
        context: then.context(printer),
        arguments,
        input: Input::default(),
        ledger: Ledger::default(),
        agreed: Agreed::new(),
    };
    let bucket = live.need("ArtifactBucketName")?;
    let lock = Lock::take(road.context.cloud.objects(), bucket, &who(), road.context.clock).await?;
    match lock.during(road.context.clock, road.back(to, live, bucket, &lock)).await {
        Ok(outcome) => Ok(outcome),
        Err(error) => Err(road.ledger.mention(error, then).await),
    }
}

/// Checks the site and says where it is, as a deploy does at its end.
///
/// # Errors
/// When the site does not answer.
pub(crate) async fn conclude(
    then: &Deployment,
    arguments: &DeployArgs,
    outcome: &Outcome,
    printer: &Printer,
    began: Instant,
) -> Result<(), CommandError> {
    let road = Road {
        deployment: then,
        context: then.context(printer),
        arguments,
        input: Input::default(),
        ledger: Ledger::default(),
        agreed: Agreed::new(),
    };
    road.conclude(outcome, began).await
}

impl Road<'_> {
    /// Everything between taking the lock and letting it go.
    async fn back(&self, to: &Destination, live: &Live, bucket: &str, lock: &Lock) -> Result<Outcome, CommandError> {
        let objects = self.context.cloud.objects();
        let current = release::current(objects.as_ref(), bucket).await?;
        let sequence = current.as_ref().map_or(1, |current| current.release.sequence + 1);
        // The release of the bootstrap stack stays, and with it the data and the secret's present values.
        let bootstrap = self.bootstrap(&to.rendered, live, Some(lock)).await?;
        let secret = self.secrets(&bootstrap).await?;
        let code = &to.release.code;
        for key in code.values() {
            publish::verify(self.context, bucket, key).await?;
        }
        let functions = FunctionBuild { architecture: self.deployment.target().architecture(), artifacts: Vec::new() };
        let outputs = self.apply(&to.rendered, live, &bootstrap, &secret, &functions, code, bucket, lock).await?;
        publish::confirm(self.context, bucket, code, &outputs, lock).await?;
        let site = match &current {
            Some(current) if to.release.site.is_some() => {
                let shown = release::manifest(objects.as_ref(), bucket, &current.release).await?;
                let frontend = need(&outputs, "FrontendBucketName")?;
                Some(history::site(objects.as_ref(), &frontend, to.manifest.clone(), &shown).await?)
            }
            _ => None,
        };
        let site = self.site(bucket, &outputs, site, current.as_ref(), sequence, lock).await?;
        let templates = self.templates(bucket, &to.rendered, current.as_ref()).await?;
        let release = Release {
            restores: Some(to.release.origin()),
            ..self.record(templates, code.clone(), site, current.as_ref(), sequence)
        };
        lock.check().await?;
        release::publish(objects.as_ref(), bucket, &release, current.as_ref()).await?;
        self.warm(&outputs).await?;
        Ok(Outcome { changed: true, outputs })
    }
}
