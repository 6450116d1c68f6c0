//! The library, and its replacement by generation.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, WriteRequest};
use stellarr_core::library::{Generation, LibraryIds, LibraryItem};
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::store::StoreError;
use stellarr_core::time::{Timestamp, iso, parse_iso};

use super::DynamoStore;
use super::error::unavailable;
use super::item::{Item, get_number, get_text, key, number, put_number, put_text, text};
use super::keys::{Key, SORT, library_partition};
use super::query::Partition;

/// Knows which rows count as gone because a generation was left open.
pub(super) struct Overdue {
    opened_at: HashMap<MediaType, i64>,
}

/// Finds the generations that were left open too long among the items.
pub(super) fn overdue(items: &HashMap<Key, Item>, now: Timestamp) -> Overdue {
    let opened_at = MediaType::ALL.into_iter().filter_map(|media_type| {
        let generation = generation_from(items.get(&Key::generation(media_type))?)?;
        generation.is_overdue(now.as_microsecond()).then_some((media_type, generation.opened_at))
    });
    Overdue { opened_at: opened_at.collect() }
}

impl Overdue {
    /// Tells whether a row still counts.
    pub(super) fn keeps(&self, media_type: MediaType, row: &Item) -> bool {
        self.opened_at.get(&media_type).is_none_or(|opened_at| synced_at(row) >= *opened_at)
    }
}

fn synced_at(row: &Item) -> i64 {
    get_text(row, "synced_at").and_then(|text| parse_iso(&text)).map_or(i64::MIN, Timestamp::as_microsecond)
}

fn generation_from(item: &Item) -> Option<Generation> {
    Some(Generation {
        opened_at: get_number(item, "opened_at")?,
        received: get_number(item, "received").unwrap_or_default(),
    })
}

impl DynamoStore {
    pub(super) async fn library(&self, now: Timestamp) -> Result<LibraryIds, StoreError> {
        const DOING: &str = "list the library";
        let generations = self.batch_get(MediaType::ALL.map(Key::generation).into(), DOING);
        let ids =
            |media_type| self.query(Partition::of(library_partition(media_type)).only(&[SORT, "synced_at"]), DOING);
        let (movies, series) = (ids(MediaType::Movie), ids(MediaType::Tv));
        let (generations, movies, series) = tokio::try_join!(generations, movies, series)?;
        let overdue = overdue(&generations, now);
        let ids = |media_type: MediaType, rows: Vec<Item>| {
            rows.into_iter()
                .filter(|row| overdue.keeps(media_type, row))
                .filter_map(|row| get_number(&row, SORT))
                .collect()
        };
        Ok(LibraryIds { movie: ids(MediaType::Movie, movies), tv: ids(MediaType::Tv, series) })
    }

    pub(super) async fn shelve(&self, items: &[LibraryItem], now: Timestamp) -> Result<usize, StoreError> {
        const DOING: &str = "put titles into the library";
        let rows: BTreeMap<MediaKey, &LibraryItem> = items.iter().map(|item| (item.key(), item)).collect();
        if rows.is_empty() {
            return Ok(0);
        }
        let generations = self.batch_get(MediaType::ALL.map(Key::generation).into(), DOING).await?;
        let open = |media_type| generations.get(&Key::generation(media_type)).and_then(generation_from);
        let mut requests = Vec::with_capacity(rows.len());
        for item in rows.values() {
            // A row must not look older than the generation that it belongs to, whatever this machine's clock says.
            let opened_at = open(item.media_type).map_or(i64::MIN, |generation| generation.opened_at);
            let moment = Timestamp::from_microsecond(now.as_microsecond().max(opened_at)).unwrap_or(now);
            let mut row = key(&Key::library(item.key()));
            row.insert("synced_at".to_owned(), text(iso(moment)));
            put_number(&mut row, "tvdb_id", item.tvdb_id);
            put_text(&mut row, "title", item.title.as_deref());
            let put = PutRequest::builder()
                .set_item(Some(row))
                .build()
                .map_err(|error| StoreError::Unavailable { doing: DOING, cause: error.to_string() })?;
            requests.push(WriteRequest::builder().put_request(put).build());
        }
        let written = self.batch_write(requests, DOING).await;
        if written.is_err() {
            // Some of them may be there.
            self.count_write().await;
        }
        written?;
        for media_type in MediaType::ALL {
            let count = rows.keys().filter(|key| key.media_type == media_type).count();
            if count > 0 && open(media_type).is_some() {
                self.count_received(media_type, count).await?;
            }
        }
        self.count_write().await;
        Ok(rows.len())
    }

    async fn count_received(&self, media_type: MediaType, count: usize) -> Result<(), StoreError> {
        let update = self
            .client()
            .update_item()
            .table_name(self.table())
            .set_key(Some(key(&Key::generation(media_type))))
            .update_expression("ADD received :count")
            .condition_expression("attribute_exists(opened_at)")
            .expression_attribute_values(":count", number(count))
            .send()
            .await;
        match update {
            Err(error) if !super::error::condition_failed(&error) => {
                Err(unavailable("count the rows of a generation")(error))
            }
            _ => Ok(()),
        }
    }

    pub(super) async fn open_generation(&self, media_type: MediaType, now: Timestamp) -> Result<(), StoreError> {
        let mut item = key(&Key::generation(media_type));
        item.insert("opened_at".to_owned(), number(now.as_microsecond()));
        item.insert("received".to_owned(), number(0));
        self.put(item, "open a generation of the library").await
    }

    pub(super) async fn close_generation(&self, media_type: MediaType) -> Result<usize, StoreError> {
        const DOING: &str = "sweep the library";
        let of = Key::generation(media_type);
        let Some(generation) = self.get(&of, DOING).await?.as_ref().and_then(generation_from) else { return Ok(0) };
        let mut requests = Vec::new();
        if generation.received > 0 {
            for row in self.query(Partition::of(library_partition(media_type)), DOING).await? {
                let Some(tmdb_id) = get_number(&row, SORT).filter(|_| synced_at(&row) < generation.opened_at) else {
                    continue;
                };
                let row = key(&Key::library(MediaKey::new(media_type, tmdb_id)));
                let delete = DeleteRequest::builder()
                    .set_key(Some(row))
                    .build()
                    .map_err(|error| StoreError::Unavailable { doing: DOING, cause: error.to_string() })?;
                requests.push(WriteRequest::builder().delete_request(delete).build());
            }
        }
        let swept = requests.len();
        self.batch_write(requests, DOING).await?;
        // Last, so that a sweep that was cut short is taken up by the next `final`.
        self.delete(&of, "close a generation of the library").await?;
        self.count_write().await;
        Ok(swept)
    }
}
