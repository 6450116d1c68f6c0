//! The trending files that the public page shows, and the rules that keep them good.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::locale::Locale;
use crate::media::MediaType;
use crate::tmdb::Page;

/// Name of the file that lists the others.
pub const INDEX_FILE: &str = "trending-index.json";

/// Which titles a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrendingKind {
    /// Movies and series.
    All,
    /// Movies.
    Movie,
    /// Series.
    Tv,
}

impl TrendingKind {
    /// Every kind, in the order in which they are written.
    pub const EACH: [Self; 3] = [Self::All, Self::Movie, Self::Tv];

    /// Returns `all`, `movie` or `tv`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Movie => "movie",
            Self::Tv => "tv",
        }
    }

    /// Returns the media type, `None` when it is both.
    #[must_use]
    pub const fn media_type(self) -> Option<MediaType> {
        match self {
            Self::All => None,
            Self::Movie => Some(MediaType::Movie),
            Self::Tv => Some(MediaType::Tv),
        }
    }

    /// Returns the name of this kind's file, such as `trending-all-pt-BR.json`.
    #[must_use]
    pub fn file_name(self, locale: &Locale) -> String {
        format!("trending-{}-{locale}.json", self.as_str())
    }
}

/// One title of a trending file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrendingItem {
    /// TMDB's id.
    pub id: u64,
    /// The title in the file's language.
    pub title: String,
    /// Year of release.
    pub year: Option<u16>,
    /// The overview in the file's language.
    pub overview: String,
    /// Path of the poster at the image host.
    pub poster_path: Option<String>,
    /// Movie or series.
    pub media_type: MediaType,
    /// Mean vote, 0 to 10.
    pub vote_average: f64,
}

/// A rendered trending file that is good enough to replace an older one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrendingFile {
    /// How many titles it holds; never zero.
    pub items: usize,
    /// Compact JSON, UTF-8.
    pub body: Vec<u8>,
}

/// Why an answer may not replace a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Nothing was left after persons and broken items were dropped.
    #[error("the answer holds no usable title")]
    Empty,
    /// The JSON could not be written.
    #[error("the file could not be rendered")]
    Render,
}

impl TrendingFile {
    /// Makes a file of a trending answer: persons, items without a title and items with a malformed date are left out,
    /// and so are repeats.
    ///
    /// # Errors
    /// [`Unfit`] when the result must not replace a good file.
    pub fn from_page(page: &Page) -> Result<Self, Unfit> {
        #[derive(Serialize)]
        struct Body {
            results: Vec<TrendingItem>,
        }
        let mut results: Vec<TrendingItem> = Vec::with_capacity(page.entries.len());
        for entry in &page.entries {
            let Ok(year) = entry.year() else { continue };
            let repeated = results.iter().any(|item| item.id == entry.id && item.media_type == entry.media_type);
            if entry.title.is_empty() || repeated {
                continue;
            }
            results.push(TrendingItem {
                id: entry.id,
                title: entry.title.clone(),
                year,
                overview: entry.overview.clone(),
                poster_path: entry.poster_path.clone(),
                media_type: entry.media_type,
                vote_average: entry.vote_average,
            });
        }
        if results.is_empty() {
            return Err(Unfit::Empty);
        }
        let items = results.len();
        let body = serde_json::to_vec(&Body { results }).map_err(|_| Unfit::Render)?;
        Ok(Self { items, body })
    }
}

/// One file in the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrendingIndexEntry {
    /// Its name.
    pub file: String,
    /// Its language.
    pub locale: Locale,
    /// Its kind.
    pub kind: TrendingKind,
    /// How many titles it holds.
    pub items: usize,
    /// Its size in bytes.
    pub bytes: usize,
    /// When TMDB last gave its content, in unix seconds.
    pub fetched_at: u64,
}

/// What `trending-index.json` holds: which files exist, and how fresh they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrendingIndex {
    /// When the last run ended, in unix seconds.
    pub updated_at: u64,
    /// When a schedule last started a run, in unix seconds; `None` when none ever did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<u64>,
    /// How the last run ended, whatever languages it was of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run: Option<LastRun>,
    /// The files, sorted by name.
    pub files: Vec<TrendingIndexEntry>,
}

/// A run, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRun {
    /// When it ended, in unix seconds.
    pub at: u64,
    /// Files that it wrote or found unchanged.
    pub fresh: usize,
    /// Files that it could not renew.
    pub failed: usize,
}

