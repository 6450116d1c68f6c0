//! A CloudFormation template as one JSON value, whichever way it was written.

use std::collections::BTreeSet;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

/// Why a template could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The text is not YAML.
    #[error("the template is not YAML: {0}")]
    Syntax(String),
    /// The text is YAML, but no mapping.
    #[error("the template is not a mapping of sections")]
    NotAMapping,
    /// The template uses YAML that CloudFormation has no meaning for.
    #[error("the template holds {0}, which CloudFormation does not know")]
    Unknown(String),
}

/// Parses a template, YAML or JSON; short tags become their long forms (`!Sub x` → `{"Fn::Sub": "x"}`).
///
/// # Errors
/// When the text is no YAML, holds no mapping, or uses a tag that CloudFormation does not know.
pub fn parse(text: &str) -> Result<Value, TemplateError> {
    if text.trim_start().starts_with('{')
        && let Ok(Value::Object(template)) = serde_json::from_str(text)
    {
        return Ok(Value::Object(template));
    }
    let documents = Yaml::load_from_str(text).map_err(|error| TemplateError::Syntax(error.to_string()))?;
    let [document] = documents.as_slice() else {
        return Err(TemplateError::NotAMapping);
    };
    let value = convert(document)?;
    if value.is_object() { Ok(value) } else { Err(TemplateError::NotAMapping) }
}

/// Writes a template as JSON of ASCII alone: of any other character, CloudFormation would keep a `?`.
#[must_use]
pub fn to_json(template: &Value) -> String {
    let text = serde_json::to_string_pretty(template).unwrap_or_default();
    let mut ascii = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii() {
            ascii.push(letter);
        } else {
            // Only a text can hold it, and there JSON has its two halves where it has any.
            ascii.extend(letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    ascii
}

/// Returns the names of the parameters that a template declares.
///
/// # Errors
/// As [`parse`].
pub fn parameters(text: &str) -> Result<BTreeSet<String>, TemplateError> {
    let template = parse(text)?;
    let declared = template.get("Parameters").and_then(Value::as_object);
    Ok(declared.map(|parameters| parameters.keys().cloned().collect()).unwrap_or_default())
}

fn convert(node: &Yaml<'_>) -> Result<Value, TemplateError> {
    match node {
        Yaml::Value(scalar) => Ok(scalar_value(scalar)),
        Yaml::Representation(text, ..) => Ok(Value::String(text.to_string())),
        Yaml::Sequence(items) => items.iter().map(convert).collect::<Result<_, _>>().map(Value::Array),
        Yaml::Mapping(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                object.insert(key_text(key)?, convert(value)?);
            }
            Ok(Value::Object(object))
        }
        Yaml::Tagged(tag, inner) => long_form(&tag.suffix, convert(inner)?),
        Yaml::Alias(_) | Yaml::BadValue => Err(TemplateError::Unknown("an alias".to_owned())),
    }
}

fn scalar_value(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => Value::Bool(*value),
        Scalar::Integer(value) => Value::from(*value),
        Scalar::FloatingPoint(value) => Value::from(value.into_inner()),
        Scalar::String(text) => Value::String(text.to_string()),
    }
}

/// A mapping's key; those that look like numbers or booleans are text to CloudFormation.
fn key_text(key: &Yaml<'_>) -> Result<String, TemplateError> {
    match convert(key)? {
        Value::String(text) => Ok(text),
        Value::Null => Ok("null".to_owned()),
        value @ (Value::Bool(_) | Value::Number(_)) => Ok(value.to_string()),
        Value::Array(_) | Value::Object(_) => Err(TemplateError::Unknown("a key that is not a text".to_owned())),
    }
}

/// `!Sub x` → `{"Fn::Sub": x}`; `!GetAtt A.B` also splits at the first point.
fn long_form(tag: &str, inner: Value) -> Result<Value, TemplateError> {
    let (name, inner) = match tag {
        "Ref" | "Condition" => (tag.to_owned(), inner),
        "GetAtt" => {
            let parts = match &inner {
                Value::String(text) => match text.split_once('.') {
                    Some((id, attribute)) => Value::from(vec![id, attribute]),
                    None => inner,
                },
                _ => inner,
            };
            ("Fn::GetAtt".to_owned(), parts)
        }
        "And" | "Base64" | "Cidr" | "Equals" | "FindInMap" | "GetAZs" | "If" | "ImportValue" | "Join" | "Length"
        | "Not" | "Or" | "Select" | "Split" | "Sub" | "ToJsonString" | "Transform" => (format!("Fn::{tag}"), inner),
        "str" => return Ok(inner),
        _ => return Err(TemplateError::Unknown(format!("the tag !{tag}"))),
    };
    Ok(Value::Object(Map::from_iter([(name, inner)])))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_tags_become_long_forms() {
        let parsed = parse(concat!(
            "Resources:\n  A:\n    Type: T\n    Properties:\n",
            "      R: !Ref B\n      G: !GetAtt B.C.D\n      S: !Sub \"${B}-x\"\n",
            "      N: !Not [!Equals [!Ref P, \"\"]]\n      I: !If [C, 1, !Ref AWS::NoValue]\n",
        ))
        .unwrap();
        assert_eq!(
            parsed["Resources"]["A"]["Properties"],
            json!({
                "R": {"Ref": "B"},
                "G": {"Fn::GetAtt": ["B", "C.D"]},
                "S": {"Fn::Sub": "${B}-x"},
                "N": {"Fn::Not": [{"Fn::Equals": [{"Ref": "P"}, ""]}]},
                "I": {"Fn::If": ["C", 1, {"Ref": "AWS::NoValue"}]},
            })
        );
    }

    #[test]
    fn json_is_read_too() {
        assert_eq!(parse("{\"Resources\": {\"A\": {\"Type\": \"T\"}}}").unwrap()["Resources"]["A"]["Type"], "T");
    }

    #[test]
    fn row_4_a_template_in_json_is_ascii_and_loses_no_letter() {
        let template = json!({"Resources": {"A": {"Type": "T", "Properties": {"Zoë…": "😀 \u{7f}\\"}}}});
        let text = to_json(&template);
        assert!(text.is_ascii() && text.contains("Zo\\u00eb\\u2026") && text.contains("\\ud83d\\ude00"), "{text}");
        assert_eq!(parse(&text).unwrap(), template);
    }

    #[test]
    fn scalars_keep_their_kind() {
        let parsed = parse("a: \"2012-10-17\"\nb: 5\nc: true\nd: \"true\"\ne:\n").unwrap();
        assert_eq!(parsed, json!({"a": "2012-10-17", "b": 5, "c": true, "d": "true", "e": null}));
    }

    #[test]
    fn what_cloudformation_does_not_know_is_refused() {
        assert!(matches!(parse("a: !Nope b\n"), Err(TemplateError::Unknown(_))));
        assert!(matches!(parse("a: [\n"), Err(TemplateError::Syntax(_))));
        assert_eq!(parse("- a\n"), Err(TemplateError::NotAMapping));
        assert_eq!(parse(""), Err(TemplateError::NotAMapping));
    }

    #[test]
    fn declared_parameters_are_listed() {
        let names = parameters("Parameters:\n  B: {Type: String}\n  A: {Type: String}\n").unwrap();
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["A", "B"]);
        assert!(parameters("Resources: {}\n").unwrap().is_empty());
    }
}
