//! The story: a household signs in, searches, requests, is told, syncs and tidies up.
//!
//! One script for every form that the API has: it knows an address and the stand-in of the services behind it.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use stellarr_core::auth::DerivedKey;
use stellarr_standin::Standin;
use stellarr_standin::{Catalogue, Title};

const PASSWORD: &str = "correct horse battery staple";
const FEED: &str = "token=the-feed-token";
const HOOK: &str = "token=the-webhook-token";

/// Returns the secret's values.
pub(crate) fn secrets() -> Value {
    json!({
        "APP_SECRET_KEY": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "PRESHARED_PASSWORD": PASSWORD,
        "TMDB_API_KEY": stellarr_standin::DEFAULT_KEY,
        "FEED_TOKEN": "the-feed-token",
        "PLEX_WEBHOOK_TOKEN": "the-webhook-token",
        "PLEX_SERVER_NAME": "Home",
        "TVDB_API_KEY": stellarr_standin::DEFAULT_KEY,
        "VAPID_PRIVATE_KEY": "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
    })
}

/// Returns the variables of a site at an address.
pub(crate) fn variables(standin: &Standin, site: &str) -> Vec<(String, String)> {
    let push = standin.url().trim_start_matches("http://").to_owned();
    [
        ("BASE_URL", site.to_owned()),
        ("AUTH_ITERATIONS", "100000".to_owned()),
        ("TMDB_BASE_URL", standin.tmdb_base_url()),
        ("TVDB_BASE_URL", standin.tvdb_base_url()),
        ("IMAGE_BASE_URL", standin.image_base_url()),
        ("PUSH_ALLOWED_HOSTS", push),
        ("PUSH_CONTACT", "mailto:household@example.com".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

struct Visitor<'a> {
    http: Client,
    site: &'a str,
    token: String,
}

impl Visitor<'_> {
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = self.http.request(method, format!("{}{path}", self.site));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(Method::POST, path, Some(body)).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    async fn plex(&self, metadata: Value) -> Value {
        let payload = json!({"event": "library.new", "Server": {"title": "Home"}, "Metadata": metadata}).to_string();
        let boundary = "----------plex";
        let body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"payload\"\r\nContent-Type: application/json\r\n\r\n\
             {payload}\r\n--{boundary}--\r\n"
        );
        let answer = self
            .http
            .post(format!("{}/webhook/plex?{HOOK}", self.site))
            .header("content-type", format!("multipart/form-data; boundary={boundary}"))
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }
}

/// Plays the story; panics where the site does not keep its promises.
pub(crate) async fn play(site: &str, standin: &Standin) {
    let mut visitor = Visitor { http: Client::new(), site, token: String::new() };
    assert_eq!(visitor.get("/api/health").await["status"], "healthy");
    sign_in(&mut visitor).await;
    let catalogue = Catalogue::embedded();
    let film = catalogue.movies.iter().find(|title| title.imdb_id.is_some()).unwrap();
    let series = catalogue.series.iter().find(|title| title.tvdb_id.is_some() && title.episodes > 0).unwrap();
    search_and_request(&visitor, film, series).await;
    feeds(&visitor, film, series).await;
    arrivals(&visitor, standin, film, series).await;
    tidy(&visitor, film, series).await;
    sign_everybody_out(&mut visitor).await;
}

async fn sign_in(visitor: &mut Visitor<'_>) {
    let iterations = visitor.get("/api/auth/params").await["iterations"].as_u64().unwrap();
    let key = DerivedKey::derive(PASSWORD, visitor.site, u32::try_from(iterations).unwrap());
    let timestamp = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    let answer = |hash: String| json!({"origin": visitor.site, "timestamp": timestamp, "hash": hash, "name": " Zoë "});
    let wrong = hex::encode(Sha256::digest("wrong"));
    assert_eq!(visitor.call(Method::POST, "/api/auth/verify", Some(answer(wrong))).await.0, 401);
    assert_eq!(visitor.call(Method::GET, "/api/requests", None).await.0, 401);
    let session = visitor.post("/api/auth/verify", answer(key.response(timestamp))).await;
    assert_eq!(session["name"], "Zoë");
    let again = visitor.call(Method::POST, "/api/auth/verify", Some(answer(key.response(timestamp)))).await;
    assert_eq!(again.0, 401, "a challenge counts once");
    visitor.token = session["token"].as_str().unwrap().to_owned();
}

