//! AWS's prices, from one dated file with its sources.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

const TEXT: &str = include_str!("prices.json");

/// Rules of the firewall.
pub(crate) const WAF_RULES: f64 = 5.0;

/// The price list.
pub(crate) static PRICES: LazyLock<PriceList> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is part of the program, and every test of an estimate reads it")]
    serde_json::from_str(TEXT).expect("prices.json is a price list")
});

/// Everything that the file tells.
#[derive(Debug, Deserialize)]
pub(crate) struct PriceList {
    /// The day on which the prices were looked up.
    pub(crate) date: String,
    /// Where they were looked up, by service.
    pub(crate) sources: BTreeMap<String, String>,
    prices: BTreeMap<String, Price>,
    factors: BTreeMap<String, BTreeMap<String, f64>>,
}

/// What one thing costs.
#[derive(Debug, Deserialize)]
pub(crate) struct Price {
    usd: f64,
    per: f64,
    /// What is counted.
    pub(crate) unit: String,
    /// Units a month that cost nothing.
    #[serde(default)]
    pub(crate) free: f64,
    /// Key of its source.
    pub(crate) source: String,
    #[serde(default)]
    group: Option<String>,
}

impl PriceList {
    /// Looks a price up by its key.
    pub(crate) fn price(&self, key: &str) -> &Price {
        #[expect(clippy::expect_used, reason = "keys are constants of this module, and a test asks for each")]
        self.prices.get(key).expect("every price that is asked for is in prices.json")
    }

    /// Says whether the file knows how a region's prices differ.
    pub(crate) fn knows(&self, region: &str) -> bool {
        self.factors.contains_key(region)
    }

    /// What `quantity` units cost in a region: all of them, and those beyond the free ones.
    pub(crate) fn of(&self, key: &str, quantity: f64, region: &str) -> (f64, f64) {
        let price = self.price(key);
        let factors = self.factors.get(region);
        let factor = price.group.as_ref().and_then(|group| factors?.get(group)).copied().unwrap_or(1.0);
        let each = price.usd / price.per * factor;
        (quantity * each, (quantity - price.free).max(0.0) * each)
    }
}

/// What a thing costs a month that nobody uses, in USD, by its CloudFormation type; none where that depends on what it
/// holds.
#[must_use]
pub fn left_price(resource_type: &str) -> Option<f64> {
    let price = |key: &str, quantity: f64| PRICES.of(key, quantity, "us-east-1").0;
    match resource_type {
        "AWS::WAFv2::WebACL" => Some(price("waf", 1.0) + price("waf-rules", WAF_RULES)),
        "AWS::CertificateManager::Certificate" => Some(price("certificate", 1.0)),
        "AWS::WAFv2::LoggingConfiguration" | "AWS::Route53::RecordSet" | "AWS::IAM::Role" => Some(0.0),
        _ => None,
    }
}

/// Says an amount as people write it: `$0.40`, `less than $0.01`, `nothing`.
#[must_use]
pub fn dollars(usd: f64) -> String {
    match usd {
        usd if usd <= 0.0 => "$0.00".to_owned(),
        usd if usd < 0.005 => "< $0.01".to_owned(),
        usd => format!("${usd:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_price_has_a_source_and_every_factor_a_group() {
        let groups: Vec<_> = PRICES.prices.values().filter_map(|price| price.group.as_deref()).collect();
        for (key, price) in &PRICES.prices {
            assert!(PRICES.sources.contains_key(&price.source), "{key}");
            assert!(price.per > 0.0 && price.usd >= 0.0 && price.free >= 0.0, "{key}");
        }
        for (region, factors) in &PRICES.factors {
            for (group, factor) in factors {
                assert!(groups.contains(&group.as_str()) && (0.5..2.0).contains(factor), "{region} {group}");
            }
        }
    }

    #[test]
    fn prices_are_dated_and_their_sources_are_addresses() {
        assert!(PRICES.date.parse::<jiff::civil::Date>().is_ok());
        assert!(PRICES.sources.values().all(|source| source.starts_with("https://")));
    }

    #[test]
    fn the_free_amount_comes_off_first_and_the_region_counts() {
        let (full, billed) = PRICES.of("metrics", 11.0, "us-east-1");
        assert!((full - 3.3).abs() < 1e-9 && (billed - 0.3).abs() < 1e-9);
        let (here, _) = PRICES.of("dynamodb-writes", 1e6, "us-east-1");
        let (there, _) = PRICES.of("dynamodb-writes", 1e6, "eu-central-1");
        assert!(there > here);
    }
}
