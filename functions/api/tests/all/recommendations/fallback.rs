//! What the catalogue lacks comes from TMDB: as little as will do, and in time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::StatusCode;
use serde_json::{Value, json};
use stellarr_api::state::TmdbWithKey;
use stellarr_core::catalogue::{
    Catalogue, CatalogueError, CatalogueSummary, Category, Cursor, ListId, ListSummary, Row, RowKey, RowPage, Stamp,
    Stored, TitleFacts,
};
use stellarr_core::media::MediaType;
use stellarr_core::tmdb::{Audience, Page, Tmdb, TmdbError};
use stellarr_standin::{Action, DEFAULT_KEY, FaultRule};

use crate::recommendations::home::{DAY, Home, NOW, ids};

#[tokio::test]
async fn an_empty_catalogue_falls_back_to_tmdb_and_half_of_one_is_mixed() {
    let home = Home::new();
    let (status, answer) = home.get("?media_type=movie&locale=de").await;
    assert_eq!((status, &answer["source"], ids(&answer).len()), (StatusCode::OK, &json!("live"), 20));
    assert!(home.standin.log().latest.iter().all(|entry| entry.query.contains("language=de")));

    let home = Home::new();
    home.fill(&[MediaType::Movie]).await;
    let (_, answer) = home.get("").await;
    assert_eq!(answer["source"], "mixed");
    assert!(home.standin.log().latest.iter().all(|entry| entry.path.contains("/tv")), "movies are there already");
}

#[tokio::test]
async fn an_expired_catalogue_counts_as_none() {
    let later = NOW + 11 * DAY as i64;
    let home = Home::at(later);
    home.fill(&MediaType::ALL).await;
    let (_, answer) = home.get("?media_type=movie").await;
    assert_eq!(answer["source"], "live");
}

#[tokio::test]
async fn popular_titles_that_have_expired_are_asked_for_and_the_gems_that_have_not_are_used() {
    // Three days later what was popular and trending has expired; gems and genres have not.
    let home = Home::at(NOW + 3 * DAY as i64);
    home.fill(&[MediaType::Movie]).await;
    let (_, answer) = home.get("?media_type=movie&limit=9").await;
    assert_eq!(home.asked(), ["/3/movie/popular?page=1"], "one call, for what is missing");
    assert_eq!(answer["source"], "mixed", "{answer}");
    let kinds: Vec<&Value> = answer["items"].as_array().unwrap().iter().map(|item| &item["reason"]["kind"]).collect();
    assert_eq!(kinds[..3], ["popular", "popular", "hidden_gem"]);
}

#[tokio::test]
async fn a_catalogue_of_daily_lists_alone_gets_its_gems_from_tmdb() {
    let home = Home::new();
    home.fill(&[MediaType::Movie]).await;
    let mut summary = Catalogue::summary(&*home.catalogue).await.unwrap().unwrap();
    summary.lists.retain(|held| matches!(held.list.category, Category::Popular | Category::Trending));
    home.catalogue.put_summary(&summary).await.unwrap();
    let (_, answer) = home.get("?media_type=movie&limit=6").await;
    assert_eq!(home.asked(), ["/3/discover/movie?page=1"]);
    let kinds: Vec<&Value> = answer["items"].as_array().unwrap().iter().map(|item| &item["reason"]["kind"]).collect();
    assert_eq!(kinds, ["popular", "popular", "hidden_gem", "popular", "popular", "hidden_gem"]);
    assert_eq!(answer["source"], "mixed");

    // A household with history has no need of gems.
    home.standin.clear_log();
    home.ask_for(9_999, 35).await;
    let (_, answer) = home.get("?media_type=movie&limit=6").await;
    assert_eq!((home.standin.log().requests, &answer["source"]), (0, &json!("cache")));
}

