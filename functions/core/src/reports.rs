//! What the scheduled functions report of a run, as JSON: the answer of a run that did everything, and the error message of
//! one that did not. The deployer shows it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::locale::Locale;
use crate::metrics::Metric;
use crate::trending::TrendingKind;

/// What became of a trending file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileStatus {
    /// Written, because it is new or changed.
    Written,
    /// Fetched, and the same as before.
    Unchanged,
    /// Not renewed; the last good one stays.
    Kept,
    /// Not renewed, and there is none.
    Failed,
}

impl FileStatus {
    /// Returns `written`, `unchanged`, `kept` or `failed`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Unchanged => "unchanged",
            Self::Kept => "kept",
            Self::Failed => "failed",
        }
    }

    /// Tells whether the file is as TMDB has it now.
    #[must_use]
    pub const fn is_fresh(self) -> bool {
        matches!(self, Self::Written | Self::Unchanged)
    }
}

/// A trending file in a [`WarmReport`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReport {
    /// Name at the site, such as `trending-all-en.json`.
    pub file: String,
    /// Its language.
    pub locale: Locale,
    /// Which titles it holds.
    pub kind: TrendingKind,
    /// What became of it.
    pub status: FileStatus,
    /// How many titles the run found for it.
    pub items: usize,
    /// Its size in bytes, when the run has its content.
    pub bytes: usize,
    /// Why it was not renewed.
    #[serde(default)]
    pub error: Option<String>,
}

/// A run of the warmer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WarmReport {
    /// Every file is fresh, and so is the index.
    pub success: bool,
    /// The files, sorted by name.
    pub files: Vec<FileReport>,
    /// Why the index could not be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_error: Option<String>,
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub duration_ms: u64,
}

impl WarmReport {
    /// Returns how many files are fresh, and how many are not.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let fresh = self.files.iter().filter(|file| file.status.is_fresh()).count();
        (fresh, self.files.len() - fresh)
    }

    /// Returns the run's metrics.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "there are hundreds of files at most")]
    pub fn metrics(&self) -> [(Metric, f64); 2] {
        let (fresh, failed) = self.counts();
        [(Metric::TrendingFresh, fresh as f64), (Metric::TrendingFailures, failed as f64)]
    }
}

/// Which lists of the catalogue a run fetches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScheduleType {
    /// What changes from day to day: popular and trending titles.
    Daily,
    /// What lasts: genres, hidden gems, award winners.
    Weekly,
    /// Both.
    Full,
}

/// A word that is not a [`ScheduleType`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is `daily`, `weekly` or `full`")]
pub struct UnknownScheduleType;

impl ScheduleType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Daily, Self::Weekly, Self::Full];

    /// Returns `daily`, `weekly` or `full`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Full => "full",
        }
    }

    /// Tells whether the daily lists are part of it.
    #[must_use]
    pub const fn is_daily(self) -> bool {
        matches!(self, Self::Daily | Self::Full)
    }

    /// Tells whether the weekly lists are part of it.
    #[must_use]
    pub const fn is_weekly(self) -> bool {
        matches!(self, Self::Weekly | Self::Full)
    }
}

impl FromStr for ScheduleType {
    type Err = UnknownScheduleType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or(UnknownScheduleType)
    }
}

impl fmt::Display for ScheduleType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A run of the fetcher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FetchReport {
    /// Something was fetched, and everything that was fetched is stored.
    pub success: bool,
    /// What was asked for.
    pub schedule_type: ScheduleType,
    /// Titles that TMDB gave, repeats included.
    pub items_fetched: usize,
    /// Rows written, because they are new or changed.
    pub items_written: usize,
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub duration_ms: u64,
    /// Pages and rows that failed, counted; [`failure_count`](Self::failure_count) reads it.
    #[serde(default)]
    pub failed: usize,
    /// Pages and rows that failed, in words: the first of them, and how many more there are.
    #[serde(default)]
    pub failures: Vec<String>,
    /// What the catalogue holds now; `None` when the run ended before it could count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_stats: Option<CacheStats>,
}

impl FetchReport {
    /// Counts what failed, also in a report of an earlier version, which named failures and did not count them.
    #[must_use]
    pub fn failure_count(&self) -> usize {
        self.failed.max(self.failures.len())
    }

    /// Returns the run's metrics. What is not known is left out: a zero would say that the catalogue is empty.
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
#[serde(rename_all = "camelCase", default)]
pub struct CacheStats {
    /// Rows that have not expired.
    pub total_cached_items: u64,
    /// Their size, in bytes.
    pub total_bytes: u64,
    /// When a list was last renewed, in unix seconds.
    pub last_updated: Option<u64>,
}
