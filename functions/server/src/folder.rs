//! The data folder: it and its files are for their owner alone, because they hold who asks for what, and push keys.

use std::ffi::OsStr;
use std::fs::{DirBuilder, File, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nix::sys::stat::{Mode, umask};

use crate::secrets;

/// Name of the database.
pub const DATABASE: &str = "stellarr.sqlite3";

/// Name of the folder of the trending files.
pub const TRENDING: &str = "trending";

/// The rights of group and others.
const OTHERS: u32 = 0o077;

/// The bit of folders that many share, such as `/tmp`.
const STICKY: u32 = 0o1000;

/// How old a half-written file must be until it is certain that no process is still writing it.
const ABANDONED_AFTER: Duration = Duration::from_secs(3_600);

/// A folder or a file that others could use.
#[derive(Debug, thiserror::Error)]
pub enum Exposed {
    /// It is closed now.
    #[error("{path} had mode {mode:04o}; it is {now:04o} now, so that only its owner can read it", path = path.display())]
    Narrowed {
        /// Which.
        path: PathBuf,
        /// As it was.
        mode: u32,
        /// As it is.
        now: u32,
    },
    /// It is still open to others.
    #[error(
        "{path} has mode {mode:04o}, so others can use it: {cause}; move the data to a folder of its own, or run chmod go= on it",
        path = path.display()
    )]
    Open {
        /// Which.
        path: PathBuf,
        /// As it is.
        mode: u32,
        /// Why it could not be narrowed.
        cause: String,
    },
}

/// Says why the data folder can't be used.
#[derive(Debug, thiserror::Error)]
#[error("the data folder {folder} can't be used: {cause}; make it, or name another with --data-dir", folder = folder.display())]
pub struct FolderError {
    /// The folder.
    pub folder: PathBuf,
    /// Why.
    pub cause: io::Error,
}

/// Makes every file of this process its owner's alone, also those of SQLite. Before any thread starts.
pub fn keep_files_private() {
    umask(Mode::from_bits_truncate(0o077));
}

/// Creates the folder if necessary, removes other users' access to it and to this program's files in it, and deletes
/// half-written files of a killed process.
///
/// # Errors
/// When there is no such folder, and none can be made.
pub fn open(folder: &Path) -> Result<Vec<Exposed>, FolderError> {
    open_or_make(folder).map_err(|cause| FolderError { folder: folder.to_owned(), cause })
}

fn open_or_make(folder: &Path) -> io::Result<Vec<Exposed>> {
    if !folder.is_dir() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // The entry of the new folder must outlive a power cut as well as what will be in it.
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new("."))).and_then(|parent| parent.sync_all())?;
    }
    // The folder comes first: then no other user can replace a file in it with a link.
    let mut exposed: Vec<Exposed> = narrow(folder, &std::fs::metadata(folder)?).into_iter().collect();
    for (path, found) in entries(folder)? {
        let name = path.file_name().unwrap_or_default();
        if is_abandoned(name, &found, is_half_written_revocation) {
            let _ = std::fs::remove_file(&path);
        } else if is_ours(name) {
            exposed.extend(narrow(&path, &found));
        }
    }
    let trending = folder.join(TRENDING);
    match entries(&trending) {
        Ok(files) => {
            for (path, found) in files {
                if is_abandoned(path.file_name().unwrap_or_default(), &found, is_half_written_trending) {
                    let _ = std::fs::remove_file(&path);
                } else {
                    exposed.extend(narrow(&path, &found));
                }
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(event = "folder.unreadable", path = %trending.display(), error = %error),
    }
    Ok(exposed)
}

/// Lists a folder without following links.
fn entries(folder: &Path) -> io::Result<Vec<(PathBuf, Metadata)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // SQLite may delete its log between the two calls.
        if let Ok(metadata) = entry.metadata() {
            found.push((entry.path(), metadata));
        }
    }
    Ok(found)
}

