//! What a fetch leaves behind for readers: one small row instead of many large ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lists::ListId;
use crate::media::MediaType;

/// What a list holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSummary {
    /// The list.
    pub list: ListId,
    /// Rows that have not expired.
    pub items: u64,
    /// Their size in the store, in bytes.
    pub bytes: u64,
    /// When the freshest of them was fetched, in unix seconds.
    pub fetched_at: u64,
    /// When the last of them expires, in unix seconds.
    pub expires_at: u64,
}

/// What recommendations need to know of a title.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TitleFacts {
    /// Genre ids of its media type.
    #[serde(default, rename = "g")]
    pub genre_ids: Vec<u32>,
    /// Year of release.
    #[serde(default, rename = "y", skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
    /// ISO 639-1 code of the original language.
    #[serde(default, rename = "l", skip_serializing_if = "String::is_empty")]
    pub original_language: String,
}

/// What the library holds, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taste {
    /// Titles per genre id.
    pub genres: BTreeMap<u32, u32>,
    /// Titles per decade, such as 1990.
    pub decades: BTreeMap<u16, u32>,
    /// Titles per original language.
    pub languages: BTreeMap<String, u32>,
    /// Titles that were counted.
    pub titles: u32,
}

impl Taste {
    /// Counts a title.
    pub fn add(&mut self, facts: &TitleFacts) {
        self.titles += 1;
        for genre in &facts.genre_ids {
            *self.genres.entry(*genre).or_default() += 1;
        }
        if let Some(year) = facts.year {
            *self.decades.entry(year / 10 * 10).or_default() += 1;
        }
        if !facts.original_language.is_empty() {
            *self.languages.entry(facts.original_language.clone()).or_default() += 1;
        }
    }
}

/// What the catalogue holds, and what the household's library says of its taste.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueSummary {
    /// When it was made, in unix seconds.
    pub updated_at: u64,
    /// The lists, in order.
    pub lists: Vec<ListSummary>,
    /// The library's taste in movies.
    #[serde(default)]
    pub movie: Taste,
    /// The library's taste in series.
    #[serde(default)]
    pub tv: Taste,
    /// The last run.
    #[serde(default)]
    pub last_run: Option<FetchRun>,
    /// The last run that fetched the daily lists.
    #[serde(default)]
    pub last_daily: Option<FetchRun>,
    /// The last run that fetched the weekly lists.
    #[serde(default)]
    pub last_weekly: Option<FetchRun>,
}

/// A run, and what it did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FetchRun {
    /// When it left this, in unix seconds.
    pub at: u64,
    /// When its schedule, or an earlier one of its kind, last started one, in unix seconds; `None` when none ever did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<u64>,
    /// `daily`, `weekly` or `full`.
    pub schedule_type: String,
    /// Titles that TMDB gave, repeats included.
    pub items_fetched: usize,
    /// Rows written.
    pub items_written: usize,
    /// What could not be fetched or written, counted.
    pub failures: usize,
}

impl CatalogueSummary {
    /// Returns the library's taste in one media type.
    #[must_use]
    pub const fn taste(&self, media_type: MediaType) -> &Taste {
        match media_type {
            MediaType::Movie => &self.movie,
            MediaType::Tv => &self.tv,
        }
    }

    /// Returns the library's taste in one media type, to be changed.
    pub const fn taste_mut(&mut self, media_type: MediaType) -> &mut Taste {
        match media_type {
            MediaType::Movie => &mut self.movie,
            MediaType::Tv => &mut self.tv,
        }
    }

    /// Returns how many rows there are.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.lists.iter().map(|list| list.items).sum()
    }

    /// Returns how large they are.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.lists.iter().map(|list| list.bytes).sum()
    }
}
