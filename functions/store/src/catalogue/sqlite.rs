//! The catalogue in the SQLite file of the self-hosted process.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqlitePool};
use stellarr_core::catalogue::{
    Catalogue, CatalogueError, CatalogueSummary, Cursor, Fingerprint, ListId, ListSummary, Row, RowKey, RowPage, Stamp,
    Stored, TitleFacts,
};
use stellarr_core::media::MediaType;
use stellarr_core::tmdb::TitleEntry;

use super::text::{self, Stored as StoredText};

/// Keeps the catalogue in SQLite.
#[derive(Clone, Debug)]
pub struct SqliteCatalogue {
    pool: SqlitePool,
}

impl SqliteCatalogue {
    /// Uses the connections of an opened [`SqliteStore`](crate::sqlite::SqliteStore), whose tables it shares.
    #[must_use]
    pub const fn new(pool: SqlitePool) -> Self {
        Self { pool }
    }

    async fn write_rows(&self, rows: &[Row]) -> Result<usize, sqlx::Error> {
        // The last of several with one key counts: a later upsert wins.
        let mut transaction = self.pool.begin().await?;
        let mut keys = BTreeSet::new();
        for row in rows {
            keys.insert(row.key());
            let entry = &row.entry;
            let query = sqlx::query(
                "INSERT OR REPLACE INTO catalogue (list, tmdb_id, score, expires_at, fetched_at, fingerprint, title, \
                 overview, poster_path, backdrop_path, release_date, genre_ids, popularity, vote_average, vote_count, \
                 original_language, adult) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(row.list.to_string())
            .bind(signed(entry.id))
            .bind(row.score)
            .bind(signed(row.expires_at))
            .bind(signed(row.fetched_at))
            .bind(row.fingerprint().to_vec())
            .bind(&entry.title);
            let query = match text::pack(&entry.overview) {
                StoredText::Plain(text) => query.bind(text),
                StoredText::Packed(packed) => query.bind(packed),
            };
            query
                .bind(&entry.poster_path)
                .bind(&entry.backdrop_path)
                .bind(&entry.release_date)
                .bind(entry.genre_ids.iter().map(u32::to_string).collect::<Vec<_>>().join(","))
                .bind(entry.popularity)
                .bind(entry.vote_average)
                .bind(i64::from(entry.vote_count))
                .bind(&entry.original_language)
                .bind(entry.adult)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(keys.len())
    }

    async fn update_expiries(&self, stamps: &[(RowKey, Stamp)]) -> Result<usize, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let mut written = 0;
        for (key, stamp) in stamps {
            let done =
                sqlx::query("UPDATE catalogue SET expires_at = ?, fetched_at = ? WHERE list = ? AND tmdb_id = ?")
                    .bind(signed(stamp.expires_at))
                    .bind(signed(stamp.fetched_at))
                    .bind(key.list.to_string())
                    .bind(signed(key.tmdb_id))
                    .execute(&mut *transaction)
                    .await?;
            written += done.rows_affected();
        }
        transaction.commit().await?;
        Ok(usize::try_from(written).unwrap_or(usize::MAX))
    }

    async fn select_stamp(&self, key: &RowKey) -> Result<Option<Stamp>, sqlx::Error> {
        let row =
            sqlx::query("SELECT fingerprint, expires_at, fetched_at FROM catalogue WHERE list = ? AND tmdb_id = ?")
                .bind(key.list.to_string())
                .bind(signed(key.tmdb_id))
                .fetch_optional(&self.pool)
                .await?;
        let Some(row) = row else { return Ok(None) };
        let fingerprint: Vec<u8> = row.try_get(0)?;
        let fingerprint = Fingerprint::try_from(fingerprint.as_slice()).unwrap_or_default();
        Ok(Some(Stamp { fingerprint, expires_at: unsigned(row.try_get(1)?), fetched_at: unsigned(row.try_get(2)?) }))
    }

    /// Deletes rows that expired long ago, as DynamoDB does by itself.
    async fn sweep(&self, now: u64) -> Result<(), sqlx::Error> {
        sqlx::query("DELETE FROM catalogue WHERE expires_at <= ?").bind(signed(now)).execute(&self.pool).await?;
        Ok(())
    }
}

#[async_trait]
impl Catalogue for SqliteCatalogue {
    async fn page(
        &self,
        list: ListId,
        limit: usize,
        after: Option<Cursor>,
        now: u64,
    ) -> Result<RowPage, CatalogueError> {
        const DOING: &str = "read a list";
        let (score, id) = after.map_or((f64::MAX, i64::MAX), |after| (after.score, signed(after.tmdb_id)));
        // One more than wanted, to know whether there is a next page.
        let found = sqlx::query(
            "SELECT tmdb_id, score, expires_at, fetched_at, title, overview, poster_path, backdrop_path, \
             release_date, genre_ids, popularity, vote_average, vote_count, original_language, adult \
             FROM catalogue WHERE list = ? AND (score, tmdb_id) < (?, ?) AND expires_at > ? \
             ORDER BY score DESC, tmdb_id DESC LIMIT ?",
        )
        .bind(list.to_string())
        .bind(score)
        .bind(id)
        .bind(signed(now))
        .bind(signed(limit as u64) + 1)
        .fetch_all(&self.pool)
        .await
        .map_err(unavailable(DOING))?;
        let mut rows = Vec::with_capacity(found.len());
        for row in found.iter().take(limit) {
            rows.push(to_row(list, row).map_err(unavailable(DOING))?);
        }
        let last = rows.last().filter(|_| found.len() > limit);
        let next = last.map(|row| Cursor { score: row.score, tmdb_id: row.entry.id });
        Ok(RowPage { rows, next })
    }

