//! The first real cause of a failed stack, in the user's words.

use std::fmt;

use super::{ApplyError, words};
use crate::base::failures::Code;
use crate::stacks::apply::tag_actions;
use stellarr_aws::{ACCOUNT_NOT_ACTIVE_SIGNS, StackEvent, StackStatus};

/// What made a stack operation fail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    /// Logical id.
    pub logical_id: String,
    /// Resource type.
    pub resource_type: String,
    /// What could not be done.
    pub status: String,
    /// CloudFormation's words.
    pub reason: String,
    /// Other resources that failed on their own, besides this one.
    pub others: Vec<String>,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.logical_id.is_empty() {
            return f.write_str("CloudFormation gives no reason");
        }
        write!(
            f,
            "the {} {} {}: {}",
            words::resource_type(&self.resource_type),
            self.logical_id,
            words::doing(&self.status),
            self.reason
        )
    }
}

impl Cause {
    /// Other failures, laid out.
    #[must_use]
    pub fn details(&self) -> Option<String> {
        (!self.others.is_empty()).then(|| format!("also failed:\n  {}", self.others.join("\n  ")))
    }

    /// What a person can do about it in this stack, where the reason is a known one.
    #[must_use]
    pub fn remedy(&self, stack: &str) -> Option<String> {
        let code = self.code(stack)?;
        let remedy = code.entry().remedy;
        if let (Code::StackNameTaken | Code::StackRecordExists, Some(what)) = (code, self.existing()) {
            return Some(format!("{what} exists already, and this deployment did not make it: {remedy}"));
        }
        let reason = self.reason.to_lowercase();
        let tags: Vec<&str> = match TAGGING.iter().any(|sign| reason.contains(sign)) {
            true => tag_actions(&self.resource_type).collect(),
            false => Vec::new(),
        };
        let [others @ .., last] = tags.as_slice() else { return Some(remedy.to_owned()) };
        // AWS's words name no action.
        let actions = format!("{} and {last}", others.join(", "));
        let what = words::resource_type(&self.resource_type);
        Some(match code {
            Code::StackAccessDenied => format!(
                "ask the account's administrator to allow {actions} on the {what}, or all that `stellarr policy` writes"
            ),
            _ => format!("the tags of the {what} need {actions}; {remedy}"),
        })
    }

    /// The entry of the catalogue that the reason belongs to in this stack, where it is a known one.
    #[must_use]
    pub fn code(&self, stack: &str) -> Option<Code> {
        match known_reason(&self.reason) {
            // What is in this stack can be nowhere else.
            Some(Code::StackDeniedByOrganization) if stack.ends_with("-edge") => Some(Code::StackEdgeRegionDenied),
            known => known,
        }
    }

    /// What exists already, by what it is and its name, where the reason tells.
    fn existing(&self) -> Option<String> {
        let between = |start: &str, end: &str| Some(self.reason.split_once(start)?.1.split_once(end)?.0);
        if let (Some(name), Some(kind)) = (between("[name='", "'"), between("type='", "'")) {
            return Some(format!("the DNS record {} {kind}", name.trim_end_matches('.')));
        }
        if let (Some(name), Some(kind)) =
            (between("with DNS name ", " is not permitted"), between("conflicting RRSet of type ", " "))
        {
            return Some(format!("the DNS record {} {kind}", name.trim_end_matches('.')));
        }
        if self.resource_type.is_empty() {
            return None;
        }
        let kind = words::resource_type(&self.resource_type);
        // `Error creating budget: NAME - the budget already exists`, `NAME already exists`, `Log group 'NAME' already exists`.
        let before = self.reason.split(" already exists").next().unwrap_or_default();
        let before = before.split(" - the ").next().unwrap_or_default();
        let name = before
            .split_whitespace()
            .last()
            .unwrap_or_default()
            .trim_matches(['\'', '"', '[', ']', '`', ':', '(', ')']);
        let is_name = name.contains(['-', '/']) && name != self.reason;
        Some(if is_name { format!("the {kind} {name}") } else { format!("the {kind} {}", self.logical_id) })
    }
}

