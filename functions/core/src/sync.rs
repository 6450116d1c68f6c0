//! The library as the sync client sends it.

use std::collections::HashSet;

use crate::library::LibraryItem;
use crate::media::MediaType;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// Holds one call of the sync client: a batch of one media type.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Films or series.
    pub media_type: MediaType,
    /// The titles; all of this media type.
    pub items: Vec<LibraryItem>,
    /// Opens a new generation first. Deletes nothing.
    pub opens: bool,
    /// Closes the generation afterwards and sweeps what it did not bring.
    pub closes: bool,
}

/// Says what a call has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Synced {
    /// Titles that are in the library now.
    pub synced: usize,
    /// Requests that were marked as arrived.
    pub marked_as_added: usize,
    /// Rows that an earlier sync had brought and this one did not.
    pub swept: usize,
}

/// Puts a batch into the library and marks the requests that it fulfils.
pub async fn sync(store: &dyn Store, batch: &Batch, now: Timestamp) -> Result<Synced, StoreError> {
    let mut done = Synced::default();
    if batch.opens {
        store.open_generation(batch.media_type, now).await?;
    }
    if !batch.items.is_empty() {
        done.synced = store.put_synced_titles(&batch.items, now).await?;
        let tmdb_ids: HashSet<u64> = batch.items.iter().map(|item| item.tmdb_id).collect();
        let tvdb_ids: HashSet<u64> = batch.items.iter().filter_map(|item| item.tvdb_id).collect();
        for request in store.requests(Some(batch.media_type)).await? {
            let by_tvdb =
                batch.media_type == MediaType::Tv && request.tvdb_id.is_some_and(|tvdb_id| tvdb_ids.contains(&tvdb_id));
            let is_there = tmdb_ids.contains(&request.tmdb_id) || by_tvdb;
            if request.is_pending() && is_there && store.mark_added(request.key(), None, now).await?.is_some() {
                done.marked_as_added += 1;
            }
        }
    }
    if batch.closes {
        done.swept = store.close_generation(batch.media_type).await?;
    }
    Ok(done)
}
