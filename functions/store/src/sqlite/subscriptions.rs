//! Devices' push subscriptions.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use stellarr_core::push::Subscription;
use stellarr_core::store::StoreError;

use super::{SqliteStore, unavailable};

impl SqliteStore {
    pub(super) async fn subscribe(&self, subscription: &Subscription) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT OR REPLACE INTO subscriptions (endpoint, name, p256dh, auth, language, subscribed_at) \
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(&subscription.endpoint)
        .bind(&subscription.name)
        .bind(&subscription.p256dh)
        .bind(&subscription.auth)
        .bind(&subscription.language)
        .bind(&subscription.subscribed_at)
        .execute(&self.pool)
        .await
        .map_err(unavailable("keep a push subscription"))?;
        Ok(())
    }

    pub(super) async fn unsubscribe(&self, name: &str, endpoint: Option<&str>) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM subscriptions WHERE name = ?1 AND (?2 IS NULL OR endpoint = ?2)")
            .bind(name)
            .bind(endpoint)
            .execute(&self.pool)
            .await
            .map_err(unavailable("forget a push subscription"))?;
        Ok(())
    }

    pub(super) async fn subscriptions(&self, name: &str) -> Result<Vec<Subscription>, StoreError> {
        sqlx::query("SELECT * FROM subscriptions WHERE name = ?")
            .bind(name)
            .try_map(|row: SqliteRow| {
                Ok(Subscription {
                    name: row.try_get("name")?,
                    endpoint: row.try_get("endpoint")?,
                    p256dh: row.try_get("p256dh")?,
                    auth: row.try_get("auth")?,
                    language: row.try_get("language")?,
                    subscribed_at: row.try_get("subscribed_at")?,
                })
            })
            .fetch_all(&self.pool)
            .await
            .map_err(unavailable("list a user's devices"))
    }
}
