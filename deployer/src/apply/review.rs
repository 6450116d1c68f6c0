//! What a change set would do, by how much it hurts.

use serde::Serialize;

use super::words;
use crate::aws::ResourceChange;

/// How much a change hurts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Nothing is interrupted.
    Harmless,
    /// Something is made anew and takes the old one's place.
    Replaces,
    /// Data goes away.
    LosesData,
}

/// The reviewed changes of one stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Review {
    /// Stack name.
    pub stack: String,
    /// The changes with their risk, worst first.
    pub changes: Vec<(Risk, ResourceChange)>,
}

/// Types that hold what a person would miss.
const STATEFUL: &[&str] =
    &["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret", "AWS::Logs::LogGroup"];

/// Judges one change.
#[must_use]
pub fn risk_of(change: &ResourceChange) -> Risk {
    let stateful = STATEFUL.contains(&change.resource_type.as_str());
    let keeps = change.policy_action.as_deref().is_some_and(|action| action.contains("Retain") || action == "Snapshot");
    let replaces = matches!(change.replacement.as_deref(), Some("True" | "Conditional"));
    match change.action.as_str() {
        "Remove" if stateful && !keeps => Risk::LosesData,
        "Modify" | "Dynamic" if replaces && stateful && !keeps => Risk::LosesData,
        "Modify" | "Dynamic" if change.replacement.as_deref() == Some("True") => Risk::Replaces,
        _ => Risk::Harmless,
    }
}

impl Review {
    /// Judges a change set's changes.
    #[must_use]
    pub fn new(stack: &str, changes: &[ResourceChange]) -> Self {
        let mut changes: Vec<_> = changes.iter().map(|change| (risk_of(change), change.clone())).collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.0));
        Self { stack: stack.to_owned(), changes }
    }

    /// The worst risk of all.
    #[must_use]
    pub fn risk(&self) -> Risk {
        self.changes.iter().map(|(risk, _)| *risk).max().unwrap_or(Risk::Harmless)
    }

    /// Lays the changes out, a line each.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.changes.iter().map(|(risk, change)| sentence(*risk, change)).collect()
    }
}

fn sentence(risk: Risk, change: &ResourceChange) -> String {
    let what = words::resource_type(&change.resource_type);
    let id = &change.logical_id;
    let (sign, verb) = match change.action.as_str() {
        "Add" => ("+", "create"),
        "Remove" => ("-", "delete"),
        "Import" => ("+", "take over"),
        _ if change.replacement.as_deref() == Some("True") => ("±", "replace"),
        _ => ("~", "change"),
    };
    let properties =
        if change.properties.is_empty() { String::new() } else { format!(" ({})", change.properties.join(", ")) };
    let warning = match risk {
        Risk::LosesData => "  ← DATA IS LOST",
        Risk::Replaces if sign == "±" => "  ← made anew, brief interruption",
        _ if change.replacement.as_deref() == Some("Conditional") => "  ← may be made anew",
        _ => "",
    };
    format!("{sign} {verb} the {what} {id}{properties}{warning}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(action: &str, resource_type: &str, replacement: Option<&str>, policy: Option<&str>) -> ResourceChange {
        ResourceChange {
            action: action.to_owned(),
            logical_id: "Thing".to_owned(),
            physical_id: None,
            resource_type: resource_type.to_owned(),
            replacement: replacement.map(str::to_owned),
            policy_action: policy.map(str::to_owned),
            properties: Vec::new(),
        }
    }

    #[test]
    fn replacing_or_removing_a_table_loses_data_unless_it_is_kept() {
        let table = "AWS::DynamoDB::Table";
        assert_eq!(risk_of(&change("Modify", table, Some("True"), Some("ReplaceAndDelete"))), Risk::LosesData);
        assert_eq!(risk_of(&change("Modify", table, Some("True"), Some("ReplaceAndRetain"))), Risk::Replaces);
        assert_eq!(risk_of(&change("Remove", table, None, Some("Delete"))), Risk::LosesData);
        assert_eq!(risk_of(&change("Remove", table, None, Some("Retain"))), Risk::Harmless);
        assert_eq!(risk_of(&change("Modify", table, Some("False"), None)), Risk::Harmless);
    }

    #[test]
    fn the_worst_comes_first() {
        let review = Review::new(
            "site",
            &[change("Add", "AWS::S3::Bucket", None, None), change("Remove", "AWS::S3::Bucket", None, Some("Delete"))],
        );
        assert_eq!(review.risk(), Risk::LosesData);
        assert_eq!(review.lines(), ["- delete the bucket Thing  ← DATA IS LOST", "+ create the bucket Thing"]);
    }
}
