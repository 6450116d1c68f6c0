//! What is wrong with a value, in plain words: what the schema asks for, what was found, and what to write.

use serde_json::Value as Json;

use super::fault::{Fault, FaultKind, Step};
use super::problem::Problem;
use super::schema;
use super::suggest;
use super::tree::Node;

/// Characters of a value that a message repeats at most.
const MAX_REPEATED_CHARACTERS: usize = 40;

/// Explains why a value could not be read.
pub(super) fn fault(fault: &Fault) -> Problem {
    let span = fault.span.clone().unwrap_or_default();
    let name = path_text(&fault.path);
    match &fault.kind {
        // The types of single values end their messages with the remedy.
        FaultKind::Refused(message) => match message.split_once(": write ") {
            Some((message, remedy)) => {
                Problem::new(span, format!("`{name}`: {message}")).with_help(format!("write {remedy}"))
            }
            None => Problem::new(span, format!("`{name}`: {message}")),
        },
        FaultKind::MissingKey(key) => missing(key),
        FaultKind::UnknownKey { key, known } => {
            let problem = Problem::new(span, format!("there is no key {}{}", quoted(key), place_of(&fault.path)));
            suggest::for_key(problem, &fault.path, key, known)
        }
        FaultKind::Mismatch(found) => mismatch(span, &fault.path, found),
    }
}

/// Explains that the file holds a list or a text instead of keys.
pub(super) fn not_a_section(root: &Node, fault: &Fault) -> Problem {
    let FaultKind::Mismatch(found) = &fault.kind else {
        return Problem::new(root.span.clone(), "the file holds no `key: value` lines");
    };
    mismatch(root.span.clone(), &[], found)
        .with_help("begin it with a line such as `name: stellarr`, with a space after the colon")
}

/// Explains that a required key is not there.
pub(super) fn missing(key: &str) -> Problem {
    Problem::new(0..0, format!("`{key}` is missing"))
        .with_help(format!("add a line `{key}: …`, for example `name: stellarr`"))
}

/// Explains that a value is not what the schema asks for.
pub(super) fn mismatch(span: std::ops::Range<usize>, path: &[Step], found: &str) -> Problem {
    let name = path_text(path);
    let node = schema::at(path);
    let expected = node.as_ref().map_or_else(|| "something else".to_owned(), expectation);
    let subject = if name.is_empty() { "the file".to_owned() } else { format!("`{name}`") };
    let message = if found == "nothing" {
        format!("{subject} has no value; it must be {expected}")
    } else {
        format!("{subject} must be {expected}, not {found}")
    };
    let problem = Problem::new(span, message);
    let Some(node) = node else {
        return problem;
    };
    let written = found.trim_matches('`');
    let key = name.rsplit('.').next().unwrap_or_default();
    let unquoted = written.trim_matches('"');
    let help = if unquoted != written && (node["type"] == "boolean" || node["type"] == "integer") {
        Some(format!("write it without quotes: `{key}: {unquoted}`"))
    } else if node["type"] == "boolean" {
        match written.to_ascii_lowercase().as_str() {
            "yes" | "on" | "1" | "y" => Some(format!("write `{key}: true`")),
            "no" | "off" | "0" | "n" => Some(format!("write `{key}: false`")),
            _ => None,
        }
    } else if node["type"] == "array" && found != "nothing" && found.starts_with('`') {
        Some(format!("write `{key}: [{written}]`"))
    } else {
        suggest::closest(written, choices(&node).iter().map(String::as_str))
            .map(|choice| format!("did you mean `{choice}`?"))
            .or_else(|| keys_help(&node))
    };
    match help.or_else(|| removal_help(&node, found)) {
        Some(help) => problem.with_help(help),
        None => problem,
    }
}

fn keys_help(node: &Json) -> Option<String> {
    let keys: Vec<String> = schema::properties(node).iter().map(|(key, _)| format!("`{key}`")).collect();
    (!keys.is_empty() && node["type"] == "object").then(|| format!("its keys are {}", keys.join(", ")))
}

fn removal_help(node: &Json, found: &str) -> Option<String> {
    let default = node.get("default").filter(|default| !default.is_object())?;
    if found == "nothing" {
        Some(format!("write a value, or remove the line: then it is {}", schema::plain(default)))
    } else {
        Some(format!("the default is {}", schema::plain(default)))
    }
}

/// Says what the schema asks for, so that it reads on after "must be".
pub(super) fn expectation(node: &Json) -> String {
    let choices = choices(node);
    if !choices.is_empty() {
        return one_of(&choices);
    }
    match node["type"].as_str() {
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("integer") => match (node["minimum"].as_u64(), node["maximum"].as_u64()) {
            (Some(least), Some(most)) => format!("a whole number from {least} to {most}"),
            (Some(least), None) => format!("a whole number of {least} or more"),
            _ => "a whole number".to_owned(),
        },
        Some("array") => "a list".to_owned(),
        Some("object") => "a section of `key: value` lines".to_owned(),
        Some("string") => "text".to_owned(),
        _ => match node.get("anyOf").and_then(Json::as_array) {
            Some(forms) => forms.iter().map(expectation).collect::<Vec<_>>().join(", or "),
            None => "something else".to_owned(),
        },
    }
}

/// Returns the values that the schema lists, each once.
pub(super) fn choices(node: &Json) -> Vec<String> {
    let mut choices: Vec<String> = Vec::new();
    let listed = node.get("enum").and_then(Json::as_array).into_iter().flatten();
    let described =
        node.get("oneOf").and_then(Json::as_array).into_iter().flatten().filter_map(|form| form.get("const"));
    for value in listed.chain(described) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if !choices.contains(&text) {
            choices.push(text);
        }
    }
    choices
}

fn one_of(choices: &[String]) -> String {
    let quoted: Vec<String> = choices.iter().map(|choice| format!("`{choice}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

/// Writes a path as the user would: `api.memory`, `locales[2]`. Lists count from 1 there, as lines do.
pub(super) fn path_text(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(&shortened(key)),
            Step::Key(key) => {
                text.push('.');
                text.push_str(&shortened(key));
            }
            Step::Index(index) => text.push_str(&format!("[{}]", index + 1)),
        }
    }
    text
}

fn place_of(path: &[Step]) -> String {
    match path.split_last() {
        Some((_, section)) if !section.is_empty() => format!(" in `{}`", path_text(section)),
        _ => String::new(),
    }
}

/// Repeats a text of the file in backticks: one line, not too long, nothing that moves the cursor.
pub(super) fn quoted(text: &str) -> String {
    format!("`{}`", shortened(text))
}

fn shortened(text: &str) -> String {
    let mut characters = text.chars();
    let mut shown: String = characters
        .by_ref()
        .take(MAX_REPEATED_CHARACTERS)
        .map(|symbol| if symbol.is_control() { '\u{fffd}' } else { symbol })
        .collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}
