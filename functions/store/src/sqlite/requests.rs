//! Requests, and what Plex's guids stand for.

use async_trait::async_trait;
use std::collections::HashMap;

use sqlx::sqlite::{SqliteExecutor, SqliteRow};
use sqlx::{AssertSqlSafe, Row};
use stellarr_core::library::Standing;
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::request::{MediaRequest, UNKNOWN_TITLE, newest_first};
use stellarr_core::store::{GuidStore, KnownIds, RequestStore, StoreError};
use stellarr_core::time::{Timestamp, iso};

use super::{SqliteStore, signed, unavailable, unsigned};

fn from_row(row: &SqliteRow) -> Result<MediaRequest, sqlx::Error> {
    let media_type: String = row.try_get("media_type")?;
    let genre_ids: String = row.try_get("genre_ids")?;
    let title: String = row.try_get("title")?;
    Ok(MediaRequest {
        media_type: media_type.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        tmdb_id: unsigned(row.try_get("tmdb_id")?),
        title: if title.is_empty() { UNKNOWN_TITLE.to_owned() } else { title },
        created_at: row.try_get("created_at")?,
        year: row.try_get("year")?,
        overview: row.try_get("overview")?,
        poster_path: row.try_get("poster_path")?,
        imdb_id: row.try_get("imdb_id")?,
        tvdb_id: row.try_get::<Option<i64>, _>("tvdb_id")?.map(unsigned),
        requested_by: row.try_get("requested_by")?,
        genre_ids: serde_json::from_str(&genre_ids).unwrap_or_default(),
        original_language: row.try_get("original_language")?,
        added_at: row.try_get("added_at")?,
        plex_guid: row.try_get("plex_guid")?,
    })
}

