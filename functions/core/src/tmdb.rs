//! What stellarr asks of TMDB, and the shapes of its answers.
//!
//! Field names and limits come from the TMDB v3 reference. Lists are read entry by entry: one broken entry is dropped
//! and counted, the rest stays.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::locale::Locale;
use crate::media::MediaType;

/// A list of TMDB's that stellarr reads page by page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum List {
    /// What is popular now.
    Popular {
        /// Movies or series.
        media_type: MediaType,
        /// The page, from 1.
        page: u16,
    },
    /// What is trending this week; `None` is movies and series together.
    Trending {
        /// Movies or series.
        media_type: Option<MediaType>,
    },
    /// What a filter finds.
    Discover {
        /// Movies or series.
        media_type: MediaType,
        /// The filter.
        filter: Filter,
    },
}

/// A `discover` filter; best rated first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// TMDB's id of a genre of this media type.
    pub genre: Option<u32>,
    /// Least number of votes.
    pub least_votes: Option<u32>,
    /// Greatest number of votes.
    pub most_votes: Option<u32>,
}

/// In which words, and for which country, a list is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// The language of titles and overviews; `None` is TMDB's own default.
    pub language: Option<Locale>,
    /// The ISO 3166-1 country whose releases count, such as `US`.
    pub region: Option<String>,
}

/// One search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// What the user typed.
    pub query: String,
    /// Movies, series, or both when `None`.
    pub media_type: Option<MediaType>,
    /// The page, from 1.
    pub page: u16,
    /// The language of titles and overviews.
    pub language: Option<Locale>,
}

/// One title of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct TitleEntry {
    /// TMDB's id.
    pub id: u64,
    /// Movie or series; where a list does not say, what was asked for.
    pub media_type: MediaType,
    /// The title; empty when TMDB has none.
    pub title: String,
    /// The overview; empty when TMDB has none.
    pub overview: String,
    /// Path of the poster, with its leading slash.
    pub poster_path: Option<String>,
    /// Path of the backdrop, with its leading slash.
    pub backdrop_path: Option<String>,
    /// Release date or first air date as TMDB wrote it; absent when missing or empty.
    pub release_date: Option<String>,
    /// Genre ids of this media type.
    pub genre_ids: Vec<u32>,
    /// TMDB's popularity.
    pub popularity: f64,
    /// Mean vote, 0 to 10.
    pub vote_average: f64,
    /// Number of votes.
    pub vote_count: u32,
    /// ISO 639-1 code of the original language; empty when unknown.
    pub original_language: String,
    /// Marked as adult content.
    pub adult: bool,
}

impl TitleEntry {
    /// Returns the year of the release date, `None` when there is none.
    ///
    /// # Errors
    /// [`MalformedDate`] when there is a date that does not start with a year.
    pub fn year(&self) -> Result<Option<u16>, MalformedDate> {
        let Some(date) = &self.release_date else { return Ok(None) };
        let year = date.get(..4).filter(|year| year.bytes().all(|b| b.is_ascii_digit()));
        let rest = date.get(4..).unwrap_or_default();
        match year.and_then(|year| year.parse().ok()) {
            Some(year) if rest.is_empty() || rest.starts_with('-') => Ok(Some(year)),
            _ => Err(MalformedDate),
        }
    }
}

/// A release date that does not start with a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the release date does not start with a year")]
pub struct MalformedDate;

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Its number, from 1.
    pub page: u32,
    /// How many pages there are.
    pub total_pages: u32,
    /// How many results there are, persons included.
    pub total_results: u32,
    /// Movies and series, in TMDB's order.
    pub entries: Vec<TitleEntry>,
    /// Entries left out: persons and such as have no id.
    pub dropped: u32,
}

/// One movie or series in detail.
#[derive(Clone, Debug, PartialEq)]
pub struct Details {
    /// What a list would say of it.
    pub entry: TitleEntry,
    /// Number of seasons, of series only.
    pub number_of_seasons: Option<u32>,
    /// `tt…`
    pub imdb_id: Option<String>,
    /// TheTVDB's id, of series only.
    pub tvdb_id: Option<u64>,
}

/// Says why TMDB gave no usable answer. No variant holds an address or a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TmdbError {
    /// 401
    #[error("TMDB refused the key; set TMDB_API_KEY to a v3 key or a v4 read access token")]
    Unauthorized,
    /// 404
    #[error("TMDB does not know this title")]
    NotFound,
    /// 429, and no time left to wait.
    #[error("TMDB asks to slow down, and the time for this request does not allow it")]
    RateLimited {
        /// What `Retry-After` said.
        retry_after: Option<Duration>,
    },
    /// Any other status.
    #[error("TMDB answered with status {status}")]
    Status {
        /// The status.
        status: u16,
    },
    /// No complete answer in time.
    #[error("TMDB did not answer in time")]
    Timeout,
    /// The answer is larger than any real one.
    #[error("TMDB's answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The connection failed.
    #[error("TMDB can't be reached: {reason}")]
    Connection {
        /// What failed, without the address.
        reason: &'static str,
    },
    /// The answer is not what TMDB documents.
    #[error("TMDB's answer can't be read: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
}

