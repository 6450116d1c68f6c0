//! One hash over a folder's files, to know whether anything changed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use sha2::{Digest, Sha256};

/// Hashes names and contents of every file under `folder` that git would track, in order.
pub(super) fn of_folder(folder: &Path) -> io::Result<String> {
    let mut paths: Vec<PathBuf> = WalkBuilder::new(folder)
        .hidden(false)
        .require_git(false)
        .parents(true)
        .build()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .map(ignore::DirEntry::into_path)
        .collect();
    paths.sort();
    let mut hash = Sha256::new();
    for path in paths {
        let name = path.strip_prefix(folder).unwrap_or(&path);
        let bytes = fs::read(&path)?;
        hash.update(name.to_string_lossy().as_bytes());
        hash.update([0]);
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(&bytes);
    }
    Ok(hex::encode(hash.finalize()))
}
