//! A household over a catalogue, with TMDB's stand-in behind it.

use std::sync::Arc;

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use stellarr_api::settings::{Host, Settings};
use stellarr_api::state::Collaborators;
use stellarr_api::{Api, app};
use stellarr_core::auth::issue;
use stellarr_core::catalogue::{Catalogue, CatalogueSummary, Category, ListSummary, Row};
use stellarr_core::library::LibraryItem;
use stellarr_core::media::MediaType;
use stellarr_core::secrets::Secrets;
use stellarr_core::store::{LibraryStore as _, RequestStore as _, Store};
use stellarr_core::time::Timestamp;
use stellarr_core::tmdb::Page;
use stellarr_standin::{DEFAULT_KEY, Options, Standin};
use stellarr_store::catalogue::memory::MemoryCatalogue;
use stellarr_store::memory::MemoryStore;
use tower::ServiceExt as _;

pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const DAY: u64 = 24 * 60 * 60;
const KEY: &str = "0123456789abcdef0123456789abcdef";

pub(crate) struct Home {
    pub(crate) standin: Standin,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) catalogue: Arc<MemoryCatalogue>,
    pub(crate) api: Api,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self::at(NOW)
    }

    /// Starts the API anew, with other parts.
    pub(crate) fn with(&mut self, change: impl FnOnce(&mut Collaborators)) {
        let mut parts =
            parts(&self.standin, Arc::clone(&self.store) as Arc<dyn Store>, Arc::clone(&self.catalogue) as _, NOW);
        change(&mut parts);
        self.api = Api::new(parts);
    }

    pub(crate) fn at(now: i64) -> Self {
        let options = Options { fill_pages: true, ..Options::default() };
        let standin = Standin::start(([127, 0, 0, 1], 0).into(), options).unwrap();
        let (store, catalogue) = (Arc::new(MemoryStore::default()), Arc::new(MemoryCatalogue::default()));
        let api =
            api(&standin, Arc::clone(&store) as Arc<dyn Store>, Arc::clone(&catalogue) as Arc<dyn Catalogue>, now);
        Self { standin, store, catalogue, api }
    }

    /// Starts the API anew, over another view of the catalogue.
    pub(crate) fn restart(&mut self, catalogue: Arc<dyn Catalogue>) {
        self.api = api(&self.standin, Arc::clone(&self.store) as Arc<dyn Store>, catalogue, NOW);
    }

    /// Puts thirty titles of each category and kind into the catalogue, as a fetch at `NOW` does.
    pub(crate) async fn fill(&self, media_types: &[MediaType]) {
        let mut summary = CatalogueSummary { updated_at: NOW as u64, ..CatalogueSummary::default() };
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

    /// Lets a household own the thirty listed titles of a category, by its place in [`Home::fill`].
    pub(crate) async fn own(&self, media_type: MediaType, place: u64) {
        let first = 1_000 * (place + 1);
        let shelf: Vec<LibraryItem> =
            (first..first + 30).map(|id| LibraryItem { media_type, tmdb_id: id, tvdb_id: None, title: None }).collect();
        self.store.put_titles(&shelf, Timestamp::from_second(NOW).unwrap()).await.unwrap();
    }

    /// Returns what TMDB was asked, as `path?page`.
    pub(crate) fn asked(&self) -> Vec<String> {
        let page = |query: &str| query.split('&').find(|part| part.starts_with("page=")).unwrap_or_default().to_owned();
        let mut asked: Vec<String> =
            self.standin.log().latest.iter().map(|entry| format!("{}?{}", entry.path, page(&entry.query))).collect();
        asked.sort();
        asked
    }

    pub(crate) async fn ask_for(&self, id: u64, genre: u32) {
        let request = json!({ "media_type": "movie", "tmdb_id": id, "title": format!("Asked for {id}"), "genre_ids": [genre],
            "created_at": "2027-01-10T00:00:00.000000+00:00", "year": 2001 });
        assert!(self.store.add_request(&serde_json::from_value(request).unwrap()).await.unwrap());
    }

    pub(crate) async fn get(&self, query: &str) -> (StatusCode, Value) {
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
    Api::new(parts(standin, store, catalogue, now))
}

fn parts(standin: &Standin, store: Arc<dyn Store>, catalogue: Arc<dyn Catalogue>, now: i64) -> Collaborators {
    let base = standin.tmdb_base_url();
    let settings = Settings::read(Host::SelfHosted, |name| (name == "TMDB_BASE_URL").then(|| base.clone())).unwrap();
    let secrets = Secrets::new([
        ("APP_SECRET_KEY", KEY),
        ("PRESHARED_PASSWORD", "correct horse battery staple"),
        ("TMDB_API_KEY", DEFAULT_KEY),
    ]);
    let clock = Arc::new(move || Timestamp::from_second(now).unwrap());
    let mut parts = Collaborators::new(settings, store, Arc::new(Arc::new(secrets)), clock);
    parts.catalogue = catalogue;
    parts
}

pub(crate) fn ids(answer: &Value) -> Vec<u64> {
    answer["items"].as_array().unwrap().iter().map(|item| item["id"].as_u64().unwrap()).collect()
}
