//! What CloudFormation shows of a text that it was given, and what it counts as a change of a template.
//!
//! CloudFormation keeps less than it is given: its answers have `?` for each character outside ASCII, and a change set sees
//! neither comments nor order nor `DependsOn`. A comparison that knows neither would find the same difference on every run.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::template;

/// Sections whose content decides what a stack holds. A description or metadata alone change nothing.
const COUNTED_SECTIONS: [&str; 6] = ["Resources", "Outputs", "Parameters", "Conditions", "Mappings", "Transform"];

/// The text as CloudFormation answers it: `?` for each character outside ASCII.
#[must_use]
pub fn mangled(text: &str) -> String {
    text.chars().map(|letter| if letter.is_ascii() { letter } else { '?' }).collect()
}

/// Says whether CloudFormation shows `shown` for `text`.
#[must_use]
pub fn shows(shown: &str, text: &str) -> bool {
    shown == text || (!text.is_ascii() && shown == mangled(text))
}

/// Says whether CloudFormation shows `shown` for these values: the same names, each with its value.
#[must_use]
pub fn shows_all(shown: &BTreeMap<String, String>, values: &BTreeMap<String, String>) -> bool {
    shown.len() == values.len()
        && values.iter().all(|(name, value)| {
            shown.iter().any(|(shown_name, shown_value)| shows(shown_name, name) && shows(shown_value, value))
        })
}

/// Says whether CloudFormation shows `shown` for the template `text`, to the letter.
#[must_use]
pub fn shows_text(shown: &str, text: &str) -> bool {
    shows(shown.trim_end(), text.trim_end())
}

/// Says whether what CloudFormation shows has all that the template `text` has; only comments and order may differ.
#[must_use]
pub fn shows_template(shown: &str, text: &str) -> bool {
    let parsed = || Some(shows_value(&template::parse(shown).ok()?, &template::parse(text).ok()?));
    shows_text(shown, text) || parsed().unwrap_or_default()
}

/// Says whether a stack that shows the template `shown` needs no change to become what the template `text` says.
#[must_use]
pub fn is_no_change(shown: &str, text: &str) -> bool {
    let counted = || Some(shows_value(&counted(shown)?, &counted(text)?));
    shows_text(shown, text) || counted().unwrap_or_default()
}

/// The resources of a template by logical id, each with what counts as a change of it; of an unreadable one, none.
#[must_use]
pub fn resources(text: &str) -> BTreeMap<String, Value> {
    let resources = counted(text).and_then(|mut template| template.get_mut("Resources").map(Value::take));
    match resources {
        Some(Value::Object(resources)) => resources.into_iter().collect(),
        _ => BTreeMap::new(),
    }
}

/// Says whether CloudFormation shows the first value for the second one.
#[must_use]
pub fn shows_value(shown: &Value, value: &Value) -> bool {
    match (shown, value) {
        (Value::String(shown), Value::String(text)) => shows(shown, text),
        (Value::Array(shown), Value::Array(items)) => {
            shown.len() == items.len() && shown.iter().zip(items).all(|(shown, item)| shows_value(shown, item))
        }
        (Value::Object(shown), Value::Object(members)) => {
            shown.len() == members.len()
                && members.iter().all(|(key, member)| {
                    let key = if shown.contains_key(key) { key.clone() } else { mangled(key) };
                    shown.get(&key).is_some_and(|shown| shows_value(shown, member))
                })
        }
        _ => shown == value,
    }
}

/// What counts of a template: CloudFormation's rules, which are not those of YAML.
fn counted(text: &str) -> Option<Value> {
    let Value::Object(template) = template::parse(text).ok()? else { return None };
    let mut counted: Map<String, Value> =
        template.into_iter().filter(|(name, _)| COUNTED_SECTIONS.contains(&name.as_str())).collect();
    for resource in members(&mut counted, "Resources") {
        resource.remove("DependsOn");
    }
    for parameter in members(&mut counted, "Parameters") {
        // What restricts a value changes nothing, and neither does what describes it.
        parameter.retain(|key, _| matches!(key.as_str(), "Type" | "Default" | "NoEcho"));
    }
    Some(Value::Object(counted))
}

