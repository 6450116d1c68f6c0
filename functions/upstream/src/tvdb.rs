//! TheTVDB v4: one question only, which series an episode belongs to.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::StatusCode;
use serde::Deserialize;
use stellarr_core::plex::{TvdbError, TvdbSeries};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::http::{self, Bounds};

/// How long a login counts; TheTVDB's tokens last a month.
const LOGIN_LASTS: Duration = Duration::from_secs(29 * 24 * 60 * 60);

/// How long a question may take in all, with a login, a second one, and waiting for others' logins.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(8);

const TVDB_BOUNDS: Bounds = Bounds { time: REQUEST_TIMEOUT, size: 256 * 1024 };

/// Asks TheTVDB. Keeps its login; makes its connections when they are first needed.
pub struct TvdbClient {
    base: String,
    http: OnceLock<Option<reqwest::Client>>,
    login: Mutex<Option<Login>>,
    patience: Duration,
}

struct Login {
    key: String,
    token: Arc<str>,
    at: Instant,
}

/// Asks TheTVDB with a key, or, without one, knows nothing.
pub struct WithKey<'a> {
    client: &'a TvdbClient,
    key: Option<&'a str>,
}

#[derive(Deserialize)]
struct Envelope<T> {
    data: T,
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

#[derive(Deserialize)]
struct Episode {
    #[serde(rename = "seriesId")]
    series_id: Option<u64>,
}

impl TvdbClient {
    /// Asks the service at an address, which is `https://api4.thetvdb.com/v4` unless a test says otherwise.
    #[must_use]
    pub fn new(base: &str) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        Self { base, http: OnceLock::new(), login: Mutex::new(None), patience: REQUEST_TIMEOUT }
    }

    /// Takes the key to ask with.
    #[must_use]
    pub const fn with_key<'a>(&'a self, key: Option<&'a str>) -> WithKey<'a> {
        WithKey { client: self, key }
    }

    fn http(&self) -> Result<&reqwest::Client, TvdbError> {
        self.http
            .get_or_init(|| http::client().ok())
            .as_ref()
            .ok_or_else(|| TvdbError("the TLS backend did not start".to_owned()))
    }

    /// Returns the login's token; logs in when there is none, when it is old, or when it is the one that was refused.
    async fn token(&self, key: &str, refused: Option<&str>) -> Result<Arc<str>, TvdbError> {
        // Held during the login, so that webhooks that come together log in once.
        let mut login = self.login.lock().await;
        if let Some(login) = &*login
            && login.key == key
            && login.at.elapsed() < LOGIN_LASTS
            && refused.is_none_or(|refused| *login.token != *refused)
        {
            return Ok(Arc::clone(&login.token));
        }
        *login = None;
        let request = self.http()?.post(format!("{}/login", self.base)).json(&serde_json::json!({ "apikey": key }));
        let answer = http::send(request, TVDB_BOUNDS).await.map_err(|error| TvdbError(error.to_string()))?;
        if answer.status == StatusCode::UNAUTHORIZED {
            return Err(TvdbError("it refused TVDB_API_KEY".to_owned()));
        }
        let token: Envelope<Token> = read(&answer)?;
        let token: Arc<str> = token.data.token.into();
        *login = Some(Login { key: key.to_owned(), token: Arc::clone(&token), at: Instant::now() });
        Ok(token)
    }

    async fn series_of(&self, key: &str, episode_id: u64) -> Result<Option<u64>, TvdbError> {
        let token = self.token(key, None).await?;
        let mut answer = self.episode(&token, episode_id).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            let token = self.token(key, Some(&token)).await?;
            answer = self.episode(&token, episode_id).await?;
        }
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let episode: Envelope<Episode> = read(&answer)?;
        Ok(episode.data.series_id.filter(|id| *id > 0))
    }

    async fn episode(&self, token: &str, id: u64) -> Result<http::Answer, TvdbError> {
        let request = self.http()?.get(format!("{}/episodes/{id}", self.base)).bearer_auth(token);
        http::send(request, TVDB_BOUNDS).await.map_err(|error| TvdbError(error.to_string()))
    }
}

