//! Rights: what this deployment needs, put to IAM's simulation.

use std::collections::BTreeSet;

use futures::future::try_join_all;
use futures::stream::{self, StreamExt, TryStreamExt};

use super::Finding;
use crate::base::failures::Code;
use crate::config::Config;
use crate::policy::{self, Place, Statement};
use crate::ui::count;
use stellarr_aws::{AwsError, AwsErrorKind, Caller, Cloud, Permissions};

/// Actions that one simulation is asked about.
const BATCH: usize = 60;
/// Simulations that run side by side: IAM slows down who asks for more.
const AT_ONCE: usize = 6;

/// Asks IAM which of the rights are missing.
pub(super) async fn check(cloud: &dyn Cloud, caller: &Caller, config: &Config) -> Finding {
    const CHECK: &str = "rights";
    if caller.arn.ends_with(":root") {
        return Finding::ok(CHECK, "the root user may do everything");
    }
    let permissions = cloud.permissions();
    let needs = match policy::statements(config, &Place::of_account(&caller.account)) {
        Ok(needs) => needs,
        Err(error) => return Finding::of_error(CHECK, super::Level::Warning, error.into()),
    };
    match missing(permissions.as_ref(), &caller.arn, &needs).await {
        Ok(missing) => judge(config, &missing),
        Err(error) if error.kind == AwsErrorKind::AccessDenied => Finding::warning(
            CHECK,
            format!("not checked: these credentials may not ask ({})", error.operation),
            "nothing, if deploys work; else allow iam:SimulatePrincipalPolicy and iam:GetRole, and run this again",
        ),
        Err(error) => Finding::warning(
            CHECK,
            format!("not checked: {}", error.message),
            "nothing, if deploys work; a denied action is named when it happens",
        ),
    }
}

/// The rights that the principal lacks. Whoever may do everything is asked about in a few calls; only what is not allowed
/// everywhere is asked about once more, on what it is needed on.
async fn missing(
    permissions: &dyn Permissions,
    principal: &str,
    needs: &[Statement],
) -> Result<Vec<Statement>, AwsError> {
    let all: BTreeSet<&String> = needs.iter().flat_map(|need| &need.actions).collect();
    let all: Vec<String> = all.into_iter().cloned().collect();
    let asked = all.chunks(BATCH).map(|actions| permissions.denied(principal, actions, &[]));
    let narrow: BTreeSet<String> = try_join_all(asked).await?.into_iter().flatten().collect();
    let again = needs.iter().filter_map(|need| {
        let actions: Vec<String> = need.actions.iter().filter(|action| narrow.contains(*action)).cloned().collect();
        (!actions.is_empty()).then_some(async move {
            let actions = match need.resources.is_empty() {
                true => actions,
                false => permissions.denied(principal, &actions, &need.resources).await?,
            };
            Ok(Statement { actions, ..need.clone() })
        })
    });
    let found: Vec<Statement> = stream::iter(again).buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().filter(|need| !need.actions.is_empty()).collect())
}

fn judge(config: &Config, missing: &[Statement]) -> Finding {
    if missing.is_empty() {
        return Finding::ok("rights", "everything that a deploy does is allowed");
    }
    let names: BTreeSet<&str> = missing.iter().flat_map(|need| &need.actions).map(String::as_str).collect();
    let names: Vec<&str> = names.into_iter().collect();
    Finding::failure(
        "rights",
        Code::AwsAccessDenied,
        format!("{} not allowed: {}", count(names.len(), "action is", "actions are"), names.join(", ")),
        "hand this policy to the account's administrator; `stellarr policy` prints the whole one for this deployment",
    )
    .with_details(documents(config, missing))
}

