//! Items, and the values in them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::keys::{Key, PARTITION, SORT};

/// One item as the SDK has it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// Makes a text value.
pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// Makes a number value.
pub(super) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Makes the key's part of an item.
pub(super) fn key(key: &Key) -> Item {
    Item::from([(PARTITION.to_owned(), text(key.partition.as_str())), (SORT.to_owned(), number(key.sort))])
}

/// Reads a text that is not empty.
pub(super) fn get_text(item: &Item, name: &str) -> Option<String> {
    item.get(name)?.as_s().ok().filter(|text| !text.is_empty()).cloned()
}

/// Reads a number. The old system wrote some as texts.
pub(super) fn get_number<T: std::str::FromStr>(item: &Item, name: &str) -> Option<T> {
    match item.get(name)? {
        AttributeValue::N(text) | AttributeValue::S(text) => text.parse().ok(),
        _ => None,
    }
}

/// Reads a set of numbers.
pub(super) fn get_numbers(item: &Item, name: &str) -> Vec<i64> {
    let numbers = item.get(name).and_then(|value| value.as_ns().ok());
    numbers.into_iter().flatten().filter_map(|text| text.parse().ok()).collect()
}

/// Makes a set of numbers, which DynamoDB does not take empty.
pub(super) fn numbers(values: &[i64]) -> AttributeValue {
    AttributeValue::Ns(values.iter().map(ToString::to_string).collect())
}

/// Reads the key of an item.
pub(super) fn get_key(item: &Item) -> Option<Key> {
    Some(Key { partition: get_text(item, PARTITION)?, sort: get_number(item, SORT)? })
}

/// Adds a text, unless there is none.
pub(super) fn put_text(item: &mut Item, name: &str, value: Option<&str>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        item.insert(name.to_owned(), text(value));
    }
}

/// Adds a number, unless there is none.
pub(super) fn put_number(item: &mut Item, name: &str, value: Option<impl ToString>) {
    if let Some(value) = value {
        item.insert(name.to_owned(), number(value));
    }
}
