use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_runtime_api::http::{Response, StatusCode};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use rstest::rstest;

use crate::clock::SdkClock;
use crate::context::{AdapterContext, WriteGate};
use crate::credential_source::{CredentialSource, CredentialSourceKind};
use crate::{AwsError, AwsErrorKind, Timeouts};

/// Sat, 21 Nov 2026 04:00:00 GMT.
const NOW: u64 = 1_795_233_600;

/// The profile `home`, of which nothing is known.
fn home(kind: CredentialSourceKind) -> CredentialSource {
    let mut source = CredentialSource::of_kind(kind);
    (source.profile, source.sign_in_profile) = (Some("home".to_owned()), Some("home".to_owned()));
    source
}

fn context(region: &str, source: CredentialSource) -> AdapterContext {
    AdapterContext {
        region: region.to_owned(),
        source: Arc::new(source),
        endpoint: None,
        clock: SdkClock::from_fn(|| SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)),
        gate: Arc::new(WriteGate::default()),
        timeouts: Timeouts::default(),
        attempts: 1,
    }
}

fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &'static str) -> Response {
    let mut response = Response::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body));
    for (name, value) in headers {
        response.headers_mut().insert(*name, *value);
    }
    response
}

fn classify(region: &str, error: SdkError<ErrorMetadata, Response>) -> AwsError {
    classify_with(region, home(CredentialSourceKind::Nothing), error)
}

fn classify_with(region: &str, source: CredentialSource, error: SdkError<ErrorMetadata, Response>) -> AwsError {
    context(region, source).reads("s3:PutObject", "arn:aws:s3:::b/k".to_owned()).failed(error)
}

fn refused(status: u16, code: &str, message: &str) -> SdkError<ErrorMetadata, Response> {
    let meta = ErrorMetadata::builder().code(code).message(message).build();
    SdkError::service_error(meta, answer(status, &[("x-amz-request-id", "R1")], ""))
}

#[rstest]
#[case(400, "ExpiredToken", "The security token included in the request is expired", AwsErrorKind::ExpiredCredentials)]
#[case(403, "ExpiredTokenException", "", AwsErrorKind::ExpiredCredentials)]
#[case(
    403,
    "InvalidClientTokenId",
    "The security token included in the request is invalid.",
    AwsErrorKind::InvalidCredentials
)]
#[case(400, "UnrecognizedClientException", "", AwsErrorKind::InvalidCredentials)]
#[case(403, "InvalidAccessKeyId", "", AwsErrorKind::InvalidCredentials)]
#[case(
    403,
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match",
    AwsErrorKind::InvalidCredentials
)]
#[case(
    403,
    "SignatureDoesNotMatch",
    "Signature expired: 20261121T040000Z is now earlier than …",
    AwsErrorKind::ClockSkew
)]
#[case(403, "RequestTimeTooSkewed", "", AwsErrorKind::ClockSkew)]
#[case(400, "RequestExpired", "", AwsErrorKind::ClockSkew)]
#[case(403, "RegionDisabledException", "", AwsErrorKind::Region)]
#[case(301, "PermanentRedirect", "", AwsErrorKind::Region)]
#[case(400, "Throttling", "Rate exceeded", AwsErrorKind::Throttled)]
#[case(429, "TooManyRequestsException", "", AwsErrorKind::Throttled)]
#[case(503, "SlowDown", "", AwsErrorKind::Throttled)]
#[case(500, "InternalError", "", AwsErrorKind::ServerFault)]
#[case(502, "Strange", "", AwsErrorKind::ServerFault)]
#[case(404, "NoSuchKey", "", AwsErrorKind::NotFound)]
#[case(400, "ValidationError", "Stack with id films-prod does not exist", AwsErrorKind::NotFound)]
#[case(
    400,
    "ValidationError",
    "Stack:arn:… is in ROLLBACK_COMPLETE state and can not be updated.",
    AwsErrorKind::Conflict
)]
#[case(400, "ValidationError", "Template format error: unsupported structure.", AwsErrorKind::Validation)]
#[case(400, "AlreadyExistsException", "", AwsErrorKind::AlreadyExists)]
#[case(400, "InvalidChangeSetStatus", "", AwsErrorKind::Conflict)]
#[case(409, "BucketNotEmpty", "", AwsErrorKind::Conflict)]
#[case(400, "LimitExceededException", "", AwsErrorKind::LimitExceeded)]
#[case(400, "TooManyInvalidationsInProgress", "", AwsErrorKind::LimitExceeded)]
#[case(400, "BadDigest", "", AwsErrorKind::BadAnswer)]
#[case(400, "InvalidRequestException", "… because it was marked for deletion.", AwsErrorKind::Conflict)]
#[case(400, "InvalidRequestException", "You provided a wrong value.", AwsErrorKind::Validation)]
#[case(400, "Strange", "", AwsErrorKind::Validation)]
fn codes_have_kinds(#[case] status: u16, #[case] code: &str, #[case] message: &str, #[case] kind: AwsErrorKind) {
    let error = classify("eu-west-1", refused(status, code, message));
    assert_eq!(error.kind, kind, "{error:?}");
    assert_eq!(error.code.as_deref(), Some(code));
    assert_eq!(error.request_id.as_deref(), Some("R1"));
    assert!(!error.message.is_empty());
}

