//! What differs between two templates, in the form of a unified diff without line numbers: a hunk is headed by the section
//! that it begins in, so a line that is added to the one template does not move the hunks of every other configuration.

use similar::{ChangeTag, TextDiff};

/// The lines of context around a change; more where fewer would fit in two places.
const CONTEXT: usize = 2;

struct Hunk {
    /// `Resources/ApiFunction`, where the hunk begins.
    section: String,
    /// The lines of the first template, without their ends.
    old: Vec<String>,
    text: String,
}

/// The difference as text; empty when the templates are equal. Two different templates never give the same text, because
/// each hunk fits in one place only.
pub(crate) fn between(base: &str, other: &str) -> String {
    let lines: Vec<&str> = base.lines().collect();
    let sections = sections(&lines);
    let mut context = CONTEXT;
    loop {
        let hunks = hunks(base, other, context, &sections);
        if context > lines.len() || hunks.iter().all(|hunk| places(hunk, &lines, &sections) == 1) {
            return hunks.iter().map(|hunk| format!("@@ {} @@\n{}", hunk.section, hunk.text)).collect();
        }
        context += 1;
    }
}

fn hunks(base: &str, other: &str, context: usize, sections: &[String]) -> Vec<Hunk> {
    let diff = TextDiff::from_lines(base, other);
    let mut unified = diff.unified_diff();
    unified
        .context_radius(context)
        .iter_hunks()
        .map(|hunk| {
            let start = hunk.ops().first().map_or(0, |op| op.old_range().start);
            let section = sections.get(start).cloned().unwrap_or_default();
            let (mut old, mut text) = (Vec::new(), String::new());
            for change in hunk.iter_changes() {
                let line = change.value().trim_end_matches('\n');
                if change.tag() != ChangeTag::Insert {
                    old.push(line.to_owned());
                }
                let tag = change.tag().to_string();
                // Editors and git object to a line that is nothing but a space.
                text += if line.is_empty() { tag.trim_end() } else { &tag };
                text += line;
                text.push('\n');
            }
            Hunk { section, old, text }
        })
        .collect()
}

/// In how many places of its section the hunk fits.
fn places(hunk: &Hunk, lines: &[&str], sections: &[String]) -> usize {
    let windows = lines.windows(hunk.old.len().max(1)).zip(sections);
    windows.filter(|(window, section)| **section == hunk.section && window == &hunk.old.as_slice()).count()
}

/// For each line the key at the margin and the key one level deeper that it is below.
fn sections(lines: &[&str]) -> Vec<String> {
    let (mut outer, mut inner) = ("", "");
    let mut found = Vec::new();
    for line in lines {
        let key = line.trim_start();
        if key.ends_with(':') && !key.starts_with('#') {
            match line.len() - key.len() {
                0 => (outer, inner) = (key, ""),
                2 => inner = key,
                _ => {}
            }
        }
        found.push(format!("{outer}{inner}").trim_end_matches(':').replace(':', "/"));
    }
    found
}

#[test]
fn a_hunk_is_headed_by_its_section_and_has_no_line_numbers() {
    let base = "Parameters:\n  Key:\n    Type: String\n\nResources:\n  Table:\n    Type: AWS::DynamoDB::Table\n";
    let other = base.replace("Type: String\n", "Type: Number\n");
    let wanted = "@@ Parameters @@\n Parameters:\n   Key:\n-    Type: String\n+    Type: Number\n\n Resources:\n";
    assert_eq!(between(base, &other), wanted);
    assert_eq!(between(base, base), "");
}

#[test]
fn different_templates_never_have_equal_differences() {
    let base = format!("Resources:\n  List:\n{}    - end\n", "    - x\n    - y\n".repeat(5));
    let with = |place: usize, line: &str| {
        let mut lines: Vec<&str> = base.lines().collect();
        lines.insert(place, line);
        between(&base, &format!("{}\n", lines.join("\n")))
    };
    let differences =
        [with(4, "    - new"), with(6, "    - new"), with(8, "    - new"), with(6, "    - new "), with(6, "")];
    let different: std::collections::BTreeSet<_> = differences.iter().collect();
    assert_eq!(different.len(), differences.len(), "{differences:#?}");
}
