//! The JSON schema of `stellarr.yaml`, made of the types, and what is read out of it.

use std::sync::LazyLock;

use serde_json::{Map, Value as Json};

use super::fault::Step;
use super::model::Config;

static SCHEMA: LazyLock<Json> = LazyLock::new(|| {
    let mut generated = schemars::schema_for!(Config).to_value();
    tidy(&mut generated);
    // What the file is comes first.
    let mut schema = Map::new();
    for key in ["$schema", "title", "description"] {
        schema.insert(key.to_owned(), generated[key].take());
    }
    schema.insert("title".to_owned(), Json::from("stellarr.yaml"));
    for (key, value) in generated.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        schema.insert(key.clone(), value.clone());
    }
    Json::Object(schema)
});

/// Returns the JSON schema of `stellarr.yaml`, indented, with a line break at the end.
#[must_use]
pub fn schema() -> String {
    // Serialising a JSON value can't fail: its keys are strings.
    let text = serde_json::to_string_pretty(&*SCHEMA).unwrap_or_default();
    format!("{text}\n")
}

/// Joins the lines of descriptions and leaves out what only Rust cares for.
fn tidy(node: &mut Json) {
    match node {
        Json::Object(map) => {
            if map.get("format").and_then(Json::as_str).is_some_and(|format| format.starts_with("uint")) {
                map.remove("format");
            }
            if let Some(Json::String(text)) = map.get_mut("description") {
                *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            map.values_mut().for_each(tidy);
        }
        Json::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// Returns the schema of the value at the path, with what it refers to put in.
pub(super) fn at(path: &[Step]) -> Option<Json> {
    let mut node = resolved(&SCHEMA);
    for step in path {
        node = match step {
            Step::Index(_) => resolved(node.get("items")?),
            Step::Key(key) => match property(&node, key) {
                Some(property) => property,
                None => resolved(node.get("additionalProperties").filter(|value| value.is_object())?),
            },
        };
    }
    Some(node)
}

fn property(node: &Json, key: &str) -> Option<Json> {
    let forms = node.get("anyOf").and_then(Json::as_array).into_iter().flatten();
    std::iter::once(node).chain(forms).find_map(|form| form.get("properties")?.get(key)).map(resolved)
}

/// Puts the referenced definition in; the node's own description and default win.
pub(super) fn resolved(node: &Json) -> Json {
    let Some(name) = node.get("$ref").and_then(Json::as_str).and_then(|link| link.strip_prefix("#/$defs/")) else {
        return node.clone();
    };
    let mut merged: Map<String, Json> =
        SCHEMA["$defs"].get(name).and_then(Json::as_object).cloned().unwrap_or_default();
    for (key, value) in node.as_object().into_iter().flatten().filter(|(key, _)| *key != "$ref") {
        merged.insert(key.clone(), value.clone());
    }
    Json::Object(merged)
}

/// Returns the top-level keys with their schemas, in the order of the type.
pub(super) fn top_level() -> Vec<(String, Json)> {
    properties(&SCHEMA)
}

/// Returns a section's keys with their schemas, in the order of the type; nothing for a single value.
pub(super) fn properties(node: &Json) -> Vec<(String, Json)> {
    let forms = node.get("anyOf").and_then(Json::as_array).into_iter().flatten();
    std::iter::once(node)
        .chain(forms)
        .filter_map(|form| form.get("properties")?.as_object())
        .flatten()
        .map(|(key, value)| (key.clone(), resolved(value)))
        .collect()
}

/// Returns the path of every key, such as `api.memory`.
pub(super) fn key_paths() -> Vec<String> {
    let mut paths = Vec::new();
    for (key, node) in top_level() {
        paths.extend(properties(&node).into_iter().map(|(inner, _)| format!("{key}.{inner}")));
        paths.push(key);
    }
    paths
}

/// Writes a JSON value as a YAML file would hold it, in backticks.
pub(super) fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => format!("`{text}`"),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| plain(item).trim_matches('`').to_owned()).collect();
            format!("`[{}]`", items.join(", "))
        }
        other => format!("`{other}`"),
    }
}
