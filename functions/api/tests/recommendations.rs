//! Recommendations over HTTP: from the catalogue without a call of TMDB, and live when there is none.

#![expect(clippy::unwrap_used, reason = "what a test can't go on without fails it")]

use std::sync::Arc;

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use stellarr_api::settings::{Host, Settings};
use stellarr_api::state::Parts;
use stellarr_api::{Api, app, read_ahead};
use stellarr_core::auth::issue;
use stellarr_core::catalogue::{Catalogue, Category, KeptCatalogue, ListSummary, Row, Summary};
use stellarr_core::library::LibraryItem;
use stellarr_core::media::MediaType;
use stellarr_core::secrets::Secrets;
use stellarr_core::store::Store;
use stellarr_core::time::Timestamp;
use stellarr_core::tmdb::Page;
use stellarr_standin::{Action, DEFAULT_KEY, FaultRule, Options, Standin};
use stellarr_store::catalogue::memory::MemoryCatalogue;
use stellarr_store::memory::MemoryStore;
use tower::ServiceExt as _;

const NOW: i64 = 1_800_000_000;
const KEY: &str = "0123456789abcdef0123456789abcdef";
const DAY: u64 = 24 * 60 * 60;

struct Home {
    standin: Standin,
    store: Arc<MemoryStore>,
    catalogue: Arc<MemoryCatalogue>,
    api: Api,
}

impl Home {
    fn new() -> Self {
        Self::at(NOW)
    }

    fn at(now: i64) -> Self {
        let options = Options { fill_pages: true, ..Options::default() };
        let standin = Standin::start(([127, 0, 0, 1], 0).into(), options).unwrap();
        let (store, catalogue) = (Arc::new(MemoryStore::default()), Arc::new(MemoryCatalogue::default()));
        let api =
            api(&standin, Arc::clone(&store) as Arc<dyn Store>, Arc::clone(&catalogue) as Arc<dyn Catalogue>, now);
        Self { standin, store, catalogue, api }
    }

    /// Starts the API anew, over another view of the catalogue.
    fn restart(&mut self, catalogue: Arc<dyn Catalogue>) {
        self.api = api(&self.standin, Arc::clone(&self.store) as Arc<dyn Store>, catalogue, NOW);
    }

    /// Puts thirty titles of each category and kind into the catalogue, as a fetch at `NOW` does.
    async fn fill(&self, media_types: &[MediaType]) {
        let mut summary = Summary { updated_at: NOW as u64, ..Summary::default() };
        for media_type in media_types {
            for (place, category) in [Category::Popular, Category::Trending, Category::HiddenGems, Category::Genre(27)]
                .into_iter()
                .enumerate()
            {
                let results: Vec<Value> = (0..30)
                    .map(|id| {
                        json!({ "id": 1_000 * (place + 1) + id, "title": format!("T{id}"), "vote_average": 7,
                        "vote_count": 300, "popularity": 30, "release_date": "2001-01-01", "overview": "An overview",
                        "genre_ids": [if category == Category::Genre(27) { 27 } else { 35 }] })
                    })
                    .collect();
                let body = json!({ "results": results }).to_string();
                let entries = Page::parse(body.as_bytes(), Some(*media_type)).unwrap().entries;
                let rows: Vec<Row> = entries.into_iter().map(|entry| Row::new(category, entry, NOW as u64)).collect();
                let list = rows[0].list;
                self.catalogue.put(&rows).await;
                let expires_at = NOW as u64 + category.lifetime();
                summary.lists.push(ListSummary { list, items: 30, bytes: 1, fetched_at: NOW as u64, expires_at });
            }
        }
        self.catalogue.put_summary(&summary).await.unwrap();
    }

    async fn ask_for(&self, id: u64, genre: u32) {
        let request = json!({ "media_type": "movie", "tmdb_id": id, "title": format!("Asked for {id}"), "genre_ids": [genre],
            "created_at": "2027-01-10T00:00:00.000000+00:00", "year": 2001 });
        assert!(self.store.add_request(&serde_json::from_value(request).unwrap()).await.unwrap());
    }

