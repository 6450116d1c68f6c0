//! The text of a configuration file as a tree whose every node knows where it stands.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::problem::Problem;
use super::syntax;

/// Nodes that a file may hold, those of its aliases counted. A real file has under a hundred; aliases of aliases would
/// otherwise fill the memory.
const MAX_NODES: usize = 5_000;

/// How deep sections may lie in one another. Ours lie two deep.
const MAX_DEPTH: usize = 32;

/// A value in the file.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The bytes of the text that the value covers.
    pub(super) span: Range<usize>,
    pub(super) value: Value,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A single value. `plain` means without quotes, so that `5` is a number and `true` a switch.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Section(Vec<SectionEntry>),
    /// Reported already and to be passed over.
    Faulty,
}

/// A key of a section and its value.
#[derive(Clone, Debug)]
pub(super) struct SectionEntry {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) node: Node,
}

/// What was read of a file.
pub(super) struct ParsedDocument {
    pub(super) root: Node,
    /// Whether the whole file was read. If not, only what stands before the fault is in the tree.
    pub(super) complete: bool,
}

impl Node {
    /// Says whether there is nothing: no text, or `null`.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    pub(super) fn is_faulty(&self) -> bool {
        matches!(self.value, Value::Faulty)
    }

    fn size(&self) -> usize {
        1 + match &self.value {
            Value::Scalar { .. } | Value::Faulty => 0,
            Value::List(items) => items.iter().map(Self::size).sum(),
            Value::Section(entries) => entries.iter().map(|entry| 1 + entry.node.size()).sum(),
        }
    }
}

/// Reads the text into a tree, and notes what is wrong with its form.
pub(super) fn read(text: &str, problems: &mut Vec<Problem>) -> ParsedDocument {
    let options = granit_parser::options! {
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
        emit_comments: false,
        emit_unresolved_aliases: true,
    };
    let mut builder = Builder { text, problems, open: Vec::new(), anchors: HashMap::new(), nodes: 0, root: None };
    let complete = builder.run(Parser::new_from_str_with_options(text, options));
    builder.close_all();
    let root = builder.root.unwrap_or(Node { span: 0..0, value: Value::Section(Vec::new()) });
    ParsedDocument { root, complete }
}

/// A section or list whose end was not reached yet.
struct Open {
    anchor: usize,
    start: usize,
    parts: Parts,
}

enum Parts {
    List(Vec<Node>),
    Section { entries: Vec<SectionEntry>, key: Option<Node> },
}

struct Builder<'a> {
    text: &'a str,
    problems: &'a mut Vec<Problem>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    root: Option<Node>,
}

impl<'a> Builder<'a> {
    /// Takes in the parser's events; says whether it came to the end.
    fn run(&mut self, parser: Parser<'a, StrInput<'a>>) -> bool {
        for next in parser {
            let (event, span) = match next {
                Ok(next) => next,
                Err(error) => {
                    self.scan_error(&error);
                    return false;
                }
            };
            let range = self.range(span);
            if !self.take(event, range) {
                return false;
            }
        }
        true
    }

