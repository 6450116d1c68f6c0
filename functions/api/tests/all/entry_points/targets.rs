//! Everything that reads what strangers send, each as one function of bytes that panics when a promise is broken.
//!
//! The suite runs them on a bounded number of inputs, made from [`SEEDS`]; `fuzz/` runs them without end.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use http::Request;
use stellarr_api::settings::{Host, Settings};
use stellarr_api::state::Collaborators;
use stellarr_api::{Api, app};
use stellarr_core::auth::{Challenge, DerivedKey, Origin, issue, verify};
use stellarr_core::feed::{Channel, Listing, Topic};
use stellarr_core::plex;
use stellarr_core::request::MediaRequest;
use stellarr_core::secrets::Secrets;
use stellarr_core::time::Timestamp;
use stellarr_store::memory::MemoryStore;
use tower::ServiceExt as _;

const KEY: &str = "0123456789abcdef0123456789abcdef";
const PASSWORD: &str = "correct horse battery staple";
const ORIGIN: &str = "https://media.example.com";
const NOW: i64 = 1_800_000_000;

/// A reader, and inputs that lead far into it.
pub type Target = (fn(&[u8]), &'static [&'static str]);

/// All of them by name.
pub const TARGETS: &[(&str, Target)] = &[
    ("token", (token, &["1800000000.Wm_Dqw.AAAA", "1800000000..AAAA", "1800000000.AAAA", "99999999999999999999.a.b"])),
    (
        "challenge",
        (
            challenge,
            &[
                r#"{"origin":"https://media.example.com","timestamp":1800000000,"hash":"00","name":"Zoë"}"#,
                r#"{"origin":"\ud800","timestamp":1e400,"hash":[],"name":null}"#,
            ],
        ),
    ),
    (
        "plex_payload",
        (
            plex_payload,
            &[
                r#"{"event":"library.new","Server":{"title":"Home"},"Metadata":{"type":"episode","grandparentTitle":"Bluey (2018)","guid":"com.plexapp.agents.thetvdb://301376/1/14?lang=en","Guid":[{"id":"tvdb://1"},{"id":"tmdb://653"}]}}"#,
                r#"{"event":"library.new","Metadata":{"type":"movie","title":"X","year":1922,"guid":"plex://movie/1","Guid":"imdb://tt0013442"}}"#,
            ],
        ),
    ),
    (
        "multipart",
        (
            multipart,
            &[
                "--xyz\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n{\"event\":\"media.play\"}\r\n--xyz--\r\n",
                "--xyz\r\nContent-Disposition: form-data; name=\"thumb\"; filename=\"a\"\r\n\r\n\0\r\n--xyz",
            ],
        ),
    ),
    ("query", (query, &["token=a&token=b&media_type=movie", "media_type=%ff%00&a=%zz&&=", "endpoint=https%3A%2F%2Fa"])),
    ("rss", (rss, &["Nosferatu & <b>\u{1}]]>", "a\r\nb\t\u{fffe}\u{10ffff}"])),
];

/// A token that verifies is one that was issued, to the letter.
pub fn token(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(session) = verify(KEY, text, NOW, None) {
        assert_eq!(issue(KEY, session.name.as_deref().unwrap_or_default(), session.issued_at), text);
    }
}

/// A login whose hash nobody could know opens nothing.
pub fn challenge(data: &[u8]) {
    let status = send("POST", "/api/auth/verify", "application/json", data);
    assert!(matches!(status, 401 | 413 | 422), "{status}");
    let hash = String::from_utf8_lossy(data).into_owned();
    let seconds = data.iter().fold(0_i64, |sum, byte| sum.wrapping_mul(257).wrapping_add(i64::from(*byte)));
    let challenge = Challenge { origin: hash.clone(), timestamp: seconds, hash };
    static DERIVED: OnceLock<DerivedKey> = OnceLock::new();
    let key = DERIVED.get_or_init(|| DerivedKey::derive(PASSWORD, ORIGIN, 1));
    assert!(challenge.check_hash(key).is_err());
    if let Ok(origin) = Origin::parse(ORIGIN) {
        let passes = challenge.check_frame(&origin, NOW).is_ok();
        assert!(!passes || origin.admits(&challenge.origin));
    }
}

