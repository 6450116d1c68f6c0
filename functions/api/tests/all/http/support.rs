//! A site in memory, and requests to it.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use stellarr_api::settings::{Host, Settings};
use stellarr_api::state::{Collaborators, TmdbWithKey};
use stellarr_api::{Api, app};
use stellarr_core::auth::{DerivedKey, issue};
use stellarr_core::locale::Locale;
use stellarr_core::media::MediaType;
use stellarr_core::push::{Delivery, Identity, PushSender, Subscription};
use stellarr_core::secrets::{SecretSource, Secrets, SecretsError};
use stellarr_core::store::Store;
use stellarr_core::time::Timestamp;
use stellarr_core::tmdb::{Audience, Details, List, Page, Search, Tmdb, TmdbError};
use stellarr_store::dynamodb::DynamoStore;
use stellarr_store::memory::MemoryStore;
use tower::ServiceExt as _;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const ORIGIN: &str = "https://media.example.com";
pub(crate) const SIGNING_KEY: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const TMDB_KEY: &str = "tmdb-key-that-nobody-may-see";
pub(crate) const NOW: i64 = 1_800_000_000;
/// Rounds that a debug build can do quickly.
pub(crate) const ITERATIONS: u32 = 100;

/// A site, and what it is made of.
pub(crate) struct Site {
    pub(crate) router: Router,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<AtomicI64>,
    pub(crate) sent: Arc<Sent>,
    pub(crate) secrets: Arc<Held>,
}

/// What a site is to be made of.
pub(crate) struct Plan {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) secrets: Vec<(&'static str, &'static str)>,
    pub(crate) variables: Vec<(&'static str, &'static str)>,
    pub(crate) host: Host,
    pub(crate) tmdb: FakeTmdb,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            store: Arc::new(MemoryStore::default()),
            secrets: vec![
                ("APP_SECRET_KEY", SIGNING_KEY),
                ("PRESHARED_PASSWORD", PASSWORD),
                ("TMDB_API_KEY", TMDB_KEY),
                ("FEED_TOKEN", "feed-token"),
                ("PLEX_WEBHOOK_TOKEN", "webhook-token"),
                ("VAPID_PRIVATE_KEY", "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
            ],
            variables: vec![("BASE_URL", ORIGIN), ("CLIENT_IP_HEADER", "x-test-address")],
            host: Host::SelfHosted,
            tmdb: FakeTmdb::default(),
        }
    }
}

impl Plan {
    /// Makes the site.
    pub(crate) fn site(self) -> Site {
        let variables = self.variables;
        let mut settings = Settings::read(self.host, |name| {
            variables.iter().find(|(found, _)| *found == name).map(|(_, value)| (*value).to_owned())
        })
        .unwrap();
        settings.iterations = ITERATIONS;
        let clock = Arc::new(AtomicI64::new(NOW));
        let seconds = Arc::clone(&clock);
        let now: stellarr_core::time::TimeSource =
            Arc::new(move || Timestamp::from_second(seconds.load(Ordering::Relaxed)).unwrap());
        let secrets =
            Arc::new(Held { secrets: Mutex::new(Arc::new(Secrets::new(self.secrets))), reads: AtomicUsize::new(0) });
        let sent = Arc::new(Sent::default());
        let mut parts =
            Collaborators::new(settings, Arc::clone(&self.store), Arc::clone(&secrets) as Arc<dyn SecretSource>, now);
        parts.tmdb = Arc::new(self.tmdb);
        parts.push = Arc::clone(&sent) as Arc<dyn PushSender>;
        Site { router: app(Api::new(parts)), store: self.store, clock, sent, secrets }
    }
}

/// A secret that can be changed.
pub(crate) struct Held {
    pub(crate) secrets: Mutex<Arc<Secrets>>,
    /// How often it was asked for.
    pub(crate) reads: AtomicUsize,
}

#[async_trait]
impl SecretSource for Held {
    async fn secrets(&self) -> Result<Arc<Secrets>, SecretsError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        Ok(Arc::clone(&self.secrets.lock().unwrap()))
    }

    async fn revoke_before(&self, second: i64, renewing: Option<i64>) -> Result<Arc<Secrets>, SecretsError> {
        let mut held = self.secrets.lock().unwrap();
        *held = Arc::new(held.with(held.ending(second, renewing)?));
        Ok(Arc::clone(&held))
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {:?}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the places of a 422's entries.
    pub(crate) fn faults(&self) -> Vec<String> {
        assert_eq!(self.status, 422, "{}", self.text());
        let place = |fault: &serde_json::Value| format!("{} {}", fault["type"].as_str().unwrap(), fault["loc"]);
        self.json()["detail"].as_array().unwrap().iter().map(place).collect()
    }
}

