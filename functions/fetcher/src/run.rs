//! One run: ask, compare, write what changed, and leave a summary.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::StreamExt;
use stellarr_core::catalogue::{CatalogueSummary, FetchRun, ListId, Row, RowKey, Stamp};
use stellarr_core::media::MediaType;
use stellarr_core::reports::{CacheStats, FetchReport, ScheduleType};
use stellarr_core::time::Timestamp;
use stellarr_core::tmdb::List;
use tokio::time::{Instant, timeout_at};

use crate::fetcher::{CALLS_AT_ONCE, Fetcher};
use crate::household;
use crate::plan::{self, Call};

/// Time that is kept for storing what was learned and for the last summary, at most; it is a tenth of a run's time when
/// that is less.
const MAX_RESERVE: Duration = Duration::from_secs(15);

/// Failures that a report names; it counts the rest.
const FAILURES_NAMED: usize = 20;

#[derive(Default)]
struct Progress {
    fetched: usize,
    written: usize,
    failures: Vec<String>,
    stats: Option<CacheStats>,
}

impl Fetcher<'_> {
    /// Fetches and stores. Never fails: the report says what did.
    ///
    /// Every write is of whole rows and lands on the same keys in every run, so a run that is killed, repeated or
    /// overlapped by another leaves nothing half done, and the next one completes it.
    pub async fn run(&self, schedule_type: ScheduleType) -> FetchReport {
        let started = Instant::now();
        let mut progress = Progress::default();
        let work = self.fetch_and_store(schedule_type, started, &mut progress);
        if timeout_at(self.deadline, work).await.is_err() {
            progress.failures.push("the run was not done within its time".to_owned());
        }
        let Progress { fetched, written, mut failures, stats } = progress;
        let failed = failures.len();
        if failed > FAILURES_NAMED {
            failures.truncate(FAILURES_NAMED);
            failures.push(format!("and {} more", failed - FAILURES_NAMED));
        }
        FetchReport {
            success: fetched > 0 && failed == 0,
            schedule_type,
            items_fetched: fetched,
            items_written: written,
            duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            failed,
            failures,
            cache_stats: stats,
        }
    }

    /// The summary is left as soon as the lists are there, and again when the library is learned, which may take long.
    async fn fetch_and_store(&self, schedule_type: ScheduleType, started: Instant, progress: &mut Progress) {
        let requests = self.store.requests(None).await.unwrap_or_else(|error| {
            progress.failures.push(error.to_string());
            Vec::new()
        });
        let old = self.catalogue.summary().await;
        let known = old.as_ref().ok().and_then(Option::clone).unwrap_or_default();
        let own_genres = household::own_genres(&requests, &known, (self.now)());
        self.fetch_lists(&plan::calls(schedule_type, &own_genres), progress).await;
        if let Err(error) = old {
            // A summary that says nothing of what the unreadable one knew would do more harm than none.
            return progress.failures.push(error.to_string());
        }
        let mut summary = self.measured(known, &own_genres, progress).await;
        self.leave(&mut summary, schedule_type, false, progress).await;

        let now = Timestamp::from_second(i64::try_from((self.now)()).unwrap_or_default()).unwrap_or_default();
        let library = match self.store.library(now).await {
            Ok(library) => library,
            Err(error) => {
                progress.failures.push(error.to_string());
                return self.leave(&mut summary, schedule_type, true, progress).await;
            }
        };
        let reserve = MAX_RESERVE.min(self.deadline.saturating_duration_since(started) / 10);
        let failures = household::learn_library(self, &library, self.deadline - reserve, &mut summary).await;
        progress.failures.extend(failures);
        self.leave(&mut summary, schedule_type, true, progress).await;
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

    /// Counts every list anew; one that can't be counted stays as it was known.
    async fn measured(
        &self,
        known: CatalogueSummary,
        own_genres: &[(MediaType, Vec<u32>)],
        progress: &mut Progress,
    ) -> CatalogueSummary {
        let now = (self.now)();
        let mut lists = Vec::new();
        for list in every_list(&known, own_genres) {
            match self.catalogue.measure(list, now).await {
                Ok(measured) if measured.items > 0 => lists.push(measured),
                Ok(_) => {}
                Err(error) => {
                    progress.failures.push(error.to_string());
                    lists.extend(known.lists.iter().find(|held| held.list == list).cloned());
                }
            }
        }
        CatalogueSummary { lists, ..known }
    }

    /// Leaves the summary for the readers, with what the run did so far. Until it has `ended`, that counts as a failure: a
    /// run that is killed can't say so later.
    async fn leave(
        &self,
        summary: &mut CatalogueSummary,
        schedule_type: ScheduleType,
        ended: bool,
        progress: &mut Progress,
    ) {
        // A run of the other kind may have left its own result meanwhile.
        if let Ok(Some(held)) = self.catalogue.summary().await {
            (summary.last_daily, summary.last_weekly) = (held.last_daily, held.last_weekly);
        }
        let now = (self.now)();
        let run = |before: Option<&FetchRun>| {
            Some(FetchRun {
                at: now,
                scheduled_at: self.scheduled_at.or_else(|| before?.scheduled_at),
                schedule_type: schedule_type.to_string(),
                items_fetched: progress.fetched,
                items_written: progress.written,
                failures: progress.failures.len() + usize::from(!ended),
            })
        };
        summary.updated_at = now;
        summary.last_run = run(None);
        if schedule_type.is_daily() {
            summary.last_daily = run(summary.last_daily.as_ref());
        }
        if schedule_type.is_weekly() {
            summary.last_weekly = run(summary.last_weekly.as_ref());
        }
        progress.stats = Some(CacheStats {
            total_cached_items: summary.items(),
            total_bytes: summary.bytes(),
            last_updated: summary.lists.iter().map(|list| list.fetched_at).max(),
        });
        if let Err(error) = self.catalogue.put_summary(summary).await {
            progress.failures.push(error.to_string());
        }
    }
}

/// Returns every list that may hold rows: all that a full run fills, and those that were there before.
fn every_list(known: &CatalogueSummary, own_genres: &[(MediaType, Vec<u32>)]) -> BTreeSet<ListId> {
    let mut lists: BTreeSet<ListId> = known.lists.iter().map(|held| held.list).collect();
    for call in plan::calls(ScheduleType::Full, own_genres) {
        match call.list {
            List::Trending { .. } => lists.extend(MediaType::ALL.map(|kind| ListId::new(call.category, kind))),
            List::Popular { media_type, .. } | List::Discover { media_type, .. } => {
                lists.insert(ListId::new(call.category, media_type));
            }
        }
    }
    lists
}
