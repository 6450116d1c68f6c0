//! Changes single values in the text of a configuration file. Everything else stays as it is, comments too.

use std::ops::Range;

use super::tree::{self, Node, SectionEntry, Value};

/// A change of one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The key, or a section and its key.
    pub path: &'static [&'static str],
    /// The new value as YAML; none takes the key away.
    pub value: Option<String>,
}

/// Makes the changes, one after the other. Whether the text then means what it should, the caller finds out by reading it.
#[must_use]
pub fn edit(text: &str, edits: &[Edit]) -> String {
    edits.iter().fold(text.to_owned(), |text, edit| match (&edit.value, edit.path) {
        (Some(value), [key]) => set(&text, key, value),
        (Some(value), [section, key]) => set_within(&text, section, key, value),
        (None, path) => take_away(&text, path),
        _ => text,
    })
}

/// Writes a text as a YAML value, in quotes where it needs them.
#[must_use]
pub fn quoted(text: &str) -> String {
    let is_word = text.starts_with(|first: char| first.is_alphabetic())
        && !text.ends_with(' ')
        && text.chars().all(|symbol| symbol.is_alphanumeric() || " .-_".contains(symbol))
        && !["true", "false", "yes", "no", "on", "off", "null"].contains(&text.to_lowercase().as_str());
    if is_word { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

fn set(text: &str, key: &str, value: &str) -> String {
    let root = read(text);
    match entry(&root, key) {
        Some(found) => put_value(text, found, value),
        None => match commented(text, &format!("#{key}:")) {
            Some(line) => replaced(text, line, &format!("{key}: {value}")),
            None => appended(text, &format!("{key}: {value}")),
        },
    }
}

fn set_within(text: &str, section: &str, key: &str, value: &str) -> String {
    let root = read(text);
    let Some(found) = entry(&root, section) else {
        let Some(heading) = commented(text, &format!("#{section}:")) else {
            return appended(text, &format!("{section}:{}  {key}: {value}", line_end(text)));
        };
        let text = replaced(text, heading, &format!("{section}:"));
        return set_within(&text, section, key, value);
    };
    match entry(&found.node, key) {
        Some(inner) => put_value(text, inner, value),
        // `dns: external` is short for a section with a provider.
        None if matches!(found.node.value, Value::Scalar { .. }) && !found.node.is_null() => {
            put_value(text, found, value)
        }
        None => {
            let heading = line_of(text, found.key_span.start);
            match commented_below(text, heading.end, &format!("#  {key}:")) {
                Some(line) => replaced(text, line, &format!("  {key}: {value}")),
                None => replaced(text, heading.end..heading.end, &format!("{}  {key}: {value}", line_end(text))),
            }
        }
    }
}

/// Turns the lines of a key into comments.
fn take_away(text: &str, path: &[&str]) -> String {
    let root = read(text);
    let found = match path {
        [key] => entry(&root, key),
        [section, key] => entry(&root, section).and_then(|section| entry(&section.node, key)),
        _ => None,
    };
    let Some(found) = found else { return text.to_owned() };
    let first = line_of(text, found.key_span.start);
    let last = line_of(text, found.node.span.end.max(found.key_span.end));
    let lines = &text[first.start..last.end];
    let comments: Vec<String> = lines.split('\n').map(|line| format!("#{line}")).collect();
    replaced(text, first.start..last.end, &comments.join("\n"))
}

fn put_value(text: &str, found: &SectionEntry, value: &str) -> String {
    if found.node.span.is_empty() || found.node.is_null() && found.node.span.start <= found.key_span.end {
        let colon = text[found.key_span.end..].find(':').map_or(found.key_span.end, |at| found.key_span.end + at + 1);
        return replaced(text, colon..colon, &format!(" {value}"));
    }
    replaced(text, found.node.span.clone(), value)
}

fn read(text: &str) -> Node {
    tree::read(text, &mut Vec::new()).root
}

fn entry<'a>(node: &'a Node, key: &str) -> Option<&'a SectionEntry> {
    match &node.value {
        Value::Section(entries) => entries.iter().find(|entry| entry.key == key),
        _ => None,
    }
}

fn replaced(text: &str, range: Range<usize>, with: &str) -> String {
    format!("{}{with}{}", &text[..range.start], &text[range.end..])
}

fn appended(text: &str, line: &str) -> String {
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { line_end(text) };
    format!("{text}{gap}{line}{}", line_end(text))
}

fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// The line that a byte stands in, without its end.
fn line_of(text: &str, byte: usize) -> Range<usize> {
    let start = text[..byte].rfind('\n').map_or(0, |end| end + 1);
    let end = text[byte..].find('\n').map_or(text.len(), |length| byte + length);
    start..text[..end].trim_end_matches('\r').len().max(start)
}

/// The line that begins with a commented key.
fn commented(text: &str, start: &str) -> Option<Range<usize>> {
    let at = if text.starts_with(start) { 0 } else { text.find(&format!("\n{start}"))? + 1 };
    Some(line_of(text, at))
}

/// The same among the comments that follow a heading directly.
fn commented_below(text: &str, heading_end: usize, start: &str) -> Option<Range<usize>> {
    let mut at = heading_end + text[heading_end..].find('\n')? + 1;
    loop {
        let line = line_of(text, at);
        let words = &text[line.clone()];
        if words.starts_with(start) {
            return Some(line);
        }
        if !words.starts_with("#  ") && !words.starts_with("  ") {
            return None;
        }
        at = line.end + text[line.end..].find('\n')? + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DnsProvider, parse};

    const SHIPPED: &str = include_str!("../../../stellarr.yaml");

    fn changed(text: &str, path: &'static [&'static str], value: Option<&str>) -> String {
        edit(text, &[Edit { path, value: value.map(str::to_owned) }])
    }

    #[test]
    fn a_value_changes_and_its_comment_stays() {
        let text = "# mine\nname: home # short\napp_name: \"Old: name\"   # shown\n";
        let text = changed(text, &["app_name"], Some(&quoted("Movie night")));
        assert_eq!(text, "# mine\nname: home # short\napp_name: Movie night   # shown\n");
    }

    #[test]
    fn commented_examples_become_values() {
        let edits = [
            Edit { path: &["domain"], value: Some("tv.example.org".to_owned()) },
            Edit { path: &["dns", "provider"], value: Some("external".to_owned()) },
            Edit { path: &["waf", "enabled"], value: Some("true".to_owned()) },
            Edit { path: &["locales"], value: Some("[pt-BR]".to_owned()) },
        ];
        let text = edit(SHIPPED, &edits);
        let config = parse(&text, "stellarr.yaml").unwrap();
        assert_eq!(config.domain.as_deref(), Some("tv.example.org"));
        assert_eq!((config.dns.provider, config.waf.enabled), (DnsProvider::External, true));
        assert_eq!(config.locale_list(), "pt-BR");
        assert!(text.contains("\nwaf:\n  enabled: true\n#  rate_limit: 2000\n"), "{text}");
        assert_eq!(text.lines().count(), SHIPPED.lines().count(), "every line stays in its place");
    }

    #[test]
    fn what_goes_becomes_a_comment() {
        let text = "name: home\ndomain: tv.example.org\ndns:\n  provider: external\nregion: eu-west-1\n";
        let text = changed(&changed(text, &["domain"], None), &["dns"], None);
        assert_eq!(text, "name: home\n#domain: tv.example.org\n#dns:\n#  provider: external\nregion: eu-west-1\n");
        let again = changed(&text, &["domain"], Some("b.example.org"));
        assert!(again.contains("\ndomain: b.example.org\n#dns:"), "{again}");
    }

    #[test]
    fn sections_take_new_keys_and_short_forms_stay_short() {
        let text = changed("name: home\nwaf:\n  rate_limit: 500\n", &["waf", "enabled"], Some("true"));
        assert_eq!(text, "name: home\nwaf:\n  enabled: true\n  rate_limit: 500\n");
        assert_eq!(
            changed("name: a\ndns: route53\n", &["dns", "provider"], Some("external")),
            "name: a\ndns: external\n"
        );
        assert_eq!(changed("name: a", &["waf", "enabled"], Some("true")), "name: a\nwaf:\n  enabled: true\n");
    }

    #[test]
    fn lists_over_several_lines_and_windows_line_ends_work() {
        let text = "name: home\r\nlocales:\r\n  - en\r\n  - fr\r\nregion: eu-west-1\r\n";
        let text = changed(text, &["locales"], Some("[de]"));
        let config = parse(&text, "stellarr.yaml").unwrap();
        assert_eq!((config.locale_list().as_str(), config.region.as_str()), ("de", "eu-west-1"));
    }

    #[test]
    fn texts_are_quoted_where_they_need_it() {
        assert_eq!(
            ["Movie night", "Yes", "a: b", "9 lives"].map(quoted),
            ["Movie night", "\"Yes\"", "\"a: b\"", "\"9 lives\""]
        );
    }
}