impl Site {
    pub(crate) fn new() -> Self {
        Plan::default().site()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends a request of whoever holds a token.
    pub(crate) async fn call(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// Sends a request in Zoë's name.
    pub(crate) async fn as_zoe(&self, method: &str, path: &str, body: &str) -> Answer {
        self.call(method, path, Some(&token("Zoë")), body).await
    }

    /// Delivers a webhook as Plex does.
    pub(crate) async fn plex(&self, payload: &str) -> Answer {
        let body = format!(
            "--xyz\r\nContent-Disposition: form-data; name=\"payload\"\r\nContent-Type: application/json\r\n\r\n{payload}\r\n\
             --xyz\r\nContent-Disposition: form-data; name=\"thumb\"; filename=\"thumb.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n\u{0}\r\n--xyz--\r\n"
        );
        self.send(
            Request::post("/webhook/plex?token=webhook-token")
                .header("content-type", "multipart/form-data; boundary=xyz")
                .body(Body::from(body))
                .unwrap(),
        )
        .await
    }
}

pub(crate) fn token(name: &str) -> String {
    issue(SIGNING_KEY, name, NOW)
}

/// Writes the login that a browser sends.
pub(crate) fn login(password: &str, origin: &str, timestamp: i64, name: &str) -> String {
    let hash = DerivedKey::derive(password, origin, ITERATIONS).response(timestamp);
    serde_json::json!({"origin": origin, "timestamp": timestamp, "hash": hash, "name": name}).to_string()
}

/// Notes what was sent instead of sending it.
#[derive(Default)]
pub(crate) struct Sent {
    pub(crate) payloads: Mutex<Vec<(String, String)>>,
    pub(crate) gone: Mutex<Vec<String>>,
    pub(crate) contacts: Mutex<Vec<String>>,
}

#[async_trait]
impl PushSender for Sent {
    async fn send(&self, from: Identity<'_>, subscription: &Subscription, payload: &[u8]) -> Delivery {
        self.contacts.lock().unwrap().push(from.contact.to_owned());
        if self.gone.lock().unwrap().contains(&subscription.endpoint) {
            return Delivery::Gone;
        }
        let payload = String::from_utf8(payload.to_vec()).unwrap();
        self.payloads.lock().unwrap().push((subscription.endpoint.clone(), payload));
        Delivery::Sent
    }
}

/// Answers from memory: every title has the id that is asked for.
#[derive(Clone, Default)]
pub(crate) struct FakeTmdb {
    pub(crate) error: Option<TmdbError>,
    pub(crate) page: String,
    pub(crate) calls: Arc<AtomicUsize>,
    /// The languages that titles were asked for in.
    pub(crate) languages: Arc<Mutex<Vec<Option<String>>>>,
}

#[async_trait]
impl TmdbWithKey for FakeTmdb {
    async fn tmdb(&self, key: &str, _deadline: Instant) -> Result<Box<dyn Tmdb>, TmdbError> {
        assert_eq!(key, TMDB_KEY);
        Ok(Box::new(self.clone()))
    }
}

#[async_trait]
impl Tmdb for FakeTmdb {
    async fn search(&self, search: &Search) -> Result<Page, TmdbError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        match &self.error {
            Some(error) => Err(error.clone()),
            None => Page::parse(self.page.as_bytes(), search.media_type),
        }
    }

    async fn details(&self, media_type: MediaType, id: u64, language: Option<&Locale>) -> Result<Details, TmdbError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.languages.lock().unwrap().push(language.map(ToString::to_string));
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        let body = serde_json::json!({
            "id": id, "title": format!("Title {id}"), "name": format!("Title {id}"), "overview": "What happens.",
            "release_date": "1922-03-04", "first_air_date": "1922-03-04", "poster_path": "/p.jpg",
            "genres": [{"id": 18}], "original_language": "de", "number_of_seasons": 7,
            "external_ids": {"imdb_id": format!("tt{id:07}"), "tvdb_id": id + 100_000},
        });
        Details::parse(body.to_string().as_bytes(), media_type)
    }

    async fn list(&self, _list: &List, _audience: &Audience) -> Result<Page, TmdbError> {
        Page::parse(br#"{"results":[]}"#, None)
    }
}

/// A store whose database refuses everything, and counts how often it was asked.
pub(crate) struct BrokenStore(MockServer);

impl BrokenStore {
    pub(crate) async fn start() -> Self {
        let database = MockServer::start().await;
        let refusal = serde_json::json!({"__type": "AccessDeniedException", "message": "cause-for-the-log"});
        Mock::given(any()).respond_with(ResponseTemplate::new(400).set_body_json(refusal)).mount(&database).await;
        Self(database)
    }

    pub(crate) fn store(&self) -> Arc<dyn Store> {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .region(aws_sdk_dynamodb::config::Region::new("eu-central-1"))
            .credentials_provider(aws_sdk_dynamodb::config::Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(self.0.uri())
            .build();
        Arc::new(DynamoStore::new("requests", aws_sdk_dynamodb::Client::from_conf(config)))
    }

    /// Counts the calls that reached the database.
    pub(crate) async fn calls(&self) -> usize {
        self.0.received_requests().await.unwrap().len()
    }
}
