//! Each route's statuses and shapes.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use stellarr_core::library::LibraryItem;
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::time::Timestamp;
use stellarr_core::tmdb::TmdbError;

use crate::http::support::{BrokenStore, FakeTmdb, NOW, Plan, Site, TMDB_KEY, token};

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

#[tokio::test]
async fn health_and_the_unknown() {
    let site = Site::new();
    let health = site.get("/api/health").await;
    assert_eq!(health.text(), r#"{"status":"healthy","service":"stellarr"}"#);
    assert_eq!(health.headers["content-type"], "application/json");
    let head = site.send(Request::head("/api/health").body(Body::empty()).unwrap()).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    let missing = site.get("/api/nothing").await;
    assert_eq!((missing.status.as_u16(), missing.json()), (404, json!({"detail": "Not Found"})));
    let method = site.call("PUT", "/api/health", None, "").await;
    assert_eq!((method.status.as_u16(), method.json()), (405, json!({"detail": "Method Not Allowed"})));
    assert!(method.headers.contains_key("allow"));
    let slash = site.get("/api/health/?x=1").await;
    assert_eq!((slash.status.as_u16(), slash.headers["location"].to_str().unwrap()), (307, "/api/health?x=1"));
    assert_eq!(site.get("/api/openapi.json").await.json()["info"]["title"], "Stellarr");
}

#[tokio::test]
async fn a_request_lives() {
    let site = Site::new();
    let ask = |body: Value| {
        let site = &site;
        async move { site.as_zoe("POST", "/api/request", &body.to_string()).await }
    };
    let answer = ask(json!({"tmdb_id": 653, "media_type": "movie", "requested_by": "Somebody Else"})).await;
    assert_eq!((answer.status.as_u16(), answer.json()["success"].as_bool()), (200, Some(true)));
    assert_eq!(ask(json!({"tmdb_id": 653, "media_type": "movie"})).await.json()["success"], false);
    ask(json!({"tmdb_id": "1399", "media_type": "tv"})).await;
    let listed = site.as_zoe("GET", "/api/requests", "").await.json();
    assert_eq!(listed["requests"].as_array().unwrap().len(), 2);
    let films = site.as_zoe("GET", "/api/requests?media_type=movie", "").await.json();
    assert_eq!(
        films,
        json!({"requests": [{
            "media_type": "movie", "tmdb_id": 653, "title": "Title 653", "created_at": "2027-01-15T08:00:00.000000+00:00",
            "year": 1922, "overview": "What happens.", "poster_path": "/p.jpg", "imdb_id": "tt0000653",
            "requested_by": "Zoë", "genre_ids": [18], "original_language": "de",
        }]})
    );
    let removed = site.as_zoe("DELETE", "/api/request/movie/653", "").await;
    assert_eq!(removed.json()["success"], true);
    assert_eq!(site.as_zoe("DELETE", "/api/request/movie/653", "").await.json()["success"], true);
    assert_eq!(site.as_zoe("GET", "/api/requests?media_type=movie", "").await.json(), json!({"requests": []}));
}

#[tokio::test]
async fn media_types_and_ids_are_checked_before_anything_else() {
    let broken = BrokenStore::start().await;
    let site = Plan { store: broken.store(), ..Plan::default() }.site();
    for media_type in ["PUSH#x", "CONFIG", "LIBRARY#movie", "RATELIMIT#1.2.3.4", "game", "Movie", ""] {
        let body = json!({"tmdb_id": 1, "media_type": media_type}).to_string();
        assert_eq!(site.as_zoe("POST", "/api/request", &body).await.faults(), [r#"enum ["body","media_type"]"#]);
        let encoded: String = url::form_urlencoded::byte_serialize(media_type.as_bytes()).collect();
        if !media_type.is_empty() {
            let path = format!("/api/requests?media_type={encoded}");
            assert_eq!(site.as_zoe("GET", &path, "").await.faults(), [r#"enum ["query","media_type"]"#]);
            let path = format!("/api/request/{encoded}/1");
            assert_eq!(site.as_zoe("DELETE", &path, "").await.faults(), [r#"enum ["path","media_type"]"#]);
            let path = format!("/sync/library?token=webhook-token&media_type={encoded}");
            assert_eq!(site.call("POST", &path, None, "[]").await.status, 400);
        }
    }
    for id in
        [json!(0), json!(-1), json!(2_147_483_648_u64), json!(1.5), json!(null), json!([]), json!("x"), json!(true)]
    {
        let body = json!({"tmdb_id": id, "media_type": "tv"}).to_string();
        assert_eq!(site.as_zoe("POST", "/api/request", &body).await.status, 422, "{id}");
    }
    assert_eq!(site.as_zoe("DELETE", "/api/request/game/x", "").await.faults().len(), 2);
    assert_eq!(broken.calls().await, 0, "the store was not asked");
}

#[tokio::test]
async fn a_search_knows_what_is_there() {
    let page = json!({"page": 1, "total_pages": 3, "total_results": 55, "results": [
        {"id": 1, "media_type": "movie", "title": "Requested", "release_date": "1922-03-04", "vote_average": 7.5},
        {"id": 2, "media_type": "tv", "name": "There"},
        {"id": 3, "media_type": "tv", "name": "New", "first_air_date": "soon"},
        {"id": 4, "media_type": "person", "name": "Somebody"},
        {"id": 5, "media_type": "movie"},
    ]});
    let tmdb = FakeTmdb { page: page.to_string(), ..FakeTmdb::default() };
    let site = Plan { tmdb: tmdb.clone(), ..Plan::default() }.site();
    site.as_zoe("POST", "/api/request", r#"{"tmdb_id":1,"media_type":"movie"}"#).await;
    let there = LibraryItem { media_type: MediaType::Tv, tmdb_id: 2, tvdb_id: None, title: None };
    site.store.put_titles(&[there], now()).await.unwrap();
    let before = tmdb.calls.load(std::sync::atomic::Ordering::Relaxed);
    let found = site.as_zoe("POST", "/api/search", r#"{"query":"x","media_type":null}"#).await.json();
    assert_eq!(tmdb.calls.load(std::sync::atomic::Ordering::Relaxed) - before, 2, "one search, one season count");
    assert_eq!((&found["page"], &found["total_pages"], &found["total_results"]), (&json!(1), &json!(3), &json!(55)));
    let flags: Vec<Value> = found["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            json!([item["title"], item["year"], item["requested"], item["in_library"], item["number_of_seasons"]])
        })
        .collect();
    assert_eq!(
        flags,
        [
            json!(["Requested", 1922, true, false, null]),
            json!(["There", null, false, true, null]),
            json!(["New", null, false, false, 7]),
            json!(["Unknown", null, false, false, null]),
        ]
    );
    let keys: Vec<&String> = found["results"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 10);
    assert_eq!(site.as_zoe("POST", "/api/search", "{}").await.faults(), [r#"missing ["body","query"]"#]);
    assert_eq!(site.as_zoe("POST", "/api/search", r#"{"query":"x","page":0}"#).await.status, 422);
}

#[tokio::test]
async fn tmdbs_failures_keep_their_secrets() {
    for (error, status) in [
        (TmdbError::Unauthorized, 503),
        (TmdbError::RateLimited { retry_after: None }, 503),
        (TmdbError::Status { status: 500 }, 502),
        (TmdbError::Timeout, 504),
        (TmdbError::Malformed { reason: "inside".to_owned() }, 502),
        (TmdbError::NotFound, 404),
    ] {
        let site = Plan { tmdb: FakeTmdb { error: Some(error), ..FakeTmdb::default() }, ..Plan::default() }.site();
        for (path, body) in
            [("/api/search", r#"{"query":"x"}"#), ("/api/request", r#"{"tmdb_id":1,"media_type":"movie"}"#)]
        {
            let answer = site.as_zoe("POST", path, body).await;
            assert_eq!(answer.status, status, "{path}");
            assert!(!answer.text().contains(TMDB_KEY) && !answer.text().contains("inside"), "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn the_library_is_told_and_compressed() {
    let site = Site::new();
    let rows: Vec<LibraryItem> = (1..=2_000)
        .map(|tmdb_id| LibraryItem { media_type: MediaType::Movie, tmdb_id, tvdb_id: None, title: None })
        .collect();
    site.store.put_titles(&rows, now()).await.unwrap();
    site.as_zoe("POST", "/api/request", r#"{"tmdb_id":9,"media_type":"tv"}"#).await;
    let plain = site.as_zoe("GET", "/api/library-status", "").await;
    let status = plain.json();
    assert_eq!(status["library"]["movie"].as_array().unwrap().len(), 2_000);
    assert_eq!((&status["library"]["tv"], status["requests"].as_array().unwrap().len()), (&json!([]), 1));
    for encoding in ["gzip", "br"] {
        let request = Request::get("/api/library-status")
            .header("authorization", format!("bearer {}", token("Zoë")))
            .header("accept-encoding", encoding);
        let packed = site.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(packed.headers["content-encoding"], encoding);
        assert_eq!(packed.headers["vary"], "accept-encoding");
        assert!(packed.body.len() < plain.body.len() / 2);
    }
    // What was kept is made anew after a write.
    site.store.mark_added(MediaKey::tv(9), None, now()).await.unwrap();
    assert_eq!(site.as_zoe("GET", "/api/library-status", "").await.json()["requests"], json!([]));
    let etag = plain.headers["etag"].clone();
    let again = Request::get("/api/library-status")
        .header("authorization", format!("Bearer {}", token("Zoë")))
        .header("if-none-match", etag);
    assert_eq!(site.send(again.body(Body::empty()).unwrap()).await.status, 200, "it has changed");
}

const DEVICE: &str = r#"{"endpoint":"https://fcm.googleapis.com/fcm/send/a","language":"de","keys":{"auth":"BTBZMqHH6r4Tts7J_aSIgg","p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"}}"#;

#[tokio::test]
async fn devices_subscribe() {
    let site = Site::new();
    let key = site.as_zoe("GET", "/api/push/vapid-public-key", "").await.json();
    assert_eq!(key["public_key"].as_str().unwrap().len(), 87);
    assert_eq!(site.get("/api/push/status").await.json(), json!({"subscribed": false}));
    assert_eq!(site.as_zoe("POST", "/api/push/subscribe", DEVICE).await.json(), json!({"status": "subscribed"}));
    assert_eq!(site.as_zoe("GET", "/api/push/status", "").await.json(), json!({"subscribed": true}));
    assert_eq!(
        site.call("GET", "/api/push/status", Some(&token("John")), "").await.json(),
        json!({"subscribed": false})
    );
    for (endpoint, subscribed) in
        [("", true), ("https://fcm.googleapis.com/fcm/send/a", true), ("https://other", false)]
    {
        let path = format!("/api/push/status?endpoint={endpoint}");
        assert_eq!(site.as_zoe("GET", &path, "").await.json()["subscribed"], subscribed, "{endpoint}");
    }
    // A name in a token that nobody signed is nobody's.
    let forged = "0.Wm_Dqw.x";
    for (method, path) in
        [("POST", "/api/push/subscribe"), ("DELETE", "/api/push/subscribe"), ("GET", "/api/push/status")]
    {
        assert_eq!(site.call(method, path, Some(forged), DEVICE).await.status, 401, "{method} {path}");
    }
    assert_eq!(site.as_zoe("DELETE", "/api/push/subscribe", "").await.json(), json!({"status": "unsubscribed"}));
    assert_eq!(site.as_zoe("GET", "/api/push/status", "").await.json(), json!({"subscribed": false}));
    for endpoint in
        ["http://fcm.googleapis.com/a", "https://10.0.0.1/a", "https://169.254.169.254/", "https://evil.example/a", "x"]
    {
        let body = DEVICE.replace("https://fcm.googleapis.com/fcm/send/a", endpoint);
        let answer = site.as_zoe("POST", "/api/push/subscribe", &body).await;
        assert_eq!(answer.faults(), [r#"value_error ["body","endpoint"]"#], "{endpoint}");
    }
    let keyless = r#"{"endpoint":"https://fcm.googleapis.com/a","keys":{}}"#;
    assert_eq!(
        site.as_zoe("POST", "/api/push/subscribe", keyless).await.faults(),
        [r#"missing ["body","keys","p256dh"]"#, r#"missing ["body","keys","auth"]"#,]
    );
    let silent =
        Plan { secrets: vec![("APP_SECRET_KEY", crate::http::support::SIGNING_KEY)], ..Plan::default() }.site();
    assert_eq!(silent.as_zoe("GET", "/api/push/vapid-public-key", "").await.status, 501);
}

#[tokio::test]
async fn pages_of_other_sites() {
    let preflight = |origin: &str| {
        Request::options("/api/search")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization")
            .body(Body::empty())
            .unwrap()
    };
    let open = Site::new().send(preflight("https://a.example")).await;
    assert_eq!((open.status.as_u16(), open.text().as_str()), (200, "OK"));
    assert_eq!(open.headers["access-control-allow-origin"], "*");
    assert_eq!(open.headers["access-control-max-age"], "600");
    assert_eq!(open.headers["access-control-allow-headers"], "authorization");
    let mut plan = Plan::default();
    plan.variables.push(("ALLOWED_ORIGIN", "https://a.example"));
    let site = plan.site();
    assert_eq!(site.send(preflight("https://a.example")).await.headers["access-control-allow-credentials"], "true");
    let refused = site.send(preflight("https://b.example")).await;
    assert_eq!(refused.status, 400);
    assert!(!refused.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn a_store_that_fails_is_503_everywhere() {
    let broken = BrokenStore::start().await;
    let site = Plan { store: broken.store(), ..Plan::default() }.site();
    for (method, path, body) in [
        ("GET", "/api/requests", ""),
        ("GET", "/api/library-status", ""),
        ("GET", "/api/push/status", ""),
        ("POST", "/api/request", r#"{"tmdb_id":1,"media_type":"tv"}"#),
        ("DELETE", "/api/request/tv/1", ""),
        ("POST", "/api/push/subscribe", DEVICE),
        ("DELETE", "/api/push/subscribe", ""),
        ("GET", "/list/radarr?token=feed-token", ""),
        ("GET", "/list/sonarr?token=feed-token", ""),
        ("GET", "/rss/all?token=feed-token", ""),
        ("POST", "/sync/library?token=webhook-token&media_type=tv", r#"[{"tmdb_id":1}]"#),
    ] {
        let answer = site.as_zoe(method, path, body).await;
        assert_eq!(answer.status, 503, "{method} {path} {}", answer.text());
        assert!(!answer.text().contains("cause-for-the-log"));
        assert!(answer.headers.contains_key("retry-after"));
    }
}
