//! The text of a configuration file: from bytes, and as errors show it.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::problem::Problem;
use super::suggest;
use super::tree::{Node, Value};

/// Bytes that a configuration may have. A real one has a few thousand.
pub(super) const MAX_BYTES: u64 = 1024 * 1024;

/// Bytes that a line may have. Each problem shows up to three lines.
const MAX_LINE_LENGTH: usize = 20_000;

/// Checks the size and the encoding, and leaves out a byte-order mark. Gives the text that can be read, if only for showing it.
pub(super) fn text_of(bytes: &[u8]) -> (String, Option<Problem>) {
    if bytes.len() as u64 > MAX_BYTES {
        return (String::new(), Some(too_large()));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let problem = Problem::new(0..0, "the file is UTF-16").with_help("save it as UTF-8");
        return (String::new(), Some(problem));
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    if bytes.split(|byte| matches!(byte, b'\n' | b'\r')).any(|line| line.len() > MAX_LINE_LENGTH) {
        let problem = Problem::new(0..0, format!("the file has a line of more than {MAX_LINE_LENGTH} bytes"))
            .with_help("is this the right file? Choose it with --config");
        return (String::new(), Some(problem));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), None),
        Err(error) => {
            let at = error.valid_up_to();
            let problem = Problem::new(at..at + '\u{fffd}'.len_utf8(), "the file is not UTF-8")
                .with_label("this byte fits in no character")
                .with_help("save it as UTF-8");
            (String::from_utf8_lossy(bytes).into_owned(), Some(problem))
        }
    }
}

pub(super) fn too_large() -> Problem {
    Problem::new(0..0, "the file is larger than 1 MB")
        .with_help("a configuration has a few lines: is this the right file? Choose it with --config")
}

/// A configuration file as errors show it: with its name, with columns that count characters, and without secrets.
#[derive(Debug)]
pub(super) struct SourceText {
    name: String,
    text: String,
}

impl SourceText {
    pub(super) fn new(name: String, text: &str, root: Option<&Node>) -> Self {
        let mut secret = vec![false; text.len()];
        let mut hide = |range: Range<usize>| {
            if let Some(part) = secret.get_mut(range) {
                part.fill(true);
            }
        };
        secrets_in_lines(text).into_iter().for_each(&mut hide);
        if let Some(root) = root {
            secrets_in_tree(root, &mut hide);
        }
        let masked = text.char_indices().map(|(at, symbol)| {
            if secret[at] && !symbol.is_whitespace() { "*".repeat(symbol.len_utf8()) } else { symbol.to_string() }
        });
        Self { name, text: masked.collect() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns line and column of a byte, both from 1. Lines end as YAML's do: with `\n`, `\r\n` or `\r`.
    pub(super) fn position(&self, byte: usize) -> (usize, usize) {
        let before = &self.text[..self.text.floor_char_boundary(byte)];
        let line_start = before.rfind(['\n', '\r']).map_or(0, |line_end| line_end + 1);
        let line_ends = before.matches(['\n', '\r']).count() - before.matches("\r\n").count();
        (line_ends + 1, before[line_start..].chars().count() + 1)
    }

    /// Keeps a range within the text, and to its first line: a long value is marked where it begins.
    pub(super) fn within(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.text.floor_char_boundary(span.start);
        let end = self.text.floor_char_boundary(span.end).max(start);
        let line_end = self.text[start..end].find(['\n', '\r']).map_or(end, |line_end| start + line_end);
        start..line_end
    }
}

impl SourceCode for SourceText {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_lines_before: usize,
        context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.read_span(span, context_lines_before, context_lines_after)?;
        let column = match context_lines_before {
            0 => self.position(span.offset()).1 - 1,
            _ => inner.column(),
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            inner.line(),
            column,
            inner.line_count(),
        )))
    }
}

/// Finds what follows a key with a secret's name, line by line: it works in a file that is not YAML, too.
fn secrets_in_lines(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        for (colon, _) in line.match_indices([':', '=']) {
            let is_word = |symbol: char| symbol.is_ascii_alphanumeric() || "_-\"'".contains(symbol);
            let before = line[..colon].trim_end();
            let key = &before[before.trim_end_matches(is_word).len()..];
            if suggest::is_secret(key) {
                found.push(start + colon + 1..start + line.len());
                break;
            }
        }
        start += line.len();
    }
    found
}

fn secrets_in_tree(node: &Node, hide: &mut impl FnMut(Range<usize>)) {
    match &node.value {
        Value::Section(entries) => {
            for entry in entries {
                if suggest::is_secret(&entry.key) {
                    hide(entry.node.span.clone());
                }
                secrets_in_tree(&entry.node, hide);
            }
        }
        Value::List(items) => items.iter().for_each(|item| secrets_in_tree(item, hide)),
        Value::Scalar { .. } | Value::Faulty => {}
    }
}