async fn search_and_request(visitor: &Visitor<'_>, film: &Title, series: &Title) {
    let found = visitor.post("/api/search", json!({"query": film.title("en"), "media_type": "movie"})).await;
    let item = found["results"].as_array().unwrap().iter().find(|item| item["id"] == film.id).unwrap().clone();
    assert_eq!((&item["requested"], &item["in_library"]), (&json!(false), &json!(false)));
    let found = visitor.post("/api/search", json!({"query": series.title("en"), "media_type": "tv"})).await;
    let item = found["results"].as_array().unwrap().iter().find(|item| item["id"] == series.id).unwrap().clone();
    assert_eq!(item["number_of_seasons"], series.seasons);
    for (media_type, id) in [("movie", film.id), ("tv", series.id)] {
        let ask = json!({"tmdb_id": id, "media_type": media_type});
        assert_eq!(visitor.post("/api/request", ask.clone()).await["success"], true);
        assert_eq!(visitor.post("/api/request", ask).await["success"], false);
    }
    let requests = visitor.get("/api/requests").await;
    let requests = requests["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| request["requested_by"] == "Zoë"));
    let found = visitor.post("/api/search", json!({"query": film.title("en")})).await;
    let item = found["results"].as_array().unwrap().iter().find(|item| item["id"] == film.id).unwrap().clone();
    assert_eq!(item["requested"], true, "the badge");
}

async fn feeds(visitor: &Visitor<'_>, film: &Title, series: &Title) {
    assert_eq!(visitor.call(Method::GET, "/list/radarr", None).await.0, 401);
    let radarr = visitor.get(&format!("/list/radarr?{FEED}")).await;
    assert_eq!((&radarr[0]["id"], radarr.as_array().unwrap().len()), (&json!(film.id), 1));
    assert_eq!(radarr[0]["imdb_id"], json!(film.imdb_id));
    let sonarr = visitor.get(&format!("/list/sonarr?{FEED}")).await;
    assert_eq!(sonarr[0]["tvdbId"], json!(series.tvdb_id.map(|id| id.to_string())));
    let rss = visitor.get(&format!("/rss/all?{FEED}")).await;
    assert!(rss.as_str().unwrap().contains("<item>"));
    let urls = visitor.get("/api/feeds").await;
    assert_eq!(urls["feeds"]["radarr"]["url"], format!("{}/list/radarr?{FEED}", visitor.site));
}

async fn arrivals(visitor: &Visitor<'_>, standin: &Standin, film: &Title, series: &Title) {
    let key = visitor.get("/api/push/vapid-public-key").await;
    assert_eq!(key["public_key"].as_str().unwrap().len(), 87);
    let device = json!({
        "endpoint": standin.push_url("phone"), "language": "de",
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    });
    visitor.post("/api/push/subscribe", device).await;
    assert_eq!(visitor.get("/api/push/status").await["subscribed"], true);

    let arrived = json!({"type": "movie", "title": film.title("en"), "guid": "plex://movie/1",
        "Guid": [{"id": format!("tmdb://{}", film.id)}]});
    let outcome = visitor.plex(arrived.clone()).await;
    assert_eq!((&outcome["matched_request"], &outcome["notification_sent"]), (&json!(true), &json!(true)), "{outcome}");
    assert_eq!(visitor.plex(arrived).await["matched_request"], false, "a repeated delivery");
    // The series is known by one of its episodes at TheTVDB only.
    let episode = stellarr_standin::episode_id(series.tvdb_id.unwrap(), 1);
    let outcome = visitor
        .plex(json!({"type": "episode", "title": "One", "grandparentTitle": "Another name", "grandparentGuid": "plex://show/1",
            "Guid": [{"id": format!("tvdb://{episode}")}]}))
        .await;
    assert_eq!((&outcome["matched_request"], &outcome["tmdb_id"]), (&json!(true), &json!(series.id)), "{outcome}");

    let deliveries = standin.deliveries();
    assert_eq!(deliveries.len(), 2);
    for delivery in deliveries {
        assert_eq!(delivery.headers["content-encoding"], "aes128gcm");
        assert_eq!(delivery.headers["ttl"], "86400");
        assert!(delivery.headers["authorization"].starts_with("vapid t="));
        assert!(delivery.bytes().len() > 120);
    }
    assert_eq!(visitor.get(&format!("/list/radarr?{FEED}")).await, json!([]));
    let status = visitor.get("/api/library-status").await;
    assert_eq!(status, json!({"library": {"movie": [film.id], "tv": [series.id]}, "requests": []}));
    let found = visitor.post("/api/search", json!({"query": film.title("en")})).await;
    let item = found["results"].as_array().unwrap().iter().find(|item| item["id"] == film.id).unwrap().clone();
    assert_eq!(item["in_library"], true, "the badge");
}

async fn tidy(visitor: &Visitor<'_>, film: &Title, series: &Title) {
    let remove = format!("/api/request/tv/{}", series.id);
    for _ in 0..2 {
        assert_eq!(visitor.call(Method::DELETE, &remove, None).await.1["success"], true);
    }
    let requests = visitor.get("/api/requests").await;
    assert_eq!(requests["requests"].as_array().unwrap().len(), 1);

    let other = film.id + 1_000_000;
    let sync = |query: &'static str, body: Value| {
        visitor.post_owned(format!("/sync/library?{HOOK}&media_type=movie{query}"), body)
    };
    assert_eq!(sync("&clear=true", json!([])).await["synced"], 0);
    let library = visitor.get("/api/library-status").await["library"]["movie"].clone();
    assert_eq!(library, json!([film.id]), "opening deletes nothing");
    assert_eq!(sync("", json!([{"tmdb_id": other, "tvdb_id": null, "title": "Other"}])).await["synced"], 1);
    assert_eq!(sync("&final=true", json!([])).await["removed"], 1);
    assert_eq!(visitor.get("/api/library-status").await["library"]["movie"], json!([other]));

    assert_eq!(visitor.call(Method::DELETE, "/api/push/subscribe", None).await.0, 200);
    assert_eq!(visitor.get("/api/push/status").await["subscribed"], false);
}

/// Ends every session but the one of whoever asks.
async fn sign_everybody_out(visitor: &mut Visitor<'_>) {
    let before = visitor.token.clone();
    let renewed = visitor.post("/api/auth/sign-out-everywhere", json!({})).await;
    assert_eq!(visitor.call(Method::GET, "/api/requests", None).await.0, 401, "the old session has ended");
    visitor.token = renewed["token"].as_str().unwrap().to_owned();
    assert_ne!(visitor.token, before);
    visitor.get("/api/requests").await;
}

impl Visitor<'_> {
    async fn post_owned(&self, path: String, body: Value) -> Value {
        self.post(&path, body).await
    }
}
