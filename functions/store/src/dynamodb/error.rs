//! What the SDK's errors mean to us.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use stellarr_core::store::StoreError;

/// Turns an SDK error into ours: the service's code and message, or what kept the call from the service.
pub(super) fn unavailable<E, R>(doing: &'static str) -> impl FnOnce(SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata,
{
    move |error| {
        let cause = match &error {
            SdkError::ServiceError(service) => {
                let service = service.err();
                format!("{}: {}", service.code().unwrap_or("unknown"), service.message().unwrap_or_default())
            }
            SdkError::TimeoutError(_) => "no answer in time".to_owned(),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => "no connection in time".to_owned(),
            SdkError::DispatchFailure(failure) if failure.is_io() => "the connection failed".to_owned(),
            SdkError::DispatchFailure(_) => "the call could not be sent; are there credentials?".to_owned(),
            SdkError::ResponseError(_) => "the answer can't be read".to_owned(),
            _ => "the call could not be made".to_owned(),
        };
        StoreError::Unavailable { doing, cause }
    }
}

/// Tells whether a condition did not hold.
pub(super) fn condition_failed<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.code() == Some("ConditionalCheckFailedException")
}

/// Tells whether the table has no such index yet, or one that is still being filled.
pub(super) fn no_index<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.code() == Some("ValidationException")
        && error.message().is_some_and(|message| {
            message.contains("specified index") || message.contains("backfilling global secondary index")
        })
}
