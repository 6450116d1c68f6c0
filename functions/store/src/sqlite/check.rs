//! Whether the database can be read, and what to do when it can't.

use std::error::Error;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::migrate::MigrateError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::{OpenError, SqliteStore};

/// SQLite's `SQLITE_CORRUPT` and `SQLITE_NOTADB`. Extended codes keep them in the lowest byte.
const DAMAGE: [u32; 2] = [11, 26];

/// Device and inode of the file that the connections have open. Its path may lead to another file by now.
pub(super) type Identity = (u64, u64);

/// Why the database can't be read. The text contains no internals; the fields are for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Its content is not what SQLite wrote.
    #[error("the database is damaged")]
    Damaged(String),
    /// Another file, or none, is at its path.
    #[error("the database file was removed or replaced while the server was running")]
    Replaced,
    /// The system, or SQLite, refuses.
    #[error("the database can't be read")]
    Unreadable(String),
}

impl Fault {
    /// Returns what to do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Damaged(_) => "Stop stellarr-server, and restore a backup: see \"A damaged database\" in its README.",
            Self::Replaced => "Put the file back if it was moved, and restart stellarr-server.",
            Self::Unreadable(_) => {
                "The log of stellarr-server has the cause. Check the disk, and the rights of the data folder."
            }
        }
    }

    /// Returns what SQLite or the system reported, for the log.
    #[must_use]
    pub fn cause(&self) -> &str {
        match self {
            Self::Damaged(cause) | Self::Unreadable(cause) => cause,
            Self::Replaced => "",
        }
    }

    fn of(error: &sqlx::Error) -> Self {
        if is_damage(error) { Self::Damaged(error.to_string()) } else { Self::Unreadable(error.to_string()) }
    }
}

impl SqliteStore {
    /// Reads the whole file through a connection of its own: one of the pool would answer from the pages it holds.
    ///
    /// # Errors
    /// Why the file can't be read.
    pub async fn check(&self) -> Result<(), Fault> {
        let file = &self.files[0];
        if self.identity != identity(file) {
            return Err(Fault::Replaced);
        }
        let options = SqliteConnectOptions::new()
            .filename(file)
            .read_only(true)
            .busy_timeout(Duration::from_secs(5))
            // In KiB. Each page is read once, so a large cache would only cost memory.
            .pragma("cache_size", "-256");
        let read = async {
            let mut connection = SqliteConnection::connect_with(&options).await?;
            // Unlike `integrity_check`, it does not compare each index with its table, which takes several times as long.
            let found: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut connection).await?;
            connection.close().await?;
            Ok::<_, sqlx::Error>(found)
        };
        match read.await {
            Ok(found) if found == "ok" => Ok(()),
            Ok(found) => Err(Fault::Damaged(found)),
            Err(error) => Err(Fault::of(&error)),
        }
    }

    /// Does the same before the file is used.
    ///
    /// # Errors
    /// Why the file can't be used, and what to do.
    pub async fn checked(self) -> Result<Self, OpenError> {
        match self.check().await {
            Ok(()) => Ok(self),
            Err(fault) => {
                let file = self.files[0].clone();
                self.close().await;
                Err(match fault {
                    Fault::Damaged(cause) => OpenError::Damaged { file, cause },
                    fault => OpenError::Unreadable { file, fault },
                })
            }
        }
    }
}

pub(super) fn identity(file: &Path) -> Option<Identity> {
    let found = std::fs::metadata(file).ok()?;
    Some((found.dev(), found.ino()))
}

pub(super) fn is_damage(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| DAMAGE.contains(&(code & 0xff)))
}

pub(super) fn opening(file: &Path, cause: sqlx::Error) -> OpenError {
    let file = file.to_owned();
    if is_damage(&cause) {
        OpenError::Damaged { file, cause: cause.to_string() }
    } else {
        OpenError::Open { file, cause }
    }
}

pub(super) fn migrating(file: &Path, cause: MigrateError) -> OpenError {
    let file = file.to_owned();
    let error = cause.source().and_then(|error| error.downcast_ref::<sqlx::Error>());
    if error.is_some_and(is_damage) {
        OpenError::Damaged { file, cause: cause.to_string() }
    } else {
        OpenError::Migrate { file, cause }
    }
}

/// Tells whether the database does not exist yet. SQLite takes an empty file for a new database, but it never leaves one
/// behind: something else emptied it.
pub(super) fn is_new(file: &Path) -> Result<bool, OpenError> {
    match std::fs::metadata(file) {
        Ok(found) if found.is_file() && found.len() == 0 => {
            Err(OpenError::Damaged { file: file.to_owned(), cause: "the file is empty".to_owned() })
        }
        Ok(_) => Ok(false),
        Err(_) => Ok(true),
    }
}

