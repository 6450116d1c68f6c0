//! Login attempts and used challenges.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use stellarr_core::rate_limit::{Attempt, Caller, RateLimit, decide};
use stellarr_core::store::StoreError;
use stellarr_core::time::Timestamp;

use super::DynamoStore;
use super::error::{condition_failed, unavailable};
use super::item::{get_number, key, number};
use super::keys::Key;

impl DynamoStore {
    /// Counts an attempt by one conditional update. Only when a window has ended does it take a second one, which
    /// starts the next.
    pub(super) async fn reserve_attempt(
        &self,
        caller: &Caller,
        limit: &RateLimit,
        now: Timestamp,
    ) -> Result<Attempt, StoreError> {
        const DOING: &str = "count a login attempt";
        let now = now.as_second();
        let ended = now - limit.window_seconds;
        let update = || {
            self.client()
                .update_item()
                .table_name(self.table())
                .set_key(Some(key(&Key::attempts(caller.as_str()))))
                .expression_attribute_names("#ttl", "ttl")
                .expression_attribute_values(":now", number(now))
                .expression_attribute_values(":one", number(1))
                .expression_attribute_values(":ended", number(ended))
                .expression_attribute_values(":ttl", number(now + limit.window_seconds + 60))
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        };
        let counted = update()
            .update_expression(
                "SET first_attempt = if_not_exists(first_attempt, :now), last_attempt = :now, #ttl = :ttl \
                 ADD failed_attempts :one",
            )
            .condition_expression(
                "attribute_not_exists(first_attempt) OR (first_attempt > :ended AND failed_attempts < :max)",
            )
            .expression_attribute_values(":max", number(limit.max_attempts))
            .send()
            .await;
        let error = match counted {
            Ok(_) => return Ok(Attempt::Allowed),
            Err(error) if condition_failed(&error) => error,
            Err(error) => return Err(unavailable(DOING)(error)),
        };
        let refused = Attempt::Refused { retry_after: limit.window_seconds };
        let first = error.as_service_error().and_then(|error| match error {
            aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException(failed) => {
                failed.item().and_then(|item| get_number(item, "first_attempt"))
            }
            _ => None,
        });
        if let Some(first) = first
            && let refused @ Attempt::Refused { .. } = decide(limit, limit.max_attempts, first, now)
        {
            return Ok(refused);
        }
        let restarted = update()
            .update_expression("SET first_attempt = :now, last_attempt = :now, failed_attempts = :one, #ttl = :ttl")
            .condition_expression("first_attempt <= :ended")
            .send()
            .await;
        match restarted {
            Ok(_) => Ok(Attempt::Allowed),
            Err(error) if condition_failed(&error) => Ok(refused),
            Err(error) => Err(unavailable(DOING)(error)),
        }
    }

    pub(super) async fn clear_attempts(&self, caller: &Caller) -> Result<(), StoreError> {
        self.delete(&Key::attempts(caller.as_str()), "clear the login attempts").await
    }

    /// Notes an answer by one conditional write.
    pub(super) async fn accept_challenge(
        &self,
        hash: &str,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut item = key(&Key::challenge(hash));
        // DynamoDB deletes late; whether an answer counts as used is decided by the condition below alone.
        item.insert("ttl".to_owned(), number(expires.as_second() + 1));
        let put = self
            .client()
            .put_item()
            .table_name(self.table())
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(media_type) OR #ttl <= :now")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":now", number(now.as_second()))
            .send()
            .await;
        match put {
            Ok(_) => Ok(true),
            Err(error) if condition_failed(&error) => Ok(false),
            Err(error) => Err(unavailable("note a used challenge")(error)),
        }
    }
}
