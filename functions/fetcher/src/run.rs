//! One run: ask, compare, write what changed, and leave a summary.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use stellarr_core::catalogue::{Catalogue, ListId, ListSummary, Row, RowKey, Stamp, Summary};
use stellarr_core::store::Store;
use stellarr_core::time::Timestamp;
use stellarr_core::tmdb::{Audience, Tmdb};
use tokio::time::{Instant, timeout_at};

use crate::event::ScheduleType;
use crate::household;
use crate::plan::{self, Call};
use crate::report::{CacheStats, Report};

/// Calls under way at once; the TMDB client's limiter bounds and spaces their starts.
const CALLS_AT_ONCE: usize = 8;

/// Library titles that one run asks TMDB about.
pub const LIBRARY_TITLES: usize = 100;

/// Failures that a report names; it counts the rest.
const FAILURES_NAMED: usize = 20;

/// Collaborators and bounds of a run.
pub struct Fetcher<'a> {
    /// Whom to ask. It should give up at the deadline on its own.
    pub tmdb: &'a dyn Tmdb,
    /// Where titles are kept.
    pub catalogue: &'a dyn Catalogue,
    /// Where requests and the library are kept.
    pub store: &'a dyn Store,
    /// In which words, and for which country.
    pub audience: Audience,
    /// Library titles to ask about; [`LIBRARY_TITLES`] on a schedule.
    pub library_titles: usize,
    /// When the run must be done.
    pub deadline: Instant,
    /// Tells the time, in unix seconds.
    pub now: &'a (dyn Fn() -> u64 + Send + Sync),
}

#[derive(Default)]
struct Progress {
    fetched: usize,
    written: usize,
    failures: Vec<String>,
}