/// The policy that allows what is missing.
fn documents(config: &Config, missing: &[Statement]) -> String {
    let all = policy::documents(config, missing).into_iter();
    all.map(|(_, document)| serde_json::to_string_pretty(&document).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::base::exit::ExitKind;
    use crate::insight::doctor::Level;
    use stellarr_testing::{FakeCloud, Fault};

    async fn found(cloud: &FakeCloud) -> Finding {
        let caller = cloud.identity().caller().await.unwrap();
        check(cloud, &caller, &Config::named("home")).await
    }

    #[tokio::test]
    async fn missing_rights_are_named_with_a_policy_that_allows_them() {
        let cloud = FakeCloud::permissive("eu-west-1");
        assert_eq!(found(&cloud).await.level, Level::Ok);
        cloud.deny(&["iam:PassRole", "lambda:CreateFunction"]);
        let finding = found(&cloud).await;
        assert_eq!((finding.level, finding.kind()), (Level::Failure, ExitKind::Access));
        assert!(
            finding.sentence.contains("2 actions are not allowed: iam:PassRole, lambda:CreateFunction"),
            "{finding:?}"
        );
        let policy = finding.details.unwrap();
        assert!(policy.contains("\"iam:PassRole\"") && policy.contains("\"lambda:CreateFunction\""), "{policy}");
    }

    /// Allows everything, but only on what it is needed on.
    struct Scoped;

    #[async_trait::async_trait]
    impl Permissions for Scoped {
        async fn denied(&self, _: &str, actions: &[String], resources: &[String]) -> Result<Vec<String>, AwsError> {
            Ok(if resources.is_empty() { actions.to_vec() } else { Vec::new() })
        }
    }

    #[tokio::test]
    async fn rights_on_just_what_is_needed_are_enough() {
        let need = |action: &str, on: &[&str]| Statement {
            sid: String::new(),
            condition: None,
            actions: vec![action.to_owned()],
            resources: on.iter().map(|name| (*name).to_owned()).collect(),
        };
        let needs = [need("s3:PutObject", &["arn:aws:s3:::home-prod-*"]), need("sqs:CreateQueue", &[])];
        let found = missing(&Scoped, "arn:aws:iam::111122223333:user/ana", &needs).await.unwrap();
        assert_eq!(found, [need("sqs:CreateQueue", &[])]);
    }

    /// Allows everything on distributions and alarms alone, and notes what it was asked.
    #[derive(Default)]
    struct Narrow(Mutex<Vec<(Vec<String>, Vec<String>)>>);

    #[async_trait::async_trait]
    impl Permissions for Narrow {
        async fn denied(&self, _: &str, actions: &[String], on: &[String]) -> Result<Vec<String>, AwsError> {
            self.0.lock().unwrap().push((actions.to_vec(), on.to_vec()));
            let allowed = |arn: &String| arn.contains(":distribution/") || arn.contains(":alarm:");
            Ok(if !on.is_empty() && on.iter().all(allowed) { Vec::new() } else { actions.to_vec() })
        }
    }

    #[tokio::test]
    async fn row_28_29_tags_are_asked_for_on_viewer_functions_and_the_dashboard() {
        let config = Config::named("home");
        let needs = policy::statements(&config, &Place::of_account("111122223333")).unwrap();
        let asked = Narrow::default();
        let found = missing(&asked, "arn:aws:iam::111122223333:user/ana", &needs).await.unwrap();
        for (service, on) in [
            ("cloudfront", "arn:aws:cloudfront::111122223333:function/home-prod-*"),
            ("cloudwatch", "arn:aws:cloudwatch::111122223333:dashboard/home-prod"),
        ] {
            for verb in ["TagResource", "UntagResource", "ListTagsForResource"] {
                let action = format!("{service}:{verb}");
                let is_it = |actions: &[String], resources: &[String]| {
                    actions.contains(&action) && resources.iter().any(|resource| resource == on)
                };
                assert!(
                    asked.0.lock().unwrap().iter().any(|(actions, resources)| is_it(actions, resources)),
                    "{action}"
                );
                assert!(found.iter().any(|need| is_it(&need.actions, &need.resources)), "{action}");
            }
        }
        // What is allowed where it is needed is not missing.
        assert!(!found.iter().any(|need| need.actions.iter().any(|action| action == "cloudwatch:PutMetricAlarm")));
    }

    #[tokio::test]
    async fn not_being_allowed_to_ask_is_no_failure() {
        let cloud = FakeCloud::permissive("eu-west-1");
        cloud.inject_always("iam:SimulatePrincipalPolicy", Fault::Fail(AwsErrorKind::AccessDenied));
        assert_eq!(found(&cloud).await.level, Level::Warning);
    }
}
