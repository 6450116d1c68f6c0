//! What a deploy would change: the same look for `diff`, `--dry-run` and the no-op.

use serde::Serialize;

use crate::base::error::CommandError;
use crate::commands::deploy::Built;
use crate::config::Config;
use crate::deployment::Context;
use crate::deployment::{Deployment, Live};
use crate::domain::zone;
use crate::insight::outlook::Outlook;
use crate::insight::stack_comparison::{known_parameters, stacks, unrecorded};
use crate::releases::publish;
use crate::releases::release::{self, Current};
use crate::site::invalidate;
use crate::site::manifest::{Manifest, Site, SiteChanges};
use crate::site::sync::Held;
use crate::stacks::apply::{self, Review, StackChange};
use crate::stacks::parameters::code_parameter;
use crate::stacks::plan::{self, declared};
use crate::stacks::render::{Rendered, StackKind};
use stellarr_aws::ParameterValue;
use stellarr_aws::template;

/// Differences between what is deployed and what would be.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Survey {
    /// Stacks that differ, in the order in which they are deployed.
    pub stacks: Vec<StackDifference>,
    /// Functions whose code differs.
    pub functions: Vec<FunctionDifference>,
    /// How the site differs; none when it was not built.
    pub site: Option<SiteChanges>,
    /// Paths that the site bucket lacks although the release record names them.
    pub missing: Vec<String>,
    /// Paths that an invalidation would name.
    pub invalidation: Vec<String>,
    /// What is deployed is in no release record: the deploy that brought it ended before it wrote one.
    pub unrecorded: bool,
}

/// How one stack differs.
#[derive(Clone, Debug, Serialize)]
pub struct StackDifference {
    /// Its name.
    pub stack: String,
    /// `create`, `update` or `delete`.
    pub action: &'static str,
    /// Logical ids that only the new template has.
    pub added: Vec<String>,
    /// Logical ids whose definition differs.
    pub modified: Vec<String>,
    /// Logical ids that only the deployed template has.
    pub removed: Vec<String>,
    /// Names of parameters whose value differs; code keys are shown as functions.
    pub parameters: Vec<String>,
    /// Whether the stack's tags differ.
    pub tags: bool,
    /// Whether the stack's protection against deletion differs.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub protection: bool,
    /// The deployed template, where it had to be read.
    #[serde(skip)]
    pub before: Option<String>,
    /// The template that would be deployed.
    #[serde(skip)]
    pub after: Option<String>,
    /// What CloudFormation says that it would do, where it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
}

/// How one function's code differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FunctionDifference {
    /// Short name.
    pub function: String,
    /// SHA-256 of the deployed zip; none when it was never deployed.
    pub from: Option<String>,
    /// SHA-256 of the new zip.
    pub to: String,
}

impl StackDifference {
    /// Says whether nothing but the template differs.
    #[must_use]
    pub fn is_only_template(&self) -> bool {
        self.action == "update" && self.parameters.is_empty() && !self.tags && !self.protection
    }
}

