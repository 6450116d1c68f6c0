//! One DynamoDB table, laid out so that a table of the system it replaces can be adopted as it stands.
//!
//! Every access is a key look-up or a paginated Query; nothing scans. Three look-ups that the key doesn't serve go
//! through one sparse index. A table that has no index yet, or items without the index's attribute, works as well,
//! only slower.

mod error;
mod guids;
mod item;
mod library;
mod login;
mod members;
mod query;
mod requests;
mod subscriptions;
mod version;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use stellarr_core::store::StoreError;
use stellarr_core::table::requests::ItemKey;
use stellarr_core::time::Timestamp;

use error::unavailable;
use item::{Item, key, text};

/// Keeps everything in one DynamoDB table. Makes its client when it is first needed.
pub struct DynamoStore {
    table: String,
    config: fn() -> SdkConfig,
    client: OnceLock<Client>,
    adopted: AtomicBool,
    /// The minute that strangers have used up, as far as this process knows.
    full_minute: AtomicI64,
}

impl DynamoStore {
    /// Uses a table through a client that is configured by the environment, when it is first needed.
    #[must_use]
    pub fn lazy(table: impl Into<String>) -> Self {
        Self {
            table: table.into(),
            config: crate::aws::sdk_config,
            client: OnceLock::new(),
            adopted: AtomicBool::new(false),
            full_minute: AtomicI64::new(i64::MIN),
        }
    }

    /// Uses a table through a given client.
    #[must_use]
    pub fn new(table: impl Into<String>, client: Client) -> Self {
        let store = Self::lazy(table);
        // The cell is empty, so this can't fail.
        let _ = store.client.set(client);
        store
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| Client::new(&(self.config)()))
    }

    fn table(&self) -> &str {
        &self.table
    }

    async fn put(&self, item: Item, doing: &'static str) -> Result<(), StoreError> {
        self.client()
            .put_item()
            .table_name(self.table())
            .set_item(Some(item))
            .send()
            .await
            .map_err(unavailable(doing))?;
        Ok(())
    }

    /// Tells whether every item carries the index's attribute and the index is there; brings it about otherwise, as
    /// far as it can.
    async fn is_adopted(&self) -> Result<bool, StoreError> {
        if self.adopted.load(Ordering::Relaxed) {
            return Ok(true);
        }
        if self.look_up("NOTHING#").await?.is_none() {
            return Ok(false);
        }
        let mark = ItemKey::adoption();
        // A table that an earlier version adopted has no such attribute: guids did not point at its requests.
        let held = self.get(&mark, "see whether the table is adopted").await?;
        if !held.is_some_and(|item| item.contains_key("guids")) {
            self.adopt_requests(Timestamp::now()).await?;
            let mut item = key(&mark);
            item.insert("state".to_owned(), text("adopted"));
            item.insert("guids".to_owned(), text("adopted"));
            self.put(item, "note that the table is adopted").await?;
            // What was just written may take a moment to reach the index, so this once the answer is no.
            return Ok(false);
        }
        self.adopted.store(true, Ordering::Relaxed);
        Ok(true)
    }
}
