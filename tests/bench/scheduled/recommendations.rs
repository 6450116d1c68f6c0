//! Measures recommendations from 10,000 catalogue rows, 500 requests and 2,000 library titles.
//!
//! `cargo bench -p stellarr-fetcher`. Self-hosted: wall time with SQLite. As in Lambda: CPU time of the thread that
//! answers, with DynamoDB's emulator at the other end. TMDB's stand-in counts calls; there must be none.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what a test can't go on without fails it")]

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::json;
use stellarr_core::catalogue::{Catalogue, Category, FIXED_GENRES, ListId, Row, Summary, tv_genre};
use stellarr_core::library::LibraryItem;
use stellarr_core::media::MediaType;
use stellarr_core::recommend::gather::{Household, Question, Source, answer};
use stellarr_core::store::Store;
use stellarr_core::time::{Timestamp, iso};
use stellarr_core::tmdb::Entry;
use stellarr_standin::{DEFAULT_KEY, Standin};
use stellarr_store::catalogue::dynamodb::DynamoCatalogue;
use stellarr_store::catalogue::sqlite::SqliteCatalogue;
use stellarr_store::dynamodb::DynamoStore;
use stellarr_store::sqlite::SqliteStore;
use stellarr_upstream::http;
use stellarr_upstream::limiter::Limits;
use stellarr_upstream::tmdb::{Credential, TmdbClient, TmdbSettings};

const ROWS: u64 = 10_000;
const REQUESTS: u64 = 500;
const LIBRARY: u64 = 2_000;
const RUNS: usize = 30;

/// A process that ends with its owner, its children included.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = nix::sys::signal::killpg(
            nix::unistd::Pid::from_raw(i32::try_from(self.0.id()).unwrap()),
            nix::sys::signal::Signal::SIGKILL,
        );
        let _ = self.0.wait();
    }
}

fn main() {
    // The client's environment can't be changed from within, so the part with DynamoDB is a process of its own.
    if std::env::var_os("AWS_ENDPOINT_URL").is_some() {
        return runtime().block_on(as_in_lambda());
    }
    runtime().block_on(self_hosted());
    use std::os::unix::process::CommandExt;
    let program = std::env::var("STELLARR_MINISTACK")
        .expect("STELLARR_MINISTACK must name the emulator's executable; `tests/run` installs it and sets it");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("http://127.0.0.1:{port}");
    let _emulator = Running(
        Command::new(program)
            .env("AWS_ENDPOINT_URL", &endpoint)
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("LOG_LEVEL", "ERROR")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap(),
    );
    let done = Command::new(std::env::current_exe().unwrap())
        .env("AWS_ENDPOINT_URL", &endpoint)
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .status()
        .unwrap();
    assert!(done.success());
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

async fn self_hosted() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("stellarr.sqlite3")).await.unwrap();
    let catalogue = SqliteCatalogue::new(store.pool().clone());
    fill(&store, &catalogue).await;
    let (walls, _) = measure(&store, &catalogue).await;
    println!("recommendations, self-hosted on SQLite: {:.1} ms wall (median of {RUNS})", milliseconds(walls));
    store.close().await;
}

