//! The site → the frontend bucket, without a moment at which a page names a file that is not there.

use std::collections::{BTreeMap, BTreeSet};

use futures::{TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::deployment::Context;
use crate::deployment::lock::Lock;
use crate::site::UPLOADS_AT_ONCE;
use crate::site::manifest::{FileKind, Manifest, Retired, Site, SiteChanges, kind};
use crate::ui::{Progress, count};
use stellarr_aws::{Objects, PutCondition, PutObject};

/// Hashed files that left the site are kept this long, and for two releases, for browsers that hold an older page.
const KEEP_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);
const KEEP_RELEASES: u64 = 2;

/// What syncing did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Synced {
    /// Paths of which caches may hold an older copy.
    pub stale: Vec<String>,
    /// Paths that went up.
    pub uploaded: Vec<String>,
    /// Bytes that went up.
    pub bytes: u64,
    /// Hashed files that are no longer named but still there.
    pub retired: BTreeMap<String, Retired>,
}

/// What is live, as the current release tells.
#[derive(Clone, Debug, Default)]
pub struct PublishedSite {
    /// Its files.
    pub manifest: Manifest,
    /// Files that left it earlier.
    pub retired: BTreeMap<String, Retired>,
}

/// What a bucket holds: each path with the MD5 of its bytes, lower-case hex.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held(BTreeMap<String, String>);

impl Held {
    /// Lists a bucket.
    ///
    /// # Errors
    /// S3's.
    pub async fn list(objects: &dyn Objects, bucket: &str) -> Result<Self, CommandError> {
        let all = objects.list(bucket, "").await?;
        Ok(Self(all.into_iter().map(|object| (object.key, object.etag.trim_matches('"').to_owned())).collect()))
    }

    /// All paths.
    pub fn paths(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// The paths of `site` that the bucket does not hold as they should be.
    #[must_use]
    pub fn missing(&self, site: &Manifest, live: &Manifest) -> Vec<String> {
        site.0
            .iter()
            .filter(|(path, entry)| {
                let same_bytes = self.0.get(*path).is_some_and(|etag| *etag == entry.md5);
                // A listing does not show headers; those are as the live manifest says.
                let same_headers = live.0.get(*path).is_none_or(|old| {
                    old.cache_control == entry.cache_control && old.content_type == entry.content_type
                });
                !(same_bytes && same_headers)
            })
            .map(|(path, _)| path.clone())
            .collect()
    }

    /// The paths of which caches may hold an older copy: what the releases differ in, and what `uploads` overwrite. A
    /// deploy that was interrupted leaves files that no release names.
    #[must_use]
    pub fn stale(&self, changes: &SiteChanges, uploads: &[String]) -> Vec<String> {
        let overwritten = uploads.iter().filter(|path| kind(path) != FileKind::Hashed && self.0.contains_key(*path));
        let all: BTreeSet<String> = changes.stale().into_iter().chain(overwritten.cloned()).collect();
        all.into_iter().collect()
    }

    /// Hashed files that neither `site` nor the live release names: an interrupted deploy's.
    fn strays<'a>(&'a self, site: &'a Manifest, live: &'a PublishedSite) -> impl Iterator<Item = &'a String> {
        self.0.keys().filter(|path| {
            kind(path) == FileKind::Hashed
                && !site.0.contains_key(*path)
                && !live.manifest.0.contains_key(*path)
                && !live.retired.contains_key(*path)
        })
    }
}

/// Uploads what is missing: hashed files, then assets, then pages, `index.html` last of all; then deletes what left.
///
/// # Errors
/// When a file cannot be read, stored or deleted, or the lock was lost before the first page.
pub async fn run(
    context: Context<'_>,
    bucket: &str,
    site: &Site,
    live: &PublishedSite,
    sequence: u64,
    lock: &Lock,
) -> Result<Synced, CommandError> {
    let objects = context.cloud.objects();
    let changes = site.manifest.changes_from(&live.manifest);
    let held = Held::list(objects.as_ref(), bucket).await?;
    let missing = held.missing(&site.manifest, &live.manifest);
    let progress = Progress::start(context.printer, format!("uploading {}", count(missing.len(), "file", "files")));
    for wave in [FileKind::Hashed, FileKind::Asset, FileKind::Page] {
        let paths: Vec<&String> =
            missing.iter().filter(|path| kind(path) == wave && path.as_str() != "index.html").collect();
        if wave == FileKind::Page && !missing.is_empty() {
            lock.check().await?;
        }
        upload(objects.as_ref(), bucket, site, &paths, context).await?;
    }
    if let Some(index) = missing.iter().find(|path| path.as_str() == "index.html") {
        upload(objects.as_ref(), bucket, site, &[index], context).await?;
    }
    drop(progress);

    let now = context.clock.now();
    let left =
        changes.removed.iter().filter(|path| kind(path) == FileKind::Hashed).chain(held.strays(&site.manifest, live));
    let (retired, prunable) = retire(&site.manifest, live, left, sequence, now);
    let gone: Vec<String> =
        changes.removed.iter().filter(|path| kind(path) != FileKind::Hashed).cloned().chain(prunable).collect();
    if !gone.is_empty() {
        objects.delete(bucket, &gone).await?;
    }
    let bytes = missing.iter().filter_map(|path| site.manifest.0.get(path)).map(|entry| entry.size).sum();
    let stale = held.stale(&changes, &missing);
    Ok(Synced { stale, uploaded: missing, bytes, retired })
}

