//! One error for everything that AWS may answer, each kind with what a person can do about it.

use thiserror::Error;

use super::credential_source::CredentialSourceKind;
use super::sign_in;

/// An AWS call that failed for good.
#[derive(Clone, Debug, Error)]
#[error("{operation}: {message}")]
pub struct AwsError {
    /// What was called, as IAM names it: `cloudformation:CreateChangeSet`. When access was denied it is the action
    /// that was denied, which may be another one (such as `iam:PassRole`).
    pub operation: String,
    /// What it was called on, if one thing; the profile when its credentials are the trouble.
    pub resource: Option<String>,
    /// What kind of failure it is.
    pub kind: AwsErrorKind,
    /// Where the credentials come from, when they are the trouble.
    pub credentials: Option<CredentialSourceKind>,
    /// AWS's error code, when there was an answer.
    pub code: Option<String>,
    /// AWS's words, or the transport's.
    pub message: String,
    /// AWS's request id, for support.
    pub request_id: Option<String>,
}

impl AwsError {
    /// Makes an error that no answer of AWS stands behind.
    pub fn new(operation: impl Into<String>, kind: AwsErrorKind, message: impl Into<String>) -> Self {
        Self {
            operation: operation.into(),
            resource: None,
            kind,
            credentials: None,
            code: None,
            message: message.into(),
            request_id: None,
        }
    }

    /// Names the thing that the call was about.
    #[must_use]
    pub fn on(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// Says in plain words what to do next.
    #[must_use]
    pub fn remedy(&self) -> String {
        match (self.kind, &self.resource) {
            (AwsErrorKind::NoCredentials | AwsErrorKind::ExpiredCredentials | AwsErrorKind::InvalidCredentials, _) => {
                sign_in::remedy(self.kind, self.credentials, self.profile())
                    .unwrap_or_else(|| self.kind.remedy().to_owned())
            }
            (AwsErrorKind::AccessDenied, resource) => {
                let resource = resource.as_ref().map(|name| format!(" on `{name}`")).unwrap_or_default();
                let action = format!("`{}`{resource}", self.operation);
                match self.denial() {
                    Denial::Boundary => format!(
                        "Ask the AWS account's administrator to allow {action} in the permissions boundary of your \
                         user or role; its other policies do not count without it."
                    ),
                    Denial::UsEast1 => format!("{action} is forbidden in us-east-1. {}", capitalized(US_EAST_1_REMEDY)),
                    Denial::Organization => format!(
                        "Ask the administrator of the organization that the AWS account belongs to: it forbids \
                         {action} to everyone. Many allow only certain regions: another `region` in stellarr.yaml \
                         may do."
                    ),
                    Denial::Policy => format!(
                        "Ask the AWS account's administrator to allow {action} for you (`stellarr policy` writes all \
                         that a deploy needs), or use a profile that has administrator rights (`--profile NAME`)."
                    ),
                }
            }
            (kind, _) => kind.remedy().to_owned(),
        }
    }

    /// The profile whose credentials are the trouble.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.credentials.and(self.resource.as_deref())
    }

    /// What denied the action, as far as AWS's words tell.
    #[must_use]
    pub fn denial(&self) -> Denial {
        let words = self.message.to_lowercase();
        if words.contains("permissions boundary") {
            Denial::Boundary
        } else if words.contains("service control policy") || words.contains("resource control policy") {
            if self.needs_us_east_1() { Denial::UsEast1 } else { Denial::Organization }
        } else {
            Denial::Policy
        }
    }

    /// Whether the call has to go to us-east-1 for every region of the deployment: it is about CloudFront's certificate
    /// or firewall, or about the stack that holds them.
    fn needs_us_east_1(&self) -> bool {
        let stack = self.resource.as_deref().map(|resource| match resource.split_once(":stack/") {
            Some((_, path)) => path.split('/').next().unwrap_or_default(),
            None => resource,
        });
        match self.operation.split(':').next() {
            Some("acm" | "wafv2") => true,
            // No other stack's name ends so: the configuration refuses it.
            Some("cloudformation") => stack.is_some_and(|stack| stack.ends_with("-edge")),
            _ => false,
        }
    }
}

