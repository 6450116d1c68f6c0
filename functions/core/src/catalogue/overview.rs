//! What the catalogue holds, for people: `stellarr catalogue` shows it, and `stellarr-server catalogue` prints it as JSON.

use serde::{Deserialize, Serialize};

use super::summary::{CatalogueSummary, FetchRun};
use crate::time::signed_seconds;

/// What the catalogue holds. Times are unix seconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogueOverview {
    /// When the last fetch ended; `None` when there never was one.
    pub updated_at: Option<i64>,
    /// The lists.
    pub lists: Vec<ListOverview>,
    /// The last fetch.
    #[serde(default)]
    pub last_run: Option<FetchRun>,
    /// The last fetch of the daily lists.
    #[serde(default)]
    pub last_daily: Option<RunOverview>,
    /// The last fetch of the weekly lists.
    #[serde(default)]
    pub last_weekly: Option<RunOverview>,
}

/// A list and its best titles. Times are unix seconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListOverview {
    /// Its name, such as `genre_28#movie`.
    pub list: String,
    /// Titles that have not expired.
    pub items: u64,
    /// When the freshest was fetched.
    pub fetched_at: i64,
    /// When the last expires.
    pub expires_at: i64,
    /// The best of them.
    #[serde(default)]
    pub titles: Vec<TitleOverview>,
}

/// A title of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TitleOverview {
    /// TMDB's id.
    pub id: u64,
    /// Title.
    pub title: String,
    /// Year of release.
    pub year: Option<u16>,
    /// TMDB's rating, 0 to 10.
    pub rating: f64,
}

/// A fetch of the daily or of the weekly lists. Times are unix seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RunOverview {
    /// When it ended.
    pub at: i64,
    /// When its schedule last started one.
    pub scheduled_at: Option<i64>,
    /// Titles that TMDB gave.
    pub items_fetched: usize,
    /// What failed, counted.
    pub failures: usize,
}

impl From<CatalogueSummary> for CatalogueOverview {
    fn from(summary: CatalogueSummary) -> Self {
        let lists = summary.lists.into_iter().map(|one| ListOverview {
            list: one.list.to_string(),
            items: one.items,
            fetched_at: signed_seconds(one.fetched_at),
            expires_at: signed_seconds(one.expires_at),
            titles: Vec::new(),
        });
        Self {
            updated_at: Some(signed_seconds(summary.updated_at)),
            lists: lists.collect(),
            last_run: summary.last_run,
            last_daily: summary.last_daily.map(RunOverview::from),
            last_weekly: summary.last_weekly.map(RunOverview::from),
        }
    }
}

impl From<FetchRun> for RunOverview {
    fn from(run: FetchRun) -> Self {
        Self {
            at: signed_seconds(run.at),
            scheduled_at: run.scheduled_at.map(signed_seconds),
            items_fetched: run.items_fetched,
            failures: run.failures,
        }
    }
}
