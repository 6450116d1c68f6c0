//! Titles, compared as a last resort.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Holds what of a title counts when two are compared: letters and digits of any script, without accents, and the
/// year that Plex likes to append, as in `Bluey (2018)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TitleKey {
    letters: String,
    year: Option<u16>,
}

impl TitleKey {
    /// Takes a title, and the year that is known besides.
    #[must_use]
    pub fn new(title: &str, year: Option<u16>) -> Self {
        let (title, appended) = split_year(title.trim());
        Self { letters: letters(title), year: year.or(appended) }
    }

    /// Tells whether two titles may be the same: the same letters, at least one, and no different years.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        !self.letters.is_empty()
            && self.letters == other.letters
            && self.year.is_none_or(|year| other.year.is_none_or(|other| other == year))
    }
}

fn split_year(title: &str) -> (&str, Option<u16>) {
    let split = || {
        let (rest, year) = title.strip_suffix(')')?.rsplit_once('(')?;
        let year = Some(year).filter(|year| year.len() == 4)?.parse().ok()?;
        // A film may be called nothing but "(2012)".
        Some((rest.trim_end(), Some(year))).filter(|(rest, _)| !rest.is_empty())
    };
    split().unwrap_or((title, None))
}

fn letters(title: &str) -> String {
    let folded = title.nfkd().filter(|character| !is_combining_mark(*character)).flat_map(char::to_lowercase);
    let words: String = folded.map(|character| if character.is_alphanumeric() { character } else { '\u{0}' }).collect();
    // "Spider-Man" and "Spider Man" are one film; so are "Zoë's" and "Zoes".
    words.chars().filter(|character| *character != '\u{0}').collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Bluey (2018)", None, "Bluey", Some(2018), true)]
    #[case("Bluey (2018)", None, "Bluey", None, true)]
    #[case("Bluey (2018)", None, "Bluey", Some(1999), false)]
    #[case("Bluey", Some(2018), "Bluey", Some(1999), false)]
    #[case("Amélie", None, "AMELIE", None, true)]
    #[case("Spider-Man: No Way Home", None, "Spider Man – No Way Home", None, true)]
    #[case("千と千尋の神隠し", None, "千と千尋の神隠し", None, true)]
    #[case("千と千尋の神隠し", None, "もののけ姫", None, false)]
    #[case("Ирония судьбы", None, "ирония судьбы", None, true)]
    #[case("!!!", None, "???", None, false)]
    #[case("", None, "", None, false)]
    #[case("(2012)", None, "2012", None, true)]
    #[case("1917", None, "1917 (2019)", None, true)]
    fn titles(
        #[case] one: &str,
        #[case] year: Option<u16>,
        #[case] other: &str,
        #[case] other_year: Option<u16>,
        #[case] same: bool,
    ) {
        let (one, other) = (TitleKey::new(one, year), TitleKey::new(other, other_year));
        assert_eq!(one.matches(&other), same);
        assert_eq!(other.matches(&one), same);
    }
}
