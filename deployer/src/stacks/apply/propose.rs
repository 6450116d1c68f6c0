//! Change sets: asked for, waited for, and looked at.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;

use super::verify::Asked;
use super::{ApplyError, Readiness, Review, StackChange, assess, words};
use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::deployment::Context;
use crate::ui::Progress;
use stellarr_aws::{
    AwsErrorKind, ChangeSet, ChangeSetKind, ChangeSetRequest, ParameterValue, Stack, Stacks, TemplateSource,
};

/// How often a change set is asked for, where each time another one bears its name.
const MAX_ATTEMPTS: usize = 3;

/// What the name of a change set of `diff` begins with, after `stellarr-`.
const PREVIEW: &str = "diff-";
/// How long a change set that was just made may be unknown: CloudFormation's answers can be older than the request.
const VISIBILITY_TIMEOUT: SignedDuration = SignedDuration::from_secs(60);
/// How long CloudFormation gets to work out a change set.
const PROPOSAL_TIMEOUT: SignedDuration = SignedDuration::from_mins(15);

/// A name that is unique to this run and cannot be guessed.
pub(super) fn unique_name(purpose: &str) -> Result<String, ApplyError> {
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes)
        .map_err(|error| CommandError::failed(format!("the system has no randomness: {error}")))?;
    Ok(format!("stellarr-{purpose}{}", hex::encode(bytes)))
}

/// A change set to ask for.
pub(super) struct Proposal<'a> {
    /// The request; each try gives it a name and a token of its own.
    pub(super) request: ChangeSetRequest,
    /// What its name begins with, after `stellarr-`.
    pub(super) purpose: &'static str,
    /// The text of its template; none where it is the stack's own.
    pub(super) text: Option<&'a str>,
    /// The stack that it changes; none before its creation.
    pub(super) live: Option<&'a Stack>,
}

impl<'a> Proposal<'a> {
    pub(super) fn new(
        change: &'a StackChange,
        kind: ChangeSetKind,
        template: TemplateSource,
        live: Option<&'a Stack>,
    ) -> Self {
        let request = ChangeSetRequest {
            stack: change.name.clone(),
            name: String::new(),
            kind,
            imports: Vec::new(),
            template,
            parameters: change.parameters.clone(),
            tags: change.tags.clone(),
            token: String::new(),
            revert_drift: false,
        };
        Self { request, purpose: "", text: change.template.as_deref(), live }
    }

    /// A change set that puts the stack back where its template says; `parameters` keep the stack's values.
    pub(super) fn revert(live: &'a Stack, parameters: BTreeMap<String, ParameterValue>) -> Self {
        let request = ChangeSetRequest {
            stack: live.name.clone(),
            name: String::new(),
            kind: ChangeSetKind::Update,
            imports: Vec::new(),
            template: TemplateSource::Previous,
            parameters,
            tags: live.tags.clone(),
            token: String::new(),
            revert_drift: true,
        };
        Self { request, purpose: "drift-", text: None, live: Some(live) }
    }
}

/// A change set that is ready to be executed and matches the request.
pub(super) struct Proposed {
    /// Name of its stack.
    pub(super) stack: String,
    pub(super) change_set: ChangeSet,
    /// The token for its execution.
    pub(super) token: String,
}

/// Deletes change sets that earlier runs of ours left. Those of other people are theirs.
///
/// A stack that does not exist yet has no lock: there another first deploy may wait for its answer, so only what failed
/// goes. A `diff` has no lock either, and may be reading its change set now. The first change set that is executed voids
/// the rest, so one that cannot be deleted does no harm.
pub(super) async fn clear_away(stacks: &dyn Stacks, stack: &str, kind: ChangeSetKind) {
    for old in stacks.list_change_sets(stack).await.unwrap_or_default() {
        let is_over = old.status == "FAILED"
            || (kind != ChangeSetKind::Create
                && old.status == "CREATE_COMPLETE"
                && !old.name.starts_with(&format!("stellarr-{PREVIEW}")));
        if old.name.starts_with("stellarr-") && is_over {
            let _ = stacks.delete_change_set(stack, &old.id).await;
        }
    }
}

/// Makes the change set and waits for it; none when there is nothing to change.
///
/// A change set that turns out to be another one is deleted, and asked for under another name.
pub(super) async fn propose(
    context: Context<'_>,
    stacks: &dyn Stacks,
    proposal: &Proposal<'_>,
) -> Result<Option<Proposed>, ApplyError> {
    let stack = &proposal.request.stack;
    let _progress = Progress::start(context.printer, format!("{stack}: working out what changes"));
    let own = match (proposal.text, proposal.live) {
        (None, Some(live)) => stacks.template(&live.id).await?,
        _ => None,
    };
    let template = proposal.text.or(own.as_deref()).unwrap_or_default();
    for _ in 0..MAX_ATTEMPTS {
        let name = unique_name(proposal.purpose)?;
        let request = ChangeSetRequest { token: name.clone(), name, ..proposal.request.clone() };
        let change_set = wait_for_change_set(context, stacks, &request).await?;
        let failed = change_set.status == "FAILED";
        let shown = match stacks.change_set_template(stack, &change_set.id).await {
            Ok(shown) => shown,
            // What was never made may have no template; the rest of it can still be compared.
            Err(_) if failed => template.to_owned(),
            Err(error) => return Err(error.into()),
        };
        let asked = Asked { request: &request, template, live: proposal.live };
        if let Some(what) = asked.difference(&change_set, &shown) {
            context.printer.warn(&format!(
                "the change set {} of {stack} is not the one that was asked for: its {what} differ; it is deleted, not \
                 executed",
                change_set.name
            ));
            stacks.delete_change_set(stack, &change_set.id).await?;
            continue;
        }
        if failed {
            return refused(stacks, stack, change_set).await;
        }
        return Ok(Some(Proposed { stack: request.stack, change_set, token: request.token }));
    }
    Err(ApplyError::Foreign { stack: stack.clone() })
}

