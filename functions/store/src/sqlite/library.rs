//! The library, and its replacement by generation.

use async_trait::async_trait;
use std::collections::{BTreeMap, HashMap};

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use stellarr_core::library::{Generations, LibraryIds, LibraryItem};
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::store::{LibraryStore, StoreError};
use stellarr_core::time::Timestamp;

use super::{SqliteStore, signed, unavailable, unsigned};

#[async_trait]
impl LibraryStore for SqliteStore {
    async fn library(&self, now: Timestamp) -> Result<LibraryIds, StoreError> {
        let floors = self.floors(now).await?;
        let mut ids = LibraryIds::default();
        for media_type in MediaType::ALL {
            let since = floors.get(&media_type).copied().unwrap_or(i64::MIN);
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

    async fn put_titles(&self, items: &[LibraryItem], now: Timestamp) -> Result<usize, StoreError> {
        self.put_rows(items, now, false).await
    }

    async fn put_synced_titles(&self, items: &[LibraryItem], now: Timestamp) -> Result<usize, StoreError> {
        self.put_rows(items, now, true).await
    }

    async fn open_generation(&self, media_type: MediaType, now: Timestamp) -> Result<(), StoreError> {
        self.settle(media_type, Some(now)).await.map(drop)
    }

    async fn close_generation(&self, media_type: MediaType) -> Result<usize, StoreError> {
        self.settle(media_type, None).await
    }
}

impl SqliteStore {
    async fn generations(
        &self,
        of: impl sqlx::Executor<'_, Database = sqlx::Sqlite>,
    ) -> Result<HashMap<MediaType, Generations>, StoreError> {
        let rows = sqlx::query(
            "SELECT media_type, opened_at, filled FROM openings UNION ALL SELECT media_type, floor, NULL FROM floors",
        )
        .try_map(|row: SqliteRow| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
        .fetch_all(of)
        .await
        .map_err(unavailable("read the library's generations"))?;
        let mut found: HashMap<MediaType, Generations> = HashMap::new();
        for (media_type, moment, filled) in rows {
            let (media_type, moment, filled): (String, i64, Option<bool>) = (media_type, moment, filled);
            let Ok(media_type) = media_type.parse() else { continue };
            let generations = found.entry(media_type).or_default();
            match filled {
                Some(filled) => drop(generations.open.insert(moment, filled)),
                None => generations.floor = moment,
            }
        }
        Ok(found)
    }

    /// Returns since when rows of each media type count.
    pub(super) async fn floors(&self, now: Timestamp) -> Result<HashMap<MediaType, i64>, StoreError> {
        let found = self.generations(&self.pool).await?;
        let floors = found.into_iter().map(|(of, generations)| (of, generations.floor_at(now.as_microsecond())));
        Ok(floors.collect())
    }

    async fn put_rows(&self, items: &[LibraryItem], now: Timestamp, of_sync: bool) -> Result<usize, StoreError> {
        const DOING: &str = "put titles into the library";
        let rows: BTreeMap<MediaKey, &LibraryItem> = items.iter().map(|item| (item.key(), item)).collect();
        if rows.is_empty() {
            return Ok(0);
        }
        let _writing = self.writing();
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable(DOING))?;
        let generations = self.generations(&mut *transaction).await?;
        for item in rows.values() {
            let newest = generations.get(&item.media_type).map_or(i64::MIN, Generations::newest);
            sqlx::query(
                "INSERT INTO library (media_type, tmdb_id, tvdb_id, title, synced_at) VALUES (?, ?, ?, ?, ?) \
                 ON CONFLICT DO UPDATE SET tvdb_id = excluded.tvdb_id, title = excluded.title, \
                 synced_at = excluded.synced_at",
            )
            .bind(item.media_type.as_str())
            .bind(signed(item.tmdb_id))
            .bind(item.tvdb_id.map(signed))
            .bind(&item.title)
            .bind(now.as_microsecond().max(newest))
            .execute(&mut *transaction)
            .await
            .map_err(unavailable(DOING))?;
        }
        for media_type in
            MediaType::ALL.into_iter().filter(|of| of_sync && rows.keys().any(|key| key.media_type == *of))
        {
            sqlx::query(
                "UPDATE openings SET filled = 1 WHERE media_type = ?1 \
                 AND opened_at = (SELECT max(opened_at) FROM openings WHERE media_type = ?1)",
            )
            .bind(media_type.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(unavailable(DOING))?;
        }
        transaction.commit().await.map_err(unavailable(DOING))?;
        Ok(rows.len())
    }

    /// Settles what is to be settled before a generation opens, and opens it; without a moment, closes one.
    async fn settle(&self, media_type: MediaType, opens: Option<Timestamp>) -> Result<usize, StoreError> {
        const DOING: &str = "sweep the library";
        let _writing = self.writing();
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable(DOING))?;
        let generations = self.generations(&mut *transaction).await?.remove(&media_type).unwrap_or_default();
        let settled = match opens {
            Some(now) => generations.before_opening(now.as_microsecond()),
            None => generations.closing(),
        };
        let mut swept = 0;
        if let Some(floor) = settled.floor {
            let deleted = sqlx::query("DELETE FROM library WHERE media_type = ? AND synced_at < ?")
                .bind(media_type.as_str())
                .bind(floor)
                .execute(&mut *transaction)
                .await
                .map_err(unavailable(DOING))?;
            swept = usize::try_from(deleted.rows_affected()).unwrap_or(usize::MAX);
            sqlx::query("INSERT OR REPLACE INTO floors (media_type, floor) VALUES (?, ?)")
                .bind(media_type.as_str())
                .bind(floor)
                .execute(&mut *transaction)
                .await
                .map_err(unavailable(DOING))?;
        }
        for opened_at in settled.over {
            sqlx::query("DELETE FROM openings WHERE media_type = ? AND opened_at = ?")
                .bind(media_type.as_str())
                .bind(opened_at)
                .execute(&mut *transaction)
                .await
                .map_err(unavailable(DOING))?;
        }
        if let Some(now) = opens {
            sqlx::query("INSERT OR IGNORE INTO openings (media_type, opened_at, filled) VALUES (?, ?, 0)")
                .bind(media_type.as_str())
                .bind(now.as_microsecond())
                .execute(&mut *transaction)
                .await
                .map_err(unavailable("open a generation of the library"))?;
        }
        transaction.commit().await.map_err(unavailable(DOING))?;
        Ok(swept)
    }
}
