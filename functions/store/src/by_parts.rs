//! How a store that is written in parts becomes one [`Store`](stellarr_core::store::Store).
//!
//! A trait is implemented in one block, and a database's use cases lie in several files. Each file gives the store
//! methods of its own with the trait's names and arguments; this macro writes the block that hands every call on to them.

/// Implements `Store` by the methods of the same names that the type has itself.
macro_rules! by_parts {
    ($store:ty) => {
        const _: () = {
            use std::collections::HashMap;

            use stellarr_core::library::{LibraryIds, LibraryItem, Standing};
            use stellarr_core::media::{MediaKey, MediaType};
            use stellarr_core::push::Subscription;
            use stellarr_core::rate_limit::{Attempt, Caller, RateLimit, Reservation};
            use stellarr_core::request::MediaRequest;
            use stellarr_core::store::{KnownIds, Store, StoreError};
            use stellarr_core::time::Timestamp;

            #[async_trait::async_trait]
            impl Store for $store {
                async fn add_request(&self, request: &MediaRequest) -> Result<bool, StoreError> {
                    self.add_request(request).await
                }

                async fn remove_request(&self, key: MediaKey) -> Result<bool, StoreError> {
                    self.remove_request(key).await
                }

                async fn request(&self, key: MediaKey) -> Result<Option<MediaRequest>, StoreError> {
                    self.request(key).await
                }

                async fn requests(&self, media_type: Option<MediaType>) -> Result<Vec<MediaRequest>, StoreError> {
                    self.requests(media_type).await
                }

                async fn standings(
                    &self,
                    keys: &[MediaKey],
                    now: Timestamp,
                ) -> Result<HashMap<MediaKey, Standing>, StoreError> {
                    self.standings(keys, now).await
                }

                async fn mark_added(
                    &self,
                    key: MediaKey,
                    plex_guid: Option<&str>,
                    now: Timestamp,
                ) -> Result<Option<MediaRequest>, StoreError> {
                    self.mark_added(key, plex_guid, now).await
                }

                async fn request_by_tvdb(&self, tvdb_id: u64) -> Result<Option<MediaRequest>, StoreError> {
                    self.request_by_tvdb(tvdb_id).await
                }

                async fn request_by_guid(&self, plex_guid: &str) -> Result<Option<MediaRequest>, StoreError> {
                    self.request_by_guid(plex_guid).await
                }

                async fn library(&self, now: Timestamp) -> Result<LibraryIds, StoreError> {
                    self.library(now).await
                }

                async fn shelve(&self, items: &[LibraryItem], now: Timestamp) -> Result<usize, StoreError> {
                    self.shelve(items, now).await
                }

                async fn receive(&self, items: &[LibraryItem], now: Timestamp) -> Result<usize, StoreError> {
                    self.receive(items, now).await
                }

                async fn open_generation(&self, media_type: MediaType, now: Timestamp) -> Result<(), StoreError> {
                    self.open_generation(media_type, now).await
                }

                async fn close_generation(&self, media_type: MediaType) -> Result<usize, StoreError> {
                    self.close_generation(media_type).await
                }

                async fn known_ids(&self, plex_guid: &str) -> Result<Option<KnownIds>, StoreError> {
                    self.known_ids(plex_guid).await
                }

                async fn remember_ids(&self, plex_guid: &str, ids: KnownIds, now: Timestamp) -> Result<(), StoreError> {
                    self.remember_ids(plex_guid, ids, now).await
                }

                async fn reserve_attempt(
                    &self,
                    caller: &Caller,
                    limit: &RateLimit,
                    now: Timestamp,
                ) -> Result<Attempt, StoreError> {
                    self.reserve_attempt(caller, limit, now).await
                }

                async fn count_failure(&self, now: Timestamp) -> Result<(), StoreError> {
                    self.count_failure(now).await
                }

                async fn attempt_succeeded(
                    &self,
                    caller: &Caller,
                    reservation: Reservation,
                    now: Timestamp,
                ) -> Result<(), StoreError> {
                    self.attempt_succeeded(caller, reservation, now).await
                }

                async fn member(&self, name: &str) -> Result<Option<String>, StoreError> {
                    self.member(name).await
                }

                async fn add_member(&self, name: &str) -> Result<String, StoreError> {
                    self.add_member(name).await
                }

                async fn accept_challenge(
                    &self,
                    hash: &str,
                    now: Timestamp,
                    expires: Timestamp,
                ) -> Result<bool, StoreError> {
                    self.accept_challenge(hash, now, expires).await
                }

                async fn subscribe(&self, subscription: &Subscription) -> Result<(), StoreError> {
                    self.subscribe(subscription).await
                }

                async fn unsubscribe(&self, name: &str, endpoint: Option<&str>) -> Result<(), StoreError> {
                    self.unsubscribe(name, endpoint).await
                }

                async fn subscriptions(&self, name: &str) -> Result<Vec<Subscription>, StoreError> {
                    self.subscriptions(name).await
                }

                async fn version(&self) -> Result<Option<u64>, StoreError> {
                    self.version().await
                }
            }
        };
    };
}

pub(crate) use by_parts;
