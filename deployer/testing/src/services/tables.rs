//! DynamoDB's items.

use async_trait::async_trait;

use crate::account::{Account, Refusal, refuse};
use crate::cloud::{Effect, FakeCloud};
use stellarr_aws::{AwsError, AwsErrorKind, TableItem, TableQuery, TableValue, Tables};

/// DynamoDB in the home region.
#[derive(Debug)]
pub(crate) struct FakeTables(pub(crate) FakeCloud);

/// The items of a table that exists.
fn items<'a>(account: &'a mut Account, table: &str) -> Result<&'a mut Vec<TableItem>, Refusal> {
    if !account.named.contains_key(&("AWS::DynamoDB::Table".to_owned(), table.to_owned())) {
        return refuse(AwsErrorKind::NotFound, "ResourceNotFoundException", "Requested resource not found");
    }
    Ok(account.items.entry(table.to_owned()).or_default())
}

fn matching(items: &[TableItem], query: &TableQuery) -> Vec<TableItem> {
    let (name, value) = &query.partition;
    let is_in = |item: &&TableItem| item.get(name).and_then(TableValue::as_text) == Some(value);
    let is_above = |item: &&TableItem| {
        query.above.as_ref().is_none_or(|(name, least)| {
            item.get(name).and_then(TableValue::as_number::<i64>).is_some_and(|number| number > *least)
        })
    };
    items.iter().filter(is_in).filter(is_above).cloned().collect()
}

/// What an index of the real tables sorts by; a table's own sort key needs no order in tests.
fn order(found: &mut [TableItem], query: &TableQuery) {
    let score = |item: &TableItem| item.get("score").and_then(TableValue::as_number::<f64>).unwrap_or_default();
    found.sort_by(|one, other| score(one).total_cmp(&score(other)));
    if query.descending {
        found.reverse();
    }
}

#[async_trait]
impl Tables for FakeTables {
    async fn query(&self, table: &str, query: &TableQuery) -> Result<Vec<TableItem>, AwsError> {
        let run = |account: &mut Account| {
            let mut found = matching(items(account, table)?, query);
            if query.index.is_some() {
                order(&mut found, query);
            }
            found.truncate(query.limit.unwrap_or(usize::MAX));
            Ok(found)
        };
        self.0.call("dynamodb:Query", table, Effect::Read, run).await
    }

    async fn count(&self, table: &str, query: &TableQuery) -> Result<u64, AwsError> {
        let run = |account: &mut Account| Ok(matching(items(account, table)?, query).len() as u64);
        self.0.call("dynamodb:Query", table, Effect::Read, run).await
    }

    async fn get(&self, table: &str, keys: Vec<TableItem>) -> Result<Vec<TableItem>, AwsError> {
        let run = |account: &mut Account| {
            let has = |item: &TableItem, key: &TableItem| key.iter().all(|(name, value)| item.get(name) == Some(value));
            let all = items(account, table)?;
            Ok(all.iter().filter(|item| keys.iter().any(|key| has(item, key))).cloned().collect())
        };
        self.0.call("dynamodb:BatchGetItem", table, Effect::Read, run).await
    }

    async fn add(&self, table: &str, key: &str, item: &TableItem) -> Result<bool, AwsError> {
        let run = |account: &mut Account| {
            let same = |other: &TableItem, name: &str| other.get(name) == item.get(name);
            let all = items(account, table)?;
            if all.iter().any(|other| same(other, key) && same(other, "tmdb_id")) {
                return Ok(false);
            }
            all.push(item.clone());
            Ok(true)
        };
        self.0.call("dynamodb:PutItem", table, Effect::Write, run).await
    }
}

impl FakeCloud {
    /// Adds a table, as if made by hand.
    pub fn add_table(&self, name: &str) -> &Self {
        self.account().named.insert(("AWS::DynamoDB::Table".to_owned(), name.to_owned()), false);
        self
    }

    /// Puts items into a table past all checks and faults.
    pub fn add_items(&self, table: &str, items: impl IntoIterator<Item = TableItem>) -> &Self {
        self.account().items.entry(table.to_owned()).or_default().extend(items);
        self
    }

    /// The items of a table, past all checks and faults.
    #[must_use]
    pub fn items(&self, table: &str) -> Vec<TableItem> {
        self.account().items.get(table).cloned().unwrap_or_default()
    }
}