#[test]
fn denied_access_takes_action_and_resource_from_the_message() {
    let words = "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: iam:PassRole on resource: \
                 arn:aws:iam::111122223333:role/x because no identity-based policy allows the iam:PassRole action";
    let error = classify("eu-west-1", refused(403, "AccessDenied", words));
    assert_eq!((error.kind, error.operation.as_str()), (AwsErrorKind::AccessDenied, "iam:PassRole"));
    assert_eq!(error.resource.as_deref(), Some("arn:aws:iam::111122223333:role/x"));
}

#[test]
fn terse_denials_name_the_call_itself() {
    let error = classify("eu-west-1", refused(403, "AccessDenied", "Access Denied"));
    assert_eq!((error.kind, error.operation.as_str()), (AwsErrorKind::AccessDenied, "s3:PutObject"));
    assert_eq!(error.resource.as_deref(), Some("arn:aws:s3:::b/k"));
}

#[rstest]
#[case("Sat, 21 Nov 2026 04:20:10 GMT", "this computer's clock is 20 minutes behind AWS's")]
#[case("Sat, 21 Nov 2026 03:15:00 GMT", "this computer's clock is 45 minutes ahead of AWS's")]
fn a_wrong_clock_is_measured(#[case] date: &'static str, #[case] words: &str) {
    for code in ["SignatureDoesNotMatch", "RequestTimeTooSkewed"] {
        let meta = ErrorMetadata::builder().code(code).message("no").build();
        let error = classify("eu-west-1", SdkError::service_error(meta, answer(403, &[("date", date)], "")));
        assert_eq!(error.kind, AwsErrorKind::ClockSkew);
        assert!(error.message.contains(words), "{}", error.message);
    }
}

#[test]
fn a_signature_does_not_reach_the_message() {
    let words = "The request signature we calculated does not match. Check your key.\n\nThe Canonical String for this \
                 request should have been\n'POST\nx-amz-security-token:VERYSECRET'";
    let error = classify("eu-west-1", refused(403, "SignatureDoesNotMatch", words));
    assert!(!format!("{error:?}").contains("VERYSECRET"), "{error:?}");
}

#[test]
fn unknown_keys_in_a_region_that_must_be_enabled_hint_at_the_region() {
    let error = classify("ap-southeast-3", refused(403, "InvalidClientTokenId", "The security token is invalid."));
    assert_eq!(error.kind, AwsErrorKind::Region);
    assert!(error.message.contains("perhaps the region ap-southeast-3 is not enabled"), "{}", error.message);
}

#[rstest]
#[case(200, "<html>welcome</html>", AwsErrorKind::BadAnswer)]
#[case(400, "<html>proxy</html>", AwsErrorKind::BadAnswer)]
#[case(403, "", AwsErrorKind::AccessDenied)]
#[case(404, "", AwsErrorKind::NotFound)]
#[case(503, "<html>busy</html>", AwsErrorKind::ServerFault)]
fn answers_without_a_code_go_by_their_status(
    #[case] status: u16,
    #[case] body: &'static str,
    #[case] kind: AwsErrorKind,
) {
    let error =
        classify("eu-west-1", SdkError::service_error(ErrorMetadata::builder().build(), answer(status, &[], body)));
    assert_eq!(error.kind, kind, "{error:?}");
}

#[test]
fn what_came_instead_of_an_answer_is_shown() {
    let odd = answer(200, &[], "<html>\n  sign in to the hotel's network</html>");
    let error = classify("eu-west-1", SdkError::service_error(ErrorMetadata::builder().build(), odd));
    assert!(error.message.contains("sign in to the hotel's network"), "{}", error.message);
}

