//! What the process of commit e535c01 left behind, and this version started on it: nothing is lost.

use crate::process;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, to_bytes};
use process::{Server, command, run, stderr};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use stellarr_api::settings::{Host, Settings};
use stellarr_api::state::Collaborators;
use stellarr_api::{Api, app};
use stellarr_core::auth::{DerivedKey, MAX_AGE_SECONDS, is_same_member, issue};
use stellarr_core::secrets::Secrets;
use stellarr_core::time::Timestamp;
use stellarr_server::folder::DATABASE;
use stellarr_server::secrets::KeptSecrets;
use stellarr_store::sqlite::SqliteStore;
use tower::ServiceExt as _;

const LEFT_BEHIND: &str = include_str!("../upgrade/e535c01.sql");
const PASSWORD: &str = "correct horse battery staple";
const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
/// Tokens that e535c01 accepted, with their names and seconds: the two forms that it signed, and the one of the system before.
const NAMED: (&str, i64, &str) =
    ("Ａｎｎａ", 1_796_102_314, "1796102314.77yh772O772O772B.3QKWy98HNHcgBCDy-zqgh38txxBm4KD6kd0e_er6bAc");
const NAMELESS: (&str, i64, &str) = ("", 1_796_102_373, "1796102373..4dg4FzoHEENyPSHny9HA7OgqqG9LxT6zw5PoRSMyD5w");
const OLDER: (&str, i64, &str) = ("", 1_796_102_369, "1796102369.oW84QlGvFlyjKSP-pSs6cl5qjrf7Bmtho-JJUIn41f8");
/// Devices of one member, by the spelling that each was subscribed under.
const DEVICES: [(&str, &str); 3] = [("Zoë", "c106d155"), ("ZOË", "d7782b2b"), ("Zoe\u{308}", "c6a12698")];

