//! The library, and its replacement by generation.

use async_trait::async_trait;
use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use futures::{StreamExt as _, TryStreamExt as _};
use stellarr_core::library::{Generations, LibraryIds, LibraryItem, Settled};
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::store::{LibraryStore, StoreError};
use stellarr_core::table::requests::{ItemKey, SORT, SYNCED_AT, library_item, library_partition};
use stellarr_core::time::{Timestamp, iso, parse_iso};

use super::DynamoStore;
use super::error::{condition_failed, unavailable};
use super::item::{Item, get_number, get_numbers, get_text, key, number, numbers};
use super::query::Partition;

/// Knows since when the rows of each media type count.
pub(super) struct Floors(HashMap<MediaType, i64>);

/// Finds since when rows count among the items.
pub(super) fn floors(items: &HashMap<ItemKey, Item>, now: Timestamp) -> Floors {
    let floor = |of: MediaType| generations_from(items.get(&ItemKey::generation(of))).floor_at(now.as_microsecond());
    Floors(MediaType::ALL.into_iter().map(|of| (of, floor(of))).collect())
}

impl Floors {
    /// Tells whether a row still counts.
    pub(super) fn keeps(&self, media_type: MediaType, row: &Item) -> bool {
        self.0.get(&media_type).is_none_or(|floor| synced_at(row) >= *floor)
    }
}

/// A row whose time can't be read is as old as can be, but belongs to no generation that has ended.
fn synced_at(row: &Item) -> i64 {
    get_text(row, SYNCED_AT).and_then(|text| parse_iso(&text)).map_or(0, Timestamp::as_microsecond)
}

/// The moments at which the open generations were opened, and of those that brought rows, lie in two sets, so that
/// each change is one update that others can't undo.
fn generations_from(item: Option<&Item>) -> Generations {
    let Some(item) = item else { return Generations::default() };
    let floor = get_number(item, "floor").unwrap_or_default();
    let filled = get_numbers(item, "filled");
    let mut open: BTreeMap<i64, bool> =
        get_numbers(item, "openings").into_iter().map(|opened_at| (opened_at, filled.contains(&opened_at))).collect();
    // Earlier versions kept the last one only.
    if let Some(opened_at) = get_number(item, "opened_at") {
        open.insert(opened_at, get_number(item, "received").is_some_and(|received: u64| received > 0));
    }
    open.retain(|opened_at, _| *opened_at > floor);
    Generations { floor, open }
}

#[async_trait]
impl LibraryStore for DynamoStore {
    async fn library(&self, now: Timestamp) -> Result<LibraryIds, StoreError> {
        const DOING: &str = "list the library";
        let generations = self.batch_get(MediaType::ALL.map(ItemKey::generation).into(), DOING);
        let ids = |media_type| self.query(Partition::of(library_partition(media_type)).only(&[SORT, SYNCED_AT]), DOING);
        let (movies, series) = (ids(MediaType::Movie), ids(MediaType::Tv));
        let (generations, movies, series) = tokio::try_join!(generations, movies, series)?;
        let floors = floors(&generations, now);
        let ids = |media_type: MediaType, rows: Vec<Item>| {
            rows.into_iter()
                .filter(|row| floors.keeps(media_type, row))
                .filter_map(|row| get_number(&row, SORT))
                .collect()
        };
        Ok(LibraryIds { movie: ids(MediaType::Movie, movies), tv: ids(MediaType::Tv, series) })
    }

    async fn put_titles(&self, items: &[LibraryItem], now: Timestamp) -> Result<usize, StoreError> {
        self.put_rows(items, now, false).await
    }

    async fn put_synced_titles(&self, items: &[LibraryItem], now: Timestamp) -> Result<usize, StoreError> {
        self.put_rows(items, now, true).await
    }

    async fn open_generation(&self, media_type: MediaType, now: Timestamp) -> Result<(), StoreError> {
        const DOING: &str = "open a generation of the library";
        let item = self.get(&ItemKey::generation(media_type), DOING).await?;
        let mut generations = generations_from(item.as_ref());
        let settled = generations.before_opening(now.as_microsecond());
        self.settle(media_type, &settled).await?;
        generations.settle(&settled);
        generations.open.insert(now.as_microsecond(), false);
        let of_earlier = item.is_some_and(|item| item.contains_key("opened_at"));
        let mut update = self.generation(media_type);
        let (opened, filled): (Vec<i64>, Vec<i64>) = if of_earlier {
            let filled = generations.open.iter().filter(|(_, filled)| **filled).map(|(opened_at, _)| *opened_at);
            (generations.open.keys().copied().collect(), filled.collect())
        } else {
            (vec![now.as_microsecond()], Vec::new())
        };
        let mut expression = "REMOVE opened_at, received ADD openings :opened".to_owned();
        if !filled.is_empty() {
            expression.push_str(", filled :filled");
            update = update.expression_attribute_values(":filled", numbers(&filled));
        }
        let update = update.update_expression(expression).expression_attribute_values(":opened", numbers(&opened));
        update.send().await.map_err(unavailable(DOING))?;
        Ok(())
    }

