//! One DynamoDB table, laid out so that a table of the system it replaces can be adopted as it stands.
//!
//! Every access is a key look-up or a paginated Query; nothing scans. Three look-ups that the key doesn't serve go
//! through one sparse index. A table that has no index yet, or items without the index's attribute, works as well,
//! only slower.

mod error;
mod guids;
mod item;
mod keys;
mod library;
mod login;
mod query;
mod requests;
mod subscriptions;

use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use stellarr_core::library::{LibraryIds, LibraryItem, Standing};
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::push::Subscription;
use stellarr_core::rate_limit::{Attempt, Caller, RateLimit};
use stellarr_core::request::MediaRequest;
use stellarr_core::store::{KnownIds, Store, StoreError};
use stellarr_core::time::Timestamp;

use error::unavailable;
use item::{Item, key, text};
use keys::Key;

/// Keeps everything in one DynamoDB table. Makes its client when it is first needed.
pub struct DynamoStore {
    table: String,
    config: fn() -> SdkConfig,
    client: OnceLock<Client>,
    adopted: AtomicBool,
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

    async fn delete(&self, of: &Key, doing: &'static str) -> Result<(), StoreError> {
        self.client()
            .delete_item()
            .table_name(self.table())
            .set_key(Some(key(of)))
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
        let mark = Key::adoption();
        if self.get(&mark, "see whether the table is adopted").await?.is_none() {
            self.adopt_requests().await?;
            let mut item = key(&mark);
            item.insert("state".to_owned(), text("adopted"));
            self.put(item, "note that the table is adopted").await?;
            // What was just written may take a moment to reach the index, so this once the answer is no.
            return Ok(false);
        }
        self.adopted.store(true, Ordering::Relaxed);
        Ok(true)
    }
}

#[async_trait]
impl Store for DynamoStore {
    async fn add_request(&self, request: &MediaRequest) -> Result<bool, StoreError> {
        self.put_request(request).await
    }

    async fn remove_request(&self, key: MediaKey) -> Result<bool, StoreError> {
        self.delete_request(key).await
    }

    async fn request(&self, key: MediaKey) -> Result<Option<MediaRequest>, StoreError> {
        self.get_request(key).await
    }

    async fn requests(&self, media_type: Option<MediaType>) -> Result<Vec<MediaRequest>, StoreError> {
        self.list_requests(media_type).await
    }

    async fn standings(&self, keys: &[MediaKey], now: Timestamp) -> Result<HashMap<MediaKey, Standing>, StoreError> {
        self.look_up_standings(keys, now).await
    }

    async fn mark_added(
        &self,
        key: MediaKey,
        plex_guid: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<MediaRequest>, StoreError> {
        self.mark_request(key, plex_guid, now).await
    }

    async fn request_by_tvdb(&self, tvdb_id: u64) -> Result<Option<MediaRequest>, StoreError> {
        self.find_by_tvdb(tvdb_id).await
    }

    async fn request_by_guid(&self, plex_guid: &str) -> Result<Option<MediaRequest>, StoreError> {
        self.find_by_guid(plex_guid).await
    }

    async fn library(&self, now: Timestamp) -> Result<LibraryIds, StoreError> {
        self.list_library(now).await
    }

    async fn shelve(&self, items: &[LibraryItem], now: Timestamp) -> Result<usize, StoreError> {
        self.put_library(items, now).await
    }

    async fn open_generation(&self, media_type: MediaType, now: Timestamp) -> Result<(), StoreError> {
        self.put_generation(media_type, now).await
    }

    async fn close_generation(&self, media_type: MediaType) -> Result<usize, StoreError> {
        self.sweep_generation(media_type).await
    }

    async fn known_ids(&self, plex_guid: &str) -> Result<Option<KnownIds>, StoreError> {
        self.get_known_ids(plex_guid).await
    }

    async fn remember_ids(&self, plex_guid: &str, ids: KnownIds, now: Timestamp) -> Result<(), StoreError> {
        self.put_known_ids(plex_guid, ids, now).await
    }

    async fn reserve_attempt(&self, caller: &Caller, limit: &RateLimit, now: Timestamp) -> Result<Attempt, StoreError> {
        self.count_attempt(caller, limit, now).await
    }

    async fn clear_attempts(&self, caller: &Caller) -> Result<(), StoreError> {
        self.delete(&Key::attempts(caller.as_str()), "clear the login attempts").await
    }

    async fn accept_challenge(&self, hash: &str, now: Timestamp, expires: Timestamp) -> Result<bool, StoreError> {
        self.put_challenge(hash, now, expires).await
    }

    async fn subscribe(&self, subscription: &Subscription) -> Result<(), StoreError> {
        self.put_subscription(subscription).await
    }

    async fn unsubscribe(&self, name: &str, endpoint: Option<&str>) -> Result<(), StoreError> {
        self.delete_subscriptions(name, endpoint).await
    }

    async fn subscriptions(&self, name: &str) -> Result<Vec<Subscription>, StoreError> {
        self.list_subscriptions(name).await
    }
}
