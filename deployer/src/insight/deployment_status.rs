//! How a deployment stands: everything that a person wants to know at a glance, and what of it is not well.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::base::error::CommandError;
use crate::base::functions::Function;
use crate::deployment::lock::{self, Lease};
use crate::deployment::{Context, Deployment, Live};
use crate::releases::release::{self, Release};
use crate::secrets::{self, ListAccess};
use stellarr_aws::{Alarm, AwsError, StackStatus};
use stellarr_core::trending::{INDEX_FILE, TrendingIndex};

/// A certificate that runs out sooner than this should have been renewed by now.
const CERTIFICATE_DAYS: i64 = 14;
/// Trending lists older than this are not refreshed any more; the warmer runs daily unless the schedule says otherwise.
const STALE: SignedDuration = SignedDuration::from_hours(8 * 24);

/// Everything at a glance.
#[derive(Clone, Debug, Serialize)]
pub struct DeploymentStatus {
    /// The site's address.
    pub site: String,
    /// The stacks.
    pub stacks: Vec<StackState>,
    /// The functions.
    pub functions: Vec<FunctionStanding>,
    /// What is live, and by whom; none when no deploy has finished yet.
    pub release: Option<Release>,
    /// Who is deploying just now.
    pub lock: Option<Lease>,
    /// The domain's certificate, when there is a domain.
    pub certificate: Option<CertificateStanding>,
    /// When the trending lists were last renewed.
    pub warmed_at: Option<Timestamp>,
    /// The alarms.
    pub alarms: Vec<Alarm>,
    /// Who can read the request lists; none when the secret cannot be read.
    pub lists: Option<ListAccess>,
    /// What works but deserves a look, each with what to do.
    pub warnings: Vec<Advice>,
    /// What is not well, in sentences; empty when everything is.
    pub problems: Vec<String>,
}

/// What deserves a look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// What was found.
    pub sentence: String,
    /// What to do about it.
    pub remedy: String,
}

/// A stack's state.
#[derive(Clone, Debug, Serialize)]
pub struct StackState {
    /// Its name.
    pub name: String,
    /// Its status.
    pub status: StackStatus,
    /// When it last changed.
    pub updated_at: Option<String>,
}

/// A function's state.
#[derive(Clone, Debug, Serialize)]
pub struct FunctionStanding {
    /// Short name.
    pub name: String,
    /// `Active`, or `missing`.
    pub state: String,
    /// Hash of its code.
    pub code_sha256: Option<String>,
    /// When it last changed.
    pub updated_at: Option<String>,
}

/// The certificate's state.
#[derive(Clone, Debug, Serialize)]
pub struct CertificateStanding {
    /// Its ARN.
    pub arn: String,
    /// `ISSUED`, or what keeps it from that.
    pub status: String,
    /// Whole days until it runs out; ACM renews it long before.
    pub days_left: Option<i64>,
}

/// Asks for everything, together.
///
/// # Errors
/// When nothing is deployed yet, or AWS's.
pub async fn gather(deployment: &Deployment, context: Context<'_>) -> Result<DeploymentStatus, CommandError> {
    let prefix = deployment.config.prefix();
    let alarms = context.cloud.alarms();
    let alarm_prefix = format!("{prefix}-");
    let ((live, release, holder, warmed_at, certificate, lists), functions, alarms) = tokio::try_join!(
        stored(deployment, context),
        async { functions(context, &prefix).await.map_err(CommandError::from) },
        async {
            // The emulator answers this only with a Python module that it does not bring.
            if deployment.sandbox.is_some() {
                return Ok(Vec::new());
            }
            alarms.list(&alarm_prefix).await.map_err(CommandError::from)
        },
    )?;
    let stacks = [&live.bootstrap, &live.edge, &live.main].into_iter().flatten();
    let mut overview = DeploymentStatus {
        site: deployment.site_url(&live.outputs()),
        stacks: stacks
            .map(|stack| StackState {
                name: stack.name.clone(),
                status: stack.status.clone(),
                updated_at: stack.updated_at.clone(),
            })
            .collect(),
        functions,
        release,
        lock: holder.filter(|lease| lease.expires_at > context.clock.now()),
        certificate,
        warmed_at,
        alarms,
        lists: lists.as_ref().ok().copied(),
        warnings: Vec::new(),
        problems: Vec::new(),
    };
    overview.warnings = warnings(lists, deployment.sandbox.is_some());
    overview.problems = problems(&overview, context.clock.now());
    Ok(overview)
}

