//! Reads that take more than one call: a partition in pages, a batch until nothing of it is left.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, WriteRequest};
use stellarr_core::store::StoreError;
use stellarr_core::table::requests::{ItemKey, LOOKUP, LOOKUP_INDEX, PARTITION};

use super::DynamoStore;
use super::error::{no_index, unavailable};
use super::item::{Item, get_key, key, text};

/// Rounds in which a batch may bring what DynamoDB left unprocessed, with 0.05 to 1.6 seconds between them.
const MAX_ROUNDS: u32 = 7;

/// Batches that are on their way together.
const BATCHES_AT_ONCE: usize = 4;

/// Says which items of a partition are wanted.
pub(super) struct Partition<'a> {
    name: &'a str,
    filter: Option<(&'a str, AttributeValue)>,
    only: Option<&'a [&'a str]>,
}

impl<'a> Partition<'a> {
    /// All items.
    pub(super) const fn of(name: &'a str) -> Self {
        Self { name, filter: None, only: None }
    }

    /// Of each item only these attributes; none of their names is one of DynamoDB's reserved words.
    pub(super) const fn only(mut self, attributes: &'a [&'a str]) -> Self {
        self.only = Some(attributes);
        self
    }

    /// The items whose attribute has a value.
    pub(super) fn matching(mut self, attribute: &'a str, value: AttributeValue) -> Self {
        self.filter = Some((attribute, value));
        self
    }
}

impl DynamoStore {
    /// Reads one item.
    pub(super) async fn get(&self, of: &ItemKey, doing: &'static str) -> Result<Option<Item>, StoreError> {
        let got = self
            .client()
            .get_item()
            .table_name(self.table())
            .set_key(Some(key(of)))
            .consistent_read(true)
            .send()
            .await
            .map_err(unavailable(doing))?;
        Ok(got.item.filter(|item| !item.is_empty()))
    }

    /// Reads a partition, all its pages.
    pub(super) async fn query(&self, of: Partition<'_>, doing: &'static str) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let mut query = self
                .client()
                .query()
                .table_name(self.table())
                .key_condition_expression("#partition = :partition")
                .expression_attribute_names("#partition", PARTITION)
                .expression_attribute_values(":partition", text(of.name))
                .consistent_read(true)
                .set_projection_expression(of.only.map(|names| names.join(", ")))
                .set_exclusive_start_key(start);
            if let Some((attribute, value)) = &of.filter {
                query = query
                    .filter_expression("#wanted = :wanted")
                    .expression_attribute_names("#wanted", *attribute)
                    .expression_attribute_values(":wanted", value.clone());
            }
            let page = query.send().await.map_err(unavailable(doing))?;
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(items);
            }
        }
    }

    /// Reads the items with an index key; `None` when the table has no index yet.
    pub(super) async fn look_up(&self, value: &str) -> Result<Option<Vec<Item>>, StoreError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let page = self
                .client()
                .query()
                .table_name(self.table())
                .index_name(LOOKUP_INDEX)
                .key_condition_expression("#lookup = :lookup")
                .expression_attribute_names("#lookup", LOOKUP)
                .expression_attribute_values(":lookup", text(value))
                .set_exclusive_start_key(start)
                .send()
                .await;
            let page = match page {
                Ok(page) => page,
                Err(error) if no_index(&error) => return Ok(None),
                Err(error) => return Err(unavailable("look something up in the index")(error)),
            };
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(Some(items));
            }
        }
    }

    /// Reads many items by their keys.
    pub(super) async fn batch_get(
        &self,
        keys: HashSet<ItemKey>,
        doing: &'static str,
    ) -> Result<HashMap<ItemKey, Item>, StoreError> {
        let keys: Vec<Item> = keys.iter().map(key).collect();
        let mut found = HashMap::with_capacity(keys.len());
        for together in keys.chunks(100 * BATCHES_AT_ONCE) {
            let batches: Vec<&[Item]> = together.chunks(100).collect();
            let [a, b, c, d] = [0, 1, 2, 3].map(|n| self.get_chunk(batches.get(n).copied().unwrap_or_default(), doing));
            let (a, b, c, d) = tokio::try_join!(a, b, c, d)?;
            let items = a.into_iter().chain(b).chain(c).chain(d);
            found.extend(items.filter_map(|item| Some((get_key(&item)?, item))));
        }
        Ok(found)
    }

    async fn get_chunk(&self, keys: &[Item], doing: &'static str) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::with_capacity(keys.len());
        let mut left = keys.to_vec();
        for round in 0..MAX_ROUNDS {
            if left.is_empty() {
                return Ok(items);
            }
            pause_before(round).await;
            let wanted = KeysAndAttributes::builder().set_keys(Some(left)).consistent_read(true).build();
            let wanted = wanted.map_err(|error| StoreError::Unavailable { doing, cause: error.to_string() })?;
            let got = self
                .client()
                .batch_get_item()
                .request_items(self.table(), wanted)
                .send()
                .await
                .map_err(unavailable(doing))?;
            items.extend(got.responses.unwrap_or_default().remove(self.table()).unwrap_or_default());
            left = got
                .unprocessed_keys
                .unwrap_or_default()
                .remove(self.table())
                .map(|unprocessed| unprocessed.keys)
                .unwrap_or_default();
        }
        if left.is_empty() {
            return Ok(items);
        }
        Err(StoreError::Unavailable { doing, cause: format!("{} keys stayed unprocessed", left.len()) })
    }

    /// Writes or deletes many items; no two of them may have the same key.
    pub(super) async fn batch_write(&self, requests: Vec<WriteRequest>, doing: &'static str) -> Result<(), StoreError> {
        let total = requests.len();
        let mut left = 0;
        for together in requests.chunks(25 * BATCHES_AT_ONCE) {
            let batches: Vec<&[WriteRequest]> = together.chunks(25).collect();
            let [a, b, c, d] =
                [0, 1, 2, 3].map(|n| self.write_chunk(batches.get(n).copied().unwrap_or_default(), doing));
            let (a, b, c, d) = tokio::try_join!(a, b, c, d)?;
            left += a + b + c + d;
        }
        if left == 0 { Ok(()) } else { Err(StoreError::Incomplete { left, total }) }
    }

    /// Returns how many could not be written.
    async fn write_chunk(&self, requests: &[WriteRequest], doing: &'static str) -> Result<usize, StoreError> {
        let mut left = requests.to_vec();
        for round in 0..MAX_ROUNDS {
            if left.is_empty() {
                return Ok(0);
            }
            pause_before(round).await;
            let written = self
                .client()
                .batch_write_item()
                .request_items(self.table(), left)
                .send()
                .await
                .map_err(unavailable(doing))?;
            left = written.unprocessed_items.unwrap_or_default().remove(self.table()).unwrap_or_default();
        }
        Ok(left.len())
    }
}

async fn pause_before(round: u32) {
    if let Some(doublings) = round.checked_sub(1) {
        tokio::time::sleep(Duration::from_millis(50 << doublings)).await;
    }
}
