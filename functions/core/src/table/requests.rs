//! The table of requests, library, members and devices.
//!
//! One table holds every kind of item. Its key is that of the system it replaces: `media_type` (text) and `tmdb_id`
//! (number), whatever the item is. Requests lie in the partitions `movie` and `tv`, the library in `LIBRARY#movie` and
//! `LIBRARY#tv`; [`ItemKey`] has the others.

use sha2::{Digest, Sha256};

use super::{Attribute, Attributes, ItemReader};
use crate::export::LibraryRow;
use crate::library::LibraryItem;
use crate::media::{MediaKey, MediaType};
use crate::request::{MediaRequest, UNKNOWN_TITLE};

/// The generic sparse index.
pub const LOOKUP_INDEX: &str = "lookup-index";

/// The one attribute that is the index's key.
pub const LOOKUP: &str = "lookup";

/// The partition key's attribute.
pub const PARTITION: &str = "media_type";

/// The sort key's attribute.
pub const SORT: &str = "tmdb_id";

/// When an item expires, in unix seconds; most never do.
pub const EXPIRES: &str = "ttl";

/// DynamoDB takes 2,048 bytes of partition key, and as many of an index key.
const MAX_KEY_BYTES: usize = 2_048;

/// One item's key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ItemKey {
    /// The partition key, [`PARTITION`].
    pub partition: String,
    /// The sort key, [`SORT`].
    pub sort: u64,
}

impl ItemKey {
    /// Returns the key as the first attributes of an item.
    #[must_use]
    pub fn attributes<'a>(&self) -> Attributes<'a> {
        Attributes(vec![(PARTITION, Attribute::text(self.partition.clone())), (SORT, Attribute::number(self.sort))])
    }

    fn single(kind: &str, name: &str) -> Self {
        Self { partition: named(kind, name), sort: 0 }
    }

    /// A request.
    #[must_use]
    pub fn request(key: MediaKey) -> Self {
        Self { partition: key.media_type.as_str().to_owned(), sort: key.tmdb_id }
    }

    /// A row of the library.
    #[must_use]
    pub fn library(key: MediaKey) -> Self {
        Self { partition: library_partition(key.media_type).to_owned(), sort: key.tmdb_id }
    }

    /// A library's open generations.
    #[must_use]
    pub fn generation(media_type: MediaType) -> Self {
        Self::single("GENERATION", media_type.as_str())
    }

    /// What is known of a Plex guid.
    #[must_use]
    pub fn guid(guid: &str) -> Self {
        Self::single("PLEX_GUID", guid)
    }

    /// A device's subscription.
    #[must_use]
    pub fn subscription(endpoint: &str) -> Self {
        Self::single("PUSH", endpoint)
    }

    /// The one subscription that the old system kept for a spelling of a name.
    #[must_use]
    pub fn old_subscription(name: &str) -> Self {
        Self::single("PUSH", name)
    }

    /// A caller's login attempts.
    #[must_use]
    pub fn attempts(caller: &str) -> Self {
        Self::single("RATELIMIT", caller)
    }

    /// The failures of all callers in one minute since 1970.
    #[must_use]
    pub fn failures(minute: i64) -> Self {
        Self { partition: "FAILURES".to_owned(), sort: u64::try_from(minute).unwrap_or_default() }
    }

    /// A member, by the key of the name.
    #[must_use]
    pub fn member(key: &str) -> Self {
        Self::single("MEMBER", key)
    }

    /// A used answer to a challenge.
    #[must_use]
    pub fn challenge(hash: &str) -> Self {
        Self::single("CHALLENGE", hash)
    }

    /// Counts the writes to requests and library.
    #[must_use]
    pub fn version() -> Self {
        Self { partition: "VERSION".to_owned(), sort: 0 }
    }

    /// Says how far the items of an adopted table carry the index's attribute.
    #[must_use]
    pub fn adoption() -> Self {
        Self { partition: "CONFIG".to_owned(), sort: 1 }
    }
}