/// The entry of the catalogue that CloudFormation's words belong to, where they are known.
#[must_use]
pub(crate) fn known_reason(reason: &str) -> Option<Code> {
    let reason = reason.to_lowercase();
    let known = KNOWN.iter().find(|(signs, _)| signs.iter().any(|sign| reason.contains(sign)));
    known.map(|(_, code)| *code)
}

/// A denied tag. AWS's words name no action.
const TAGGING: [&str; 2] = ["unauthorizedtaggingoperation", "permissions error performing a tagging operation"];

/// What reasons say, the particular before the general.
const KNOWN: &[(&[&str], Code)] = &[
    // CloudFront answers 409, which CloudFormation may call a name that exists.
    (&["unable to create function with tags at this time", "cannot be assumed by lambda"], Code::StackTrouble),
    (&["must be verified before"], Code::StackAccountUnverified),
    (ACCOUNT_NOT_ACTIVE_SIGNS, Code::StackAccountNotActive),
    (&["security token included in the request is expired", "expiredtoken"], Code::StackCredentialsExpired),
    (&["cnamealreadyexists", "one or more of the cnames", "alias that is already associated"], Code::StackDomainTaken),
    (&["unreservedconcurrentexecution", "reserved concurren", "provisioned concurren"], Code::StackConcurrency),
    (&["scheduled for deletion"], Code::StackSecretDeleted),
    (&["bucket you tried to delete is not empty", "bucketnotempty"], Code::StackBucketNotEmpty),
    (&["more than one gsi", "one index", "indexes at once"], Code::StackTableIndex),
    (&["rate exceeded", "throttl", "too many requests"], Code::StackThrottled),
    (&["permissions boundary"], Code::StackDeniedByBoundary),
    (&["service control policy", "resource control policy"], Code::StackDeniedByOrganization),
    (&["not authorized", "accessdenied", "access denied"], Code::StackAccessDenied),
    (&TAGGING, Code::StackAccessDenied),
    (&["tried to create resource record set", "conflicting rrset"], Code::StackRecordExists),
    (
        &["already exists", "alreadyexists", "already owned by you", "attempting to import some resources"],
        Code::StackNameTaken,
    ),
    (&["no hosted zone", "nosuchhostedzone", "hosted zone not found"], Code::StackZone),
    (&["resourceinuse", "in use", "is associated with", "cannot delete entity"], Code::StackInUse),
    (&["limit", "quota", "exceeded", "toomany"], Code::StackQuota),
    (&["caa_error"], Code::StackCertificateCaa),
    (&["certificate", "domain validation"], Code::StackCertificate),
    (&["hook(s)/validation failed"], Code::StackValidation),
    (&["internal failure", "internalfailure", "service unavailable", "did not stabilize"], Code::StackTrouble),
];

/// Finds the first failure that is not a consequence of another one.
///
/// `events` are those of one operation, oldest first. CloudFormation cancels what runs beside a failed resource;
/// those lines come after the cause but often sort before it in what people see.
#[must_use]
pub fn root_cause(events: &[StackEvent], stack: &str) -> Cause {
    let failures: Vec<&StackEvent> = events
        .iter()
        .filter(|event| event.status.ends_with("_FAILED") && event.logical_id != stack)
        .filter(|event| !is_consequence(event.reason.as_deref().unwrap_or_default()))
        .collect();
    let first = failures
        .iter()
        .find(|event| !event.status.starts_with("DELETE") && !event.status.contains("ROLLBACK"))
        .or(failures.first())
        .copied();
    // A stack can fail as a whole, before any resource does.
    let own = || {
        events.iter().find(|event| {
            event.logical_id == stack
                && event.reason.as_deref().is_some_and(|reason| !reason.is_empty() && !is_summary(reason))
                && (event.status.ends_with("FAILED") || event.status.contains("ROLLBACK"))
        })
    };
    let Some(first) = first.or_else(own) else { return Cause::default() };
    let others = failures
        .iter()
        .filter(|event| event.id != first.id && event.logical_id != first.logical_id)
        .map(|event| format!("{}: {}", event.logical_id, event.reason.as_deref().unwrap_or_default()))
        .collect();
    Cause {
        logical_id: first.logical_id.clone(),
        resource_type: first.resource_type.clone(),
        status: first.status.clone(),
        reason: first.reason.clone().unwrap_or_else(|| "no reason given".to_owned()),
        others,
    }
}

