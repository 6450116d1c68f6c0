//! Login attempts, the addresses that members sign in from, and used challenges.
//!
//! One item holds a caller's attempts and when a member last signed in from there, so that the usual sign-in takes no more
//! calls than counting does.

use async_trait::async_trait;
use std::sync::atomic::Ordering;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use stellarr_core::rate_limit::{
    Attempt, Caller, KNOWN_SECONDS, MAX_CLOCK_SKEW_SECONDS, RateLimit, Reservation, is_known, minute_of, wait,
};
use stellarr_core::store::{LoginStore, StoreError};
use stellarr_core::table::requests::{EXPIRES, ItemKey};
use stellarr_core::time::Timestamp;

use super::DynamoStore;
use super::error::{condition_failed, unavailable};
use super::item::{Item, get_number, key, number};

#[async_trait]
impl LoginStore for DynamoStore {
    async fn reserve_attempt(&self, caller: &Caller, limit: &RateLimit, now: Timestamp) -> Result<Attempt, StoreError> {
        let now = now.as_second();
        let minute = minute_of(now);
        // While strangers have used up this minute, one more of them costs a read and no write.
        if self.full_minute.load(Ordering::Relaxed) == minute {
            let own = self.get(&ItemKey::attempts(caller.as_str()), "look up a caller").await?;
            if !own.is_some_and(|own| is_known_item(&own, now)) {
                return Ok(Attempt::until_next_minute(now));
            }
        }
        let own = match self.reserve_own(caller, limit, now).await? {
            Ok(own) => own,
            Err(retry_after) => return Ok(Attempt::Refused { retry_after }),
        };
        if is_known_item(&own, now) {
            return Ok(Attempt::Allowed(Reservation::Known));
        }
        if self.add_failure(minute, Some(limit.max_per_minute)).await? {
            return Ok(Attempt::Allowed(Reservation::Counted(minute)));
        }
        self.full_minute.store(minute, Ordering::Relaxed);
        self.take_back(&ItemKey::attempts(caller.as_str()), "failed_attempts").await?;
        Ok(Attempt::until_next_minute(now))
    }

    async fn count_failure(&self, now: Timestamp) -> Result<(), StoreError> {
        self.add_failure(minute_of(now.as_second()), None).await.map(drop)
    }

    async fn attempt_succeeded(
        &self,
        caller: &Caller,
        reservation: Reservation,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let now = now.as_second();
        let noted = async {
            self.client()
                .update_item()
                .table_name(self.table())
                .set_key(Some(key(&ItemKey::attempts(caller.as_str()))))
                .update_expression(
                    "SET signed_in_at = :now, keep_until = :keep, #ttl = :keep \
                     REMOVE first_attempt, last_attempt, failed_attempts",
                )
                .expression_attribute_names("#ttl", EXPIRES)
                .expression_attribute_values(":now", number(now))
                .expression_attribute_values(":keep", number(now + KNOWN_SECONDS + MAX_CLOCK_SKEW_SECONDS))
                .send()
                .await
                .map_err(unavailable("note a sign-in"))
        };
        let counted = async {
            match reservation {
                Reservation::Counted(minute) => self.take_back(&ItemKey::failures(minute), "failed_attempts").await,
                Reservation::Known => Ok(()),
            }
        };
        tokio::try_join!(noted, counted)?;
        Ok(())
    }

