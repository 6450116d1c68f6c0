//! `stellarr destroy`

use crate::deployment::edge_note;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;

use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::base::files;
use crate::config::{DnsProvider, RemovalPolicy};
use crate::deployment::lock::Lock;
use crate::deployment::{Context, Deployment};
use crate::domain::certificate;
use crate::household::requests;
use crate::options::Global;
use crate::stacks::apply::words;
use crate::stacks::teardown::{self, ExistingDeployment};
use crate::ui::{Printer, count, type_to_confirm};
use stellarr_aws::StackResource;

/// Options of `stellarr destroy`.
#[derive(Clone, Debug, Default, Args)]
pub struct DestroyArgs {
    /// Ask nothing; the name of the deployment has to be given instead
    #[arg(long, value_name = "NAME")]
    pub yes: Option<String>,
    /// Delete the data too: tables, secret and releases, which otherwise stay
    #[arg(long)]
    pub delete_data: bool,
    /// Keep the data, as without this option: the next deploy finds it again
    #[arg(long, conflicts_with = "delete_data")]
    pub keep_data: bool,
    /// First save requests and library to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub export: Option<PathBuf>,
}

/// Deletes the deployment.
///
/// # Errors
/// When it is not confirmed, or something cannot be deleted; a second run goes on from there.
pub async fn run(global: &Global, arguments: &DestroyArgs, printer: &Printer) -> Result<(), CommandError> {
    let deployment = Deployment::open(global, printer, false).await?;
    destroy(&deployment, arguments, printer).await
}

/// Deletes `deployment`; for tests, which bring their own cloud.
///
/// The site goes first, then certificate, firewall and budget, then, only when that is asked for, the data.
///
/// # Errors
/// As [`run`].
pub async fn destroy(deployment: &Deployment, arguments: &DestroyArgs, printer: &Printer) -> Result<(), CommandError> {
    let since = Instant::now();
    let context = deployment.context(printer);
    let found = teardown::look(deployment, context).await?;
    if found.is_empty() {
        printer.line(&format!("{} is not deployed: there is nothing to delete.", deployment.config.prefix()));
        return Ok(());
    }
    if arguments.delete_data {
        refuse_protected(deployment, &found)?;
    }
    explain(deployment, &found, arguments, printer);
    confirm(deployment, arguments)?;
    if let Some(file) = &arguments.export {
        export(context, &found, file).await?;
    }

    let artifacts = found.artifacts();
    if let Some(bucket) = &artifacts {
        let lock = Lock::take(context.cloud.objects(), bucket, &crate::deploy::who(), context.clock).await?;
        lock.during(context.clock, remove_site(context, &found, Some(bucket))).await?;
    } else {
        remove_site(context, &found, None).await?;
    }
    if arguments.delete_data {
        remove_data(deployment, context, &found).await?;
    }
    let outcome = if arguments.delete_data { "everything is gone" } else { "the site is gone, the data is kept" };
    printer.stage("destroy", outcome, since);
    farewell(deployment, context, &found, arguments).await
}

/// Refuses to delete data that the configuration, or the stack as it is deployed, protects.
fn refuse_protected(deployment: &Deployment, found: &ExistingDeployment) -> Result<(), CommandError> {
    let deployed = found.bootstrap.iter().flat_map(|bootstrap| bootstrap.kept()).next().is_some();
    let configured = deployment.config.removal_policy == RemovalPolicy::Retain;
    let message = match (configured, deployed) {
        (false, false) => return Ok(()),
        (true, _) => "stellarr.yaml says `removal_policy: retain`, so the data is protected",
        (false, true) => "the deployed stacks still protect the data, although stellarr.yaml no longer does",
    };
    let first = if configured { "set `removal_policy: delete`, then run" } else { "run" };
    Err(CommandError::usage(message)
        .code(Code::DataProtected)
        .hint(format!("{first} `stellarr deploy` once, then this command again")))
}

fn explain(deployment: &Deployment, found: &ExistingDeployment, arguments: &DestroyArgs, printer: &Printer) {
    printer.line(&format!("This deletes {}:", deployment.config.prefix()));
    if let Some(main) = &found.main {
        printer.line("  - the site, its address, its functions, schedules, logs and trending lists");
        let is_record = |one: &&StackResource| one.resource_type == "AWS::Route53::RecordSet";
        let names: BTreeSet<_> =
            main.resources.iter().filter(is_record).filter_map(|one| one.physical_id.clone()).collect();
        for name in names {
            printer
                .line(&format!("  - the DNS records A and AAAA of {name}, also when they were there before the site"));
        }
    }
    if let Some(edge) = &found.edge {
        let parts: Vec<String> = edge.resources.iter().map(|one| words::resource_type(&one.resource_type)).collect();
        let parts = if parts.is_empty() { "remains".to_owned() } else { parts.join(", ") };
        printer.line(&format!("  - in us-east-1: its {parts}"));
    }
    let data = data_of(found);
    if arguments.delete_data {
        printer.line("  - the data, for good:");
    } else if !data.is_empty() {
        printer.line("It keeps the data, which the next deploy finds again:");
    }
    for line in data {
        printer.line(&format!("      {line}"));
    }
}

