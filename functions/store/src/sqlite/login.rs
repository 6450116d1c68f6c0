//! Login attempts and used challenges.

use stellarr_core::auth::TOGETHER_SECONDS;
use stellarr_core::rate_limit::{Attempt, Caller, RateLimit, decide};
use stellarr_core::store::StoreError;
use stellarr_core::time::Timestamp;

use super::{SqliteStore, unavailable};

impl SqliteStore {
    pub(super) async fn reserve_attempt(
        &self,
        caller: &Caller,
        limit: &RateLimit,
        now: Timestamp,
    ) -> Result<Attempt, StoreError> {
        const DOING: &str = "count a login attempt";
        let now = now.as_second();
        let counted = sqlx::query(
            "INSERT INTO attempts (caller, failed, first_attempt, last_attempt) VALUES (?1, 1, ?2, ?2) \
             ON CONFLICT DO UPDATE SET \
             failed = CASE WHEN first_attempt <= ?3 THEN 1 ELSE failed + 1 END, \
             first_attempt = CASE WHEN first_attempt <= ?3 THEN ?2 ELSE first_attempt END, \
             last_attempt = ?2 \
             WHERE first_attempt <= ?3 OR failed < ?4",
        )
        .bind(caller.as_str())
        .bind(now)
        .bind(now - limit.window_seconds)
        .bind(limit.max_attempts)
        .execute(&self.pool)
        .await
        .map_err(unavailable(DOING))?;
        if counted.rows_affected() == 1 {
            return Ok(Attempt::Allowed);
        }
        let first: Option<i64> = sqlx::query_scalar("SELECT first_attempt FROM attempts WHERE caller = ?")
            .bind(caller.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(unavailable(DOING))?;
        match decide(limit, limit.max_attempts, first.unwrap_or(now), now) {
            refused @ Attempt::Refused { .. } => Ok(refused),
            // The window ended between the two statements.
            Attempt::Allowed => Ok(Attempt::Refused { retry_after: 1 }),
        }
    }

    pub(super) async fn clear_attempts(&self, caller: &Caller) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM attempts WHERE caller = ?")
            .bind(caller.as_str())
            .execute(&self.pool)
            .await
            .map_err(unavailable("clear the login attempts"))?;
        Ok(())
    }

    pub(super) async fn accept_challenge(
        &self,
        hash: &str,
        name: &str,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<bool, StoreError> {
        const DOING: &str = "note a used challenge";
        sqlx::query("DELETE FROM used_answers WHERE expires < ?")
            .bind(now.as_second())
            .execute(&self.pool)
            .await
            .map_err(unavailable(DOING))?;
        let inserted = sqlx::query(
            "INSERT INTO used_answers (hash, name, accepted, expires) SELECT ?1, ?2, ?3, ?4 \
             WHERE NOT EXISTS (SELECT 1 FROM used_answers WHERE hash = ?1 AND accepted < ?5) ON CONFLICT DO NOTHING",
        )
        .bind(hash)
        .bind(name)
        .bind(now.as_second())
        .bind(expires.as_second())
        .bind(now.as_second() - TOGETHER_SECONDS)
        .execute(&self.pool)
        .await
        .map_err(unavailable(DOING))?;
        Ok(inserted.rows_affected() == 1)
    }
}
