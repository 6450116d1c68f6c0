//! The stacks beside their templates: what differs, and whether a release names what is deployed.

use crate::base::functions;
use crate::config;
use std::collections::BTreeMap;

use crate::base::error::CommandError;
use crate::config::StackKind;
use crate::deployment::{Context, Deployment, Live};
use crate::insight::differences::StackDifference;
use crate::insight::snapshot::Snapshot;
use crate::releases::publish;
use crate::releases::release::Current;
use crate::stacks::parameters::{self, Known};
use crate::stacks::plan;
use crate::stacks::render::Rendered;
use stellarr_aws::{ParameterValue, Stack, Stacks, comparison};

/// A stack beside its template.
pub(crate) struct ComparedStack {
    kind: StackKind,
    /// The deployed template, as CloudFormation shows it.
    shown: Option<String>,
    difference: Option<StackDifference>,
    /// Whether a change set could start from the stack as it is.
    is_stable: bool,
}

impl ComparedStack {
    /// How the stack differs, unless CloudFormation has found already that it does not.
    pub(crate) fn difference_from(&self, current: Option<&Current>) -> Option<&StackDifference> {
        let difference = self.difference.as_ref()?;
        let known = || {
            let (release, kind) = (&current?.release, self.kind.as_str());
            let (in_force, same) = (release.templates.get(kind)?, release.same_templates.get(kind)?);
            let is_known = publish::is_template_key(in_force, kind, self.shown.as_deref()?)
                && *same == publish::template_key(kind, difference.after.as_deref()?);
            Some(self.is_stable && difference.is_only_template() && is_known)
        };
        if known().unwrap_or_default() { None } else { Some(difference) }
    }
}

