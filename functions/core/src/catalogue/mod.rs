//! The catalogue: titles that a scheduled fetch keeps at hand, so that recommendations need no call of TMDB.
//!
//! A row belongs to one list, which is a category and a media type; a title of several lists has a row in each. Rows
//! are read list by list, best first, a page at a time.
//!
//! # The DynamoDB table
//!
//! | | Attribute | Type | Holds |
//! |---|---|---|---|
//! | partition key | `list` | S | `<category>#<movie or tv>`, such as `popular#movie` or `genre_28#movie` |
//! | sort key | `tmdb_id` | N | TMDB's id |
//! | index `best-first`, partition key | `list` | S | as above; all attributes are projected |
//! | index `best-first`, sort key | `score` | N | what a list is sorted by |
//! | time to live | `ttl` | N | when the row expires, in unix seconds |
//!
//! Two kinds of rows have no `score`, and so are not in the index: the facts of library titles (`FACTS#movie`,
//! `FACTS#tv`), and the one summary (`SUMMARY`, 0). Facts lie here and not on the library's own rows because a sync
//! replaces those.
//!
//! No attribute says where a row comes from: the fetcher is the only writer, and TMDB its only source.

mod kept;
mod lists;
mod overview;
mod row;
mod summary;

use std::collections::HashMap;

use async_trait::async_trait;

pub use kept::KeptCatalogue;
pub use lists::{Category, FIXED_GENRES, ListId, UnknownList, genre_ids, tv_genre};
pub use overview::{CatalogueOverview, ListOverview, RunOverview, TitleOverview};
pub use row::{Fingerprint, Row, RowKey, Stamp, bayesian_rating};
pub use summary::{CatalogueSummary, FetchRun, ListSummary, Taste, TitleFacts};

use crate::media::MediaType;

/// Marks where a page ended: the score and id of its last row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cursor {
    /// The last row's score.
    pub score: f64,
    /// The last row's id.
    pub tmdb_id: u64,
}

/// One page of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowPage {
    /// Rows, best first.
    pub rows: Vec<Row>,
    /// Where the next page starts; `None` when there is none.
    pub next: Option<Cursor>,
}

/// What writing rows did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Rows that are stored now.
    pub written: usize,
    /// Rows that are not, and why.
    pub failed: Vec<(RowKey, String)>,
}

/// Says why the catalogue could not do what it was asked for. Goes to the log, never to a client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the catalogue is unavailable while it should {doing}: {cause}")]
pub struct CatalogueError {
    /// What was being done, as a verb phrase.
    pub doing: &'static str,
    /// What the database said.
    pub cause: String,
}

/// Keeps the catalogue. Times are unix seconds.
#[async_trait]
pub trait Catalogue: Send + Sync {
    /// Reads up to `limit` rows of a list that have not expired at `now`, best first, after `after`.
    async fn page(
        &self,
        list: ListId,
        limit: usize,
        after: Option<Cursor>,
        now: u64,
    ) -> Result<RowPage, CatalogueError>;

    /// Reads what is stored of these rows: fingerprint and expiry, expired ones included.
    async fn stamps(&self, keys: &[RowKey]) -> Result<HashMap<RowKey, Stamp>, CatalogueError>;

    /// Writes rows; of several with one key the last counts. One row's failure costs that row only.
    async fn put(&self, rows: &[Row]) -> Stored;

    /// Renews the expiry of rows that are there; never creates one.
    async fn renew(&self, stamps: &[(RowKey, Stamp)]) -> Stored;

    /// Counts a list's rows that have not expired.
    async fn measure(&self, list: ListId, now: u64) -> Result<ListSummary, CatalogueError>;

    /// Reads the facts of library titles.
    async fn facts(&self, media_type: MediaType) -> Result<HashMap<u64, TitleFacts>, CatalogueError>;

    /// Writes the facts of library titles; returns how many are stored.
    async fn put_facts(&self, media_type: MediaType, facts: &[(u64, TitleFacts)]) -> Result<usize, CatalogueError>;

    /// Reads the summary that the last fetch left.
    async fn summary(&self) -> Result<Option<CatalogueSummary>, CatalogueError>;

    /// Replaces the summary.
    async fn put_summary(&self, summary: &CatalogueSummary) -> Result<(), CatalogueError>;
}
