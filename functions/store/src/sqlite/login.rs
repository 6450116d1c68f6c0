//! Login attempts, the addresses that members sign in from, and used challenges.

use async_trait::async_trait;
use stellarr_core::rate_limit::{
    Attempt, Caller, KNOWN_SECONDS, MAX_CLOCK_SKEW_SECONDS, RateLimit, Reservation, is_known, minute_of, wait,
};
use stellarr_core::store::{LoginStore, StoreError};
use stellarr_core::time::Timestamp;

use super::{SqliteStore, unavailable};

const COUNT_FAILURE: &str =
    "INSERT INTO failures (minute, failed) VALUES (?, 1) ON CONFLICT DO UPDATE SET failed = failed + 1";

#[async_trait]
impl LoginStore for SqliteStore {
    /// Decides and counts in one transaction that nobody else writes during.
    async fn reserve_attempt(&self, caller: &Caller, limit: &RateLimit, now: Timestamp) -> Result<Attempt, StoreError> {
        self.reserve(caller.as_str(), limit, now.as_second()).await.map_err(unavailable("count a login attempt"))
    }

    async fn count_failure(&self, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(COUNT_FAILURE)
            .bind(minute_of(now.as_second()))
            .execute(&self.pool)
            .await
            .map_err(unavailable("count a failed login"))?;
        Ok(())
    }

    async fn attempt_succeeded(
        &self,
        caller: &Caller,
        reservation: Reservation,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let caller = caller.as_str();
        let noted = async {
            let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
            sqlx::query("DELETE FROM attempts WHERE caller = ?").bind(caller).execute(&mut *transaction).await?;
            sqlx::query("INSERT OR REPLACE INTO sign_ins (caller, signed_in_at) VALUES (?, ?)")
                .bind(caller)
                .bind(now.as_second())
                .execute(&mut *transaction)
                .await?;
            if let Reservation::Counted(minute) = reservation {
                sqlx::query("UPDATE failures SET failed = failed - 1 WHERE minute = ? AND failed > 0")
                    .bind(minute)
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await
        };
        noted.await.map_err(unavailable("note a sign-in"))
    }

    async fn accept_challenge(&self, hash: &str, now: Timestamp, expires: Timestamp) -> Result<bool, StoreError> {
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

impl SqliteStore {
    async fn reserve(&self, caller: &str, limit: &RateLimit, now: i64) -> Result<Attempt, sqlx::Error> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        // What no longer decides anything does not pile up.
        sqlx::query("DELETE FROM attempts WHERE first_attempt <= ? OR first_attempt > ?")
            .bind(now - limit.window_seconds)
            .bind(now + MAX_CLOCK_SKEW_SECONDS)
            .execute(&mut *transaction)
            .await?;
        let minute = minute_of(now);
        sqlx::query("DELETE FROM failures WHERE minute <> ?").bind(minute).execute(&mut *transaction).await?;
        sqlx::query("DELETE FROM sign_ins WHERE signed_in_at <= ?")
            .bind(now - KNOWN_SECONDS)
            .execute(&mut *transaction)
            .await?;

        let own: Option<(u32, i64)> = sqlx::query_as("SELECT failed, first_attempt FROM attempts WHERE caller = ?")
            .bind(caller)
            .fetch_optional(&mut *transaction)
            .await?;
        let refused = own.and_then(|(count, first)| wait(limit, count, first, now));
        let signed_in_at: Option<i64> = sqlx::query_scalar("SELECT signed_in_at FROM sign_ins WHERE caller = ?")
            .bind(caller)
            .fetch_optional(&mut *transaction)
            .await?;
        let known = signed_in_at.is_some_and(|at| is_known(at, now));
        let failures: Option<u32> = sqlx::query_scalar("SELECT failed FROM failures WHERE minute = ?")
            .bind(minute)
            .fetch_optional(&mut *transaction)
            .await?;
        let attempt = match refused {
            Some(retry_after) => Attempt::Refused { retry_after },
            None if known => Attempt::Allowed(Reservation::Known),
            None if failures.unwrap_or_default() >= limit.max_per_minute => Attempt::until_next_minute(now),
            None => Attempt::Allowed(Reservation::Counted(minute)),
        };
        if attempt.is_allowed() {
            sqlx::query(
                "INSERT INTO attempts (caller, failed, first_attempt, last_attempt) VALUES (?1, 1, ?2, ?2) \
                 ON CONFLICT DO UPDATE SET failed = failed + 1, last_attempt = ?2",
            )
            .bind(caller)
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        }
        if let Attempt::Allowed(Reservation::Counted(minute)) = attempt {
            sqlx::query(COUNT_FAILURE).bind(minute).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(attempt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn attempts_of_windows_that_are_over_do_not_pile_up() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("stellarr.sqlite3")).await.unwrap();
        let limit = RateLimit::default();
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
