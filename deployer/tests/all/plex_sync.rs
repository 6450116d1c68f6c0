//! A whole sync: a Plex server and a site in this process, and what the command makes of their answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use clap::Parser;
use jiff::Timestamp;
use serde_json::{Value, json};
use stellarr::base::clock::Clock;
use stellarr::base::error::CommandError;
use stellarr::base::exit::ExitKind;
use stellarr::cli::{Cli, Command};
use stellarr::commands::plex_sync;
use stellarr::household::plex::{Holdings, PlexServer, Section, SiteLibrary, Title};
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::SecretText;
use stellarr_core::media::MediaType;

const PLEX_TOKEN: &str = "plex-token";
const SYNC_TOKEN: &str = "sync-token";

/// A clock that waits for nothing and remembers for how long it was asked to.
#[derive(Default)]
struct Hasty(Mutex<Vec<Duration>>);

#[async_trait]
impl Clock for Hasty {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    async fn sleep(&self, duration: Duration) {
        self.0.lock().unwrap().push(duration);
    }
}

/// Serves a router on a port of its own and returns its address.
async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// A Plex server with two libraries of films, one of series and one of music; pages hold `page` entries.
async fn plex(page: usize) -> String {
    let films: Vec<Value> = (1..=1_201)
        .map(|id| json!({"title": format!("Film {id}"), "Guid": [{"id": format!("tmdb://{id}")}]}))
        .collect();
    let answers: BTreeMap<&'static str, Vec<Value>> = [
        ("1", films),
        ("2", vec![json!({"title": "Film 7", "Guid": [{"id": "tmdb://7"}]}), json!({"title": "Home video"})]),
        ("3", vec![json!({"title": "Bluey", "Guid": [{"id": "tmdb://82728"}, {"id": "tvdb://353546"}]})]),
    ]
    .into();
    let answers = Arc::new(answers);
    serve(Router::new().fallback(move |request: Request| {
        let answers = answers.clone();
        async move { plex_answer(&answers, page, &request) }
    }))
    .await
}

fn plex_answer(answers: &BTreeMap<&'static str, Vec<Value>>, page: usize, request: &Request) -> Response {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if header("x-plex-token") != PLEX_TOKEN {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    assert!(!request.uri().to_string().contains(PLEX_TOKEN), "an address ends in logs");
    if request.uri().path() == "/library/sections" {
        let sections =
            [("1", "Films", "movie"), ("2", "More films", "movie"), ("3", "Series", "show"), ("4", "Music", "artist")]
                .map(|(key, title, of)| json!({"key": key, "title": title, "type": of}));
        return json!({"MediaContainer": {"Directory": sections}}).to_string().into_response();
    }
    let key = request.uri().path().split('/').nth(3).unwrap_or_default();
    let Some(all) = answers.get(key) else { return StatusCode::NOT_FOUND.into_response() };
    assert!(request.uri().query().unwrap_or_default().contains("includeGuids=1"));
    let start: usize = header("x-plex-container-start").parse().unwrap();
    let entries: Vec<&Value> = all.iter().skip(start).take(page).collect();
    json!({"MediaContainer": {"totalSize": all.len(), "Metadata": entries}}).to_string().into_response()
}

/// A site that keeps generations as the real one does; `faults` are answered first.
#[derive(Default)]
struct FakeSite {
    library: BTreeMap<String, BTreeMap<u64, u32>>,
    generation: u32,
    calls: Vec<String>,
    faults: Vec<StatusCode>,
}

async fn site(state: Arc<Mutex<FakeSite>>) -> String {
    serve(Router::new().fallback(move |request: Request| {
        let state = state.clone();
        async move {
            let (parts, body) = request.into_parts();
            let body = to_bytes(body, 1 << 20).await.unwrap();
            site_answer(&mut state.lock().unwrap(), parts.uri.query().unwrap_or_default(), &body)
        }
    }))
    .await
}

