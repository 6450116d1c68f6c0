//! Invokes the warmer and says what it wrote, locale by locale.

use std::collections::BTreeMap;

use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::base::failures::Code;
use crate::deployment::Context;
use crate::jobs::invoke;
use crate::ui;
use crate::ui::human_bytes;
use stellarr_core::reports::{FileReport, WarmReport};
use stellarr_core::trending::INDEX_FILE;

/// Invokes the warmer for some locales, or for all configured ones when none are named.
///
/// # Errors
/// When it cannot be invoked, or fails without an account of its files.
pub async fn run(context: Context<'_>, function: &str, locales: &[String]) -> Result<WarmReport, CommandError> {
    let payload = if locales.is_empty() { serde_json::json!({}) } else { serde_json::json!({ "locales": locales }) };
    invoke::account(context, function, "the warmer", &payload).await.map_err(|error| {
        let code = if error.kind == ExitKind::Failed { Code::WarmFailed } else { error.code };
        error.code(code).hint("the site works, with the trending files it had; run `stellarr warm` to try again")
    })
}

/// Lays a report out with one row a locale.
#[must_use]
pub fn table(report: &WarmReport) -> String {
    let mut locales: BTreeMap<&str, Vec<&FileReport>> = BTreeMap::new();
    for file in &report.files {
        locales.entry(file.locale.as_str()).or_default().push(file);
    }
    let rows = locales.into_iter().map(|(locale, files)| {
        let mut states: BTreeMap<&str, usize> = BTreeMap::new();
        for file in &files {
            *states.entry(file.status.as_str()).or_default() += 1;
        }
        let states = states.iter().map(|(state, number)| format!("{number} {state}")).collect::<Vec<_>>();
        vec![
            locale.to_owned(),
            states.join(", "),
            files.iter().map(|file| file.items).sum::<usize>().to_string(),
            human_bytes(files.iter().map(|file| file.bytes as u64).sum()),
            files.iter().find_map(|file| file.error.clone()).unwrap_or_default(),
        ]
    });
    let mut text = ui::table(&["locale", "files", "titles", "size", "problem"], rows);
    if let Some(error) = &report.index_error {
        text.push_str(&format!("\n  {INDEX_FILE}: {error}"));
    }
    text
}

/// Ends the command: with an error when something is not fresh.
///
/// # Errors
/// When a file is not fresh, or the list of them is not.
pub fn verdict(report: &WarmReport) -> Result<(), CommandError> {
    if report.success {
        return Ok(());
    }
    let (_, stale) = report.counts();
    let error = if stale == 0 && report.index_error.is_some() {
        CommandError::failed(format!("the trending files are fresh, but {INDEX_FILE}, which lists them, is not"))
            .hint("the site does not need the list; run `stellarr warm` again to renew what `stellarr schedules` reads")
    } else {
        CommandError::failed("some trending files are not fresh")
            .hint("the site shows the last good ones; the schedule tries again by itself")
    };
    Err(error.code(Code::WarmFailed))
}

#[cfg(test)]
mod tests {
    use stellarr_core::reports::FileStatus;

    use super::*;

    #[test]
    fn a_list_that_was_not_written_has_a_verdict_of_its_own() {
        let text = r#"{"success":false,"files":[{"file":"trending-all-en.json","locale":"en","kind":"all",
            "status":"written","items":20,"bytes":9000}],"indexError":"writing trending-index.json: SlowDown"}"#;
        let mut report: WarmReport = serde_json::from_str(text).unwrap();
        assert!(table(&report).ends_with("\n  trending-index.json: writing trending-index.json: SlowDown"));
        assert!(verdict(&report).unwrap_err().message.starts_with("the trending files are fresh, but"));
        report.files[0].status = FileStatus::Kept;
        assert_eq!(verdict(&report).unwrap_err().message, "some trending files are not fresh");
        report.success = true;
        assert!(verdict(&report).is_ok());
    }
}