#[test]
fn no_connection_is_the_network() {
    let cause = ConnectorError::io("connection refused".into());
    assert_eq!(classify("eu-west-1", SdkError::dispatch_failure(cause)).kind, AwsErrorKind::Network);
    let cause = ConnectorError::timeout("no answer".into());
    assert_eq!(classify("eu-west-1", SdkError::dispatch_failure(cause)).kind, AwsErrorKind::Network);
    assert_eq!(classify("eu-west-1", SdkError::timeout_error("30 s")).kind, AwsErrorKind::Network);
}

#[rstest]
#[case("eu-west-9", AwsErrorKind::Region)]
#[case("eu-west-1", AwsErrorKind::Network)]
fn an_address_that_does_not_exist_may_be_a_region(#[case] region: &str, #[case] kind: AwsErrorKind) {
    let cause = ConnectorError::io("dns error: failed to lookup address information".into());
    assert_eq!(classify(region, SdkError::dispatch_failure(cause)).kind, kind);
}

#[test]
fn damaged_answers_are_told_from_broken_connections() {
    let error = SdkError::response_error("unexpected element", answer(200, &[], "<a/>"));
    assert_eq!(classify("eu-west-1", error).kind, AwsErrorKind::BadAnswer);
    let error = SdkError::response_error("connection closed before message completed", answer(200, &[], ""));
    assert_eq!(classify("eu-west-1", error).kind, AwsErrorKind::Network);
}

#[rstest]
#[case(CredentialsError::not_loaded("no providers in chain provided credentials"), AwsErrorKind::NoCredentials)]
#[case(CredentialsError::invalid_configuration("profile `home` was not defined"), AwsErrorKind::NoCredentials)]
#[case(
    CredentialsError::provider_error("the SSO token has expired and cannot be refreshed"),
    AwsErrorKind::ExpiredCredentials
)]
#[case(
    CredentialsError::provider_error("failed to load IMDS session token: request forbidden"),
    AwsErrorKind::NoCredentials
)]
#[case(CredentialsError::provider_error("the command failed"), AwsErrorKind::InvalidCredentials)]
#[case(CredentialsError::provider_timed_out(Duration::from_secs(5)), AwsErrorKind::Network)]
fn credentials_that_cannot_be_had(#[case] cause: CredentialsError, #[case] kind: AwsErrorKind) {
    let error = classify("eu-west-1", SdkError::dispatch_failure(ConnectorError::other(cause.into(), None)));
    assert_eq!(error.kind, kind, "{error:?}");
    if kind != AwsErrorKind::Network {
        assert!(error.message.starts_with("no usable AWS credentials"), "{}", error.message);
        assert_eq!(error.resource.as_deref(), Some("home"), "the remedy names the profile");
    }
}

#[rstest]
#[case(
    CredentialSourceKind::Login,
    "failed to refresh cached Login token: Your session has expired.",
    AwsErrorKind::ExpiredCredentials
)]
#[case(
    CredentialSourceKind::Login,
    "Unable to refresh credentials because of a change in your password.",
    AwsErrorKind::ExpiredCredentials
)]
#[case(
    CredentialSourceKind::Login,
    "failed to refresh cached Login token: ValidationException: bad",
    AwsErrorKind::ExpiredCredentials
)]
#[case(
    CredentialSourceKind::Login,
    "failed to refresh cached Login token: TooManyRequestsError",
    AwsErrorKind::Throttled
)]
#[case(
    CredentialSourceKind::Login,
    "failed to refresh cached Login token: InternalServerException",
    AwsErrorKind::ServerFault
)]
#[case(CredentialSourceKind::Login, "failed to read `/home/ana/.aws/login/cache/1.json`", AwsErrorKind::NoCredentials)]
#[case(CredentialSourceKind::Login, "invalid JSON in cached Login token file", AwsErrorKind::InvalidCredentials)]
#[case(
    CredentialSourceKind::SingleSignOn,
    "UnauthorizedException: Session token not found or invalid",
    AwsErrorKind::ExpiredCredentials
)]
#[case(
    CredentialSourceKind::SingleSignOn,
    "failed to read `/home/ana/.aws/sso/cache/1.json`",
    AwsErrorKind::NoCredentials
)]
#[case(CredentialSourceKind::SingleSignOn, "ForbiddenException: No access", AwsErrorKind::InvalidCredentials)]
#[case(CredentialSourceKind::Program, "Stderr: Token has expired and refresh failed", AwsErrorKind::ExpiredCredentials)]
#[case(CredentialSourceKind::Program, "exited with code 1. Stderr: no such vault", AwsErrorKind::InvalidCredentials)]
fn row_15_a_source_tells_why_it_gives_none(
    #[case] source: CredentialSourceKind,
    #[case] words: &str,
    #[case] kind: AwsErrorKind,
) {
    let cause = CredentialsError::provider_error(words.to_owned());
    let error = SdkError::dispatch_failure(ConnectorError::other(cause.into(), None));
    let error = classify_with("eu-west-1", home(source), error);
    assert_eq!(error.kind, kind, "{error:?}");
    if matches!(kind, AwsErrorKind::ExpiredCredentials | AwsErrorKind::NoCredentials) {
        assert_eq!((error.resource.as_deref(), error.credentials), (Some("home"), Some(source)));
    }
}

