//! Titles and their ids.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stellarr_core::media::MediaType;

/// Returns the word that people use for several titles of a media type.
#[must_use]
pub const fn plural(media_type: MediaType) -> &'static str {
    match media_type {
        MediaType::Movie => "films",
        MediaType::Tv => "series",
    }
}

/// Reads Plex's word for a section's type.
#[must_use]
pub fn media_type_of_section(text: &str) -> Option<MediaType> {
    match text {
        "movie" => Some(MediaType::Movie),
        "show" => Some(MediaType::Tv),
        _ => None,
    }
}

/// A title as the site takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Title {
    /// TMDB's id.
    pub tmdb_id: u64,
    /// TheTVDB's id, of series.
    pub tvdb_id: Option<u64>,
    /// As Plex has it.
    pub title: String,
}

/// An entry of a Plex section.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct LibraryEntry {
    #[serde(default)]
    pub(super) title: String,
    /// One id of the agent that found it; older agents have no other.
    #[serde(default)]
    pub(super) guid: String,
    #[serde(default, rename = "Guid")]
    pub(super) guids: Vec<ExternalId>,
}

/// An id elsewhere, such as `tmdb://603`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct ExternalId {
    #[serde(default)]
    pub(super) id: String,
}

/// What was read of one media type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    titles: BTreeMap<u64, Title>,
    /// Entries that carry no TMDB id.
    pub without_id: Vec<String>,
    /// Entries of titles that were read already, of another section or as another edition.
    pub repeated: usize,
}

impl Holdings {
    /// Takes an entry in.
    pub(super) fn add(&mut self, media_type: MediaType, entry: LibraryEntry) {
        let Some(tmdb_id) = entry.id_at("tmdb", "themoviedb") else {
            self.without_id.push(entry.title);
            return;
        };
        let tvdb_id = entry.id_at("tvdb", "thetvdb").filter(|_| media_type == MediaType::Tv);
        if let Some(known) = self.titles.get_mut(&tmdb_id) {
            self.repeated += 1;
            known.tvdb_id = known.tvdb_id.or(tvdb_id);
            return;
        }
        self.titles.insert(tmdb_id, Title { tmdb_id, tvdb_id, title: entry.title });
    }

    /// The titles, each once, by id.
    #[must_use]
    pub fn titles(&self) -> Vec<Title> {
        self.titles.values().cloned().collect()
    }

    /// How many titles there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.titles.len()
    }

    /// Says whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.titles.is_empty()
    }
}

impl LibraryEntry {
    /// Finds an id at a service: in the list that today's agents fill, else in the one guid of older agents.
    fn id_at(&self, scheme: &str, agent: &str) -> Option<u64> {
        let listed = self.guids.iter().find_map(|one| one.id.strip_prefix(scheme)?.strip_prefix("://")?.parse().ok());
        let legacy = || {
            let rest = self.guid.strip_prefix("com.plexapp.agents.")?.strip_prefix(agent)?.strip_prefix("://")?;
            rest.split(['?', '/']).next()?.parse().ok()
        };
        listed.or_else(legacy).filter(|id| *id > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(json: &str) -> LibraryEntry {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn ids_are_found_with_every_agent() {
        let mut series = Holdings::default();
        for json in [
            r#"{"title":"Bluey","guid":"plex://show/5d9c","Guid":[{"id":"imdb://tt7678620"},{"id":"tmdb://82728"},{"id":"tvdb://353546"}]}"#,
            r#"{"title":"Old","guid":"com.plexapp.agents.themoviedb://1399?lang=en"}"#,
            r#"{"title":"TVDB only","guid":"com.plexapp.agents.thetvdb://73871?lang=en"}"#,
            r#"{"title":"Home video","guid":"local://4711"}"#,
            r#"{"title":"Damaged","Guid":[{"id":"tmdb://x"},{}]}"#,
            r#"{"title":"Bluey (2018)","Guid":[{"id":"tmdb://82728"}]}"#,
        ] {
            series.add(MediaType::Tv, entry(json));
        }
        let ids: Vec<_> = series.titles().iter().map(|title| (title.tmdb_id, title.tvdb_id)).collect();
        assert_eq!(ids, [(1399, None), (82728, Some(353_546))]);
        assert_eq!(series.without_id, ["TVDB only", "Home video", "Damaged"]);
        assert_eq!(series.repeated, 1);
    }

    #[test]
    fn a_film_has_no_id_of_a_series() {
        let mut films = Holdings::default();
        films.add(MediaType::Movie, entry(r#"{"title":"A","Guid":[{"id":"tmdb://1"},{"id":"tvdb://2"}]}"#));
        assert_eq!(films.titles(), [Title { tmdb_id: 1, tvdb_id: None, title: "A".to_owned() }]);
    }
}
