//! Everything in one SQLite file, for the self-hosted process.

mod backup;
mod check;
mod library;
mod login;
mod requests;
mod subscriptions;

use async_trait::async_trait;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub use check::Fault;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use stellarr_core::store::{Store, StoreError};

/// Keeps everything in one file.
#[derive(Clone)]
pub struct SqliteStore {
    pool: SqlitePool,
    writes: Arc<AtomicU64>,
    files: Arc<[PathBuf; 2]>,
    identity: Option<check::Identity>,
}

/// Says why the file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its content is not what SQLite wrote.
    #[error("{}", check::rescue(file, cause))]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What SQLite reported.
        cause: String,
    },
    /// It was opened, but can't be read.
    #[error("{file} can't be read: {fault}", file = file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        fault: Fault,
    },
    /// It can't be opened or created.
    #[error("{file} can't be opened: {cause}; is the directory there and writable?", file = file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// What SQLite said.
        cause: sqlx::Error,
    },
    /// Its tables can't be brought to this version.
    #[error("the tables of {file} can't be brought up to date: {cause}", file = file.display())]
    Migrate {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        cause: sqlx::migrate::MigrateError,
    },
}

#[async_trait]
impl Store for SqliteStore {
    /// Changes with our own writes, and with those of another process to the same file.
    async fn version(&self) -> Result<Option<u64>, StoreError> {
        let mut hasher = DefaultHasher::new();
        self.writes.load(Ordering::Acquire).hash(&mut hasher);
        for file in self.files.iter() {
            let seen = std::fs::metadata(file).ok();
            seen.map(|seen| (seen.len(), seen.modified().ok())).hash(&mut hasher);
        }
        Ok(Some(hasher.finish()))
    }
}

impl SqliteStore {
    /// Opens the file, creates it if it isn't there, and brings its tables up to date.
    pub async fn open(file: &Path) -> Result<Self, OpenError> {
        let is_new = check::is_new(file)?;
        let opened = Self::connect(file).await;
        if is_new && opened.is_err() {
            // On a full disk nothing of it is left that the next start would take for a database.
            check::remove_if_empty(file);
        }
        opened
    }

    async fn connect(file: &Path) -> Result<Self, OpenError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A write is acknowledged once it is on the disk. With NORMAL, SQLite syncs only when it checkpoints, and a
            // power cut takes back every write since.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await
            .map_err(|cause| check::opening(file, cause))?;
        sqlx::migrate!("./migrations").run(&pool).await.map_err(|cause| check::migrating(file, cause))?;
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        let identity = check::identity(file);
        Ok(Self { pool, writes: Arc::default(), files: Arc::new([file.to_owned(), log.into()]), identity })
    }

    /// Returns the connections, for what else lies in the same file.
    #[must_use]
    pub const fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Closes the file; the write-ahead log is merged into it.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Counts a write when it ends, also when its caller has gone away meanwhile.
    fn writing(&self) -> Writing<'_> {
        Writing(&self.writes)
    }
}

struct Writing<'a>(&'a AtomicU64);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}

fn unavailable(doing: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |error| {
        let cause =
            if check::is_damage(&error) { format!("the database is damaged: {error}") } else { error.to_string() };
        StoreError::Unavailable { doing, cause }
    }
}

/// SQLite's integers are signed.
fn signed(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}

fn unsigned(id: i64) -> u64 {
    u64::try_from(id).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_connection_syncs_each_commit() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("stellarr.sqlite3")).await.unwrap();
        let mut connections = Vec::new();
        for _ in 0..store.pool.options().get_max_connections() {
            connections.push(store.pool.acquire().await.unwrap());
        }
        assert_eq!(connections.len(), 4);
        for connection in &mut connections {
            // In WAL mode, FULL (2) syncs the log before a commit returns; NORMAL (1) does not.
            let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut **connection).await.unwrap();
            let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut **connection).await.unwrap();
            assert_eq!((synchronous, journal.as_str()), (2, "wal"));
        }
    }
}
