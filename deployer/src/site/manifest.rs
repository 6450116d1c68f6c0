//! The site as a list of files with their hashes and headers.

use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use stellarr_core::site::content_type;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// For files whose name changes with their content.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// For everything else: browsers ask every time, the CDN keeps it until it is invalidated, or an hour.
const REVALIDATE: &str = "public, max-age=0, s-maxage=3600, must-revalidate";

/// One file of the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Lower-case hex.
    pub sha256: String,
    /// Lower-case hex; S3 reports it as the ETag.
    pub md5: String,
    /// Bytes.
    pub size: u64,
    /// Content-Type.
    pub content_type: String,
    /// Cache-Control.
    pub cache_control: String,
}

/// The site's files by path, without a leading slash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Manifest(pub BTreeMap<String, FileEntry>);

/// How careful an upload has to be with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// A hash is in the name: goes up first, is never invalidated.
    Hashed,
    /// Names nothing and is named by pages: goes up second.
    Asset,
    /// Names other files: goes up last.
    Page,
}

/// What kind of file a path is.
#[must_use]
pub fn kind(path: &str) -> FileKind {
    if path.starts_with("_app/immutable/") {
        FileKind::Hashed
    } else if Path::new(path).extension().is_some_and(|extension| {
        ["html", "json", "webmanifest"].iter().any(|page| extension.eq_ignore_ascii_case(page))
    }) || path == "service-worker.js"
    {
        FileKind::Page
    } else {
        FileKind::Asset
    }
}

/// Files on disk and in memory that make up the site.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// What they are.
    pub manifest: Manifest,
    sources: BTreeMap<String, Content>,
}

#[derive(Clone, Debug)]
enum Content {
    File(PathBuf),
    Memory(Bytes),
}

impl Site {
    /// Lists and hashes every file under `folder`.
    ///
    /// # Errors
    /// The system's, when a file cannot be read.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut site = Self::default();
        let mut folders = vec![folder.to_owned()];
        while let Some(current) = folders.pop() {
            for item in fs::read_dir(&current)? {
                let path = item?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path.strip_prefix(folder).unwrap_or(&path);
                let name =
                    name.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
                site.manifest.0.insert(name.clone(), entry(&name, &fs::read(&path)?));
                site.sources.insert(name, Content::File(path));
            }
        }
        Ok(site)
    }

    /// A site that is known by its manifest, with the bodies of some of its files.
    #[must_use]
    pub fn of(manifest: Manifest, bodies: BTreeMap<String, Bytes>) -> Self {
        let sources = bodies.into_iter().map(|(path, body)| (path, Content::Memory(body))).collect();
        Self { manifest, sources }
    }

    /// Adds a file that exists only in memory.
    pub fn add(&mut self, path: &str, body: impl Into<Bytes>) {
        let body = body.into();
        self.manifest.0.insert(path.to_owned(), entry(path, &body));
        self.sources.insert(path.to_owned(), Content::Memory(body));
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// The system's, or `NotFound` when the path is not part of the site.
    pub fn body(&self, path: &str) -> io::Result<Bytes> {
        match self.sources.get(path) {
            Some(Content::File(file)) => fs::read(file).map(Bytes::from),
            Some(Content::Memory(body)) => Ok(body.clone()),
            None => Err(io::Error::new(io::ErrorKind::NotFound, path.to_owned())),
        }
    }
}

impl Manifest {
    /// A hash over all paths, contents and headers.
    #[must_use]
    pub fn sha256(&self) -> String {
        hex::encode(Sha256::digest(serde_json::to_vec(self).unwrap_or_default()))
    }

    /// How this manifest differs from the one that is live.
    #[must_use]
    pub fn changes_from(&self, live: &Self) -> SiteChanges {
        let mut changes = SiteChanges::default();
        for (path, entry) in &self.0 {
            match live.0.get(path) {
                None => changes.added.push(path.clone()),
                Some(old) if old != entry => changes.modified.push(path.clone()),
                Some(_) => {}
            }
        }
        changes.removed = live.0.keys().filter(|path| !self.0.contains_key(*path)).cloned().collect();
        changes
    }
}

/// Paths by what happens to them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SiteChanges {
    /// Not there before.
    pub added: Vec<String>,
    /// Other content or headers.
    pub modified: Vec<String>,
    /// No longer part of the site.
    pub removed: Vec<String>,
}

impl SiteChanges {
    /// Says whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.modified.is_empty() && self.removed.is_empty()
    }

    /// Paths that caches may hold an older copy of.
    #[must_use]
    pub fn stale(&self) -> Vec<String> {
        self.modified.iter().chain(&self.removed).filter(|path| kind(path) != FileKind::Hashed).cloned().collect()
    }
}

fn entry(path: &str, body: &[u8]) -> FileEntry {
    use md5::Digest as _;
    FileEntry {
        sha256: hex::encode(Sha256::digest(body)),
        md5: hex::encode(md5::Md5::digest(body)),
        size: body.len() as u64,
        content_type: content_type(path).to_owned(),
        cache_control: if kind(path) == FileKind::Hashed { IMMUTABLE } else { REVALIDATE }.to_owned(),
    }
}

/// When a hashed file stopped being part of the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    /// The first release without it.
    pub sequence: u64,
    /// When that was.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(files: &[(&str, &str)]) -> Site {
        let mut site = Site::default();
        for (path, body) in files {
            site.add(path, (*body).to_owned());
        }
        site
    }

    #[test]
    fn hashed_files_are_immutable_and_pages_revalidate() {
        let site = site(&[("_app/immutable/a.js", "1"), ("index.html", "2")]);
        assert_eq!(site.manifest.0["_app/immutable/a.js"].cache_control, IMMUTABLE);
        assert_eq!(site.manifest.0["index.html"].cache_control, REVALIDATE);
    }

    #[test]
    fn only_old_paths_with_new_content_are_stale() {
        let live = site(&[("index.html", "1"), ("_app/immutable/a.js", "1"), ("old.txt", "1"), ("same.txt", "1")]);
        let next = site(&[("index.html", "2"), ("_app/immutable/b.js", "1"), ("new.txt", "1"), ("same.txt", "1")]);
        let changes = next.manifest.changes_from(&live.manifest);
        assert_eq!(changes.stale(), ["index.html", "old.txt"]);
        assert_eq!(changes.added, ["_app/immutable/b.js", "new.txt"]);
        assert_eq!(changes.removed, ["_app/immutable/a.js", "old.txt"]);
    }

    #[test]
    fn a_changed_header_alone_is_a_change() {
        let live = site(&[("index.html", "1")]);
        let mut next = live.clone();
        if let Some(entry) = next.manifest.0.get_mut("index.html") {
            entry.cache_control = "no-store".to_owned();
        }
        assert_eq!(next.manifest.changes_from(&live.manifest).modified, ["index.html"]);
    }
}
