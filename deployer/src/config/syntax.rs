//! What the YAML parser says, in plain words.

use granit_parser::{ErrorKind, ScanError};

use super::problem::Problem;

/// Explains the parser's error at byte `at` of the text.
pub(super) fn explain(text: &str, error: &ScanError, at: usize) -> Problem {
    use ErrorKind as Kind;
    if let Some(tab) = indenting_tab(text, at) {
        return Problem::new(tab..tab + 1, "a tab is used for indentation")
            .with_help("YAML wants spaces: replace each tab by two of them");
    }
    // YAML's own words for these cases speak of its grammar, not of what the writer did.
    let (message, help) = match error.kind() {
        Kind::TabInIndentation | Kind::TabInBlockIndentation | Kind::TabNotAllowed | Kind::TabAtBlockScalarStart => {
            ("a tab stands where YAML takes only spaces", "replace it by spaces")
        }
        Kind::MappingValueNotAllowed | Kind::InvalidColonPlacement | Kind::MappingKeyNotAllowed => (
            "a colon stands where no key can be",
            "look at the line above: is a bracket left open, or is there no space after its colon? A value with a colon and \
             a space in it needs quotes",
        ),
        Kind::InvalidQuotedScalarIndent => ("the quotation mark above is not closed", "add the closing quotation mark"),
        Kind::UnclosedQuotedScalar => ("a quotation mark is not closed", "add the closing quotation mark"),
        Kind::UnclosedFlowCollection { open: '[' } | Kind::UnexpectedEofFlowSequence => {
            ("a list is not closed", "add the closing `]`")
        }
        Kind::UnclosedFlowCollection { .. } | Kind::UnexpectedEofFlowMapping => {
            ("a section is not closed", "add the closing `}`")
        }
        Kind::ExpectedFlowSequenceSeparator | Kind::ExpectedFlowMappingSeparator => {
            ("a comma or a closing bracket is missing", "write `[en, es]`, with a comma between the values")
        }
        Kind::RecursionLimitExceeded => ("sections lie too deep in one another", "a configuration is two levels deep"),
        Kind::SimpleKeyExpected | Kind::InvalidSimpleKey | Kind::ExpectedBlockMappingKey => (
            "this is neither `key: value` nor part of the line above",
            "write a colon and a space after the key, and indent the keys of one section alike",
        ),
        Kind::InvalidIndentation => {
            ("this line is indented unlike its neighbours", "give the keys of one section the same number of spaces")
        }
        Kind::UnexpectedCharacter { .. } => {
            ("YAML gives this character a meaning of its own", "put the value in quotes")
        }
        _ => {
            return Problem::new(character_at(text, at), format!("this is not YAML: {}", error.info()))
                .with_help("write `key: value` lines, and indent the keys of a section by two spaces");
        }
    };
    Problem::new(character_at(text, at), message).with_help(help)
}

/// Finds a tab before the first word of the line at `at`, or of the next: the parser stumbles a little before it.
fn indenting_tab(text: &str, at: usize) -> Option<usize> {
    let mut start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    for line in text[start..].split_inclusive('\n').take(2) {
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = line[..indentation].find('\t') {
            return Some(start + tab);
        }
        start += line.len();
    }
    None
}

fn character_at(text: &str, at: usize) -> std::ops::Range<usize> {
    let length = text[at..].chars().next().filter(|symbol| !matches!(symbol, '\n' | '\r')).map_or(0, char::len_utf8);
    at..at + length
}