/// What stellarr asks of TMDB.
#[async_trait]
pub trait Tmdb: Send + Sync {
    /// Searches by text.
    async fn search(&self, search: &Search) -> Result<Page, TmdbError>;

    /// Reads one title with its ids elsewhere.
    async fn details(&self, media_type: MediaType, id: u64, language: Option<&Locale>) -> Result<Details, TmdbError>;

    /// Reads one page of a list.
    async fn list(&self, list: &List, audience: &Audience) -> Result<Page, TmdbError>;
}

impl Page {
    /// Reads a list answer. `asked` is the media type of entries that do not say theirs.
    ///
    /// # Errors
    /// [`TmdbError::Malformed`] when this is not JSON with a `results` array.
    pub fn parse(body: &[u8], asked: Option<MediaType>) -> Result<Self, TmdbError> {
        #[derive(Deserialize)]
        struct Envelope<'a> {
            #[serde(default)]
            page: u32,
            #[serde(borrow)]
            results: Vec<&'a RawValue>,
            #[serde(default)]
            total_pages: u32,
            #[serde(default)]
            total_results: u32,
        }
        let envelope: Envelope<'_> = serde_json::from_slice(body).map_err(malformed)?;
        let mut dropped = 0;
        let mut entries = Vec::with_capacity(envelope.results.len());
        for raw in envelope.results {
            match serde_json::from_str::<RawEntry>(raw.get()).ok().and_then(|raw| raw.into_entry(asked)) {
                Some(entry) => entries.push(entry),
                None => dropped += 1,
            }
        }
        Ok(Self {
            page: envelope.page,
            total_pages: envelope.total_pages,
            total_results: envelope.total_results,
            entries,
            dropped,
        })
    }
}

impl Details {
    /// Reads a detail answer with its `external_ids`.
    ///
    /// # Errors
    /// [`TmdbError::Malformed`] when this is not JSON or has no id.
    pub fn parse(body: &[u8], media_type: MediaType) -> Result<Self, TmdbError> {
        #[derive(Deserialize)]
        struct Genre {
            id: u32,
        }
        #[derive(Default, Deserialize)]
        struct ExternalIds {
            #[serde(default, deserialize_with = "lenient")]
            imdb_id: Option<String>,
            #[serde(default, deserialize_with = "lenient")]
            tvdb_id: Option<u64>,
        }
        #[derive(Deserialize)]
        struct Raw {
            #[serde(flatten)]
            entry: RawEntry,
            #[serde(default, deserialize_with = "lenient")]
            genres: Option<Vec<Genre>>,
            #[serde(default, deserialize_with = "lenient")]
            number_of_seasons: Option<u32>,
            #[serde(default, deserialize_with = "lenient")]
            external_ids: Option<ExternalIds>,
            #[serde(default, deserialize_with = "lenient")]
            imdb_id: Option<String>,
        }
        let raw: Raw = serde_json::from_slice(body).map_err(malformed)?;
        let mut entry = RawEntry { media_type: None, ..raw.entry }
            .into_entry(Some(media_type))
            .ok_or_else(|| TmdbError::Malformed { reason: "no id".to_owned() })?;
        if let Some(genres) = raw.genres {
            entry.genre_ids = genres.into_iter().map(|genre| genre.id).collect();
        }
        let ids = raw.external_ids.unwrap_or_default();
        Ok(Self {
            entry,
            number_of_seasons: raw.number_of_seasons,
            imdb_id: ids.imdb_id.or(raw.imdb_id).filter(|id| !id.is_empty()),
            tvdb_id: ids.tvdb_id.filter(|id| *id > 0),
        })
    }
}

#[derive(Deserialize)]
struct RawEntry {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<u64>,
    #[serde(default, deserialize_with = "lenient")]
    media_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    title: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    overview: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    poster_path: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    backdrop_path: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    release_date: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    first_air_date: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    genre_ids: Option<Vec<u32>>,
    #[serde(default, deserialize_with = "lenient")]
    popularity: Option<f64>,
    #[serde(default, deserialize_with = "lenient")]
    vote_average: Option<f64>,
    #[serde(default, deserialize_with = "lenient")]
    vote_count: Option<u32>,
    #[serde(default, deserialize_with = "lenient")]
    original_language: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    adult: Option<bool>,
}

