//! Items, and the values in them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use stellarr_core::table::requests::{ItemKey, PARTITION, SORT};
use stellarr_core::table::{Attribute, Attributes, ItemReader};

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
pub(super) fn key(key: &ItemKey) -> Item {
    item(key.attributes())
}

/// Makes an item for the SDK.
pub(super) fn item(attributes: Attributes<'_>) -> Item {
    attributes.0.into_iter().map(|(name, value)| (name.to_owned(), to_sdk(value))).collect()
}

/// Makes a value for the SDK.
pub(super) fn to_sdk(value: Attribute<'_>) -> AttributeValue {
    match value {
        Attribute::Text(text) => AttributeValue::S(text.into_owned()),
        Attribute::Number(digits) => AttributeValue::N(digits.into_owned()),
        Attribute::List(values) => AttributeValue::L(values.into_iter().map(to_sdk).collect()),
    }
}

fn from_sdk(value: &AttributeValue) -> Option<Attribute<'_>> {
    match value {
        AttributeValue::S(text) => Some(Attribute::text(text.as_str())),
        AttributeValue::N(digits) => Some(Attribute::Number(digits.into())),
        AttributeValue::L(values) => Some(Attribute::List(values.iter().filter_map(from_sdk).collect())),
        _ => None,
    }
}

/// Reads an item of the SDK's.
pub(super) fn reader<'a>(item: &'a Item) -> ItemReader<impl Fn(&str) -> Option<Attribute<'a>>> {
    ItemReader(move |name: &str| item.get(name).and_then(from_sdk))
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
pub(super) fn get_key(item: &Item) -> Option<ItemKey> {
    Some(ItemKey { partition: get_text(item, PARTITION)?, sort: get_number(item, SORT)? })
}

/// Adds a text, unless there is none.
pub(super) fn put_text(item: &mut Item, name: &str, value: Option<&str>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        item.insert(name.to_owned(), text(value));
    }
}
