//! Login attempts and used challenges.

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
        // Nobody asks for what others did in a window that is over.
        sqlx::query("DELETE FROM attempts WHERE first_attempt <= ?")
            .bind(now - limit.window_seconds)
            .execute(&self.pool)
            .await
            .map_err(unavailable(DOING))?;
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
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<bool, StoreError> {
        const DOING: &str = "note a used challenge";
        sqlx::query("DELETE FROM challenges WHERE expires < ?")
            .bind(now.as_second())
            .execute(&self.pool)
            .await
            .map_err(unavailable(DOING))?;
        let inserted = sqlx::query("INSERT INTO challenges (hash, expires) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(hash)
            .bind(expires.as_second())
            .execute(&self.pool)
            .await
            .map_err(unavailable(DOING))?;
        Ok(inserted.rows_affected() == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn attempts_of_windows_that_are_over_do_not_pile_up() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("stellarr.sqlite3")).await.unwrap();
        let limit = RateLimit { max_attempts: 5, window_seconds: 900 };
        let at = |second| Timestamp::from_second(1_800_000_000 + second).unwrap();
        for caller in 0..20 {
            let caller = Caller::at(std::net::Ipv4Addr::new(203, 0, 113, caller).into());
            store.reserve_attempt(&caller, &limit, at(i64::from(caller.as_str().len() > 11))).await.unwrap();
        }
        store.reserve_attempt(&Caller::unknown(), &limit, at(900)).await.unwrap();
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM attempts").fetch_one(store.pool()).await.unwrap();
        assert_eq!(left, 11, "ten of the second that counts still, and the new one");
    }
}