fn members<'a>(
    template: &'a mut Map<String, Value>,
    section: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> + use<'a> {
    let section = template.get_mut(section).and_then(Value::as_object_mut);
    section.into_iter().flat_map(|section| section.values_mut()).filter_map(Value::as_object_mut)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "Description: one\nParameters:\n  Key: {Type: String, Description: a key}\nResources:\n  # Why\n  A:\n    Type: AWS::S3::Bucket\n  B:\n    Type: AWS::IAM::Role\n    DependsOn: A\n    DeletionPolicy: Delete\n    Properties:\n      Description: Für Zoë\nOutputs:\n  Name: {Value: !Ref A}\n";

    #[test]
    fn row_4_a_text_is_what_cloudformation_shows_of_it() {
        assert_eq!(mangled("Für Zoë…"), "F?r Zo??");
        assert!(shows("F?r", "Für") && shows("Für", "Für") && shows("?", "?"));
        // Only a letter that AWS shows as `?` matches a `?`. Every other difference is a change.
        assert!(!shows("Für", "F?r") && !shows("Zoé", "Zoë") && !shows("F?r", "Fur"));
        let tags = |value: &str| BTreeMap::from([("für".to_owned(), value.to_owned())]);
        assert!(shows_all(&BTreeMap::from([("f?r".to_owned(), "Zo?".to_owned())]), &tags("Zoë")));
        assert!(!shows_all(&tags("Zoë"), &BTreeMap::new()) && !shows_all(&BTreeMap::new(), &tags("Zoë")));
    }

    #[test]
    fn row_4_a_mangled_template_is_no_change() {
        assert!(is_no_change(&mangled(TEMPLATE), TEMPLATE));
        let escaped = TEMPLATE.replace("Für Zoë", "\"F\\u00fcr Zo\\u00eb\"");
        assert!(escaped.is_ascii() && shows_template(&mangled(TEMPLATE), &escaped));
        assert!(!is_no_change(&mangled(TEMPLATE), &TEMPLATE.replace("Zoë", "Ben")));
    }

    #[test]
    fn row_5_only_what_cloudformation_counts_is_a_change() {
        let edits = [
            ("  # Why\n", "  # Because\n"),
            ("Description: one", "Description: two"),
            ("    DependsOn: A\n", ""),
            ("Description: a key", "Description: the key"),
            ("    DependsOn: A\n    DeletionPolicy: Delete\n", "    DeletionPolicy: Delete\n    DependsOn: [A]\n"),
        ];
        for (before, after) in edits {
            let edited = TEMPLATE.replace(before, after);
            assert_ne!(edited, TEMPLATE);
            assert!(is_no_change(TEMPLATE, &edited), "{before} -> {after}");
            assert_eq!(resources(TEMPLATE), resources(&edited), "{before} -> {after}");
        }
        let changes = [
            ("DeletionPolicy: Delete", "DeletionPolicy: Retain"),
            ("DeletionPolicy: Delete", "UpdateReplacePolicy: Retain"),
            ("Value: !Ref A", "Value: !Ref B"),
            ("Type: String", "Type: Number"),
            ("Für Zoë", "For Zoe"),
            ("  A:\n", "  C:\n"),
        ];
        for (before, after) in changes {
            let changed = TEMPLATE.replace(before, after);
            assert!(!is_no_change(TEMPLATE, &changed), "{before} -> {after}");
        }
        assert!(!is_no_change("not a template: [", TEMPLATE) && resources("not a template: [").is_empty());
    }

    #[test]
    fn row_6_another_dependency_is_another_template() {
        let other = TEMPLATE.replace("    DependsOn: A\n", "");
        assert!(is_no_change(TEMPLATE, &other) && !shows_template(TEMPLATE, &other));
    }
}
