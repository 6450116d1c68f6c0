//! What a change set would do, by how much it hurts.

use serde::Serialize;

use super::words;
use stellarr_aws::ResourceChange;

/// How much a change hurts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Nothing is interrupted.
    Harmless,
    /// Something is made anew and takes the old one's place.
    Replaces,
    /// An address no longer leads to the site.
    Disconnects,
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
    /// The domain that leads to the site before the change and not after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_address: Option<String>,
}

/// A version of a function's code is never changed: a new one is published, and callers move over without a break.
pub(crate) const VERSION: &str = "AWS::Lambda::Version";
/// A budget holds nothing and nothing depends on it: the new one is there before the old one goes.
const BUDGET: &str = "AWS::Budgets::Budget";
/// A record that leads to the site.
pub(crate) const RECORD: &str = "AWS::Route53::RecordSet";

/// Types that hold what a person would miss, each with the properties that can make CloudFormation make it anew: the
/// `createOnlyProperties` and `conditionalCreateOnlyProperties` of the type's registry schema.
const STATEFUL: &[(&str, &[&str])] = &[
    ("AWS::DynamoDB::Table", &["TableName", "ImportSourceSpecification", "KeySchema"]),
    ("AWS::S3::Bucket", &["BucketName", "BucketNamePrefix", "BucketNamespace"]),
    ("AWS::SecretsManager::Secret", &["Name"]),
    ("AWS::Logs::LogGroup", &["LogGroupName"]),
];

/// Tells whether a change can make its resource be made anew.
///
/// CloudFormation says `Conditional` before it knows a value, and the emulator for whatever it has no rule for. What holds
/// data is then judged by the properties that change; a change that names none may be any.
#[must_use]
pub fn may_be_made_anew(change: &ResourceChange) -> bool {
    match change.replacement.as_deref() {
        Some("True") => true,
        Some("Conditional") => {
            let decisive =
                STATEFUL.iter().find(|(name, _)| *name == change.resource_type).map(|(_, decisive)| *decisive);
            decisive.is_none_or(|decisive| {
                change.properties.is_empty() || change.properties.iter().any(|path| decisive.contains(&property(path)))
            })
        }
        _ => false,
    }
}

/// The property that a path begins with: `BucketName` of `Properties.BucketName`.
fn property(path: &str) -> &str {
    let path = path.strip_prefix("Properties.").unwrap_or(path);
    path.split('.').next().unwrap_or(path)
}

/// Judges one change.
#[must_use]
pub fn risk_of(change: &ResourceChange) -> Risk {
    let stateful = STATEFUL.iter().any(|(name, _)| *name == change.resource_type);
    let keeps = change.policy_action.as_deref().is_some_and(|action| action.contains("Retain") || action == "Snapshot");
    let replaces = may_be_made_anew(change);
    match change.action.as_str() {
        "Remove" if stateful && !keeps => Risk::LosesData,
        "Remove" if change.resource_type == RECORD => Risk::Disconnects,
        "Modify" | "Dynamic" if [VERSION, BUDGET].contains(&change.resource_type.as_str()) => Risk::Harmless,
        "Modify" | "Dynamic" if replaces && stateful && !keeps => Risk::LosesData,
        "Modify" | "Dynamic" if change.replacement.as_deref() == Some("True") => match change.resource_type.as_str() {
            RECORD => Risk::Disconnects,
            _ => Risk::Replaces,
        },
        _ => Risk::Harmless,
    }
}

impl Review {
    /// Judges a change set's changes.
    #[must_use]
    pub fn new(stack: &str, changes: &[ResourceChange]) -> Self {
        let mut changes: Vec<_> = changes.iter().map(|change| (risk_of(change), change.clone())).collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.0));
        Self { stack: stack.to_owned(), changes, lost_address: None }
    }

    /// Adds the domain that the site no longer answers for.
    #[must_use]
    pub fn losing(mut self, address: Option<String>) -> Self {
        self.lost_address = address;
        self
    }

    /// The worst risk of all.
    #[must_use]
    pub fn risk(&self) -> Risk {
        let of_address = self.lost_address.as_ref().map(|_| Risk::Disconnects);
        self.changes.iter().map(|(risk, _)| *risk).chain(of_address).max().unwrap_or(Risk::Harmless)
    }

    /// Lays the changes out, a line each.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let changes = self.changes.iter().map(|(risk, change)| sentence(*risk, change));
        self.lost_address.iter().map(|address| format!("! {}", lost(address))).chain(changes).collect()
    }
}

/// Says what becomes of a domain that the site no longer answers for.
#[must_use]
pub(crate) fn lost(address: &str) -> String {
    format!("{address} stops leading to the site")
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
        Risk::Disconnects => "  ← its name stops leading to the site",
        _ if change.resource_type == VERSION => "  ← a new version",
        _ if change.resource_type == BUDGET && sign == "±" => "  ← made anew, nothing is interrupted",
        Risk::Replaces if sign == "±" => "  ← made anew, brief interruption",
        _ if may_be_made_anew(change) => "  ← may be made anew",
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
        assert_eq!(risk_of(&change("Modify", BUDGET, Some("True"), Some("ReplaceAndDelete"))), Risk::Harmless);
    }

    #[test]
    fn a_change_that_nobody_is_sure_of_is_judged_by_what_changes() {
        let judged = |resource_type: &str, properties: &[&str]| {
            let properties = properties.iter().map(|&path| path.to_owned()).collect();
            let change = ResourceChange { properties, ..change("Modify", resource_type, Some("Conditional"), None) };
            (risk_of(&change), may_be_made_anew(&change))
        };
        let (bucket, table) = ("AWS::S3::Bucket", "AWS::DynamoDB::Table");
        let (harmless, lost) = ((Risk::Harmless, false), (Risk::LosesData, true));
        assert_eq!(judged(bucket, &["Properties.LifecycleConfiguration.Rules", "Tags"]), harmless);
        assert_eq!(judged(bucket, &["Tags", "Properties.BucketName"]), lost);
        assert_eq!(judged(bucket, &["BucketName"]), lost);
        assert_eq!(judged(bucket, &[]), lost);
        assert_eq!(judged(table, &["Properties.AttributeDefinitions", "Properties.GlobalSecondaryIndexes"]), harmless);
        assert_eq!(judged(table, &["Properties.KeySchema.0"]), lost);
        assert_eq!(judged("AWS::Events::Rule", &["Properties.Targets"]), (Risk::Harmless, true));
    }

    #[test]
    fn a_new_version_of_code_is_harmless() {
        let version = change("Modify", VERSION, Some("True"), Some("ReplaceAndRetain"));
        assert_eq!(risk_of(&version), Risk::Harmless);
        assert_eq!(Review::new("site", &[version]).lines(), ["± replace the function version Thing  ← a new version"]);
    }

    #[test]
    fn an_address_that_goes_is_risky() {
        assert_eq!(risk_of(&change("Remove", RECORD, None, Some("Delete"))), Risk::Disconnects);
        assert_eq!(risk_of(&change("Modify", RECORD, Some("True"), None)), Risk::Disconnects);
        assert_eq!(risk_of(&change("Add", RECORD, None, None)), Risk::Harmless);
        let harmless = Review::new("site", &[change("Modify", "AWS::CloudFront::Distribution", Some("False"), None)]);
        assert_eq!(harmless.risk(), Risk::Harmless);
        let losing = harmless.losing(Some("tv.example.org".to_owned()));
        assert_eq!(losing.risk(), Risk::Disconnects);
        assert_eq!(losing.lines()[0], "! tv.example.org stops leading to the site");
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
