//! How the price of a month changes.

use serde::Serialize;

use crate::base::prices::dollars;
use crate::config::Config;
use crate::insight::cost::{Use, estimate};

/// The price before and after, for a household's use.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PriceChange {
    /// What a month costs now; none when nothing is deployed.
    pub before: Option<f64>,
    /// What a month will cost.
    pub after: f64,
    /// Services whose price changes, with the difference.
    pub services: Vec<(&'static str, f64)>,
}

/// Differences below this are not worth a word, in US dollars.
const NOTICEABLE: f64 = 0.005;

impl PriceChange {
    /// Compares two configurations.
    #[must_use]
    pub fn new(before: Option<&Config>, after: &Config) -> Self {
        let usage = Use::default();
        let old = before.map(|config| estimate(config, &usage));
        let new = estimate(after, &usage);
        let price_of = |lines: &[crate::insight::cost::Line], service: &str| {
            lines.iter().find(|line| line.service == service).map_or(0.0, |line| line.usd)
        };
        let mut services: Vec<(&'static str, f64)> = Vec::new();
        if let Some(old) = &old {
            let gone = old.lines.iter().filter(|line| !new.lines.iter().any(|other| other.service == line.service));
            for line in new.lines.iter().chain(gone) {
                let change = price_of(&new.lines, line.service) - price_of(&old.lines, line.service);
                if change.abs() >= NOTICEABLE {
                    services.push((line.service, change));
                }
            }
        }
        Self { before: old.map(|old| old.total), after: new.total, services }
    }

    /// One sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let after = dollars(self.after);
        match self.before {
            None => format!("about {after} a month for a household"),
            Some(before) if (self.after - before).abs() < NOTICEABLE => format!("about {after} a month, as before"),
            Some(before) => {
                let change = self.after - before;
                let word = if change > 0.0 { "more" } else { "less" };
                let services = self.services.iter().map(|(service, change)| signed(service, *change));
                format!(
                    "about {} a month {word}: {} instead of {} ({})",
                    dollars(change.abs()),
                    after,
                    dollars(before),
                    services.collect::<Vec<_>>().join(", ")
                )
            }
        }
    }
}

fn signed(service: &str, change: f64) -> String {
    let sign = if change > 0.0 { "+" } else { "-" };
    format!("{service} {sign}{}", dollars(change.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_that_changes_names_its_reason() {
        let plain = Config::named("home");
        let mut guarded = plain.clone();
        guarded.waf.enabled = true;
        let more = PriceChange::new(Some(&plain), &guarded).sentence();
        assert!(more.starts_with("about $10.0") && more.contains("more") && more.contains("(WAF +$10.0"), "{more}");
        let less = PriceChange::new(Some(&guarded), &plain).sentence();
        assert!(less.contains("less") && less.contains("(WAF -$10.0"), "{less}");
        assert!(PriceChange::new(Some(&plain), &plain).sentence().ends_with("as before"));
        assert!(PriceChange::new(None, &plain).sentence().ends_with("for a household"));
    }
}