/// Whatever the payload is, it is read or ignored.
pub fn plex_payload(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(plex::Reading::Arrived(item)) = plex::read(text, None) {
        let _ = plex::TitleKey::new(&item.title, item.year);
        assert!(item.episode_tvdb_id.is_none() || item.kind != plex::PlexKind::Movie);
    }
}

/// A broken form is told to be so, and a whole one is taken.
pub fn multipart(data: &[u8]) {
    let status = send("POST", "/webhook/plex?token=hook", "multipart/form-data; boundary=xyz", data);
    assert!(matches!(status, 200 | 400 | 413 | 422), "{status}");
    let status = send("POST", "/webhook/plex?token=hook", "application/x-www-form-urlencoded", data);
    assert!(matches!(status, 200 | 400 | 413 | 422), "{status}");
}

/// A query is read or refused, and lets nobody in.
pub fn query(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for (method, path) in [("GET", "/list/radarr"), ("GET", "/api/requests"), ("DELETE", "/api/push/subscribe")] {
        let address = format!("{path}?{text}");
        if address.parse::<http::Uri>().is_err() {
            return;
        }
        let status = send(method, &address, "application/json", b"[]");
        let wanted = if path.starts_with("/api") { &[200, 422][..] } else { &[401] };
        assert!(wanted.contains(&status), "{address}: {status}");
    }
}

/// A title, whatever is in it, leaves the feed well-formed.
pub fn rss(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let request: MediaRequest = serde_json::from_value(serde_json::json!({
        "media_type": "movie", "tmdb_id": 653, "title": text, "overview": text, "requested_by": text,
        "poster_path": text, "imdb_id": text, "created_at": text,
    }))
    .expect("these are a request's fields");
    let channel = Channel { topic: Topic::All, site: ORIGIN };
    let feed = stellarr_core::feed::rss(channel, &[request], Listing { keep_added: true });
    let read = ::rss::Channel::read_from(&feed[..]).expect("a feed is well-formed");
    assert_eq!(read.items().len(), 1);
}

/// Sends a request in the name of somebody who is signed in, and returns the answer's status.
fn send(method: &str, address: &str, content_type: &str, body: &[u8]) -> u16 {
    static SITE: OnceLock<Router> = OnceLock::new();
    let request = Request::builder()
        .method(method)
        .uri(address)
        .header("content-type", content_type)
        .header("authorization", format!("Bearer {}", issue(KEY, "Zoë", NOW)))
        .body(Body::from(body.to_vec()))
        .expect("the address was checked");
    let answer = SITE.get_or_init(site).clone().oneshot(request);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let response = runtime.block_on(answer).expect("a router answers");
    response.status().as_u16()
}

fn site() -> Router {
    let variables = [("BASE_URL", ORIGIN), ("RATE_LIMIT_ENABLED", "false")];
    let find = |name: &str| variables.iter().find(|(found, _)| *found == name).map(|(_, value)| (*value).to_owned());
    let mut settings = Settings::read(Host::SelfHosted, find).expect("these settings are right");
    settings.iterations = 1;
    let secrets = Secrets::new([
        ("APP_SECRET_KEY", KEY),
        ("PRESHARED_PASSWORD", PASSWORD),
        ("TMDB_API_KEY", "0123456789abcdef"),
        ("FEED_TOKEN", "a feed token that no input has"),
        ("PLEX_WEBHOOK_TOKEN", "hook"),
    ]);
    let now = || Timestamp::from_second(NOW).expect("a moment of this century");
    let store = Arc::new(MemoryStore::default());
    app(Api::new(Collaborators::new(settings, store, Arc::new(Arc::new(secrets)), Arc::new(now))))
}
