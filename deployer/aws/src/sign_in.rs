//! How to sign in to AWS, in the order in which it is recommended: the console's session, a single sign-on, a key.

use super::AwsErrorKind;
use super::credential_source::CredentialSourceKind;

/// For somebody who has no credentials yet.
pub(super) const NO_CREDENTIALS_REMEDY: &str = "\
    Sign in to AWS on this computer with `aws login`, which opens the browser and needs no access key (AWS CLI 2.32 or \
    newer; `aws --version` shows yours). With a single sign-on: `aws configure sso` once, then `aws sso login`. Only where \
    neither works, create an access key in the AWS console (IAM, Users, your user, Security credentials) and store it with \
    `aws configure`. Then run the command again, with `--profile NAME` if you named a profile. Without an AWS account, \
    `--sandbox` tries everything on this computer.";

/// For somebody whose credentials have run out.
pub(super) const EXPIRED_CREDENTIALS_REMEDY: &str = "\
    Sign in again the way you did before: `aws login` (AWS CLI 2.32 or newer) or `aws sso login`, or renew the keys. Then \
    run the same command: it picks up where it stopped.";

/// For somebody whose key AWS does not know.
pub(super) const INVALID_CREDENTIALS_REMEDY: &str = "\
    The access key is unknown to AWS or its secret half is wrong. Sign in with `aws login` instead, which needs no access \
    key (AWS CLI 2.32 or newer). Or create a new key in the AWS console (IAM, Users, Security credentials) and store it \
    with `aws configure`.";

/// What to do about credentials that can't be used, as far as their source is known.
pub(super) fn remedy(
    kind: AwsErrorKind,
    source: Option<CredentialSourceKind>,
    profile: Option<&str>,
) -> Option<String> {
    let option = profile.map(|profile| format!(" --profile {profile}")).unwrap_or_default();
    let named = profile.unwrap_or("default");
    let go_on = "then run the same command: it picks up where it stopped.";
    Some(match (kind, source) {
        (AwsErrorKind::NoCredentials | AwsErrorKind::ExpiredCredentials, Some(CredentialSourceKind::Login)) => {
            format!("Sign in with `aws login{option}` (AWS CLI 2.32 or newer), {go_on}")
        }
        (AwsErrorKind::NoCredentials | AwsErrorKind::ExpiredCredentials, Some(CredentialSourceKind::SingleSignOn)) => {
            format!("Sign in with `aws sso login{option}`, {go_on}")
        }
        (AwsErrorKind::ExpiredCredentials, Some(CredentialSourceKind::Program)) => format!(
            "Sign in again with the program that gives the profile `{named}` its credentials (`credential_process` in \
             ~/.aws/config), {go_on}"
        ),
        (AwsErrorKind::ExpiredCredentials, Some(CredentialSourceKind::Environment)) => format!(
            "The keys in the environment (AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN) have ended. Set new ones, or unset them and \
             sign in with `aws login` (AWS CLI 2.32 or newer) or `aws sso login`, {go_on}"
        ),
        (AwsErrorKind::ExpiredCredentials, Some(CredentialSourceKind::AccessKey)) => format!(
            "The keys of the profile `{named}` have ended. Store new ones, or sign in with `aws login{option}` (AWS CLI \
             2.32 or newer) or `aws sso login{option}`, {go_on}"
        ),
        (AwsErrorKind::NoCredentials, _) if profile.is_some() => format!(
            "Check that the profile `{named}` exists (`aws configure list-profiles`). Then sign in with `aws login{option}` \
             (AWS CLI 2.32 or newer), or with `aws sso login{option}` for a single sign-on, or store an access key with \
             `aws configure{option}`."
        ),
        (AwsErrorKind::ExpiredCredentials, _) if profile.is_some() => format!(
            "Sign in again with `aws login{option}` (AWS CLI 2.32 or newer) or `aws sso login{option}`, or renew the keys, \
             {go_on}"
        ),
        // AWS was not asked: what gives the credentials did not.
        (AwsErrorKind::InvalidCredentials, Some(CredentialSourceKind::Login)) => {
            format!("Sign in anew with `aws login{option}` (AWS CLI 2.32 or newer), {go_on}")
        }
        (AwsErrorKind::InvalidCredentials, Some(source)) if source != CredentialSourceKind::Environment => format!(
            "Look in ~/.aws/config how the profile `{named}` gets its credentials (`credential_process`, `role_arn`, \
             `source_profile`, `sso_role_name`) and correct that, or sign in with `aws login{option}` (AWS CLI 2.32 or \
             newer)."
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_15_each_way_to_sign_in_is_named_in_its_order_and_with_the_version_that_it_needs() {
        use AwsErrorKind::{ExpiredCredentials, InvalidCredentials, NoCredentials};
        use CredentialSourceKind::{AccessKey, Environment, Login, Machine, Nothing, Program, SingleSignOn};
        let sources = [Login, SingleSignOn, Program, AccessKey, Environment, Machine, Nothing].map(Some);
        let mut all: Vec<String> =
            [NO_CREDENTIALS_REMEDY, EXPIRED_CREDENTIALS_REMEDY, INVALID_CREDENTIALS_REMEDY].map(str::to_owned).into();
        for kind in [NoCredentials, ExpiredCredentials, InvalidCredentials] {
            for source in sources.iter().copied().chain([None]) {
                all.extend([None, Some("home")].into_iter().filter_map(|profile| remedy(kind, source, profile)));
            }
        }
        assert!(all.len() > 20, "{all:#?}");
        for words in &all {
            let place = |part: &str| words.find(part);
            assert_eq!(place("`aws login").is_some(), place("2.32").is_some(), "{words}");
            assert!(place("`aws configure`").is_none_or(|last| place("`aws login").is_some_and(|first| first < last)));
            assert!(
                place("`aws sso login").is_none_or(|second| place("`aws login").is_none_or(|first| first < second))
            );
            assert!(!words.contains("  "), "{words}");
        }
        let login = remedy(ExpiredCredentials, Some(Login), Some("console")).unwrap();
        assert!(login.contains("`aws login --profile console`") && !login.contains("sso"), "{login}");
        let sso = remedy(ExpiredCredentials, Some(SingleSignOn), Some("corp")).unwrap();
        assert!(sso.contains("`aws sso login --profile corp`") && !sso.contains("`aws login"), "{sso}");
    }
}
