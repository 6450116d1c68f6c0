//! What a deploy means for the people who use the site: what changes and how much it hurts, what it will cost, which
//! rights widen, how long it takes. Pure, from a survey.

mod duration;
mod price;
mod rights;
mod sentences;
mod text;

use crate::deployment::{Context, Live};
use crate::releases::release;
use serde::Serialize;
use serde_json::Value;

pub use duration::{Expected, expected};
pub use price::PriceChange;
pub use rights::{Right, widened};
pub use sentences::{Change, of_change};

use crate::config::Config;
use crate::insight::difference::Survey;
use stellarr_aws::template;

/// What a deploy means.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outlook {
    /// What happens, worst first.
    pub changes: Vec<Change>,
    /// Rights that somebody gets and did not have.
    pub rights: Vec<Right>,
    /// How the price changes; none when nothing is deployed that it could be compared with and nothing changes.
    pub price: Option<PriceChange>,
    /// How long CloudFormation will take; none when it has nothing to do.
    pub time: Option<Expected>,
}

impl Outlook {
    /// Judges a survey. `deployed` is the configuration of the release that is live.
    #[must_use]
    pub fn new(survey: &Survey, deployed: Option<&Config>, wanted: &Config) -> Self {
        let templates: Vec<(Value, Value)> =
            survey.stacks.iter().map(|stack| (parsed(stack.before.as_ref()), parsed(stack.after.as_ref()))).collect();
        let rights = templates.iter().flat_map(|(before, after)| widened(before, after)).collect();
        let steps: Vec<Expected> = survey
            .stacks
            .iter()
            .zip(&templates)
            .filter_map(|(stack, (before, after))| expected(stack, before, after))
            .collect();
        Self {
            changes: sentences::of(survey),
            rights,
            price: (!survey.is_empty() || deployed.is_none()).then(|| PriceChange::new(deployed, wanted)),
            time: Expected::one_after_another(steps),
        }
    }
}

/// Judges what was found, against the release that is live.
pub async fn of(context: Context<'_>, live: &Live, survey: &Survey, wanted: &Config) -> Outlook {
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

/// A template's parsed form; of none and of an unreadable one, nothing.
fn parsed(text: Option<&String>) -> Value {
    text.and_then(|text| template::parse(text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
