//! The version of requests and library: one item with a counter.
//!
//! A list of a thousand requests takes milliseconds to read, and a function is billed by them. Whoever has made something
//! of the list keeps it, and asks for the counter instead, which is a small fraction of that.

use async_trait::async_trait;
use std::time::Duration;

use stellarr_core::store::{Store, StoreError};
use stellarr_core::table::requests::ItemKey;
use stellarr_core::time::since_epoch;

use super::DynamoStore;
use super::error::unavailable;
use super::item::{get_number, key, number};

/// What is kept is made anew after this time in any case. A writer may end between its write and the count, and another
/// program may write to an adopted table without counting.
const MAX_AGE: Duration = Duration::from_secs(60);

#[async_trait]
impl Store for DynamoStore {
    async fn version(&self) -> Result<Option<u64>, StoreError> {
        let held = self.get(&ItemKey::version(), "read the version").await?;
        let count: u64 = held.and_then(|item| get_number(&item, "writes")).unwrap_or_default();
        let minute = since_epoch().as_secs() / MAX_AGE.as_secs();
        // Both in one number: a counter does not reach 2^32, and neither do minutes.
        Ok(Some((count << 32) | minute))
    }
}

impl DynamoStore {
    /// Counts a write, after it was done: whoever reads the new count finds what was written. The write stands even
    /// if it can't be counted; what is kept elsewhere is then up to a minute old.
    pub(super) async fn count_write(&self) {
        let counted = self
            .client()
            .update_item()
            .table_name(self.table())
            .set_key(Some(key(&ItemKey::version())))
            .update_expression("ADD writes :one")
            .expression_attribute_values(":one", number(1))
            .send()
            .await;
        if let Err(error) = counted.map_err(unavailable("count a write")) {
            tracing::warn!(event = "store.uncounted", error = %error);
        }
    }
}
