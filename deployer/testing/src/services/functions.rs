//! Lambda.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::account::{Account, refuse};
use crate::cloud::{Effect, FakeCloud};
use stellarr_aws::{AwsError, AwsErrorKind, FunctionLimits, FunctionState, Functions, Invocation};

/// Lambda in the home region.
#[derive(Debug)]
pub(crate) struct FakeFunctions(pub(crate) FakeCloud);

#[async_trait]
impl Functions for FakeFunctions {
    async fn invoke(&self, function: &str, payload: Bytes) -> Result<Invocation, AwsError> {
        let run = |account: &mut Account| {
            if !account.functions.contains_key(function) {
                let words = format!("Function not found: {function}");
                return refuse(AwsErrorKind::NotFound, "ResourceNotFoundException", words);
            }
            account.invocations.entry(function.to_owned()).or_default().push(payload);
            match account.answers.get(function) {
                Some(answer) => Ok(answer.clone()),
                None => Ok(Invocation {
                    payload: Bytes::from_static(b"{\"success\":true,\"files\":[],\"durationMs\":1}"),
                    function_error: None,
                    log_tail: None,
                }),
            }
        };
        self.0.call("lambda:InvokeFunction", function, Effect::Write, run).await
    }

    async fn start(&self, function: &str, payload: Bytes) -> Result<(), AwsError> {
        self.invoke(function, payload).await.map(|_| ())
    }

    async fn limits(&self) -> Result<FunctionLimits, AwsError> {
        self.0.call("lambda:GetAccountSettings", "", Effect::Read, |account| Ok(account.function_limits)).await
    }

    async fn set_code(&self, function: &str, bucket: &str, key: &str) -> Result<String, AwsError> {
        let run = |account: &mut Account| {
            let Some(object) = account.storage.current(bucket, key) else {
                return refuse(AwsErrorKind::NotFound, "NoSuchKey", "The specified key does not exist.");
            };
            let code_sha256 = STANDARD.encode(Sha256::digest(&object.body));
            if let Some(found) = account.functions.get_mut(function) {
                found.state.code_sha256.clone_from(&code_sha256);
            }
            Ok(code_sha256)
        };
        self.0.call("lambda:UpdateFunctionCode", function, Effect::Write, run).await
    }

    async fn describe(&self, function: &str) -> Result<Option<FunctionState>, AwsError> {
        let run = |account: &mut Account| Ok(account.functions.get(function).map(|one| one.state.clone()));
        self.0.call("lambda:GetFunctionConfiguration", function, Effect::Read, run).await
    }
}
