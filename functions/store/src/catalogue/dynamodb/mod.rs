//! The catalogue in its own DynamoDB table; its keys are described in [`stellarr_core::catalogue`].

mod item;
mod write;

use std::collections::HashMap;
use std::sync::OnceLock;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::KeysAndAttributes;
use stellarr_core::catalogue::{
    Catalogue, CatalogueError, CatalogueSummary, Cursor, ListId, ListSummary, Row, RowKey, RowPage, Stamp, Stored,
    TitleFacts,
};
use stellarr_core::media::MediaType;
use stellarr_core::table::catalogue::{BEST_FIRST_INDEX, EXPIRES, ID, LIST, SCORE, SUMMARY, SUMMARY_BODY};

use item::{DIGEST, FETCHED, Item, number, string};

/// Keys that one `BatchGetItem` takes.
const KEYS_AT_ONCE: usize = 100;

/// Keeps the catalogue in a DynamoDB table. Makes its client when it is first needed.
pub struct DynamoCatalogue {
    table: String,
    client: OnceLock<Client>,
}

impl DynamoCatalogue {
    /// Uses a table through a client that is configured by the environment, when it is first needed.
    #[must_use]
    pub fn lazy(table: impl Into<String>) -> Self {
        Self { table: table.into(), client: OnceLock::new() }
    }

    /// Uses a table through a given client.
    #[must_use]
    pub fn new(table: impl Into<String>, client: Client) -> Self {
        let catalogue = Self::lazy(table);
        // The cell is empty, so this can't fail.
        let _ = catalogue.client.set(client);
        catalogue
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| Client::new(&crate::aws::sdk_config()))
    }

    /// Reads items by their keys, asking again for those that DynamoDB left out.
    async fn batch_get(
        &self,
        keys: Vec<Item>,
        projection: Option<&str>,
        doing: &'static str,
    ) -> Result<Vec<Item>, CatalogueError> {
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(KEYS_AT_ONCE) {
            let mut left = chunk.to_vec();
            let mut pauses = write::pauses();
            loop {
                let mut wanted = KeysAndAttributes::builder().set_keys(Some(left));
                if let Some(projection) = projection {
                    wanted = wanted
                        .projection_expression(projection)
                        .expression_attribute_names("#list", LIST)
                        .expression_attribute_names("#expires", EXPIRES);
                }
                let wanted = wanted.build().map_err(|error| CatalogueError { doing, cause: error.to_string() })?;
                let answer = self
                    .client()
                    .batch_get_item()
                    .request_items(&self.table, wanted)
                    .send()
                    .await
                    .map_err(|error| unavailable(doing, &error))?;
                found.extend(answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default());
                left = answer
                    .unprocessed_keys
                    .unwrap_or_default()
                    .remove(&self.table)
                    .map(|unprocessed| unprocessed.keys)
                    .unwrap_or_default();
                if left.is_empty() {
                    break;
                }
                match pauses.next() {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => {
                        let cause = format!("{} keys stayed unprocessed", left.len());
                        return Err(CatalogueError { doing, cause });
                    }
                }
            }
        }
        Ok(found)
    }

    /// Reads a whole partition of the table, page by page, and folds each item away, so that memory stays flat. What was
    /// written a moment ago is seen: the run that counts a list has just filled it. (The index, which [`Catalogue::page`]
    /// reads, can't promise that; it is some moments behind, and readers take what is there.)
    async fn fold<T>(
        &self,
        list: &str,
        doing: &'static str,
        mut state: T,
        mut fold: impl FnMut(&mut T, &Item),
    ) -> Result<T, CatalogueError> {
        let mut start = None;
        loop {
            let page = self
                .client()
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression("#list = :list")
                .expression_attribute_names("#list", LIST)
                .expression_attribute_values(":list", string(list))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| unavailable(doing, &error))?;
            page.items().iter().for_each(|item| fold(&mut state, item));
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(state);
            }
        }
    }
}