fn now() -> i64 {
    i64::try_from(UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap()
}

/// Makes the data folder as e535c01 left it, with the rights that it gave, and the failed sign-ins of a moment ago.
async fn left_behind(data: &Path) {
    let file = data.join(DATABASE);
    let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(LEFT_BEHIND).execute(&mut database).await.unwrap();
    let moved = sqlx::query("UPDATE attempts SET first_attempt = ?, last_attempt = ?").bind(now()).bind(now());
    assert_eq!(moved.execute(&mut database).await.unwrap().rows_affected(), 1);
    database.close().await.unwrap();
    for (path, mode) in [(data, 0o755), (&file, 0o644)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
}

async fn call(server: &Server, method: Method, path: &str, token: &str, body: Option<Value>) -> (u16, Value) {
    let url = format!("http://{}{path}", server.address);
    let mut request = reqwest::Client::new().request(method, url).bearer_auth(token);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

async fn is_subscribed(server: &Server, name: &str, device: &str) -> bool {
    let path = format!("/api/push/status?endpoint=http://127.0.0.1:9/{device}");
    let (status, answer) = call(server, Method::GET, &path, &issue(KEY, name, now()), None).await;
    assert_eq!(status, 200, "{answer}");
    answer["subscribed"].as_bool().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_keeps_the_household_of_e535c01() {
    let folder = tempfile::tempdir().unwrap();
    left_behind(folder.path()).await;
    let old_token = issue(KEY, "ZOË", now() - 60);
    let server = Server::start(command(folder.path()));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.path()), 0o700);
    assert_eq!(mode(&folder.path().join("stellarr.sqlite3")), 0o600);

    // Sessions of the old version, and its requests as they were.
    let (status, answer) = call(&server, Method::GET, "/api/requests", &old_token, None).await;
    assert_eq!(status, 200, "{answer}");
    let members = |answer: &Value| {
        let of = |row: &Value| (row["tmdb_id"].as_u64().unwrap(), row["requested_by"].as_str().unwrap().to_owned());
        answer["requests"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let expected = [
        (1399, "ZOË"),
        (11, "Ana"),
        (550, "Zoë"),
        (603, "Zoe\u{308}"),
        (1400, "Ａｎｎａ"),
        (14, "anna "),
        (13, "Anna"),
    ];
    let stored = members(&answer);
    assert_eq!(stored.len(), expected.len());
    for ((id, name), (expected_id, expected_name)) in stored.iter().zip(expected) {
        assert_eq!(*id, expected_id);
        assert!(is_same_member(name, expected_name), "{name} is not {expected_name}");
    }
    assert_eq!(answer["requests"][1]["plex_guid"], "plex://movie/old");

    // The lists were public, and stay so: Radarr and Sonarr keep working.
    let radarr = json!([
        {"id": 550, "title": "Fight Club (1999)", "imdb_id": "tt0137523"}, {"id": 603, "title": "The Matrix"},
        {"id": 14, "title": "American Beauty"}, {"id": 13, "title": "Forrest Gump"},
    ]);
    let (status, text) = server.get("/list/radarr").await;
    assert_eq!((status, serde_json::from_str::<Value>(&text).unwrap()), (200, radarr));
    let (status, sonarr) = server.get("/list/sonarr").await;
    assert!(status == 200 && sonarr.contains("121361") && sonarr.contains("79169"), "{status}: {sonarr}");

    // Every spelling of a member's name has all of the member's devices; no other name has any of them.
    for (name, _) in DEVICES {
        for (_, device) in DEVICES {
            assert!(is_subscribed(&server, name, device).await, "{name} lost {device}");
        }
        assert!(!is_subscribed(&server, name, "dea210f0").await, "{name} has Ana's device");
    }
    assert!(is_subscribed(&server, "Ana", "dea210f0").await);

    // Failed sign-ins are still counted: a wrong password would be 401 otherwise.
    let site = format!("http://{}", server.address);
    let attempt = json!({"origin": site, "timestamp": now(), "hash": "0".repeat(64), "name": "Eve"});
    let (status, answer) = call(&server, Method::POST, "/api/auth/verify", "", Some(attempt)).await;
    assert_eq!(status, 429, "{answer}");
    assert!(server.end());

    // The start of this version ends no session, and the next one of it neither.
    let server = Server::start(command(folder.path()));
    assert_eq!(call(&server, Method::GET, "/api/requests", &old_token, None).await.0, 200);
    assert!(server.logged("folder.narrowed").is_empty());
    assert!(server.end());
    let exported = run(folder.path(), &["export"]);
    assert!(exported.status.success(), "{}", stderr(&exported));
    let exported: Value = serde_json::from_slice(&exported.stdout).unwrap();
    let library: Vec<u64> =
        exported["library"].as_array().unwrap().iter().map(|row| row["tmdb_id"].as_u64().unwrap()).collect();
    assert_eq!(library, [11, 12, 82728]);
    assert_eq!(members(&exported), stored);

    // A change of the password ends them, as it is meant to.
    let mut other = command(folder.path());
    other.env("PRESHARED_PASSWORD", "another password of the test");
    let server = Server::start(other);
    assert_eq!(call(&server, Method::GET, "/api/requests", &old_token, None).await.0, 401);
    assert!(server.end());
}

/// The API of this version on the folder of e535c01, at a moment.
async fn api_at(data: &Path, second: i64) -> Router {
    let variable = |name: &str| (name == "AUTH_ITERATIONS").then(|| "100000".to_owned());
    let settings = Settings::read(Host::SelfHosted, variable).unwrap();
    let values = [("APP_SECRET_KEY", KEY), ("PRESHARED_PASSWORD", PASSWORD), ("TMDB_API_KEY", &KEY[..32])];
    let secrets = KeptSecrets::open(Secrets::new(values), data, Instant::now).unwrap();
    let store = SqliteStore::open(&data.join(DATABASE)).await.unwrap();
    let clock = Arc::new(move || Timestamp::from_second(second).unwrap());
    app(Api::new(Collaborators::new(settings, Arc::new(store), Arc::new(secrets), clock)))
}

async fn ask(api: &Router, token: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = http::Request::builder().method(method).uri(path).header("host", "127.0.0.1:8000");
    let request = request.header("content-type", "application/json");
    let request = if token.is_empty() { request } else { request.header("authorization", format!("Bearer {token}")) };
    let answer = api.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn tokens_of_e535c01_count_until_they_end() {
    let folder = tempfile::tempdir().unwrap();
    left_behind(folder.path()).await;
    for (name, second, token) in [NAMED, NAMELESS] {
        assert_eq!(issue(KEY, name, second), token, "this version signs the same");
    }
    for (name, second, token) in [NAMED, NAMELESS, OLDER] {
        let refused = |detail: &str| (401, json!({"detail": detail}));
        for (at, counts) in
            [(second + 60, true), (second + MAX_AGE_SECONDS, true), (second + MAX_AGE_SECONDS + 1, false)]
        {
            let api = api_at(folder.path(), at).await;
            let (status, answer) = ask(&api, token, "GET", "/api/requests", &Value::Null).await;
            if counts {
                assert_eq!(status, 200, "{answer}");
            } else {
                assert_eq!((status, answer), refused("Token expired"));
            }
        }
        let api = api_at(folder.path(), second + 60).await;
        let own = ask(&api, token, "DELETE", "/api/push/subscribe", &Value::Null).await;
        if name.is_empty() {
            assert_eq!(own, refused("This session has no name; sign in again"));
        } else {
            assert_eq!(own.0, 200, "{}", own.1);
        }
    }
}

#[tokio::test]
async fn a_member_of_e535c01_has_the_requests_of_all_spellings() {
    let folder = tempfile::tempdir().unwrap();
    left_behind(folder.path()).await;
    let (_, signed, token) = NAMED;
    let second = signed + 60;
    let api = api_at(folder.path(), second).await;

    // Whoever signs in under another spelling goes by the one that the oldest request has.
    let origin = "http://127.0.0.1:8000";
    let hash = DerivedKey::derive(PASSWORD, origin, 100_000).response(second);
    let login = json!({"origin": origin, "timestamp": second, "hash": hash, "name": " ANNA "});
    let (status, session) = ask(&api, "", "POST", "/api/auth/verify", &login).await;
    assert_eq!((status, &session["name"]), (200, &json!("Anna")), "{session}");

    let requests = async |token: &str| {
        let (status, answer) = ask(&api, token, "GET", "/api/requests", &Value::Null).await;
        assert_eq!(status, 200, "{answer}");
        answer["requests"].as_array().unwrap().clone()
    };
    let new_token = session["token"].as_str().unwrap();
    let all = requests(new_token).await;
    let own = all.iter().filter(|one| is_same_member(one["requested_by"].as_str().unwrap(), "Anna"));
    let own: Vec<String> =
        own.map(|one| format!("{}/{}", one["media_type"].as_str().unwrap(), one["tmdb_id"])).collect();
    assert_eq!(own, ["tv/1400", "movie/14", "movie/13"]);
    for (key, token) in own.iter().zip([new_token, token, token]) {
        let (status, answer) = ask(&api, token, "DELETE", &format!("/api/request/{key}"), &Value::Null).await;
        assert_eq!(status, 200, "{answer}");
    }
    let left = requests(token).await;
    let left: Vec<u64> = left.iter().map(|one| one["tmdb_id"].as_u64().unwrap()).collect();
    assert_eq!(left, [1399, 11, 550, 603], "those of others stay");
}
