//! What Plex's guids stand for.

use async_trait::async_trait;
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::request::MediaRequest;
use stellarr_core::store::{GuidStore, KnownIds, RequestStore, StoreError};
use stellarr_core::table::requests::{self as table, ItemKey, OLD_GUIDS, PARTITION, PLEX_GUID, SORT};
use stellarr_core::time::{Timestamp, iso};

use super::DynamoStore;
use super::error::unavailable;
use super::item::{Item, get_number, key, number, reader, text, to_sdk};
use super::query::Partition;

fn known_from(item: &Item) -> Option<KnownIds> {
    let known = KnownIds { tmdb_id: get_number(item, "show_tmdb_id"), tvdb_id: get_number(item, "show_tvdb_id") };
    (!known.is_empty()).then_some(known)
}

#[async_trait]
impl GuidStore for DynamoStore {
    async fn known_ids(&self, guid: &str) -> Result<Option<KnownIds>, StoreError> {
        const DOING: &str = "look up a Plex guid";
        if let Some(item) = self.get(&ItemKey::guid(guid), DOING).await?
            && let Some(known) = known_from(&item)
        {
            return Ok(Some(known));
        }
        // The old system kept them all in one partition, under numbers that can't be computed again.
        let old = self.query(Partition::of(OLD_GUIDS).matching(PLEX_GUID, text(guid)), DOING).await?;
        Ok(old.iter().find_map(known_from))
    }

    async fn remember_ids(&self, guid: &str, ids: KnownIds, now: Timestamp) -> Result<(), StoreError> {
        let mut update = self
            .client()
            .update_item()
            .table_name(self.table())
            .set_key(Some(key(&ItemKey::guid(guid))))
            .expression_attribute_values(":guid", text(guid))
            .expression_attribute_values(":now", text(iso(now)));
        let mut expression = "SET plex_guid = :guid, cached_at = :now".to_owned();
        for (name, placeholder, value) in
            [("show_tmdb_id", ":tmdb", ids.tmdb_id), ("show_tvdb_id", ":tvdb", ids.tvdb_id)]
        {
            if let Some(value) = value {
                expression.push_str(&format!(", {name} = {placeholder}"));
                update = update.expression_attribute_values(placeholder, number(value));
            }
        }
        update.update_expression(expression).send().await.map_err(unavailable("remember a Plex guid"))?;
        Ok(())
    }

    async fn request_by_guid(&self, guid: &str) -> Result<Option<MediaRequest>, StoreError> {
        const DOING: &str = "find a request by its Plex guid";
        let item = self.get(&ItemKey::guid(guid), DOING).await?;
        if let Some(of) = item.and_then(|item| table::guid_request(&reader(&item))) {
            let request = self.request(of).await?;
            return Ok(request.filter(|request| request.plex_guid.as_deref() == Some(guid)));
        }
        if self.is_adopted().await? {
            return Ok(None);
        }
        // Requests of the old system hold their guid, and nothing points at them.
        for media_type in MediaType::ALL {
            let old = Partition::of(media_type.as_str()).matching(PLEX_GUID, text(guid));
            if let Some(request) = self.query(old, DOING).await?.iter().find_map(super::requests::from_item) {
                return Ok(Some(request));
            }
        }
        Ok(None)
    }
}

impl DynamoStore {
    /// Notes which request a guid was seen with. What is known of the guid's ids stays.
    pub(super) async fn point_guid_at(&self, guid: &str, of: MediaKey, now: Timestamp) -> Result<(), StoreError> {
        let now = iso(now);
        let attributes = table::guid_item(guid, of, &now).0.into_iter();
        let mut update = self.client().update_item().table_name(self.table()).set_key(Some(key(&ItemKey::guid(guid))));
        let mut assignments = Vec::new();
        for (name, value) in attributes.filter(|(name, _)| ![PARTITION, SORT].contains(name)) {
            assignments.push(format!("{name} = :{name}"));
            update = update.expression_attribute_values(format!(":{name}"), to_sdk(value));
        }
        update
            .update_expression(format!("SET {}", assignments.join(", ")))
            .send()
            .await
            .map_err(unavailable("note the request of a Plex guid"))?;
        Ok(())
    }
}
