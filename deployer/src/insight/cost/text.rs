//! An estimate in plain words.

use super::{CostItem, Estimate, dollars};
use crate::ui::{count, table};

impl Estimate {
    /// One sentence for people: what a month costs.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!(
            "about {} a month ({} where the account's free amounts are used up)",
            dollars(self.total),
            dollars(self.total_without_free_tier)
        )
    }

    /// Lays the estimate out; with `parts`, every quantity and its price.
    #[must_use]
    pub fn text(&self, parts: bool) -> String {
        let usage = &self.usage;
        let people = usize::try_from(usage.users).unwrap_or(usize::MAX);
        let mut text = format!(
            "{} in {}, {} with {} of the API a month; prices of {}, without tax\n\n{}\n",
            self.deployment,
            self.region,
            count(people, "person", "people"),
            quantity(usage.requests, "request", "requests"),
            self.prices_of,
            self.table(parts)
        );
        for note in &self.notes {
            text.push('\n');
            text.push_str(note);
        }
        text
    }

    /// The table alone.
    #[must_use]
    pub fn table(&self, parts: bool) -> String {
        let mut rows = Vec::new();
        for line in &self.lines {
            let what = line.parts.iter().map(|part| part.what).collect::<Vec<_>>().join(", ");
            let what = if parts { String::new() } else { what };
            rows.push([line.service.to_owned(), what, dollars(line.usd), dollars(line.usd_without_free_tier)]);
            if parts {
                rows.extend(
                    line.parts.iter().map(|part| {
                        [String::new(), part.text(), dollars(part.usd), dollars(part.usd_without_free_tier)]
                    }),
                );
            }
        }
        rows.push([
            "all together".to_owned(),
            String::new(),
            dollars(self.total),
            dollars(self.total_without_free_tier),
        ]);
        table(&["service", "for", "a month", "without free amounts"], rows)
    }
}

impl CostItem {
    fn text(&self) -> String {
        let free = if self.free > 0.0 { format!(", {} free", short(self.free)) } else { String::new() };
        let plural = if (self.quantity - 1.0).abs() < f64::EPSILON { "" } else { "s" };
        let plural = if self.unit == "GB" { "" } else { plural };
        format!("{}: {} {}{plural}{free}", self.what, short(self.quantity), self.unit)
    }
}

/// `12,345` things.
fn quantity(number: u64, singular: &str, plural: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { singular } else { plural })
}

/// `12345` → `12,345`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A quantity with as many digits as matter.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a quantity is no negative number")]
fn short(quantity: f64) -> String {
    if quantity >= 10.0 || (quantity - quantity.round()).abs() < 1e-9 {
        grouped(quantity.round() as u64)
    } else {
        format!("{quantity:.3}").trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_naturally() {
        assert_eq!([0.0, 1.0, 0.06, 12.4, 400_000.0].map(short), ["0", "1", "0.06", "12", "400,000"]);
        assert_eq!(quantity(1_234_567, "request", "requests"), "1,234,567 requests");
    }
}