/// Who can read the lists, or why that is not known.
type Lists = Result<ListAccess, CommandError>;
type Stored = (Live, Option<Release>, Option<Lease>, Option<Timestamp>, Option<CertificateStanding>, Lists);

/// What can only be asked once the stacks have told the names.
async fn stored(deployment: &Deployment, context: Context<'_>) -> Result<Stored, CommandError> {
    let live = deployment.deployed().await?;
    let bucket = live.need("ArtifactBucketName")?;
    let objects = context.cloud.objects();
    let secret = live.need("AppSecretArn")?;
    let (release, holder, warmed_at, certificate, secret) = tokio::join!(
        release::current(objects.as_ref(), bucket),
        lock::holder(objects.as_ref(), bucket),
        warmed_at(context, &live),
        certificate(context, &live),
        secrets::read(context, secret),
    );
    let release = release?.map(|current| current.release);
    let (holder, warmed_at, certificate) = (holder?, warmed_at?, certificate?);
    // Without the right to read the secret, the rest is still shown.
    let lists = secret.map(|document| document.list_access());
    Ok((live, release, holder, warmed_at, certificate, lists))
}

async fn functions(context: Context<'_>, prefix: &str) -> Result<Vec<FunctionStanding>, AwsError> {
    let functions = context.cloud.functions();
    let asked = Function::ALL.map(|function| {
        let functions = functions.clone();
        async move {
            let state = functions.describe(&function.aws_name(prefix)).await?;
            Ok::<_, AwsError>(FunctionStanding {
                name: function.name().to_owned(),
                state: state.as_ref().map_or_else(|| "missing".to_owned(), |state| state.state.clone()),
                code_sha256: state.as_ref().map(|state| state.code_sha256.clone()),
                updated_at: state.map(|state| state.modified_at),
            })
        }
    });
    futures::future::try_join_all(asked).await
}

async fn warmed_at(context: Context<'_>, live: &Live) -> Result<Option<Timestamp>, CommandError> {
    let Some(bucket) = live.output("TrendingBucketName") else { return Ok(None) };
    let index = context.cloud.objects().get(bucket, INDEX_FILE).await?;
    let index: Option<TrendingIndex> = index.and_then(|object| serde_json::from_slice(&object.body).ok());
    Ok(index.and_then(|index| Timestamp::from_second(index.updated_at.try_into().ok()?).ok()))
}

async fn certificate(context: Context<'_>, live: &Live) -> Result<Option<CertificateStanding>, CommandError> {
    let parameter = live.main.as_ref().and_then(|stack| stack.parameters.get("CertificateArn"));
    let Some(arn) = live.output("CertificateArn").or(parameter.map(String::as_str)).filter(|arn| !arn.is_empty())
    else {
        return Ok(None);
    };
    let found = context.cloud.certificates().describe(arn).await?;
    let until = found.not_after.and_then(|time| time.parse::<Timestamp>().ok());
    let days_left = until.map(|until| until.duration_since(context.clock.now()).as_hours() / 24);
    Ok(Some(CertificateStanding { arn: arn.to_owned(), status: found.status, days_left }))
}

fn warnings(lists: Lists, sandbox: bool) -> Vec<Advice> {
    let advice = match lists {
        Ok(lists) => lists.warning(sandbox).map(|(sentence, remedy)| Advice { sentence: sentence.to_owned(), remedy }),
        Err(error) => Some(Advice {
            sentence: format!("whether the request lists are public is not known: {}", error.message),
            remedy: error.hints.into_iter().next().unwrap_or_else(|| "run `stellarr doctor`".to_owned()),
        }),
    };
    advice.into_iter().collect()
}