/// What to do where us-east-1 is closed.
pub const US_EAST_1_REMEDY: &str = "ask whoever manages the organization to allow CloudFormation, Certificate Manager and WAF in us-east-1: CloudFront's \
     certificate and firewall must be there, and stellarr keeps the budget there too, whatever `region` is. Without \
     `domain`, `waf` and `budget` in stellarr.yaml nothing is called there, and the site has a cloudfront.net address. With \
     `dns: external` the certificate must be in us-east-1 just the same, but only Certificate Manager is called: the \
     organization can import or request it there with the tag `stellarr:certificate` = `requested`, and then has to allow \
     no more than reading it";

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

/// What kept somebody from doing something: each is mended by somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// No policy allows it, or one denies it; AWS often says no more than that.
    Policy,
    /// The permissions boundary of the user or role.
    Boundary,
    /// A control policy of the organization.
    Organization,
    /// A control policy of the organization that closes us-east-1 to what can be nowhere else.
    UsEast1,
}

/// Kinds of failure, each with its own remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AwsErrorKind {
    /// No credentials were found.
    NoCredentials,
    /// The credentials have run out.
    ExpiredCredentials,
    /// AWS does not know the credentials.
    InvalidCredentials,
    /// The principal may not do this.
    AccessDenied,
    /// The account's sign-up is not finished, or AWS is still activating it.
    AccountNotActive,
    /// This computer's clock is off.
    ClockSkew,
    /// The thing is not there.
    NotFound,
    /// The thing is there already.
    AlreadyExists,
    /// AWS refused what was sent.
    Validation,
    /// The thing is busy or in the wrong state.
    Conflict,
    /// A quota is used up.
    LimitExceeded,
    /// AWS asked to slow down for longer than we retry.
    Throttled,
    /// AWS failed on its side.
    ServerFault,
    /// AWS could not be reached, or stopped answering.
    Network,
    /// The answer could not be understood.
    BadAnswer,
    /// The region does not exist or is not enabled.
    Region,
    /// Anything else.
    Other,
}

