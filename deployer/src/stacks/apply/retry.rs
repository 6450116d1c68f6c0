//! One more try where AWS refused something that passes by itself.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{Applied, ApplyError, Review, StackChange, apply};
use crate::deployment::Context;
use crate::deployment::lock::Lock;
use stellarr_aws::{Stack, TemplateSource};

/// What AWS refuses only for now, by its words in lower case.
const PASSING: &[&str] = &[
    // CloudFront refuses tags for a while on a name that a deleted function had.
    "unable to create function with tags at this time",
    // IAM takes seconds to minutes to make a new role known everywhere.
    "cannot be assumed by lambda",
];
/// How long AWS gets before the second try.
const RETRY_DELAY: Duration = Duration::from_secs(20);

/// As [`apply`], and once more where the first try failed of something that passes: a stack that never came up is removed
/// and created again, one that was rolled back is changed again. What was agreed to is not asked a second time.
///
/// # Errors
/// As [`apply`].
pub async fn apply_with_retry(
    context: Context<'_>,
    change: &StackChange,
    template: TemplateSource,
    from: Option<Stack>,
    lock: Option<&Lock>,
    decide: &(dyn Fn(&Review) -> Result<bool, ApplyError> + Sync),
) -> Result<Applied, ApplyError> {
    let agreed = Mutex::new(None);
    let first = |review: &Review| {
        let decision = decide(review)?;
        *agreed.lock().unwrap_or_else(PoisonError::into_inner) = decision.then(|| review.clone());
        Ok(decision)
    };
    let failure = match apply(context, change, template.clone(), from, lock, &first).await {
        Err(error @ ApplyError::RolledBack { .. }) if passes(&error) => error,
        result => return result,
    };
    context.printer.warn(&format!("{failure}. This passes by itself; trying once more in {} s", RETRY_DELAY.as_secs()));
    context.clock.sleep(RETRY_DELAY).await;
    let agreed = agreed.into_inner().unwrap_or_else(PoisonError::into_inner);
    let again = |review: &Review| if agreed.as_ref() == Some(review) { Ok(true) } else { decide(review) };
    apply(context, change, template, None, lock, &again).await
}

fn passes(error: &ApplyError) -> bool {
    let ApplyError::RolledBack { cause, .. } = error else { return false };
    let reason = cause.reason.to_lowercase();
    PASSING.iter().any(|words| reason.contains(words))
}
