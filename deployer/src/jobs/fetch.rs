//! Has the catalogue fetched, and says what came of it.

use serde_json::json;

use crate::base::error::CommandError;
use crate::deployment::Context;
use crate::jobs::invoke;
use crate::ui;
use crate::ui::{count, human_bytes, human_duration};
use stellarr_core::reports::{FetchReport, ScheduleType};

/// Invokes the fetcher.
///
/// # Errors
/// When it cannot be invoked, or fails without an account of its work.
pub async fn run(
    context: Context<'_>,
    function: &str,
    schedule_type: ScheduleType,
) -> Result<FetchReport, CommandError> {
    invoke::account(context, function, "the fetcher", &json!({"scheduleType": schedule_type}))
        .await
        .map_err(|error| error.hint("the catalogue has what it had; run `stellarr logs fetcher` to see more"))
}

/// Starts a fetch and does not wait for it.
///
/// # Errors
/// When it cannot be started.
pub async fn start(context: Context<'_>, function: &str, schedule_type: ScheduleType) -> Result<(), CommandError> {
    let payload = json!({"scheduleType": schedule_type}).to_string();
    Ok(context.cloud.functions().start(function, payload.into()).await?)
}

/// Lays a report out, what failed below it.
#[must_use]
pub fn table(report: &FetchReport) -> String {
    let took = human_duration(std::time::Duration::from_millis(report.duration_ms));
    let row = [
        report.schedule_type.to_string(),
        report.items_fetched.to_string(),
        report.items_written.to_string(),
        report.failure_count().to_string(),
        took,
        report.cache_stats.map_or_else(
            || "unknown".to_owned(),
            |stats| format!("{} ({})", stats.total_cached_items, human_bytes(stats.total_bytes)),
        ),
    ];
    let mut text = ui::table(&["kind", "fetched", "written", "failures", "took", "catalogue"], [row]);
    for failure in &report.failures {
        text.push_str(&format!("\n  {failure}"));
    }
    text
}

/// Ends the command: with an error when something failed.
///
/// # Errors
/// When something was not fetched or not stored.
pub fn verdict(report: &FetchReport) -> Result<(), CommandError> {
    if report.success {
        return Ok(());
    }
    let what = match report.items_fetched {
        0 => "nothing was fetched".to_owned(),
        _ => format!("{} failed", count(report.failure_count(), "part of the fetch", "parts of the fetch")),
    };
    Err(CommandError::failed(what).hint("what could be fetched is stored; run the command again to complete it"))
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
            table(&report),
            " kind  fetched  written  failures  took   catalogue\n full  20       18       1         4.2 s  18 (12.0 kB)\n  \
             popular: TMDB did not answer in time"
        );
        assert_eq!(verdict(&report).unwrap_err().message, "1 part of the fetch failed");
    }

    #[test]
    fn failures_are_counted_beyond_those_that_are_named_and_an_uncounted_catalogue_is_unknown() {
        let text = r#"{"success":false,"scheduleType":"daily","itemsFetched":20,"itemsWritten":0,"durationMs":4200,
            "failed":31,"failures":["popular: TMDB did not answer in time","and 30 more"]}"#;
        let report: FetchReport = serde_json::from_str(text).unwrap();
        assert!(table(&report).contains(" daily  20       0        31        4.2 s  unknown\n"), "{}", table(&report));
        assert_eq!(verdict(&report).unwrap_err().message, "31 parts of the fetch failed");
    }
}
