//! What Route53 tells of a name's records.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A record set: all records of one name and type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSet {
    /// Without the final dot.
    pub name: String,
    /// `A`, `AAAA`, `CNAME`, …
    pub kind: String,
    /// Seconds that resolvers keep it; an alias has none.
    pub ttl: Option<i64>,
    /// The values, where it is not an alias.
    pub values: Vec<String>,
    /// What it is an alias of.
    pub alias: Option<RecordAlias>,
    /// Whether a routing policy, a traffic policy or a health check belongs to it, which these fields do not hold.
    pub routed: bool,
}

/// The target of an alias.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordAlias {
    /// The zone of the target.
    pub zone: String,
    /// The target's name, without the final dot.
    pub target: String,
    /// Whether the target's health counts.
    pub evaluates_health: bool,
}

impl fmt::Display for RecordSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.name, self.kind)?;
        match &self.alias {
            Some(alias) => write!(f, "alias of {}", alias.target)?,
            None => f.write_str(&self.values.join(", "))?,
        }
        if self.routed { f.write_str(" (with a routing policy or health check)") } else { Ok(()) }
    }
}