/// Splits hashed files that are no longer named into those still kept and those old enough to delete; `left` are those
/// that are new among them.
fn retire<'a>(
    site: &Manifest,
    live: &PublishedSite,
    left: impl Iterator<Item = &'a String>,
    sequence: u64,
    now: Timestamp,
) -> (BTreeMap<String, Retired>, BTreeSet<String>) {
    let mut retired = live.retired.clone();
    for path in left {
        retired.entry(path.clone()).or_insert(Retired { sequence, at: now });
    }
    retired.retain(|path, _| !site.0.contains_key(path));
    let old_enough = |gone: &Retired| {
        sequence.saturating_sub(gone.sequence) >= KEEP_RELEASES && now.duration_since(gone.at) >= KEEP_FOR
    };
    let prunable: BTreeSet<String> =
        retired.iter().filter(|(_, gone)| old_enough(gone)).map(|(path, _)| path.clone()).collect();
    retired.retain(|path, _| !prunable.contains(path));
    (retired, prunable)
}

async fn upload(
    objects: &dyn Objects,
    bucket: &str,
    site: &Site,
    paths: &[&String],
    context: Context<'_>,
) -> Result<(), CommandError> {
    stream::iter(paths.iter().copied().map(Ok))
        .try_for_each_concurrent(UPLOADS_AT_ONCE, |path| async move {
            let body = site.body(path).map_err(|error| {
                CommandError::failed(format!("the built file {path} cannot be read: {error}")).code(Code::FileTrouble)
            })?;
            let Some(entry) = site.manifest.0.get(path) else { return Ok(()) };
            let object = PutObject {
                key: path.clone(),
                body,
                content_type: entry.content_type.clone(),
                cache_control: Some(entry.cache_control.clone()),
                content_encoding: None,
                metadata: BTreeMap::from([("sha256".to_owned(), entry.sha256.clone())]),
                condition: PutCondition::Any,
            };
            objects.put(bucket, object).await?;
            context.printer.detail(&format!("uploaded {path}"));
            Ok(())
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(paths: &[&str]) -> Manifest {
        let mut site = Site::default();
        for path in paths {
            site.add(path, "body");
        }
        site.manifest
    }

    fn days(number: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * number)
    }

    #[test]
    fn hashed_files_stay_for_two_releases_and_seven_days() {
        let old = "_app/immutable/old.js";
        let mut live = PublishedSite { manifest: manifest(&["index.html", old]), retired: BTreeMap::new() };
        let next = manifest(&["index.html"]);
        let mut step = |sequence, day| {
            let changes = next.changes_from(&live.manifest);
            let (retired, prunable) = retire(&next, &live, changes.removed.iter(), sequence, days(day));
            live = PublishedSite { manifest: next.clone(), retired };
            prunable.len()
        };
        assert_eq!(step(2, 0), 0, "the release that drops it");
        assert_eq!(step(3, 8), 0, "old enough in days, not in releases");
        assert_eq!(step(4, 9), 1, "old enough in both");
        assert_eq!(step(5, 20), 0, "only once");
    }

    #[test]
    fn two_quick_releases_prune_nothing() {
        let live = PublishedSite { manifest: manifest(&["_app/immutable/old.js"]), retired: BTreeMap::new() };
        let next = manifest(&["index.html"]);
        let (retired, _) = retire(&next, &live, next.changes_from(&live.manifest).removed.iter(), 2, days(0));
        let live = PublishedSite { manifest: next.clone(), retired };
        let (_, prunable) = retire(&next, &live, std::iter::empty(), 9, days(1));
        assert!(prunable.is_empty());
    }

    #[test]
    fn a_file_that_comes_back_is_no_longer_retired() {
        let back = "_app/immutable/back.js";
        let live = PublishedSite {
            manifest: manifest(&["index.html"]),
            retired: BTreeMap::from([(back.to_owned(), Retired { sequence: 1, at: days(0) })]),
        };
        let next = manifest(&["index.html", back]);
        let (retired, prunable) = retire(&next, &live, next.changes_from(&live.manifest).removed.iter(), 9, days(90));
        assert!(retired.is_empty() && prunable.is_empty());
    }
}
