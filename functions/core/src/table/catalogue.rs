//! The table of the catalogue: names that a reader of it needs.

/// The partition key: the name of a list.
pub const LIST: &str = "list";

/// The sort key: TMDB's id.
pub const ID: &str = "tmdb_id";

/// The index that lists are read by, best titles first.
pub const BEST_FIRST_INDEX: &str = "best-first";

/// The index's sort key.
pub const SCORE: &str = "score";

/// When a row expires, in unix seconds.
pub const EXPIRES: &str = "ttl";

/// A title's name.
pub const TITLE: &str = "title";

/// A title's date of release: `1922-03-04`.
pub const RELEASED: &str = "released";

/// TMDB's rating of a title, 0 to 10.
pub const RATING: &str = "rating";

/// Partition of the one summary, whose sort key is 0.
pub const SUMMARY: &str = "SUMMARY";

/// The summary's JSON, a [`crate::catalogue::CatalogueSummary`].
pub const SUMMARY_BODY: &str = "body";
