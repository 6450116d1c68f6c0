//! Who can read the request lists, and the addresses that Radarr, Sonarr and Plex need.

use serde::Serialize;

use super::{KEYS, Key, SecretDocument};
use stellarr_core::secrets::{FEED_TOKEN, PLEX_WEBHOOK_TOKEN};

/// What a person gives as FEED_TOKEN to open the lists on purpose. It is stored as an empty value, which every version of
/// the functions reads as "no token".
pub const PUBLIC: &str = "public";

/// Who can read the request lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListAccess {
    /// Readers need the token.
    Private,
    /// Everybody, because a person chose that.
    PublicByChoice,
    /// Everybody, because the deployment is from before tokens were made for it.
    Public,
}

impl ListAccess {
    /// Names the state, for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Private => "private: Radarr, Sonarr and feed readers need the token",
            Self::PublicByChoice => "public, as chosen with FEED_TOKEN=public",
            Self::Public => "public",
        }
    }

    /// What to warn about: what is open, and the command that closes it.
    #[must_use]
    pub fn warning(self, sandbox: bool) -> Option<(&'static str, String)> {
        let here = if sandbox { " --sandbox" } else { "" };
        (self == Self::Public).then(|| {
            (
                "the request lists are public: anyone who has the site's address can read what your household asked for",
                format!(
                    "run `stellarr secrets protect{here}`: it makes the tokens, prints the new addresses for Radarr, \
                     Sonarr and Plex, and asks first"
                ),
            )
        })
    }
}

/// Complete addresses, with their tokens: everyone who has one can use it.
#[derive(Clone, Serialize)]
pub struct Addresses {
    /// The list that Radarr reads.
    pub radarr: String,
    /// The list that Sonarr reads.
    pub sonarr: String,
    /// Everything, for feed readers.
    pub rss: String,
    /// Where Plex reports; none without a token, because the site refuses reports then.
    pub plex_webhook: Option<String>,
}

impl Addresses {
    /// The addresses of a site whose secret is `document`.
    #[must_use]
    pub fn of(site: &str, document: &SecretDocument) -> Self {
        let site = site.trim_end_matches('/');
        let query = |key: &str| {
            let token = document.get(key)?;
            Some(format!("?token={}", url::form_urlencoded::byte_serialize(token.as_bytes()).collect::<String>()))
        };
        let list = |path: &str| format!("{site}{path}{}", query(FEED_TOKEN).unwrap_or_default());
        Self {
            radarr: list("/list/radarr"),
            sonarr: list("/list/sonarr"),
            rss: list("/rss/all"),
            plex_webhook: query(PLEX_WEBHOOK_TOKEN).map(|query| format!("{site}/webhook/plex{query}")),
        }
    }

    /// Each address with the place where it is entered.
    #[must_use]
    pub fn rows(&self) -> Vec<[String; 3]> {
        let row = |name: &str, place: &str, address: &str| [name.to_owned(), place.to_owned(), address.to_owned()];
        let mut rows = vec![
            row("Radarr", "Settings > Import Lists", &self.radarr),
            row("Sonarr", "Settings > Import Lists", &self.sonarr),
            row("RSS", "any feed reader", &self.rss),
        ];
        rows.extend(self.plex_webhook.as_deref().map(|address| row("Plex", "Settings > Webhooks", address)));
        rows
    }
}

impl SecretDocument {
    /// Who can read the lists.
    #[must_use]
    pub fn list_access(&self) -> ListAccess {
        match (self.get(FEED_TOKEN), self.contains(FEED_TOKEN)) {
            (Some(_), _) => ListAccess::Private,
            (None, true) => ListAccess::PublicByChoice,
            (None, false) => ListAccess::Public,
        }
    }

    /// The keys that protect the lists and Plex's reports, and have no value.
    #[must_use]
    pub fn missing_tokens(&self) -> Vec<&'static Key> {
        let tokens = KEYS.iter().filter(|key| [FEED_TOKEN, PLEX_WEBHOOK_TOKEN].contains(&key.name));
        tokens.filter(|key| self.is_empty(key.name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_feed_token_is_a_choice_and_a_missing_one_is_not() {
        let mut document = SecretDocument::default();
        assert_eq!(document.list_access(), ListAccess::Public);
        document.set(FEED_TOKEN, String::new());
        assert_eq!(document.list_access(), ListAccess::PublicByChoice);
        document.set(FEED_TOKEN, "0123456789abcdef".to_owned());
        assert_eq!(document.list_access(), ListAccess::Private);
        let warned = |access: ListAccess| access.warning(false).is_some();
        assert!(warned(ListAccess::Public) && !warned(ListAccess::PublicByChoice) && !warned(ListAccess::Private));
    }

    #[test]
    fn addresses_carry_their_own_token_and_no_other() {
        let mut document = SecretDocument::default();
        let open = Addresses::of("https://tv.example.org", &document);
        assert_eq!((open.radarr.as_str(), open.plex_webhook), ("https://tv.example.org/list/radarr", None));
        document.set(FEED_TOKEN, "feed&token 1234".to_owned());
        document.set(PLEX_WEBHOOK_TOKEN, "webhook-token".to_owned());
        let private = Addresses::of("https://tv.example.org/", &document);
        assert_eq!(private.sonarr, "https://tv.example.org/list/sonarr?token=feed%26token+1234");
        assert_eq!(private.rss, "https://tv.example.org/rss/all?token=feed%26token+1234");
        assert_eq!(private.plex_webhook.as_deref(), Some("https://tv.example.org/webhook/plex?token=webhook-token"));
    }
}