impl TrendingIndex {
    /// Reads an index; anything unreadable counts as none, because the files themselves are what matters.
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// Puts the entries of a run in the place of their older ones, and keeps those of files that were kept.
    /// `scheduled_at` is when a schedule started the run, in unix seconds.
    #[must_use]
    pub fn merged(mut self, fresh: &[TrendingIndexEntry], run: LastRun, scheduled_at: Option<u64>) -> Self {
        self.files.retain(|old| fresh.iter().all(|new| new.file != old.file));
        self.files.extend(fresh.iter().cloned());
        self.files.sort_by(|a, b| a.file.cmp(&b.file));
        self.updated_at = run.at;
        self.last_run = Some(run);
        self.scheduled_at = self.scheduled_at.max(scheduled_at);
        self
    }

    /// Leaves out the files of languages that are no longer served.
    #[must_use]
    pub fn only(mut self, locales: &[Locale]) -> Self {
        self.files.retain(|entry| locales.contains(&entry.locale));
        self
    }
}

/// Says why an object could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{action} {name}: {reason}")]
pub struct ObjectError {
    /// `reading` or `writing`.
    pub action: &'static str,
    /// The object's name.
    pub name: String,
    /// What went wrong, in the store's words.
    pub reason: String,
}

/// What one write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The object is new, or its content changed.
    Changed,
    /// The object held this content already; nothing was written.
    Unchanged,
}

/// An object as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its content.
    pub body: Vec<u8>,
    /// What the store tells this content from another by.
    pub version: String,
}

/// Where trending files lie. A write is whole or it did not happen.
#[async_trait]
pub trait TrendingObjects: Send + Sync {
    /// Returns an object, `None` when there is none.
    async fn read(&self, name: &str) -> Result<Option<Object>, ObjectError>;

    /// Says whether an object exists.
    async fn exists(&self, name: &str) -> Result<bool, ObjectError>;

    /// Makes an object hold `body`, and writes nothing when it does already, so its ETag and date stay.
    async fn write(&self, name: &str, body: Vec<u8>) -> Result<Written, ObjectError>;

    /// Makes an object hold `body` if it is still as it was read, `None` being that there was none. Returns false when
    /// somebody else has written meanwhile: then nothing is.
    async fn replace(&self, name: &str, body: Vec<u8>, read: Option<&Object>) -> Result<bool, ObjectError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_good_titles_once() {
        let page = Page::parse(
            br#"{"results":[
                {"id":1,"media_type":"movie","title":"One","release_date":"1922-03-04","overview":"\u00fc","poster_path":"/a.jpg","vote_average":7.5},
                {"id":1,"media_type":"movie","title":"One again"},
                {"id":1,"media_type":"tv","name":"Same number, other kind"},
                {"id":4,"media_type":"movie","title":"Soon","release_date":"soon"},
                {"id":5,"media_type":"movie","title":" "},
                {"id":6,"media_type":"person","name":"A person"}
            ]}"#,
            None,
        )
        .unwrap();
        let file = TrendingFile::from_page(&page).unwrap();
        assert_eq!(file.items, 2);
        assert_eq!(
            String::from_utf8(file.body).unwrap(),
            concat!(
                r#"{"results":[{"id":1,"title":"One","year":1922,"overview":"ü","poster_path":"/a.jpg","media_type":"movie","vote_average":7.5},"#,
                r#"{"id":1,"title":"Same number, other kind","year":null,"overview":"","poster_path":null,"media_type":"tv","vote_average":0.0}]}"#
            )
        );
    }

    #[test]
    fn an_answer_without_titles_is_unfit() {
        for body in [r#"{"results":[]}"#, r#"{"results":[{"id":1,"media_type":"person","name":"A"}]}"#] {
            let page = Page::parse(body.as_bytes(), None).unwrap();
            assert_eq!(TrendingFile::from_page(&page), Err(Unfit::Empty));
        }
    }

    #[test]
    fn the_index_keeps_what_this_run_did_not_touch() {
        let entry = |file: &str, locale: &str, items| TrendingIndexEntry {
            file: file.to_owned(),
            locale: locale.parse().unwrap(),
            kind: TrendingKind::All,
            items,
            bytes: 10,
            fetched_at: 1,
        };
        let files = vec![entry("a", "en", 1), entry("b", "es", 1), entry("c", "fr", 1)];
        let old = TrendingIndex { updated_at: 1, scheduled_at: Some(1), files, ..TrendingIndex::default() };
        let run = LastRun { at: 9, fresh: 1, failed: 2 };
        let new = old.merged(&[entry("b", "es", 2)], run, None).only(&["en".parse().unwrap(), "es".parse().unwrap()]);
        let items: Vec<_> = new.files.iter().map(|entry| (entry.file.as_str(), entry.items)).collect();
        assert_eq!((new.updated_at, items), (9, vec![("a", 1), ("b", 2)]));
        assert_eq!((new.last_run, new.scheduled_at), (Some(run), Some(1)), "nobody's schedule started this one");
        assert_eq!(new.merged(&[], run, Some(8)).scheduled_at, Some(8));
        assert_eq!(TrendingIndex::parse(b"<html>"), TrendingIndex::default());
    }
}