/// What is not well, in sentences.
fn problems(overview: &DeploymentStatus, now: Timestamp) -> Vec<String> {
    let mut found = Vec::new();
    for stack in overview.stacks.iter().filter(|stack| !stack.status.is_stable() && !stack.status.in_progress()) {
        found.push(format!("the stack {} is {}: run `stellarr deploy`, which says why", stack.name, stack.status));
    }
    // One that is pending or was put to sleep comes up by itself.
    let fine = |state: &str| matches!(state, "Active" | "Inactive" | "Pending");
    for function in overview.functions.iter().filter(|function| !fine(&function.state)) {
        found.push(format!(
            "the function {} is {}: run `stellarr drift`",
            function.name,
            function.state.to_lowercase()
        ));
    }
    if overview.release.is_none() {
        found.push("no deploy has finished yet: run `stellarr deploy`".to_owned());
    }
    match (&overview.warmed_at, &overview.release) {
        (Some(at), _) if now.duration_since(*at) > STALE => found.push(format!(
            "the trending lists were last renewed on {}: run `stellarr logs warmer --errors --since 2d`",
            at.strftime("%Y-%m-%d")
        )),
        (None, Some(_)) => found.push("there are no trending lists: run `stellarr warm`".to_owned()),
        _ => {}
    }
    if let Some(certificate) = &overview.certificate {
        match certificate.days_left {
            _ if certificate.status != "ISSUED" => found.push(format!("the certificate is {}", certificate.status)),
            Some(days) if days < CERTIFICATE_DAYS => found.push(format!(
                "the certificate runs out in {days} days and was not renewed: check that its DNS record is still there"
            )),
            _ => {}
        }
    }
    for alarm in overview.alarms.iter().filter(|alarm| alarm.state == "ALARM") {
        found.push(format!("alarm {}: {}", alarm.name, alarm.meaning));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn healthy() -> DeploymentStatus {
        DeploymentStatus {
            site: "https://films.example.org".to_owned(),
            stacks: vec![StackState {
                name: "home-prod".to_owned(),
                status: StackStatus("UPDATE_COMPLETE".to_owned()),
                updated_at: None,
            }],
            functions: vec![FunctionStanding {
                name: "api".to_owned(),
                state: "Active".to_owned(),
                code_sha256: None,
                updated_at: None,
            }],
            release: Some(Release {
                sequence: 1,
                created_at: Timestamp::UNIX_EPOCH,
                by: String::new(),
                version: String::new(),
                config: serde_json::Value::Null,
                same_templates: Default::default(),
                templates: [].into(),
                code: [].into(),
                site: None,
                retired: [].into(),
                restores: None,
            }),
            lock: None,
            certificate: Some(CertificateStanding {
                arn: String::new(),
                status: "ISSUED".to_owned(),
                days_left: Some(90),
            }),
            warmed_at: Some(Timestamp::UNIX_EPOCH),
            alarms: Vec::new(),
            lists: Some(ListAccess::Private),
            warnings: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn said(change: impl FnOnce(&mut DeploymentStatus)) -> String {
        let mut overview = healthy();
        change(&mut overview);
        problems(&overview, Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24)).join("\n")
    }

    #[test]
    fn what_is_well_is_not_mentioned() {
        assert_eq!(said(|_| {}), "");
        assert_eq!(said(|overview| overview.stacks[0].status.0 = "UPDATE_IN_PROGRESS".to_owned()), "");
    }

    #[test]
    fn each_trouble_is_named_with_the_next_step() {
        assert!(
            said(|overview| overview.stacks[0].status.0 = "UPDATE_ROLLBACK_FAILED".to_owned())
                .contains("stellarr deploy")
        );
        assert!(
            said(|overview| overview.functions[0].state = "missing".to_owned()).contains("the function api is missing")
        );
        assert!(said(|overview| overview.release = None).contains("no deploy has finished"));
        assert!(said(|overview| overview.warmed_at = None).contains("stellarr warm"));
        let old = Timestamp::UNIX_EPOCH - SignedDuration::from_hours(30 * 24);
        assert!(said(|overview| overview.warmed_at = Some(old)).contains("stellarr logs warmer"));
        let soon = CertificateStanding { arn: String::new(), status: "ISSUED".to_owned(), days_left: Some(3) };
        assert!(said(|overview| overview.certificate = Some(soon)).contains("in 3 days"));
        let alarm = Alarm {
            name: "home-prod-api-errors".to_owned(),
            state: "ALARM".to_owned(),
            meaning: "The API fails.".to_owned(),
            since: None,
        };
        assert_eq!(said(|overview| overview.alarms.push(alarm)), "alarm home-prod-api-errors: The API fails.");
    }
}
