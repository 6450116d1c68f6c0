//! CloudFront.

use async_trait::async_trait;

use crate::account::{Account, FakeDistribution, FakeInvalidation, Refusal, refuse};
use crate::cloud::{Effect, FakeCloud};
use stellarr_aws::{AwsError, AwsErrorKind, Cdn, Distribution, Invalidation};

/// The most paths in progress at a time.
const PATHS_IN_PROGRESS: usize = 3_000;
/// The most wildcards in progress at a time.
const WILDCARDS_IN_PROGRESS: usize = 15;

/// CloudFront.
#[derive(Debug)]
pub(crate) struct FakeCdn(pub(crate) FakeCloud);

#[async_trait]
impl Cdn for FakeCdn {
    async fn invalidate(
        &self,
        distribution: &str,
        reference: &str,
        paths: &[String],
    ) -> Result<Invalidation, AwsError> {
        let run = |account: &mut Account| {
            if !account.distributions.contains_key(distribution) {
                return no_distribution();
            }
            check_paths(account, distribution, paths)?;
            let earlier =
                account.invalidations.iter().find(|one| one.distribution == distribution && one.reference == reference);
            if let Some(earlier) = earlier {
                let (mut old, mut new) = (earlier.paths.clone(), paths.to_vec());
                old.sort();
                new.sort();
                if old != new {
                    let words = "Your request contains a caller reference that was used for a previous invalidation \
                                 batch with different paths.";
                    return refuse(AwsErrorKind::AlreadyExists, "InvalidationBatchAlreadyExists", words);
                }
                return Ok(public(earlier));
            }
            let made = FakeInvalidation {
                id: format!("I{:013X}", account.next()),
                distribution: distribution.to_owned(),
                reference: reference.to_owned(),
                paths: paths.to_vec(),
                completed: false,
            };
            let answer = public(&made);
            account.invalidations.push(made);
            Ok(answer)
        };
        let what = format!("{distribution} {}", paths.join(" "));
        self.0.call("cloudfront:CreateInvalidation", &what, Effect::Write, run).await
    }

    async fn invalidation(&self, distribution: &str, id: &str) -> Result<Invalidation, AwsError> {
        let run = |account: &mut Account| {
            let found = account.invalidations.iter_mut().find(|one| one.distribution == distribution && one.id == id);
            let Some(found) = found else {
                let words = "The specified invalidation does not exist.";
                return refuse(AwsErrorKind::NotFound, "NoSuchInvalidation", words);
            };
            let answer = public(found);
            found.completed = true;
            Ok(answer)
        };
        self.0.call("cloudfront:GetInvalidation", &format!("{distribution}/{id}"), Effect::Read, run).await
    }

    async fn distribution(&self, id: &str) -> Result<Option<Distribution>, AwsError> {
        let run = |account: &mut Account| Ok(account.distributions.get(id).map(|one| distribution(id, &one.aliases)));
        self.0.call("cloudfront:GetDistribution", id, Effect::Read, run).await
    }

    async fn distribution_of(&self, domain: &str) -> Result<Option<Distribution>, AwsError> {
        let run = |account: &mut Account| {
            let holds = |one: &&FakeDistribution| one.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(domain));
            let mut all = account.distributions.iter();
            Ok(all.find(|(_, one)| holds(one)).map(|(id, one)| distribution(id, &one.aliases)))
        };
        self.0.call("cloudfront:ListDistributions", domain, Effect::Read, run).await
    }
}

fn distribution(id: &str, aliases: &[String]) -> Distribution {
    Distribution {
        id: id.to_owned(),
        status: "Deployed".to_owned(),
        domain_name: format!("{}.cloudfront.net", id.to_lowercase()),
        aliases: aliases.to_vec(),
    }
}

fn public(one: &FakeInvalidation) -> Invalidation {
    let status = if one.completed { "Completed" } else { "InProgress" };
    Invalidation { id: one.id.clone(), status: status.to_owned() }
}

fn no_distribution<T>() -> Result<T, Refusal> {
    refuse(AwsErrorKind::NotFound, "NoSuchDistribution", "The specified distribution does not exist.")
}

fn check_paths(account: &Account, distribution: &str, paths: &[String]) -> Result<(), Refusal> {
    let fits = |path: &String| {
        path.starts_with('/') && path.is_ascii() && !path.contains(' ') && !path.trim_end_matches('*').contains('*')
    };
    if paths.is_empty() || !paths.iter().all(fits) {
        let words = "Your request contains one or more invalid invalidation paths.";
        return refuse(AwsErrorKind::Validation, "InvalidArgument", words);
    }
    let running = account.invalidations.iter().filter(|one| one.distribution == distribution && !one.completed);
    let all: Vec<&String> = running.flat_map(|one| &one.paths).chain(paths).collect();
    let wildcards = all.iter().filter(|path| path.ends_with('*')).count();
    if all.len() > PATHS_IN_PROGRESS || wildcards > WILDCARDS_IN_PROGRESS {
        let words = "Processing your request will cause you to exceed the maximum number of in-progress invalidations.";
        return refuse(AwsErrorKind::LimitExceeded, "TooManyInvalidationsInProgress", words);
    }
    Ok(())
}
