//! TMDB over HTTP.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{StatusCode, Url};
use stellarr_core::locale::Locale;
use stellarr_core::media::MediaType;
use stellarr_core::tmdb::{Audience, Details, List, Page, Search, Tmdb, TmdbError};
use tokio::time::{Instant, timeout_at};

use crate::http::{self, Bounds, HttpError};
use crate::limiter::{Limiter, Limits};

/// Far above any list page (about 20 kB) or detail answer (about 60 kB).
const MAX_ANSWER_BYTES: usize = 2 * 1024 * 1024;

/// What to wait after a 429 that does not say.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(1);

/// Proves who asks: a v3 key goes into the query, a v4 read access token into the `Authorization` header.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A v3 key.
    Key(String),
    /// A v4 read access token.
    Token(String),
}

impl Credential {
    /// Tells a v4 token from a v3 key: a v4 token is a JWT.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let text = text.trim();
        if text.starts_with("eyJ") && text.split('.').count() == 3 {
            Self::Token(text.to_owned())
        } else {
            Self::Key(text.to_owned())
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Key(_) => "Key(…)",
            Self::Token(_) => "Token(…)",
        })
    }
}

/// How a client asks.
#[derive(Clone, Debug)]
pub struct TmdbSettings {
    /// Base address, without a trailing slash.
    pub base_url: String,
    /// Who asks.
    pub credential: Credential,
    /// The rate that all requests of this client share.
    pub limits: Limits,
    /// Longest time of one request.
    pub request_timeout: Duration,
    /// Tries of one request when the upstream fails; waiting for a 429 is not a try.
    pub attempts: usize,
}

/// A base address that is no URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("TMDB_BASE_URL must be an http or https address")]
pub struct InvalidBaseUrl;

/// Asks TMDB. Clones share one connection pool and one limiter.
#[derive(Clone, Debug)]
pub struct TmdbClient {
    shared: Arc<Shared>,
    deadline: Option<Instant>,
}

#[derive(Debug)]
struct Shared {
    http: reqwest::Client,
    base: Url,
    credential: Credential,
    limiter: Limiter,
    request_timeout: Duration,
    attempts: usize,
}

impl TmdbClient {
    /// Makes a client on a connection pool of [`http::client`].
    ///
    /// # Errors
    /// When the base address is no URL.
    pub fn new(http: reqwest::Client, settings: TmdbSettings) -> Result<Self, InvalidBaseUrl> {
        let base: Url = settings.base_url.trim_end_matches('/').parse().map_err(|_| InvalidBaseUrl)?;
        if !matches!(base.scheme(), "http" | "https") || base.cannot_be_a_base() {
            return Err(InvalidBaseUrl);
        }
        Ok(Self {
            shared: Arc::new(Shared {
                http,
                base,
                credential: settings.credential,
                limiter: Limiter::new(settings.limits),
                request_timeout: settings.request_timeout,
                attempts: settings.attempts.max(1),
            }),
            deadline: None,
        })
    }

