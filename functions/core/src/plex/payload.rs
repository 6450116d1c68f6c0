//! The webhook's payload.
//!
//! Plex's JSON has `guid`, a text, beside `Guid`, an array, so names are read with their case. A field of the wrong
//! type counts as absent: payloads differ from server to server, and one odd field must not lose an arrival.

use serde::Serialize;
use serde_json::Value;

use super::agent::{Ids, legacy, modern};
use crate::media::{MediaType, short_title};
use crate::store::KnownIds;

/// Longest guid that is looked at, in bytes; real ones have some 50.
const MAX_GUID_LENGTH: usize = 2_048;

/// Says what arrived, in Plex's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PlexKind {
    /// A film.
    Movie,
    /// A whole show.
    Show,
    /// A season of a show.
    Season,
    /// An episode of a show.
    Episode,
}

impl PlexKind {
    /// Tells whether it is a film or part of a series.
    #[must_use]
    pub const fn media_type(self) -> MediaType {
        match self {
            Self::Movie => MediaType::Movie,
            Self::Show | Self::Season | Self::Episode => MediaType::Tv,
        }
    }
}

/// Holds what a payload says of the film or show that something arrived of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlexItem {
    /// What arrived.
    pub kind: PlexKind,
    /// Title of the film or show.
    pub title: String,
    /// Its year. That of an episode is not the show's, so it has none.
    pub year: Option<u16>,
    /// Plex's guid of the film or show.
    pub guid: Option<String>,
    /// Ids of the film or show.
    pub ids: KnownIds,
    /// IMDb's id of the film or show.
    pub imdb_id: Option<String>,
    /// TheTVDB's id of the episode.
    pub episode_tvdb_id: Option<u64>,
    /// TMDB's id of whatever arrived, an episode's among them.
    pub item_tmdb_id: Option<u64>,
}

/// Says what a payload is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Something arrived.
    Arrived(Box<PlexItem>),
    /// Nothing that concerns us, and why.
    Ignored(String),
}

/// Says that a payload is not a JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the payload is not a JSON object")]
pub struct PayloadError;

/// Reads a payload; `server` is the one server that counts, if only one does.
pub fn read(payload: &str, server: Option<&str>) -> Result<Reading, PayloadError> {
    let payload: Value = serde_json::from_str(payload).map_err(|_| PayloadError)?;
    if !payload.is_object() {
        return Err(PayloadError);
    }
    let event = text(&payload, "event").unwrap_or_default();
    if event != "library.new" {
        return Ok(Reading::Ignored(format!("Event '{}' is not library.new", short(event))));
    }
    let found = payload.get("Server").and_then(|server| text(server, "title")).unwrap_or_default();
    if server.is_some_and(|server| server != found) {
        return Ok(Reading::Ignored("Another Plex server".to_owned()));
    }
    let Some(metadata) = payload.get("Metadata") else {
        return Ok(Reading::Ignored("No metadata".to_owned()));
    };
    let kind = match text(metadata, "type").unwrap_or_default() {
        "movie" => PlexKind::Movie,
        "show" => PlexKind::Show,
        "season" => PlexKind::Season,
        "episode" => PlexKind::Episode,
        other => return Ok(Reading::Ignored(format!("Media type '{}' is not requested here", short(other)))),
    };
    Ok(Reading::Arrived(Box::new(item(kind, metadata))))
}