/// The partition of a library.
#[must_use]
pub const fn library_partition(media_type: MediaType) -> &'static str {
    match media_type {
        MediaType::Movie => "LIBRARY#movie",
        MediaType::Tv => "LIBRARY#tv",
    }
}

/// Where the old system kept what it knew of guids: one partition, the rows' numbers of no use.
pub const OLD_GUIDS: &str = "PLEX_GUID_CACHE";

/// The index key of a series' request.
#[must_use]
pub fn tvdb_lookup(tvdb_id: u64) -> String {
    format!("TVDB#{tvdb_id}")
}

/// The index key of a member's devices. Earlier versions made it of the name as it was spelled, this one of its key.
#[must_use]
pub fn user_lookup(spelling: &str) -> String {
    named("USER", spelling)
}

/// Joins a kind and a name; a name too long for a key is hashed.
fn named(kind: &str, name: &str) -> String {
    let plain = format!("{kind}#{name}");
    if plain.len() <= MAX_KEY_BYTES { plain } else { format!("{kind}#sha256:{}", hex::encode(Sha256::digest(name))) }
}

/// When a row of the library was last synced: ISO 8601, UTC.
pub const SYNCED_AT: &str = "synced_at";

/// The Plex guid of a request, or that an item is about.
pub const PLEX_GUID: &str = "plex_guid";

/// TheTVDB's id of a series.
pub const TVDB_ID: &str = "tvdb_id";

/// When a request arrived in the library: ISO 8601, UTC.
pub const ADDED_AT: &str = "added_at";

const TITLE: &str = "title";
const CREATED_AT: &str = "created_at";
const YEAR: &str = "year";
const OVERVIEW: &str = "overview";
const POSTER_PATH: &str = "poster_path";
const IMDB_ID: &str = "imdb_id";
const REQUESTED_BY: &str = "requested_by";
const ORIGINAL_LANGUAGE: &str = "original_language";
const GENRE_IDS: &str = "genre_ids";
const CACHED_AT: &str = "cached_at";
const REQUEST_TYPE: &str = "request_type";
const REQUEST_ID: &str = "request_id";

/// Writes a request.
#[must_use]
pub fn request_item(request: &MediaRequest) -> Attributes<'_> {
    let lookup = request.tvdb_id.filter(|_| request.media_type == MediaType::Tv).map(tvdb_lookup);
    ItemKey::request(request.key())
        .attributes()
        .text(TITLE, Some(&request.title))
        .text(CREATED_AT, Some(&request.created_at))
        .number(YEAR, request.year)
        .text(OVERVIEW, request.overview.as_deref())
        .text(POSTER_PATH, request.poster_path.as_deref())
        .text(IMDB_ID, request.imdb_id.as_deref())
        .number(TVDB_ID, request.tvdb_id)
        .text(REQUESTED_BY, request.requested_by.as_deref())
        .text(ORIGINAL_LANGUAGE, request.original_language.as_deref())
        .text(ADDED_AT, request.added_at.as_deref())
        .text(PLEX_GUID, request.plex_guid.as_deref())
        .text(LOOKUP, lookup)
        .numbers(GENRE_IDS, &request.genre_ids)
}

/// Reads a request; `None` for any other item.
pub fn request<'a>(item: &ItemReader<impl Fn(&str) -> Option<Attribute<'a>>>) -> Option<MediaRequest> {
    Some(MediaRequest {
        media_type: item.text(PARTITION)?.parse().ok()?,
        tmdb_id: item.number(SORT)?,
        title: item.text(TITLE).unwrap_or_else(|| UNKNOWN_TITLE.to_owned()),
        created_at: item.text(CREATED_AT).unwrap_or_default(),
        year: item.number(YEAR),
        overview: item.text(OVERVIEW),
        poster_path: item.text(POSTER_PATH),
        imdb_id: item.text(IMDB_ID),
        tvdb_id: item.number(TVDB_ID),
        requested_by: item.text(REQUESTED_BY),
        genre_ids: item.numbers(GENRE_IDS),
        original_language: item.text(ORIGINAL_LANGUAGE),
        added_at: item.text(ADDED_AT),
        plex_guid: item.text(PLEX_GUID),
    })
}

