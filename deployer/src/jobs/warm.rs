//! Invokes the warmer and says what it wrote, locale by locale.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::base::failures::Code;
use crate::deployment::Context;
use crate::jobs::invoke;
use crate::ui::{human_bytes, table};

/// The warmer's own account of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WarmReport {
    /// Whether every file is fresh.
    pub success: bool,
    /// One entry a file.
    pub files: Vec<WarmedFile>,
    /// Why `trending-index.json` could not be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_error: Option<String>,
    /// Milliseconds.
    #[serde(default)]
    pub duration_ms: u64,
}

/// What became of one trending file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarmedFile {
    /// Name at the site, such as `trending-all-en.json`.
    pub file: String,
    /// Its locale.
    #[serde(default)]
    pub locale: String,
    /// `all`, `movie` or `tv`.
    #[serde(default)]
    pub kind: String,
    /// `written`, `unchanged`, `kept` or `failed`.
    pub status: String,
    /// Titles in it.
    #[serde(default)]
    pub items: u64,
    /// Bytes of it.
    #[serde(default)]
    pub bytes: u64,
    /// What went wrong.
    #[serde(default)]
    pub error: Option<String>,
}

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

impl WarmReport {
    /// Lays the result out with one row a locale.
    #[must_use]
    pub fn table(&self) -> String {
        let mut locales: BTreeMap<&str, Vec<&WarmedFile>> = BTreeMap::new();
        for file in self.files.iter().filter(|file| !file.locale.is_empty()) {
            locales.entry(&file.locale).or_default().push(file);
        }
        let rows = locales.into_iter().map(|(locale, files)| {
            let mut states: BTreeMap<&str, usize> = BTreeMap::new();
            for file in &files {
                *states.entry(&file.status).or_default() += 1;
            }
            let states = states.iter().map(|(state, number)| format!("{number} {state}")).collect::<Vec<_>>();
            vec![
                locale.to_owned(),
                states.join(", "),
                files.iter().map(|file| file.items).sum::<u64>().to_string(),
                human_bytes(files.iter().map(|file| file.bytes).sum()),
                files.iter().find_map(|file| file.error.clone()).unwrap_or_default(),
            ]
        });
        let mut text = table(&["locale", "files", "titles", "size", "problem"], rows);
        if let Some(error) = &self.index_error {
            text.push_str(&format!("\n  trending-index.json: {error}"));
        }
        text
    }

    /// Ends the command: with an error when something is not fresh.
    ///
    /// # Errors
    /// When a file is not fresh, or the list of them is not.
    pub fn verdict(&self) -> Result<(), CommandError> {
        if self.success {
            return Ok(());
        }
        let (fresh, all) = self.fresh();
        let error = if fresh == all && self.index_error.is_some() {
            CommandError::failed("the trending files are fresh, but trending-index.json, which lists them, is not")
                .hint("the site does not need the list; run `stellarr warm` again to renew what `stellarr schedules` reads")
        } else {
            CommandError::failed("some trending files are not fresh")
                .hint("the site shows the last good ones; the schedule tries again by itself")
        };
        Err(error.code(Code::WarmFailed))
    }

    /// Counts fresh files and all files.
    #[must_use]
    pub fn fresh(&self) -> (usize, usize) {
        let fresh = self.files.iter().filter(|file| matches!(file.status.as_str(), "written" | "unchanged")).count();
        (fresh, self.files.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_was_not_written_has_a_verdict_of_its_own() {
        let text = r#"{"success":false,"files":[{"file":"trending-all-en.json","locale":"en","kind":"all",
            "status":"written","items":20,"bytes":9000}],"indexError":"writing trending-index.json: SlowDown"}"#;
        let mut report: WarmReport = serde_json::from_str(text).unwrap();
        assert!(report.table().ends_with("\n  trending-index.json: writing trending-index.json: SlowDown"));
        assert!(report.verdict().unwrap_err().message.starts_with("the trending files are fresh, but"));
        report.files[0].status = "kept".to_owned();
        assert_eq!(report.verdict().unwrap_err().message, "some trending files are not fresh");
        report.success = true;
        assert!(report.verdict().is_ok());
    }
}
