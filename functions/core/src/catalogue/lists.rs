//! Lists: categories and media types.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::media::MediaType;

/// Genres that every catalogue holds, by TMDB's ids for movies: action, comedy, drama, science fiction, horror.
pub const FIXED_GENRES: [u32; 5] = [28, 35, 18, 878, 27];

/// Returns TMDB's id for series of the genre that has this id for movies. Where there is no such genre it is the
/// nearest: action is action and adventure, science fiction is science fiction and fantasy, horror is mystery.
#[must_use]
pub const fn tv_genre(movie_genre: u32) -> u32 {
    match movie_genre {
        28 | 12 => 10_759,
        878 | 14 => 10_765,
        27 | 53 => 9_648,
        10_752 => 10_768,
        other => other,
    }
}

/// TMDB's genres of movies.
const MOVIE_GENRES: [u32; 19] =
    [12, 14, 16, 18, 27, 28, 35, 36, 37, 53, 80, 99, 878, 9_648, 10_402, 10_749, 10_751, 10_752, 10_770];

/// TMDB's genres of series.
const TV_GENRES: [u32; 16] =
    [16, 18, 35, 37, 80, 99, 9_648, 10_751, 10_759, 10_762, 10_763, 10_764, 10_765, 10_766, 10_767, 10_768];

/// Returns TMDB's ids for one media type of a genre that is known by its movie id, or by its series id when movies have
/// no such genre. None when this media type has nothing like it; two for family, because series for children have a genre
/// of their own.
pub fn genre_ids(genre: u32, media_type: MediaType) -> impl Iterator<Item = u32> {
    let (known, ids): (&[u32], _) = match media_type {
        MediaType::Movie => (&MOVIE_GENRES, [Some(genre), None]),
        MediaType::Tv => (&TV_GENRES, [Some(tv_genre(genre)), (genre == 10_751).then_some(10_762)]),
    };
    ids.into_iter().flatten().filter(|id| known.contains(id))
}

/// Why a title is in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Popular now.
    Popular,
    /// Trending this week.
    Trending,
    /// Best rated of a genre, by TMDB's id of the genre for the list's media type.
    Genre(u32),
    /// Well rated, but by few.
    HiddenGems,
    /// Well rated by many.
    AwardWinning,
}

impl Category {
    /// Returns how long a row of this category lives, in seconds.
    #[must_use]
    pub const fn lifetime(self) -> u64 {
        const DAY: u64 = 24 * 60 * 60;
        match self {
            Self::Popular | Self::Trending => 2 * DAY,
            Self::Genre(_) | Self::HiddenGems | Self::AwardWinning => 10 * DAY,
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Popular => formatter.write_str("popular"),
            Self::Trending => formatter.write_str("trending"),
            Self::Genre(id) => write!(formatter, "genre_{id}"),
            Self::HiddenGems => formatter.write_str("hidden_gems"),
            Self::AwardWinning => formatter.write_str("award_winning"),
        }
    }
}

/// One list of the catalogue, written `popular#movie`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ListId {
    /// Why its titles are here.
    pub category: Category,
    /// Movies or series.
    pub media_type: MediaType,
}

impl ListId {
    /// Names a list.
    #[must_use]
    pub const fn new(category: Category, media_type: MediaType) -> Self {
        Self { category, media_type }
    }
}

impl fmt::Display for ListId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}#{}", self.category, self.media_type)
    }
}

/// A text that names no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no list of the catalogue has this name")]
pub struct UnknownList;

impl FromStr for ListId {
    type Err = UnknownList;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (category, media_type) = text.split_once('#').ok_or(UnknownList)?;
        let media_type = media_type.parse().map_err(|_| UnknownList)?;
        let category = match category {
            "popular" => Category::Popular,
            "trending" => Category::Trending,
            "hidden_gems" => Category::HiddenGems,
            "award_winning" => Category::AwardWinning,
            other => {
                let id = other.strip_prefix("genre_").and_then(|id| id.parse().ok());
                Category::Genre(id.ok_or(UnknownList)?)
            }
        };
        Ok(Self { category, media_type })
    }
}

impl TryFrom<String> for ListId {
    type Error = UnknownList;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ListId> for String {
    fn from(list: ListId) -> Self {
        list.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_survives_its_name() {
        for name in [
            "popular#movie",
            "trending#tv",
            "genre_28#movie",
            "genre_10759#tv",
            "hidden_gems#tv",
            "award_winning#movie",
        ] {
            assert_eq!(name.parse::<ListId>().unwrap().to_string(), name);
        }
        for name in ["popular", "popular#all", "genre_#movie", "genre_x#tv", "SUMMARY", "FACTS#movie"] {
            assert_eq!(name.parse::<ListId>(), Err(UnknownList), "{name}");
        }
    }

    #[test]
    fn a_genre_has_the_ids_that_its_media_type_knows() {
        let ids = |genre, media_type| genre_ids(genre, media_type).collect::<Vec<_>>();
        assert_eq!((ids(28, MediaType::Movie), ids(28, MediaType::Tv)), (vec![28], vec![10_759]));
        assert_eq!(ids(10_751, MediaType::Movie), [10_751]);
        assert_eq!(ids(10_751, MediaType::Tv), [10_751, 10_762], "family, and children");
        assert_eq!((ids(36, MediaType::Movie), ids(36, MediaType::Tv)), (vec![36], vec![]), "no series is history");
        assert_eq!((ids(10_764, MediaType::Movie), ids(10_764, MediaType::Tv)), (vec![], vec![10_764]));
    }

    #[test]
    fn genres_of_movies_have_their_like_for_series() {
        assert_eq!(FIXED_GENRES.map(tv_genre), [10_759, 35, 18, 10_765, 9_648]);
    }
}
