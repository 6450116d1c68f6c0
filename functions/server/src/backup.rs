//! Requests and library as one JSON document, the same that the `stellarr` command writes and reads.

use serde::{Deserialize, Serialize};
use stellarr_core::request::MediaRequest;
use stellarr_core::store::{RequestStore as _, StoreError};
use stellarr_core::time::{Timestamp, iso};
use stellarr_store::sqlite::{LibraryRow, SqliteStore};

/// What marks the document.
pub const FORMAT: &str = "stellarr-export";

/// The version of its shape.
pub const VERSION: u32 = 1;

/// Everything that a household has entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
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
pub struct Restored {
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

impl Backup {
    /// Reads everything out of a store.
    pub async fn take(store: &SqliteStore, now: Timestamp) -> Result<Self, StoreError> {
        Ok(Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            exported_at: iso(now),
            requests: store.requests(None).await?,
            library: store.library_rows().await?,
        })
    }

    /// Puts everything into a store that is not there yet; changes nothing that is.
    pub async fn restore(&self, store: &SqliteStore) -> Result<Restored, StoreError> {
        let mut restored = Restored::default();
        restored.requests.new = store.restore_requests(&self.requests).await?;
        restored.requests.present = self.requests.len() - restored.requests.new;
        restored.library.new = store.restore_library(&self.library).await?;
        restored.library.present = self.library.len() - restored.library.new;
        Ok(restored)
    }
}
