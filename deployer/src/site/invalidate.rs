//! Changed paths → the cheapest invalidation that drops every stale copy.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::deployment::Context;
use stellarr_aws::{AwsError, Invalidation};

/// Above this many single paths, folders are dropped whole: the first 1,000 paths a month are free, a wildcard
/// counts as one, and CloudFront takes at most 15 wildcards at a time.
const MAX_SINGLE_PATHS: usize = 30;
const MAX_WILDCARDS: usize = 15;

/// The page that all addresses of the app answer with.
const APP_PAGE: &str = "index.html";

/// The paths to send for these stale files (given without a leading slash).
///
/// Few files are named one by one. Many are grouped by folder; when that is still too much, everything goes. The same for
/// the app's page: it is what every address without a file of its own answers with, and where a function rewrites
/// addresses CloudFront wants them named as they were before and after. One wildcard is the cheapest way to name them.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html>
#[must_use]
pub fn paths(stale: &[String]) -> Vec<String> {
    if stale.iter().any(|path| path == APP_PAGE) {
        return vec!["/*".to_owned()];
    }
    let mut single: Vec<String> = stale.iter().map(|path| format!("/{}", encode(path))).collect();
    single.sort();
    single.dedup();
    if single.len() <= MAX_SINGLE_PATHS {
        return single;
    }
    let mut folders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in single {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        folders.entry(folder).or_default().push(path);
    }
    let mut result = Vec::new();
    for (folder, files) in folders {
        if files.len() > 2 {
            result.push(format!("{folder}/*"));
        } else {
            result.extend(files);
        }
    }
    let wildcards = result.iter().filter(|path| path.ends_with('*')).count();
    if result.len() > MAX_SINGLE_PATHS || wildcards > MAX_WILDCARDS || result.iter().any(|path| path == "/*") {
        return vec!["/*".to_owned()];
    }
    result
}

/// The reference that makes a repeated request find the earlier invalidation.
///
/// It holds the release's sequence number besides the paths, because a hash of the paths alone would find the
/// first invalidation again when content goes from A to B and back to A; and what is put live (the manifest's hash, or
/// nothing), because a release that was never recorded leaves its number to the next.
#[must_use]
pub fn reference(sequence: u64, content: &str, paths: &[String]) -> String {
    let mut hash = Sha256::new();
    for path in std::iter::once(content).chain(paths.iter().map(String::as_str)) {
        hash.update(path.as_bytes());
        hash.update([0]);
    }
    format!("stellarr-{sequence}-{}", &hex::encode(hash.finalize())[..24])
}

/// Sends the invalidation; nothing is sent for no paths.
///
/// # Errors
/// CloudFront's.
pub async fn send(
    context: Context<'_>,
    distribution: &str,
    sequence: u64,
    content: &str,
    paths: &[String],
) -> Result<Option<Invalidation>, AwsError> {
    if paths.is_empty() {
        return Ok(None);
    }
    context.cloud.cdn().invalidate(distribution, &reference(sequence, content, paths), paths).await.map(Some)
}

/// Encodes what CloudFront wants encoded in a path.
fn encode(path: &str) -> String {
    let mut result = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' | b'*' => {
                result.push(char::from(byte));
            }
            other => result.push_str(&format!("%{other:02X}")),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(folder: &str, number: usize) -> Vec<String> {
        (0..number).map(|index| format!("{folder}{index}.txt")).collect()
    }

    #[test]
    fn few_files_are_named_one_by_one() {
        let stale = ["icon.svg", "a b.txt", "icon.svg"].map(str::to_owned);
        assert_eq!(paths(&stale), ["/a%20b.txt", "/icon.svg"]);
    }

    #[test]
    fn the_apps_page_stands_for_every_address() {
        assert_eq!(paths(&["config.json", "index.html"].map(str::to_owned)), ["/*"]);
    }

    #[test]
    fn many_files_of_a_folder_are_one_wildcard() {
        let mut stale = many("icons/", 40);
        stale.push("icon.svg".to_owned());
        assert_eq!(paths(&stale), ["/icon.svg", "/icons/*"]);
    }

    #[test]
    fn too_many_folders_drop_everything() {
        let stale: Vec<String> = (0..20).flat_map(|folder| many(&format!("{folder}/"), 3)).collect();
        assert_eq!(paths(&stale), ["/*"]);
        assert_eq!(paths(&many("", 50)), ["/*"]);
    }

    #[test]
    fn the_reference_depends_on_release_and_paths_only() {
        let home = ["/index.html".to_owned()];
        assert_eq!(reference(3, "a", &home), reference(3, "a", &home));
        assert_ne!(reference(3, "a", &home), reference(4, "a", &home));
        assert_ne!(reference(3, "a", &home), reference(3, "b", &home), "what is live differs");
        assert_ne!(reference(3, "a", &home), reference(3, "a", &["/config.json".to_owned()]));
    }
}