#[async_trait]
impl Catalogue for DynamoCatalogue {
    async fn page(
        &self,
        list: ListId,
        limit: usize,
        after: Option<Cursor>,
        now: u64,
    ) -> Result<RowPage, CatalogueError> {
        const DOING: &str = "read a list";
        let mut rows = Vec::with_capacity(limit);
        let mut start = after.map(|after| {
            let mut start = item::key(list, after.tmdb_id);
            start.insert(SCORE.to_owned(), number(after.score));
            start
        });
        while rows.len() < limit {
            let wanted = i32::try_from(limit - rows.len()).unwrap_or(i32::MAX);
            let page = self
                .client()
                .query()
                .table_name(&self.table)
                .index_name(BEST_FIRST_INDEX)
                .key_condition_expression("#list = :list")
                // DynamoDB deletes expired items within days, not at once.
                .filter_expression("#expires > :now")
                .expression_attribute_names("#list", LIST)
                .expression_attribute_names("#expires", EXPIRES)
                .expression_attribute_values(":list", string(list.to_string()))
                .expression_attribute_values(":now", number(now))
                .scan_index_forward(false)
                .limit(wanted)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| unavailable(DOING, &error))?;
            rows.extend(page.items().iter().filter_map(item::to_row));
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(RowPage { rows, next: None });
            }
        }
        let next = start.and_then(|start| {
            Some(Cursor { score: item::get_number(&start, SCORE)?, tmdb_id: item::get_number(&start, ID)? })
        });
        Ok(RowPage { rows, next })
    }

    async fn stamps(&self, keys: &[RowKey]) -> Result<HashMap<RowKey, Stamp>, CatalogueError> {
        let mut unique: Vec<RowKey> = keys.to_vec();
        unique.sort_unstable();
        unique.dedup();
        let keys = unique.iter().map(|key| item::key(key.list, key.tmdb_id)).collect();
        let projection = format!("#list, {ID}, #expires, {FETCHED}, {DIGEST}");
        let items = self.batch_get(keys, Some(&projection), "see what has changed").await?;
        Ok(items.iter().filter_map(item::to_stamp).collect())
    }

    async fn put(&self, rows: &[Row]) -> Stored {
        self.put_rows(rows).await
    }

    async fn renew(&self, stamps: &[(RowKey, Stamp)]) -> Stored {
        self.renew_rows(stamps).await
    }

    async fn measure(&self, list: ListId, now: u64) -> Result<ListSummary, CatalogueError> {
        let nothing = ListSummary { list, items: 0, bytes: 0, fetched_at: 0, expires_at: 0 };
        self.fold(&list.to_string(), "count a list", nothing, |summary, item| {
            let Some(expires_at) = item::get_number(item, EXPIRES).filter(|expires_at| *expires_at > now) else {
                return;
            };
            summary.items += 1;
            summary.bytes += item::size(item);
            summary.fetched_at = summary.fetched_at.max(item::get_number(item, FETCHED).unwrap_or_default());
            summary.expires_at = summary.expires_at.max(expires_at);
        })
        .await
    }

    async fn facts(&self, media_type: MediaType) -> Result<HashMap<u64, TitleFacts>, CatalogueError> {
        self.fold(&facts_list(media_type), "read the library's genres", HashMap::new(), |facts, item| {
            facts.extend(item::to_facts(item));
        })
        .await
    }

    async fn put_facts(&self, media_type: MediaType, facts: &[(u64, TitleFacts)]) -> Result<usize, CatalogueError> {
        let list = facts_list(media_type);
        let items = facts.iter().map(|(id, facts)| item::from_facts(&list, *id, facts)).collect();
        let failed = self.put_items(items).await;
        match failed.into_iter().next() {
            None => Ok(facts.len()),
            Some((_, cause)) => Err(CatalogueError { doing: "write the library's genres", cause }),
        }
    }

    async fn summary(&self) -> Result<Option<CatalogueSummary>, CatalogueError> {
        let items = self.batch_get(vec![item::key(SUMMARY, 0)], None, "read the summary").await?;
        let body = items.first().and_then(|item| item::get_string(item, SUMMARY_BODY));
        // An unreadable summary counts as none: the next fetch writes a new one.
        Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
    }

    async fn put_summary(&self, summary: &CatalogueSummary) -> Result<(), CatalogueError> {
        const DOING: &str = "write the summary";
        let body = serde_json::to_string(summary)
            .map_err(|error| CatalogueError { doing: DOING, cause: error.to_string() })?;
        let mut item = item::key(SUMMARY, 0);
        item.insert(SUMMARY_BODY.to_owned(), string(body));
        match self.put_items(vec![item]).await.into_iter().next() {
            None => Ok(()),
            Some((_, cause)) => Err(CatalogueError { doing: DOING, cause }),
        }
    }
}

fn facts_list(media_type: MediaType) -> String {
    format!("FACTS#{media_type}")
}

fn unavailable<E: ProvideErrorMetadata, R>(doing: &'static str, error: &SdkError<E, R>) -> CatalogueError {
    CatalogueError { doing, cause: words(error) }
}

/// Puts an error into words: the service's code and message, or what kept the call from the service.
fn words<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error {
        SdkError::ServiceError(service) => {
            let service = service.err();
            format!("{}: {}", service.code().unwrap_or("unknown"), service.message().unwrap_or_default())
        }
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        SdkError::DispatchFailure(_) => "the call could not be sent".to_owned(),
        SdkError::ResponseError(_) => "the answer can't be read".to_owned(),
        _ => "the call could not be made".to_owned(),
    }
}
