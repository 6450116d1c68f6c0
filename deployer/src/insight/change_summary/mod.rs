//! What a deploy means for the people who use the site: what changes and how much it hurts, what it will cost, which
//! rights widen, how long it takes. Pure, from the differences.

mod duration;
mod price;
mod rights;
mod sentences;
mod text;

use serde::Serialize;
use serde_json::Value;

pub use duration::{Expected, expected};
pub use price::PriceChange;
pub use rights::{Right, widened};
pub use sentences::{Change, of_change};

use crate::config::Config;
use crate::insight::differences::Differences;
use crate::insight::snapshot::Snapshot;
use stellarr_aws::template;

/// What a deploy means.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ChangeSummary {
    /// What happens, worst first.
    pub changes: Vec<Change>,
    /// Rights that somebody gets and did not have.
    pub rights: Vec<Right>,
    /// How the price changes; none when nothing is deployed that it could be compared with and nothing changes.
    pub price: Option<PriceChange>,
    /// How long CloudFormation will take; none when it has nothing to do.
    pub time: Option<Expected>,
}

impl ChangeSummary {
    /// Sums differences up. `deployed` is the configuration of the release that is live.
    #[must_use]
    pub fn new(differences: &Differences, deployed: Option<&Config>, wanted: &Config) -> Self {
        let templates: Vec<(Value, Value)> = differences
            .stacks
            .iter()
            .map(|stack| (parsed(stack.before.as_ref()), parsed(stack.after.as_ref())))
            .collect();
        let rights = templates.iter().flat_map(|(before, after)| widened(before, after)).collect();
        let steps: Vec<Expected> = differences
            .stacks
            .iter()
            .zip(&templates)
            .filter_map(|(stack, (before, after))| expected(stack, before, after))
            .collect();
        Self {
            changes: sentences::of(differences),
            rights,
            price: (!differences.is_empty() || deployed.is_none()).then(|| PriceChange::new(deployed, wanted)),
            time: Expected::one_after_another(steps),
        }
    }

    /// Sums up how `wanted` differs from what is there. A record that can't be read only leaves a comparison out.
    #[must_use]
    pub fn of(differences: &Differences, snapshot: &Snapshot, wanted: &Config) -> Self {
        let current = snapshot.current.as_ref();
        let deployed = if differences.is_empty() {
            Some(wanted.clone())
        } else {
            current.and_then(|current| serde_json::from_value(current.release.config.clone()).ok())
        };
        Self::new(differences, deployed.as_ref(), wanted)
    }
}

/// A template's parsed form; of none and of an unreadable one, nothing.
fn parsed(text: Option<&String>) -> Value {
    text.and_then(|text| template::parse(text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
