//! `stellarr diff`

use crate::insight::outlook;
use crate::releases::built::Built;
use clap::Args;
use serde::Serialize;

use crate::base::artifact::FunctionBuild;
use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::build;
use crate::deployment::Deployment;
use crate::insight::difference::Survey;
use crate::insight::outlook::Outlook;
use crate::insight::survey;
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
pub struct Difference {
    /// What would change.
    #[serde(flatten)]
    pub survey: Survey,
    /// What that means.
    pub outlook: Outlook,
}

/// Shows what a deploy would change.
///
/// # Errors
/// When something cannot be built or asked, or, with `--exit-code`, when something differs.
pub async fn run(global: &Global, arguments: &DiffArgs, printer: &Printer) -> Result<(), CommandError> {
    let deployment = Deployment::open(global, printer, false).await?;
    let built = if arguments.no_build { not_built(&deployment) } else { build(&deployment, printer)? };
    let found = difference(&deployment, &built, printer).await?;
    if arguments.json {
        printer.data(&serde_json::to_string_pretty(&found).unwrap_or_default());
    } else {
        printer.data(&found.outlook.text(deployment.sandbox.is_some()));
        if printer.verbose() && !found.survey.is_empty() {
            printer.data(&format!("\n{}", found.survey.text()));
        }
    }
    if arguments.exit_code && !found.survey.is_empty() {
        return Err(CommandError::new(ExitKind::Differences, "a deploy would change something"));
    }
    Ok(())
}

/// Compares, and asks CloudFormation what it would do; for the command and for tests, which bring their own cloud.
///
/// # Errors
/// AWS's.
pub async fn difference(deployment: &Deployment, built: &Built, printer: &Printer) -> Result<Difference, CommandError> {
    let context = deployment.context(printer);
    let rendered = render(&deployment.config, RenderOptions { sandbox: deployment.sandbox.is_some() })?;
    let live = deployment.live().await?;
    if let Some(bucket) = live.output("ArtifactBucketName") {
        let deployed = upgrade::deployed_by(context.cloud.objects().as_ref(), bucket).await?;
        match upgrade::newer(deployed) {
            Some(words) => printer.warn(&format!("{words}: `stellarr deploy` refuses (docs/upgrading.md)")),
            None => deployed.into_iter().for_each(|deployed| upgrade::tell(deployed, printer)),
        }
    }
    let mut survey = survey::run(deployment, context, &rendered, built, &live).await?;
    if !survey.stacks.is_empty() {
        survey::review(deployment, context, &rendered, &live, &mut survey).await?;
    }
    let outlook = outlook::of(context, &live, &survey, &deployment.config).await;
    Ok(Difference { survey, outlook })
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
