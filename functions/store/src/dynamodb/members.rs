//! Members by their names.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::ReturnValue;
use stellarr_core::auth::member_key;
use stellarr_core::store::{MemberStore, StoreError};
use stellarr_core::table::requests::ItemKey;

use super::DynamoStore;
use super::error::unavailable;
use super::item::{get_text, key, text};

#[async_trait]
impl MemberStore for DynamoStore {
    async fn member(&self, name: &str) -> Result<Option<String>, StoreError> {
        let held = self.get(&ItemKey::member(&member_key(name)), "look up a member").await?;
        Ok(held.as_ref().and_then(|item| get_text(item, "name")))
    }

    async fn add_member(&self, name: &str) -> Result<String, StoreError> {
        let kept = self
            .client()
            .update_item()
            .table_name(self.table())
            .set_key(Some(key(&ItemKey::member(&member_key(name)))))
            .update_expression("SET #name = if_not_exists(#name, :name)")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":name", text(name))
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(unavailable("remember a member"))?;
        Ok(kept.attributes.as_ref().and_then(|item| get_text(item, "name")).unwrap_or_else(|| name.to_owned()))
    }
}
