//! The catalogue in memory, for tests.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use stellarr_core::catalogue::{
    Catalogue, CatalogueError, CatalogueSummary, Cursor, ListId, ListSummary, Row, RowKey, RowPage, Stamp, Stored,
    TitleFacts,
};
use stellarr_core::media::MediaType;

/// Keeps a catalogue in memory.
#[derive(Debug, Default)]
pub struct MemoryCatalogue {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    rows: BTreeMap<RowKey, (Row, Stamp)>,
    facts: BTreeMap<(MediaType, u64), TitleFacts>,
    summary: Option<CatalogueSummary>,
}

impl MemoryCatalogue {
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Catalogue for MemoryCatalogue {
    async fn page(
        &self,
        list: ListId,
        limit: usize,
        after: Option<Cursor>,
        now: u64,
    ) -> Result<RowPage, CatalogueError> {
        let mut rows: Vec<Row> = self.with(|state| {
            let live = state.rows.values().filter(|(row, stamp)| row.list == list && stamp.expires_at > now);
            live.map(|(row, stamp)| Row { expires_at: stamp.expires_at, fetched_at: stamp.fetched_at, ..row.clone() })
                .collect()
        });
        rows.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.entry.id.cmp(&a.entry.id)));
        if let Some(after) = after {
            rows.retain(|row| row.score.total_cmp(&after.score).then(row.entry.id.cmp(&after.tmdb_id)).is_lt());
        }
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| Cursor { score: row.score, tmdb_id: row.entry.id });
        Ok(RowPage { rows, next })
    }

    async fn stamps(&self, keys: &[RowKey]) -> Result<HashMap<RowKey, Stamp>, CatalogueError> {
        Ok(self.with(|state| keys.iter().filter_map(|key| Some((*key, state.rows.get(key)?.1))).collect()))
    }

    async fn put(&self, rows: &[Row]) -> Stored {
        self.with(|state| {
            let keys: std::collections::BTreeSet<RowKey> = rows.iter().map(Row::key).collect();
            state.rows.extend(rows.iter().map(|row| (row.key(), (row.clone(), row.stamp()))));
            Stored { written: keys.len(), failed: Vec::new() }
        })
    }

    async fn renew(&self, stamps: &[(RowKey, Stamp)]) -> Stored {
        self.with(|state| {
            let mut written = 0;
            for (key, stamp) in stamps {
                if let Some((_, held)) = state.rows.get_mut(key) {
                    held.expires_at = stamp.expires_at;
                    held.fetched_at = stamp.fetched_at;
                    written += 1;
                }
            }
            Stored { written, failed: Vec::new() }
        })
    }

    async fn measure(&self, list: ListId, now: u64) -> Result<ListSummary, CatalogueError> {
        Ok(self.with(|state| {
            let mut summary = ListSummary { list, items: 0, bytes: 0, fetched_at: 0, expires_at: 0 };
            for (row, stamp) in state.rows.values().filter(|(row, stamp)| row.list == list && stamp.expires_at > now) {
                summary.items += 1;
                summary.bytes += (row.entry.title.len() + row.entry.overview.len()) as u64;
                summary.fetched_at = summary.fetched_at.max(stamp.fetched_at);
                summary.expires_at = summary.expires_at.max(stamp.expires_at);
            }
            summary
        }))
    }

    async fn facts(&self, media_type: MediaType) -> Result<HashMap<u64, TitleFacts>, CatalogueError> {
        Ok(self.with(|state| {
            let of_type = state.facts.iter().filter(|((of, _), _)| *of == media_type);
            of_type.map(|((_, id), facts)| (*id, facts.clone())).collect()
        }))
    }

    async fn put_facts(&self, media_type: MediaType, facts: &[(u64, TitleFacts)]) -> Result<usize, CatalogueError> {
        self.with(|state| {
            state.facts.extend(facts.iter().map(|(id, facts)| ((media_type, *id), facts.clone())));
        });
        Ok(facts.len())
    }

    async fn summary(&self) -> Result<Option<CatalogueSummary>, CatalogueError> {
        Ok(self.with(|state| state.summary.clone()))
    }

    async fn put_summary(&self, summary: &CatalogueSummary) -> Result<(), CatalogueError> {
        self.with(|state| state.summary = Some(summary.clone()));
        Ok(())
    }
}
