//! Turns whatever the SDK fails with into an [`AwsError`].

use std::error::Error;
use std::time::SystemTime;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::date_time::{DateTime, Format};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

mod codes;
mod credentials;
#[cfg(test)]
mod tests;

pub use codes::ACCOUNT_NOT_ACTIVE_SIGNS;
use codes::{kind_of_code, kind_of_status, says_not_active};

use super::context::Call;
use super::{AwsError, AwsErrorKind};

/// Clock differences that AWS lets pass.
const ALLOWED_SKEW_SECONDS: i64 = 4 * 60;

/// What the SDK puts into a required enumeration that the answer lacks.
const SDK_PLACEHOLDER: &str = "no value was set";

/// Regions that every account can use at once; all others must be enabled first.
/// Source: <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>.
const REGIONS_ON_BY_DEFAULT: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

impl Call<'_> {
    /// Makes an error of this call that no answer stands behind.
    pub(super) fn error(&self, kind: AwsErrorKind, message: impl Into<String>) -> AwsError {
        AwsError { resource: self.resource.clone(), ..AwsError::new(self.operation, kind, message) }
    }

    /// Takes what an answer must hold. The SDK fills such members with nothing or a stopgap when they are not there.
    pub(super) fn required(&self, value: impl Into<Option<String>>, what: &str) -> Result<String, AwsError> {
        let value = value.into().filter(|text| !text.is_empty() && text != SDK_PLACEHOLDER);
        value.ok_or_else(|| self.missing(what))
    }

    /// Makes the error for an answer that lacks what it must hold.
    pub(super) fn missing(&self, what: &str) -> AwsError {
        self.error(AwsErrorKind::BadAnswer, format!("the answer has no {what}"))
    }

    /// The kind that an error code stands for, if the code is known.
    pub(super) fn kind_of(&self, code: &str) -> Option<AwsErrorKind> {
        kind_of_code(code, "")
    }

    /// Classifies a failure of the SDK.
    pub(super) fn failed<E>(&self, error: SdkError<E, Response>) -> AwsError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        match &error {
            SdkError::ServiceError(answer) => {
                let meta = answer.err();
                let (kind, message) = self.service_error(meta.code(), meta.message(), answer.raw());
                let mut failure = self.error(kind, message);
                failure.code = meta.code().map(str::to_owned);
                failure.request_id = request_id(answer.raw());
                match kind {
                    AwsErrorKind::AccessDenied => name_what_was_denied(&mut failure),
                    AwsErrorKind::ExpiredCredentials => self.name_the_source(&mut failure),
                    _ => {}
                }
                failure
            }
            SdkError::ResponseError(answer) => {
                // A broken connection in the middle of an answer is the network's fault, not the answer's.
                let words = causes(&error);
                let kind = if is_broken_connection(&error) { AwsErrorKind::Network } else { AwsErrorKind::BadAnswer };
                let mut failure = self.error(kind, format!("the answer could not be read: {words}"));
                failure.request_id = request_id(answer.raw());
                failure
            }
            SdkError::TimeoutError(_) => {
                self.error(AwsErrorKind::Network, format!("AWS did not answer in time ({})", causes(&error)))
            }
            SdkError::DispatchFailure(failure) => self.credentials_error(&error).unwrap_or_else(|| {
                let words = causes(&error);
                if failure.is_timeout() {
                    self.error(AwsErrorKind::Network, format!("AWS did not answer in time ({words})"))
                } else if self.region_may_not_exist(&words) {
                    self.error(AwsErrorKind::Region, format!("no such address in {}: {words}", self.context.region))
                } else {
                    self.error(AwsErrorKind::Network, format!("AWS could not be reached: {}", in_plain_words(&words)))
                }
            }),
            _ => self.credentials_error(&error).unwrap_or_else(|| {
                self.error(AwsErrorKind::Other, format!("the request could not be made: {}", causes(&error)))
            }),
        }
    }

    fn service_error(&self, code: Option<&str>, message: Option<&str>, raw: &Response) -> (AwsErrorKind, String) {
        let status = raw.status().as_u16();
        let text = message.unwrap_or_default();
        let skew = skew_seconds(raw, self.context.clock.now());
        let kind = match code {
            Some("SignatureDoesNotMatch" | "InvalidSignatureException")
                if skew.is_some_and(|seconds| seconds.abs() > ALLOWED_SKEW_SECONDS)
                    || text.contains("Signature expired")
                    || text.contains("Signature not yet current") =>
            {
                AwsErrorKind::ClockSkew
            }
            _ if says_not_active(text) => AwsErrorKind::AccountNotActive,
            // Without words about the account, a region that must be enabled first is the likelier reason.
            Some("OptInRequired") if self.region_is_opt_in() => AwsErrorKind::Region,
            Some(code) => kind_of_code(code, text).unwrap_or_else(|| kind_of_status(status, true)),
            None => kind_of_status(status, false),
        };
        let kind = if kind == AwsErrorKind::InvalidCredentials && self.region_is_opt_in() {
            AwsErrorKind::Region
        } else {
            kind
        };
        let message = match (kind, skew) {
            (AwsErrorKind::ClockSkew, Some(seconds)) => {
                format!("{} ({})", first_line(text, code, status), skew_words(seconds))
            }
            (AwsErrorKind::BadAnswer, _) if code.is_none() => {
                format!("the answer (HTTP {status}) is not what AWS sends: {}", excerpt(raw))
            }
            (AwsErrorKind::Region, _) if self.region_is_opt_in() => {
                format!(
                    "{}; perhaps the region {} is not enabled for this account",
                    first_line(text, code, status),
                    self.context.region
                )
            }
            _ => first_line(text, code, status),
        };
        (kind, message)
    }

    fn region_is_opt_in(&self) -> bool {
        self.context.endpoint.is_none() && !REGIONS_ON_BY_DEFAULT.contains(&self.context.region.as_str())
    }

    fn region_may_not_exist(&self, words: &str) -> bool {
        self.region_is_opt_in() && (words.contains("dns error") || words.contains("failed to lookup address"))
    }
}

