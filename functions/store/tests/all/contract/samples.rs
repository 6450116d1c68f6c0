//! Values that the cases use.

use stellarr_core::library::LibraryItem;
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::push::Subscription;
use stellarr_core::request::MediaRequest;
use stellarr_core::time::{Timestamp, iso};

/// Returns a moment: seconds after a fixed one.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

/// Returns a pending request, made `seconds` after the fixed moment.
pub(crate) fn request(key: MediaKey, seconds: i64) -> MediaRequest {
    MediaRequest {
        media_type: key.media_type,
        tmdb_id: key.tmdb_id,
        title: format!("Title {}", key.tmdb_id),
        created_at: iso(at(seconds)),
        year: Some(1922),
        overview: Some("What happens — 何が".to_owned()),
        poster_path: Some("/poster.jpg".to_owned()),
        imdb_id: Some("tt0013442".to_owned()),
        tvdb_id: (key.media_type == MediaType::Tv).then_some(key.tmdb_id + 100_000),
        requested_by: Some("Zoë".to_owned()),
        genre_ids: vec![18, 27],
        original_language: Some("de".to_owned()),
        added_at: None,
        plex_guid: None,
    }
}

/// Returns a library row.
pub(crate) fn item(key: MediaKey) -> LibraryItem {
    LibraryItem {
        media_type: key.media_type,
        tmdb_id: key.tmdb_id,
        tvdb_id: (key.media_type == MediaType::Tv).then_some(key.tmdb_id + 100_000),
        title: Some(format!("Title {}", key.tmdb_id)),
    }
}

/// Returns a device's subscription.
pub(crate) fn subscription(name: &str, endpoint: &str) -> Subscription {
    Subscription {
        name: name.to_owned(),
        endpoint: endpoint.to_owned(),
        p256dh: "BCVxsr7N".to_owned(),
        auth: "BTBZMqHH".to_owned(),
        language: Some("de".to_owned()),
        subscribed_at: iso(at(0)),
    }
}