/// Writes a row of the library. `synced_at` is ISO 8601, UTC.
#[must_use]
pub fn library_item<'a>(item: &'a LibraryItem, synced_at: &'a str) -> Attributes<'a> {
    ItemKey::library(item.key())
        .attributes()
        .text(SYNCED_AT, Some(synced_at))
        .number(TVDB_ID, item.tvdb_id)
        .text(TITLE, item.title.as_deref())
}

/// Reads a row of the library; `None` for any other item.
pub fn library_row<'a>(item: &ItemReader<impl Fn(&str) -> Option<Attribute<'a>>>) -> Option<LibraryRow> {
    let partition = item.text(PARTITION)?;
    let media_type = MediaType::ALL.into_iter().find(|of| library_partition(*of) == partition)?;
    Some(LibraryRow {
        item: LibraryItem {
            media_type,
            tmdb_id: item.number(SORT)?,
            tvdb_id: item.number(TVDB_ID),
            title: item.text(TITLE),
        },
        synced_at: item.text(SYNCED_AT).unwrap_or_default(),
    })
}

/// Writes what leads from Plex's guid to the request that arrived under it. `cached_at` is ISO 8601, UTC.
///
/// The item may hold more: the ids that a guid is known to stand for.
#[must_use]
pub fn guid_item<'a>(guid: &'a str, of: MediaKey, cached_at: &'a str) -> Attributes<'a> {
    ItemKey::guid(guid)
        .attributes()
        .text(PLEX_GUID, Some(guid))
        .text(CACHED_AT, Some(cached_at))
        .text(REQUEST_TYPE, Some(of.media_type.as_str()))
        .number(REQUEST_ID, Some(of.tmdb_id))
}

/// Reads which request a guid leads to.
pub fn guid_request<'a>(item: &ItemReader<impl Fn(&str) -> Option<Attribute<'a>>>) -> Option<MediaKey> {
    Some(MediaKey::new(item.text(REQUEST_TYPE)?.parse().ok()?, item.number(REQUEST_ID)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_hashed() {
        assert_eq!(ItemKey::guid("plex://movie/1").partition, "PLEX_GUID#plex://movie/1");
        let long = ItemKey::subscription(&"e".repeat(4_000)).partition;
        assert_eq!(long.len(), "PUSH#sha256:".len() + 64);
        assert_ne!(long, ItemKey::subscription(&"e".repeat(4_001)).partition);
    }

    #[test]
    fn a_request_and_a_row_survive_their_items() {
        let request: MediaRequest = serde_json::from_value(serde_json::json!({
            "media_type": "tv",
            "tmdb_id": 82_728,
            "title": "Bluey",
            "created_at": "2026-01-03T00:00:00.000000+00:00",
            "year": 2018,
            "tvdb_id": 353_546,
            "genre_ids": [16, 10_751],
        }))
        .unwrap();
        let held = request_item(&request);
        let find = |name: &str| held.0.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone());
        assert_eq!(super::request(&ItemReader(find)), Some(request.clone()));
        assert_eq!(find(LOOKUP), Some(Attribute::text("TVDB#353546")));
        assert_eq!(library_row(&ItemReader(find)), None);

        let item = LibraryItem { media_type: MediaType::Tv, tmdb_id: 1399, tvdb_id: Some(121_361), title: None };
        let held = library_item(&item, "2026-01-01T00:00:00.000000+00:00");
        let find = |name: &str| held.0.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone());
        assert_eq!(library_row(&ItemReader(find)).map(|row| row.item), Some(item.clone()));
        assert_eq!(super::request(&ItemReader(find)), None);
    }
}
