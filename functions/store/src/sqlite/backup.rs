//! Rows as they stand, for taking them along and bringing them back.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use stellarr_core::export::LibraryRow;
use stellarr_core::library::LibraryItem;
use stellarr_core::request::MediaRequest;
use stellarr_core::store::StoreError;
use stellarr_core::time::{Timestamp, iso, parse_iso};

use super::requests::insert;
use super::{SqliteStore, signed, unavailable, unsigned};

impl SqliteStore {
    /// Returns the library's rows with their times, in the order of their keys.
    ///
    /// # Errors
    /// SQLite's.
    pub async fn library_rows(&self) -> Result<Vec<LibraryRow>, StoreError> {
        sqlx::query("SELECT media_type, tmdb_id, tvdb_id, title, synced_at FROM library ORDER BY media_type, tmdb_id")
            .try_map(|row: SqliteRow| {
                let media_type: String = row.try_get(0)?;
                Ok(LibraryRow {
                    item: LibraryItem {
                        media_type: media_type.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
                        tmdb_id: unsigned(row.try_get(1)?),
                        tvdb_id: row.try_get::<Option<i64>, _>(2)?.map(unsigned),
                        title: row.try_get(3)?,
                    },
                    synced_at: iso(Timestamp::from_microsecond(row.try_get(4)?).unwrap_or_default()),
                })
            })
            .fetch_all(&self.pool)
            .await
            .map_err(unavailable("list the library's rows"))
    }

    /// Adds requests whose titles have none, in one transaction: it syncs the disk once, not for each request. Returns
    /// how many are new.
    ///
    /// # Errors
    /// SQLite's; no request was added then.
    pub async fn restore_requests(&self, requests: &[MediaRequest]) -> Result<usize, StoreError> {
        const DOING: &str = "add requests of a backup";
        let _writing = self.writing();
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable(DOING))?;
        let mut fresh = 0;
        for request in requests {
            fresh += usize::from(insert(&mut *transaction, request).await.map_err(unavailable(DOING))?);
        }
        transaction.commit().await.map_err(unavailable(DOING))?;
        Ok(fresh)
    }

    /// Puts rows into the library unless they are there, with the times that they carry; one without a readable time
    /// is as old as can be. Returns how many are new.
    ///
    /// # Errors
    /// SQLite's; nothing was put then.
    pub async fn restore_library(&self, rows: &[LibraryRow]) -> Result<usize, StoreError> {
        const DOING: &str = "put rows back into the library";
        let _writing = self.writing();
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable(DOING))?;
        let mut fresh = 0;
        for LibraryRow { item, synced_at } in rows {
            let moment = parse_iso(synced_at).unwrap_or(Timestamp::UNIX_EPOCH);
            let done = sqlx::query(
                "INSERT INTO library (media_type, tmdb_id, tvdb_id, title, synced_at) VALUES (?, ?, ?, ?, ?) \
                 ON CONFLICT DO NOTHING",
            )
            .bind(item.media_type.as_str())
            .bind(signed(item.tmdb_id))
            .bind(item.tvdb_id.map(signed))
            .bind(&item.title)
            .bind(moment.as_microsecond())
            .execute(&mut *transaction)
            .await
            .map_err(unavailable(DOING))?;
            fresh += usize::try_from(done.rows_affected()).unwrap_or_default();
        }
        transaction.commit().await.map_err(unavailable(DOING))?;
        Ok(fresh)
    }
}