    /// Notes an answer by one conditional write.
    async fn accept_challenge(&self, hash: &str, now: Timestamp, expires: Timestamp) -> Result<bool, StoreError> {
        let mut item = key(&ItemKey::challenge(hash));
        // DynamoDB deletes late; whether an answer counts as used is decided by the condition below alone.
        item.insert(EXPIRES.to_owned(), number(expires.as_second() + 1));
        let put = self
            .client()
            .put_item()
            .table_name(self.table())
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(media_type) OR #ttl <= :now")
            .expression_attribute_names("#ttl", EXPIRES)
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

impl DynamoStore {
    /// Counts an attempt by one conditional update, and returns the caller's item, or the seconds that the caller has to
    /// wait. Only when a window has ended does it take a second one, which starts the next.
    async fn reserve_own(&self, caller: &Caller, limit: &RateLimit, now: i64) -> Result<Result<Item, i64>, StoreError> {
        const DOING: &str = "count a login attempt";
        let update = || {
            self.client()
                .update_item()
                .table_name(self.table())
                .set_key(Some(key(&ItemKey::attempts(caller.as_str()))))
                .expression_attribute_names("#ttl", EXPIRES)
                .expression_attribute_values(":now", number(now))
                .expression_attribute_values(":one", number(1))
                .expression_attribute_values(":ended", number(now - limit.window_seconds))
                .expression_attribute_values(":ahead", number(now + MAX_CLOCK_SKEW_SECONDS))
                .expression_attribute_values(":ttl", number(now + limit.window_seconds + MAX_CLOCK_SKEW_SECONDS))
                .return_values(ReturnValue::AllNew)
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        };
        let counted = update()
            .update_expression(
                "SET first_attempt = if_not_exists(first_attempt, :now), last_attempt = :now, \
                 #ttl = if_not_exists(keep_until, :ttl) ADD failed_attempts :one",
            )
            .condition_expression(
                "attribute_not_exists(first_attempt) \
                 OR (first_attempt > :ended AND first_attempt <= :ahead AND failed_attempts < :max)",
            )
            .expression_attribute_values(":max", number(limit.max_attempts))
            .send()
            .await;
        let error = match counted {
            Ok(counted) => return Ok(Ok(counted.attributes.unwrap_or_default())),
            Err(error) if condition_failed(&error) => error,
            Err(error) => return Err(unavailable(DOING)(error)),
        };
        let first = error.as_service_error().and_then(|error| match error {
            UpdateItemError::ConditionalCheckFailedException(failed) => {
                failed.item().and_then(|item| get_number(item, "first_attempt"))
            }
            _ => None,
        });
        if let Some(seconds) = first.and_then(|first| wait(limit, limit.max_attempts, first, now)) {
            return Ok(Err(seconds));
        }
        let restarted = update()
            .update_expression(
                "SET first_attempt = :now, last_attempt = :now, failed_attempts = :one, \
                 #ttl = if_not_exists(keep_until, :ttl)",
            )
            .condition_expression("first_attempt <= :ended OR first_attempt > :ahead")
            .send()
            .await;
        match restarted {
            Ok(restarted) => Ok(Ok(restarted.attributes.unwrap_or_default())),
            Err(error) if condition_failed(&error) => Ok(Err(limit.window_seconds)),
            Err(error) => Err(unavailable(DOING)(error)),
        }
    }

    /// Counts a failure of all callers; not when there are as many in the minute as there may be. Returns whether it did.
    async fn add_failure(&self, minute: i64, at_most: Option<u32>) -> Result<bool, StoreError> {
        let mut update = self
            .client()
            .update_item()
            .table_name(self.table())
            .set_key(Some(key(&ItemKey::failures(minute))))
            .update_expression("SET #ttl = :ttl ADD failed_attempts :one")
            .expression_attribute_names("#ttl", EXPIRES)
            .expression_attribute_values(":ttl", number((minute + 2) * 60))
            .expression_attribute_values(":one", number(1));
        if let Some(at_most) = at_most {
            update = update
                .condition_expression("attribute_not_exists(failed_attempts) OR failed_attempts < :max")
                .expression_attribute_values(":max", number(at_most));
        }
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) if condition_failed(&error) => Ok(false),
            Err(error) => Err(unavailable("count a failed login")(error)),
        }
    }

    /// Lowers a count that is above zero by one.
    async fn take_back(&self, of: &ItemKey, attribute: &str) -> Result<(), StoreError> {
        let update = self
            .client()
            .update_item()
            .table_name(self.table())
            .set_key(Some(key(of)))
            .update_expression("ADD #count :minus")
            .condition_expression("#count > :zero")
            .expression_attribute_names("#count", attribute)
            .expression_attribute_values(":minus", number(-1))
            .expression_attribute_values(":zero", number(0))
            .send()
            .await;
        match update {
            Err(error) if !condition_failed(&error) => Err(unavailable("take a login attempt back")(error)),
            _ => Ok(()),
        }
    }
}

fn is_known_item(own: &Item, now: i64) -> bool {
    get_number(own, "signed_in_at").is_some_and(|at| is_known(at, now))
}