/// The things that hold data, by kind and name.
fn data_of(found: &ExistingDeployment) -> Vec<String> {
    let holds = |one: &&StackResource| {
        ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"].contains(&one.resource_type.as_str())
    };
    let resources = found.bootstrap.iter().flat_map(|bootstrap| &bootstrap.resources).filter(holds);
    let named = |one: &StackResource| {
        format!("{} {}", words::resource_type(&one.resource_type), one.physical_id.as_deref().unwrap_or_default())
    };
    resources.map(named).chain(found.secret.iter().map(|arn| format!("secret {arn}"))).collect()
}

fn confirm(deployment: &Deployment, arguments: &DestroyArgs) -> Result<(), CommandError> {
    let name = deployment.config.prefix();
    let typed = match &arguments.yes {
        Some(name) => name.clone(),
        None => type_to_confirm(
            &format!("Type {name} to delete it:"),
            &format!("pass `--yes {name}` to delete it without being asked"),
        )?,
    };
    if typed.trim() == name {
        return Ok(());
    }
    Err(CommandError::usage("that is not the deployment's name; nothing was deleted")
        .hint(format!("this deployment is called {name}")))
}

async fn remove_site(
    context: Context<'_>,
    found: &ExistingDeployment,
    artifacts: Option<&str>,
) -> Result<(), CommandError> {
    if let Some(main) = &found.main {
        let outlive = main.kept_buckets();
        if let Some(artifacts) = artifacts.filter(|_| !outlive.is_empty()) {
            teardown::remember(context.cloud.objects().as_ref(), artifacts, &outlive).await?;
        }
        teardown::remove(context, main).await?;
    }
    if let Some(edge) = &found.edge {
        teardown::remove(context, edge).await?;
    }
    if let Some(artifacts) = artifacts {
        edge_note::forget(context.cloud.objects().as_ref(), artifacts).await?;
    }
    match artifacts {
        Some(artifacts) => teardown::sweep(context, artifacts).await,
        None => Ok(()),
    }
}

async fn remove_data(
    deployment: &Deployment,
    context: Context<'_>,
    found: &ExistingDeployment,
) -> Result<(), CommandError> {
    if let Some(bootstrap) = &found.bootstrap {
        teardown::remove(context, bootstrap).await?;
    }
    // A secret keeps its name for a week unless it is deleted at once, and a new deployment would find the name taken.
    let secrets = context.cloud.secrets();
    if let Some(arn) = secrets.arn(&format!("{}-app", deployment.config.prefix())).await? {
        secrets.delete(&arn, 0).await?;
        context.printer.line(&format!("  deleted the secret {arn}"));
    }
    Ok(())
}

/// Names what stays on AWS that no stack holds.
async fn farewell(
    deployment: &Deployment,
    context: Context<'_>,
    found: &ExistingDeployment,
    arguments: &DestroyArgs,
) -> Result<(), CommandError> {
    let config = &deployment.config;
    if !arguments.delete_data && (found.bootstrap.is_some() || found.secret.is_some()) {
        context.printer.line(match deployment.sandbox {
            Some(_) => "`stellarr destroy --sandbox --delete-data` deletes the data too.",
            None => "The data costs a few cents a month. `stellarr destroy --delete-data` deletes it too.",
        });
    }
    let Some(domain) = config.domain.as_ref().filter(|_| config.dns.provider == DnsProvider::External) else {
        return Ok(());
    };
    context.printer.line(&format!("At your DNS provider, delete the records of {domain} that point to CloudFront."));
    for arn in certificate::find(context, domain).await? {
        context.printer.line(&format!(
            "The certificate {arn} stays; it costs nothing. The AWS console deletes it, under Certificate Manager in us-east-1."
        ));
    }
    Ok(())
}

/// Saves requests and library; never over a file that is there.
async fn export(context: Context<'_>, found: &ExistingDeployment, file: &Path) -> Result<(), CommandError> {
    if file.exists() {
        return Err(CommandError::usage(format!("{} is there already; nothing was deleted", file.display()))
            .hint("choose another file for `--export`"));
    }
    let table = found.bootstrap.as_ref().and_then(|bootstrap| bootstrap.stack.outputs.get("RequestsTableName"));
    let Some(table) = table else {
        return Err(CommandError::failed("there is no table to export from; nothing was deleted")
            .hint("leave `--export` out to go on"));
    };
    let since = Instant::now();
    let document = requests::export(context.cloud.tables().as_ref(), table, context.clock.now()).await?;
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    files::write_atomically(file, text.as_bytes())
        .map_err(|error| CommandError::unwritable(file, &error).hint("nothing was deleted"))?;
    let said = format!(
        "{} and {} in {}",
        count(document.requests.len(), "request", "requests"),
        count(document.library.len(), "title", "titles"),
        file.display()
    );
    context.printer.stage("export", &said, since);
    Ok(())
}
