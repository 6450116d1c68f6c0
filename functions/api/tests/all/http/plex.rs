//! Plex's webhook, and whom it tells.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use stellarr_api::settings::Host;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::http::support::{ORIGIN, Plan, Site, token};

const DEVICE: &str = r#"{"endpoint":"https://fcm.googleapis.com/fcm/send/a","language":"de","keys":{"auth":"BTBZMqHH6r4Tts7J_aSIgg","p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"}}"#;

fn film() -> String {
    json!({"event": "library.new", "Metadata": {"type": "movie", "title": "Nosferatu", "year": 1922,
        "guid": "plex://movie/a", "Guid": [{"id": "tmdb://653"}, {"id": "imdb://tt0013442"}]}})
    .to_string()
}

fn episode(metadata: Value) -> String {
    let mut all = json!({"type": "episode", "title": "Camping", "grandparentTitle": "Bluey (2018)"});
    all.as_object_mut().unwrap().extend(metadata.as_object().unwrap().clone());
    json!({"event": "library.new", "Server": {"title": "Home"}, "Metadata": all}).to_string()
}

async fn ask(site: &Site, media_type: &str, tmdb_id: u64) {
    let body = json!({"tmdb_id": tmdb_id, "media_type": media_type}).to_string();
    assert_eq!(site.as_zoe("POST", "/api/request", &body).await.json()["success"], true);
}

