//! What starts a run.

use serde_json::Value;
use stellarr_core::locale::Locale;

/// Says why an event can't be obeyed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEvent {
    /// `locales` is no array of language codes.
    #[error("`locales` must be an array of language codes, such as [\"en\"]")]
    Locales,
    /// `locales` names none.
    #[error("`locales` is empty; name at least one language, or leave `locales` out to warm all")]
    NoLocales,
    /// A language that the deployment does not serve.
    #[error("the language {0} is not one of this deployment's; add it to `locales` in stellarr.yaml")]
    NotServed(Locale),
}

/// Returns the languages to warm, each once: those that the event names, or all that are served.
///
/// # Errors
/// When the event names something else.
pub fn locales(event: &Value, served: &[Locale]) -> Result<Vec<Locale>, InvalidEvent> {
    let Some(named) = event.get("locales").filter(|value| !value.is_null()) else {
        return Ok(served.to_vec());
    };
    let named: Vec<Locale> = serde_json::from_value(named.clone()).map_err(|_| InvalidEvent::Locales)?;
    if named.is_empty() {
        return Err(InvalidEvent::NoLocales);
    }
    let mut wanted: Vec<Locale> = Vec::with_capacity(named.len());
    for locale in named {
        if !served.contains(&locale) {
            return Err(InvalidEvent::NotServed(locale));
        }
        if !wanted.contains(&locale) {
            wanted.push(locale);
        }
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_names_some_or_all_languages() {
        let served = Locale::parse_list("en,pt-BR").unwrap();
        for all in [json!({}), json!(null), json!({ "source": "aws.events", "detail": {} }), json!({ "locales": null })]
        {
            assert_eq!(locales(&all, &served).unwrap(), served);
        }
        assert_eq!(locales(&json!({ "locales": ["pt_br"] }), &served).unwrap(), served[1..]);
        assert_eq!(
            locales(&json!({ "locales": ["pt_br", "en", "pt-BR"] }), &served).unwrap(),
            [&served[1], &served[0]].map(Clone::clone)
        );
        assert_eq!(locales(&json!({ "locales": "en" }), &served), Err(InvalidEvent::Locales));
        assert_eq!(locales(&json!({ "locales": [] }), &served), Err(InvalidEvent::NoLocales));
        assert!(matches!(locales(&json!({ "locales": ["xx"] }), &served), Err(InvalidEvent::NotServed(_))));
    }
}