    /// Takes in one event; says whether to go on.
    fn take(&mut self, event: Event<'a>, span: Range<usize>) -> bool {
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                self.problems.push(
                    Problem::new(span, "the file holds a second document after `---`")
                        .with_help("keep one configuration to a file, and choose the file with --config"),
                );
                return false;
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.check_tag(tag.as_deref(), &span);
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let node = Node { span, value: Value::Scalar { text: text.into_owned(), plain } };
                return self.finish(node, anchor);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), &span);
                self.open.push(Open { anchor, start: span.start, parts: Parts::List(Vec::new()) });
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), &span);
                let parts = Parts::Section { entries: Vec::new(), key: None };
                self.open.push(Open { anchor, start: span.start, parts });
            }
            Event::SequenceEnd | Event::MappingEnd => return self.close(span.end),
            Event::Alias(anchor) => {
                let Some(target) = self.anchors.get(&anchor).cloned() else {
                    self.problems.push(
                        Problem::new(span.clone(), "this alias stands inside the value that it repeats")
                            .with_help("write the value out"),
                    );
                    return self.finish(Node { span, value: Value::Faulty }, 0);
                };
                self.nodes += target.size();
                return self.finish(Node { span, value: target.value }, 0);
            }
            Event::UnresolvedAlias(name) => {
                self.problems.push(Problem::new(span.clone(), format!("nothing above is named `&{name}`")).with_help(
                    format!(
                        "in YAML `*{name}` repeats a value; if the star belongs to the text, put the text in quotes"
                    ),
                ));
                return self.finish(Node { span, value: Value::Faulty }, 0);
            }
            _ => {}
        }
        true
    }

    /// Puts a finished node where it belongs; says whether to go on.
    fn finish(&mut self, node: Node, anchor: usize) -> bool {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            self.problems.push(
                Problem::new(node.span.clone(), format!("the file holds more than {MAX_NODES} values")).with_help(
                    "a configuration has under a hundred; aliases (`*name`) that repeat each other multiply",
                ),
            );
            return false;
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.parts) {
            None => self.root = Some(node),
            Some(Parts::List(items)) => items.push(node),
            Some(Parts::Section { key: key @ None, .. }) => *key = Some(node),
            Some(Parts::Section { entries, key }) => {
                if let Some(key) = key.take() {
                    add_entry(self.text, entries, key, node, self.problems);
                }
            }
        }
        true
    }

    fn close(&mut self, end: usize) -> bool {
        let Some(Open { anchor, start, parts }) = self.open.pop() else {
            return true;
        };
        let value = match parts {
            Parts::List(items) => Value::List(items),
            Parts::Section { entries, .. } => Value::Section(entries),
        };
        self.finish(Node { span: self.trimmed(start..end.max(start)), value }, anchor)
    }

    /// Closes what a fault left open, so that the part before it can be judged.
    fn close_all(&mut self) {
        self.nodes = 0;
        while !self.open.is_empty() {
            let end = self.open.last().map_or(0, |open| open.start);
            self.close(end);
        }
    }

    fn check_tag(&mut self, tag: Option<&Tag>, span: &Range<usize>) {
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema() && tag.original() != "!") {
            self.problems.push(
                Problem::new(span.clone(), format!("the tag `{}` means nothing here", tag.original()))
                    .with_help("remove it; if the `!` belongs to the text, put the text in quotes"),
            );
        }
    }

    fn scan_error(&mut self, error: &ScanError) {
        let at = byte_offset(self.text, error.marker().byte_offset(), error.marker().index());
        self.problems.push(syntax::explain(self.text, error, at));
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = byte_offset(self.text, span.start.byte_offset(), span.start.index());
        let end = byte_offset(self.text, span.end.byte_offset(), span.end.index());
        self.trimmed(start..end.max(start))
    }

    /// Leaves out the white space at the end, which block values take in.
    fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        let text = self.text.get(range.clone()).unwrap_or_default();
        range.start..range.start + text.trim_end().len()
    }
}

fn byte_offset(text: &str, bytes: Option<usize>, characters: usize) -> usize {
    let offset = bytes.unwrap_or_else(|| text.char_indices().nth(characters).map_or(text.len(), |(offset, _)| offset));
    text.floor_char_boundary(offset)
}

fn line_of(text: &str, byte: usize) -> usize {
    text.get(..byte).unwrap_or_default().matches('\n').count() + 1
}

fn add_entry(source: &str, entries: &mut Vec<SectionEntry>, key: Node, node: Node, problems: &mut Vec<Problem>) {
    let Value::Scalar { text, .. } = key.value else {
        if !key.is_faulty() {
            problems.push(Problem::new(key.span, "a list or section can't be a key").with_help("keys are plain words"));
        }
        return;
    };
    if text == "<<" {
        problems.push(
            Problem::new(key.span, "merge keys (`<<`) are not supported")
                .with_help("write the keys out in this section"),
        );
        return;
    }
    if let Some(first) = entries.iter().find(|entry| entry.key == text) {
        problems.push(Problem::new(key.span, format!("`{text}` is set twice in the same section")).with_help(format!(
            "line {} sets it first: keep one of the two lines",
            line_of(source, first.key_span.start)
        )));
        return;
    }
    entries.push(SectionEntry { key: text, key_span: key.span, node });
}
