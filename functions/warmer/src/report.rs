//! What a run did.

use serde::{Deserialize, Serialize};
use stellarr_core::locale::Locale;
use stellarr_core::metrics::Metric;
use stellarr_core::trending::TrendingKind;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Written, because it is new or changed.
    Written,
    /// Fetched, and the same as before.
    Unchanged,
    /// Not renewed; the last good one stays.
    Kept,
    /// Not renewed, and there is none.
    Failed,
}

/// One file of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReport {
    /// Its name.
    pub file: String,
    /// Its language.
    pub locale: Locale,
    /// Its kind.
    pub kind: TrendingKind,
    /// What became of it.
    pub status: Status,
    /// How many titles this run found for it.
    pub items: usize,
    /// Its size, when this run has its content.
    pub bytes: usize,
    /// Why it was not renewed.
    pub error: Option<String>,
}

/// A whole run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Every file is fresh, and so is the index.
    pub success: bool,
    /// The files, sorted by name.
    pub files: Vec<FileReport>,
    /// Why the index could not be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_error: Option<String>,
    /// How long it took.
    pub duration_ms: u64,
}

impl Report {
    /// Returns how many files are fresh, and how many are not.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let fresh = self.files.iter().filter(|file| matches!(file.status, Status::Written | Status::Unchanged)).count();
        (fresh, self.files.len() - fresh)
    }

    /// Returns this run's metrics.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "there are hundreds of files at most")]
    pub fn metrics(&self) -> [(Metric, f64); 2] {
        let (fresh, failed) = self.counts();
        [(Metric::TrendingFresh, fresh as f64), (Metric::TrendingFailures, failed as f64)]
    }
}
