//! The document: the same that `stellarr-server export` writes and `stellarr-server import` reads.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::error::CommandError;

/// What marks the document.
pub const FORMAT: &str = "stellarr-export";

/// The version of its shape.
pub const VERSION: u32 = 1;

/// Everything that a household has entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// When it was written: ISO 8601, UTC.
    pub exported_at: String,
    /// The requests, newest first.
    pub requests: Vec<Request>,
    /// The library.
    #[serde(default)]
    pub library: Vec<LibraryRow>,
}

/// A request, as the site sends and stores it; absent values are absent keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// `movie` or `tv`.
    pub media_type: String,
    /// TMDB's id.
    pub tmdb_id: u64,
    /// TMDB's title.
    pub title: String,
    /// When it was asked for.
    pub created_at: String,
    /// Year of release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
    /// TMDB's overview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overview: Option<String>,
    /// Path of the poster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poster_path: Option<String>,
    /// IMDb's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imdb_id: Option<String>,
    /// TheTVDB's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tvdb_id: Option<u64>,
    /// Who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    /// TMDB's genre ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub genre_ids: Vec<u32>,
    /// ISO 639-1 code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_language: Option<String>,
    /// When it arrived in the library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added_at: Option<String>,
    /// Plex's guid of what arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plex_guid: Option<String>,
}

/// A title of the library.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryRow {
    /// `movie` or `tv`.
    pub media_type: String,
    /// TMDB's id.
    pub tmdb_id: u64,
    /// TheTVDB's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tvdb_id: Option<u64>,
    /// The title as Plex has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When it was last synced.
    pub synced_at: String,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// Requests.
    pub requests: Tally,
    /// Titles of the library.
    pub library: Tally,
}

/// How many were new, and how many there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Kept now.
    pub new: usize,
    /// Left as they were.
    pub present: usize,
}

impl Tally {
    /// Counts one more.
    pub fn count(&mut self, is_new: bool) {
        if is_new {
            self.new += 1;
        } else {
            self.present += 1;
        }
    }
}

impl Document {
    /// Puts a document together, requests newest first and the library by its keys.
    #[must_use]
    pub fn new(mut requests: Vec<Request>, mut library: Vec<LibraryRow>, now: Timestamp) -> Self {
        newest_first(&mut requests);
        library.sort_by(|one, other| (&one.media_type, one.tmdb_id).cmp(&(&other.media_type, other.tmdb_id)));
        let exported_at = now.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
        Self { format: FORMAT.to_owned(), version: VERSION, exported_at, requests, library }
    }

    /// Reads a document and checks that every entry can be kept.
    ///
    /// # Errors
    /// When it is none, or of a newer version.
    pub fn parse(text: &str) -> Result<Self, CommandError> {
        let remedy = "give a file that `stellarr requests export` has written";
        let document: Self = serde_json::from_str(text)
            .map_err(|error| CommandError::usage(format!("this is no export of stellarr: {error}")).hint(remedy))?;
        if document.format != FORMAT {
            return Err(CommandError::usage("this is no export of stellarr: its `format` is another").hint(remedy));
        }
        if document.version > VERSION {
            return Err(CommandError::usage(format!(
                "the export has version {}, and this stellarr reads {VERSION}",
                document.version
            ))
            .hint("use the newer stellarr that wrote it"));
        }
        let kinds = document.requests.iter().map(|one| (&one.media_type, one.tmdb_id));
        let kinds = kinds.chain(document.library.iter().map(|one| (&one.media_type, one.tmdb_id)));
        for (kind, id) in kinds {
            if kind != "movie" && kind != "tv" {
                return Err(CommandError::usage(format!("the title {id} is neither `movie` nor `tv` but `{kind}`"))
                    .hint("correct its `media_type`; nothing was imported"));
            }
        }
        Ok(document)
    }
}

/// Sorts newest first; requests of the same moment by their keys.
pub(super) fn newest_first(requests: &mut [Request]) {
    requests.sort_by(|one, other| {
        let of_key = |request: &Request| (request.media_type.clone(), request.tmdb_id);
        other.created_at.cmp(&one.created_at).then_with(|| of_key(one).cmp(&of_key(other)))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_survives_its_text() {
        let request = Request {
            media_type: "movie".to_owned(),
            tmdb_id: 653,
            title: "Nosferatu".to_owned(),
            created_at: "2026-01-01T00:00:00.000000+00:00".to_owned(),
            genre_ids: vec![27],
            ..Request::default()
        };
        let row = LibraryRow { media_type: "tv".to_owned(), tmdb_id: 1, ..LibraryRow::default() };
        let document = Document::new(vec![request], vec![row], Timestamp::UNIX_EPOCH);
        let text = serde_json::to_string(&document).unwrap();
        assert!(!text.contains("null"), "{text}");
        assert_eq!(Document::parse(&text).unwrap(), document);
    }

    #[test]
    fn what_is_no_export_is_refused_with_a_remedy() {
        let export = |version: u32, kind: &str| {
            format!(
                r#"{{"format":"stellarr-export","version":{version},"exported_at":"","requests":[{{"media_type":"{kind}","tmdb_id":1,"title":"","created_at":""}}]}}"#
            )
        };
        assert!(Document::parse(&export(1, "tv")).is_ok());
        for (text, said) in [
            ("[]".to_owned(), "no export"),
            ("{\"format\":\"x\",\"version\":1,\"exported_at\":\"\",\"requests\":[]}".to_owned(), "another"),
            (export(2, "tv"), "version 2"),
            (export(1, "PUSH#name"), "neither `movie` nor `tv`"),
        ] {
            let error = Document::parse(&text).unwrap_err();
            assert!(error.message.contains(said) && !error.hints.is_empty(), "{error}");
        }
    }
}
