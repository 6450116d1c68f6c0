//! The two types of media that can be requested, and the key that names one of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Tells a film from a series, in TMDB's words.
///
/// Every place that takes a media type from outside parses it into this type, so that nothing else can ever
/// become part of a storage key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MediaType {
    /// A film.
    Movie,
    /// A series.
    Tv,
}

impl MediaType {
    /// Both media types, in the order in which they are listed.
    pub const ALL: [Self; 2] = [Self::Movie, Self::Tv];

    /// Returns the word that goes over the wire and into storage keys: `movie` or `tv`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Movie => "movie",
            Self::Tv => "tv",
        }
    }
}

/// Most characters of a title that are kept. One as long as a book would not fit into an item of DynamoDB.
const TITLE_CHARACTERS: usize = 500;

/// Cuts a title that is longer than any real one.
#[must_use]
pub fn short_title(title: &str) -> String {
    title.chars().take(TITLE_CHARACTERS).collect()
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Says that a text is neither `movie` nor `tv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a media type is `movie` or `tv`")]
pub struct UnknownMediaType;

impl FromStr for MediaType {
    type Err = UnknownMediaType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "movie" => Ok(Self::Movie),
            "tv" => Ok(Self::Tv),
            _ => Err(UnknownMediaType),
        }
    }
}

/// Names one film or series: its media type and its TMDB id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MediaKey {
    /// Film or series.
    pub media_type: MediaType,
    /// TMDB's id, unique within the media type.
    pub tmdb_id: u64,
}

impl MediaKey {
    /// Names the film or series with this TMDB id.
    #[must_use]
    pub const fn new(media_type: MediaType, tmdb_id: u64) -> Self {
        Self { media_type, tmdb_id }
    }

    /// Names a film.
    #[must_use]
    pub const fn movie(tmdb_id: u64) -> Self {
        Self::new(MediaType::Movie, tmdb_id)
    }

    /// Names a series.
    #[must_use]
    pub const fn tv(tmdb_id: u64) -> Self {
        Self::new(MediaType::Tv, tmdb_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_words_are_media_types() {
        assert_eq!("movie".parse(), Ok(MediaType::Movie));
        assert_eq!("tv".parse(), Ok(MediaType::Tv));
        for text in ["", "Movie", "game", "PUSH#x", "LIBRARY#movie", "movie "] {
            assert_eq!(text.parse::<MediaType>(), Err(UnknownMediaType), "{text:?}");
        }
    }
}
