//! The languages that a deployment serves.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A language as TMDB writes it: `en`, `pt-BR`, `zh-TW`.
///
/// The same text names the trending files, so it holds nothing but ASCII letters, digits and one dash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Locale(String);

/// Says why a text is no locale.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a language code; write it like `en` or `pt-BR`")]
pub struct InvalidLocale(String);

impl Locale {
    /// Returns the text that TMDB's `language` parameter and file names take.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a comma list such as `en,es,pt-BR`; repeated and blank entries are left out.
    ///
    /// # Errors
    /// The first entry that is no locale.
    pub fn parse_list(list: &str) -> Result<Vec<Self>, InvalidLocale> {
        let mut locales = Vec::new();
        for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let locale: Self = entry.parse()?;
            if !locales.contains(&locale) {
                locales.push(locale);
            }
        }
        Ok(locales)
    }
}

impl FromStr for Locale {
    type Err = InvalidLocale;

    /// Accepts any case and `_` for `-`, and maps script subtags of Chinese to the regions that TMDB knows.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidLocale(text.chars().take(20).collect());
        let mut parts = text.split(['-', '_']);
        let language = parts.next().unwrap_or_default();
        if !(2..=3).contains(&language.len()) || !language.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Err(invalid());
        }
        let language = language.to_ascii_lowercase();
        let region = match (parts.next(), parts.next()) {
            (None, _) => return Ok(Self(language)),
            (Some(region), None) => region,
            (Some(_), Some(_)) => return Err(invalid()),
        };
        let region = match (language.as_str(), region.to_ascii_lowercase().as_str()) {
            ("zh", "hans") => "CN".to_owned(),
            ("zh", "hant") => "TW".to_owned(),
            (_, region) if region.len() == 2 && region.bytes().all(|b| b.is_ascii_alphabetic()) => {
                region.to_ascii_uppercase()
            }
            (_, region) if region.len() == 3 && region.bytes().all(|b| b.is_ascii_digit()) => region.to_owned(),
            _ => return Err(invalid()),
        };
        Ok(Self(format!("{language}-{region}")))
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Locale {
    type Error = InvalidLocale;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Locale> for String {
    fn from(locale: Locale) -> Self {
        locale.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_spelling_becomes_the_one_that_tmdb_reads() {
        for (given, wanted) in [
            ("en", "en"),
            ("EN", "en"),
            ("pt-BR", "pt-BR"),
            ("pt_br", "pt-BR"),
            ("zh-Hant", "zh-TW"),
            ("es-419", "es-419"),
            ("fil", "fil"),
        ] {
            assert_eq!(given.parse::<Locale>().unwrap().as_str(), wanted);
        }
    }

    #[test]
    fn what_could_leave_the_folder_of_trending_files_is_no_locale() {
        for given in ["", "e", "../x", "en/../../x", "en-", "en-USA!", "en-US-x", "english", "é"] {
            assert!(given.parse::<Locale>().is_err(), "{given}");
        }
    }

    #[test]
    fn a_list_drops_blanks_and_repeats() {
        let locales = Locale::parse_list("en, es,,en,pt-br").unwrap();
        let texts: Vec<_> = locales.iter().map(Locale::as_str).collect();
        assert_eq!(texts, ["en", "es", "pt-BR"]);
        assert!(Locale::parse_list("en,not a locale").is_err());
    }
}
