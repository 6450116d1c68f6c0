//! What AWS's error codes and statuses stand for.

use crate::AwsErrorKind;

/// What AWS says of a service that is not open to an account yet, in lower case.
///
/// Codes and words differ by service: CloudFormation and EC2 answer `OptInRequired`, DynamoDB and Lambda
/// `SubscriptionRequiredException`, S3 `NotSignedUp`.
pub const ACCOUNT_NOT_ACTIVE_SIGNS: &[&str] = &[
    "needs a subscription for the service",
    "not subscribed to this service",
    "not signed up for the",
    "optinrequired",
    "subscriptionrequired",
    "notsignedup",
    "pendingverification",
];

/// Says whether the words are about the account and not about a region.
pub(super) fn says_not_active(message: &str) -> bool {
    let message = message.to_lowercase();
    ACCOUNT_NOT_ACTIVE_SIGNS.iter().any(|sign| message.contains(sign))
}

/// The kind that an error code stands for, if the code is known.
pub(super) fn kind_of_code(code: &str, message: &str) -> Option<AwsErrorKind> {
    use AwsErrorKind::{
        AccessDenied, AccountNotActive, AlreadyExists, BadAnswer, ClockSkew, Conflict, ExpiredCredentials,
        InvalidCredentials, LimitExceeded, NotFound, Region, ServerFault, Throttled, Validation,
    };
    Some(match code {
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => ExpiredCredentials,
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "InvalidAccessKeyId"
        | "InvalidToken"
        | "AuthFailure"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException" => InvalidCredentials,
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "NotAuthorized"
        | "UnauthorizedException"
        | "AllAccessDisabled" => AccessDenied,
        // The codes of services that are not open to the account; in S3 the last is about its payment.
        "OptInRequired"
        | "SubscriptionRequiredException"
        | "SubscriptionRequired"
        | "NotSignedUp"
        | "PendingVerification"
        | "AccountProblem" => AccountNotActive,
        "RequestTimeTooSkewed" | "RequestInTheFuture" | "RequestExpired" => ClockSkew,
        "RegionDisabledException"
        | "PermanentRedirect"
        | "AuthorizationHeaderMalformed"
        | "IllegalLocationConstraintException"
        | "InvalidRegion" => Region,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "BandwidthLimitExceeded"
        | "SlowDown"
        | "PriorRequestNotComplete"
        | "EC2ThrottledException" => Throttled,
        "NoSuchKey"
        | "NoSuchBucket"
        | "NoSuchVersion"
        | "NotFound"
        | "ResourceNotFoundException"
        | "NoSuchDistribution"
        | "NoSuchInvalidation"
        | "NoSuchHostedZone"
        | "ChangeSetNotFound"
        | "ChangeSetNotFoundException"
        | "StackNotFoundException" => NotFound,
        "AlreadyExistsException"
        | "ResourceExistsException"
        | "BucketAlreadyExists"
        | "BucketAlreadyOwnedByYou"
        | "InvalidationBatchAlreadyExists" => AlreadyExists,
        "InvalidChangeSetStatus"
        | "InvalidChangeSetStatusException"
        | "TokenAlreadyExistsException"
        | "OperationInProgressException"
        | "OperationAborted"
        | "ConditionalRequestConflict"
        | "PreconditionFailed"
        | "ResourceConflictException"
        | "ResourceInUseException"
        | "BucketNotEmpty"
        | "InvalidOperationException" => Conflict,
        "LimitExceeded"
        | "LimitExceededException"
        | "ServiceQuotaExceededException"
        | "CodeStorageExceededException"
        | "TooManyInvalidationsInProgress"
        | "TooManyBuckets"
        | "BatchTooLarge" => LimitExceeded,
        "InternalError"
        | "InternalFailure"
        | "InternalServiceError"
        | "InternalServerError"
        | "InternalServiceException"
        | "ServiceException"
        | "ServiceUnavailable"
        | "ServiceUnavailableException" => ServerFault,
        // What was sent did not arrive as it was sent.
        "BadDigest"
        | "InvalidDigest"
        | "XAmzContentChecksumMismatch"
        | "XAmzContentSHA256Mismatch"
        | "IncompleteBody" => BadAnswer,
        "InvalidRequestException" if message.contains("marked for deletion") => Conflict,
        "ValidationError" | "ValidationException" => {
            if message.contains("does not exist") {
                NotFound
            } else if message.contains("is in ") && message.contains(" state") || message.contains("_IN_PROGRESS") {
                Conflict
            } else {
                Validation
            }
        }
        _ => return None,
    })
}

/// The kind that an HTTP status stands for when the code says nothing.
pub(super) const fn kind_of_status(status: u16, has_code: bool) -> AwsErrorKind {
    match status {
        // An error with a 2xx status is a body that could not be parsed.
        200..=299 => AwsErrorKind::BadAnswer,
        301 | 307 => AwsErrorKind::Region,
        401 | 403 => AwsErrorKind::AccessDenied,
        404 => AwsErrorKind::NotFound,
        409 | 412 => AwsErrorKind::Conflict,
        429 => AwsErrorKind::Throttled,
        500..=599 => AwsErrorKind::ServerFault,
        _ if has_code => AwsErrorKind::Validation,
        _ => AwsErrorKind::BadAnswer,
    }
}