    /// Returns a client that waits, retries and reads only until `deadline`.
    #[must_use]
    pub fn until(&self, deadline: Instant) -> Self {
        Self { shared: Arc::clone(&self.shared), deadline: Some(deadline) }
    }

    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.shared.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// Gets a document, waiting out 429s and trying again after failures, all within the deadline.
    async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Vec<u8>, TmdbError> {
        let url = self.url(path, query);
        // Without a deadline, the limit of one request is the limit of all its tries.
        let deadline = self.deadline.unwrap_or_else(|| Instant::now() + self.shared.request_timeout);
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(250))
            .with_max_delay(Duration::from_secs(4))
            .with_max_times(self.shared.attempts - 1)
            .with_jitter()
            .build();
        loop {
            let failure = match self.attempt(&url, deadline).await {
                Ok(answer) => match answer.status {
                    StatusCode::OK => return Ok(answer.body),
                    StatusCode::UNAUTHORIZED => return Err(TmdbError::Unauthorized),
                    StatusCode::NOT_FOUND => return Err(TmdbError::NotFound),
                    StatusCode::TOO_MANY_REQUESTS => {
                        self.hold(answer.retry_after, deadline)?;
                        continue;
                    }
                    status if status.is_server_error() => TmdbError::Status { status: status.as_u16() },
                    // Asking again changes nothing about what TMDB finds wrong with the request.
                    status => return Err(TmdbError::Status { status: status.as_u16() }),
                },
                Err(HttpError::TooLarge { limit }) => return Err(TmdbError::TooLarge { limit }),
                Err(HttpError::Timeout) => TmdbError::Timeout,
                Err(HttpError::Connection { reason }) => TmdbError::Connection { reason },
            };
            match pauses.next() {
                Some(pause) if Instant::now() + pause < deadline => {
                    tracing::debug!(failure = %failure, pause_ms = pause.as_millis(), "asking TMDB again");
                    tokio::time::sleep(pause).await;
                }
                _ => return Err(failure),
            }
        }
    }

    async fn attempt(&self, url: &Url, deadline: Instant) -> Result<http::Answer, HttpError> {
        let shared = &self.shared;
        let in_flight = timeout_at(deadline, shared.limiter.start()).await.map_err(|_| HttpError::Timeout)?;
        let mut url = url.clone();
        let mut authorization = None;
        match &shared.credential {
            Credential::Key(key) => {
                url.query_pairs_mut().append_pair("api_key", key);
            }
            Credential::Token(token) => authorization = HeaderValue::from_str(&format!("Bearer {token}")).ok(),
        }
        let mut request = shared.http.get(url).header(ACCEPT, "application/json");
        if let Some(mut value) = authorization {
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let bounds = Bounds { time: shared.request_timeout.min(left), size: MAX_ANSWER_BYTES };
        let answer = http::send(request, bounds).await;
        drop(in_flight);
        answer
    }

    /// Holds every request of this client for as long as TMDB asks, unless that is past the deadline.
    fn hold(&self, retry_after: Option<Duration>, deadline: Instant) -> Result<(), TmdbError> {
        let until = Instant::now() + retry_after.unwrap_or(DEFAULT_RETRY_AFTER).max(Duration::from_millis(100));
        if until >= deadline {
            return Err(TmdbError::RateLimited { retry_after });
        }
        self.shared.limiter.hold_until(until);
        Ok(())
    }
}

#[async_trait]
impl Tmdb for TmdbClient {
    async fn search(&self, search: &Search) -> Result<Page, TmdbError> {
        let page = search.page.clamp(1, 500).to_string();
        let mut query = vec![("query", search.query.as_str()), ("page", page.as_str()), ("include_adult", "false")];
        if let Some(language) = &search.language {
            query.push(("language", language.as_str()));
        }
        let kind = search.media_type.map_or("multi", MediaType::as_str);
        Page::parse(&self.get(&["search", kind], &query).await?, search.media_type)
    }

    async fn details(&self, media_type: MediaType, id: u64, language: Option<&Locale>) -> Result<Details, TmdbError> {
        let id = id.to_string();
        let mut query = vec![("append_to_response", "external_ids")];
        if let Some(language) = language {
            query.push(("language", language.as_str()));
        }
        Details::parse(&self.get(&[media_type.as_str(), &id], &query).await?, media_type)
    }

