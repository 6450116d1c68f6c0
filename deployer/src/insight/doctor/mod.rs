//! Looks at everything that a deploy needs, changes nothing, and says what to do about what is wrong.
//!
//! One file a group of checks; each gives findings and no errors, so that one that fails hides no other. All run side by
//! side. [`preflight`] is the part without which a deploy would break off half-way.

mod credentials;
mod domain;
mod finding;
mod limits;
mod lists;
mod machine;
mod rights;
mod stacks;
#[cfg(test)]
mod tests;
mod tmdb;

use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

pub use finding::{Finding, Level, as_error, summary};

use self::domain::Depth;
use self::machine::Machine;
use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::build::{Source, Target};
use crate::deployment::{Context, Deployment, Live};
use stellarr_aws::Session;

/// How long a look may take in all; a person waits for it. Credentials are waited for before, on their own time.
const CHECKS_TIMEOUT: Duration = Duration::from_millis(2_800);

/// Checks a deployment on AWS, or on the sandbox.
pub async fn run(deployment: &Deployment, context: Context<'_>) -> Vec<Finding> {
    let computer = on_this_computer(&deployment.config_path, deployment.sandbox.is_some());
    let (account, machine) = tokio::join!(on_aws(deployment, context), computer);
    account.into_iter().chain(machine).collect()
}

/// Checks this computer alone, as far as building on it goes.
pub async fn on_this_computer(config_path: &Path, sandbox: bool) -> Vec<Finding> {
    let folder =
        config_path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
    let source = Source::find(&folder).or_else(|_| Source::find(Path::new("."))).ok();
    let machine = Machine { folder, source, target: if sandbox { Target::Host } else { Target::Lambda } };
    within("this computer", Instant::now() + CHECKS_TIMEOUT, machine::check(machine)).await
}

/// Checks what AWS can tell.
async fn on_aws(deployment: &Deployment, context: Context<'_>) -> Vec<Finding> {
    let deadline = Instant::now() + CHECKS_TIMEOUT;
    let session = match timeout_at(deadline, context.cloud.identity().session()).await {
        Ok(Ok(session)) => session,
        Ok(Err(error)) => return vec![credentials::unusable(error)],
        Err(_) => return vec![Finding { level: Level::Failure, code: Some(Code::Network), ..too_slow("AWS") }],
    };
    let mut findings = Vec::new();
    if deployment.sandbox.is_none() {
        findings.extend(credentials::check(&session, context.clock.now(), &deployment.config.region));
    }
    let stacks = match timeout_at(deadline, deployment.states()).await {
        Ok(Ok(stacks)) => stacks,
        Ok(Err(error)) => {
            findings.push(Finding::of_error("stacks", Level::Failure, error));
            return findings;
        }
        Err(_) => {
            findings.push(too_slow("stacks"));
            return findings;
        }
    };
    findings.extend(stacks::check(&stacks));
    let live = Live::of(stacks.iter().filter_map(|(kind, stack)| stack.clone().map(|stack| (*kind, stack))));
    findings.extend(beyond_stacks(deployment, context, &session, &stacks, &live, deadline).await);
    findings
}

async fn beyond_stacks(
    deployment: &Deployment,
    context: Context<'_>,
    session: &Session,
    stacks: &[(crate::config::StackKind, Option<stellarr_aws::Stack>)],
    live: &Live,
    deadline: Instant,
) -> Vec<Finding> {
    let config = &deployment.config;
    let bucket = live.output("ArtifactBucketName");
    let account = session.caller.account.as_str();
    if deployment.sandbox.is_some() {
        let (bucket, lists) = tokio::join!(
            within("bucket", deadline, async { stacks::bucket(context, bucket, account).await.into_iter().collect() }),
            within("lists", deadline, async { lists::check(deployment, context, live).await.into_iter().collect() }),
        );
        return bucket.into_iter().chain(lists).collect();
    }
    let (rights, domain, names, bucket, limits, lists, tmdb) = tokio::join!(
        within("rights", deadline, async { vec![rights::check(context.cloud, &session.caller, config).await] }),
        within("domain", deadline, domain::check(context, config, live, Depth::Full)),
        within("names", deadline, stacks::names(deployment, context, stacks)),
        within("bucket", deadline, async { stacks::bucket(context, bucket, account).await.into_iter().collect() }),
        within("concurrency", deadline, async { vec![limits::check(context.cloud, config).await] }),
        within("lists", deadline, async { lists::check(deployment, context, live).await.into_iter().collect() }),
        within("TMDB", deadline, async { tmdb::check(deployment, context, live).await.into_iter().collect() }),
    );
    [rights, domain, names, bucket, limits, lists, tmdb].into_iter().flatten().collect()
}

/// Checks, before anything is built or written, what would make a deploy break off half-way; warns of the rest. Returns the
/// stacks as they are.
///
/// # Errors
/// What would make it fail, all of it in one error.
pub async fn preflight(deployment: &Deployment, context: Context<'_>) -> Result<Live, CommandError> {
    if deployment.sandbox.is_some() {
        return deployment.live().await;
    }
    let config = &deployment.config;
    let session = context.cloud.identity().session().await?;
    let live = deployment.live().await?;
    let bucket = live.output("ArtifactBucketName");
    let (domain, bucket, limits) = tokio::join!(
        domain::check(context, config, &live, Depth::BeforeDeploy),
        stacks::bucket(context, bucket, &session.caller.account),
        async {
            // Only a deployment that sets functions aside can meet the limit.
            if config.provisioned_concurrency > 0 { Some(limits::check(context.cloud, config).await) } else { None }
        },
    );
    let credentials = credentials::check(&session, context.clock.now(), &config.region);
    let folder = deployment.config_path.parent().map(Path::to_owned).unwrap_or_default();
    let machine = machine::disk(&folder);
    let findings: Vec<Finding> =
        credentials.into_iter().chain(domain).chain(bucket).chain(limits).chain([machine]).collect();
    for finding in findings.iter().filter(|finding| finding.level == Level::Warning) {
        let remedy = finding.remedy.as_deref().unwrap_or_default();
        context.printer.warn(&format!("{}: {} ({remedy})", finding.check, finding.sentence));
    }
    as_error(&findings).map_or(Ok(live), Err)
}

/// Waits for checks as long as a person would.
async fn within(check: &'static str, until: Instant, checks: impl Future<Output = Vec<Finding>>) -> Vec<Finding> {
    timeout_at(until, checks).await.unwrap_or_else(|_| vec![too_slow(check)])
}

fn too_slow(check: &'static str) -> Finding {
    Finding::warning(
        check,
        format!("no answer within {} s", CHECKS_TIMEOUT.as_secs_f32()),
        "look at the network (proxy, VPN), and run this again",
    )
}