fn site_answer(site: &mut FakeSite, query: &str, body: &[u8]) -> Response {
    let query: BTreeMap<&str, &str> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    if query.get("token") != Some(&SYNC_TOKEN) {
        return (StatusCode::UNAUTHORIZED, r#"{"detail":"Unauthorized"}"#).into_response();
    }
    let kind = query["media_type"].to_owned();
    let entries: Vec<Value> = serde_json::from_slice(body).unwrap();
    let flag = ["clear", "final"].into_iter().find(|flag| query.contains_key(flag)).unwrap_or("batch");
    site.calls.push(format!("{kind} {flag} {}", entries.len()));
    if let Some(fault) = site.faults.pop() {
        return fault.into_response();
    }
    site.generation += u32::from(flag == "clear");
    let generation = site.generation;
    let rows = site.library.entry(kind).or_default();
    let before = rows.len();
    if flag == "final" {
        rows.retain(|_, of| *of == generation);
    }
    let removed = before - rows.len();
    rows.extend(entries.iter().map(|entry| (entry["tmdb_id"].as_u64().unwrap(), generation)));
    json!({"status": "success", "synced": entries.len(), "marked_as_added": 0, "removed": removed})
        .to_string()
        .into_response()
}

/// Runs the command; returns what it said.
async fn run(plex: &str, site: &str, options: &[&str]) -> Result<String, CommandError> {
    let line = ["stellarr", "plex-sync", "--plex-url", plex, "--plex-token", PLEX_TOKEN];
    let site = ["--stellarr-url", site, "--sync-token", SYNC_TOKEN];
    let cli = Cli::parse_from(line.iter().chain(&site).chain(options));
    let Command::PlexSync(arguments) = cli.command else { panic!("not a sync") };
    let printer = Printer::captured(Verbosity::Verbose);
    let result = plex_sync::run(&cli.global, &arguments, &printer).await;
    let said = printer.transcript();
    assert!(!said.contains(PLEX_TOKEN) && !said.contains(SYNC_TOKEN), "{said}");
    result.map(|()| said)
}

#[tokio::test]
async fn the_site_ends_with_what_the_server_holds() {
    let state = Arc::new(Mutex::new(FakeSite::default()));
    state.lock().unwrap().library.insert("movie".to_owned(), [(9_999, 0), (7, 0)].into());
    let (plex, site) = (plex(500).await, site(state.clone()).await);
    let said = run(&plex, &site, &["--batch-size", "500"]).await.unwrap();
    assert_eq!(
        said,
        "films: 1201 on the Plex server, 1 entry without a TMDB id left out\n  no TMDB id: Home video\nseries: 1 on the Plex \
         server\nfilms: 1201 in the site's library, 0 requests have arrived, 1 removed\nseries: 1 in the site's library, 0 \
         requests have arrived, 0 removed\n"
    );
    let state = state.lock().unwrap();
    assert_eq!(state.library["movie"].len(), 1_201);
    assert_eq!(
        state.calls,
        [
            "movie clear 0",
            "tv clear 0",
            "movie batch 500",
            "movie batch 500",
            "movie batch 201",
            "movie final 0",
            "tv batch 1",
            "tv final 0"
        ]
    );
}

#[tokio::test]
async fn a_choice_of_libraries_and_kinds_is_kept_to() {
    let state = Arc::new(Mutex::new(FakeSite::default()));
    let (plex, site) = (plex(500).await, site(state.clone()).await);
    run(&plex, &site, &["-l", "More films", "--movies-only", "--no-clear"]).await.unwrap();
    assert_eq!(state.lock().unwrap().calls, ["movie batch 1"]);
    let error = run(&plex, &site, &["-l", "Filme"]).await.unwrap_err();
    assert_eq!((error.kind, error.hints), (ExitKind::Usage, vec!["it has: Films, More films, Series".to_owned()]));
}

#[tokio::test]
async fn a_dry_run_sends_nothing_and_a_kind_without_titles_is_left_alone() {
    let state = Arc::new(Mutex::new(FakeSite::default()));
    let (plex, site) = (plex(500).await, site(state.clone()).await);
    assert!(run(&plex, &site, &["--dry-run"]).await.unwrap().contains("dry run"));
    let said = run(&plex, &site, &["-l", "Series", "--no-clear"]).await.unwrap();
    assert!(said.contains("no films were found"), "{said}");
    assert_eq!(state.lock().unwrap().calls, ["tv batch 1"]);
    let listed = run(&plex, &site, &["--list-libraries"]).await.unwrap();
    assert!(listed.contains("Music") && listed.contains("artist"), "{listed}");
}

#[tokio::test]
async fn a_server_that_does_not_page_is_read_once() {
    let plex = plex(usize::MAX).await;
    let clock = Hasty::default();
    let server = PlexServer::new(&plex, &SecretText(PLEX_TOKEN.to_owned()), &clock).unwrap();
    let section = Section { key: "1".to_owned(), title: "Films".to_owned(), section_type: "movie".to_owned() };
    let mut holdings = Holdings::default();
    server.read(&section, MediaType::Movie, &mut holdings, |_, _| {}).await.unwrap();
    assert_eq!((holdings.len(), holdings.repeated), (1_201, 0));
}

#[tokio::test]
async fn a_server_that_breaks_off_removes_nothing() {
    // Three films, of which the second page has none.
    let plex = serve(Router::new().fallback(|request: Request| async move {
        if request.uri().path() == "/library/sections" {
            let films = json!([{"key": "1", "title": "Films", "type": "movie"}]);
            return json!({"MediaContainer": {"Directory": films}}).to_string();
        }
        let first = request.headers()["x-plex-container-start"] == "0";
        let film = json!({"title": "Film 1", "Guid": [{"id": "tmdb://1"}]});
        let entries = if first { vec![film] } else { Vec::new() };
        json!({"MediaContainer": {"totalSize": 3, "Metadata": entries}}).to_string()
    }))
    .await;
    let state = Arc::new(Mutex::new(FakeSite::default()));
    state.lock().unwrap().library.insert("movie".to_owned(), [(1, 0), (2, 0), (3, 0)].into());
    let error = run(&plex, &site(state.clone()).await, &["--movies-only"]).await.unwrap_err();
    assert_eq!(error.message, "the Plex server tells 1 of 3 entries of Films");
    let state = state.lock().unwrap();
    assert_eq!((state.library["movie"].len(), state.calls.join(", ")), (3, "movie clear 0".to_owned()));
}

#[tokio::test]
async fn wrong_tokens_are_told_apart() {
    let state = Arc::new(Mutex::new(FakeSite::default()));
    let (plex, site) = (plex(500).await, site(state).await);
    let clock = Hasty::default();
    let wrong = SecretText("wrong".to_owned());
    let error = PlexServer::new(&plex, &wrong, &clock).unwrap().sections().await.unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ExitKind::Access, "the Plex server refuses the token"));
    let library = SiteLibrary::new(&site, wrong, &clock).unwrap();
    let error = library.open(MediaType::Tv).await.unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ExitKind::Access, "the site refuses the sync token"));
    assert!(clock.0.lock().unwrap().is_empty(), "a refusal is not tried again");
}

