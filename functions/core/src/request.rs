//! What somebody asked for.

use serde::{Deserialize, Serialize};

use crate::media::{MediaKey, MediaType, short_title};
use crate::tmdb::Details;

/// Holds one request for a film or series, in the shape in which it is stored and sent.
///
/// Absent values are absent keys, never null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MediaRequest {
    /// Film or series.
    pub media_type: MediaType,
    /// TMDB's id.
    pub tmdb_id: u64,
    /// TMDB's title.
    pub title: String,
    /// When it was asked for: ISO 8601, UTC.
    pub created_at: String,
    /// Year of release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
    /// TMDB's overview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overview: Option<String>,
    /// Path of the poster at TMDB's image host, with its leading slash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poster_path: Option<String>,
    /// IMDb's id, such as `tt0013442`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imdb_id: Option<String>,
    /// TheTVDB's id, of series only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tvdb_id: Option<u64>,
    /// The signed name of whoever asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    /// TMDB's genre ids; recommendations need them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub genre_ids: Vec<u32>,
    /// ISO 639-1 code; recommendations need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_language: Option<String>,
    /// When it arrived in the library: ISO 8601, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added_at: Option<String>,
    /// Plex's guid of what arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plex_guid: Option<String>,
}

impl MediaRequest {
    /// Makes the request for a title from what TMDB says of it.
    #[must_use]
    pub fn new(key: MediaKey, details: Details, requested_by: Option<String>, created_at: String) -> Self {
        let year = details.entry.year().ok().flatten();
        let entry = details.entry;
        let filled = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            media_type: key.media_type,
            tmdb_id: key.tmdb_id,
            title: filled(short_title(&entry.title)).unwrap_or_else(|| UNKNOWN_TITLE.to_owned()),
            created_at,
            year,
            overview: filled(entry.overview),
            poster_path: entry.poster_path,
            imdb_id: details.imdb_id,
            tvdb_id: details.tvdb_id.filter(|_| key.media_type == MediaType::Tv),
            requested_by,
            genre_ids: entry.genre_ids,
            original_language: filled(entry.original_language),
            added_at: None,
            plex_guid: None,
        }
    }

    /// Names the film or series.
    #[must_use]
    pub const fn key(&self) -> MediaKey {
        MediaKey::new(self.media_type, self.tmdb_id)
    }

    /// Tells whether it still waits for its arrival.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        self.added_at.is_none()
    }

    /// Returns the title with its year, when there is one: `Nosferatu (1922)`.
    #[must_use]
    pub fn title_with_year(&self) -> String {
        match self.year {
            Some(year) => format!("{} ({year})", self.title),
            None => self.title.clone(),
        }
    }
}

/// Stands for a title that TMDB doesn't give.
pub const UNKNOWN_TITLE: &str = "Unknown";

/// Sorts newest first; requests of the same moment by their keys, so that feeds are stable.
pub fn newest_first(requests: &mut [MediaRequest]) {
    requests.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.key().cmp(&b.key())));
}