#[test]
fn row_15_a_source_that_cannot_be_reached_is_the_network_and_not_an_ended_session() {
    let below = ConnectorError::io("connection refused".into());
    let cause = CredentialsError::provider_error(below);
    let error = SdkError::dispatch_failure(ConnectorError::other(cause.into(), None));
    let error = classify_with("eu-west-1", home(CredentialSourceKind::Login), error);
    assert_eq!(error.kind, AwsErrorKind::Network, "{error:?}");
    assert!(error.message.contains("the connection is refused"), "{}", error.message);
}

#[test]
fn a_role_that_may_not_be_assumed_is_a_matter_of_rights() {
    let words = "AccessDenied: User: arn:aws:iam::1:user/ana is not authorized to perform: sts:AssumeRole on resource: \
                 arn:aws:iam::1:role/deploy";
    let cause = CredentialsError::provider_error(words.to_owned());
    let error = SdkError::dispatch_failure(ConnectorError::other(cause.into(), None));
    let error = classify_with("eu-west-1", home(CredentialSourceKind::SingleSignOn), error);
    assert_eq!((error.kind, error.operation.as_str()), (AwsErrorKind::AccessDenied, "sts:AssumeRole"));
    assert_eq!(error.resource.as_deref(), Some("arn:aws:iam::1:role/deploy"));
}

#[rstest]
#[case(403, "OptInRequired", "The AWS Access Key Id needs a subscription for the service")]
#[case(
    401,
    "OptInRequired",
    "You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe."
)]
#[case(403, "OptInRequired", "")]
#[case(400, "SubscriptionRequiredException", "The AWS Access Key Id needs a subscription for the service")]
#[case(403, "NotSignedUp", "Your account is not signed up for the S3 service. You must sign up before you can use S3.")]
#[case(403, "AccountProblem", "There is a problem with your AWS account that prevents the operation from completing.")]
#[case(403, "UnauthorizedOperation", "You are not subscribed to this service.")]
fn row_18_an_account_that_is_not_active_yet_is_neither_region_nor_rights(
    #[case] status: u16,
    #[case] code: &str,
    #[case] message: &str,
) {
    let error = classify("eu-west-1", refused(status, code, message));
    assert_eq!(error.kind, AwsErrorKind::AccountNotActive, "{error:?}");
    assert_eq!(error.operation, "s3:PutObject");
    for word in ["payment method", "phone", "24 hours", "run the same command again"] {
        assert!(error.remedy().contains(word), "{}", error.remedy());
    }
    assert!(!error.remedy().contains("region") && !error.remedy().contains("allow"), "{}", error.remedy());
}

#[test]
fn row_18_in_a_region_that_must_be_enabled_the_words_decide() {
    let subscription = "The AWS Access Key Id needs a subscription for the service";
    for (message, kind) in [(subscription, AwsErrorKind::AccountNotActive), ("", AwsErrorKind::Region)] {
        let error = classify("me-central-1", refused(403, "OptInRequired", message));
        assert_eq!(error.kind, kind, "{error:?}");
    }
    // What a good key is answered in a region that is off.
    for code in ["InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "InvalidToken"] {
        let error =
            classify("me-central-1", refused(403, code, "The security token included in the request is invalid."));
        assert_eq!(error.kind, AwsErrorKind::Region, "{error:?}");
    }
}
