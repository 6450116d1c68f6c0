//! The budget, and a name that changes whenever CloudFormation would replace it.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::config::Config;

/// When a mail goes out: what is compared with the amount, and from how many percent of it.
const THRESHOLDS: [(&str, u32); 3] = [("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)];

/// The budget, as the template writes it.
#[derive(Serialize)]
pub(super) struct Budget<'a> {
    name: String,
    monthly_usd: u32,
    notifications: [Notification<'a>; 3],
}

#[derive(Serialize)]
struct Notification<'a> {
    kind: &'static str,
    percent: u32,
    email: &'a str,
}

impl<'a> Budget<'a> {
    /// The budget of a configuration, if it has one.
    pub(super) fn of(config: &'a Config) -> Option<Self> {
        let email = config.budget_email()?;
        let notifications = THRESHOLDS.map(|(kind, percent)| Notification { kind, percent, email });
        Some(Self { name: name(config, &notifications), monthly_usd: config.budget.monthly_usd, notifications })
    }
}

/// Budgets belong to the account: the region tells those of two deployments apart. CloudFormation cannot change
/// notifications in place and makes the new budget before it deletes the old one, so each set of notifications has a name of
/// its own. The amount changes in place and is not part of the name.
fn name(config: &Config, notifications: &[Notification<'_>]) -> String {
    let texts: Vec<String> =
        notifications.iter().map(|one| format!("{} {} {}", one.kind, one.percent, one.email)).collect();
    let digest = Sha256::digest(texts.join("\n"));
    format!("{}-{}-{}", config.prefix(), config.region, hex::encode(&digest[..4]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget_name(change: impl FnOnce(&mut Config)) -> String {
        let mut config = Config::named("home");
        config.budget.monthly_usd = 5;
        config.budget.email = Some("me@example.org".to_owned());
        change(&mut config);
        Budget::of(&config).unwrap().name
    }

    #[test]
    fn row_39_the_name_changes_with_what_replaces_the_budget_and_with_nothing_else() {
        let first = budget_name(|_| ());
        assert_ne!(first, budget_name(|config| config.budget.email = Some("you@example.org".to_owned())));
        assert_ne!(first, budget_name(|config| config.region = "eu-west-1".to_owned()));
        assert_eq!(first, budget_name(|config| config.budget.monthly_usd = 6));
    }

    #[test]
    fn row_39_the_longest_name_fits() {
        let longest = budget_name(|config| {
            config.name = "n".repeat(28);
            config.environment = "e".repeat(12);
            config.region = "ap-northeast-1".to_owned();
        });
        assert!(longest.len() <= 100, "{longest} is too long for AWS Budgets");
    }
}