impl Survey {
    /// Says whether a deploy would change nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stacks.is_empty()
            && self.functions.is_empty()
            && self.site.as_ref().is_none_or(SiteChanges::is_empty)
            && self.missing.is_empty()
            && !self.unrecorded
    }

    /// Lays it out for people.
    #[must_use]
    pub fn text(&self) -> String {
        if self.is_empty() {
            return "Nothing would change.".to_owned();
        }
        let mut lines = Vec::new();
        for stack in &self.stacks {
            lines.push(format!("{} the stack {}", stack.action, stack.stack));
            match &stack.review {
                Some(review) => lines.extend(review.lines().into_iter().map(|line| format!("  {line}"))),
                None => {
                    for (sign, ids) in [("+", &stack.added), ("~", &stack.modified), ("-", &stack.removed)] {
                        lines.extend(ids.iter().map(|id| format!("  {sign} {id}")));
                    }
                }
            }
            if !stack.parameters.is_empty() {
                lines.push(format!("  ~ parameters: {}", stack.parameters.join(", ")));
            }
            if stack.tags {
                lines.push("  ~ tags".to_owned());
            }
            if stack.protection {
                lines.push("  ~ protection of the stack against deletion".to_owned());
            }
        }
        for function in &self.functions {
            let from = function.from.as_deref().map_or("nothing", |hash| &hash[..hash.len().min(12)]);
            lines.push(format!("function {}: code {from} → {}", function.function, &function.to[..12]));
        }
        if let Some(site) = &self.site {
            for (sign, paths) in [("+", &site.added), ("~", &site.modified), ("-", &site.removed)] {
                lines.extend(paths.iter().map(|path| format!("site {sign} {path}")));
            }
        }
        for path in &self.missing {
            lines.push(format!("site ! {path} is missing in the bucket"));
        }
        if self.unrecorded {
            lines
                .push("file what is deployed as a release: the deploy that brought it did not get that far".to_owned());
        }
        if !self.invalidation.is_empty() {
            lines.push(format!("invalidate {}", self.invalidation.join(" ")));
        }
        lines.join("\n")
    }
}

/// Compares what is deployed with what would be; reads only.
///
/// # Errors
/// AWS's.
pub async fn run(
    deployment: &Deployment,
    context: Context<'_>,
    rendered: &Rendered,
    built: &Built,
    live: &Live,
) -> Result<Survey, CommandError> {
    let mut survey = Survey::default();
    let current = async {
        let Some(bucket) = live.output("ArtifactBucketName") else { return Ok(None) };
        Ok::<_, CommandError>(release::current(context.cloud.objects().as_ref(), bucket).await?)
    };
    let looks = (stacks(deployment, context, rendered, live), functions(context, built, live), current);
    let (found, functions, current) = tokio::try_join!(looks.0, looks.1, looks.2)?;
    survey.stacks = found.iter().filter_map(|found| found.difference_from(current.as_ref())).cloned().collect();
    survey.functions = functions;
    if survey.stacks.is_empty() {
        survey.unrecorded = unrecorded(context, &found, rendered, live, current.as_ref()).await?;
    }
    if let Some(site) = &built.site {
        look_at_site(context, site, live, current.as_ref(), &mut survey).await?;
    }
    Ok(survey)
}

/// Compares the code of each function by what Lambda runs, not only by what the stack's parameter names.
async fn functions(context: Context<'_>, built: &Built, live: &Live) -> Result<Vec<FunctionDifference>, CommandError> {
    let looks = built.functions.artifacts.iter().map(|artifact| async move {
        let key = live.main.as_ref().and_then(|stack| stack.parameters.get(&code_parameter(&artifact.function)));
        let mut from = key.and_then(|key| publish::hash_in(key)).map(str::to_owned);
        if from.as_deref() == Some(&artifact.sha256) {
            let runs = publish::running_code(context, live, &artifact.function).await?;
            from = runs.or(from);
        }
        Ok::<_, CommandError>((from.as_deref() != Some(&artifact.sha256)).then(|| FunctionDifference {
            function: artifact.function.clone(),
            from,
            to: artifact.sha256.clone(),
        }))
    });
    Ok(futures::future::try_join_all(looks).await?.into_iter().flatten().collect())
}