async fn pending(site: &Site) -> usize {
    site.as_zoe("GET", "/api/library-status", "").await.json()["requests"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_delivery_of_many_tells_whoever_asked() {
    let site = Arc::new(Site::new());
    ask(&site, "movie", 653).await;
    site.as_zoe("POST", "/api/push/subscribe", DEVICE).await;
    let phone = DEVICE.replace("/send/a", "/send/phone").replace(r#""language":"de","#, "");
    site.as_zoe("POST", "/api/push/subscribe", &phone).await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let site = Arc::clone(&site);
            tokio::spawn(async move { site.plex(&film()).await.json() })
        })
        .collect();
    let mut matched = 0;
    for task in tasks {
        let outcome = task.await.unwrap();
        assert_eq!((&outcome["status"], &outcome["added_to_library"]), (&json!("success"), &json!(true)));
        assert_eq!(outcome["matched_request"], outcome["notification_sent"]);
        matched += usize::from(outcome["matched_request"] == true);
    }
    assert_eq!(matched, 1);
    let mut sent = site.sent.payloads.lock().unwrap().clone();
    sent.sort();
    assert_eq!(sent.len(), 2, "both devices once");
    assert_eq!(*site.sent.contacts.lock().unwrap(), [ORIGIN; 2], "without PUSH_CONTACT it is the site");
    assert!(sent[0].1.contains("Film verfügbar") && sent[0].1.contains("fulfilled-movie-653"), "{}", sent[0].1);
    assert!(sent[1].1.contains("Movie available"));
    assert_eq!(site.as_zoe("GET", "/api/library-status", "").await.json()["library"]["movie"], json!([653]));
}

#[tokio::test]
async fn a_device_that_is_gone_is_forgotten() {
    let site = Site::new();
    ask(&site, "movie", 653).await;
    site.as_zoe("POST", "/api/push/subscribe", DEVICE).await;
    site.sent.gone.lock().unwrap().push("https://fcm.googleapis.com/fcm/send/a".to_owned());
    let outcome = site.plex(&film()).await.json();
    assert_eq!((&outcome["matched_request"], &outcome["notification_sent"]), (&json!(true), &json!(false)));
    assert_eq!(site.as_zoe("GET", "/api/push/status", "").await.json()["subscribed"], false);
}

#[tokio::test]
async fn the_answer_keeps_its_shape() {
    let site = Site::new();
    let outcome = site.plex(&film()).await.json();
    assert_eq!(
        outcome,
        json!({"status": "success", "title": "Nosferatu", "media_type": "movie", "plex_type": "movie",
        "tmdb_id": 653, "added_to_library": true, "matched_request": false, "notification_sent": false})
    );
    let ignored = site.plex(r#"{"event":"media.play"}"#).await.json();
    assert_eq!(ignored["status"], "ignored");
    let form: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("payload", &film()).finish();
    let request =
        Request::post("/webhook/plex?token=webhook-token").header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(site.send(request.body(Body::from(form)).unwrap()).await.json(), outcome);
}

#[tokio::test]
async fn an_episodes_own_ids_are_not_the_shows() {
    let site = Site::new();
    let outcome = site.plex(&episode(json!({"Guid": [{"id": "tmdb://1700001"}]}))).await.json();
    assert_eq!((&outcome["added_to_library"], &outcome["tmdb_id"]), (&json!(false), &json!(1_700_001)));
    assert_eq!(site.as_zoe("GET", "/api/library-status", "").await.json()["library"]["tv"], json!([]));
}

#[tokio::test]
async fn a_legacy_guid_finds_the_request_by_tvdb() {
    let site = Site::new();
    ask(&site, "tv", 82728).await;
    let legacy = json!({"guid": "com.plexapp.agents.thetvdb://182728/1/14?lang=en"});
    let outcome = site.plex(&episode(legacy)).await.json();
    assert_eq!((&outcome["matched_request"], &outcome["tmdb_id"]), (&json!(true), &json!(82728)));
    assert_eq!(site.as_zoe("GET", "/api/library-status", "").await.json()["library"]["tv"], json!([82728]));
}

#[tokio::test]
async fn a_known_guid_finds_the_next_request() {
    let site = Site::new();
    ask(&site, "tv", 82728).await;
    let show = json!({"event": "library.new", "Metadata": {"type": "show", "title": "Bluey", "guid": "plex://show/b",
        "Guid": [{"id": "tmdb://82728"}]}});
    assert_eq!(site.plex(&show.to_string()).await.json()["matched_request"], true);
    site.as_zoe("DELETE", "/api/request/tv/82728", "").await;
    ask(&site, "tv", 82728).await;
    let outcome = site.plex(&episode(json!({"grandparentGuid": "plex://show/b"}))).await.json();
    assert_eq!(outcome["matched_request"], true);
}

#[tokio::test]
async fn tvdb_knows_the_series_of_an_episode() {
    let tvdb = MockServer::start().await;
    let answer = |body: Value| ResponseTemplate::new(200).set_body_json(body);
    Mock::given(method("POST"))
        .and(path("/v4/login"))
        .respond_with(answer(json!({"data": {"token": "t"}})))
        .expect(1)
        .mount(&tvdb)
        .await;
    Mock::given(method("GET"))
        .and(path("/v4/episodes/6933591"))
        .respond_with(answer(json!({"data": {"seriesId": 182_728}})))
        .expect(1)
        .mount(&tvdb)
        .await;
    let base: &'static str = Box::leak(format!("{}/v4", tvdb.uri()).into_boxed_str());
    let mut plan = Plan::default();
    plan.variables.push(("TVDB_BASE_URL", base));
    plan.secrets.push(("TVDB_API_KEY", "tvdb-key"));
    let site = plan.site();
    ask(&site, "tv", 82728).await;
    let modern = || episode(json!({"grandparentGuid": "plex://show/c", "Guid": [{"id": "tvdb://6933591"}]}));
    assert_eq!(site.plex(&modern()).await.json()["matched_request"], true);
    // The second time the guid is known: TheTVDB is not asked again.
    let again = site.plex(&modern()).await.json();
    assert_eq!((&again["matched_request"], &again["tmdb_id"]), (&json!(false), &json!(82728)));
}

#[tokio::test]
async fn a_tvdb_that_fails_does_not_fail_the_webhook() {
    let tvdb = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v4/login"))
        .respond_with(ResponseTemplate::new(500))
        .expect(2)
        .mount(&tvdb)
        .await;
    let base: &'static str = Box::leak(format!("{}/v4", tvdb.uri()).into_boxed_str());
    let mut plan = Plan::default();
    plan.variables.push(("TVDB_BASE_URL", base));
    plan.secrets.push(("TVDB_API_KEY", "tvdb-key"));
    let site = plan.site();
    ask(&site, "tv", 82728).await;
    let named = |title: &str| episode(json!({"grandparentTitle": title, "Guid": [{"id": "tvdb://6933591"}]}));
    let outcome = site.plex(&named("Other")).await;
    assert_eq!((outcome.status.as_u16(), outcome.json()["matched_request"].as_bool()), (200, Some(false)));
    // What can be found without TheTVDB is found, and goes into the library.
    let outcome = site.plex(&named("Title 82728")).await;
    assert_eq!((outcome.status.as_u16(), outcome.json()["matched_request"].as_bool()), (200, Some(true)));
    assert_eq!(site.as_zoe("GET", "/api/library-status", "").await.json()["library"]["tv"], json!([82728]));
}

#[tokio::test]
async fn a_title_is_the_last_resort() {
    let site = Site::new();
    ask(&site, "tv", 5).await;
    ask(&site, "tv", 6).await;
    let named = |title: &str| episode(json!({"grandparentTitle": title}));
    assert_eq!(site.plex(&named("Title 5 (1999)")).await.json()["matched_request"], false, "another year");
    assert_eq!(site.plex(&named("!!!")).await.json()["matched_request"], false);
    assert_eq!(site.plex(&named("title 5 (1922)")).await.json()["matched_request"], true);
    assert_eq!(pending(&site).await, 1);
}

#[tokio::test]
async fn only_the_named_server_counts() {
    let mut plan = Plan::default();
    plan.secrets.push(("PLEX_SERVER_NAME", "Home"));
    let site = plan.site();
    assert_eq!(site.plex(&film()).await.json()["status"], "ignored");
    assert_eq!(site.plex(&episode(json!({}))).await.json()["status"], "success");
}

#[tokio::test]
async fn a_webhook_after_a_sync_that_broke_off_empties_nothing() {
    let site = Site::new();
    let sync = |query: &str, body: &'static str| {
        let path = format!("/sync/library?token=webhook-token&media_type=movie{query}");
        let site = &site;
        async move { assert_eq!(site.call("POST", &path, None, body).await.status, 200) }
    };
    sync("&clear=true&final=true", r#"[{"tmdb_id":1},{"tmdb_id":2},{"tmdb_id":3}]"#).await;
    site.clock.fetch_add(60, Ordering::Relaxed);
    sync("&clear=true", "[]").await;
    site.clock.fetch_add(60, Ordering::Relaxed);
    assert_eq!(site.plex(&film()).await.json()["added_to_library"], true);
    site.clock.fetch_add(25 * 60 * 60, Ordering::Relaxed);
    let status = site.as_zoe("GET", "/api/library-status", "").await.json();
    assert_eq!(status["library"]["movie"], json!([1, 2, 3, 653]));
}

#[tokio::test]
async fn behind_the_cdn_the_site_that_the_viewer_sees_is_the_contact() {
    let digest: &'static str = Box::leak(hex::encode(Sha256::digest("from-the-cdn")).into_boxed_str());
    let site = Plan { host: Host::Lambda, variables: vec![("ORIGIN_VERIFY_SHA256", digest)], ..Plan::default() }.site();
    let send = |method: &'static str, path: &'static str, content_type: &'static str, body: String| {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("x-origin-verify", "from-the-cdn").header("x-stellarr-host", "d1.cloudfront.net");
        let request = request.header("authorization", format!("Bearer {}", token("Zoë")));
        site.send(request.header("content-type", content_type).body(Body::from(body)).unwrap())
    };
    let ask = r#"{"tmdb_id":653,"media_type":"movie"}"#.to_owned();
    assert_eq!(send("POST", "/api/request", "application/json", ask).await.status, 200);
    assert_eq!(send("POST", "/api/push/subscribe", "application/json", DEVICE.to_owned()).await.status, 200);
    let form: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("payload", &film()).finish();
    let told =
        send("POST", "/webhook/plex?token=webhook-token", "application/x-www-form-urlencoded", form).await.json();
    assert_eq!(told["notification_sent"], true, "{told}");
    assert_eq!(*site.sent.contacts.lock().unwrap(), ["https://d1.cloudfront.net"]);
}
