//! What a deployment costs a month: an estimate from its configuration and assumed use. Pure.

mod actual;
mod text;
mod usage;

pub use actual::{Actual, actual};
use serde::Serialize;

use crate::base::prices::{PRICES, dollars};
use crate::config::Config;

/// What a household is taken to do in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Use {
    /// Requests that reach the API.
    pub requests: u64,
    /// People who use the site.
    pub users: u64,
}

impl Use {
    /// Requests of the API that one person makes in a month: a visit a day, some thirty requests each.
    pub const REQUESTS_A_PERSON: u64 = 1_000;

    /// The use of so many people.
    #[must_use]
    pub fn of_people(users: u64) -> Self {
        Self { requests: users.saturating_mul(Self::REQUESTS_A_PERSON), users }
    }

    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn requests_f64(&self) -> f64 {
        self.requests as f64
    }

    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn users_f64(&self) -> f64 {
        self.users as f64
    }
}

impl Default for Use {
    /// A household of five.
    fn default() -> Self {
        Self::of_people(5)
    }
}

/// An estimate for a month, in US dollars without tax.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The deployment.
    pub deployment: String,
    /// Its region.
    pub region: String,
    /// The use that it is made for.
    pub usage: Use,
    /// The day of the prices.
    pub prices_of: &'static str,
    /// By service, the dearest first.
    pub lines: Vec<Line>,
    /// The sum where the account's free amounts are not used up by something else.
    pub total: f64,
    /// The sum where nothing is free.
    pub total_without_free_tier: f64,
    /// What a person should know about these figures.
    pub notes: Vec<String>,
}

/// What one service costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// The service.
    pub service: &'static str,
    /// Beyond the free amounts.
    pub usd: f64,
    /// Where nothing is free.
    pub usd_without_free_tier: f64,
    /// What it is made of.
    pub parts: Vec<CostItem>,
}

/// One quantity and its price.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CostItem {
    /// What it is.
    pub what: &'static str,
    /// How much of it.
    pub quantity: f64,
    /// In what.
    pub unit: &'static str,
    /// How much of it is free in each month.
    pub free: f64,
    /// Beyond the free amount.
    pub usd: f64,
    /// Where nothing is free.
    pub usd_without_free_tier: f64,
    /// Where the price is from.
    pub source: &'static str,
}

/// Estimates what a configuration costs a month.
#[must_use]
pub fn estimate(config: &Config, usage: &Use) -> Estimate {
    let mut lines: Vec<Line> = Vec::new();
    for item in usage::items(config, usage) {
        let (full, billed) = PRICES.of(item.price, item.quantity, &config.region);
        let price = PRICES.price(item.price);
        let part = CostItem {
            what: item.what,
            quantity: item.quantity,
            unit: &price.unit,
            free: price.free,
            usd: billed,
            usd_without_free_tier: full,
            source: PRICES.sources.get(&price.source).map(String::as_str).unwrap_or_default(),
        };
        let line = match lines.iter_mut().find(|line| line.service == item.service) {
            Some(line) => line,
            None => {
                let service = item.service;
                lines.push(Line { service, usd: 0.0, usd_without_free_tier: 0.0, parts: Vec::new() });
                let last = lines.len() - 1;
                &mut lines[last]
            }
        };
        line.usd += billed;
        line.usd_without_free_tier += full;
        line.parts.push(part);
    }
    let by_cost = |line: &Line| (-cents(line.usd), -cents(line.usd_without_free_tier), line.service);
    lines.sort_by_key(by_cost);
    Estimate {
        deployment: config.prefix(),
        region: config.region.clone(),
        usage: *usage,
        prices_of: &PRICES.date,
        total: lines.iter().map(|line| line.usd).sum(),
        total_without_free_tier: lines.iter().map(|line| line.usd_without_free_tier).sum(),
        lines,
        notes: notes(config),
    }
}

/// The day of the prices, and where they were looked up.
#[must_use]
pub fn price_sources() -> (&'static str, Vec<&'static str>) {
    (&PRICES.date, PRICES.sources.values().map(String::as_str).collect())
}

/// Whole hundredths of a cent, which sort.
#[expect(clippy::cast_possible_truncation, reason = "far below the limit")]
fn cents(usd: f64) -> i64 {
    (usd * 10_000.0).round() as i64
}

fn notes(config: &Config) -> Vec<String> {
    let mut notes = vec![
        "Free amounts count once an account: other things in it use them up too. DynamoDB's on-demand tables have \
         no free reads and writes."
            .to_owned(),
        "An account opened since 15 July 2025 starts with credits instead of a free year; the free amounts above \
         stay with every account."
            .to_owned(),
    ];
    if !PRICES.knows(&config.region) {
        notes.push(format!(
            "How prices in {} differ is not known here: those of us-east-1 are shown, and others may be up to a half \
             higher.",
            config.region
        ));
    }
    if config.domain.is_some() {
        notes.push("The domain's own yearly fee goes to its registrar and is not part of this.".to_owned());
    }
    notes
}

#[cfg(test)]
mod tests;