async fn as_in_lambda() {
    let endpoint = std::env::var("AWS_ENDPOINT_URL").unwrap();
    let http = reqwest::Client::new();
    while http.get(format!("{endpoint}/_ministack/health")).send().await.is_err() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let requests = json!({ "TableName": "requests", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [attribute("media_type", "S"), attribute("tmdb_id", "N"), attribute("lookup", "S")],
        "KeySchema": [key("media_type", "HASH"), key("tmdb_id", "RANGE")],
        "GlobalSecondaryIndexes": [{ "IndexName": "lookup", "KeySchema": [key("lookup", "HASH")], "Projection": { "ProjectionType": "ALL" } }] });
    let catalogue = json!({ "TableName": "catalogue", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [attribute("list", "S"), attribute("tmdb_id", "N"), attribute("score", "N")],
        "KeySchema": [key("list", "HASH"), key("tmdb_id", "RANGE")],
        "GlobalSecondaryIndexes": [{ "IndexName": "best-first", "KeySchema": [key("list", "HASH"), key("score", "RANGE")], "Projection": { "ProjectionType": "ALL" } }] });
    for table in [requests, catalogue] {
        let answer = http
            .post(&endpoint)
            .header("x-amz-target", "DynamoDB_20120810.CreateTable")
            .header("content-type", "application/x-amz-json-1.0")
            .header("authorization", "AWS4-HMAC-SHA256 Credential=test/20261121/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
            .body(table.to_string())
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }
    let (store, catalogue) = (DynamoStore::lazy("requests"), DynamoCatalogue::lazy("catalogue"));
    fill(&store, &catalogue).await;
    let (walls, cpus) = measure(&store, &catalogue).await;
    println!(
        "recommendations, as in Lambda on DynamoDB: {:.1} ms CPU, {:.1} ms wall with the emulator (medians of {RUNS})",
        milliseconds(cpus),
        milliseconds(walls)
    );
}

fn attribute(name: &str, kind: &str) -> serde_json::Value {
    json!({ "AttributeName": name, "AttributeType": kind })
}

fn key(name: &str, kind: &str) -> serde_json::Value {
    json!({ "AttributeName": name, "KeyType": kind })
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

async fn fill(store: &dyn Store, catalogue: &dyn Catalogue) {
    let mut lists = Vec::new();
    for category in [Category::Popular, Category::Trending, Category::HiddenGems, Category::AwardWinning] {
        lists.extend(MediaType::ALL.map(|media_type| ListId::new(category, media_type)));
    }
    for genre in FIXED_GENRES {
        lists.push(ListId::new(Category::Genre(genre), MediaType::Movie));
        lists.push(ListId::new(Category::Genre(tv_genre(genre)), MediaType::Tv));
    }
    let rows: Vec<Row> = (1..=ROWS)
        .map(|id| {
            let list = lists[usize::try_from(id).unwrap() % lists.len()];
            let genre = match list.media_type {
                MediaType::Movie => FIXED_GENRES[usize::try_from(id / 7).unwrap() % 5],
                MediaType::Tv => tv_genre(FIXED_GENRES[usize::try_from(id / 7).unwrap() % 5]),
            };
            let entry = Entry {
                id,
                media_type: list.media_type,
                title: format!("Title {id}"),
                overview: format!("{id}: ")
                    + &"A traveller comes to a town by the sea, and nothing stays as it was. ".repeat(5),
                poster_path: Some(format!("/poster{id}.jpg")),
                backdrop_path: Some(format!("/backdrop{id}.jpg")),
                release_date: Some(format!("{}-06-01", 1950 + id % 75)),
                genre_ids: vec![genre, 99],
                popularity: f64::from(u32::try_from(id * 37 % 1_000).unwrap()),
                vote_average: 5.0 + f64::from(u32::try_from(id % 50).unwrap()) / 10.0,
                vote_count: u32::try_from(id % 3_000).unwrap(),
                original_language: "en".to_owned(),
                adult: false,
            };
            Row::new(list.category, entry, now())
        })
        .collect();
    assert_eq!(catalogue.put(&rows).await.written, rows.len());
    let mut summary = Summary { updated_at: now(), ..Summary::default() };
    for list in lists {
        summary.lists.push(catalogue.measure(list, now()).await.unwrap());
    }
    assert_eq!(summary.items(), ROWS);
    catalogue.put_summary(&summary).await.unwrap();

    let moment = Timestamp::now();
    for id in 0..REQUESTS {
        let request = json!({ "media_type": if id % 2 == 0 { "movie" } else { "tv" }, "tmdb_id": 500_000 + id,
            "title": format!("Asked for {id}"), "created_at": iso(moment), "year": 1960 + id % 60, "overview": "An overview. ".repeat(20),
            "genre_ids": [FIXED_GENRES[usize::try_from(id).unwrap() % 3], 18], "original_language": "en", "requested_by": "Ann" });
        assert!(store.add_request(&serde_json::from_value(request).unwrap()).await.unwrap());
    }
    let library: Vec<LibraryItem> = (0..LIBRARY)
        .map(|id| LibraryItem {
            media_type: MediaType::Movie,
            tmdb_id: 5 * id + 1,
            tvdb_id: None,
            title: Some("Held".to_owned()),
        })
        .collect();
    store.shelve(&library, moment).await.unwrap();
}

/// Returns wall and CPU times of answers, after a first one that is not counted.
async fn measure(store: &dyn Store, catalogue: &dyn Catalogue) -> (Vec<Duration>, Vec<Duration>) {
    let standin = Arc::new(Standin::local().unwrap());
    let settings = TmdbSettings {
        base_url: standin.tmdb_base_url(),
        credential: Credential::new(DEFAULT_KEY),
        limits: Limits::per_second(20, 40),
        request_timeout: Duration::from_secs(5),
        attempts: 1,
    };
    let tmdb = TmdbClient::new(http::client().unwrap(), settings).unwrap();
    let (mut walls, mut cpus) = (Vec::new(), Vec::new());
    for run in 0..=RUNS {
        let (begin, cpu) = (Instant::now(), thread_cpu());
        let (requests, library) = futures::try_join!(store.requests(None), store.library(Timestamp::now())).unwrap();
        let household = Household { requests: &requests, library: &library };
        let question = Question { limit: 20, ..Question::default() };
        let answer = answer(catalogue, &tmdb, household, &question, now()).await.unwrap();
        if run > 0 {
            walls.push(begin.elapsed());
            cpus.push(thread_cpu() - cpu);
        }
        assert_eq!((answer.recommendations.len(), answer.source, answer.live_calls), (20, Source::Cache, 0));
    }
    assert_eq!(standin.log().requests, 0, "a warm cache asks TMDB nothing");
    (walls, cpus)
}

fn thread_cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

fn milliseconds(mut durations: Vec<Duration>) -> f64 {
    durations.sort();
    durations[durations.len() / 2].as_secs_f64() * 1e3
}
