//! What the log says of each request, and what it never says.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use stellarr_api::log;
use stellarr_core::secrets::Secrets;
use stellarr_core::tmdb::TmdbError;

use crate::http::support::{
    BrokenStore, FakeTmdb, NOW, ORIGIN, PASSWORD, Plan, SIGNING_KEY, Site, TMDB_KEY, login, token,
};

const ENDPOINT: &str = "https://fcm.googleapis.com/fcm/send/the-device-of-zoe";

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Returns the lines that tell of a request.
    fn requests(&self) -> Vec<Value> {
        let lines = self.text();
        let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")));
        lines.filter(|line: &Value| line["event"] == "request").collect()
    }
}

/// While there is one listener alone, tracing asks the thread that reaches an event first whether anybody wants it: a
/// thread of another test, which has no listener, would silence the event for this one.
static OTHER: LazyLock<tracing::Dispatch> = LazyLock::new(|| tracing::Dispatch::new(log::lines(std::io::sink)));

fn listen(log: &Log) -> tracing::subscriber::DefaultGuard {
    LazyLock::force(&OTHER);
    let writer = log.clone();
    tracing::subscriber::set_default(log::lines(move || writer.clone()))
}

#[tokio::test]
async fn each_request_is_one_line_of_what_can_be_asked_for() {
    let log = Log::default();
    let _guard = listen(&log);
    let site = Site::new();
    let sent = [
        ("GET", "/api/health", "/api/health", 200),
        ("DELETE", "/api/request/movie/653?x=1", "/api/request/{media_type}/{tmdb_id}", 200),
        ("DELETE", "/api/request/game/653", "/api/request/{media_type}/{tmdb_id}", 422),
        ("GET", "/list/radarr?token=guessed", "/list/radarr", 401),
        ("GET", "/api/nothing/at-all", "-", 404),
        ("PUT", "/api/health", "/api/health", 405),
    ];
    for (method, path, _, status) in sent {
        let request = Request::builder().method(method).uri(path).header("x-request-id", format!("id-{status}"));
        let request = request.header("authorization", format!("Bearer {}", token("Zoë")));
        assert_eq!(site.send(request.body(Body::empty()).unwrap()).await.status, status, "{path}");
    }
    let lines = log.requests();
    assert_eq!(lines.len(), sent.len());
    for (line, (method, _, route, status)) in lines.iter().zip(sent) {
        assert_eq!((&line["method"], &line["status"]), (&json!(method), &json!(status)), "{line}");
        // A method that a path does not take is known by its path or by nothing.
        assert!(line["route"] == route || (status == 405 && line["route"] == "-"), "{line}");
        assert_eq!(line["request_id"], format!("id-{status}"));
        assert!(line["duration_ms"].as_f64().unwrap() >= 0.0 && line["level"] == "INFO", "{line}");
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'), "{line}");
    }
    // With its slash: a time may hold the same digits.
    assert!(!log.text().contains("guessed") && !log.text().contains("x=1") && !log.text().contains("/653"));
}

#[tokio::test]
async fn what_is_secret_or_personal_is_never_logged() {
    let log = Log::default();
    let _guard = listen(&log);
    let site = Site::new();
    let challenge = login(PASSWORD, ORIGIN, NOW, "Zoë");
    let hash = serde_json::from_str::<Value>(&challenge).unwrap()["hash"].as_str().unwrap().to_owned();
    let verified = site.call("POST", "/api/auth/verify", None, &challenge).await.json()["token"].clone();
    let given = verified.as_str().unwrap().to_owned();
    let keys = json!({"p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg"});
    let device = json!({"endpoint": ENDPOINT, "keys": keys}).to_string();
    assert_eq!(site.call("POST", "/api/push/subscribe", Some(&given), &device).await.status, 200);
    let wish = r#"{"tmdb_id":653,"media_type":"movie"}"#;
    assert_eq!(site.call("POST", "/api/request", Some(&given), wish).await.status, 200);
    for path in
        ["/list/radarr?token=feed-token", "/rss/all?token=feed-token", "/api/feeds", "/api/requests?name=secret"]
    {
        assert_eq!(site.call("GET", path, Some(&given), "").await.status, 200, "{path}");
    }
    let arrived = json!({"event": "library.new", "Metadata": {"type": "movie", "title": "Title 653",
        "guid": "plex://movie/1", "Guid": [{"id": "tmdb://653"}]}});
    assert_eq!(site.plex(&arrived.to_string()).await.json()["notification_sent"], true);
    site.call("DELETE", &format!("/api/push/subscribe?endpoint={ENDPOINT}"), Some(&given), "").await;
    let renewed = site.call("POST", "/api/auth/sign-out-everywhere", Some(&given), "").await.json()["token"].clone();

    // What goes wrong is told, without what it went wrong with.
    let database = BrokenStore::start().await;
    let broken = Plan { store: database.store(), ..Plan::default() }.site();
    assert_eq!(broken.as_zoe("GET", "/api/requests?name=secret", "").await.status, 503);
    assert_eq!(broken.plex(&arrived.to_string()).await.status, 503);
    let tmdb = FakeTmdb { error: Some(TmdbError::Unauthorized), ..FakeTmdb::default() };
    let refused = Plan { tmdb, ..Plan::default() }.site();
    assert_eq!(refused.as_zoe("POST", "/api/search", r#"{"query":"a private wish"}"#).await.status, 503);
    *refused.secrets.secrets.lock().unwrap() = Arc::new(Secrets::new([("APP_SECRET_KEY", "change-me-hunter2")]));
    assert_eq!(refused.as_zoe("GET", "/api/requests", "").await.status, 503);

    let text = log.text();
    for event in ["store.failed", "tmdb.failed", "secrets.unfit", "plex.arrival", "auth.signed_out_everywhere"] {
        assert!(text.contains(event), "{event}: {text}");
    }
    assert!(text.contains("cause-for-the-log"), "whoever mends it finds the cause");
    let zoe = token("Zoë");
    for secret in [
        PASSWORD,
        SIGNING_KEY,
        TMDB_KEY,
        ENDPOINT,
        "the-device-of-zoe",
        "feed-token",
        "webhook-token",
        "name=secret",
        "a private wish",
        "hunter2",
        "yfWPiYE",
        "BTBZMqHH",
        "Zoë",
        &hash,
        &given,
        renewed.as_str().unwrap(),
        &zoe,
    ] {
        assert!(!text.contains(secret), "{secret} is in the log:\n{text}");
    }
}