fn is_consequence(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    reason.contains("resource creation cancelled")
        || reason.contains("resource update cancelled")
        || reason.contains("resource deletion cancelled")
}

fn is_summary(reason: &str) -> bool {
    reason.starts_with("The following resource(s) failed") || reason.starts_with("User Initiated")
}

/// The error of a stack that came to rest in a state that nobody asked for.
pub(super) fn failure(stack: &str, status: Option<StackStatus>, events: &[StackEvent]) -> ApplyError {
    let cause = Box::new(root_cause(events, stack));
    let status = status.map_or_else(|| "DELETED".to_owned(), |status| status.0);
    let stack = stack.to_owned();
    if matches!(status.as_str(), "UPDATE_ROLLBACK_FAILED" | "IMPORT_ROLLBACK_FAILED" | "UPDATE_FAILED") {
        ApplyError::Stuck { stack, status, cause }
    } else {
        ApplyError::RolledBack { stack, cause, status }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(logical_id: &str, status: &str, reason: &str) -> StackEvent {
        StackEvent {
            id: format!("{logical_id}-{status}"),
            time: String::new(),
            logical_id: logical_id.to_owned(),
            physical_id: None,
            resource_type: "AWS::IAM::Role".to_owned(),
            status: status.to_owned(),
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
            token: None,
        }
    }

    #[test]
    fn cancelled_neighbours_are_not_the_cause() {
        let events = [
            event("Queue", "CREATE_FAILED", "Resource creation cancelled"),
            event("ApiRole", "CREATE_FAILED", "User is not authorized to perform: iam:CreateRole"),
            event("site", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [Queue, ApiRole]."),
        ];
        let cause = root_cause(&events, "site");
        assert_eq!(
            cause.to_string(),
            "the role ApiRole could not be created: User is not authorized to perform: iam:CreateRole"
        );
        assert!(cause.remedy("site").unwrap().starts_with("your AWS user may not do this"));
    }

    #[test]
    fn a_stack_that_fails_as_a_whole_says_why() {
        let events = [event("site", "ROLLBACK_IN_PROGRESS", "Parameter validation failed: wrong key")];
        assert_eq!(root_cause(&events, "site").reason, "Parameter validation failed: wrong key");
    }

    #[test]
    fn a_failed_rollback_does_not_hide_what_started_it() {
        let events = [event("Table", "UPDATE_FAILED", "two indexes at once"), event("Role", "DELETE_FAILED", "in use")];
        let cause = root_cause(&events, "site");
        assert_eq!((cause.logical_id.as_str(), cause.others.len()), ("Table", 1));
    }

    #[test]
    fn known_reasons_have_their_entry() {
        for (reason, code) in [
            (
                "Your account must be verified before you can add new CloudFront resources. To verify your account, \
                 please contact AWS Support",
                Code::StackAccountUnverified,
            ),
            (
                "One or more of the CNAMEs you provided are already associated with a different resource. \
                 (Service: CloudFront, Error Code: CNAMEAlreadyExists)",
                Code::StackDomainTaken,
            ),
            ("Resource handler returned message: \"Rate exceeded (Service: Lambda)\"", Code::StackThrottled),
            (
                "CloudFormation is attempting to import some resources because they already exist in your account.",
                Code::StackNameTaken,
            ),
            (
                "The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation].",
                Code::StackValidation,
            ),
            ("home-prod-requests already exists in stack arn:aws:cloudformation:x", Code::StackNameTaken),
            (
                "Specified ReservedConcurrentExecutions for function decreases account's \
                 UnreservedConcurrentExecution below its minimum value of [10].",
                Code::StackConcurrency,
            ),
            ("The bucket you tried to delete is not empty (Service: S3)", Code::StackBucketNotEmpty),
            ("The maximum number of topics limit was exceeded", Code::StackQuota),
            ("User: arn:x is not authorized to perform: s3:CreateBucket", Code::StackAccessDenied),
            (
                "User: arn:x is not authorized to perform: iam:CreateRole on resource: role y because no permissions \
                 boundary allows the iam:CreateRole action",
                Code::StackDeniedByBoundary,
            ),
            (
                "User: arn:x is not authorized to perform: lambda:CreateFunction on resource: y with an explicit deny in \
                 a service control policy",
                Code::StackDeniedByOrganization,
            ),
            ("DomainValidationOptions: the certificate could not be validated", Code::StackCertificate),
            ("Cannot perform more than one GSI creation or deletion in a single update", Code::StackTableIndex),
            (TAG_DENIED, Code::StackAccessDenied),
            ("(RequestToken: 1f, HandlerErrorCode: UnauthorizedTaggingOperation)", Code::StackAccessDenied),
            (NAME_USED_LATELY, Code::StackTrouble),
            (
                "Resource handler returned message: \"The role defined for the function cannot be assumed by Lambda. \
                 (Service: Lambda, Status Code: 400)\" (HandlerErrorCode: InvalidRequest)",
                Code::StackTrouble,
            ),
            (
                "You can't create this secret because a secret with this name is already scheduled for deletion.",
                Code::StackSecretDeleted,
            ),
        ] {
            let cause = Cause { reason: reason.to_owned(), ..Cause::default() };
            assert_eq!(cause.code("site"), Some(code), "{reason}");
        }
        assert_eq!(Cause { reason: "something new".to_owned(), ..Cause::default() }.code("site"), None);
    }

    #[test]
    fn row_39_42_what_exists_is_named_and_the_deployment_is_never_to_be_renamed() {
        for (kind, reason, code, named) in [
            (
                "AWS::Route53::RecordSet",
                "[Tried to create resource record set [name='tv.example.org.', type='A'] but it already exists]",
                Code::StackRecordExists,
                "the DNS record tv.example.org A exists already",
            ),
            (
                "AWS::Route53::RecordSet",
                "[RRSet of type AAAA with DNS name tv.example.org. is not permitted because a conflicting RRSet of type \
                 CNAME with the same DNS name already exists in zone example.org.]",
                Code::StackRecordExists,
                "the DNS record tv.example.org CNAME exists already",
            ),
            (
                "AWS::Budgets::Budget",
                "Error creating budget: home-prod-eu-west-1 - the budget already exists. (Service: AWSBudgets; Status Code: \
                 400; Error Code: DuplicateRecordException)",
                Code::StackNameTaken,
                "the budget home-prod-eu-west-1 exists already",
            ),
            (
                "AWS::Logs::LogGroup",
                "Resource of type 'AWS::Logs::LogGroup' with identifier '/aws/lambda/home-prod-api' already exists.",
                Code::StackNameTaken,
                "the log group /aws/lambda/home-prod-api exists already",
            ),
            ("AWS::CloudFront::CachePolicy", "AlreadyExists", Code::StackNameTaken, "Thing exists already"),
        ] {
            let cause = Cause {
                logical_id: "Thing".to_owned(),
                resource_type: kind.to_owned(),
                reason: reason.to_owned(),
                ..Cause::default()
            };
            assert_eq!(cause.code("home-prod"), Some(code), "{reason}");
            let remedy = cause.remedy("home-prod").unwrap();
            assert!(remedy.contains(named), "{named}: {remedy}");
        }
        for code in Code::ALL {
            let remedy = code.entry().remedy;
            let renames = ["pick another `name`", "choose another `name`", "hoose another `name` or `environment`"];
            assert!(!renames.iter().any(|words| remedy.contains(words)), "{}: {remedy}", code.as_str());
        }
    }

    #[test]
    fn row_20_a_denial_in_the_edge_stack_names_us_east_1() {
        let reason = "User: arn:x is not authorized to perform: acm:RequestCertificate on resource: y with an explicit deny \
                      in a service control policy";
        let cause = Cause { reason: reason.to_owned(), ..Cause::default() };
        assert_eq!(cause.code("home-prod-edge"), Some(Code::StackEdgeRegionDenied));
        let remedy = cause.remedy("home-prod-edge").unwrap();
        assert!(remedy.contains("us-east-1") && !remedy.contains("another `region`"), "{remedy}");
        assert_eq!(cause.code("home-prod"), Some(Code::StackDeniedByOrganization));
    }

    const TAG_DENIED: &str = "Resource handler returned message: \"Encountered a permissions error performing a tagging \
        operation, please add required tag permissions. See \
        https://repost.aws/knowledge-center/cloudformation-tagging-permission-error for how to resolve.\" (RequestToken: \
        b459529b-bdfb-d768-e7ed-828ee30a52ad, HandlerErrorCode: UnauthorizedTaggingOperation)";

    const NAME_USED_LATELY: &str = "Resource handler returned message: \"Unable to create function with tags at this \
        time. Please retry without tags (including stack-level tags if using CloudFormation), using a different function \
        name, or try again later. (Service: CloudFront, Status Code: 409)\" (HandlerErrorCode: AlreadyExists)";

    #[test]
    fn row_30_a_denied_tag_names_the_tag_actions_of_its_type() {
        for (kind, expected) in [
            (
                "AWS::CloudFront::Function",
                "cloudfront:TagResource, cloudfront:UntagResource and cloudfront:ListTagsForResource on the CDN function",
            ),
            ("AWS::IAM::Role", "iam:TagRole, iam:UntagRole and iam:ListRoleTags on the role"),
            (
                "AWS::SecretsManager::Secret",
                "secretsmanager:TagResource and secretsmanager:UntagResource on the secret",
            ),
        ] {
            let cause = Cause { reason: TAG_DENIED.to_owned(), resource_type: kind.to_owned(), ..Cause::default() };
            let remedy = cause.remedy("site").unwrap();
            assert_eq!(cause.code("site"), Some(Code::StackAccessDenied));
            assert!(remedy.contains(expected), "{remedy}");
            // By an organization's policy, the organization is asked, and the actions are named all the same.
            let reason = format!("{TAG_DENIED} with an explicit deny in a service control policy");
            let forbidden = Cause { reason, ..cause };
            assert_eq!(forbidden.code("site"), Some(Code::StackDeniedByOrganization));
            let remedy = forbidden.remedy("site").unwrap();
            assert!(remedy.contains("the organization's administrator"), "{remedy}");
            assert!(remedy.contains(expected.split(" on ").next().unwrap()), "{remedy}");
        }
        let untagged = Cause {
            reason: TAG_DENIED.to_owned(),
            resource_type: "AWS::CloudFront::CachePolicy".to_owned(),
            ..Cause::default()
        };
        assert_eq!(untagged.remedy("site").unwrap(), Code::StackAccessDenied.entry().remedy);
    }

    #[test]
    fn row_18_a_service_that_is_not_open_to_the_account_yet_is_told_from_missing_rights() {
        for reason in [
            "The AWS Access Key Id needs a subscription for the service (Service: DynamoDb, Status Code: 400, Request ID: 1)",
            "Resource handler returned message: \"The AWS Access Key Id needs a subscription for the service (Service: Lambda, \
             Status Code: 403, Request ID: 1)\" (RequestToken: 1, HandlerErrorCode: AccessDenied)",
            "You are not subscribed to this service. (Service: AmazonSNS; Status Code: 403; Error Code: OptInRequired)",
            "Your account is not signed up for the S3 service. You must sign up before you can use S3. (Service: S3, Status \
             Code: 403)",
            "(Service: AWSLogs; Status Code: 400; Error Code: SubscriptionRequiredException; Request ID: 1)",
            "(Service: Amazon S3; Status Code: 403; Error Code: NotSignedUp; Request ID: 1)",
        ] {
            let cause = Cause { reason: reason.to_owned(), ..Cause::default() };
            assert_eq!(cause.code("site"), Some(Code::StackAccountNotActive), "{reason}");
            let remedy = cause.remedy("site").unwrap();
            assert!(remedy.contains("payment method") && remedy.contains("24 hours"), "{remedy}");
        }
    }

    #[test]
    fn no_event_is_said_plainly() {
        assert_eq!(root_cause(&[], "site").to_string(), "CloudFormation gives no reason");
    }
}
