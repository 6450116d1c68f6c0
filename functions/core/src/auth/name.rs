//! The name that a member goes by.
//!
//! Two names are the same member's when their [`member_key`]s are equal: case, width and blanks do not tell people apart,
//! and neither does a character that cannot be seen.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Most characters of a name.
const MAX_CHARACTERS: usize = 50;

/// Holds a display name: NFKC, trimmed, inner blanks collapsed, 1 to 50 visible characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

/// Why a text is not a valid display name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but blanks.
    #[error("Name is required")]
    Empty,
    /// More than 50 characters.
    #[error("Name must be at most 50 characters")]
    TooLong,
    /// A control, zero-width or bidirectional character.
    #[error("Name must not contain control characters or invisible characters")]
    Invisible,
}

impl DisplayName {
    /// Normalizes a name, and checks its characters and its length in code points.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        // Before anything else, because the normalization replaces some of them.
        if text.trim().chars().any(is_invisible) {
            return Err(NameError::Invisible);
        }
        let name = collapsed(&text.nfkc().collect::<String>());
        if name.chars().any(is_invisible) {
            return Err(NameError::Invisible);
        }
        // A mark needs a letter before it, and a style something to style.
        let first = name.chars().find(|character| !is_variation(*character));
        if first.is_some_and(is_combining_mark) || (first.is_none() && !name.is_empty()) {
            return Err(NameError::Invisible);
        }
        match name.chars().count() {
            0 => Err(NameError::Empty),
            1..=MAX_CHARACTERS => Ok(Self(name)),
            _ => Err(NameError::TooLong),
        }
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns what all spellings of a member's name have in common. Names of earlier versions, which were only trimmed, have
/// a key as well.
#[must_use]
pub fn member_key(name: &str) -> String {
    let visible: String =
        name.nfkc().filter(|character| !is_invisible(*character) && !is_variation(*character)).collect();
    // Upper case makes one of letters that lower case keeps apart: `ß` and `ss`, the two small sigmas. Letter by letter,
    // because the case of a word's last sigma depends on where it stands.
    let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
    let folded = lower(&lower(&visible).to_uppercase());
    collapsed(&folded.nfkc().collect::<String>())
}

/// Whether two names are spellings of the same member's name.
#[must_use]
pub fn is_same_member(one: &str, other: &str) -> bool {
    one == other || member_key(one) == member_key(other)
}

/// Returns the spellings under which earlier versions may have stored what belongs to a member: the key, the name as it is
/// given, and the ways in which people write the case of a name.
#[must_use]
pub fn spellings(name: &str) -> Vec<String> {
    let key = member_key(name);
    let upper = key.to_uppercase();
    let capitalized: Vec<String> = key
        .split(' ')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
        })
        .collect();
    let mut all = vec![key];
    for spelling in [name.to_owned(), upper, capitalized.join(" ")] {
        if !all.contains(&spelling) {
            all.push(spelling);
        }
    }
    all
}

fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a character only selects an emoji's style. Keyboards add such a character to many emoji.
const fn is_variation(character: char) -> bool {
    matches!(character, '\u{fe00}'..='\u{fe0f}')
}

/// Whether a character is a control, has no width, changes the direction of what follows, or looks like a blank
/// without being one: with any of them a name looks like another one.
fn is_invisible(character: char) -> bool {
    // Unicode's Cc, Default_Ignorable_Code_Point without variation selectors, Bidi_Control, and what else shows nothing.
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, NameError> {
        DisplayName::parse(text).map(|name| name.0)
    }

    #[test]
    fn characters_count_not_bytes() {
        assert_eq!(parse("  Zoë "), Ok("Zoë".to_owned()));
        assert!(parse(&"é".repeat(50)).is_ok());
        assert_eq!(parse(&"é".repeat(51)), Err(NameError::TooLong));
        assert_eq!(parse(" \t\n"), Err(NameError::Empty));
    }

    #[test]
    fn one_name_has_one_spelling_of_blanks_and_widths() {
        assert_eq!(parse(" Anna \u{a0}  Maria\u{3000}"), Ok("Anna Maria".to_owned()));
        assert_eq!(parse("Zoe\u{308}"), Ok("Zoë".to_owned()), "composed");
        assert_eq!(parse("Ｊｏｈｎ"), Ok("John".to_owned()), "full width");
        assert_eq!(parse("\u{fdfa}\u{fdfa}\u{fdfa}"), Err(NameError::TooLong), "54 characters once normalized");
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        for character in [
            '\0',
            '\u{7}',
            '\t',
            '\n',
            '\u{7f}',
            '\u{9f}',
            '\u{ad}',
            '\u{61c}',
            '\u{180e}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{3164}',
            '\u{ffa0}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            assert_eq!(parse(&format!("Zo{character}ë")), Err(NameError::Invisible), "{character:?}");
        }
        assert_eq!(parse("\u{200b}"), Err(NameError::Invisible), "a name must show something");
        assert!(parse("Zoë ❤\u{fe0f} 木村").is_ok(), "an emoji as keyboards write it");
    }

    #[test]
    fn case_and_what_cannot_be_seen_tell_nobody_apart() {
        for (one, other) in [
            ("Zoë", "ZOË"),
            ("Zoë", "zoe\u{308}"),
            ("Anna Maria", " anna   MARIA "),
            ("Straße", "STRASSE"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
            ("Zoë", "Zo\u{200b}ë"),
            ("Zoë ❤", "zoë ❤\u{fe0f}"),
        ] {
            assert!(is_same_member(one, other), "{one} {other}");
        }
        for (one, other) in [("Zoë", "Zoe"), ("Anna", "Annas"), ("Anna Maria", "AnnaMaria")] {
            assert!(!is_same_member(one, other), "{one} {other}");
        }
        assert_eq!(member_key(&member_key("STRASSE  Σ")), member_key("STRASSE  Σ"), "a key is its own key");
    }

    #[test]
    fn the_usual_spellings_are_looked_for() {
        assert_eq!(spellings("zoë"), ["zoë", "ZOË", "Zoë"]);
        assert_eq!(spellings("anna Maria"), ["anna maria", "anna Maria", "ANNA MARIA", "Anna Maria"]);
    }
}
