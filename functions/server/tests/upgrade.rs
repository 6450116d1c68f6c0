//! What the process of commit e535c01 left behind, and this version started on it: nothing is lost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what a test can't go on without fails it")]
#![allow(dead_code, reason = "each test program uses a part of what they share")]

mod process;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::UNIX_EPOCH;

use process::{Server, command, run, stderr};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use stellarr_core::auth::issue;

const LEFT_BEHIND: &str = include_str!("upgrade/e535c01.sql");
const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
/// Devices of one member, by the spelling that each was subscribed under.
const DEVICES: [(&str, &str); 3] = [("Zoë", "c106d155"), ("ZOË", "d7782b2b"), ("Zoe\u{308}", "c6a12698")];

fn now() -> i64 {
    i64::try_from(UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap()
}

/// Makes the data folder as e535c01 left it, with the rights that it gave, and the failed sign-ins of a moment ago.
async fn left_behind(data: &Path) {
    let file = data.join("stellarr.sqlite3");
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
    let expected =
        [(1399, "ZOË"), (11, "Ana"), (550, "Zoë"), (603, "Zoe\u{308}")].map(|(id, name)| (id, name.to_owned()));
    let stored = members(&answer);
    assert_eq!(stored.len(), 4);
    for ((id, name), (expected_id, expected_name)) in stored.iter().zip(&expected) {
        assert_eq!(id, expected_id);
        assert!(stellarr_core::auth::is_same_member(name, expected_name), "{name} is not {expected_name}");
    }
    assert_eq!(answer["requests"][1]["plex_guid"], "plex://movie/old");

    // The lists were public, and stay so: Radarr and Sonarr keep working.
    let radarr = r#"[{"id":550,"title":"Fight Club (1999)","imdb_id":"tt0137523"},{"id":603,"title":"The Matrix"}]"#;
    assert_eq!(server.get("/list/radarr").await, (200, radarr.to_owned()));
    let (status, sonarr) = server.get("/list/sonarr").await;
    assert!(status == 200 && sonarr.contains("121361"), "{status}: {sonarr}");

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
