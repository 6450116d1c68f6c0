//! Invokes a function that gives an account of its work, also when the work failed in part.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::base::error::CommandError;
use crate::deployment::Context;

/// How Lambda reports a function that failed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionError {
    #[serde(default)]
    error_message: String,
    #[serde(default)]
    error_type: String,
}

/// Invokes `function`, which people know as `what`, and reads its account.
///
/// # Errors
/// When it cannot be invoked, or fails without an account.
pub async fn account<T: DeserializeOwned>(
    context: Context<'_>,
    function: &str,
    what: &str,
    payload: &Value,
) -> Result<T, CommandError> {
    let answer = context.cloud.functions().invoke(function, Bytes::from(payload.to_string())).await?;
    if answer.function_error.is_none() {
        return serde_json::from_slice(&answer.payload)
            .map_err(|error| CommandError::failed(format!("{what}'s answer is not understood: {error}")));
    }
    let failed = |message: String| match answer.log_tail.clone() {
        Some(log) => CommandError::failed(message).details(log),
        None => CommandError::failed(message),
    };
    let error: FunctionError =
        serde_json::from_slice(&answer.payload).map_err(|_| failed(format!("{what} failed without saying why")))?;
    // A partial failure carries its account as the message, so that alarms fire and it can still be read.
    serde_json::from_str(&error.error_message)
        .map_err(|_| failed(format!("{what} failed: {} {}", error.error_type, error.error_message)))
}
