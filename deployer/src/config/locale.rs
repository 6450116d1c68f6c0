//! A language of the site's lists, as TMDB writes it.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A TMDB language code: `en`, or with a country `pt-BR`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Locale(stellarr_core::locale::Locale);

/// Says why a text is no language code, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LocaleError(String);

/// The languages of ISO 639-1, and TMDB's own `cn` (Cantonese), `mo` (Moldavian) and `sh` (Serbo-Croatian).
/// Source: TMDB `/configuration/languages`.
pub const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch cn co cr cs cu cv cy \
    da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io \
    is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my \
    na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq \
    sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// What people write for a language: its name, or its country's code.
const SLIPS: [(&str, &str); 24] = [
    ("english", "en"),
    ("spanish", "es"),
    ("french", "fr"),
    ("german", "de"),
    ("italian", "it"),
    ("portuguese", "pt"),
    ("dutch", "nl"),
    ("polish", "pl"),
    ("japanese", "ja"),
    ("eng", "en"),
    ("spa", "es"),
    ("fra", "fr"),
    ("deu", "de"),
    ("ger", "de"),
    ("ita", "it"),
    ("por", "pt"),
    ("us", "en-US"),
    ("gb", "en-GB"),
    ("jp", "ja"),
    ("cz", "cs"),
    ("dk", "da"),
    ("gr", "el"),
    ("ua", "uk"),
    ("mx", "es-MX"),
];

impl Locale {
    /// Returns the code, for example `pt-BR`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for Locale {
    type Err = LocaleError;

    fn from_str(text: &str) -> Result<Self, LocaleError> {
        match proper_form(text) {
            Some(proper) if proper.as_str() == text => Ok(Self(proper)),
            Some(proper) => Err(LocaleError(format!("`{text}` is not how TMDB writes a language: write `{proper}`"))),
            None => Err(LocaleError(format!(
                "`{text}` is no language code of TMDB: write two letters such as `en`, or with a country `pt-BR`"
            ))),
        }
    }
}

/// Returns the code as TMDB writes it, when it can be told what was meant.
fn proper_form(text: &str) -> Option<stellarr_core::locale::Locale> {
    let lower = text.trim().to_ascii_lowercase().replace('_', "-");
    if let Some((_, proper)) = SLIPS.iter().find(|(slip, _)| *slip == lower) {
        return proper.parse().ok();
    }
    let proper: stellarr_core::locale::Locale = lower.parse().ok()?;
    let mut parts = proper.as_str().split('-');
    let is_language = parts.next().is_some_and(|language| LANGUAGES.split_whitespace().any(|known| known == language));
    let is_country = parts.next().is_none_or(|country| country.bytes().all(|byte| byte.is_ascii_uppercase()));
    // What the functions put into other words, such as `zh-Hans`, is not what a file should hold.
    (is_language && is_country && proper.as_str().eq_ignore_ascii_case(&lower)).then_some(proper)
}

impl fmt::Display for Locale {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl TryFrom<String> for Locale {
    type Error = LocaleError;

    fn try_from(text: String) -> Result<Self, LocaleError> {
        text.parse()
    }
}

impl From<Locale> for String {
    fn from(locale: Locale) -> Self {
        locale.0.into()
    }
}

impl JsonSchema for Locale {
    fn schema_name() -> Cow<'static, str> {
        "Locale".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[a-z]{2}(-[A-Z]{2})?$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_accepted_only_as_tmdb_writes_it() {
        for code in ["en", "pt-BR", "zh-CN", "no", "nb"] {
            assert_eq!(code.parse::<Locale>().unwrap().as_str(), code);
        }
        let refused = [
            "", "EN", "en_US", "pt-br", "english", "jp", "us", "xx", "klingon", "en-USA", "e", "en-", "-", "ém",
            "zh-Hans", "es-419", "zxx",
        ];
        let messages: Vec<String> =
            refused.iter().map(|text| text.parse::<Locale>().unwrap_err().to_string()).collect();
        insta::assert_snapshot!(messages.join("\n"));
    }
}
