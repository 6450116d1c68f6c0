//! `stellarr diff`

use clap::Args;

use super::deploy::{Built, survey_of};
use crate::build::{self, FunctionBuild};
use crate::cli::Global;
use crate::deployment::Deployment;
use crate::error::{CommandError, ExitKind};
use crate::manifest::Site;
use crate::render::{RenderOptions, render};
use crate::ui::Printer;
use crate::{site_config, survey};

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

/// Shows what a deploy would change.
///
/// # Errors
/// When something cannot be built or asked, or, with `--exit-code`, when something differs.
pub async fn run(global: &Global, arguments: &DiffArgs, printer: &Printer) -> Result<(), CommandError> {
    let deployment = Deployment::open(global, printer, false).await?;
    let context = deployment.context(printer);
    let built = if arguments.no_build { not_built(&deployment) } else { build(&deployment, printer)? };
    let mut found = survey_of(&deployment, context, &built).await?;
    if !found.stacks.is_empty() {
        let rendered = render(&deployment.config, RenderOptions { sandbox: deployment.sandbox.is_some() })?;
        let live = deployment.live().await?;
        survey::review(&deployment, context, &rendered, &live, &mut found).await?;
    }
    if arguments.json {
        printer.data(&serde_json::to_string_pretty(&found).unwrap_or_default());
    } else {
        printer.data(&found.text());
    }
    if arguments.exit_code && !found.is_empty() {
        return Err(CommandError::new(ExitKind::Differences, "a deploy would change something"));
    }
    Ok(())
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
