//! Names of tables' keys, and the partition keys of each kind of item.
//!
//! One table holds every kind. Its key is that of the system it replaces: `media_type` (text) and `tmdb_id` (number),
//! whatever the item is.

use sha2::{Digest, Sha256};
use stellarr_core::media::{MediaKey, MediaType};

/// The generic sparse index.
pub(super) const INDEX: &str = "lookup-index";

/// The one attribute that is the index's key.
pub(super) const LOOKUP: &str = "lookup";

/// The partition key's attribute.
pub(super) const PARTITION: &str = "media_type";

/// The sort key's attribute.
pub(super) const SORT: &str = "tmdb_id";

/// DynamoDB takes 2,048 bytes of partition key, and as many of an index key.
const MAX_KEY_BYTES: usize = 2_048;

/// One item's key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) partition: String,
    pub(super) sort: u64,
}

impl Key {
    fn single(kind: &str, name: &str) -> Self {
        Self { partition: named(kind, name), sort: 0 }
    }

    /// A request.
    pub(super) fn request(key: MediaKey) -> Self {
        Self { partition: key.media_type.as_str().to_owned(), sort: key.tmdb_id }
    }

    /// A row of the library.
    pub(super) fn library(key: MediaKey) -> Self {
        Self { partition: library_partition(key.media_type).to_owned(), sort: key.tmdb_id }
    }

    /// A library's open generations.
    pub(super) fn generation(media_type: MediaType) -> Self {
        Self::single("GENERATION", media_type.as_str())
    }

    /// What is known of a Plex guid.
    pub(super) fn guid(guid: &str) -> Self {
        Self::single("PLEX_GUID", guid)
    }

    /// A device's subscription.
    pub(super) fn subscription(endpoint: &str) -> Self {
        Self::single("PUSH", endpoint)
    }

    /// The one subscription that the old system kept for a spelling of a name.
    pub(super) fn old_subscription(name: &str) -> Self {
        Self::single("PUSH", name)
    }

    /// A caller's login attempts.
    pub(super) fn attempts(caller: &str) -> Self {
        Self::single("RATELIMIT", caller)
    }

    /// The failures of all callers in one minute since 1970.
    pub(super) fn failures(minute: i64) -> Self {
        Self { partition: "FAILURES".to_owned(), sort: u64::try_from(minute).unwrap_or_default() }
    }

    /// A member, by the key of the name.
    pub(super) fn member(key: &str) -> Self {
        Self::single("MEMBER", key)
    }

    /// A used answer to a challenge.
    pub(super) fn challenge(hash: &str) -> Self {
        Self::single("CHALLENGE", hash)
    }

    /// Counts the writes to requests and library.
    pub(super) fn version() -> Self {
        Self { partition: "VERSION".to_owned(), sort: 0 }
    }

    /// Says how far the items of an adopted table carry the index's attribute.
    pub(super) fn adoption() -> Self {
        Self { partition: "CONFIG".to_owned(), sort: 1 }
    }
}

/// The partition of a library.
pub(super) const fn library_partition(media_type: MediaType) -> &'static str {
    match media_type {
        MediaType::Movie => "LIBRARY#movie",
        MediaType::Tv => "LIBRARY#tv",
    }
}

/// Where the old system kept what it knew of guids: one partition, the rows' numbers of no use.
pub(super) const OLD_GUIDS: &str = "PLEX_GUID_CACHE";

/// The index key of a series' request.
pub(super) fn tvdb_lookup(tvdb_id: u64) -> String {
    format!("TVDB#{tvdb_id}")
}

/// The index key of a member's devices. Earlier versions made it of the name as it was spelled, this one of its key.
pub(super) fn user_lookup(spelling: &str) -> String {
    named("USER", spelling)
}

/// Joins a kind and a name; a name too long for a key is hashed.
fn named(kind: &str, name: &str) -> String {
    let plain = format!("{kind}#{name}");
    if plain.len() <= MAX_KEY_BYTES { plain } else { format!("{kind}#sha256:{}", hex::encode(Sha256::digest(name))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_hashed() {
        assert_eq!(Key::guid("plex://movie/1").partition, "PLEX_GUID#plex://movie/1");
        let long = Key::subscription(&"e".repeat(4_000)).partition;
        assert_eq!(long.len(), "PUSH#sha256:".len() + 64);
        assert_ne!(long, Key::subscription(&"e".repeat(4_001)).partition);
    }
}