#[tokio::test]
async fn trouble_that_passes_is_waited_out_and_other_trouble_removes_nothing() {
    let state = Arc::new(Mutex::new(FakeSite::default()));
    state.lock().unwrap().library.insert("tv".to_owned(), [(1, 0)].into());
    let clock = Hasty::default();
    let library = SiteLibrary::new(&site(state.clone()).await, SecretText(SYNC_TOKEN.to_owned()), &clock).unwrap();
    let titles = [Title { tmdb_id: 2, tvdb_id: None, title: "B".to_owned() }];

    state.lock().unwrap().faults = vec![StatusCode::SERVICE_UNAVAILABLE; 5];
    let error = library.open(MediaType::Tv).await.unwrap_err();
    assert!(error.message.contains("503"), "{error}");
    assert_eq!(clock.0.lock().unwrap().len(), 4, "five tries");
    assert_eq!(state.lock().unwrap().library["tv"].len(), 1);

    state.lock().unwrap().faults = vec![StatusCode::BAD_GATEWAY, StatusCode::TOO_MANY_REQUESTS];
    library.open(MediaType::Tv).await.unwrap();
    let sent = library.send(MediaType::Tv, &titles, 1, true, |_| {}).await.unwrap();
    assert_eq!((sent.synced, sent.removed), (1, 1));
    assert_eq!(state.lock().unwrap().library["tv"].keys().collect::<Vec<_>>(), [&2]);
}
