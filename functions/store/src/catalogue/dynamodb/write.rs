//! Writes: in batches, each row on its own responsibility.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use backon::{BackoffBuilder, ExponentialBuilder};
use stellarr_core::catalogue::{Row, RowKey, Stamp, Stored};
use stellarr_core::table::catalogue::{EXPIRES, ID, LIST};

use super::item::{self, FETCHED, Item, number};
use super::{DynamoCatalogue, words};

/// Items that one `BatchWriteItem` takes.
const ITEMS_AT_ONCE: usize = 25;

/// Renewals under way at once.
const RENEWALS_AT_ONCE: usize = 8;

/// Pauses between rounds for what DynamoDB left unprocessed: eight, from 50 ms to 3 s, each with jitter.
pub(super) fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(50))
        .with_max_delay(Duration::from_secs(3))
        .with_max_times(8)
        .with_jitter()
        .build()
}

impl DynamoCatalogue {
    pub(super) async fn put_rows(&self, rows: &[Row]) -> Stored {
        // A batch with one key twice is refused whole.
        let unique: BTreeMap<RowKey, &Row> = rows.iter().map(|row| (row.key(), row)).collect();
        let keys: Vec<RowKey> = unique.keys().copied().collect();
        let failed = self.put_items(unique.values().map(|row| item::from_row(row)).collect()).await;
        let failed: Vec<(RowKey, String)> =
            failed.into_iter().filter_map(|(index, cause)| Some((*keys.get(index)?, cause))).collect();
        Stored { written: keys.len() - failed.len(), failed }
    }

    /// Writes items of different keys. Returns the positions of those that could not be written, and why.
    pub(super) async fn put_items(&self, items: Vec<Item>) -> Vec<(usize, String)> {
        let mut failed = Vec::new();
        for (chunk, first) in items.chunks(ITEMS_AT_ONCE).zip((0..).step_by(ITEMS_AT_ONCE)) {
            match self.put_batch(chunk).await {
                Ok(left) => failed.extend(left.into_iter().map(|item| {
                    let index = chunk.iter().position(|other| same_key(other, &item)).unwrap_or_default();
                    (first + index, "it stayed unprocessed".to_owned())
                })),
                // One bad item fails its whole batch; one by one, it fails alone.
                Err(BatchError::Refused) => {
                    for (index, item) in chunk.iter().enumerate() {
                        if let Err(cause) = self.put_one(item.clone()).await {
                            failed.push((first + index, cause));
                        }
                    }
                }
                Err(BatchError::Unavailable(cause)) => {
                    failed.extend((0..chunk.len()).map(|index| (first + index, cause.clone())));
                }
            }
        }
        failed
    }

    /// Writes up to 25 items; returns those that stayed unprocessed.
    async fn put_batch(&self, items: &[Item]) -> Result<Vec<Item>, BatchError> {
        let mut left: Vec<WriteRequest> = items.iter().filter_map(|item| write_request(item.clone())).collect();
        let mut pauses = pauses();
        loop {
            let sent = self.client().batch_write_item().request_items(&self.table, left).send().await;
            let answer = sent.map_err(|error| match error.as_service_error().and_then(ProvideErrorMetadata::code) {
                Some("ValidationException" | "ItemCollectionSizeLimitExceededException") => BatchError::Refused,
                _ => BatchError::Unavailable(words(&error)),
            })?;
            left = answer.unprocessed_items.unwrap_or_default().remove(&self.table).unwrap_or_default();
            if left.is_empty() {
                return Ok(Vec::new());
            }
            match pauses.next() {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Ok(left.into_iter().filter_map(|request| Some(request.put_request?.item)).collect()),
            }
        }
    }

    async fn put_one(&self, item: Item) -> Result<(), String> {
        let sent = self.client().put_item().table_name(&self.table).set_item(Some(item)).send().await;
        sent.map(|_| ()).map_err(|error| words(&error))
    }

    pub(super) async fn renew_rows(&self, stamps: &[(RowKey, Stamp)]) -> Stored {
        let mut stored = Stored::default();
        for chunk in stamps.chunks(RENEWALS_AT_ONCE) {
            let renewals = chunk.iter().map(|(key, stamp)| async { (*key, self.renew_one(key, stamp).await) });
            for (key, renewed) in futures::future::join_all(renewals).await {
                match renewed {
                    Ok(true) => stored.written += 1,
                    Ok(false) => {}
                    Err(cause) => stored.failed.push((key, cause)),
                }
            }
        }
        stored
    }

    /// Returns false when the row is gone meanwhile.
    async fn renew_one(&self, key: &RowKey, stamp: &Stamp) -> Result<bool, String> {
        let sent = self
            .client()
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(key.list, key.tmdb_id)))
            .update_expression("SET #expires = :expires, #fetched = :fetched")
            .condition_expression("attribute_exists(#expires)")
            .expression_attribute_names("#expires", EXPIRES)
            .expression_attribute_names("#fetched", FETCHED)
            .expression_attribute_values(":expires", number(stamp.expires_at))
            .expression_attribute_values(":fetched", number(stamp.fetched_at))
            .send()
            .await;
        match sent {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
            Err(error) => Err(words(&error)),
        }
    }
}

enum BatchError {
    /// Something in the batch is wrong.
    Refused,
    /// The table did not answer.
    Unavailable(String),
}

fn write_request(item: Item) -> Option<WriteRequest> {
    let put = PutRequest::builder().set_item(Some(item)).build().ok()?;
    Some(WriteRequest::builder().put_request(put).build())
}

fn same_key(a: &Item, b: &Item) -> bool {
    a.get(LIST) == b.get(LIST) && a.get(ID) == b.get(ID)
}
