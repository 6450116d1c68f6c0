//! The old secret's values, into the new secret. No value is ever shown.

use crate::base::error::CommandError;
use crate::deployment::Context;
use crate::secrets::{self, KEYS, SecretDocument};
use stellarr_core::secrets::FEED_TOKEN;

/// What copying did, key by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Keys that have their old value now.
    pub copied: Vec<&'static str>,
    /// Keys that had a value already.
    pub kept: Vec<&'static str>,
    /// Keys whose old value stellarr would refuse, with the reason.
    pub unfit: Vec<(&'static str, String)>,
    /// Whether the old site's lists were public, and stay so.
    pub public_lists: bool,
}

/// Copies what the old secret has and the new one has not.
///
/// # Errors
/// When a secret cannot be read or stored.
pub async fn copy(context: Context<'_>, from: &str, to: &str) -> Result<Copied, CommandError> {
    let old = secrets::read(context, from).await?;
    let (_, copied) = secrets::update(context, to, |new| Ok(merge(&old, new))).await?;
    Ok(copied)
}

fn merge(old: &SecretDocument, new: &mut SecretDocument) -> Copied {
    let mut result = Copied::default();
    // Radarr and Sonarr poll the old site's lists, perhaps under the same domain: the first deploy must not close them.
    if old.keys().next().is_some() && old.is_empty(FEED_TOKEN) && !new.contains(FEED_TOKEN) {
        new.set(FEED_TOKEN, String::new());
        result.public_lists = true;
    }
    for key in KEYS {
        let Some(value) = old.get(key.name).filter(|value| !value.is_empty()) else { continue };
        if !new.is_empty(key.name) {
            result.kept.push(key.name);
            continue;
        }
        let mut with = new.clone();
        with.set(key.name, value.to_owned());
        match with.problems().into_iter().next() {
            Some(problem) => result.unfit.push((key.name, problem.to_string())),
            None => {
                *new = with;
                result.copied.push(key.name);
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::ListAccess;
    use stellarr_aws::SecretText;

    fn document(text: &str) -> SecretDocument {
        SecretDocument::parse(&SecretText(text.to_owned())).unwrap()
    }

    #[test]
    fn values_are_copied_unless_there_is_one_or_it_is_unfit() {
        let old = document(
            r#"{"PRESHARED_PASSWORD":"short","TMDB_API_KEY":"0123456789abcdef","FEED_TOKEN":"","PLEX_WEBHOOK_TOKEN":"old-webhook-token","OTHER":"x"}"#,
        );
        let mut new = document(r#"{"PLEX_WEBHOOK_TOKEN":"new-webhook-token"}"#);
        let copied = merge(&old, &mut new);
        assert_eq!(copied.copied, ["TMDB_API_KEY"]);
        assert_eq!(copied.kept, ["PLEX_WEBHOOK_TOKEN"]);
        assert_eq!(copied.unfit[0].0, "PRESHARED_PASSWORD");
        assert!(!copied.unfit[0].1.contains("short\""));
        assert_eq!(new.get("PLEX_WEBHOOK_TOKEN"), Some("new-webhook-token"));
        assert!(new.is_empty("PRESHARED_PASSWORD") && new.get("OTHER").is_none());
    }

    #[test]
    fn public_lists_stay_public_and_are_not_opened_where_there_were_none() {
        let access = |old: &str, new: &str| {
            let mut new = document(new);
            (merge(&document(old), &mut new).public_lists, new.list_access())
        };
        let password = r#"{"PRESHARED_PASSWORD":"correct horse battery"}"#;
        assert_eq!(access(password, "{}"), (true, ListAccess::PublicByChoice));
        assert_eq!(access(password, r#"{"FEED_TOKEN":"0123456789abcdef"}"#), (false, ListAccess::Private));
        assert_eq!(access(r#"{"FEED_TOKEN":"0123456789abcdef"}"#, "{}"), (false, ListAccess::Private));
        assert_eq!(
            access(r#"{"FEED_TOKEN":"short"}"#, "{}"),
            (false, ListAccess::Public),
            "the first deploy makes one"
        );
        assert_eq!(access("{}", "{}"), (false, ListAccess::Public), "an old secret without values says nothing");
    }
}
