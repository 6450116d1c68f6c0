//! The library, and its replacement by generation.

use std::collections::{BTreeMap, HashMap};

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use stellarr_core::library::{Generation, LibraryIds, LibraryItem};
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::store::StoreError;
use stellarr_core::time::Timestamp;

use super::{SqliteStore, signed, unavailable, unsigned};

impl SqliteStore {
    async fn generations(&self) -> Result<HashMap<MediaType, Generation>, StoreError> {
        let rows = sqlx::query("SELECT media_type, opened_at, received FROM generations")
            .try_map(|row: SqliteRow| {
                let media_type: String = row.try_get(0)?;
                let generation = Generation { opened_at: row.try_get(1)?, received: unsigned(row.try_get(2)?) };
                Ok((media_type, generation))
            })
            .fetch_all(&self.pool)
            .await
            .map_err(unavailable("read the library's generations"))?;
        Ok(rows.into_iter().filter_map(|(name, generation)| Some((name.parse().ok()?, generation))).collect())
    }

    /// Returns, of each kind whose generation was left open too long, since when rows count.
    pub(super) async fn overdue(&self, now: Timestamp) -> Result<HashMap<MediaType, i64>, StoreError> {
        let open = self.generations().await?;
        let overdue = open.into_iter().filter(|(_, generation)| generation.is_overdue(now.as_microsecond()));
        Ok(overdue.map(|(media_type, generation)| (media_type, generation.opened_at)).collect())
    }

    pub(super) async fn library(&self, now: Timestamp) -> Result<LibraryIds, StoreError> {
        let overdue = self.overdue(now).await?;
        let mut ids = LibraryIds::default();
        for media_type in MediaType::ALL {
            let since = overdue.get(&media_type).copied().unwrap_or(i64::MIN);
            let rows: Vec<i64> =
                sqlx::query_scalar("SELECT tmdb_id FROM library WHERE media_type = ? AND synced_at >= ?")
                    .bind(media_type.as_str())
                    .bind(since)
                    .fetch_all(&self.pool)
                    .await
                    .map_err(unavailable("list the library"))?;
            ids.of_mut(media_type).extend(rows.into_iter().map(unsigned));
        }
        Ok(ids)
    }

    pub(super) async fn shelve(&self, items: &[LibraryItem], now: Timestamp) -> Result<usize, StoreError> {
        const DOING: &str = "put titles into the library";
        let rows: BTreeMap<MediaKey, &LibraryItem> = items.iter().map(|item| (item.key(), item)).collect();
        if rows.is_empty() {
            return Ok(0);
        }
        let _writing = self.writing();
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable(DOING))?;
        for item in rows.values() {
            sqlx::query(
                "INSERT INTO library (media_type, tmdb_id, tvdb_id, title, synced_at) VALUES (?1, ?2, ?3, ?4, \
                 max(?5, coalesce((SELECT opened_at FROM generations WHERE media_type = ?1), ?5))) \
                 ON CONFLICT DO UPDATE SET tvdb_id = excluded.tvdb_id, title = excluded.title, \
                 synced_at = excluded.synced_at",
            )
            .bind(item.media_type.as_str())
            .bind(signed(item.tmdb_id))
            .bind(item.tvdb_id.map(signed))
            .bind(&item.title)
            .bind(now.as_microsecond())
            .execute(&mut *transaction)
            .await
            .map_err(unavailable(DOING))?;
        }
        for media_type in MediaType::ALL {
            let count = rows.keys().filter(|key| key.media_type == media_type).count();
            sqlx::query("UPDATE generations SET received = received + ? WHERE media_type = ?")
                .bind(i64::try_from(count).unwrap_or(i64::MAX))
                .bind(media_type.as_str())
                .execute(&mut *transaction)
                .await
                .map_err(unavailable(DOING))?;
        }
        transaction.commit().await.map_err(unavailable(DOING))?;
        Ok(rows.len())
    }

    pub(super) async fn open_generation(&self, media_type: MediaType, now: Timestamp) -> Result<(), StoreError> {
        let _writing = self.writing();
        sqlx::query("INSERT OR REPLACE INTO generations (media_type, opened_at, received) VALUES (?, ?, 0)")
            .bind(media_type.as_str())
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await
            .map_err(unavailable("open a generation of the library"))?;
        Ok(())
    }

    pub(super) async fn close_generation(&self, media_type: MediaType) -> Result<usize, StoreError> {
        const DOING: &str = "sweep the library";
        let _writing = self.writing();
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable(DOING))?;
        let swept = sqlx::query(
            "DELETE FROM library WHERE media_type = ?1 AND synced_at < \
             (SELECT opened_at FROM generations WHERE media_type = ?1 AND received > 0)",
        )
        .bind(media_type.as_str())
        .execute(&mut *transaction)
        .await
        .map_err(unavailable(DOING))?;
        sqlx::query("DELETE FROM generations WHERE media_type = ?")
            .bind(media_type.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(unavailable(DOING))?;
        transaction.commit().await.map_err(unavailable(DOING))?;
        Ok(usize::try_from(swept.rows_affected()).unwrap_or(usize::MAX))
    }
}