fn narrow(path: &Path, found: &Metadata) -> Option<Exposed> {
    let mode = found.permissions().mode() & 0o7777;
    if found.is_symlink() || mode & OTHERS == 0 {
        return None;
    }
    let (path, now) = (path.to_owned(), mode & !OTHERS);
    if found.is_dir() && mode & STICKY != 0 {
        return Some(Exposed::Open { path, mode, cause: "other programs share this folder".to_owned() });
    }
    Some(match std::fs::set_permissions(&path, Permissions::from_mode(now)) {
        Ok(()) => Exposed::Narrowed { path, mode, now },
        Err(error) => Exposed::Open { path, mode, cause: error.to_string() },
    })
}

/// The database with its log and its index, also as copies of them are usually named, what is kept of the secrets, the trending files.
fn is_ours(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with(DATABASE) || secrets::FILES.iter().any(|file| name.starts_with(file)) || name == TRENDING
}

fn is_abandoned(name: &OsStr, found: &Metadata, is_half_written: fn(&str) -> bool) -> bool {
    let age = || SystemTime::now().duration_since(found.modified().ok()?).ok();
    found.is_file() && is_half_written(&name.to_string_lossy()) && age().is_some_and(|age| age > ABANDONED_AFTER)
}

/// Locks stay, so that all who wait for one wait for the same file.
fn is_half_written_trending(name: &str) -> bool {
    name.starts_with('.') && !name.ends_with(".lock")
}

fn is_half_written_revocation(name: &str) -> bool {
    let process = name.strip_prefix(secrets::FILE).and_then(|rest| rest.strip_prefix('.'));
    process.is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn write(path: &Path, mode: u32) {
        std::fs::write(path, "x").unwrap();
        std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_new_folder_is_its_owners_alone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("a/data");
        assert!(open(&folder).unwrap().is_empty());
        assert_eq!(mode(&folder), 0o700);
    }

    #[test]
    fn what_was_open_to_others_is_narrowed_and_reported_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at(TRENDING)).unwrap();
        std::fs::set_permissions(at(TRENDING), Permissions::from_mode(0o775)).unwrap();
        let ours =
            ["stellarr.sqlite3", "stellarr.sqlite3-wal", "stellarr.sqlite3-shm", "not-before", "trending/a.json"];
        for name in ours {
            write(&at(name), 0o644);
        }
        write(&at("run.sh"), 0o755);
        let elsewhere = tempfile::tempdir().unwrap();
        write(&elsewhere.path().join("theirs"), 0o644);
        std::os::unix::fs::symlink(elsewhere.path().join("theirs"), at("trending/link.json")).unwrap();
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();

        let exposed = open(folder.path()).unwrap();
        assert_eq!(exposed.len(), 2 + ours.len(), "{exposed:?}");
        assert!(exposed[0].to_string().contains("had mode 0755; it is 0700 now"), "{}", exposed[0]);
        assert_eq!((mode(folder.path()), mode(&at(TRENDING))), (0o700, 0o700));
        for name in ours {
            assert_eq!(mode(&at(name)), 0o600, "{name}");
        }
        assert_eq!(mode(&at("run.sh")), 0o755, "files of others stay as they are");
        assert_eq!(mode(&elsewhere.path().join("theirs")), 0o644, "links are not followed");
        assert!(open(folder.path()).unwrap().is_empty());
    }

    #[test]
    fn a_shared_folder_is_reported_and_stays_shared() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o1777)).unwrap();
        let exposed = open(folder.path()).unwrap();
        assert!(matches!(&exposed[..], [Exposed::Open { mode: 0o1777, .. }]), "{exposed:?}");
        assert_eq!(mode(folder.path()), 0o1777);
    }

    #[test]
    fn half_written_files_of_a_killed_process_are_deleted_when_they_are_old() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(TRENDING)).unwrap();
        let names = ["not-before.17", "trending/.tmpAbC123", "trending/.a.json.17.0", "trending/.index.json.lock"];
        for name in names {
            write(&folder.path().join(name), 0o600);
        }
        let there = || names.map(|name| folder.path().join(name).exists());
        open(folder.path()).unwrap();
        assert_eq!(there(), [true; 4], "another process may be writing them");
        for name in names {
            let file = File::options().write(true).open(folder.path().join(name)).unwrap();
            file.set_modified(SystemTime::now() - 2 * ABANDONED_AFTER).unwrap();
        }
        open(folder.path()).unwrap();
        assert_eq!(there(), [false, false, false, true]);
    }
}