fn item(kind: PlexKind, metadata: &Value) -> PlexItem {
    let (title, year, guid) = match kind {
        PlexKind::Movie | PlexKind::Show => ("title", "year", "guid"),
        PlexKind::Season => ("parentTitle", "parentYear", "parentGuid"),
        PlexKind::Episode => ("grandparentTitle", "grandparentYear", "grandparentGuid"),
    };
    let guids = metadata.get("Guid").and_then(Value::as_array).into_iter().flatten();
    let own = modern(guids.filter_map(|guid| text(guid, "id")));
    let guid = text(metadata, guid);
    // A legacy guid names the show, be it the show's own or the episode's.
    let named = guid.map(legacy).unwrap_or_default();
    let item_named = text(metadata, "guid").map(legacy).unwrap_or_default();
    let known = named.known.or(item_named.known);
    let (ids, imdb_id, episode_tvdb_id) = match kind {
        PlexKind::Movie | PlexKind::Show => (own.known.or(known), own.imdb_id.clone().or(named.imdb_id), None),
        // What the array holds is the season's or the episode's own.
        PlexKind::Season => (known, named.imdb_id, None),
        PlexKind::Episode => (known, named.imdb_id, own.known.tvdb_id),
    };
    let ids = Ids { known: ids, imdb_id };
    PlexItem {
        kind,
        title: short_title(text(metadata, title).unwrap_or_default()),
        year: metadata.get(year).and_then(Value::as_u64).and_then(|year| u16::try_from(year).ok()),
        // A legacy guid with a language or an episode's number in it would not be the same next time.
        guid: guid.filter(|guid| (1..=MAX_GUID_LENGTH).contains(&guid.len())).map(str::to_owned),
        ids: ids.known,
        imdb_id: ids.imdb_id,
        episode_tvdb_id,
        item_tmdb_id: own.known.tmdb_id,
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

fn short(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn arrived(payload: &str) -> PlexItem {
        match read(payload, None) {
            Ok(Reading::Arrived(item)) => *item,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_episode_of_a_modern_agent() {
        let item = arrived(
            r#"{"event":"library.new","Server":{"title":"Home"},"Metadata":{"type":"episode","title":"Camping",
            "guid":"plex://episode/5d9c1","grandparentGuid":"plex://show/5d9c0","grandparentTitle":"Bluey (2018)",
            "year":2019,"Rating":[{"value":9}],"rating":9.1,
            "Guid":[{"id":"imdb://tt9110200"},{"id":"tmdb://1700001"},{"id":"tvdb://6933591"}]}}"#,
        );
        assert_eq!(
            item,
            PlexItem {
                kind: PlexKind::Episode,
                title: "Bluey (2018)".to_owned(),
                year: None,
                guid: Some("plex://show/5d9c0".to_owned()),
                ids: KnownIds::default(),
                imdb_id: None,
                episode_tvdb_id: Some(6_933_591),
                item_tmdb_id: Some(1_700_001),
            }
        );
    }

    #[test]
    fn an_episode_of_a_legacy_agent_names_its_show() {
        let item = arrived(
            r#"{"event":"library.new","Metadata":{"type":"episode","guid":"com.plexapp.agents.thetvdb://73871/2/15?lang=en",
            "grandparentTitle":"Futurama"}}"#,
        );
        assert_eq!(item.ids.tvdb_id, Some(73_871));
        assert_eq!((item.guid, item.episode_tvdb_id), (None, None));
    }

    #[test]
    fn a_film_has_its_own_ids() {
        let item = arrived(
            r#"{"event":"library.new","Metadata":{"type":"movie","title":"Nosferatu","year":1922,
            "guid":"plex://movie/1","Guid":[{"id":"tmdb://653"},{"id":7},"x"]}}"#,
        );
        assert_eq!((item.ids.tmdb_id, item.year), (Some(653), Some(1922)));
        let item = arrived(
            r#"{"event":"library.new","Metadata":{"type":"movie","title":"X","guid":"com.plexapp.agents.imdb://tt0072684?lang=en"}}"#,
        );
        assert_eq!(item.imdb_id.as_deref(), Some("tt0072684"));
    }

    #[test]
    fn what_is_too_long_to_be_kept_is_cut_or_ignored() {
        let payload = |guid: &str, title: &str| {
            let metadata = serde_json::json!({"type": "movie", "title": title, "guid": guid});
            serde_json::json!({"event": "library.new", "Metadata": metadata}).to_string()
        };
        let long = arrived(&payload(&"g".repeat(2_049), &"é".repeat(500_000)));
        assert_eq!((long.guid, long.title), (None, "é".repeat(500)));
        let fits = arrived(&payload(&"g".repeat(2_048), "Nosferatu"));
        assert_eq!(fits.guid.map(|guid| guid.len()), Some(2_048));
    }

    #[test]
    fn what_does_not_concern_us_is_ignored() {
        let server = Some("Home");
        for payload in [
            "{}",
            r#"{"event":"media.play"}"#,
            r#"{"event":7}"#,
            r#"{"event":"library.new"}"#,
            r#"{"event":"library.new","Server":{"title":"Away"},"Metadata":{"type":"movie"}}"#,
            r#"{"event":"library.new","Server":"Home","Metadata":{"type":"movie"}}"#,
            r#"{"event":"library.new","Server":{"title":"Home"},"Metadata":{"type":"track"}}"#,
            r#"{"event":"library.new","Server":{"title":"Home"},"Metadata":[]}"#,
        ] {
            assert!(matches!(read(payload, server), Ok(Reading::Ignored(_))), "{payload}");
        }
        for payload in ["", "[]", "null", "NaN", "{", r#"{"a":"\ud800"}"#, &"[".repeat(100_000)] {
            assert_eq!(read(payload, server), Err(PayloadError));
        }
    }

    proptest! {
        #[test]
        fn no_payload_panics(payload in ".{0,200}") {
            let _ = read(&payload, None);
        }

        #[test]
        fn no_metadata_panics(kind in "movie|show|season|episode", guid in ".{0,60}", year in any::<i64>(), id in ".{0,30}") {
            let payload = serde_json::json!({"event": "library.new", "Metadata": {
                "type": kind, "guid": guid, "grandparentGuid": guid, "parentGuid": guid, "year": year,
                "Guid": [{"id": id}, {"id": format!("tmdb://{id}")}],
            }});
            let _ = arrived(&payload.to_string());
        }
    }
}