fn read<T: serde::de::DeserializeOwned>(answer: &http::Answer) -> Result<T, TvdbError> {
    if !answer.status.is_success() {
        return Err(TvdbError(format!("it answered with status {}", answer.status.as_u16())));
    }
    serde_json::from_slice(&answer.body).map_err(|_| TvdbError("its answer can't be read".to_owned()))
}

#[async_trait]
impl TvdbSeries for WithKey<'_> {
    async fn series_of(&self, episode_id: u64) -> Result<Option<u64>, TvdbError> {
        let Some(key) = self.key else { return Ok(None) };
        let asked = tokio::time::timeout(self.client.patience, self.client.series_of(key, episode_id)).await;
        asked.unwrap_or_else(|_| Err(TvdbError("it did not answer in time".to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wiremock::matchers::{bearer_token, body_json, method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    async fn logins(server: &MockServer, token: &str, expected: u64) {
        Mock::given(method("POST"))
            .and(path("/v4/login"))
            .and(body_json(json!({"apikey": "the-key"})))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"data": {"token": token}})))
            .up_to_n_times(1)
            .expect(expected)
            .mount(server)
            .await;
    }

    async fn episodes(server: &MockServer, token: &str, answer: ResponseTemplate) {
        Mock::given(method("GET"))
            .and(path("/v4/episodes/7"))
            .and(bearer_token(token))
            .respond_with(answer)
            .mount(server)
            .await;
    }

    fn client(server: &MockServer) -> TvdbClient {
        TvdbClient::new(&format!("{}/v4/", server.uri()))
    }

    #[tokio::test]
    async fn one_login_serves_many_questions() {
        let server = MockServer::start().await;
        logins(&server, "one", 1).await;
        episodes(
            &server,
            "one",
            ResponseTemplate::new(200).set_body_json(json!({"data": {"id": 7, "seriesId": 353_546}})),
        )
        .await;
        let client = client(&server);
        for _ in 0..3 {
            assert_eq!(client.with_key(Some("the-key")).series_of(7).await, Ok(Some(353_546)));
        }
        assert_eq!(client.with_key(None).series_of(7).await, Ok(None));
    }

    #[tokio::test]
    async fn an_expired_login_is_renewed_once() {
        let server = MockServer::start().await;
        logins(&server, "one", 1).await;
        logins(&server, "two", 1).await;
        episodes(&server, "one", ResponseTemplate::new(401)).await;
        episodes(&server, "two", ResponseTemplate::new(200).set_body_json(json!({"data": {"seriesId": 5}}))).await;
        assert_eq!(client(&server).with_key(Some("the-key")).series_of(7).await, Ok(Some(5)));
    }

    #[tokio::test]
    async fn the_time_is_for_the_whole_question() {
        let server = MockServer::start().await;
        let slow = |answer: ResponseTemplate| answer.set_delay(Duration::from_millis(700));
        let token = ResponseTemplate::new(200).set_body_json(json!({"data": {"token": "one"}}));
        Mock::given(method("POST")).respond_with(slow(token)).mount(&server).await;
        episodes(&server, "one", slow(ResponseTemplate::new(401))).await;
        let client = TvdbClient { patience: Duration::from_secs(1), ..client(&server) };
        let started = Instant::now();
        let error = client.with_key(Some("the-key")).series_of(7).await.unwrap_err();
        assert_eq!(error, TvdbError("it did not answer in time".to_owned()));
        assert!(started.elapsed() < Duration::from_millis(1_300), "{:?}", started.elapsed());
    }

    #[tokio::test]
    async fn what_fails_is_an_error_without_the_key() {
        let server = MockServer::start().await;
        logins(&server, "one", 1).await;
        logins(&server, "two", 1).await;
        episodes(&server, "one", ResponseTemplate::new(401)).await;
        episodes(&server, "two", ResponseTemplate::new(401)).await;
        let error = client(&server).with_key(Some("the-key")).series_of(7).await.unwrap_err();
        assert!(!error.to_string().contains("the-key") && error.to_string().contains("401"));
        let nowhere = TvdbClient::new("http://127.0.0.1:9/v4");
        assert!(nowhere.with_key(Some("the-key")).series_of(7).await.is_err());
    }
}
