//! What Plex's guids stand for.

use async_trait::async_trait;
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::request::MediaRequest;
use stellarr_core::store::{GuidStore, KnownIds, RequestStore, StoreError};
use stellarr_core::time::{Timestamp, iso};

use super::DynamoStore;
use super::error::unavailable;
use super::item::{Item, get_number, get_text, key, number, text};
use super::keys::{Key, OLD_GUIDS};
use super::query::Partition;

fn known_from(item: &Item) -> Option<KnownIds> {
    let known = KnownIds { tmdb_id: get_number(item, "show_tmdb_id"), tvdb_id: get_number(item, "show_tvdb_id") };
    (!known.is_empty()).then_some(known)
}

#[async_trait]
impl GuidStore for DynamoStore {
    async fn known_ids(&self, guid: &str) -> Result<Option<KnownIds>, StoreError> {
        const DOING: &str = "look up a Plex guid";
        if let Some(item) = self.get(&Key::guid(guid), DOING).await?
            && let Some(known) = known_from(&item)
        {
            return Ok(Some(known));
        }
        // The old system kept them all in one partition, under numbers that can't be computed again.
        let old = self.query(Partition::of(OLD_GUIDS).matching("plex_guid", text(guid)), DOING).await?;
        Ok(old.iter().find_map(known_from))
    }

    async fn remember_ids(&self, guid: &str, ids: KnownIds, now: Timestamp) -> Result<(), StoreError> {
        let mut update = self
            .client()
            .update_item()
            .table_name(self.table())
            .set_key(Some(key(&Key::guid(guid))))
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
        let item = self.get(&Key::guid(guid), DOING).await?;
        let pointed = item.and_then(|item| {
            let media_type = get_text(&item, "request_type")?.parse().ok()?;
            Some(MediaKey::new(media_type, get_number(&item, "request_id")?))
        });
        if let Some(of) = pointed {
            let request = self.request(of).await?;
            return Ok(request.filter(|request| request.plex_guid.as_deref() == Some(guid)));
        }
        if self.is_adopted().await? {
            return Ok(None);
        }
        // Requests of the old system hold their guid, and nothing points at them.
        for media_type in MediaType::ALL {
            let old = Partition::of(media_type.as_str()).matching("plex_guid", text(guid));
            if let Some(request) = self.query(old, DOING).await?.iter().find_map(super::requests::from_item) {
                return Ok(Some(request));
            }
        }
        Ok(None)
    }
}

impl DynamoStore {
    /// Notes which request a guid was seen with.
    pub(super) async fn point_guid_at(&self, guid: &str, of: MediaKey, now: Timestamp) -> Result<(), StoreError> {
        self.client()
            .update_item()
            .table_name(self.table())
            .set_key(Some(key(&Key::guid(guid))))
            .update_expression("SET plex_guid = :guid, cached_at = :now, request_type = :type, request_id = :id")
            .expression_attribute_values(":guid", text(guid))
            .expression_attribute_values(":now", text(iso(now)))
            .expression_attribute_values(":type", text(of.media_type.as_str()))
            .expression_attribute_values(":id", number(of.tmdb_id))
            .send()
            .await
            .map_err(unavailable("note the request of a Plex guid"))?;
        Ok(())
    }
}