/// Puts a request there unless its title has one; returns whether it is new.
pub(super) async fn insert(on: impl SqliteExecutor<'_>, request: &MediaRequest) -> Result<bool, sqlx::Error> {
    let genre_ids = serde_json::to_string(&request.genre_ids).unwrap_or_else(|_| "[]".to_owned());
    let inserted = sqlx::query(
        "INSERT INTO requests (media_type, tmdb_id, title, created_at, year, overview, poster_path, imdb_id, \
         tvdb_id, requested_by, genre_ids, original_language, added_at, plex_guid) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(request.media_type.as_str())
    .bind(signed(request.tmdb_id))
    .bind(&request.title)
    .bind(&request.created_at)
    .bind(request.year)
    .bind(&request.overview)
    .bind(&request.poster_path)
    .bind(&request.imdb_id)
    .bind(request.tvdb_id.map(signed))
    .bind(&request.requested_by)
    .bind(genre_ids)
    .bind(&request.original_language)
    .bind(&request.added_at)
    .bind(&request.plex_guid)
    .execute(on)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

#[async_trait]
impl RequestStore for SqliteStore {
    async fn add_request(&self, request: &MediaRequest) -> Result<bool, StoreError> {
        let _writing = self.writing();
        insert(&self.pool, request).await.map_err(unavailable("keep a request"))
    }

    async fn remove_request(&self, key: MediaKey) -> Result<bool, StoreError> {
        let _writing = self.writing();
        let deleted = sqlx::query("DELETE FROM requests WHERE media_type = ? AND tmdb_id = ?")
            .bind(key.media_type.as_str())
            .bind(signed(key.tmdb_id))
            .execute(&self.pool)
            .await
            .map_err(unavailable("remove a request"))?;
        Ok(deleted.rows_affected() == 1)
    }

    async fn request(&self, key: MediaKey) -> Result<Option<MediaRequest>, StoreError> {
        sqlx::query("SELECT * FROM requests WHERE media_type = ? AND tmdb_id = ?")
            .bind(key.media_type.as_str())
            .bind(signed(key.tmdb_id))
            .try_map(|row| from_row(&row))
            .fetch_optional(&self.pool)
            .await
            .map_err(unavailable("read a request"))
    }

    async fn requests(&self, wanted: Option<MediaType>) -> Result<Vec<MediaRequest>, StoreError> {
        let mut requests = sqlx::query("SELECT * FROM requests WHERE ?1 IS NULL OR media_type = ?1")
            .bind(wanted.map(MediaType::as_str))
            .try_map(|row| from_row(&row))
            .fetch_all(&self.pool)
            .await
            .map_err(unavailable("list the requests"))?;
        newest_first(&mut requests);
        Ok(requests)
    }

    async fn standings(&self, keys: &[MediaKey], now: Timestamp) -> Result<HashMap<MediaKey, Standing>, StoreError> {
        const DOING: &str = "look up what is known of titles";
        let mut standings: HashMap<MediaKey, Standing> = keys.iter().map(|key| (*key, Standing::default())).collect();
        let floors = self.floors(now).await?;
        let wanted: Vec<MediaKey> = standings.keys().copied().collect();
        for media_type in MediaType::ALL {
            let ids: Vec<i64> =
                wanted.iter().filter(|key| key.media_type == media_type).map(|key| signed(key.tmdb_id)).collect();
            if ids.is_empty() {
                continue;
            }
            // The ids go as one JSON text, so that the statement is always the same.
            let ids = serde_json::to_string(&ids).unwrap_or_else(|_| "[]".to_owned());
            let rows = sqlx::query(
                "SELECT tmdb_id, 0 AS shelved FROM requests \
                 WHERE media_type = ?1 AND tmdb_id IN (SELECT value FROM json_each(?2)) \
                 UNION ALL \
                 SELECT tmdb_id, 1 FROM library \
                 WHERE media_type = ?1 AND synced_at >= ?3 AND tmdb_id IN (SELECT value FROM json_each(?2))",
            )
            .bind(media_type.as_str())
            .bind(ids)
            .bind(floors.get(&media_type).copied().unwrap_or(i64::MIN))
            .try_map(|row: SqliteRow| Ok((row.try_get::<i64, _>(0)?, row.try_get::<i64, _>(1)?)))
            .fetch_all(&self.pool)
            .await
            .map_err(unavailable(DOING))?;
            for (tmdb_id, shelved) in rows {
                let standing = standings.entry(MediaKey::new(media_type, unsigned(tmdb_id))).or_default();
                if shelved == 1 {
                    standing.in_library = true;
                } else {
                    standing.requested = true;
                }
            }
        }
        Ok(standings)
    }

    async fn mark_added(
        &self,
        key: MediaKey,
        plex_guid: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<MediaRequest>, StoreError> {
        let _writing = self.writing();
        sqlx::query(
            "UPDATE requests SET added_at = ?, plex_guid = coalesce(?, plex_guid) \
             WHERE media_type = ? AND tmdb_id = ? AND added_at IS NULL RETURNING *",
        )
        .bind(iso(now))
        .bind(plex_guid)
        .bind(key.media_type.as_str())
        .bind(signed(key.tmdb_id))
        .try_map(|row| from_row(&row))
        .fetch_optional(&self.pool)
        .await
        .map_err(unavailable("mark a request as added"))
    }

    async fn request_by_tvdb(&self, tvdb_id: u64) -> Result<Option<MediaRequest>, StoreError> {
        self.select_where("tvdb_id = ? AND media_type = 'tv'", signed(tvdb_id)).await
    }
}

#[async_trait]
impl GuidStore for SqliteStore {
    async fn known_ids(&self, guid: &str) -> Result<Option<KnownIds>, StoreError> {
        sqlx::query("SELECT tmdb_id, tvdb_id FROM guids WHERE plex_guid = ?")
            .bind(guid)
            .try_map(|row: SqliteRow| {
                Ok(KnownIds {
                    tmdb_id: row.try_get::<Option<i64>, _>(0)?.map(unsigned),
                    tvdb_id: row.try_get::<Option<i64>, _>(1)?.map(unsigned),
                })
            })
            .fetch_optional(&self.pool)
            .await
            .map_err(unavailable("look up a Plex guid"))
    }

    async fn remember_ids(&self, guid: &str, ids: KnownIds, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO guids (plex_guid, tmdb_id, tvdb_id, cached_at) VALUES (?, ?, ?, ?) \
             ON CONFLICT (plex_guid) DO UPDATE SET tmdb_id = coalesce(excluded.tmdb_id, tmdb_id), \
             tvdb_id = coalesce(excluded.tvdb_id, tvdb_id), cached_at = excluded.cached_at",
        )
        .bind(guid)
        .bind(ids.tmdb_id.map(signed))
        .bind(ids.tvdb_id.map(signed))
        .bind(iso(now))
        .execute(&self.pool)
        .await
        .map_err(unavailable("remember a Plex guid"))?;
        Ok(())
    }

    async fn request_by_guid(&self, guid: &str) -> Result<Option<MediaRequest>, StoreError> {
        self.select_where("plex_guid = ?", guid.to_owned()).await
    }
}

impl SqliteStore {
    async fn select_where<T>(&self, condition: &'static str, value: T) -> Result<Option<MediaRequest>, StoreError>
    where
        T: for<'q> sqlx::Encode<'q, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite> + Send,
    {
        // The condition is one of the two literals above.
        sqlx::query(AssertSqlSafe(format!("SELECT * FROM requests WHERE {condition} LIMIT 1")))
            .bind(value)
            .try_map(|row| from_row(&row))
            .fetch_optional(&self.pool)
            .await
            .map_err(unavailable("find a request"))
    }
}
