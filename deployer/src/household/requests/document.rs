//! The document: the same that `stellarr-server export` writes and `stellarr-server import` reads.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stellarr_core::library::LibraryItem;
use stellarr_core::media::MediaType;
use stellarr_core::request::{MediaRequest, newest_first};

use crate::base::error::CommandError;

/// What marks the document.
pub const FORMAT: &str = "stellarr-export";

/// The version of its shape.
pub const VERSION: u32 = 1;

/// What to do about a text that is no export.
const REMEDY: &str = "give a file that `stellarr requests export` has written";

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
    pub requests: Vec<MediaRequest>,
    /// The library.
    #[serde(default)]
    pub library: Vec<LibraryRow>,
}

/// A title of the library, and when it was last synced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryRow {
    /// The title.
    #[serde(flatten)]
    pub item: LibraryItem,
    /// When it was last synced: ISO 8601, UTC.
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
    pub fn new(mut requests: Vec<MediaRequest>, mut library: Vec<LibraryRow>, now: Timestamp) -> Self {
        newest_first(&mut requests);
        library.sort_by_key(|row| row.item.key());
        let exported_at = now.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
        Self { format: FORMAT.to_owned(), version: VERSION, exported_at, requests, library }
    }

    /// Reads a document and checks that every entry can be kept.
    ///
    /// # Errors
    /// When it is none, or of a newer version.
    pub fn parse(text: &str) -> Result<Self, CommandError> {
        let document: Self = serde_json::from_str(text).map_err(|error| unreadable(text, &error))?;
        check_head(&document.format, document.version.into())?;
        Ok(document)
    }
}

/// Checks what the document says of itself.
fn check_head(format: &str, version: u64) -> Result<(), CommandError> {
    if format != FORMAT {
        return Err(CommandError::usage("this is no export of stellarr: its `format` is another").hint(REMEDY));
    }
    if version > VERSION.into() {
        return Err(CommandError::usage(format!(
            "the export has version {version}, and this stellarr reads {VERSION}"
        ))
        .hint("use the newer stellarr that wrote it"));
    }
    Ok(())
}

/// Explains why a text could not be read: a title with another media type is named, anything else is told as the parser does.
fn unreadable(text: &str, error: &serde_json::Error) -> CommandError {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    if let (Some(format), Some(version)) = (value["format"].as_str(), value["version"].as_u64())
        && let Err(error) = check_head(format, version)
    {
        return error;
    }
    let titles = ["requests", "library"].into_iter().filter_map(|part| value[part].as_array()).flatten();
    let unfit = titles.filter_map(|title| Some((title["media_type"].as_str()?, title["tmdb_id"].as_u64()?)));
    match unfit.into_iter().find(|(kind, _)| kind.parse::<MediaType>().is_err()) {
        Some((kind, id)) => CommandError::usage(format!("the title {id} is neither `movie` nor `tv` but `{kind}`"))
            .hint("correct its `media_type`; nothing was imported"),
        None => CommandError::usage(format!("this is no export of stellarr: {error}")).hint(REMEDY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
        let document = Document::new(vec![request], vec![row], Timestamp::UNIX_EPOCH);
        let text = serde_json::to_string(&document).unwrap();
        assert_eq!(
            text,
            r#"{"format":"stellarr-export","version":1,"exported_at":"1970-01-01T00:00:00+00:00","requests":[{"media_type":"movie","tmdb_id":653,"title":"Nosferatu","created_at":"2026-01-01T00:00:00.000000+00:00","genre_ids":[27]}],"library":[{"media_type":"tv","tmdb_id":1,"synced_at":""}]}"#
        );
        assert_eq!(Document::parse(&text).unwrap(), document);
    }

    #[test]
    fn what_is_no_export_is_refused_with_a_remedy() {
        let export = |version: u32, kind: &str| {
            format!(
                r#"{{"format":"stellarr-export","version":{version},"exported_at":"","requests":[{{"media_type":"{kind}","tmdb_id":1,"title":"","created_at":""}}]}}"#
            )
        };
        let library = r#"{"format":"stellarr-export","version":1,"exported_at":"","requests":[],"library":[{"media_type":"show","tmdb_id":7,"synced_at":""}]}"#;
        assert!(Document::parse(&export(1, "tv")).is_ok());
        for (text, said) in [
            ("[]".to_owned(), "no export"),
            ("{\"format\":\"x\",\"version\":1,\"exported_at\":\"\",\"requests\":[]}".to_owned(), "another"),
            (export(2, "tv"), "version 2"),
            (export(2, "book"), "version 2"),
            (export(1, "PUSH#name"), "the title 1 is neither `movie` nor `tv` but `PUSH#name`"),
            (library.to_owned(), "the title 7 is neither `movie` nor `tv` but `show`"),
        ] {
            let error = Document::parse(&text).unwrap_err();
            assert!(error.message.contains(said) && !error.hints.is_empty(), "{error}");
        }
    }
}
