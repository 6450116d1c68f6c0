//! What people and broken programs send.

use std::sync::atomic::Ordering;

use axum::body::Body;
use http::Request;
use proptest::prelude::*;
use stellarr_core::auth::issue;

use crate::http::support::{BrokenStore, NOW, Plan, SIGNING_KEY, Site, token};

/// Every route that wants a session.
const ROUTES: &[(&str, &str)] = &[
    ("POST", "/api/auth/sign-out-everywhere"),
    ("POST", "/api/search"),
    ("POST", "/api/request"),
    ("DELETE", "/api/request/movie/1"),
    ("GET", "/api/requests"),
    ("GET", "/api/title/movie/1"),
    ("GET", "/api/library-status"),
    ("GET", "/api/recommendations"),
    ("GET", "/api/push/vapid-public-key"),
    ("POST", "/api/push/subscribe"),
    ("DELETE", "/api/push/subscribe"),
    ("GET", "/api/push/status"),
];

#[tokio::test]
async fn a_token_that_does_not_count_is_401_before_the_store_is_asked() {
    let broken = BrokenStore::start().await;
    let site = Plan { store: broken.store(), ..Plan::default() }.site();
    let valid = token("Zoë");
    let mut tokens = vec![
        "0.Wm_Dqw.x".to_owned(),
        String::new(),
        ".".to_owned(),
        "a.b.c.d".to_owned(),
        valid[..valid.len() - 4].to_owned(),
        format!("{valid}A"),
        "x".repeat(10_240),
        format!("{}.Wm_Dqw.x", "9".repeat(400)),
        issue("another-key", "Zoë", NOW),
        issue(SIGNING_KEY, "Zoë", NOW + 3_600),
        issue(SIGNING_KEY, "Zoë", NOW - 31 * 86_400),
    ];
    tokens.push(valid.replace('.', ":"));
    for (method, path) in ROUTES {
        for token in &tokens {
            let answer = site.call(method, path, Some(token), "{}").await;
            assert_eq!(answer.status, 401, "{method} {path} {token:.40}");
        }
        for header in [&b"Bearer t\xc3\xb6ken"[..], b"Basic abc", b"Bearer", b"\xff\xfe"] {
            let request = Request::builder().method(*method).uri(*path).header("authorization", header);
            let answer = site.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, 401, "{method} {path}");
        }
        if *path != "/api/push/status" {
            assert_eq!(site.call(method, path, None, "{}").await.status, 401, "{method} {path}");
        }
    }
    assert_eq!(broken.calls().await, 0, "the store was asked");
}

#[tokio::test]
async fn a_session_without_a_name_has_no_devices() {
    let site = Site::new();
    let nameless = issue(SIGNING_KEY, "", NOW);
    assert_eq!(site.call("GET", "/api/requests", Some(&nameless), "").await.status, 200);
    for method in ["POST", "DELETE"] {
        assert_eq!(site.call(method, "/api/push/subscribe", Some(&nameless), "{}").await.status, 401);
    }
}

#[tokio::test]
async fn revoked_sessions_end() {
    let mut plan = Plan::default();
    plan.secrets.push(("NOT_BEFORE", "1800000001"));
    let site = plan.site();
    assert_eq!(site.as_zoe("GET", "/api/requests", "").await.status, 401);
    site.clock.fetch_add(5, Ordering::Relaxed);
    let fresh = issue(SIGNING_KEY, "Zoë", NOW + 5);
    assert_eq!(site.call("GET", "/api/requests", Some(&fresh), "").await.status, 200);
}

fn webhook(content_type: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::post("/webhook/plex?token=webhook-token").header("content-type", content_type);
    request.body(body.into()).unwrap()
}

