//! `stellarr rollback`

use std::time::Instant;

use clap::Args;

use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::config::{Config, StackKind};
use crate::deploy::{self, Options, Outcome, Wanted};
use crate::deployment::{Deployment, Live};
use crate::insight::comparison;
use crate::insight::snapshot::Snapshot;
use crate::options::Global;
use crate::releases::history::{self, ListedRelease};
use crate::releases::publish;
use crate::releases::release::{self, Release};
use crate::stacks::render::Rendered;
use crate::ui::{Printer, confirm};
use stellarr_aws::Objects;

/// Options of `stellarr rollback`.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// The release to go back to, as `stellarr releases` numbers them; the one before what is live when left out
    #[arg(value_name = "ID")]
    pub release: Option<u64>,
    /// Ask nothing; still refuses to lose data without --allow-data-loss
    #[arg(short, long)]
    pub yes: bool,
    /// Show what would happen and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Go on although data is lost
    #[arg(long)]
    pub allow_data_loss: bool,
    /// Leave the trending lists alone
    #[arg(long)]
    pub no_warm: bool,
}

/// Puts an earlier release's functions, infrastructure and site back.
///
/// # Errors
/// When there is no such release, something of it is gone, or a stage's.
pub async fn run(global: &Global, arguments: &RollbackArgs, printer: &Printer) -> Result<(), CommandError> {
    let began = Instant::now();
    let deployment = Deployment::open(global, printer, false).await?;
    if let Some((then, outcome)) = rollback(&deployment, arguments, printer).await? {
        deploy::verify(&then, &options(arguments), &outcome, printer, began).await?;
        printer
            .hint("stellarr.yaml and your sources are as they were: the next `stellarr deploy` brings them up again");
    }
    Ok(())
}

/// Goes back; returns the deployment as it was then with the outcome, or none when nothing was changed.
///
/// # Errors
/// As [`run`].
pub async fn rollback(
    deployment: &Deployment,
    arguments: &RollbackArgs,
    printer: &Printer,
) -> Result<Option<(Deployment, Outcome)>, CommandError> {
    let context = deployment.context(printer);
    let snapshot = Snapshot::of(deployment, context, deployment.deployed().await?).await?;
    let live = &snapshot.live;
    let releases = super::releases::list_from(context, live, snapshot.current.as_ref(), usize::MAX).await?;
    let target = choose(&releases, arguments.release)?.clone();
    let objects = context.cloud.objects();
    let bucket = live.need("ArtifactBucketName")?;
    let then = deployment.with_config(config_of(deployment, &target)?);
    let rendered = templates(objects.as_ref(), bucket, &then, live, &target).await?;
    let manifest = release::manifest(objects.as_ref(), bucket, &target).await?;
    let (number, origin, made_at) = (target.sequence, target.origin(), target.created_at);
    let wanted = Wanted::restored(target, rendered, manifest, then.target().architecture());
    let snapshot = snapshot.for_config(context, &deployment.config, &then.config).await?;
    let differences = comparison::run(&then, context, &wanted.rendered, &wanted.built, &snapshot).await?;
    if differences.is_empty() {
        printer.line(&format!("Nothing to change: everything is as release {number} left it."));
        return Ok(None);
    }
    if arguments.dry_run {
        printer.data(&format!("Going back to release {origin} would change:\n{}", differences.text()));
        return Ok(None);
    }
    let question = format!("Go back to release {origin} of {}?", made_at.strftime("%Y-%m-%d %H:%M UTC"));
    if !arguments.yes {
        printer.line(&differences.text());
        if !confirm(&question, "add `--yes` to go back without being asked")? {
            return Err(CommandError::failed("nothing was changed")
                .code(Code::Declined)
                .hint("`stellarr rollback --dry-run` shows what going back would change"));
        }
    }
    let outcome = deploy::rollback(&then, &options(arguments), &wanted, snapshot, printer).await?;
    Ok(Some((then, outcome)))
}

fn options(arguments: &RollbackArgs) -> Options {
    Options {
        yes: arguments.yes,
        dry_run: arguments.dry_run,
        no_warm: arguments.no_warm,
        allow_data_loss: arguments.allow_data_loss,
        ..Options::default()
    }
}

/// The release to go back to; refuses one that cannot be reached and says which can.
fn choose(listed: &[ListedRelease], wanted: Option<u64>) -> Result<&Release, CommandError> {
    let reachable: Vec<String> = listed
        .iter()
        .filter(|one| !one.current && one.missing.is_empty())
        .map(|one| one.release.sequence.to_string())
        .collect();
    let others = match reachable.as_slice() {
        [] => "no earlier release is left whole; `stellarr deploy` publishes from your sources".to_owned(),
        all => format!("these can be gone back to: {}", all.join(", ")),
    };
    let found = match wanted {
        Some(number) => listed.iter().find(|one| one.release.sequence == number).ok_or_else(|| {
            CommandError::usage(format!("there is no release {number}"))
                .hint(&others)
                .hint("`stellarr releases --all` shows them")
        })?,
        None => {
            let releases: Vec<Release> = listed.iter().map(|one| one.release.clone()).collect();
            let before = history::before_current(&releases).ok_or_else(|| {
                CommandError::usage("there is no release before the one that is live")
                    .hint("`stellarr releases` shows what was deployed when; a second deploy makes one to go back to")
            })?;
            listed
                .iter()
                .find(|one| one.release.sequence == before.sequence)
                .ok_or_else(|| CommandError::failed("the release before is not among the releases"))?
        }
    };
    if found.missing.is_empty() {
        return Ok(&found.release);
    }
    let number = found.release.sequence;
    Err(CommandError::failed(format!("release {number} cannot be gone back to: {} is gone", found.missing.join(", ")))
        .hint(others))
}

/// The configuration that a release was made from, kept from changing what protects the data now.
fn config_of(deployment: &Deployment, release: &Release) -> Result<Config, CommandError> {
    let mut config: Config = serde_json::from_value(release.config.clone()).map_err(|error| {
        CommandError::failed(format!(
            "the configuration of release {} is not understood by this version: {error}",
            release.sequence
        ))
        .hint(format!("release {} was made by stellarr {}; use that version", release.sequence, release.version))
    })?;
    let now = &deployment.config;
    if (config.prefix(), &config.region) != (now.prefix(), &now.region) {
        return Err(CommandError::failed(format!("release {} belongs to another deployment", release.sequence)));
    }
    config.removal_policy = now.removal_policy;
    Ok(config)
}

/// The templates of a release; of the bootstrap stack the one in force, because going back never touches the data.
async fn templates(
    objects: &dyn Objects,
    bucket: &str,
    then: &Deployment,
    live: &Live,
    release: &Release,
) -> Result<Rendered, CommandError> {
    let mut stacks = Vec::new();
    for kind in StackKind::ALL {
        let text = if kind == StackKind::Bootstrap {
            let Some(stack) = &live.bootstrap else { continue };
            then.cloud.stacks(then.region(kind)).template(&stack.name).await?
        } else {
            let Some(key) = release.templates.get(kind.as_str()) else { continue };
            let object = objects.get(bucket, key).await?;
            let text = object.map(|object| String::from_utf8_lossy(&object.body).into_owned());
            if text.as_ref().is_some_and(|text| publish::template_key(kind.as_str(), text) != *key) {
                return Err(publish::changed(key));
            }
            text
        };
        let text =
            text.ok_or_else(|| CommandError::failed(format!("the template of the {} stack is gone", kind.as_str())))?;
        stacks.push((kind, text));
    }
    Ok(Rendered { stacks })
}
