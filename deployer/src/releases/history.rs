//! The releases so far: what each changed, and which of them can be gone back to.
//!
//! Going back needs a release's templates and code, which the artifact bucket keeps under their hashes, and its site. The
//! site's bucket keeps older versions of its files, and an object's ETag is the MD5 that the manifest has: so an old
//! page is found among the versions without a copy of its own anywhere. How long versions stay, the bucket's lifecycle
//! says.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use crate::base::error::CommandError;
use crate::releases::release::{self, Current, RECORDS, Release, ReleaseError};
use crate::site::UPLOADS_AT_ONCE;
use crate::site::manifest::{Manifest, Site};
use crate::site::sync::Held;
use stellarr_aws::{AwsError, ObjectVersion, Objects};

/// A release as `stellarr releases` shows it.
#[derive(Clone, Debug, Serialize)]
pub struct ListedRelease {
    /// Its record.
    pub release: Release,
    /// Whether it is what is live.
    pub current: bool,
    /// What it changed, in words.
    pub changed: Vec<String>,
    /// What is gone and would be needed to go back to it.
    pub missing: Vec<String>,
}

/// Reads the newest releases, newest first: `current`, and those before it, at most `most` of them.
///
/// # Errors
/// When the bucket could not be asked or a record is damaged.
pub async fn read(
    objects: &dyn Objects,
    bucket: &str,
    current: Option<&Current>,
    most: usize,
) -> Result<Vec<Release>, ReleaseError> {
    let Some(current) = current.map(|current| current.release.clone()) else { return Ok(Vec::new()) };
    let mut sequences: Vec<u64> = objects
        .list(bucket, RECORDS)
        .await?
        .iter()
        .filter_map(|object| object.key.strip_prefix(RECORDS)?.strip_suffix(".json")?.parse().ok())
        // What is newer than the current one was never live.
        .filter(|sequence| *sequence < current.sequence)
        .collect();
    sequences.sort_unstable_by(|one, other| other.cmp(one));
    sequences.truncate(most.saturating_sub(1));
    let earlier: Vec<Option<Release>> = stream::iter(sequences)
        .map(|sequence| release::record(objects, bucket, sequence))
        .buffered(UPLOADS_AT_ONCE)
        .try_collect()
        .await?;
    Ok(std::iter::once(current).chain(earlier.into_iter().flatten()).collect())
}

/// What a release changed since the one before it.
#[must_use]
pub fn changes(before: Option<&Release>, release: &Release) -> Vec<String> {
    let Some(before) = before else { return vec!["everything".to_owned()] };
    let mut said = Vec::new();
    if let Some(origin) = release.restores {
        said.push(format!("rolled back to {origin}"));
    }
    let functions: Vec<&str> = release
        .code
        .iter()
        .filter(|(name, key)| before.code.get(*name) != Some(key))
        .map(|(name, _)| name.as_str())
        .collect();
    if !functions.is_empty() {
        said.push(format!("functions ({})", functions.join(", ")));
    }
    if release.site != before.site {
        said.push("site".to_owned());
    }
    if release.templates != before.templates {
        said.push("infrastructure".to_owned());
    }
    if said.is_empty() {
        said.push(if release.config == before.config { "parameters" } else { "configuration" }.to_owned());
    }
    said
}

/// The release that `rollback` goes to when none is named: the one before the state that is live.
///
/// A rollback's state is an older release's: after going back from 3 to 2, the next step back is 1, not 3.
#[must_use]
pub fn before_current(releases: &[Release]) -> Option<&Release> {
    let live = releases.first()?;
    releases.iter().find(|release| release.sequence < live.origin() && !same_state(release, live))
}

fn same_state(one: &Release, other: &Release) -> bool {
    (&one.code, &one.templates, &one.site, &one.config) == (&other.code, &other.templates, &other.site, &other.config)
}

/// What the buckets hold that a rollback needs.
#[derive(Clone, Debug, Default)]
pub struct StoredFiles {
    artifacts: BTreeSet<String>,
    /// Versions of the site's files by path and MD5.
    files: BTreeMap<(String, String), String>,
}

impl StoredFiles {
    /// Looks into both buckets.
    ///
    /// # Errors
    /// When one of them could not be asked.
    pub async fn list(objects: &dyn Objects, artifacts: &str, site: &str) -> Result<Self, AwsError> {
        let (code, templates, sites, versions) = tokio::try_join!(
            objects.list(artifacts, "functions/"),
            objects.list(artifacts, "templates/"),
            objects.list(artifacts, "sites/"),
            objects.versions(site),
        )?;
        let artifacts = [code, templates, sites].into_iter().flatten().map(|object| object.key).collect();
        Ok(Self { artifacts, files: versions.into_iter().map(by_content).collect() })
    }

    /// What is gone of a release, in words; empty when it can be gone back to.
    ///
    /// # Errors
    /// When its manifest could not be read.
    pub async fn missing(
        &self,
        objects: &dyn Objects,
        bucket: &str,
        release: &Release,
    ) -> Result<Vec<String>, ReleaseError> {
        let mut gone = Vec::new();
        for (name, key) in &release.code {
            if !self.artifacts.contains(key) {
                gone.push(format!("the code of the function {name}"));
            }
        }
        for (stack, key) in &release.templates {
            // The bootstrap stack is never rolled back: it holds the data.
            if stack != "bootstrap" && !self.artifacts.contains(key) {
                gone.push(format!("the template of the {stack} stack"));
            }
        }
        match &release.site {
            Some(key) if !self.artifacts.contains(key) => gone.push("the list of the site's files".to_owned()),
            _ => {
                let manifest = release::manifest(objects, bucket, release).await?;
                let files = self.missing_files(&manifest);
                if let Some(first) = files.first() {
                    gone.push(match files.len() {
                        1 => format!("the site's file {first}"),
                        number => format!("{number} of the site's files, such as {first}"),
                    });
                }
            }
        }
        Ok(gone)
    }

