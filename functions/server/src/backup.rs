//! Takes requests and library along as one document, and brings them back.

use stellarr_core::export::{ExportDocument, Imported};
use stellarr_core::store::{RequestStore as _, StoreError};
use stellarr_core::time::{Timestamp, iso};
use stellarr_store::sqlite::SqliteStore;

/// Reads everything out of a store.
pub async fn export(store: &SqliteStore, now: Timestamp) -> Result<ExportDocument, StoreError> {
    Ok(ExportDocument::new(store.requests(None).await?, store.library_rows().await?, iso(now)))
}

/// Puts everything into a store that is not there yet; changes nothing that is.
pub async fn import(store: &SqliteStore, document: &ExportDocument) -> Result<Imported, StoreError> {
    let mut imported = Imported::default();
    imported.requests.new = store.restore_requests(&document.requests).await?;
    imported.requests.present = document.requests.len() - imported.requests.new;
    imported.library.new = store.restore_library(&document.library).await?;
    imported.library.present = document.library.len() - imported.library.new;
    Ok(imported)
}
