//! What a run needs: TMDB's stand-in, a catalogue with troubles, a store, and a clock.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use stellarr_core::catalogue::{
    Catalogue, CatalogueError, CatalogueSummary, Cursor, ListId, ListSummary, Row, RowKey, RowPage, Stamp, Stored,
    TitleFacts,
};
use stellarr_core::media::MediaType;
use stellarr_core::reports::{FetchReport, ScheduleType};
use stellarr_core::store::RequestStore as _;
use stellarr_core::tmdb::Audience;
use stellarr_fetcher::fetcher::Fetcher;
use stellarr_standin::{DEFAULT_KEY, Options, Standin};
use stellarr_store::catalogue::memory::MemoryCatalogue;
use stellarr_store::memory::MemoryStore;
use stellarr_upstream::http;
use stellarr_upstream::limiter::Limits;
use stellarr_upstream::tmdb::{Credential, TmdbClient, TmdbSettings};
use tokio::time::Instant;

/// When most runs happen, in unix seconds.
pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) struct Fixture {
    pub(crate) standin: Standin,
    pub(crate) catalogue: Troubled,
    pub(crate) store: MemoryStore,
    now: AtomicU64,
    scheduled_at: Mutex<Option<u64>>,
    spacing: Duration,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::paced(Duration::from_millis(1), Duration::ZERO)
    }

    pub(crate) fn paced(spacing: Duration, latency: Duration) -> Self {
        let options = Options { fill_pages: true, latency, ..Options::default() };
        Self {
            standin: Standin::start(([127, 0, 0, 1], 0).into(), options).unwrap(),
            catalogue: Troubled::default(),
            store: MemoryStore::default(),
            now: AtomicU64::new(NOW),
            scheduled_at: Mutex::default(),
            spacing,
        }
    }

    pub(crate) fn at(&self, now: u64) {
        self.now.store(now, Ordering::SeqCst);
    }

    /// Has a schedule start the next runs, or nobody's.
    pub(crate) fn scheduled(&self, at: Option<u64>) {
        *self.scheduled_at.lock().unwrap() = at;
    }

    pub(crate) async fn run(&self, schedule_type: ScheduleType) -> FetchReport {
        self.go(schedule_type, 100, Duration::from_secs(20)).await
    }

    pub(crate) async fn run_with_library(&self, schedule_type: ScheduleType, titles: usize) -> FetchReport {
        self.go(schedule_type, titles, Duration::from_secs(20)).await
    }

    pub(crate) async fn run_within(&self, schedule_type: ScheduleType, time: Duration) -> FetchReport {
        self.go(schedule_type, 100, time).await
    }

    /// Runs until the catalogue kills the run; false when it did not.
    pub(crate) async fn run_until_killed(&self, schedule_type: ScheduleType) -> bool {
        tokio::select! {
            _ = self.run(schedule_type) => false,
            () = self.catalogue.death.notified() => true,
        }
    }

    async fn go(&self, schedule_type: ScheduleType, library_titles: usize, time: Duration) -> FetchReport {
        let settings = TmdbSettings {
            base_url: self.standin.tmdb_base_url(),
            credential: Credential::new(DEFAULT_KEY),
            limits: Limits::spaced(8, self.spacing),
            request_timeout: Duration::from_secs(5),
            attempts: 2,
        };
        let deadline = Instant::now() + time;
        let tmdb = TmdbClient::new(http::client().unwrap(), settings).unwrap().until(deadline);
        let fetcher = Fetcher {
            tmdb: &tmdb,
            catalogue: &self.catalogue,
            store: &self.store,
            audience: Audience { language: Some("en".parse().unwrap()), region: None },
            library_titles,
            scheduled_at: *self.scheduled_at.lock().unwrap(),
            deadline,
            now: &|| self.now.load(Ordering::SeqCst),
        };
        fetcher.run(schedule_type).await
    }

    /// Returns what TMDB was asked, without its base path and key.
    pub(crate) fn asked(&self) -> Vec<String> {
        let entries = self.standin.log().latest;
        entries
            .iter()
            .map(|entry| {
                let query: Vec<&str> =
                    entry.query.split('&').filter(|part| !part.starts_with("api_key") && !part.is_empty()).collect();
                format!("{}?{}", entry.path.trim_start_matches("/3/"), query.join("&"))
            })
            .collect()
    }

    /// Returns ids of movies that the stand-in knows.
    pub(crate) fn standin_movies(&self, count: usize) -> Vec<u64> {
        let movies = stellarr_standin::Catalogue::embedded().movies.iter();
        movies.filter(|movie| !movie.date.is_empty()).take(count).map(|movie| movie.id).collect()
    }

    pub(crate) async fn ask_for(&self, id: u64, genres: &[u32]) {
        let request = serde_json::from_value(json!({
            "media_type": "movie", "tmdb_id": id, "title": "Asked for", "genre_ids": genres,
            "created_at": "2027-01-10T00:00:00.000000+00:00",
        }));
        assert!(self.store.add_request(&request.unwrap()).await.unwrap());
    }

    /// Returns every row of every list that a full run fills.
    pub(crate) async fn rows(&self) -> BTreeMap<RowKey, Row> {
        let mut rows = BTreeMap::new();
        for call in stellarr_fetcher::plan::calls(ScheduleType::Full, &[]) {
            for media_type in MediaType::ALL {
                let list = ListId::new(call.category, media_type);
                let page = self.catalogue.inner.page(list, 1_000, None, NOW).await.unwrap();
                rows.extend(page.rows.into_iter().map(|row| (row.key(), row)));
            }
        }
        rows
    }
}

