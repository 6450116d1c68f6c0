//! `stellarr diff`

use crate::releases::built::Built;
use clap::Args;
use serde::Serialize;

use crate::base::artifact::FunctionBuild;
use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::build;
use crate::deployment::Deployment;
use crate::insight::change_summary::ChangeSummary;
use crate::insight::comparison;
use crate::insight::differences::Differences;
use crate::insight::snapshot::Snapshot;
use crate::options::Global;
use crate::releases::upgrade;
use crate::site::manifest::Site;
use crate::site::site_config;
use crate::stacks::render::{RenderOptions, render};
use crate::ui::Printer;

/// Options of `stellarr diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// Compare infrastructure only; build neither functions nor site
    #[arg(long)]
    pub no_build: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Exit with 3 when something would change
    #[arg(long)]
    pub exit_code: bool,
}

/// What a deploy would change, and what that means.
#[derive(Clone, Debug, Serialize)]
pub struct Diff {
    /// What would change.
    #[serde(flatten)]
    pub differences: Differences,
    /// What that means.
    #[serde(rename = "outlook")]
    pub summary: ChangeSummary,
}

/// Shows what a deploy would change.
///
/// # Errors
/// When something cannot be built or asked, or, with `--exit-code`, when something differs.
pub async fn run(global: &Global, arguments: &DiffArgs, printer: &Printer) -> Result<(), CommandError> {
    let deployment = Deployment::open(global, printer, false).await?;
    let built = if arguments.no_build { not_built(&deployment) } else { build(&deployment, printer)? };
    let found = diff(&deployment, &built, printer).await?;
    if arguments.json {
        printer.data(&serde_json::to_string_pretty(&found).unwrap_or_default());
    } else {
        printer.data(&found.summary.text(deployment.sandbox.is_some()));
        if printer.verbose() && !found.differences.is_empty() {
            printer.data(&format!("\n{}", found.differences.text()));
        }
    }
    if arguments.exit_code && !found.differences.is_empty() {
        return Err(CommandError::new(ExitKind::Differences, "a deploy would change something"));
    }
    Ok(())
}

/// Compares, and asks CloudFormation what it would do; for the command and for tests, which bring their own cloud.
///
/// # Errors
/// AWS's.
pub async fn diff(deployment: &Deployment, built: &Built, printer: &Printer) -> Result<Diff, CommandError> {
    let context = deployment.context(printer);
    let rendered = render(&deployment.config, RenderOptions { sandbox: deployment.sandbox.is_some() })?;
    let snapshot = Snapshot::read(deployment, context).await?;
    let deployed = upgrade::deployed_by(snapshot.current.as_ref());
    match upgrade::newer(deployed) {
        Some(words) => printer.warn(&format!("{words}: `stellarr deploy` refuses (docs/upgrading.md)")),
        None => deployed.into_iter().for_each(|deployed| upgrade::tell(deployed, printer)),
    }
    let mut differences = comparison::run(deployment, context, &rendered, built, &snapshot).await?;
    if !differences.stacks.is_empty() {
        comparison::review(deployment, context, &rendered, &snapshot, &mut differences).await?;
    }
    let summary = ChangeSummary::of(&differences, &snapshot, &deployment.config);
    Ok(Diff { differences, summary })
}

fn not_built(deployment: &Deployment) -> Built {
    let functions = FunctionBuild { architecture: deployment.target().architecture(), artifacts: Vec::new() };
    Built { functions, site: None }
}

fn build(deployment: &Deployment, printer: &Printer) -> Result<Built, CommandError> {
    let source = deployment.source()?;
    tokio::task::block_in_place(|| {
        let functions = build::build_functions(&source, deployment.target(), |_| true, printer)?;
        let site = build::build_site(&source, printer)?;
        let site = Site::read(&site.folder)
            .map_err(|error| CommandError::new(ExitKind::Build, format!("the built site cannot be read: {error}")))?;
        let site = site_config::with_config(site, &deployment.config, &deployment.upstreams);
        Ok(Built { functions, site: Some(site) })
    })
}
