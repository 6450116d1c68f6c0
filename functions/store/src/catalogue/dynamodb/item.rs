//! Rows as items. Attribute names count as stored bytes, so they are words and not sentences.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use stellarr_core::catalogue::{Fingerprint, Row, RowKey, Stamp, TitleFacts};
use stellarr_core::table::catalogue::{EXPIRES, ID, LIST, RATING, RELEASED, SCORE, TITLE};
use stellarr_core::tmdb::TitleEntry;

use crate::catalogue::text::{self, Stored};

/// One item as the SDK has it.
pub(super) type Item = HashMap<String, AttributeValue>;

pub(super) const FETCHED: &str = "fetched";
pub(super) const DIGEST: &str = "digest";

pub(super) fn string(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn key(list: impl ToString, id: u64) -> Item {
    Item::from([(LIST.to_owned(), string(list.to_string())), (ID.to_owned(), number(id))])
}

pub(super) fn get_number<T: std::str::FromStr>(item: &Item, name: &str) -> Option<T> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

pub(super) fn get_string(item: &Item, name: &str) -> Option<String> {
    item.get(name)?.as_s().ok().cloned()
}

fn genres(ids: &[u32]) -> String {
    ids.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

fn get_genres(item: &Item) -> Vec<u32> {
    let text = item.get("genres").and_then(|value| value.as_s().ok());
    text.map(|text| text.split(',').filter_map(|id| id.parse().ok()).collect()).unwrap_or_default()
}

/// Writes a row; what is empty or zero is left out.
pub(super) fn from_row(row: &Row) -> Item {
    let entry = &row.entry;
    let mut item = key(row.list, entry.id);
    item.insert(SCORE.to_owned(), number(row.score));
    item.insert(EXPIRES.to_owned(), number(row.expires_at));
    item.insert(FETCHED.to_owned(), number(row.fetched_at));
    item.insert(DIGEST.to_owned(), AttributeValue::B(Blob::new(row.fingerprint().to_vec())));
    let mut put = |name: &str, value: &str| {
        if !value.is_empty() {
            item.insert(name.to_owned(), string(value));
        }
    };
    put(TITLE, &entry.title);
    put("poster", entry.poster_path.as_deref().unwrap_or_default());
    put("backdrop", entry.backdrop_path.as_deref().unwrap_or_default());
    put(RELEASED, entry.release_date.as_deref().unwrap_or_default());
    put("genres", &genres(&entry.genre_ids));
    put("language", &entry.original_language);
    match text::pack(&entry.overview) {
        Stored::Plain(text) if text.is_empty() => {}
        Stored::Plain(text) => {
            item.insert("overview".to_owned(), string(text));
        }
        Stored::Packed(packed) => {
            item.insert("overview".to_owned(), AttributeValue::B(Blob::new(packed)));
        }
    }
    item.insert("popularity".to_owned(), number(entry.popularity));
    item.insert(RATING.to_owned(), number(entry.vote_average));
    item.insert("votes".to_owned(), number(entry.vote_count));
    if entry.adult {
        item.insert("adult".to_owned(), AttributeValue::Bool(true));
    }
    item
}

/// Reads a row; `None` when it is none of ours.
pub(super) fn to_row(item: &Item) -> Option<Row> {
    let list: stellarr_core::catalogue::ListId = item.get(LIST)?.as_s().ok()?.parse().ok()?;
    let overview = match item.get("overview") {
        Some(AttributeValue::S(text)) => text.clone(),
        Some(AttributeValue::B(packed)) => text::unpack(packed.as_ref()).unwrap_or_default(),
        _ => String::new(),
    };
    Some(Row {
        list,
        score: get_number(item, SCORE)?,
        fetched_at: get_number(item, FETCHED)?,
        expires_at: get_number(item, EXPIRES)?,
        entry: TitleEntry {
            id: get_number(item, ID)?,
            media_type: list.media_type,
            title: get_string(item, TITLE).unwrap_or_default(),
            overview,
            poster_path: get_string(item, "poster"),
            backdrop_path: get_string(item, "backdrop"),
            release_date: get_string(item, RELEASED),
            genre_ids: get_genres(item),
            popularity: get_number(item, "popularity").unwrap_or_default(),
            vote_average: get_number(item, RATING).unwrap_or_default(),
            vote_count: get_number(item, "votes").unwrap_or_default(),
            original_language: get_string(item, "language").unwrap_or_default(),
            adult: item.get("adult").and_then(|value| value.as_bool().ok()).copied().unwrap_or_default(),
        },
    })
}

/// Reads key and stamp of a row.
pub(super) fn to_stamp(item: &Item) -> Option<(RowKey, Stamp)> {
    let list = item.get(LIST)?.as_s().ok()?.parse().ok()?;
    let digest = item.get(DIGEST)?.as_b().ok()?;
    let fingerprint = Fingerprint::try_from(digest.as_ref()).ok()?;
    let stamp = Stamp { fingerprint, expires_at: get_number(item, EXPIRES)?, fetched_at: get_number(item, FETCHED)? };
    Some((RowKey { list, tmdb_id: get_number(item, ID)? }, stamp))
}

/// Writes the facts of a library title.
pub(super) fn from_facts(list: &str, id: u64, facts: &TitleFacts) -> Item {
    let mut item = key(list, id);
    item.insert("genres".to_owned(), string(genres(&facts.genre_ids)));
    item.insert("language".to_owned(), string(facts.original_language.as_str()));
    if let Some(year) = facts.year {
        item.insert("year".to_owned(), number(year));
    }
    item
}

/// Reads the facts of a library title.
pub(super) fn to_facts(item: &Item) -> Option<(u64, TitleFacts)> {
    let facts = TitleFacts {
        genre_ids: get_genres(item),
        year: get_number(item, "year"),
        original_language: get_string(item, "language").unwrap_or_default(),
    };
    Some((get_number(item, ID)?, facts))
}

/// Returns an item's size as DynamoDB counts it, near enough: names, texts, and about half a byte a digit.
pub(super) fn size(item: &Item) -> u64 {
    item.iter()
        .map(|(name, value)| {
            let value = match value {
                AttributeValue::S(text) => text.len(),
                AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
                AttributeValue::B(bytes) => bytes.as_ref().len(),
                _ => 1,
            };
            (name.len() + value) as u64
        })
        .sum()
}