#[tokio::test]
async fn poison_webhooks_are_4xx() {
    let site = Site::new();
    let multipart = "multipart/form-data; boundary=xyz";
    let part = |payload: &[u8]| {
        let mut body = b"--xyz\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n".to_vec();
        body.extend_from_slice(payload);
        body.extend_from_slice(b"\r\n--xyz--\r\n");
        body
    };
    let many = "--xyz\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n\r\n".repeat(20_000);
    for (content_type, body, status) in [
        (multipart, part(b"not json"), 400),
        (multipart, part(b"NaN"), 400),
        (multipart, part(b"\xff\xfe"), 400),
        (multipart, part("[".repeat(500_000).as_bytes()), 400),
        (multipart, part(br#"{"event":"\ud800"}"#), 400),
        (multipart, part(b""), 400),
        (multipart, b"--xyz\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n{".to_vec(), 400),
        (multipart, many.into_bytes(), 400),
        (multipart, b"--xyz--\r\n".to_vec(), 422),
        (multipart, b"".to_vec(), 400),
        ("multipart/form-data", part(b"{}"), 400),
        ("application/json", b"{}".to_vec(), 422),
        ("application/x-www-form-urlencoded", b"payload=%ff&x".to_vec(), 400),
        ("application/x-www-form-urlencoded", b"x=y".to_vec(), 422),
    ] {
        let answer = site.send(webhook(content_type, body.clone())).await;
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        assert_eq!(answer.status, status, "{content_type} {shown:?} {}", answer.text());
    }
    for token in ["", "?token=", "?token=t%C3%B6ken", "?token=webhook-tokeN"] {
        let request = Request::post(format!("/webhook/plex{token}")).header("content-type", multipart);
        assert_eq!(site.send(request.body(Body::from(part(b"{}"))).unwrap()).await.status, 401, "{token}");
    }
    let mut deaf = Plan::default();
    deaf.secrets.retain(|(name, _)| *name != "PLEX_WEBHOOK_TOKEN");
    let deaf = deaf.site();
    assert_eq!(deaf.send(webhook(multipart, part(b"{}"))).await.status, 401, "no token is configured");
}

#[tokio::test]
async fn an_oversized_body_is_refused_without_being_read() {
    let site = Site::new();
    // The body never ends: only one that is not read can be answered.
    let endless = Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let mut request = webhook("multipart/form-data; boundary=xyz", endless);
    request.headers_mut().insert("content-length", (20 * 1024 * 1024).into());
    assert_eq!(site.send(request).await.status, 413);
    // One that does not say how long it is is cut off.
    let long = Body::from_stream(futures::stream::iter((0..).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1 << 20]))));
    assert_eq!(site.send(webhook("multipart/form-data; boundary=xyz", long)).await.status, 413);
    let body = "x".repeat(70_000);
    assert_eq!(site.as_zoe("POST", "/api/search", &body).await.status, 413);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_given_up() {
    let site = Site::new();
    let endless = || Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let started = tokio::time::Instant::now();
    assert_eq!(site.send(webhook("multipart/form-data; boundary=xyz", endless())).await.status, 408);
    let login = Request::post("/api/auth/verify").body(endless()).unwrap();
    assert_eq!(site.send(login).await.status, 408);
    assert_eq!(started.elapsed().as_secs(), 60);
}

#[tokio::test]
async fn a_path_that_is_no_text_is_422() {
    let site = Site::new();
    for (path, faults) in [
        ("%FF/1", vec![r#"enum ["path","media_type"]"#]),
        ("movie/%FF", vec![r#"int_parsing ["path","tmdb_id"]"#]),
        ("%FF/%FF", vec![r#"enum ["path","media_type"]"#, r#"int_parsing ["path","tmdb_id"]"#]),
    ] {
        assert_eq!(site.as_zoe("DELETE", &format!("/api/request/{path}"), "").await.faults(), faults, "{path}");
    }
}

#[tokio::test]
async fn odd_bodies_are_422() {
    let site = Site::new();
    let nested = format!("{}{}", r#"{"query":"#, "[".repeat(10_000));
    for body in
        ["", "null", "7", "[]", "NaN", r#"{"query":NaN}"#, r#"{"query":"\udfff"}"#, "{\"query\":\"\u{0}", &nested]
    {
        assert_eq!(site.as_zoe("POST", "/api/search", body).await.status, 422, "{body:.40}");
    }
    let request = Request::post("/api/search").header("authorization", format!("Bearer {}", token("Zoë")));
    assert_eq!(site.send(request.body(Body::from(&b"{\"query\":\"\xff\"}"[..])).unwrap()).await.status, 422);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_query_is_a_5xx(query in "([!$&-;=?-Z_a-z~]|%[0-9a-fA-F]{2}){0,60}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let site = Site::new();
            // Of a parameter that comes twice the last counts, so the tokens come last.
            for (method, path, end) in [
                ("GET", "/list/radarr", "&token=feed-token"),
                ("GET", "/rss/all", "&token=feed-token"),
                ("GET", "/api/requests", ""),
                ("GET", "/api/recommendations", ""),
                ("DELETE", "/api/push/subscribe", ""),
                ("POST", "/sync/library", "&media_type=tv&token=webhook-token"),
                ("POST", "/webhook/plex", "&token=webhook-token"),
                ("GET", "/api/health", ""),
            ] {
                let answer = site.as_zoe(method, &format!("{path}?{query}{end}"), "[]").await;
                let status = answer.status.as_u16();
                assert!(status < 500 && ![401, 404, 405].contains(&status), "{method} {path} {status}: {}", answer.text());
            }
        });
    }

    #[test]
    fn no_multipart_body_is_a_5xx(body in prop::collection::vec(any::<u8>(), 0..400), framed in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let site = Site::new();
            let mut bytes = if framed { b"--xyz\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n".to_vec() } else { Vec::new() };
            bytes.extend(body);
            let answer = site.send(webhook("multipart/form-data; boundary=xyz", bytes)).await;
            assert!(answer.status.as_u16() < 500, "{}", answer.text());
        });
    }

    #[test]
    fn no_challenge_is_a_5xx(body in "\\PC{0,120}", origin in "\\PC{0,20}", hash in "\\PC{0,70}", timestamp in any::<i64>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let site = Site::new();
            let built = serde_json::json!({"origin": origin, "timestamp": timestamp, "hash": hash, "name": "x"}).to_string();
            for body in [body, built] {
                let status = site.call("POST", "/api/auth/verify", None, &body).await.status;
                assert!(status.is_client_error(), "{status}");
            }
        });
    }
}
