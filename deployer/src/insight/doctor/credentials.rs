//! Credentials: whose, until when, and whether the clock that signs with them is right.

use jiff::{SignedDuration, Timestamp};

use super::Finding;
use crate::base::failures::Code;
use crate::ui::human_duration;
use stellarr_aws::{AwsError, AwsErrorKind, Session};

/// AWS lets five minutes pass; what is close to that deserves a look.
const NOTICEABLE_SKEW_SECONDS: i64 = 60;
const REFUSED_SKEW_SECONDS: i64 = 4 * 60;
/// A first deploy takes some ten minutes, most of which CloudFront needs.
const SHORT_SESSION: SignedDuration = SignedDuration::from_mins(20);

/// Judges the credentials in use.
pub(super) fn check(session: &Session, now: Timestamp, region: &str) -> Vec<Finding> {
    let caller = &session.caller;
    let mut findings = vec![Finding::ok("account", format!("{} as {}", caller.account, caller.arn))];
    if caller.arn.ends_with(":root") {
        findings.push(Finding::warning(
            "account",
            "these credentials are the root user's, which nothing can limit",
            "make a user or a single sign-on of your own in the AWS console under IAM, sign in with that, and delete access \
             keys of the root user if there are any",
        ));
    }
    match session.expires_at {
        Some(end) => findings.push(expiry(end, now)),
        None if session.renewed => findings.push(Finding::ok("credentials", "renewed automatically before expiry")),
        None => {}
    }
    findings.extend(session.skew_seconds.map(clock));
    findings.push(Finding::ok("region", format!("{region} is enabled and answers")));
    findings
}

fn expiry(end: Timestamp, now: Timestamp) -> Finding {
    let left = end.duration_since(now);
    let words = human_duration(left.unsigned_abs());
    let again =
        "sign in again before you deploy: `aws login` (AWS CLI 2.32 or newer) or `aws sso login`, or renew the keys";
    if left <= SignedDuration::ZERO {
        return Finding::failure(
            "credentials",
            Code::AwsCredentialsExpired,
            format!("the AWS credentials ended {words} ago"),
            again,
        );
    }
    if left < SHORT_SESSION {
        return Finding::warning(
            "credentials",
            format!("the AWS credentials end in {words}, perhaps in the middle of a deploy, and nothing renews them"),
            again,
        );
    }
    Finding::ok("credentials", format!("valid for another {words}"))
}

fn clock(skew: i64) -> Finding {
    let side = if skew > 0 { "behind" } else { "ahead of" };
    let words = format!(
        "this computer's clock is {} {side} AWS's",
        human_duration(std::time::Duration::from_secs(skew.unsigned_abs()))
    );
    let remedy = "switch on automatic time: AWS refuses what is signed more than five minutes off";
    match skew.abs() {
        REFUSED_SKEW_SECONDS.. => Finding::failure("clock", Code::AwsClockSkew, words, remedy),
        NOTICEABLE_SKEW_SECONDS.. => Finding::warning("clock", words, remedy),
        _ => Finding::ok("clock", "right"),
    }
}

/// Says why nobody could be asked who calls.
pub(super) fn unusable(error: AwsError) -> Finding {
    let check = match error.kind {
        AwsErrorKind::ClockSkew => "clock",
        AwsErrorKind::Region => "region",
        AwsErrorKind::AccountNotActive => "account",
        AwsErrorKind::Network | AwsErrorKind::BadAnswer | AwsErrorKind::ServerFault | AwsErrorKind::Throttled => "AWS",
        _ => "credentials",
    };
    Finding::of_error(check, super::Level::Failure, error.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::doctor::Level;
    use stellarr_aws::Caller;

    fn session(arn: &str, minutes: Option<i64>, skew: Option<i64>) -> (Session, Timestamp) {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1_000);
        let session = Session {
            caller: Caller { account: "111122223333".to_owned(), arn: arn.to_owned() },
            expires_at: minutes.map(|minutes| now + SignedDuration::from_mins(minutes)),
            renewed: false,
            skew_seconds: skew,
        };
        (session, now)
    }

    fn levels(arn: &str, minutes: Option<i64>, skew: Option<i64>) -> Vec<(&'static str, Level)> {
        let (session, now) = session(arn, minutes, skew);
        check(&session, now, "eu-west-1")
            .into_iter()
            .filter(|finding| finding.level != Level::Ok)
            .map(|finding| (finding.check, finding.level))
            .collect()
    }

    #[test]
    fn credentials_that_end_soon_are_told() {
        let arn = "arn:aws:iam::111122223333:user/ana";
        assert_eq!(levels(arn, None, Some(0)), []);
        assert_eq!(levels(arn, Some(300), Some(-3)), []);
        assert_eq!(levels(arn, Some(10), None), [("credentials", Level::Warning)]);
        assert_eq!(levels(arn, Some(-1), None), [("credentials", Level::Failure)]);
    }

    #[test]
    fn row_16_credentials_that_are_renewed_are_no_warning() {
        let (session, now) = session("arn:aws:iam::111122223333:user/ana", None, None);
        let findings = check(&Session { renewed: true, ..session }, now, "eu-west-1");
        let told = findings.iter().find(|finding| finding.check == "credentials").unwrap();
        assert_eq!((told.level, told.sentence.as_str()), (Level::Ok, "renewed automatically before expiry"));
    }

    #[test]
    fn a_wrong_clock_is_told_before_aws_refuses_it() {
        let arn = "arn:aws:iam::111122223333:user/ana";
        assert_eq!(levels(arn, None, Some(90)), [("clock", Level::Warning)]);
        assert_eq!(levels(arn, None, Some(-1_200)), [("clock", Level::Failure)]);
    }

    #[test]
    fn root_keys_are_told() {
        assert_eq!(levels("arn:aws:iam::111122223333:root", None, None), [("account", Level::Warning)]);
    }
}