#[tokio::test]
async fn a_household_that_owns_what_is_listed_gets_what_is_popular_beyond() {
    let home = Home::new();
    home.fill(&[MediaType::Movie]).await;
    for place in 0..4 {
        home.own(MediaType::Movie, place).await;
    }
    let (status, answer) = home.get("?media_type=movie&limit=10").await;
    assert_eq!((status, ids(&answer).len()), (StatusCode::OK, 10));
    assert_eq!(home.asked(), ["/3/movie/popular?page=3"], "the catalogue has the first two pages");
    assert_eq!(answer["source"], "live", "every title is TMDB's, although there was a catalogue");

    // One list of four is enough for ten titles, and nothing is asked.
    let home = Home::new();
    home.fill(&[MediaType::Movie]).await;
    for place in 0..2 {
        home.own(MediaType::Movie, place).await;
    }
    let (_, answer) = home.get("?media_type=movie&limit=10").await;
    assert_eq!((ids(&answer).len(), home.standin.log().requests), (10, 0));
}

#[tokio::test]
async fn the_rest_of_the_popular_list_is_read_before_tmdb_is_asked() {
    let home = Home::new();
    home.fill(&[MediaType::Movie]).await;
    // Thirty more popular titles, less popular than those of the first page.
    let results: Vec<Value> = (0..30)
        .map(|id| json!({ "id": 100_000 + id, "title": format!("M{id}"), "popularity": 1, "genre_ids": [35] }))
        .collect();
    let page = Page::parse(json!({ "results": results }).to_string().as_bytes(), Some(MediaType::Movie)).unwrap();
    let rows: Vec<Row> = page.entries.into_iter().map(|entry| Row::new(Category::Popular, entry, NOW as u64)).collect();
    home.catalogue.put(&rows).await;
    for place in 0..4 {
        home.own(MediaType::Movie, place).await;
    }
    let (_, answer) = home.get("?media_type=movie&limit=20").await;
    assert_eq!((ids(&answer).len(), &answer["source"]), (20, &json!("cache")), "ten of this page, ten of the next");
    assert!(ids(&answer).iter().all(|id| *id >= 100_000));
    assert_eq!(home.standin.log().requests, 0);
}

#[tokio::test]
async fn live_titles_are_in_the_catalogues_words_or_in_the_askers() {
    let mut home = Home::new();
    let audience = Audience { language: Some("de".parse().unwrap()), region: Some("AT".to_owned()) };
    home.with(|parts| parts.audience = audience);
    home.get("?media_type=movie").await;
    let queries = || home.standin.log().latest.iter().map(|entry| entry.query.clone()).collect::<Vec<_>>();
    assert!(
        queries().iter().all(|query| query.contains("language=de") && query.contains("region=AT")),
        "{:?}",
        queries()
    );

    home.standin.clear_log();
    home.get("?media_type=movie&locale=fr").await;
    assert!(
        queries().iter().all(|query| query.contains("language=fr") && query.contains("region=AT")),
        "{:?}",
        queries()
    );
}

#[tokio::test]
async fn a_live_answer_without_a_title_makes_nothing_mixed() {
    let home = Home::at(NOW + 3 * DAY as i64);
    home.fill(&[MediaType::Movie]).await;
    let fault = home.standin.add_fault(FaultRule::new("/3/movie/popular", Action::status(500)));
    let (status, answer) = home.get("?media_type=movie&limit=9").await;
    assert!(home.standin.log().hits(&fault) > 0);
    assert_eq!((status, &answer["source"], ids(&answer).len()), (StatusCode::OK, &json!("cache"), 9));
}

/// A catalogue whose table never answers.
struct Hanging;

#[async_trait::async_trait]
impl Catalogue for Hanging {
    async fn page(&self, _: ListId, _: usize, _: Option<Cursor>, _: u64) -> Result<RowPage, CatalogueError> {
        std::future::pending().await
    }

    async fn stamps(&self, _: &[RowKey]) -> Result<HashMap<RowKey, Stamp>, CatalogueError> {
        std::future::pending().await
    }

    async fn put(&self, _: &[Row]) -> Stored {
        std::future::pending().await
    }

    async fn renew(&self, _: &[(RowKey, Stamp)]) -> Stored {
        std::future::pending().await
    }

