//! Requests.

use async_trait::async_trait;
use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::ReturnValue;
use stellarr_core::library::Standing;
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::request::{MediaRequest, newest_first};
use stellarr_core::store::{RequestStore, StoreError};
use stellarr_core::table::requests::{self as table, ItemKey, LOOKUP, SORT, TVDB_ID, tvdb_lookup};
use stellarr_core::time::{Timestamp, iso};

use super::DynamoStore;
use super::error::{condition_failed, unavailable};
use super::item::{Item, item, key, number, reader, text};
use super::query::Partition;

/// Reads a request; whatever else lies in the partition is not one.
pub(super) fn from_item(item: &Item) -> Option<MediaRequest> {
    table::request(&reader(item))
}

#[async_trait]
impl RequestStore for DynamoStore {
    async fn add_request(&self, request: &MediaRequest) -> Result<bool, StoreError> {
        let put = self
            .client()
            .put_item()
            .table_name(self.table())
            .set_item(Some(item(table::request_item(request))))
            .condition_expression("attribute_not_exists(media_type)")
            .send()
            .await;
        match put {
            Ok(_) => {
                self.count_write().await;
                Ok(true)
            }
            Err(error) if condition_failed(&error) => Ok(false),
            Err(error) => Err(unavailable("keep a request")(error)),
        }
    }

    async fn remove_request(&self, of: MediaKey) -> Result<bool, StoreError> {
        let deleted = self
            .client()
            .delete_item()
            .table_name(self.table())
            .set_key(Some(key(&ItemKey::request(of))))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(unavailable("remove a request"))?;
        let was_there = deleted.attributes.is_some_and(|item| !item.is_empty());
        if was_there {
            self.count_write().await;
        }
        Ok(was_there)
    }

    async fn request(&self, of: MediaKey) -> Result<Option<MediaRequest>, StoreError> {
        Ok(self.get(&ItemKey::request(of), "read a request").await?.as_ref().and_then(from_item))
    }

    async fn requests(&self, wanted: Option<MediaType>) -> Result<Vec<MediaRequest>, StoreError> {
        let list = |media_type: MediaType| async move {
            if wanted.is_some_and(|wanted| wanted != media_type) {
                return Ok(Vec::new());
            }
            self.query(Partition::of(media_type.as_str()), "list the requests").await
        };
        let (movies, series) = tokio::try_join!(list(MediaType::Movie), list(MediaType::Tv))?;
        let mut requests: Vec<MediaRequest> = movies.iter().chain(&series).filter_map(from_item).collect();
        newest_first(&mut requests);
        Ok(requests)
    }

    async fn standings(&self, keys: &[MediaKey], now: Timestamp) -> Result<HashMap<MediaKey, Standing>, StoreError> {
        let wanted: HashSet<MediaKey> = keys.iter().copied().collect();
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = wanted.iter().flat_map(|of| [ItemKey::request(*of), ItemKey::library(*of)]);
        let generations = MediaType::ALL.map(ItemKey::generation);
        let items = self.batch_get(rows.chain(generations).collect(), "look up what is known of titles").await?;
        let floors = super::library::floors(&items, now);
        let mut standings: HashMap<MediaKey, Standing> =
            wanted.into_iter().map(|of| (of, Standing::default())).collect();
        for (of, standing) in &mut standings {
            standing.requested = items.contains_key(&ItemKey::request(*of));
            let row = items.get(&ItemKey::library(*of));
            standing.in_library = row.is_some_and(|row| floors.keeps(of.media_type, row));
        }
        Ok(standings)
    }

    async fn mark_added(
        &self,
        of: MediaKey,
        plex_guid: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<MediaRequest>, StoreError> {
        if let Some(guid) = plex_guid {
            // First, so that a request that carries a guid is always found by it.
            self.point_guid_at(guid, of, now).await?;
        }
        let mut update = self
            .client()
            .update_item()
            .table_name(self.table())
            .set_key(Some(key(&ItemKey::request(of))))
            .condition_expression("attribute_exists(media_type) AND attribute_not_exists(added_at)")
            .expression_attribute_values(":now", text(iso(now)))
            .return_values(ReturnValue::AllNew);
        update = match plex_guid {
            Some(guid) => update
                .update_expression("SET added_at = :now, plex_guid = :guid")
                .expression_attribute_values(":guid", text(guid)),
            None => update.update_expression("SET added_at = :now"),
        };
        match update.send().await {
            Ok(updated) => {
                self.count_write().await;
                Ok(updated.attributes.as_ref().and_then(from_item))
            }
            Err(error) if condition_failed(&error) => Ok(None),
            Err(error) => Err(unavailable("mark a request as added")(error)),
        }
    }

    async fn request_by_tvdb(&self, tvdb_id: u64) -> Result<Option<MediaRequest>, StoreError> {
        let found = self.look_up(&tvdb_lookup(tvdb_id)).await?.unwrap_or_default();
        let is_it = |request: &MediaRequest| request.media_type == MediaType::Tv && request.tvdb_id == Some(tvdb_id);
        if let Some(request) = found.iter().filter_map(from_item).find(is_it) {
            return Ok(Some(request));
        }
        if self.is_adopted().await? {
            return Ok(None);
        }
        // Requests of the old system don't carry the index's attribute.
        let old = Partition::of(MediaType::Tv.as_str()).matching(TVDB_ID, number(tvdb_id));
        Ok(self.query(old, "find a request by its TheTVDB id").await?.iter().filter_map(from_item).next())
    }
}

impl DynamoStore {
    /// Gives the requests of the old system the index's attribute, and lets their guids point at them, once.
    pub(super) async fn adopt_requests(&self, now: Timestamp) -> Result<(), StoreError> {
        const DOING: &str = "adopt the old requests";
        let series = self.query(Partition::of(MediaType::Tv.as_str()), DOING).await?;
        let films = self.query(Partition::of(MediaType::Movie.as_str()), DOING).await?;
        for request in series.iter().chain(&films).filter_map(from_item) {
            if let Some(guid) = &request.plex_guid {
                self.point_guid_at(guid, request.key(), now).await?;
            }
        }
        for item in series.iter().filter(|item| !item.contains_key(LOOKUP)) {
            let Some(MediaRequest { tvdb_id: Some(tvdb_id), tmdb_id, .. }) = from_item(item) else { continue };
            let update = self
                .client()
                .update_item()
                .table_name(self.table())
                .set_key(Some(key(&ItemKey::request(MediaKey::tv(tmdb_id)))))
                .update_expression("SET #lookup = :lookup")
                .condition_expression("attribute_exists(#sort)")
                .expression_attribute_names("#lookup", LOOKUP)
                .expression_attribute_names("#sort", SORT)
                .expression_attribute_values(":lookup", text(tvdb_lookup(tvdb_id)))
                .send()
                .await;
            match update {
                Err(error) if !condition_failed(&error) => return Err(unavailable("adopt an old request")(error)),
                _ => {}
            }
        }
        Ok(())
    }
}