/// Asks for a change set and waits until CloudFormation has worked it out.
async fn wait_for_change_set(
    context: Context<'_>,
    stacks: &dyn Stacks,
    request: &ChangeSetRequest,
) -> Result<ChangeSet, ApplyError> {
    let id = stacks.create_change_set(request).await?;
    let asked = context.clock.now();
    let mut seen = false;
    let mut pause = Duration::from_millis(20);
    loop {
        let waited = context.clock.now().duration_since(asked);
        match stacks.describe_change_set(&request.stack, &id).await {
            Ok(change_set) if matches!(change_set.status.as_str(), "CREATE_COMPLETE" | "FAILED") => {
                return Ok(change_set);
            }
            Ok(change_set) if waited > PROPOSAL_TIMEOUT || change_set.status.starts_with("DELETE") => {
                let (stack, status) = (&request.stack, &change_set.status);
                let message =
                    format!("CloudFormation has not worked out the change of {stack}: its change set is {status}");
                return Err(overtaken(message).into());
            }
            Ok(_) => seen = true,
            Err(error) if error.kind == AwsErrorKind::NotFound && !seen && waited < VISIBILITY_TIMEOUT => {}
            Err(error) if error.kind == AwsErrorKind::NotFound => {
                let message = format!("the change set {} of {} is gone", request.name, request.stack);
                return Err(overtaken(message).into());
            }
            Err(error) => return Err(error.into()),
        }
        context.clock.sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(2));
    }
}

/// The error of a change set that another run, or a person in the console, deleted or voided.
pub(super) fn overtaken(message: String) -> CommandError {
    CommandError::new(ExitKind::Busy, message).hint(
        "another run may have changed the stack meanwhile; nothing of this change was made: run the command again",
    )
}

/// Returns the error of a failed change set. An empty change set is not an error.
async fn refused(stacks: &dyn Stacks, stack: &str, change_set: ChangeSet) -> Result<Option<Proposed>, ApplyError> {
    let is_empty = change_set.is_empty_failure();
    let problems = if is_empty {
        Vec::new()
    } else {
        // Without them, the change set's own words have to do.
        stacks.change_set_problems(stack, &change_set.id).await.unwrap_or_default()
    };
    stacks.delete_change_set(stack, &change_set.id).await?;
    if is_empty {
        return Ok(None);
    }
    let stack = stack.to_owned();
    if !problems.is_empty() {
        return Err(ApplyError::Unfit { stack, problems: problems.iter().map(words::problem).collect() });
    }
    let reason = change_set.status_reason.unwrap_or_else(|| "no reason given".to_owned());
    Err(ApplyError::Refused { stack, reason })
}

/// The domain that leads to the site before the change and not after it.
pub(super) fn lost_address(live: Option<&Stack>, change: &StackChange) -> Option<String> {
    const ADDRESS: &str = "BaseUrl";
    let now = live?.parameters.get(ADDRESS)?;
    let then = match change.parameters.get(ADDRESS) {
        Some(ParameterValue::Value(value)) => value.as_str(),
        Some(ParameterValue::Previous) => now,
        None => "",
    };
    // The sandbox's addresses are http://.
    now.strip_prefix("https://").filter(|_| then != now).map(str::to_owned)
}

/// What a change set would do, found by making one and deleting it again; none when nothing changes.
///
/// A stack that does not exist yet is left as it was: without the empty shell that a first change set creates.
///
/// # Errors
/// As [`super::apply`], up to the execution.
pub(crate) async fn preview(
    context: Context<'_>,
    change: &StackChange,
    template: TemplateSource,
) -> Result<Option<Review>, ApplyError> {
    let stacks = context.cloud.stacks(&change.region);
    let stacks = stacks.as_ref();
    let live = stacks.describe(&change.name).await?;
    let Readiness::Ready(kind) = assess(live.as_ref()) else {
        let status = live.map(|stack| stack.status.0).unwrap_or_default();
        return Err(ApplyError::Refused { stack: change.name.clone(), reason: format!("it is {status}") });
    };
    // A stack that waits for its first change set is none yet.
    let live = live.filter(|_| kind == ChangeSetKind::Update);
    let proposal = Proposal { purpose: PREVIEW, ..Proposal::new(change, kind, template, live.as_ref()) };
    let Some(proposed) = propose(context, stacks, &proposal).await? else { return Ok(None) };
    stacks.delete_change_set(&change.name, &proposed.change_set.id).await?;
    let lost = lost_address(live.as_ref(), change);
    Ok(Some(Review::new(&change.name, &proposed.change_set.changes).losing(lost)))
}
