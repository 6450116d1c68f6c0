//! Members, and their devices' push subscriptions.

use async_trait::async_trait;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use stellarr_core::auth::{is_same_member, member_key};
use stellarr_core::push::Subscription;
use stellarr_core::store::{MemberStore, StoreError, SubscriptionStore};

use super::{SqliteStore, unavailable};

#[async_trait]
impl SubscriptionStore for SqliteStore {
    async fn subscribe(&self, subscription: &Subscription) -> Result<(), StoreError> {
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

    async fn unsubscribe(&self, name: &str, endpoint: Option<&str>) -> Result<(), StoreError> {
        for device in self.subscriptions(name).await? {
            if endpoint.is_some_and(|endpoint| device.endpoint != endpoint) {
                continue;
            }
            sqlx::query("DELETE FROM subscriptions WHERE name = ? AND endpoint = ?")
                .bind(&device.name)
                .bind(&device.endpoint)
                .execute(&self.pool)
                .await
                .map_err(unavailable("forget a push subscription"))?;
        }
        Ok(())
    }

    /// Reads them all: a household has a handful, and SQLite does not know how names compare.
    async fn subscriptions(&self, name: &str) -> Result<Vec<Subscription>, StoreError> {
        let mut devices = sqlx::query("SELECT * FROM subscriptions")
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
            .map_err(unavailable("list a member's devices"))?;
        devices.retain(|device| is_same_member(&device.name, name));
        Ok(devices)
    }
}

#[async_trait]
impl MemberStore for SqliteStore {
    async fn member(&self, name: &str) -> Result<Option<String>, StoreError> {
        sqlx::query_scalar("SELECT name FROM members WHERE key = ?")
            .bind(member_key(name))
            .fetch_optional(&self.pool)
            .await
            .map_err(unavailable("look up a member"))
    }

    async fn add_member(&self, name: &str) -> Result<String, StoreError> {
        // The update changes nothing, but only then is the kept row returned.
        sqlx::query_scalar(
            "INSERT INTO members (key, name) VALUES (?, ?) ON CONFLICT DO UPDATE SET name = name RETURNING name",
        )
        .bind(member_key(name))
        .bind(name)
        .fetch_one(&self.pool)
        .await
        .map_err(unavailable("remember a member"))
    }
}
