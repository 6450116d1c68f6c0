//! Requests and library as one JSON document, the same that the `stellarr` command writes and reads.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::library::LibraryItem;
use crate::media::MediaType;
use crate::request::{MediaRequest, newest_first};

/// What marks the document.
pub const FORMAT: &str = "stellarr-export";

/// The version of its shape.
pub const VERSION: u32 = 1;

/// Everything that a household has entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportDocument {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// When it was written: ISO 8601, UTC.
    pub exported_at: String,
    /// The requests, newest first.
    pub requests: Vec<MediaRequest>,
    /// The library.
    #[serde(default)]
    pub library: Vec<LibraryRow>,
}

/// Why a text is not a document that this version reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableExport {
    /// `format` names something else.
    #[error("its format is `{0}`")]
    OtherFormat(String),
    /// A newer version wrote it.
    #[error("its version is {0}, and this one reads {VERSION}")]
    NewerVersion(u64),
    /// A title has a media type that does not exist.
    #[error("the title {tmdb_id} is neither `movie` nor `tv` but `{media_type}`")]
    OtherMediaType {
        /// The title's id at TMDB.
        tmdb_id: u64,
        /// Its media type.
        media_type: String,
    },
    /// It is not JSON, or not of this shape.
    #[error("{0}")]
    Malformed(String),
}

impl ExportDocument {
    /// Puts a document together, requests newest first and the library by its keys. `exported_at` is ISO 8601, UTC.
    #[must_use]
    pub fn new(mut requests: Vec<MediaRequest>, mut library: Vec<LibraryRow>, exported_at: String) -> Self {
        newest_first(&mut requests);
        library.sort_by_key(|row| row.item.key());
        Self { format: FORMAT.to_owned(), version: VERSION, exported_at, requests, library }
    }

    /// Reads a document and checks that every title can be kept.
    ///
    /// # Errors
    /// The first reason why it can't be read.
    pub fn parse(text: &str) -> Result<Self, UnreadableExport> {
        let document: Self = serde_json::from_str(text).map_err(|error| unreadable(text, &error))?;
        check_head(&document.format, document.version.into())?;
        Ok(document)
    }
}

fn check_head(format: &str, version: u64) -> Result<(), UnreadableExport> {
    if format != FORMAT {
        return Err(UnreadableExport::OtherFormat(format.to_owned()));
    }
    if version > VERSION.into() {
        return Err(UnreadableExport::NewerVersion(version));
    }
    Ok(())
}

/// Finds the reason that helps most: another format or version explains an unknown shape, and a title with an unknown media
/// type can be corrected by hand.
fn unreadable(text: &str, error: &serde_json::Error) -> UnreadableExport {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    if let (Some(format), Some(version)) = (value["format"].as_str(), value["version"].as_u64())
        && let Err(error) = check_head(format, version)
    {
        return error;
    }
    let titles = ["requests", "library"].into_iter().filter_map(|part| value[part].as_array()).flatten();
    let mut typed = titles.filter_map(|title| Some((title["media_type"].as_str()?, title["tmdb_id"].as_u64()?)));
    match typed.find(|(media_type, _)| media_type.parse::<MediaType>().is_err()) {
        Some((media_type, tmdb_id)) => UnreadableExport::OtherMediaType { tmdb_id, media_type: media_type.to_owned() },
        None => UnreadableExport::Malformed(error.to_string()),
    }
}

/// What bringing a document back did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// Requests.
    pub requests: Tally,
    /// Rows of the library.
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
    pub const fn count(&mut self, is_new: bool) {
        if is_new {
            self.new += 1;
        } else {
            self.present += 1;
        }
    }
}

/// A row of the library with the time of its last sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryRow {
    /// The title.
    #[serde(flatten)]
    pub item: LibraryItem,
    /// When it was last synced: ISO 8601, UTC.
    pub synced_at: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_survives_its_text() {
        let request = json!({
            "media_type": "movie",
            "tmdb_id": 653,
            "title": "Nosferatu",
            "created_at": "2026-01-01T00:00:00.000000+00:00",
            "genre_ids": [27],
        });
        let row = json!({"media_type": "tv", "tmdb_id": 1, "synced_at": ""});
        let [request, row] = [request, row].map(|value| value.to_string());
        let request = serde_json::from_str(&request).unwrap();
        let row = serde_json::from_str(&row).unwrap();
        let document = ExportDocument::new(vec![request], vec![row], "1970-01-01T00:00:00+00:00".to_owned());
        let text = serde_json::to_string(&document).unwrap();
        assert_eq!(
            text,
            r#"{"format":"stellarr-export","version":1,"exported_at":"1970-01-01T00:00:00+00:00","requests":[{"media_type":"movie","tmdb_id":653,"title":"Nosferatu","created_at":"2026-01-01T00:00:00.000000+00:00","genre_ids":[27]}],"library":[{"media_type":"tv","tmdb_id":1,"synced_at":""}]}"#
        );
        assert_eq!(ExportDocument::parse(&text).unwrap(), document);
    }
}
