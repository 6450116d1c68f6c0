//! Devices' push subscriptions.

use aws_sdk_dynamodb::types::AttributeValue;
use stellarr_core::push::Subscription;
use stellarr_core::store::StoreError;

use super::DynamoStore;
use super::error::{condition_failed, unavailable};
use super::item::{Item, get_text, key, put_text, text};
use super::keys::{Key, LOOKUP, user_lookup};

fn to_item(subscription: &Subscription) -> Item {
    let mut item = key(&Key::subscription(&subscription.endpoint));
    let keys = Item::from([
        ("p256dh".to_owned(), text(subscription.p256dh.as_str())),
        ("auth".to_owned(), text(subscription.auth.as_str())),
    ]);
    item.insert("endpoint".to_owned(), text(subscription.endpoint.as_str()));
    item.insert("keys".to_owned(), AttributeValue::M(keys));
    item.insert("name".to_owned(), text(subscription.name.as_str()));
    item.insert("subscribed_at".to_owned(), text(subscription.subscribed_at.as_str()));
    item.insert(LOOKUP.to_owned(), text(user_lookup(&subscription.name)));
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

impl DynamoStore {
    pub(super) async fn subscribe(&self, subscription: &Subscription) -> Result<(), StoreError> {
        const DOING: &str = "keep a push subscription";
        let item = to_item(subscription);
        if self.look_up(&user_lookup(&subscription.name)).await?.is_none() {
            // Without the index a user's devices can't be found: keep one, the last, as the old system did. What could
            // not be found could not be deleted either, and would be back once the index is there.
            for device in self.subscriptions(&subscription.name).await? {
                if device.endpoint != subscription.endpoint {
                    self.forget(&subscription.name, &device.endpoint).await?;
                }
            }
            let mut old = item.clone();
            old.extend(key(&Key::old_subscription(&subscription.name)));
            old.remove("name");
            old.remove(LOOKUP);
            self.put(old, DOING).await?;
        }
        self.put(item, DOING).await
    }

    pub(super) async fn subscriptions(&self, name: &str) -> Result<Vec<Subscription>, StoreError> {
        let lookup = user_lookup(name);
        let old = Key::old_subscription(name);
        let (devices, old) = tokio::try_join!(self.look_up(&lookup), self.get(&old, "list a user's devices"))?;
        let mut found: Vec<Subscription> = devices
            .unwrap_or_default()
            .iter()
            .filter(|item| get_text(item, "name").as_deref() == Some(name))
            .filter_map(|item| from_item(item, name))
            .collect();
        // A new item under this key belongs to a device whose endpoint equals the name.
        if let Some(device) = old.filter(|item| !item.contains_key("name")).and_then(|item| from_item(&item, name))
            && !found.iter().any(|other| other.endpoint == device.endpoint)
        {
            found.push(device);
        }
        Ok(found)
    }

    pub(super) async fn unsubscribe(&self, name: &str, endpoint: Option<&str>) -> Result<(), StoreError> {
        if let Some(endpoint) = endpoint {
            return self.forget(name, endpoint).await;
        }
        for device in self.subscriptions(name).await? {
            self.forget(name, &device.endpoint).await?;
        }
        Ok(())
    }

    /// Deletes the device with an endpoint under both of its keys, if it is this user's.
    async fn forget(&self, name: &str, endpoint: &str) -> Result<(), StoreError> {
        let delete = |of: &Key| self.client().delete_item().table_name(self.table()).set_key(Some(key(of)));
        let new = delete(&Key::subscription(endpoint))
            .condition_expression("#name = :name")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":name", text(name))
            .send();
        let old = delete(&Key::old_subscription(name))
            .condition_expression("attribute_not_exists(#name) AND endpoint = :endpoint")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":endpoint", text(endpoint))
            .send();
        let (new, old) = tokio::join!(new, old);
        for deleted in [new, old] {
            match deleted {
                Err(error) if !condition_failed(&error) => {
                    return Err(unavailable("forget a push subscription")(error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}