/// Removes a file that a failed creation left empty.
pub(super) fn remove_if_empty(file: &Path) {
    if std::fs::metadata(file).is_ok_and(|found| found.is_file() && found.len() == 0) {
        let _ = std::fs::remove_file(file);
    }
}

/// Names the damage, and the way back to a working site.
pub(super) fn rescue(file: &Path, cause: &str) -> String {
    let folder = file.parent().unwrap_or(Path::new(".")).display();
    let name = file.file_name().unwrap_or_default().display();
    format!(
        "the database {file} is damaged: {cause}\n\
         hint: restore it from a backup:\n\
         \x20 1. stop every stellarr-server on this folder\n\
         \x20 2. keep what can still be read: stellarr-server export --data-dir {folder} > rescued.json\n\
         \x20 3. move {name}, {name}-wal and {name}-shm to another folder\n\
         \x20 4. import rescued.json, or your last backup if step 2 failed: \
         stellarr-server import --data-dir {folder} < FILE.json",
        file = file.display(),
    )
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, SeekFrom, Write as _};

    use stellarr_core::library::LibraryItem;
    use stellarr_core::media::MediaType;
    use stellarr_core::store::LibraryStore as _;
    use stellarr_core::time::Timestamp;

    use super::*;

    const FILE: &str = "stellarr.sqlite3";

    async fn filled(folder: &Path) {
        let store = SqliteStore::open(&folder.join(FILE)).await.unwrap();
        let items: Vec<_> = (1..2_000)
            .map(|tmdb_id| LibraryItem {
                media_type: MediaType::Movie,
                tmdb_id,
                tvdb_id: None,
                title: Some(format!("Title {tmdb_id}")),
            })
            .collect();
        store.put_titles(&items, Timestamp::UNIX_EPOCH).await.unwrap();
        assert_eq!(store.check().await, Ok(()));
        store.close().await;
    }

    fn overwrite(file: &Path, from: u64, length: usize) {
        let mut file = std::fs::OpenOptions::new().write(true).open(file).unwrap();
        file.seek(SeekFrom::Start(from)).unwrap();
        file.write_all(&vec![0xa5; length]).unwrap();
    }

    #[tokio::test]
    async fn a_damaged_file_is_named_as_such_wherever_the_damage_is() {
        for (from, length) in [(0, 100), (100, 4_000), (16 * 4_096, 5 * 4_096)] {
            let folder = tempfile::tempdir().unwrap();
            filled(folder.path()).await;
            overwrite(&folder.path().join(FILE), from, length);
            let opened = match SqliteStore::open(&folder.path().join(FILE)).await {
                Ok(store) => store.checked().await.map(drop),
                Err(error) => Err(error),
            };
            let error = opened.unwrap_err();
            assert!(matches!(error, OpenError::Damaged { .. }), "at {from}: {error}");
            let text = error.to_string();
            assert!(text.contains("is damaged: ") && text.contains("stellarr-server import --data-dir"), "{text}");
        }
    }

    #[tokio::test]
    async fn an_emptied_file_is_not_taken_for_a_new_database() {
        let folder = tempfile::tempdir().unwrap();
        filled(folder.path()).await;
        let file = folder.path().join(FILE);
        std::fs::write(&file, "").unwrap();
        let error = SqliteStore::open(&file).await.map(drop).unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains("the file is empty"), "{error}");
    }

    #[tokio::test]
    async fn a_running_store_finds_damage_and_what_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        filled(folder.path()).await;
        let file = folder.path().join(FILE);
        let store = SqliteStore::open(&file).await.unwrap();
        assert_eq!(store.check().await, Ok(()));
        let whole = std::fs::read(&file).unwrap();
        overwrite(&file, 16 * 4_096, 5 * 4_096);
        let fault = store.check().await.unwrap_err();
        assert!(matches!(fault, Fault::Damaged(_)), "{fault:?}");
        // In place, so that it stays the same file.
        let mut same = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
        same.write_all(&whole).unwrap();
        assert_eq!(store.check().await, Ok(()));
        std::fs::rename(&file, folder.path().join("moved")).unwrap();
        assert_eq!(store.check().await, Err(Fault::Replaced));
        std::fs::write(&file, whole).unwrap();
        assert_eq!(store.check().await, Err(Fault::Replaced));
    }

    #[test]
    fn what_anyone_may_read_names_no_file() {
        for fault in [Fault::Damaged("/srv/x".to_owned()), Fault::Replaced, Fault::Unreadable("/srv/x".to_owned())] {
            assert!(!format!("{fault} {}", fault.remedy()).contains("/srv"), "{fault:?}");
        }
    }
}