impl RawEntry {
    /// Returns `None` for persons, unknown kinds and entries without an id.
    fn into_entry(self, asked: Option<MediaType>) -> Option<TitleEntry> {
        let media_type = match self.media_type.as_deref() {
            None => asked?,
            Some("movie") => MediaType::Movie,
            Some("tv") => MediaType::Tv,
            Some(_) => return None,
        };
        let (title, date) = match media_type {
            MediaType::Movie => (self.title.or(self.name), self.release_date.or(self.first_air_date)),
            MediaType::Tv => (self.name.or(self.title), self.first_air_date.or(self.release_date)),
        };
        Some(TitleEntry {
            id: self.id.filter(|id| *id > 0)?,
            media_type,
            title: title.map(|title| title.trim().to_owned()).unwrap_or_default(),
            overview: self.overview.unwrap_or_default(),
            poster_path: self.poster_path.filter(|path| path.starts_with('/')),
            backdrop_path: self.backdrop_path.filter(|path| path.starts_with('/')),
            release_date: date.filter(|date| !date.trim().is_empty()),
            genre_ids: self.genre_ids.unwrap_or_default(),
            popularity: self.popularity.unwrap_or_default(),
            vote_average: self.vote_average.unwrap_or_default(),
            vote_count: self.vote_count.unwrap_or_default(),
            original_language: self.original_language.unwrap_or_default(),
            adult: self.adult.unwrap_or_default(),
        })
    }
}

/// Reads a field of the wrong type as absent, so that it costs the field and not the entry.
fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

fn malformed(error: serde_json::Error) -> TmdbError {
    // serde_json's text names a line and a column, never the content.
    let reason = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early".to_owned(),
        serde_json::error::Category::Syntax => "it is not JSON".to_owned(),
        _ => format!("it lacks what is documented ({error})"),
    };
    TmdbError::Malformed { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_broken_entry_costs_one_entry() {
        let body = br#"{"page":1,"results":[
            {"id":1,"media_type":"movie","title":"One","release_date":"1922-03-04","vote_average":7.5,"genre_ids":[27]},
            {"id":null,"media_type":"movie","title":"No id"},
            {"id":2,"media_type":"person","name":"A person"},
            "text", 7, null, {},
            {"id":3,"media_type":"tv","name":" Three ","first_air_date":"","overview":null,"poster_path":3}
        ],"total_pages":9,"total_results":180}"#;
        let page = Page::parse(body, None).unwrap();
        assert_eq!((page.entries.len(), page.dropped, page.total_results), (2, 6, 180));
        assert_eq!(page.entries[0].year(), Ok(Some(1922)));
        assert_eq!(page.entries[1].title, "Three");
        assert_eq!(page.entries[1].year(), Ok(None));
    }

    #[test]
    fn entries_of_a_single_type_list_take_its_type() {
        let page = Page::parse(br#"{"results":[{"id":1,"name":"A"}]}"#, Some(MediaType::Tv)).unwrap();
        assert_eq!(page.entries[0].media_type, MediaType::Tv);
        assert!(Page::parse(br#"{"results":[{"id":1,"name":"A"}]}"#, None).unwrap().entries.is_empty());
    }

    #[test]
    fn what_is_no_list_is_an_error() {
        for body in ["", "{}", "[]", "<html>", r#"{"results":null}"#, r#"{"results":[{"id":1"#] {
            assert!(matches!(Page::parse(body.as_bytes(), None), Err(TmdbError::Malformed { .. })), "{body}");
        }
    }

    #[test]
    fn a_date_is_a_year_or_malformed() {
        let mut entry =
            Page::parse(br#"{"results":[{"id":1,"title":"A"}]}"#, Some(MediaType::Movie)).unwrap().entries.remove(0);
        for (date, year) in [
            ("2024-01-02", Ok(Some(2024))),
            ("1999", Ok(Some(1999))),
            ("soon", Err(MalformedDate)),
            ("19995-01", Err(MalformedDate)),
        ] {
            entry.release_date = Some(date.to_owned());
            assert_eq!(entry.year(), year, "{date}");
        }
    }

    #[test]
    fn details_bring_the_ids() {
        let body = br#"{"id":1399,"name":"A series","genres":[{"id":18,"name":"Drama"}],"number_of_seasons":8,
            "external_ids":{"imdb_id":"tt0944947","tvdb_id":121361}}"#;
        let details = Details::parse(body, MediaType::Tv).unwrap();
        assert_eq!(details.entry.genre_ids, [18]);
        assert_eq!(details.number_of_seasons, Some(8));
        assert_eq!((details.imdb_id.as_deref(), details.tvdb_id), (Some("tt0944947"), Some(121_361)));
    }
}