    async fn get(&self, query: &str) -> (StatusCode, Value) {
        let token = issue(KEY, "Ann", NOW);
        let request = Request::get(format!("/api/recommendations{query}"))
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap();
        let answer = app(self.api.clone()).oneshot(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }
}

fn api(standin: &Standin, store: Arc<dyn Store>, catalogue: Arc<dyn Catalogue>, now: i64) -> Api {
    let base = standin.tmdb_base_url();
    let settings = Settings::read(Host::SelfHosted, |name| (name == "TMDB_BASE_URL").then(|| base.clone())).unwrap();
    let secrets = Secrets::new([
        ("APP_SECRET_KEY", KEY),
        ("PRESHARED_PASSWORD", "correct horse battery staple"),
        ("TMDB_API_KEY", DEFAULT_KEY),
    ]);
    let clock = Arc::new(move || Timestamp::from_second(now).unwrap());
    let mut parts = Parts::new(settings, store, Arc::new(Arc::new(secrets)), clock);
    parts.catalogue = catalogue;
    Api::new(parts)
}

fn ids(answer: &Value) -> Vec<u64> {
    answer["items"].as_array().unwrap().iter().map(|item| item["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_warm_catalogue_answers_without_tmdb() {
    let home = Home::new();
    home.fill(&MediaType::ALL).await;
    home.ask_for(4_000, 27).await;
    let (status, answer) = home.get("?media_type=movie&limit=10").await;
    assert_eq!((status, &answer["source"]), (StatusCode::OK, &json!("cache")), "{answer}");
    assert_eq!(ids(&answer).len(), 10);
    assert!(!ids(&answer).contains(&4_000), "what is requested is not recommended");
    let first = &answer["items"][0];
    assert_eq!(first["genre_ids"], json!([27]));
    let because =
        json!({ "kind": "because_you_asked_for", "title": "Asked for 4000", "media_type": "movie", "tmdb_id": 4_000 });
    assert_eq!(first["reason"], because);
    assert_eq!(home.standin.log().requests, 0, "TMDB is not asked");
}

#[tokio::test]
async fn what_was_read_ahead_is_not_read_again() {
    let mut home = Home::new();
    home.fill(&[MediaType::Movie]).await;
    let catalogue = Arc::clone(&home.catalogue) as Arc<dyn Catalogue>;
    home.restart(Arc::new(KeptCatalogue::new(Arc::clone(&catalogue))));
    read_ahead(&home.api).await;

    // Whoever reads the catalogue now finds one title more; a fetch that has not ended yet leaves it so.
    let body = json!({ "results": [{ "id": 9, "title": "Newest", "vote_average": 10, "vote_count": 90_000,
        "popularity": 9_000, "release_date": "2027-01-01", "overview": "", "genre_ids": [35] }] });
    let entry = Page::parse(body.to_string().as_bytes(), Some(MediaType::Movie)).unwrap().entries.remove(0);
    home.catalogue.put(&[Row::new(Category::Popular, entry, NOW as u64)]).await;
    let (_, kept) = home.get("?media_type=movie").await;
    assert_eq!(kept["items"].as_array().unwrap().len(), 20);
    assert!(!ids(&kept).contains(&9));

    home.restart(catalogue);
    let (_, read) = home.get("?media_type=movie").await;
    assert!(ids(&read).contains(&9), "it would have been found");
    assert_eq!(home.standin.log().requests, 0, "TMDB is not asked ahead");
}

#[tokio::test]
async fn what_is_there_or_excluded_is_left_out() {
    let home = Home::new();
    home.fill(&[MediaType::Movie]).await;
    home.ask_for(9_999, 27).await;
    let shelf: Vec<LibraryItem> = (4_000..4_010)
        .map(|id| LibraryItem { media_type: MediaType::Movie, tmdb_id: id, tvdb_id: None, title: None })
        .collect();
    home.store.shelve(&shelf, Timestamp::from_second(NOW).unwrap()).await.unwrap();
    let (_, answer) = home.get("?media_type=movie&limit=40&exclude=movie:4010,4011,tv:4012,nonsense,").await;
    let ids = ids(&answer);
    assert_eq!(ids.len(), 40);
    assert!(ids.iter().all(|id| !(4_000..=4_011).contains(id)), "{ids:?}");
    assert!(ids.contains(&4_012), "a series of that number was meant");
}

#[tokio::test]
async fn without_history_popular_and_gems_are_mixed() {
    let home = Home::new();
    home.fill(&[MediaType::Movie]).await;
    let (_, answer) = home.get("?media_type=movie&limit=6").await;
    let kinds: Vec<&Value> = answer["items"].as_array().unwrap().iter().map(|item| &item["reason"]["kind"]).collect();
    assert_eq!(kinds, ["popular", "popular", "hidden_gem", "popular", "popular", "hidden_gem"]);
}

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

#[tokio::test]
async fn bad_questions_are_refused() {
    let home = Home::new();
    for query in ["?media_type=game", "?limit=0", "?limit=41", "?limit=ten"] {
        assert_eq!(home.get(query).await.0, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
    let request = Request::get("/api/recommendations").body(Body::empty()).unwrap();
    assert_eq!(app(home.api.clone()).oneshot(request).await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(home.standin.log().requests, 0);
}