    async fn stamps(&self, keys: &[RowKey]) -> Result<HashMap<RowKey, Stamp>, CatalogueError> {
        let mut stamps = HashMap::with_capacity(keys.len());
        for key in keys {
            if let Some(stamp) = self.select_stamp(key).await.map_err(unavailable("see what has changed"))? {
                stamps.insert(*key, stamp);
            }
        }
        Ok(stamps)
    }

    async fn put(&self, rows: &[Row]) -> Stored {
        match self.write_rows(rows).await {
            Ok(written) => Stored { written, failed: Vec::new() },
            Err(error) => all_failed(rows.iter().map(Row::key), &error),
        }
    }

    async fn renew(&self, stamps: &[(RowKey, Stamp)]) -> Stored {
        match self.update_expiries(stamps).await {
            Ok(written) => Stored { written, failed: Vec::new() },
            Err(error) => all_failed(stamps.iter().map(|(key, _)| *key), &error),
        }
    }

    async fn measure(&self, list: ListId, now: u64) -> Result<ListSummary, CatalogueError> {
        const DOING: &str = "count a list";
        self.sweep(now).await.map_err(unavailable(DOING))?;
        let row = sqlx::query(
            "SELECT COUNT(*), TOTAL(LENGTH(title) + LENGTH(CAST(overview AS BLOB)) + 120), \
             COALESCE(MAX(fetched_at), 0), COALESCE(MAX(expires_at), 0) FROM catalogue WHERE list = ? AND expires_at > ?",
        )
        .bind(list.to_string())
        .bind(signed(now))
        .fetch_one(&self.pool)
        .await
        .map_err(unavailable(DOING))?;
        let read = || -> Result<ListSummary, sqlx::Error> {
            let bytes: f64 = row.try_get(1)?;
            Ok(ListSummary {
                list,
                items: unsigned(row.try_get(0)?),
                bytes: whole(bytes),
                fetched_at: unsigned(row.try_get(2)?),
                expires_at: unsigned(row.try_get(3)?),
            })
        };
        read().map_err(unavailable(DOING))
    }

