//! The lists that Radarr, Sonarr and feed readers poll.

mod json;
mod rss;

pub use json::{radarr, sonarr};
pub use rss::{Channel, Topic, rss};

use crate::request::MediaRequest;

/// Says which requests a feed lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Keep listing what has arrived. Radarr can be set to delete films that no list names any more.
    pub keep_added: bool,
}

impl Listing {
    /// Tells whether a feed lists a request.
    #[must_use]
    pub const fn has(self, request: &MediaRequest) -> bool {
        self.keep_added || request.is_pending()
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use crate::media::MediaKey;
    use crate::request::MediaRequest;

    /// Returns a pending request with everything known.
    pub(crate) fn request(key: MediaKey, title: &str) -> MediaRequest {
        MediaRequest {
            media_type: key.media_type,
            tmdb_id: key.tmdb_id,
            title: title.to_owned(),
            created_at: "2023-11-14T22:13:20.000000+00:00".to_owned(),
            year: Some(1922),
            overview: Some("What happens.".to_owned()),
            poster_path: Some("/p.jpg".to_owned()),
            imdb_id: Some("tt0013442".to_owned()),
            tvdb_id: (key.media_type == crate::media::MediaType::Tv).then_some(73_871),
            requested_by: None,
            genre_ids: Vec::new(),
            original_language: None,
            added_at: None,
            plex_guid: None,
        }
    }
}
