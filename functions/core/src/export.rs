//! Requests and library as one JSON document, the same that the `stellarr` command writes and reads.

use serde::{Deserialize, Serialize};

use crate::library::LibraryItem;
use crate::request::MediaRequest;

/// What marks the document.
pub const FORMAT: &str = "stellarr-export";

/// The version of its shape.
pub const VERSION: u32 = 1;

/// Everything that a household has entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportDocument {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// When it was written: ISO 8601, UTC.
    pub exported_at: String,
    /// The requests, newest first.
    pub requests: Vec<MediaRequest>,
    /// The library.
    #[serde(default)]
    pub library: Vec<LibraryRow>,
}

/// What bringing a document back did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Requests.
    pub requests: Tally,
    /// Rows of the library.
    pub library: Tally,
}

/// How many were new, and how many there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Kept now.
    pub new: usize,
    /// Left as they were.
    pub present: usize,
}

/// A row of the library with the time of its last sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryRow {
    /// The title.
    #[serde(flatten)]
    pub item: LibraryItem,
    /// When it was last synced: ISO 8601, UTC.
    pub synced_at: String,
}
