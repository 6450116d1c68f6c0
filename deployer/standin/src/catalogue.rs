//! Holds the titles and people that the stand-in knows.

use std::{collections::BTreeMap, sync::OnceLock};

use serde::{Deserialize, Serialize};

/// The languages in which the catalogue has texts; the first stands in for all others.
pub(crate) const LOCALES: [&str; 4] = ["en", "es", "fr", "de"];

/// Some sixty films and series that are old enough to be in the public domain, or well known and old.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// TMDB's genres for films.
    pub movie_genres: Vec<Genre>,
    /// TMDB's genres for series, which are others.
    pub tv_genres: Vec<Genre>,
    /// The films.
    pub movies: Vec<Title>,
    /// The series.
    pub series: Vec<Title>,
    /// A few people, for the lists that mix them with titles.
    pub people: Vec<Person>,
}

/// A genre.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genre {
    /// TMDB's number.
    pub id: u64,
    /// The name by language.
    pub names: BTreeMap<String, String>,
}

/// A film or a series.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// TMDB's number, unique among films or among series.
    pub id: u64,
    /// IMDb's id, `tt…`; a few titles have none.
    #[serde(default)]
    pub imdb_id: Option<String>,
    /// TVDB's number of a series; a few have none.
    #[serde(default)]
    pub tvdb_id: Option<u64>,
    /// The release or first air date, `YYYY-MM-DD`; empty where TMDB has none.
    #[serde(default)]
    pub date: String,
    /// The original language, ISO 639-1.
    pub language: String,
    /// The countries of origin, ISO 3166-1.
    pub countries: Vec<String>,
    /// Genre numbers.
    pub genres: Vec<u64>,
    /// The mean vote, 0 to 10.
    pub rating: f64,
    /// The number of votes.
    pub votes: u64,
    /// TMDB's popularity.
    pub popularity: f64,
    /// Minutes, of a film or an episode.
    pub runtime: u64,
    /// The number of seasons of a series.
    #[serde(default)]
    pub seasons: u64,
    /// The number of episodes of a series.
    #[serde(default)]
    pub episodes: u64,
    /// The original title.
    pub original_title: String,
    /// Who directed or created it.
    #[serde(default)]
    pub director: String,
    /// Some of the cast.
    #[serde(default)]
    pub cast: Vec<String>,
    /// Some keywords.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// Whether it has no poster.
    #[serde(default)]
    pub without_poster: bool,
    /// The title by language; English always, others where they differ from it.
    pub titles: BTreeMap<String, String>,
    /// The overview by language; TMDB has none where a language is absent.
    pub overviews: BTreeMap<String, String>,
}

impl Title {
    /// Returns the title in a language, else in English.
    #[must_use]
    pub fn title(&self, locale: &str) -> &str {
        self.titles.get(locale).or_else(|| self.titles.get(LOCALES[0])).map_or(&self.original_title, String::as_str)
    }

    /// Returns the overview in a language; empty where it was never translated.
    #[must_use]
    pub fn overview(&self, locale: &str) -> &str {
        self.overviews.get(locale).map_or("", String::as_str)
    }

    /// Returns the year of the date.
    #[must_use]
    pub fn year(&self) -> Option<&str> {
        self.date.get(..4)
    }
}

/// A person.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// TMDB's number.
    pub id: u64,
    /// The name.
    pub name: String,
    /// TMDB's code: 1 female, 2 male.
    pub gender: u8,
    /// TMDB's name of the department, such as `Acting`.
    pub department: String,
    /// TMDB's popularity.
    pub popularity: f64,
    /// Films that the person is known for.
    pub known_for: Vec<u64>,
}

/// A film or a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaType {
    /// A film.
    Movie,
    /// A series.
    Tv,
}

impl MediaType {
    /// Returns TMDB's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Movie => "movie",
            Self::Tv => "tv",
        }
    }

    /// Reads TMDB's word for it.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "movie" => Some(Self::Movie),
            "tv" => Some(Self::Tv),
            _ => None,
        }
    }
}

