//! Has the catalogue fetched, and says what came of it.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::base::error::CommandError;
use crate::deployment::Context;
use crate::jobs::invoke;
use crate::ui::{count, human_bytes, human_duration, table};

/// What to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FetchKind {
    /// What changes from day to day: popular and trending titles
    Daily,
    /// What lasts: genres, hidden gems, award winners
    Weekly,
    /// Both
    Full,
}

impl FetchKind {
    /// The word that the fetcher knows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Full => "full",
        }
    }
}

/// The fetcher's own account of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FetchReport {
    /// Whether something was fetched and everything stored.
    pub success: bool,
    /// `daily`, `weekly` or `full`.
    pub schedule_type: String,
    /// Titles that TMDB gave, repeats included.
    pub items_fetched: u64,
    /// Rows written, because they are new or changed.
    pub items_written: u64,
    /// Milliseconds.
    #[serde(default)]
    pub duration_ms: u64,
    /// How much failed; a fetcher of old does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<usize>,
    /// What failed, in words: the first of it, and how much more there is.
    #[serde(default)]
    pub failures: Vec<String>,
    /// What the catalogue holds now; none when the run ended before it could count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_stats: Option<CacheStats>,
}

/// What the catalogue holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CacheStats {
    /// Rows that have not expired.
    #[serde(default)]
    pub total_cached_items: u64,
    /// Their size.
    #[serde(default)]
    pub total_bytes: u64,
    /// When a list was last renewed, in unix seconds.
    #[serde(default)]
    pub last_updated: Option<i64>,
}

/// Invokes the fetcher.
///
/// # Errors
/// When it cannot be invoked, or fails without an account of its work.
pub async fn run(context: Context<'_>, function: &str, kind: FetchKind) -> Result<FetchReport, CommandError> {
    invoke::account(context, function, "the fetcher", &json!({"scheduleType": kind.word()}))
        .await
        .map_err(|error| error.hint("the catalogue has what it had; run `stellarr logs fetcher` to see more"))
}

/// Starts a fetch and does not wait for it.
///
/// # Errors
/// When it cannot be started.
pub async fn start(context: Context<'_>, function: &str, kind: FetchKind) -> Result<(), CommandError> {
    let payload = json!({"scheduleType": kind.word()}).to_string();
    Ok(context.cloud.functions().start(function, payload.into()).await?)
}

impl FetchReport {
    /// Counts what failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.failed.unwrap_or(self.failures.len())
    }

    /// Lays the result out, what failed below it.
    #[must_use]
    pub fn table(&self) -> String {
        let took = human_duration(std::time::Duration::from_millis(self.duration_ms));
        let row = [
            self.schedule_type.clone(),
            self.items_fetched.to_string(),
            self.items_written.to_string(),
            self.failed().to_string(),
            took,
            self.cache_stats.map_or_else(
                || "unknown".to_owned(),
                |stats| format!("{} ({})", stats.total_cached_items, human_bytes(stats.total_bytes)),
            ),
        ];
        let mut text = table(&["kind", "fetched", "written", "failures", "took", "catalogue"], [row]);
        for failure in &self.failures {
            text.push_str(&format!("\n  {failure}"));
        }
        text
    }

    /// Ends the command: with an error when something failed.
    ///
    /// # Errors
    /// When something was not fetched or not stored.
    pub fn verdict(&self) -> Result<(), CommandError> {
        if self.success {
            return Ok(());
        }
        let what = match self.items_fetched {
            0 => "nothing was fetched".to_owned(),
            _ => format!("{} failed", count(self.failed(), "part of the fetch", "parts of the fetch")),
        };
        Err(CommandError::failed(what).hint("what could be fetched is stored; run the command again to complete it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fetchers_account_is_understood() {
        let text = r#"{"success":false,"scheduleType":"full","itemsFetched":20,"itemsWritten":18,"durationMs":4200,
            "failures":["popular: TMDB did not answer in time"],
            "cacheStats":{"totalCachedItems":18,"totalBytes":12000,"lastUpdated":1700000000}}"#;
        let report: FetchReport = serde_json::from_str(text).unwrap();
        assert_eq!(
            report.table(),
            " kind  fetched  written  failures  took   catalogue\n full  20       18       1         4.2 s  18 (12.0 kB)\n  \
             popular: TMDB did not answer in time"
        );
        assert_eq!(report.verdict().unwrap_err().message, "1 part of the fetch failed");
    }

    #[test]
    fn failures_are_counted_beyond_those_that_are_named_and_an_uncounted_catalogue_is_unknown() {
        let text = r#"{"success":false,"scheduleType":"daily","itemsFetched":20,"itemsWritten":0,"durationMs":4200,
            "failed":31,"failures":["popular: TMDB did not answer in time","and 30 more"]}"#;
        let report: FetchReport = serde_json::from_str(text).unwrap();
        assert!(report.table().contains(" daily  20       0        31        4.2 s  unknown\n"), "{}", report.table());
        assert_eq!(report.verdict().unwrap_err().message, "31 parts of the fetch failed");
    }
}
