//! Whether TMDB knows a key.

use std::time::Duration;

use reqwest::StatusCode;

/// Another address, such as a stand-in's.
const ADDRESS_VARIABLE: &str = "STELLARR_TMDB_URL";
const REQUEST_TIMEOUT: Duration = Duration::from_secs(4);

/// What TMDB says of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It knows it.
    Known,
    /// It does not know it.
    Refused,
    /// It could not be asked.
    NotAsked(String),
}

/// Where TMDB is: as the environment says, or else at `own`.
#[must_use]
pub fn address(own: &str) -> String {
    std::env::var(ADDRESS_VARIABLE).ok().filter(|url| !url.is_empty()).unwrap_or_else(|| own.to_owned())
}

/// Asks TMDB for its configuration with the key: the short v3 key or the long read token.
pub async fn check(address: &str, key: &str) -> Verdict {
    let client = match reqwest::Client::builder().timeout(REQUEST_TIMEOUT).build() {
        Ok(client) => client,
        Err(error) => return Verdict::NotAsked(error.to_string()),
    };
    let url = format!("{}/configuration", address.trim_end_matches('/'));
    // A read token is a JWT: three parts with dots between.
    let request = if key.contains('.') {
        client.get(url).bearer_auth(key)
    } else {
        client.get(format!("{url}?api_key={}", encoded(key)))
    };
    match request.send().await {
        Ok(answer) if answer.status().is_success() => Verdict::Known,
        Ok(answer) if answer.status() == StatusCode::UNAUTHORIZED => Verdict::Refused,
        Ok(answer) => Verdict::NotAsked(format!("TMDB answered {}", answer.status())),
        // Its words would show the address, and with it the key.
        Err(error) => Verdict::NotAsked(error.without_url().to_string()),
    }
}

fn encoded(key: &str) -> String {
    url::form_urlencoded::byte_serialize(key.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use stellarr_standin::{DEFAULT_KEY, Options, Standin};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn tmdb_decides() {
        let standin = Standin::start(([127, 0, 0, 1], 0).into(), Options::default()).unwrap();
        let address = format!("{}/3", standin.url());
        assert_eq!(check(&address, DEFAULT_KEY).await, Verdict::Known);
        assert_eq!(check(&address, "another-key&x").await, Verdict::Refused);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_network_that_is_down_never_shows_the_key() {
        let Verdict::NotAsked(words) = check("http://127.0.0.1:1/3", "verysecretkey").await else {
            unreachable!("nothing listens there")
        };
        assert!(!words.contains("verysecretkey"), "{words}");
    }
}