impl Fetcher<'_> {
    /// Fetches and stores. Never fails: the report says what did.
    ///
    /// Every write is of whole rows and lands on the same keys in every run, so a run that is killed, repeated or
    /// overlapped by another leaves nothing half done, and the next one completes it.
    pub async fn run(&self, schedule_type: ScheduleType) -> Report {
        let started = Instant::now();
        let mut progress = Progress::default();
        let mut cache_stats = CacheStats::default();
        let work = self.fetch_and_store(schedule_type, &mut progress, &mut cache_stats);
        if timeout_at(self.deadline, work).await.is_err() {
            progress.failures.push("the run was not done within its time".to_owned());
        }
        let Progress { fetched, written, mut failures } = progress;
        let failed = failures.len();
        if failed > FAILURES_NAMED {
            failures.truncate(FAILURES_NAMED);
            failures.push(format!("and {} more", failed - FAILURES_NAMED));
        }
        Report {
            success: fetched > 0 && failed == 0,
            schedule_type,
            items_fetched: fetched,
            items_written: written,
            duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            failures,
            cache_stats,
        }
    }

    async fn fetch_and_store(
        &self,
        schedule_type: ScheduleType,
        progress: &mut Progress,
        cache_stats: &mut CacheStats,
    ) {
        let requests = self.store.requests(None).await.unwrap_or_else(|error| {
            progress.failures.push(error.to_string());
            Vec::new()
        });
        let calls = plan::calls(schedule_type, &household::top_genres(&requests));
        self.fetch_lists(&calls, progress).await;
        self.leave_summary(schedule_type, progress, cache_stats).await;
    }

    /// Asks for the lists and stores each as it comes, so that memory stays flat and a late failure costs nothing.
    async fn fetch_lists(&self, calls: &[Call], progress: &mut Progress) {
        // One title can come in several answers of a category; it is written once.
        let mut done: BTreeSet<RowKey> = BTreeSet::new();
        let answers = futures::stream::iter(calls)
            .map(|call| async move { (call, self.tmdb.list(&call.list, &self.audience).await) })
            .buffer_unordered(CALLS_AT_ONCE);
        let mut answers = std::pin::pin!(answers);
        while let Some((call, answer)) = answers.next().await {
            let page = match answer {
                Ok(page) if page.entries.is_empty() => {
                    progress.failures.push(format!("{}: the answer holds no usable title", call.category));
                    continue;
                }
                Ok(page) => page,
                Err(error) => {
                    progress.failures.push(format!("{}: {error}", call.category));
                    continue;
                }
            };
            progress.fetched += page.entries.len();
            let now = (self.now)();
            let rows: BTreeMap<RowKey, Row> = page
                .entries
                .into_iter()
                .filter(|entry| !entry.title.is_empty() && entry.year().is_ok())
                .map(|entry| Row::new(call.category, entry, now))
                .map(|row| (row.key(), row))
                .filter(|(key, _)| done.insert(*key))
                .collect();
            self.store_rows(rows, now, progress).await;
        }
    }

    /// Writes new and changed rows whole; of unchanged ones it renews the expiry when that is due.
    async fn store_rows(&self, rows: BTreeMap<RowKey, Row>, now: u64, progress: &mut Progress) {
        let keys: Vec<RowKey> = rows.keys().copied().collect();
        let held = match self.catalogue.stamps(&keys).await {
            Ok(held) => held,
            Err(error) => {
                // Writing all of them costs more, and is right.
                progress.failures.push(error.to_string());
                Default::default()
            }
        };
        let (mut changed, mut due): (Vec<Row>, Vec<(RowKey, Stamp)>) = (Vec::new(), Vec::new());
        for (key, row) in rows {
            let stamp = row.stamp();
            match held.get(&key) {
                Some(held) if held.fingerprint == stamp.fingerprint => {
                    if held.is_due(key.list.category, now) {
                        due.push((key, stamp));
                    }
                }
                _ => changed.push(row),
            }
        }
        let put = self.catalogue.put(&changed).await;
        progress.written += put.written;
        let renewed = self.catalogue.renew(&due).await;
        for (key, cause) in put.failed.into_iter().chain(renewed.failed) {
            progress.failures.push(format!("{} {}: {cause}", key.list, key.tmdb_id));
        }
    }

    /// Learns the library's genres, counts the lists, and leaves both for the readers.
    async fn leave_summary(&self, schedule_type: ScheduleType, progress: &mut Progress, cache_stats: &mut CacheStats) {
        let now = (self.now)();
        let mut summary = Summary { updated_at: now, ..Summary::default() };
        let old = match self.catalogue.summary().await {
            Ok(old) => old.unwrap_or_default(),
            Err(error) => return progress.failures.push(error.to_string()),
        };
        let moment = Timestamp::from_second(i64::try_from(now).unwrap_or_default()).unwrap_or_default();
        match self.store.library(moment).await {
            Ok(library) => {
                let language = self.audience.language.as_ref();
                let learned = household::learn_library(
                    self.tmdb,
                    self.catalogue,
                    &library,
                    language,
                    self.library_titles,
                    &mut summary,
                );
                progress.failures.extend(learned.await);
            }
            Err(error) => {
                progress.failures.push(error.to_string());
                summary.movie = old.movie.clone();
                summary.tv = old.tv.clone();
            }
        }
        for list in self.lists(&old).await {
            match self.catalogue.measure(list, now).await {
                Ok(measured) if measured.items > 0 => summary.lists.push(measured),
                Ok(_) => {}
                Err(error) => progress.failures.push(error.to_string()),
            }
        }
        cache_stats.total_cached_items = summary.items();
        cache_stats.total_bytes = summary.bytes();
        cache_stats.last_updated = summary.lists.iter().map(|list| list.fetched_at).max();
        summary.last_run = Some(serde_json::json!({
            "scheduleType": schedule_type,
            "itemsFetched": progress.fetched,
            "itemsWritten": progress.written,
            "failures": progress.failures.len(),
        }));
        if let Err(error) = self.catalogue.put_summary(&summary).await {
            progress.failures.push(error.to_string());
        }
    }

    /// Returns every list that may hold rows: all that a full run fills, and those that were there before.
    async fn lists(&self, old: &Summary) -> BTreeSet<ListId> {
        let own = self.store.requests(None).await.map(|all| household::top_genres(&all)).unwrap_or_default();
        let planned = plan::calls(ScheduleType::Full, &own);
        let both = stellarr_core::media::MediaType::ALL;
        let mut lists: BTreeSet<ListId> = planned
            .iter()
            .flat_map(|call| match &call.list {
                stellarr_core::tmdb::List::Trending { .. } => {
                    both.map(|kind| ListId::new(call.category, kind)).to_vec()
                }
                stellarr_core::tmdb::List::Popular { media_type, .. }
                | stellarr_core::tmdb::List::Discover { media_type, .. } => {
                    vec![ListId::new(call.category, *media_type)]
                }
            })
            .collect();
        lists.extend(old.lists.iter().map(|list: &ListSummary| list.list));
        lists
    }
}