async fn look_at_site(
    context: Context<'_>,
    site: &Site,
    live: &Live,
    current: Option<&Current>,
    survey: &mut Survey,
) -> Result<(), CommandError> {
    let (Some(artifacts), Some(bucket)) = (live.output("ArtifactBucketName"), live.output("FrontendBucketName")) else {
        survey.site = Some(site.manifest.changes_from(&Manifest::default()));
        return Ok(());
    };
    let objects = context.cloud.objects();
    let deployed = match current {
        Some(current) => release::manifest(objects.as_ref(), artifacts, &current.release).await?,
        None => Manifest::default(),
    };
    let changes = site.manifest.changes_from(&deployed);
    let held = Held::list(objects.as_ref(), bucket).await?;
    let mut missing = held.missing(&site.manifest, &deployed);
    survey.invalidation = invalidate::paths(&held.stale(&changes, &missing));
    missing.retain(|path| !changes.added.contains(path) && !changes.modified.contains(path));
    survey.missing = missing;
    survey.site = Some(changes);
    Ok(())
}

/// Parameters of a template that have no default.
fn needed(text: &str) -> Vec<String> {
    let parsed = template::parse(text).unwrap_or_default();
    let all = parsed["Parameters"].as_object().into_iter().flatten();
    all.filter(|(_, parameter)| parameter.get("Default").is_none()).map(|(name, _)| name.clone()).collect()
}

/// Judges what was found, against the release that is live.
pub async fn outlook(context: Context<'_>, live: &Live, survey: &Survey, wanted: &Config) -> Outlook {
    let deployed = if survey.is_empty() { None } else { deployed_config(context, live).await };
    let deployed = deployed.or_else(|| survey.is_empty().then(|| wanted.clone()));
    Outlook::new(survey, deployed.as_ref(), wanted)
}

/// The configuration of the release that is live. One that can't be read only leaves a comparison out.
async fn deployed_config(context: Context<'_>, live: &Live) -> Option<Config> {
    let objects = context.cloud.objects();
    let current = release::current(objects.as_ref(), live.output("ArtifactBucketName")?).await.ok()??;
    serde_json::from_value(current.release.config).ok()
}

/// Asks CloudFormation what it would do with each stack that differs and exists, by a change set that is deleted again.
///
/// # Errors
/// As [`apply::preview`].
pub async fn review(
    deployment: &Deployment,
    context: Context<'_>,
    rendered: &Rendered,
    live: &Live,
    survey: &mut Survey,
) -> Result<(), CommandError> {
    let zone = zone::of(context, &deployment.config).await?;
    for (kind, stack) in
        [(StackKind::Bootstrap, &live.bootstrap), (StackKind::Edge, &live.edge), (StackKind::Main, &live.main)]
    {
        let name = deployment.stack_name(kind);
        let Some(difference) = survey.stacks.iter_mut().find(|stack| stack.stack == name) else { continue };
        let (Some(text), Some(stack)) = (rendered.text(kind), stack) else { continue };
        let mut parameters = declared(text, known_parameters(deployment, kind, zone.as_deref()));
        // A parameter that the stack does not have yet can only be reviewed with a value of its own.
        parameters.retain(|key, value| matches!(value, ParameterValue::Value(_)) || stack.parameters.contains_key(key));
        // One that comes from a stack that is not there yet has none: then the templates alone are compared.
        if needed(text).iter().any(|name| !parameters.contains_key(name)) {
            continue;
        }
        let change = StackChange {
            name,
            region: deployment.region(kind).to_owned(),
            template: Some(text.to_owned()),
            parameters,
            tags: plan::tags(&deployment.config),
            protect: stack.termination_protection,
        };
        let source = match live.output("ArtifactBucketName") {
            Some(bucket) if text.len() > 51_200 => {
                let objects = context.cloud.objects();
                let key = crate::releases::publish::template(objects.as_ref(), bucket, kind.as_str(), text).await?;
                stellarr_aws::TemplateSource::Url(objects.template_url(bucket, &key))
            }
            _ => stellarr_aws::TemplateSource::Body(text.to_owned()),
        };
        let only_template = difference.is_only_template();
        difference.review = apply::preview(context, &change, source).await?;
        if difference.review.is_none() && only_template {
            // CloudFormation counts what differs as no change.
            survey.stacks.retain(|stack| stack.stack != change.name);
        }
    }
    Ok(())
}