    fn missing_files(&self, manifest: &Manifest) -> Vec<String> {
        let held = |path: &String, md5: &String| self.files.contains_key(&(path.clone(), md5.clone()));
        manifest.0.iter().filter(|(path, entry)| !held(path, &entry.md5)).map(|(path, _)| path.clone()).collect()
    }
}

fn by_content(version: ObjectVersion) -> ((String, String), String) {
    ((version.key, version.etag.trim_matches('"').to_owned()), version.version)
}

/// Lays the releases out with what each changed and what is gone of it.
///
/// # Errors
/// When a manifest could not be read.
pub async fn describe(
    objects: &dyn Objects,
    bucket: &str,
    releases: Vec<Release>,
    stored: &StoredFiles,
) -> Result<Vec<ListedRelease>, ReleaseError> {
    let missing: Vec<Vec<String>> = stream::iter(&releases)
        .map(|release| stored.missing(objects, bucket, release))
        .buffered(UPLOADS_AT_ONCE)
        .try_collect()
        .await?;
    let changed: Vec<Vec<String>> =
        releases.iter().enumerate().map(|(place, release)| changes(releases.get(place + 1), release)).collect();
    Ok(releases
        .into_iter()
        .zip(changed)
        .zip(missing)
        .enumerate()
        .map(|(place, ((release, changed), missing))| ListedRelease { release, current: place == 0, changed, missing })
        .collect())
}

/// An earlier site, with the bodies of the files that the bucket does not show as they should be.
///
/// # Errors
/// When the bucket could not be asked, or a file is in none of its versions.
pub async fn site(
    objects: &dyn Objects,
    bucket: &str,
    manifest: Manifest,
    live: &Manifest,
) -> Result<Site, CommandError> {
    let wanted = Held::list(objects, bucket).await?.missing(&manifest, live);
    if wanted.is_empty() {
        return Ok(Site::of(manifest, BTreeMap::new()));
    }
    let versions: BTreeMap<_, _> = objects.versions(bucket).await?.into_iter().map(by_content).collect();
    let bodies: BTreeMap<String, Bytes> = stream::iter(wanted)
        .map(|path| {
            let entry = manifest.0.get(&path);
            let version = entry.and_then(|entry| versions.get(&(path.clone(), entry.md5.clone())));
            async move {
                let object = match version {
                    Some(version) => objects.get_version(bucket, &path, version).await?,
                    None => None,
                };
                let body = object.ok_or_else(|| gone(&path))?.body;
                Ok::<_, CommandError>((path, body))
            }
        })
        .buffer_unordered(UPLOADS_AT_ONCE)
        .try_collect()
        .await?;
    Ok(Site::of(manifest, bodies))
}

fn gone(path: &str) -> CommandError {
    CommandError::failed(format!("no version of the site's file {path} with that content is left in its bucket"))
        .hint("run `stellarr deploy` to publish the site from its sources")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn release(sequence: u64, restores: Option<u64>) -> Release {
        Release {
            sequence,
            created_at: Timestamp::UNIX_EPOCH,
            by: "ana".to_owned(),
            version: "1".to_owned(),
            config: serde_json::json!({}),
            same_templates: BTreeMap::new(),
            templates: BTreeMap::from([("main".to_owned(), "templates/main/1.yaml".to_owned())]),
            code: BTreeMap::from([("api".to_owned(), "functions/api/1.zip".to_owned())]),
            site: Some("sites/0.json".to_owned()),
            retired: BTreeMap::new(),
            restores,
        }
    }

    #[test]
    fn a_release_that_changed_nothing_is_no_step_back() {
        let mut releases = [release(3, None), release(2, None), release(1, None)];
        releases[2].site = None;
        assert_eq!(before_current(&releases).map(|release| release.sequence), Some(1));
    }

    #[test]
    fn what_changed_is_said_in_words() {
        let before = release(1, None);
        let mut after = release(2, None);
        assert_eq!(changes(None, &before), ["everything"]);
        assert_eq!(changes(Some(&before), &after), ["parameters"]);
        after.code.insert("api".to_owned(), "functions/api/2.zip".to_owned());
        after.site = None;
        assert_eq!(changes(Some(&before), &after), ["functions (api)", "site"]);
        after.restores = Some(1);
        after.templates.clear();
        assert_eq!(changes(Some(&before), &after), ["rolled back to 1", "functions (api)", "site", "infrastructure"]);
    }

    #[test]
    fn a_step_back_from_a_rollback_goes_further_back() {
        let chain = |all: &[(u64, Option<u64>)]| {
            let one = |(sequence, restores): &(u64, Option<u64>)| {
                let mut one = release(*sequence, *restores);
                one.site = Some(format!("sites/{}.json", one.origin()));
                one
            };
            let releases: Vec<_> = all.iter().map(one).collect();
            before_current(&releases).map(Release::origin)
        };
        assert_eq!(chain(&[(1, None)]), None);
        assert_eq!(chain(&[(3, None), (2, None), (1, None)]), Some(2));
        assert_eq!(chain(&[(4, Some(2)), (3, None), (2, None), (1, None)]), Some(1));
        assert_eq!(chain(&[(5, None), (4, Some(2)), (3, None), (2, None)]), Some(2), "what was live before 5");
    }
}
