//! What a run did.

use serde::{Deserialize, Serialize};
use stellarr_core::metrics::Metric;

use crate::event::ScheduleType;

/// A whole run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Something was fetched, and everything that was fetched is stored.
    pub success: bool,
    /// What was asked for.
    pub schedule_type: ScheduleType,
    /// Titles that TMDB gave, repeats included.
    pub items_fetched: usize,
    /// Rows written, because they are new or changed.
    pub items_written: usize,
    /// How long it took.
    pub duration_ms: u64,
    /// Pages and rows that failed, counted.
    pub failed: usize,
    /// Pages and rows that failed, in words: the first of them, and how many more there are.
    pub failures: Vec<String>,
    /// What the catalogue holds now; `None` when the run ended before it could count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_stats: Option<CacheStats>,
}

impl Report {
    /// Returns this run's metrics. What is not known is left out: a zero would say that the catalogue is empty.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of some thousand rows")]
    pub fn metrics(&self) -> Vec<(Metric, f64)> {
        let mut metrics = vec![
            (Metric::ItemsFetched, self.items_fetched as f64),
            (Metric::ItemsWritten, self.items_written as f64),
            (Metric::FetchFailures, self.failed as f64),
        ];
        if let Some(stats) = &self.cache_stats {
            metrics.push((Metric::CatalogueItems, stats.total_cached_items as f64));
            metrics.push((Metric::CatalogueBytes, stats.total_bytes as f64));
        }
        metrics
    }
}

/// What the catalogue holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CacheStats {
    /// Rows that have not expired.
    pub total_cached_items: u64,
    /// Their size, in bytes.
    pub total_bytes: u64,
    /// When a list was last renewed, in unix seconds.
    pub last_updated: Option<u64>,
}
