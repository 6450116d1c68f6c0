//! What is no longer as it was deployed: CloudFormation's own look at its stacks, and ours at what it does not see.

mod repair;
mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

pub use repair::{repair, restore_site};

use crate::base::error::CommandError;
use crate::base::functions::Function;
use crate::config::StackKind;
use crate::deployment::{Context, Deployment, Live};
use crate::releases::{publish, release};
use crate::secrets::{self, KEYS};
use crate::site::manifest::Manifest;
use crate::site::sync::Held;
use crate::ui::Progress;
use stellarr_aws::{DriftDetection, DriftedResource, ParameterValue};

/// Looks at a detection before it is given up: ten minutes.
const MAX_POLLS: u32 = 300;
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// What was found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Findings {
    /// Resources that are not as their templates say, by stack.
    pub resources: BTreeMap<String, Vec<DriftedResource>>,
    /// Stacks that CloudFormation could not look at in full, with its words.
    pub unseen: BTreeMap<String, String>,
    /// Functions that run other code than was deployed.
    pub functions: Vec<String>,
    /// Files of the site that are missing or other than was deployed.
    pub site: Vec<String>,
    /// Files in the site's bucket that no deploy put there.
    pub stray: Vec<String>,
    /// Keys that the secret lacks.
    pub secret: Vec<String>,
}

impl Findings {
    /// Says whether everything is as it was deployed. A file more in the bucket, which no page names, counts as that.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.functions.is_empty() && self.site.is_empty() && self.secret.is_empty()
    }

    /// Lays it out for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        for (stack, resources) in &self.resources {
            lines.push(format!("in the stack {stack}:"));
            lines.extend(resources.iter().flat_map(words::sentences).map(|line| format!("  {line}")));
        }
        for function in &self.functions {
            lines.push(format!("the function {function} runs other code than was deployed"));
        }
        for path in &self.site {
            lines.push(format!("the site's file {path} is missing or was changed"));
        }
        for key in &self.secret {
            lines.push(format!("the secret lacks {key}"));
        }
        if lines.is_empty() {
            lines.push("Everything is as it was deployed.".to_owned());
        }
        for path in &self.stray {
            lines.push(format!("note: the site's bucket holds {path}, which no deploy put there"));
        }
        for (stack, why) in &self.unseen {
            lines.push(format!("note: CloudFormation could not look at all of {stack}: {why}"));
        }
        lines.join("\n")
    }
}

/// Looks at everything; changes nothing.
///
/// # Errors
/// AWS's.
pub async fn look(deployment: &Deployment, context: Context<'_>, live: &Live) -> Result<Findings, CommandError> {
    let _progress = Progress::start(context.printer, "comparing what is there with what was deployed");
    let (bootstrap, edge, main, functions, site, secret) = tokio::join!(
        stack(deployment, context, live, StackKind::Bootstrap),
        stack(deployment, context, live, StackKind::Edge),
        stack(deployment, context, live, StackKind::Main),
        functions(context, live),
        site(context, live),
        secret(context, live),
    );
    let (site, stray) = site?;
    let mut found = Findings { functions: functions?, site, stray, secret: secret?, ..Findings::default() };
    for (name, resources, unseen) in [bootstrap?, edge?, main?].into_iter().flatten() {
        if !resources.is_empty() {
            found.resources.insert(name.clone(), resources);
        }
        if let Some(unseen) = unseen {
            found.unseen.insert(name, unseen);
        }
    }
    Ok(found)
}

async fn stack(
    deployment: &Deployment,
    context: Context<'_>,
    live: &Live,
    kind: StackKind,
) -> Result<Option<(String, Vec<DriftedResource>, Option<String>)>, CommandError> {
    let stack = match kind {
        StackKind::Bootstrap => &live.bootstrap,
        StackKind::Edge => &live.edge,
        StackKind::Main => &live.main,
    };
    let Some(name) = stack.as_ref().map(|stack| stack.name.clone()) else { return Ok(None) };
    let stacks = context.cloud.stacks(deployment.region(kind));
    let detection = stacks.detect_drift(&name).await?;
    for _ in 0..MAX_POLLS {
        let unseen = match stacks.drift_detection(&detection).await? {
            DriftDetection::Running => {
                context.clock.sleep(POLL_INTERVAL).await;
                continue;
            }
            DriftDetection::Complete => None,
            DriftDetection::Failed(why) => Some(why),
        };
        return Ok(Some((name.clone(), stacks.drifted(&name).await?, unseen)));
    }
    Ok(Some((name, Vec::new(), Some("it is still looking after ten minutes".to_owned()))))
}

/// Functions whose code is not what the stack's parameter names.
async fn functions(context: Context<'_>, live: &Live) -> Result<Vec<String>, CommandError> {
    let mut other = Vec::new();
    for function in Function::ALL {
        let name = function.name();
        let key = live.main.as_ref().and_then(|stack| stack.parameters.get(&function.code_parameter()));
        let Some(wanted) = key.and_then(|key| publish::hash_in(key)) else { continue };
        // A function that is gone is CloudFormation's to tell.
        if publish::running_code(context, live, name).await?.is_some_and(|runs| runs != wanted) {
            other.push(name.to_owned());
        }
    }
    Ok(other)
}

/// Files that are missing or other, and files that nobody deployed.
async fn site(context: Context<'_>, live: &Live) -> Result<(Vec<String>, Vec<String>), CommandError> {
    let (artifacts, bucket) = (live.need("ArtifactBucketName")?, live.need("FrontendBucketName")?);
    let objects = context.cloud.objects();
    let Some(current) = release::current(objects.as_ref(), artifacts).await? else {
        return Ok((Vec::new(), Vec::new()));
    };
    let manifest = release::manifest(objects.as_ref(), artifacts, &current.release).await?;
    let held = Held::list(objects.as_ref(), bucket).await?;
    let missing = held.missing(&manifest, &Manifest::default());
    let known = |key: &String| manifest.0.contains_key(key) || current.release.retired.contains_key(key);
    Ok((missing, held.paths().filter(|path| !known(path)).cloned().collect()))
}

/// Keys that the site cannot work without.
async fn secret(context: Context<'_>, live: &Live) -> Result<Vec<String>, CommandError> {
    let document = secrets::read(context, live.need("AppSecretArn")?).await?;
    let mut lacking: Vec<String> =
        KEYS.iter().filter(|key| key.required && document.is_empty(key.name)).map(|key| key.name.to_owned()).collect();
    let generation = live.main.as_ref().and_then(|stack| stack.parameters.get("OriginVerifyGeneration"));
    if let Some(generation) = generation {
        let key = format!("ORIGIN_VERIFY_{generation}");
        if document.is_empty(&key) {
            lacking.push(key);
        }
    }
    Ok(lacking)
}

/// Parameters that all keep their values.
fn unchanged(stack: &stellarr_aws::Stack) -> BTreeMap<String, ParameterValue> {
    stack.parameters.keys().map(|name| (name.clone(), ParameterValue::Previous)).collect()
}
