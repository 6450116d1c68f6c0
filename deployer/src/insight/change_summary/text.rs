//! The summary as people read it.

use super::ChangeSummary;
use crate::stacks::apply::Risk;

impl ChangeSummary {
    /// Lays it out. On the local AWS, price and time have no meaning.
    #[must_use]
    pub fn text(&self, is_local: bool) -> String {
        if self.changes.is_empty() {
            return "Nothing would change.".to_owned();
        }
        let mut lines = self.lines();
        let figures = if is_local { Vec::new() } else { self.figures() };
        if !figures.is_empty() {
            lines.push(String::new());
            lines.extend(figures);
        }
        lines.join("\n")
    }

    /// Price and time, a line each.
    #[must_use]
    pub fn figures(&self) -> Vec<String> {
        let price = self.price.as_ref().map(|price| format!("Price: {}", price.sentence()));
        let time = self.time.as_ref().map(|time| format!("Time: {}", time.sentence()));
        price.into_iter().chain(time).collect()
    }

    /// Whose rights widen, below a heading.
    #[must_use]
    pub fn rights_lines(&self) -> Vec<String> {
        let heading = (!self.rights.is_empty()).then(|| "Rights that widen".to_owned());
        let rights = self.rights.iter().map(|right| format!("  {}", right.sentence()));
        heading.into_iter().chain(rights).collect()
    }

    /// What changes and which rights widen, without the figures.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (risk, title) in [
            (Risk::LosesData, "REPLACES, LOSES DATA"),
            (Risk::Disconnects, "AN ADDRESS STOPS WORKING"),
            (Risk::Replaces, "With a brief interruption"),
            (Risk::Harmless, "Harmless"),
        ] {
            let of_risk: Vec<_> = self.changes.iter().filter(|change| change.risk == risk).collect();
            if of_risk.is_empty() {
                continue;
            }
            lines.push(title.to_owned());
            lines.extend(of_risk.iter().map(|change| format!("  {}", change.sentence)));
        }
        lines.extend(self.rights_lines());
        lines
    }
}