    async fn close_generation(&self, media_type: MediaType) -> Result<usize, StoreError> {
        let item = self.get(&ItemKey::generation(media_type), "sweep the library").await?;
        self.settle(media_type, &generations_from(item.as_ref()).closing()).await
    }
}

impl DynamoStore {
    async fn put_rows(&self, items: &[LibraryItem], now: Timestamp, of_sync: bool) -> Result<usize, StoreError> {
        const DOING: &str = "put titles into the library";
        let rows: BTreeMap<MediaKey, &LibraryItem> = items.iter().map(|item| (item.key(), item)).collect();
        if rows.is_empty() {
            return Ok(0);
        }
        let generations = self.batch_get(MediaType::ALL.map(ItemKey::generation).into(), DOING).await?;
        let of = |media_type| generations_from(generations.get(&ItemKey::generation(media_type)));
        let generations = MediaType::ALL.map(|media_type| (media_type, of(media_type)));
        let mut requests = Vec::with_capacity(rows.len());
        for item in rows.values() {
            let newest = generations.iter().find(|(of, _)| *of == item.media_type).map_or(0, |(_, of)| of.newest());
            let moment = Timestamp::from_microsecond(now.as_microsecond().max(newest)).unwrap_or(now);
            let put = PutRequest::builder()
                .set_item(Some(super::item::item(library_item(item, &iso(moment)))))
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
        for (media_type, generations) in generations.iter().filter(|_| of_sync) {
            if let Some((newest, false)) = generations.open.last_key_value()
                && rows.keys().any(|key| key.media_type == *media_type)
            {
                let update = self.generation(*media_type).update_expression("ADD filled :newest");
                let update = update.expression_attribute_values(":newest", numbers(&[*newest]));
                update.send().await.map_err(unavailable("note the rows of a generation"))?;
            }
        }
        self.count_write().await;
        Ok(rows.len())
    }

    fn generation(&self, of: MediaType) -> UpdateItemFluentBuilder {
        self.client().update_item().table_name(self.table()).set_key(Some(key(&ItemKey::generation(of))))
    }

    /// Deletes what is older than the new floor, if there is one, and then notes what was settled: a sweep that was cut
    /// short is taken up by the next one.
    async fn settle(&self, media_type: MediaType, settled: &Settled) -> Result<usize, StoreError> {
        if settled.over.is_empty() && settled.floor.is_none() {
            return Ok(0);
        }
        let swept = match settled.floor {
            Some(floor) => self.sweep(media_type, floor).await?,
            None => 0,
        };
        let mut update = self.generation(media_type);
        let mut expression = "REMOVE opened_at, received".to_owned();
        if let Some(floor) = settled.floor {
            expression.push_str(" SET floor = :floor");
            update = update
                .condition_expression("attribute_not_exists(floor) OR floor < :floor")
                .expression_attribute_values(":floor", number(floor));
        }
        if !settled.over.is_empty() {
            expression.push_str(" DELETE openings :over, filled :over");
            update = update.expression_attribute_values(":over", numbers(&settled.over));
        }
        match update.update_expression(expression).send().await {
            // Somebody else has raised it higher; what was open before that is open no more.
            Err(error) if !condition_failed(&error) => Err(unavailable("close a generation of the library")(error)),
            _ => Ok(swept),
        }
    }

    /// Deletes the rows synced before a moment, unless one is put again meanwhile.
    async fn sweep(&self, media_type: MediaType, floor: i64) -> Result<usize, StoreError> {
        const DOING: &str = "sweep the library";
        /// Deletions that are on their way together.
        const DELETIONS_AT_ONCE: usize = 16;
        let rows = self.query(Partition::of(library_partition(media_type)).only(&[SORT, SYNCED_AT]), DOING).await?;
        let gone = rows.into_iter().filter(|row| synced_at(row) < floor);
        let deletions = gone.filter_map(|mut row| {
            let of = ItemKey::library(MediaKey::new(media_type, get_number(&row, SORT)?));
            let mut delete = self.client().delete_item().table_name(self.table()).set_key(Some(key(&of)));
            delete = match row.remove(SYNCED_AT) {
                Some(seen) => {
                    delete.condition_expression("synced_at = :seen").expression_attribute_values(":seen", seen)
                }
                None => delete.condition_expression("attribute_not_exists(synced_at)"),
            };
            Some(delete.send())
        });
        let deleted =
            futures::stream::iter(deletions).buffer_unordered(DELETIONS_AT_ONCE).map(|deleted| match deleted {
                Ok(_) => Ok(1),
                Err(error) if condition_failed(&error) => Ok(0),
                Err(error) => Err(unavailable(DOING)(error)),
            });
        let swept = deleted.try_fold(0, |sum, one| async move { Ok(sum + one) }).await;
        self.count_write().await;
        swept
    }
}
