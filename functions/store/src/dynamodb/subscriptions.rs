//! Devices' push subscriptions.

use async_trait::async_trait;
use std::collections::HashSet;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::try_join_all;
use stellarr_core::auth::{is_same_member, member_key, spellings};
use stellarr_core::push::Subscription;
use stellarr_core::store::{StoreError, SubscriptionStore};
use stellarr_core::table::requests::{ItemKey, LOOKUP, SORT, user_lookup};

use super::DynamoStore;
use super::error::{condition_failed, unavailable};
use super::item::{Item, get_text, key, put_text, text};

fn to_item(subscription: &Subscription) -> Item {
    let mut item = key(&ItemKey::subscription(&subscription.endpoint));
    let keys = Item::from([
        ("p256dh".to_owned(), text(subscription.p256dh.as_str())),
        ("auth".to_owned(), text(subscription.auth.as_str())),
    ]);
    item.insert("endpoint".to_owned(), text(subscription.endpoint.as_str()));
    item.insert("keys".to_owned(), AttributeValue::M(keys));
    item.insert("name".to_owned(), text(subscription.name.as_str()));
    item.insert("subscribed_at".to_owned(), text(subscription.subscribed_at.as_str()));
    item.insert(LOOKUP.to_owned(), text(user_lookup(&member_key(&subscription.name))));
    put_text(&mut item, "language", subscription.language.as_deref());
    item
}

/// Reads a subscription; one of the old system names nobody, its key does.
fn from_item(item: &Item, name: &str) -> Option<Subscription> {
    let keys = item.get("keys")?.as_m().ok()?;
    Some(Subscription {
        name: name.to_owned(),
        endpoint: get_text(item, "endpoint")?,
        p256dh: get_text(keys, "p256dh")?,
        auth: get_text(keys, "auth")?,
        language: get_text(item, "language"),
        subscribed_at: get_text(item, "subscribed_at").unwrap_or_default(),
    })
}

#[async_trait]
impl SubscriptionStore for DynamoStore {
    async fn subscribe(&self, subscription: &Subscription) -> Result<(), StoreError> {
        const DOING: &str = "keep a push subscription";
        let item = to_item(subscription);
        let member = member_key(&subscription.name);
        if self.look_up(&user_lookup(&member)).await?.is_none() {
            // Without the index a user's devices can't be found: keep one, the last, as the old system did. What could
            // not be found could not be deleted either, and would be back once the index is there.
            for device in self.subscriptions(&subscription.name).await? {
                if device.endpoint != subscription.endpoint {
                    self.unsubscribe(&device.name, Some(&device.endpoint)).await?;
                }
            }
            let mut old = item.clone();
            old.extend(key(&ItemKey::old_subscription(&member)));
            old.remove("name");
            old.remove(LOOKUP);
            self.put(old, DOING).await?;
        }
        self.put(item, DOING).await
    }

    async fn subscriptions(&self, name: &str) -> Result<Vec<Subscription>, StoreError> {
        let lookup = user_lookup(&member_key(name));
        let spellings = spellings(name);
        let devices =
            try_join_all(spellings.iter().map(|spelling| async move {
                self.look_up(&user_lookup(spelling)).await.map(Option::unwrap_or_default)
            }));
        let (devices, old) = tokio::try_join!(devices, self.old_subscriptions(name))?;
        let mut found: Vec<Subscription> = Vec::new();
        for item in devices.into_iter().flatten() {
            let spelling = get_text(&item, "name").unwrap_or_default();
            let Some(device) = from_item(&item, &spelling).filter(|_| is_same_member(&spelling, name)) else {
                continue;
            };
            if get_text(&item, LOOKUP).as_deref() != Some(lookup.as_str()) {
                self.point_at_member(&device, &lookup).await?;
            }
            found.push(device);
        }
        found.extend(old.into_iter().map(|(_, device)| device));
        // The index may still have a device under its earlier key.
        let mut endpoints = HashSet::new();
        found.retain(|device| endpoints.insert(device.endpoint.clone()));
        Ok(found)
    }

    async fn unsubscribe(&self, name: &str, endpoint: Option<&str>) -> Result<(), StoreError> {
        let endpoints = match endpoint {
            Some(endpoint) => vec![endpoint.to_owned()],
            None => self.subscriptions(name).await?.into_iter().map(|device| device.endpoint).collect(),
        };
        for endpoint in endpoints {
            self.forget(name, &endpoint).await?;
        }
        Ok(())
    }
}

impl DynamoStore {
    /// Reads what the old system kept under the spellings of a name, each with its key.
    async fn old_subscriptions(&self, name: &str) -> Result<Vec<(ItemKey, Subscription)>, StoreError> {
        let keys = spellings(name).iter().map(|spelling| ItemKey::old_subscription(spelling)).collect();
        let items = self.batch_get(keys, "list a member's devices").await?;
        // A new item under this key belongs to a device whose endpoint equals the name.
        let old = items.into_iter().filter(|(_, item)| !item.contains_key("name"));
        Ok(old.filter_map(|(key, item)| Some((key, from_item(&item, name)?))).collect())
    }

    /// Makes a device that an earlier version subscribed available under every spelling of the name.
    async fn point_at_member(&self, device: &Subscription, lookup: &str) -> Result<(), StoreError> {
        let update = self
            .client()
            .update_item()
            .table_name(self.table())
            .set_key(Some(key(&ItemKey::subscription(&device.endpoint))))
            .update_expression("SET #lookup = :lookup")
            .condition_expression("attribute_exists(#sort) AND #name = :name")
            .expression_attribute_names("#lookup", LOOKUP)
            .expression_attribute_names("#sort", SORT)
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":lookup", text(lookup))
            .expression_attribute_values(":name", text(device.name.as_str()))
            .send()
            .await;
        match update {
            Err(error) if !condition_failed(&error) => Err(unavailable("adopt a push subscription")(error)),
            _ => Ok(()),
        }
    }

    /// Deletes the device with an endpoint under each of its keys, if it is this member's.
    async fn forget(&self, name: &str, endpoint: &str) -> Result<(), StoreError> {
        const DOING: &str = "forget a push subscription";
        let device = ItemKey::subscription(endpoint);
        let (new, old) = tokio::try_join!(self.get(&device, DOING), self.old_subscriptions(name))?;
        let delete = |of: &ItemKey| self.client().delete_item().table_name(self.table()).set_key(Some(key(of)));
        let mut deletes = Vec::new();
        let spelling = new.and_then(|item| get_text(&item, "name"));
        if let Some(spelling) = spelling.filter(|spelling| is_same_member(spelling, name)) {
            let delete = delete(&device).condition_expression("#name = :name");
            deletes.push(delete.expression_attribute_values(":name", text(spelling)));
        }
        for (key, _) in old.iter().filter(|(_, old)| old.endpoint == endpoint) {
            let delete = delete(key);
            let delete = delete.condition_expression("attribute_not_exists(#name) AND endpoint = :endpoint");
            deletes.push(delete.expression_attribute_values(":endpoint", text(endpoint)));
        }
        for delete in deletes {
            match delete.expression_attribute_names("#name", "name").send().await {
                Err(error) if !condition_failed(&error) => return Err(unavailable(DOING)(error)),
                _ => {}
            }
        }
        Ok(())
    }
}