impl Catalogue {
    /// Returns the embedded catalogue, `data/catalogue.json`.
    ///
    /// # Panics
    ///
    /// Never: a unit test reads the same embedded file.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the file is embedded and a test reads it")]
    pub fn embedded() -> &'static Self {
        static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
        CATALOGUE.get_or_init(|| {
            serde_json::from_str(include_str!("../data/catalogue.json")).expect("the embedded catalogue is valid")
        })
    }

    /// Returns the titles of a media type.
    #[must_use]
    pub fn titles(&self, media_type: MediaType) -> &[Title] {
        match media_type {
            MediaType::Movie => &self.movies,
            MediaType::Tv => &self.series,
        }
    }

    /// Returns the genres of a media type.
    #[must_use]
    pub fn genres(&self, media_type: MediaType) -> &[Genre] {
        match media_type {
            MediaType::Movie => &self.movie_genres,
            MediaType::Tv => &self.tv_genres,
        }
    }

    /// Finds a title by TMDB's number.
    #[must_use]
    pub fn find(&self, media_type: MediaType, id: u64) -> Option<&Title> {
        self.titles(media_type).iter().find(|title| title.id == id)
    }

    /// Finds a series by TVDB's number.
    #[must_use]
    pub fn series_by_tvdb(&self, id: u64) -> Option<&Title> {
        self.series.iter().find(|title| title.tvdb_id == Some(id))
    }

    /// Finds a person by TMDB's number.
    #[must_use]
    pub fn person(&self, id: u64) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }
}

/// Returns the catalogue's language for TMDB's `language` parameter: `de` for `de-AT`, else `en`.
pub(crate) fn locale(language: Option<&str>) -> &'static str {
    let language = language.unwrap_or_default();
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    LOCALES.into_iter().find(|locale| primary.eq_ignore_ascii_case(locale)).unwrap_or(LOCALES[0])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_embedded_catalogue_is_consistent() {
        let catalogue = Catalogue::embedded();
        assert!(catalogue.movies.len() + catalogue.series.len() >= 60);
        for media_type in [MediaType::Movie, MediaType::Tv] {
            let genres: BTreeSet<u64> = catalogue.genres(media_type).iter().map(|g| g.id).collect();
            for genre in catalogue.genres(media_type) {
                assert_eq!(genre.names.len(), LOCALES.len(), "{:?}", genre.names);
            }
            let mut ids = BTreeSet::new();
            for title in catalogue.titles(media_type) {
                let name = &title.original_title;
                assert!(ids.insert(title.id), "{name}: id {} twice", title.id);
                assert!(title.titles.contains_key("en"), "{name}");
                assert!(!title.overview("en").is_empty(), "{name}");
                assert!(!title.genres.is_empty(), "{name}");
                for genre in &title.genres {
                    assert!(genres.contains(genre), "{name}: genre {genre}");
                }
                for locale in title.titles.keys().chain(title.overviews.keys()) {
                    assert!(LOCALES.contains(&locale.as_str()), "{name}: {locale}");
                }
                assert!((0.0..=10.0).contains(&title.rating), "{name}");
                assert_eq!(title.date.len(), 10, "{name}");
                assert_eq!(title.seasons > 0, media_type == MediaType::Tv, "{name}");
            }
        }
        let ids = |f: fn(&Title) -> Option<String>| {
            let all: Vec<String> = catalogue.movies.iter().chain(&catalogue.series).filter_map(f).collect();
            let distinct: BTreeSet<&String> = all.iter().collect();
            assert_eq!(all.len(), distinct.len(), "{all:?}");
        };
        ids(|title| title.imdb_id.clone());
        ids(|title| title.tvdb_id.map(|id| id.to_string()));
        for person in &catalogue.people {
            for id in &person.known_for {
                assert!(catalogue.find(MediaType::Movie, *id).is_some(), "{}", person.name);
            }
        }
    }

    #[test]
    fn languages_fall_back_to_english() {
        assert_eq!(locale(Some("de-AT")), "de");
        assert_eq!(locale(Some("FR")), "fr");
        assert_eq!(locale(Some("pt-BR")), "en");
        assert_eq!(locale(None), "en");
    }
}