/// The message without what follows its first line: S3 appends the signed text there, session token included.
fn first_line(text: &str, code: Option<&str>, status: u16) -> String {
    let line = text.lines().next().unwrap_or_default().trim();
    let line = line.split("The Canonical String").next().unwrap_or_default().trim();
    match (line.is_empty(), code) {
        (false, _) => line.to_owned(),
        (true, Some(code)) => format!("{code} (HTTP {status})"),
        (true, None) => format!("HTTP {status} without an explanation"),
    }
}

/// The start of an answer, on one line.
fn excerpt(raw: &Response) -> String {
    let bytes = raw.body().bytes().unwrap_or_default();
    if bytes.is_empty() {
        return "it is empty".to_owned();
    }
    let text: String = String::from_utf8_lossy(bytes).chars().take(120).collect();
    format!("it begins with {:?}", text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Seconds that AWS's clock is ahead of ours; negative when ours is ahead.
pub(super) fn skew_seconds(raw: &Response, now: SystemTime) -> Option<i64> {
    let date = DateTime::from_str(raw.headers().get("date")?, Format::HttpDate).ok()?;
    Some(date.secs() - DateTime::from(now).secs())
}

fn skew_words(seconds: i64) -> String {
    let minutes = (seconds.abs() + 30) / 60;
    let side = if seconds > 0 { "behind" } else { "ahead of" };
    format!("this computer's clock is {minutes} minutes {side} AWS's")
}

fn request_id(raw: &Response) -> Option<String> {
    ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"]
        .iter()
        .find_map(|name| raw.headers().get(*name))
        .map(str::to_owned)
}

/// Takes action and resource out of "User: … is not authorized to perform: A on resource: R because …".
pub fn name_what_was_denied(error: &mut AwsError) {
    let after = |mark: &str| {
        let rest = error.message.split_once(mark)?.1;
        let word = rest.split_whitespace().next()?.trim_matches(|c: char| matches!(c, '"' | '\'' | ',' | '.'));
        (!word.is_empty() && word.contains(':')).then(|| word.to_owned())
    };
    let action = after("not authorized to perform: ");
    let resource = after("on resource: ");
    if let Some(action) = action {
        error.operation = action;
    }
    if resource.is_some() {
        error.resource = resource;
    }
}

fn sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

fn is_broken_connection(error: &(dyn Error + 'static)) -> bool {
    let words = causes(error).to_lowercase();
    ["connection", "incomplete message", "end of file", "unexpected eof", "reading a body", "timed out"]
        .iter()
        .any(|sign| words.contains(sign))
}

/// Why there is no connection, where the system's words for it are known.
fn in_plain_words(words: &str) -> String {
    let reason = [
        ("dns error", "its name cannot be looked up"),
        ("connection refused", "the connection is refused"),
        ("connection reset", "the connection broke off"),
        ("certificate", "its certificate is not trusted here"),
        ("network is unreachable", "there is no network"),
    ]
    .into_iter()
    .find_map(|(sign, plain)| words.to_lowercase().contains(sign).then_some(plain));
    // What is innermost says most.
    let inner = words.rsplit(": ").next().unwrap_or(words);
    match (reason, words.contains("tunnel error")) {
        (Some(reason), true) => format!("{reason}, through the proxy that HTTPS_PROXY names ({inner})"),
        (Some(reason), false) => format!("{reason} ({inner})"),
        (None, _) => words.to_owned(),
    }
}

/// The words of an error and its causes, each once.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut words: Vec<String> = Vec::new();
    for source in sources(error) {
        let text = source.to_string();
        if !text.is_empty() && !words.iter().any(|earlier| earlier.contains(&text)) {
            words.push(text);
        }
    }
    words.join(": ")
}