/// What a catalogue does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Refuse so many rows in all.
    Refuse(usize),
    /// Kill the run in the middle of the nth write: half of its rows are stored.
    Die(usize),
    /// Count no list and read no facts.
    Blind,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Write {
    Rows,
    Renewals,
    Facts,
    Summary,
}

#[derive(Default)]
pub(crate) struct Troubled {
    pub(crate) inner: MemoryCatalogue,
    death: tokio::sync::Notify,
    dead: AtomicBool,
    trouble: Mutex<Option<Trouble>>,
    put: Mutex<Vec<RowKey>>,
    renewed: AtomicUsize,
    calls: AtomicUsize,
    kinds: Mutex<BTreeSet<Write>>,
}

impl Troubled {
    pub(crate) fn trouble(&self, trouble: Trouble) {
        self.calls.store(0, Ordering::SeqCst);
        *self.trouble.lock().unwrap() = Some(trouble);
    }

    pub(crate) fn calm(&self) {
        *self.trouble.lock().unwrap() = None;
        self.dead.store(false, Ordering::SeqCst);
    }

    /// Returns the key of every row that was written.
    pub(crate) fn keys_put(&self) -> Vec<RowKey> {
        self.put.lock().unwrap().clone()
    }

    pub(crate) fn renewed(&self) -> usize {
        self.renewed.load(Ordering::SeqCst)
    }

    /// Returns what kinds of writes there were.
    pub(crate) fn kinds(&self) -> BTreeSet<Write> {
        self.kinds.lock().unwrap().clone()
    }

    fn blind(&self, doing: &'static str) -> Result<(), CatalogueError> {
        match *self.trouble.lock().unwrap() {
            Some(Trouble::Blind) => Err(CatalogueError { doing, cause: "told to fail".to_owned() }),
            _ => Ok(()),
        }
    }

    /// Says whether the run dies in this write.
    fn dies(&self, kind: Write) -> bool {
        self.kinds.lock().unwrap().insert(kind);
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        *self.trouble.lock().unwrap() == Some(Trouble::Die(call))
    }

    async fn die<T>(&self) -> T {
        self.dead.store(true, Ordering::SeqCst);
        self.death.notify_one();
        std::future::pending().await
    }
}

#[async_trait]
impl Catalogue for Troubled {
    async fn page(
        &self,
        list: ListId,
        limit: usize,
        after: Option<Cursor>,
        now: u64,
    ) -> Result<RowPage, CatalogueError> {
        self.inner.page(list, limit, after, now).await
    }

    async fn stamps(&self, keys: &[RowKey]) -> Result<HashMap<RowKey, Stamp>, CatalogueError> {
        self.inner.stamps(keys).await
    }

    async fn put(&self, rows: &[Row]) -> Stored {
        if rows.is_empty() {
            return Stored::default();
        }
        if self.dies(Write::Rows) {
            self.inner.put(&rows[..rows.len() / 2]).await;
            return self.die().await;
        }
        let refused = match &mut *self.trouble.lock().unwrap() {
            Some(Trouble::Refuse(left)) => {
                let refused = rows.len().min(*left);
                *left -= refused;
                refused
            }
            _ => 0,
        };
        let (bad, good) = rows.split_at(refused);
        self.put.lock().unwrap().extend(good.iter().map(Row::key));
        let mut stored = self.inner.put(good).await;
        stored.failed = bad.iter().map(|row| (row.key(), "told to fail".to_owned())).collect();
        stored
    }

    async fn renew(&self, stamps: &[(RowKey, Stamp)]) -> Stored {
        if stamps.is_empty() {
            return Stored::default();
        }
        if self.dies(Write::Renewals) {
            self.inner.renew(&stamps[..stamps.len() / 2]).await;
            return self.die().await;
        }
        self.renewed.fetch_add(stamps.len(), Ordering::SeqCst);
        self.inner.renew(stamps).await
    }

    async fn measure(&self, list: ListId, now: u64) -> Result<ListSummary, CatalogueError> {
        self.blind("count a list")?;
        self.inner.measure(list, now).await
    }

    async fn facts(&self, media_type: MediaType) -> Result<HashMap<u64, TitleFacts>, CatalogueError> {
        self.blind("read the library's genres")?;
        self.inner.facts(media_type).await
    }

    async fn put_facts(&self, media_type: MediaType, facts: &[(u64, TitleFacts)]) -> Result<usize, CatalogueError> {
        if self.dies(Write::Facts) {
            self.inner.put_facts(media_type, &facts[..facts.len() / 2]).await?;
            return self.die().await;
        }
        self.inner.put_facts(media_type, facts).await
    }

    async fn summary(&self) -> Result<Option<CatalogueSummary>, CatalogueError> {
        self.inner.summary().await
    }

    async fn put_summary(&self, summary: &CatalogueSummary) -> Result<(), CatalogueError> {
        if self.dies(Write::Summary) {
            return self.die().await;
        }
        self.inner.put_summary(summary).await
    }
}