/// Says whether stacks that are as they should be are in no release.
///
/// # Errors
/// AWS's.
pub(crate) async fn unrecorded(
    context: Context<'_>,
    found: &[ComparedStack],
    rendered: &Rendered,
    snapshot: &Snapshot,
) -> Result<bool, CommandError> {
    let live = &snapshot.live;
    let Some(main) = &live.main else { return Ok(false) };
    let Some(Current { release, .. }) = &snapshot.current else { return Ok(true) };
    let other_code = release
        .code
        .iter()
        .map(|(name, key)| (functions::code_parameter(name), key))
        .any(|(name, key)| main.parameters.get(&name).is_some_and(|deployed| deployed != key));
    if other_code || rendered.stacks.len() != release.templates.len() {
        return Ok(true);
    }
    for found in found {
        let Some(shown) = &found.shown else { continue };
        let Some(key) = release.templates.get(found.kind.as_str()) else { return Ok(true) };
        if !is_recorded(context, live, found.kind, shown, rendered.text(found.kind), key).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Says whether the template that a release names is the deployed one, or as good as it.
async fn is_recorded(
    context: Context<'_>,
    live: &Live,
    kind: StackKind,
    shown: &str,
    text: Option<&str>,
    key: &str,
) -> Result<bool, CommandError> {
    let wanted = text.filter(|text| comparison::shows_text(shown, text));
    if publish::is_template_key(key, kind.as_str(), wanted.unwrap_or(shown)) {
        return Ok(true);
    }
    if wanted.is_some() {
        return Ok(false);
    }
    // An older text is in force, and the one of today would not change the stack.
    if text.is_some_and(|text| key == publish::template_key(kind.as_str(), text)) {
        return Ok(true);
    }
    let Some(bucket) = live.output("ArtifactBucketName") else { return Ok(false) };
    match context.cloud.objects().get(bucket, key).await? {
        Some(stored) => Ok(comparison::is_no_change(shown, &String::from_utf8_lossy(&stored.body))),
        // No release stores the bootstrap stack's, and going back never needs it.
        None => Ok(kind == StackKind::Bootstrap),
    }
}

/// Compares every stack that is there with its template; reads only.
///
/// # Errors
/// AWS's.
pub(crate) async fn stacks(
    deployment: &Deployment,
    context: Context<'_>,
    rendered: &Rendered,
    snapshot: &Snapshot,
) -> Result<Vec<ComparedStack>, CommandError> {
    let looks = StackKind::ALL.map(|kind| async move {
        let stacks = context.cloud.stacks(deployment.region(kind));
        let zone = snapshot.zone.as_deref();
        compare(deployment, stacks.as_ref(), kind, rendered.text(kind), snapshot.stack(kind), zone).await
    });
    futures::future::try_join_all(looks).await
}

async fn compare(
    deployment: &Deployment,
    stacks: &dyn Stacks,
    kind: StackKind,
    text: Option<&str>,
    stack: Option<&Stack>,
    zone: Option<&str>,
) -> Result<ComparedStack, CommandError> {
    let name = deployment.stack_name(kind);
    let difference = |action| StackDifference {
        stack: name.clone(),
        action,
        added: Vec::new(),
        modified: Vec::new(),
        removed: Vec::new(),
        parameters: Vec::new(),
        tags: false,
        protection: false,
        before: None,
        after: text.map(str::to_owned),
        review: None,
    };
    let different = |shown, difference| ComparedStack { kind, shown, difference: Some(difference), is_stable: false };
    let (text, stack) = match (text, stack) {
        (None, None) => return Ok(ComparedStack { kind, shown: None, difference: None, is_stable: true }),
        (None, Some(stack)) => {
            let before = stacks.template(&stack.id).await?;
            return Ok(different(before.clone(), StackDifference { before, ..difference("delete") }));
        }
        (Some(text), None) => {
            let mut created = difference("create");
            created.added = comparison::resources(text).into_keys().collect();
            return Ok(different(None, created));
        }
        (Some(text), Some(stack)) => (text, stack),
    };
    let mut changed = difference("update");
    let shown = stacks.template(&stack.id).await?.unwrap_or_default();
    let same_template = comparison::is_no_change(&shown, text);
    if !same_template {
        let (old, new) = (comparison::resources(&shown), comparison::resources(text));
        changed.added = new.keys().filter(|id| !old.contains_key(*id)).cloned().collect();
        changed.removed = old.keys().filter(|id| !new.contains_key(*id)).cloned().collect();
        changed.modified = new
            .iter()
            .filter(|(id, value)| old.get(*id).is_some_and(|old| !comparison::shows_value(old, value)))
            .map(|(id, _)| id.clone())
            .collect();
        if changed.added.is_empty() && changed.removed.is_empty() && changed.modified.is_empty() {
            changed.modified.push("(outputs, parameters or conditions of the template)".to_owned());
        }
    }
    changed.before = Some(shown.clone());
    changed.parameters = known_parameters(deployment, kind, zone)
        .into_iter()
        .filter_map(|(key, value)| match value {
            ParameterValue::Value(value) => {
                let is_shown = stack.parameters.get(&key).is_some_and(|shown| comparison::shows(shown, &value));
                (!is_shown).then_some(key)
            }
            ParameterValue::Previous => None,
        })
        .collect();
    changed.tags = !comparison::shows_all(&stack.tags, &config::tags(&deployment.config));
    // Of the other stacks it is left as it is.
    let wanted = plan::Plan::new(&deployment.config).stack(StackKind::Bootstrap).is_some_and(|stack| stack.protect);
    changed.protection = kind == StackKind::Bootstrap && stack.termination_protection != wanted;
    let is_stable = stack.status.is_stable();
    let is_settled = same_template && changed.is_only_template() && is_stable;
    Ok(ComparedStack { kind, shown: Some(shown), difference: (!is_settled).then_some(changed), is_stable })
}

/// Parameters whose value is known before anything is deployed.
pub(crate) fn known_parameters(
    deployment: &Deployment,
    kind: StackKind,
    hosted_zone: Option<&str>,
) -> BTreeMap<String, ParameterValue> {
    let known = Known {
        architecture: Some(deployment.target().architecture()),
        upstreams: Some(&deployment.upstreams),
        hosted_zone,
        ..Known::default()
    };
    parameters::resolve(&deployment.config, kind, &known)
}