    async fn list(&self, list: &List, audience: &Audience) -> Result<Page, TmdbError> {
        let mut numbers: Vec<(&str, String)> = Vec::new();
        let (path, asked): (Vec<&str>, Option<MediaType>) = match list {
            List::Popular { media_type, page } => {
                numbers.push(("page", page.to_string()));
                (vec![media_type.as_str(), "popular"], Some(*media_type))
            }
            List::Trending { media_type } => {
                (vec!["trending", media_type.map_or("all", MediaType::as_str), "week"], *media_type)
            }
            List::Discover { media_type, filter } => {
                numbers.push(("sort_by", "vote_average.desc".to_owned()));
                numbers.push(("page", "1".to_owned()));
                for (name, value) in [
                    ("with_genres", filter.genre),
                    ("vote_count.gte", filter.least_votes),
                    ("vote_count.lte", filter.most_votes),
                ] {
                    if let Some(value) = value {
                        numbers.push((name, value.to_string()));
                    }
                }
                (vec!["discover", media_type.as_str()], Some(*media_type))
            }
        };
        let mut query: Vec<(&str, &str)> = numbers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        if let Some(language) = &audience.language {
            query.push(("language", language.as_str()));
        }
        if let Some(region) = &audience.region {
            query.push(("region", region));
        }
        Page::parse(&self.get(&path, &query).await?, asked)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wiremock::matchers::{header, method, path, query_param, query_param_is_missing};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl";

    fn client(server: &MockServer, key: &str) -> TmdbClient {
        let settings = TmdbSettings {
            base_url: format!("{}/3/", server.uri()),
            credential: Credential::new(key),
            limits: Limits::per_second(20, 40),
            request_timeout: Duration::from_secs(3),
            attempts: 2,
        };
        TmdbClient::new(http::client().unwrap(), settings).unwrap()
    }

    fn page() -> ResponseTemplate {
        ResponseTemplate::new(200).set_body_json(json!({ "results": [{ "id": 1, "title": "A" }] }))
    }

    const POPULAR: List = List::Popular { media_type: MediaType::Movie, page: 2 };

    #[tokio::test]
    async fn a_v3_key_goes_into_the_query_and_a_v4_token_into_a_header() {
        let server = MockServer::start().await;
        let popular = || Mock::given(method("GET")).and(path("/3/movie/popular")).and(query_param("page", "2"));
        popular()
            .and(query_param("api_key", "k3y"))
            .and(query_param("language", "pt-BR"))
            .and(query_param("region", "BR"))
            .respond_with(page())
            .expect(1)
            .mount(&server)
            .await;
        popular()
            .and(header("authorization", format!("Bearer {TOKEN}").as_str()))
            .and(query_param_is_missing("api_key"))
            .and(query_param_is_missing("language"))
            .respond_with(page())
            .expect(1)
            .mount(&server)
            .await;
        let audience = Audience { language: Some("pt-BR".parse().unwrap()), region: Some("BR".to_owned()) };
        assert_eq!(client(&server, "k3y").list(&POPULAR, &audience).await.unwrap().entries.len(), 1);
        assert_eq!(client(&server, TOKEN).list(&POPULAR, &Audience::default()).await.unwrap().entries.len(), 1);
        assert_eq!(format!("{:?} {:?}", Credential::new("k3y"), Credential::new(TOKEN)), "Key(…) Token(…)");
    }

    #[tokio::test]
    async fn a_failure_is_tried_again_and_a_refusal_is_not() {
        let server = MockServer::start().await;
        Mock::given(path("/3/movie/popular"))
            .respond_with(ResponseTemplate::new(500))
            .up_to_n_times(1)
            .expect(1)
            .mount(&server)
            .await;
        Mock::given(path("/3/movie/popular")).respond_with(page()).expect(1).mount(&server).await;
        Mock::given(path("/3/tv/7")).respond_with(ResponseTemplate::new(404)).expect(1).mount(&server).await;
        Mock::given(path("/3/tv/8")).respond_with(ResponseTemplate::new(401)).expect(1).mount(&server).await;
        Mock::given(path("/3/tv/9")).respond_with(ResponseTemplate::new(400)).expect(1).mount(&server).await;
        let client = client(&server, "k3y");
        assert!(client.list(&POPULAR, &Audience::default()).await.is_ok());
        assert_eq!(client.details(MediaType::Tv, 7, None).await, Err(TmdbError::NotFound));
        assert_eq!(client.details(MediaType::Tv, 8, None).await, Err(TmdbError::Unauthorized));
        assert_eq!(client.details(MediaType::Tv, 9, None).await, Err(TmdbError::Status { status: 400 }));
    }

    #[tokio::test]
    async fn an_unreachable_tmdb_is_named_without_its_address() {
        let server = MockServer::start().await;
        let client = client(&server, "k3y").until(Instant::now() + Duration::from_millis(400));
        drop(server);
        let error = client.details(MediaType::Movie, 1, None).await.unwrap_err().to_string();
        assert!(!error.contains("127.0.0.1") && !error.contains("k3y"), "{error}");
    }

    #[test]
    fn a_base_address_must_be_http() {
        let settings = |base_url: &str| TmdbSettings {
            base_url: base_url.to_owned(),
            credential: Credential::new(""),
            limits: Limits::per_second(1, 1),
            request_timeout: Duration::from_secs(1),
            attempts: 1,
        };
        for wrong in ["", "api.themoviedb.org/3", "file:///etc", "data:,x"] {
            let made = TmdbClient::new(http::client().unwrap(), settings(wrong));
            assert_eq!(made.err(), Some(InvalidBaseUrl), "{wrong}");
        }
    }
}