impl AwsErrorKind {
    /// Says in plain words what a person who does not know AWS can do next.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::NoCredentials => sign_in::NO_CREDENTIALS_REMEDY,
            Self::ExpiredCredentials => sign_in::EXPIRED_CREDENTIALS_REMEDY,
            Self::InvalidCredentials => sign_in::INVALID_CREDENTIALS_REMEDY,
            Self::AccountNotActive => {
                "Finish the sign-up in the AWS console (https://console.aws.amazon.com): the payment method under Billing \
                 and Cost Management, and the phone verification. AWS then takes from a few minutes to 24 hours, and sends \
                 a mail when the account is ready. Then run the same command again. After more than a day, open a case \
                 with AWS Support (Account and billing: it is free)."
            }
            Self::AccessDenied => {
                "Ask the AWS account's administrator to allow this action for you, or use a profile that has \
                 administrator rights (`--profile NAME`)."
            }
            Self::ClockSkew => {
                "Set this computer's clock (switch on automatic time), then run the command again. AWS refuses \
                 requests that are more than a few minutes off."
            }
            Self::NotFound => {
                "Check that the name, the environment, the region and the AWS account are the ones you mean."
            }
            Self::AlreadyExists => {
                "What the error names exists already, outside the deployment. Delete or rename it in the AWS console if \
                 nothing needs it, then run the command again."
            }
            Self::Validation => {
                "AWS refused a value. If it comes from stellarr.yaml, correct it there; otherwise please report this."
            }
            Self::Conflict => {
                "Something else is changing it. Wait a few minutes, look with `stellarr status`, and run the command \
                 again."
            }
            Self::LimitExceeded => {
                "A limit of the AWS account is used up. Delete what you no longer need, or ask for a higher limit in \
                 the AWS console under Service Quotas."
            }
            Self::Throttled => "AWS asks for a pause. Wait a minute and run the command again.",
            Self::ServerFault => {
                "AWS has trouble on its side. Wait a few minutes and run the command again; \
                 https://health.aws.amazon.com shows known trouble."
            }
            Self::Network => {
                "Check the internet connection (and proxy or VPN), then run the command again: it picks up where it \
                 stopped."
            }
            Self::BadAnswer => {
                "The answer was damaged or did not come from AWS: a proxy, VPN or captive portal may be in between. \
                 Run the command again, from another network if it stays."
            }
            Self::Region => {
                "Check `region` in stellarr.yaml. Newer regions must be enabled first: AWS console, account menu, \
                 AWS Regions."
            }
            Self::Other => "Run the command again with `--verbose` and report what it says if it stays.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denied_access_names_action_and_resource() {
        let error = AwsError::new("s3:PutObject", AwsErrorKind::AccessDenied, "Access Denied").on("arn:aws:s3:::b/k");
        let remedy = error.remedy();
        assert!(remedy.contains("`s3:PutObject` on `arn:aws:s3:::b/k`"), "{remedy}");
    }

    #[test]
    fn whoever_can_mend_a_denial_is_named() {
        for (words, denial, remedy) in [
            (
                "because no identity-based policy allows the s3:PutObject action",
                Denial::Policy,
                "AWS account's administrator",
            ),
            (
                "because no permissions boundary allows the s3:PutObject action",
                Denial::Boundary,
                "permissions boundary",
            ),
            (
                "with an explicit deny in a service control policy",
                Denial::Organization,
                "administrator of the organization",
            ),
        ] {
            let words = format!("User: arn:x is not authorized to perform: s3:PutObject on resource: y {words}");
            let error = AwsError::new("s3:PutObject", AwsErrorKind::AccessDenied, words);
            assert_eq!(error.denial(), denial);
            assert!(error.remedy().contains(remedy), "{}", error.remedy());
        }
    }

    #[test]
    fn row_20_a_closed_us_east_1_is_named_with_the_reason_and_never_another_region() {
        let words = |action: &str, on: &str| {
            format!(
                "User: arn:x is not authorized to perform: {action} on resource: {on} with an explicit deny in a service \
                 control policy"
            )
        };
        let denied = |action: &str, on: &str| {
            AwsError::new(action, AwsErrorKind::AccessDenied, words(action, on)).on(on).remedy()
        };
        for (action, on) in [
            ("cloudformation:DescribeStacks", "arn:aws:cloudformation:us-east-1:111122223333:stack/home-prod-edge/*"),
            ("cloudformation:CreateChangeSet", "home-prod-edge"),
            ("acm:RequestCertificate", "arn:aws:acm:us-east-1:111122223333:certificate/*"),
            ("acm:ListCertificates", "*"),
        ] {
            let remedy = denied(action, on);
            for part in
                ["us-east-1", "CloudFront's certificate and firewall must be there", "`dns: external`", "`domain`"]
            {
                assert!(remedy.contains(part), "{part}: {remedy}");
            }
            assert!(!remedy.contains("another `region`"), "{remedy}");
        }
        // Where the deployment itself is in a closed region, another one does help.
        let home = denied(
            "cloudformation:DescribeStacks",
            "arn:aws:cloudformation:us-east-1:111122223333:stack/home-prod-bootstrap/*",
        );
        assert!(home.contains("another `region`"), "{home}");
    }

    #[test]
    fn credentials_remedies_name_the_profile() {
        for kind in [AwsErrorKind::NoCredentials, AwsErrorKind::ExpiredCredentials] {
            let error = AwsError::new("sts:GetCallerIdentity", kind, "").on("home");
            let remedy = AwsError { credentials: Some(CredentialSourceKind::Nothing), ..error.clone() }.remedy();
            assert!(remedy.contains("aws login --profile home") && remedy.contains("2.32"), "{remedy}");
            assert!(remedy.contains("aws sso login --profile home"), "{remedy}");
            assert!(!error.remedy().contains("home"), "the resource of a call is not a profile: {}", error.remedy());
        }
    }
}