    async fn measure(&self, _: ListId, _: u64) -> Result<ListSummary, CatalogueError> {
        std::future::pending().await
    }

    async fn facts(&self, _: MediaType) -> Result<HashMap<u64, TitleFacts>, CatalogueError> {
        std::future::pending().await
    }

    async fn put_facts(&self, _: MediaType, _: &[(u64, TitleFacts)]) -> Result<usize, CatalogueError> {
        std::future::pending().await
    }

    async fn summary(&self) -> Result<Option<CatalogueSummary>, CatalogueError> {
        std::future::pending().await
    }

    async fn put_summary(&self, _: &CatalogueSummary) -> Result<(), CatalogueError> {
        std::future::pending().await
    }
}

/// Notes how much time each client of TMDB is given.
struct Watched {
    tmdb: Arc<dyn TmdbWithKey>,
    given: Arc<Mutex<Vec<Duration>>>,
}

#[async_trait::async_trait]
impl TmdbWithKey for Watched {
    async fn tmdb(&self, key: &str, deadline: Instant) -> Result<Box<dyn Tmdb>, TmdbError> {
        self.given.lock().unwrap().push(deadline - Instant::now());
        self.tmdb.tmdb(key, deadline).await
    }
}

#[tokio::test]
async fn a_catalogue_that_hangs_leaves_tmdb_its_time() {
    let mut home = Home::new();
    let given: Arc<Mutex<Vec<Duration>>> = Arc::default();
    home.with(|parts| {
        parts.catalogue = Arc::new(Hanging);
        parts.tmdb = Arc::new(Watched { tmdb: Arc::clone(&parts.tmdb), given: Arc::clone(&given) });
    });
    let started = Instant::now();
    let (status, answer) = home.get("?media_type=movie").await;
    assert_eq!((status, &answer["source"]), (StatusCode::OK, &json!("live")), "{answer}");
    let took = started.elapsed();
    assert!(took >= Duration::from_secs(2) && took < Duration::from_secs(5), "{took:?}");
    let given = given.lock().unwrap();
    assert!(given[0] > Duration::from_millis(8_500), "its nine seconds begin with its first call: {given:?}");
}

#[tokio::test]
async fn an_answer_that_fails_counts_as_a_miss_with_its_calls() {
    let mut home = Home::new();
    let lines: Arc<Mutex<Vec<Value>>> = Arc::default();
    let written = Arc::clone(&lines);
    home.with(|parts| {
        parts.metrics_namespace = Some("Stellarr/test".to_owned());
        parts.write_metrics = Box::new(move |line| written.lock().unwrap().push(serde_json::from_str(line).unwrap()));
    });
    let fault = home.standin.add_fault(FaultRule::new("/3/*", Action::status(401)));
    assert_eq!(home.get("?media_type=movie").await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(home.standin.log().hits(&fault), 2);
    home.standin.clear_faults();
    assert_eq!(home.get("?media_type=movie").await.0, StatusCode::OK);
    let lines = lines.lock().unwrap();
    for (line, calls) in lines.iter().zip([2.0, 2.0]) {
        assert_eq!((&line["CatalogueHit"], &line["LiveFallbacks"]), (&json!(0.0), &json!(calls)));
    }
    assert_eq!(lines.len(), 2, "{lines:?}");
}

#[tokio::test]
async fn fault_38_a_failing_tmdb_is_a_502_or_503_without_the_key() {
    for (action, status) in [(Action::status(401), 503), (Action::status(500), 502), (Action::Html, 502)] {
        let home = Home::new();
        let fault = home.standin.add_fault(FaultRule::new("/3/*", action));
        let (answered, answer) = home.get("").await;
        assert!(home.standin.log().hits(&fault) > 0);
        assert_eq!(answered.as_u16(), status, "{answer}");
        assert!(!answer.to_string().contains(DEFAULT_KEY));
        home.standin.clear_faults();
        assert_eq!(home.get("").await.0, StatusCode::OK);
    }
}
