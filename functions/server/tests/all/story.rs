//! The whole life of a household, over HTTP, against the self-hosted process on SQLite; and how that process starts
//! and ends.

#[path = "../../../api/tests/all/story/script.rs"]
mod script;

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use stellarr_standin::Standin;

const KEY: &str = "0123456789abcdef0123456789abcdef";
const PROGRAM: &str = env!("CARGO_BIN_EXE_stellarr-server");

/// A running process; dropping it kills it.
struct Server(Child);

impl Server {
    /// Starts the process on a folder, and waits until it listens.
    fn start(folder: &Path, address: &str, variables: Vec<(String, String)>) -> Self {
        let site = folder.join("site");
        std::fs::create_dir_all(site.join("_app/immutable")).unwrap();
        std::fs::write(site.join("index.html"), "<!doctype html><title>Stellarr</title>").unwrap();
        std::fs::write(site.join("_app/immutable/a.js"), "export const a = 1;\n".repeat(200)).unwrap();
        let file: String = script::secrets()
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={}\n", value.as_str().unwrap()))
            .collect();
        std::fs::write(folder.join("secrets.env"), file).unwrap();
        let mut process = Command::new(PROGRAM)
            .env_clear()
            .envs(variables)
            .env("LOCALES", "en,de")
            .args(["--listen", address, "--site"])
            .arg(&site)
            .arg("--data-dir")
            .arg(folder.join("data"))
            .arg("--env-file")
            .arg(folder.join("secrets.env"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let listening = lines.by_ref().map_while(Result::ok).find(|line| {
            let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not a line of JSON: {line}"));
            line["event"] == "listening"
        });
        assert!(listening.is_some(), "it ended before it listened");
        // The pipe must not fill up.
        std::thread::spawn(move || lines.for_each(drop));
        Self(process)
    }

    /// Tells the process to end, and waits for it.
    fn end(mut self) -> bool {
        let id = nix::unistd::Pid::from_raw(i32::try_from(self.0.id()).unwrap());
        nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM).unwrap();
        self.0.wait().unwrap().success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a household's member sees of another password in the file of secrets.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_password_in_the_file_ends_the_sessions() {
    let standin = Standin::local().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let address = free_address();
    let site = format!("http://{address}");
    let client = reqwest::Client::new();
    let now = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    let secrets = script::secrets();
    let token = stellarr_core::auth::issue(secrets["APP_SECRET_KEY"].as_str().unwrap(), "Zoë", now);
    let mut statuses = Vec::new();
    for password in [None, None, Some("another password of the household"), None] {
        let mut variables = script::variables(&standin, &site);
        // Variables win over the file.
        variables.extend(password.map(|password| ("PRESHARED_PASSWORD".to_owned(), password.to_owned())));
        let server = Server::start(folder.path(), &address, variables);
        let answer = client.get(format!("{site}/api/requests")).bearer_auth(&token).send().await.unwrap();
        statuses.push(answer.status().as_u16());
        assert!(server.end());
    }
    assert_eq!(statuses, [200, 200, 401, 401], "a restart alone ends none, and the old password brings none back");
}

/// Finds a free port. Another process may take it before ours does, but hardly ever.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_story_of_a_household_at_home() {
    let standin = Standin::local().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let address = free_address();
    let site = format!("http://{address}");
    let server = Server::start(folder.path(), &address, script::variables(&standin, &site));
    script::play(&site, &standin).await;
    pages(&site).await;
    assert!(server.end(), "SIGTERM ends it in good order");

    // Everything is still there when it comes back.
    let server = Server::start(folder.path(), &address, script::variables(&standin, &site));
    let radarr = reqwest::get(format!("{site}/list/radarr?token=the-feed-token")).await.unwrap();
    assert_eq!(radarr.text().await.unwrap(), "[]");
    assert!(server.end());
}

async fn pages(site: &str) {
    let get = |path: &'static str| async move { reqwest::get(format!("{site}{path}")).await.unwrap() };
    for path in ["/", "/requests", "/index.html"] {
        let page = get(path).await;
        assert_eq!(page.headers()["cache-control"], "public, max-age=0, must-revalidate");
        assert!(page.text().await.unwrap().contains("<title>Stellarr</title>"), "{path}");
    }
    let script = get("/_app/immutable/a.js").await;
    assert_eq!(script.headers()["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(script.headers()["content-type"], "text/javascript; charset=utf-8");
    assert_eq!(get("/_app/immutable/b.js").await.status(), 404, "a missing asset is no page");
    let config: Value = get("/config.json").await.json().await.unwrap();
    assert_eq!((&config["locales"], &config["push"]), (&serde_json::json!(["en", "de"]), &Value::Bool(true)));
    assert_eq!(get("/api/nothing").await.status(), 404);
    assert_eq!(get("/trending-all-xx.json").await.status(), 404);
    // The first start fills the trending files; it may still be at it.
    let mut trending = get("/trending-all-de.json").await;
    for _ in 0..100 {
        if trending.status() == 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        trending = get("/trending-all-de.json").await;
    }
    let trending: Value = trending.json().await.unwrap();
    assert!(!trending["results"].as_array().unwrap().is_empty());
}

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(PROGRAM).env_clear().envs(variables.iter().copied()).args(arguments).output().unwrap()
}

#[test]
fn it_refuses_to_start_without_its_secrets() {
    let placeholders = [("APP_SECRET_KEY", "change-me"), ("PRESHARED_PASSWORD", "hunter2hunter2")];
    let refused = run(&["--listen", "127.0.0.1:0"], &placeholders);
    assert!(!refused.status.success());
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(
        error.contains("APP_SECRET_KEY is still a placeholder") && error.contains("TMDB_API_KEY is missing"),
        "{error}"
    );
    assert!(!error.contains("hunter2"));
    let judged = |variables: &[(&str, &str)]| {
        let fit = [("APP_SECRET_KEY", KEY), ("PRESHARED_PASSWORD", "correct horse battery"), ("TMDB_API_KEY", KEY)];
        let folder = tempfile::tempdir().unwrap();
        let data = [("LISTEN", "127.0.0.1:0"), ("DATA_DIR", folder.path().to_str().unwrap())];
        let refused = run(&[], &[&fit, variables, &data].concat());
        assert!(!refused.status.success());
        String::from_utf8(refused.stderr).unwrap()
    };
    for (variables, problem) in [
        (
            &[("PRESHARED_PASSWORD", "hunter2")][..],
            "PRESHARED_PASSWORD is too short: at least 12 characters are needed",
        ),
        (&[("APP_SECRET_KEY", "0123456789abcdef")], "APP_SECRET_KEY is too short: at least 32 characters are needed"),
        (
            &[("FEED_TOKEN", "one-for-both-0"), ("PLEX_WEBHOOK_TOKEN", "one-for-both-0")],
            "FEED_TOKEN and PLEX_WEBHOOK_TOKEN have the same value",
        ),
        (&[("NOT_BEFORE", "2027-01-15")], "NOT_BEFORE is not a unix second"),
        (&[("AUTH_ITERATIONS", "99999")], "AUTH_ITERATIONS is not a number of at least 100000"),
    ] {
        let error = judged(variables);
        assert!(error.contains(problem), "{error}");
    }
    let bad = run(&[], &[("BASE_URL", "media.example.com")]);
    assert!(String::from_utf8(bad.stderr).unwrap().contains("BASE_URL is not an origin"));
}

#[test]
fn it_lists_its_variables() {
    let listed = run(&["--variables"], &[]);
    assert!(String::from_utf8(listed.stdout).unwrap().contains("| `RATE_LIMIT_MAX_ATTEMPTS` | `5` |"));
}