    async fn facts(&self, media_type: MediaType) -> Result<HashMap<u64, TitleFacts>, CatalogueError> {
        const DOING: &str = "read the library's genres";
        let rows: Vec<(i64, String)> = sqlx::query_as("SELECT tmdb_id, facts FROM library_facts WHERE media_type = ?")
            .bind(media_type.as_str())
            .fetch_all(&self.pool)
            .await
            .map_err(unavailable(DOING))?;
        let facts = rows.into_iter().filter_map(|(id, facts)| Some((unsigned(id), serde_json::from_str(&facts).ok()?)));
        Ok(facts.collect())
    }

    async fn put_facts(&self, media_type: MediaType, facts: &[(u64, TitleFacts)]) -> Result<usize, CatalogueError> {
        const DOING: &str = "write the library's genres";
        let mut transaction = self.pool.begin().await.map_err(unavailable(DOING))?;
        for (id, facts) in facts {
            let body = serde_json::to_string(facts)
                .map_err(|error| CatalogueError { doing: DOING, cause: error.to_string() })?;
            sqlx::query("INSERT OR REPLACE INTO library_facts (media_type, tmdb_id, facts) VALUES (?, ?, ?)")
                .bind(media_type.as_str())
                .bind(signed(*id))
                .bind(body)
                .execute(&mut *transaction)
                .await
                .map_err(unavailable(DOING))?;
        }
        transaction.commit().await.map_err(unavailable(DOING))?;
        Ok(facts.len())
    }

    async fn summary(&self) -> Result<Option<CatalogueSummary>, CatalogueError> {
        let body: Option<String> = sqlx::query_scalar("SELECT body FROM catalogue_summary WHERE id = 0")
            .fetch_optional(&self.pool)
            .await
            .map_err(unavailable("read the summary"))?;
        Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
    }

    async fn put_summary(&self, summary: &CatalogueSummary) -> Result<(), CatalogueError> {
        const DOING: &str = "write the summary";
        let body = serde_json::to_string(summary)
            .map_err(|error| CatalogueError { doing: DOING, cause: error.to_string() })?;
        sqlx::query("INSERT OR REPLACE INTO catalogue_summary (id, body) VALUES (0, ?)")
            .bind(body)
            .execute(&self.pool)
            .await
            .map_err(unavailable(DOING))?;
        Ok(())
    }
}

fn to_row(list: ListId, row: &SqliteRow) -> Result<Row, sqlx::Error> {
    // The column holds a text or, packed, a blob.
    let overview = match row.try_get::<String, _>(5) {
        Ok(text) => text,
        Err(_) => text::unpack(&row.try_get_unchecked::<Vec<u8>, _>(5)?).unwrap_or_default(),
    };
    let genres: String = row.try_get(9)?;
    let votes: i64 = row.try_get(12)?;
    Ok(Row {
        list,
        score: row.try_get(1)?,
        expires_at: unsigned(row.try_get(2)?),
        fetched_at: unsigned(row.try_get(3)?),
        entry: TitleEntry {
            id: unsigned(row.try_get(0)?),
            media_type: list.media_type,
            title: row.try_get(4)?,
            overview,
            poster_path: row.try_get(6)?,
            backdrop_path: row.try_get(7)?,
            release_date: row.try_get(8)?,
            genre_ids: genres.split(',').filter_map(|id| id.parse().ok()).collect(),
            popularity: row.try_get(10)?,
            vote_average: row.try_get(11)?,
            vote_count: u32::try_from(votes).unwrap_or_default(),
            original_language: row.try_get(13)?,
            adult: row.try_get(14)?,
        },
    })
}

fn all_failed(keys: impl Iterator<Item = RowKey>, error: &sqlx::Error) -> Stored {
    Stored { written: 0, failed: keys.map(|key| (key, error.to_string())).collect() }
}

fn unavailable(doing: &'static str) -> impl FnOnce(sqlx::Error) -> CatalogueError {
    move |error| CatalogueError { doing, cause: error.to_string() }
}

/// SQLite's integers are signed.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "float casts saturate, and sizes are small"
)]
const fn whole(number: f64) -> u64 {
    number as u64
}
