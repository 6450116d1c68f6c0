//! Turns what a source of credentials fails with into an [`AwsError`].

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::ConnectorError;

use super::{causes, in_plain_words, name_what_was_denied, sources};
use crate::context::Call;
use crate::{AwsError, AwsErrorKind, CredentialSourceKind};

impl Call<'_> {
    /// Takes the failure of the credentials' source out of the failure of a call, where it is there.
    pub(super) fn credentials_error(&self, error: &(dyn Error + 'static)) -> Option<AwsError> {
        let cause = sources(error).find_map(|source| source.downcast_ref::<CredentialsError>())?;
        let words = causes(cause);
        let kind = self.kind_of_credentials(cause, &words.to_lowercase());
        if kind == AwsErrorKind::Network {
            let words = in_plain_words(&words);
            return Some(self.error(kind, format!("what gives the AWS credentials could not be reached: {words}")));
        }
        let mut failure = self.error(kind, format!("no usable AWS credentials: {words}"));
        match kind {
            AwsErrorKind::AccessDenied => {
                "signin:CreateOAuth2Token".clone_into(&mut failure.operation);
                failure.resource = None;
                name_what_was_denied(&mut failure);
            }
            _ => self.name_the_source(&mut failure),
        }
        Some(failure)
    }

    /// Names the profile that signs in, and how.
    pub(super) fn name_the_source(&self, failure: &mut AwsError) {
        failure.resource.clone_from(&self.context.source.sign_in_profile);
        failure.credentials = Some(self.context.source.kind);
    }

    fn kind_of_credentials(&self, cause: &CredentialsError, words: &str) -> AwsErrorKind {
        let source = self.context.source.kind;
        let says = |signs: &[&str]| signs.iter().any(|sign| words.contains(sign));
        if words.contains("imds") {
            // The last place that is asked, and only a machine on AWS answers there: all others had nothing.
            return AwsErrorKind::NoCredentials;
        }
        match cause {
            // A program that waits is not the network's fault.
            CredentialsError::ProviderTimedOut(_) if source == CredentialSourceKind::Program => {
                return AwsErrorKind::InvalidCredentials;
            }
            CredentialsError::ProviderTimedOut(_) => return AwsErrorKind::Network,
            _ => {}
        }
        if sources(cause).any(|source| source.is::<ConnectorError>()) || says(&["timeout occurred", "timed out"]) {
            return AwsErrorKind::Network;
        }
        if says(&["toomanyrequests", "too many requests", "throttl", "rate exceeded"]) {
            return AwsErrorKind::Throttled;
        }
        if says(&["internalserver", "internal server", "internalfailure", "serviceunavailable"]) {
            return AwsErrorKind::ServerFault;
        }
        // A role that may not be assumed, or a session that may not be renewed, needs rights and no new sign-in.
        if says(&["not authorized to perform: sts:", "insufficient permissions"]) {
            return AwsErrorKind::AccessDenied;
        }
        match source {
            // The file that signing in writes is not there.
            CredentialSourceKind::Login | CredentialSourceKind::SingleSignOn if words.contains("failed to read") => {
                AwsErrorKind::NoCredentials
            }
            CredentialSourceKind::Login if says(&["json", "missing field", "secret key"]) => {
                AwsErrorKind::InvalidCredentials
            }
            CredentialSourceKind::Login => AwsErrorKind::ExpiredCredentials,
            CredentialSourceKind::SingleSignOn if !says(&["forbidden", "no access", "invalid sso config"]) => {
                AwsErrorKind::ExpiredCredentials
            }
            _ if says(&["expired", "sso session", "sso token", "token is not valid", "refresh"]) => {
                AwsErrorKind::ExpiredCredentials
            }
            _ => match cause {
                CredentialsError::CredentialsNotLoaded(_) | CredentialsError::InvalidConfiguration(_) => {
                    AwsErrorKind::NoCredentials
                }
                _ => AwsErrorKind::InvalidCredentials,
            },
        }
    }
}
