//! `stellarr status`

use clap::Args;

use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::deployment::Deployment;
use crate::insight::deployment_status::{self, DeploymentStatus};
use crate::options::Global;
use crate::releases::upgrade::{self, Version};
use crate::ui::{Printer, table};

/// Options of `stellarr status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Shows how the deployment stands; ends with 8 when something is not well.
///
/// # Errors
/// When nothing is deployed yet, something is not well, or AWS's.
pub async fn run(global: &Global, arguments: &StatusArgs, printer: &Printer) -> Result<(), CommandError> {
    let deployment = Deployment::open_to_look(global, printer).await?;
    status(&deployment, arguments, printer).await
}

/// Shows how `deployment` stands.
///
/// # Errors
/// As [`run`].
pub async fn status(deployment: &Deployment, arguments: &StatusArgs, printer: &Printer) -> Result<(), CommandError> {
    let overview = deployment_status::gather(deployment, deployment.context(printer)).await?;
    if arguments.json {
        printer.data(&serde_json::to_string_pretty(&overview).unwrap_or_default());
    } else {
        printer.data(&text(&overview));
    }
    for advice in &overview.warnings {
        printer.warn(&advice.sentence);
        printer.hint(&advice.remedy);
    }
    if overview.problems.is_empty() {
        return Ok(());
    }
    Err(CommandError::new(ExitKind::Unhealthy, "not everything is well")
        .details(overview.problems.iter().map(|problem| format!("  ✗ {problem}\n")).collect::<String>()))
}

fn text(overview: &DeploymentStatus) -> String {
    let mut lines = vec![format!("site         {}", overview.site)];
    lines.push(match &overview.release {
        Some(release) => format!(
            "release      {} · {} · by {} · stellarr {}",
            release.sequence,
            release.created_at.strftime("%Y-%m-%d %H:%M UTC"),
            release.by,
            release.version
        ),
        None => "release      none yet".to_owned(),
    });
    let deployed = overview.release.as_ref().and_then(|release| release.version.parse::<Version>().ok());
    lines.extend(upgrade::newer(deployed).map(|words| format!("version      {words}")));
    if deployed.is_some_and(|deployed| deployed < Version::this()) {
        lines.push(format!(
            "version      this is stellarr {}: `stellarr upgrade` shows what changed since",
            Version::this()
        ));
    }
    if let Some(at) = overview.warmed_at {
        lines.push(format!("trending     renewed {}", at.strftime("%Y-%m-%d %H:%M UTC")));
    }
    if let Some(certificate) = &overview.certificate {
        let left = certificate.days_left.map(|days| format!(", {days} days left")).unwrap_or_default();
        lines.push(format!("certificate  {}{left}", certificate.status.to_lowercase()));
    }
    let ringing = overview.alarms.iter().filter(|alarm| alarm.state == "ALARM").count();
    lines.push(match (overview.alarms.len(), ringing) {
        (0, _) => "alarms       none".to_owned(),
        (all, 0) => format!("alarms       all {all} quiet"),
        (all, ringing) => format!("alarms       {ringing} of {all} ringing"),
    });
    lines.extend(overview.lists.map(|lists| format!("lists        {}", lists.words())));
    if let Some(lease) = &overview.lock {
        lines.push(format!("lock         {} is deploying since {}", lease.holder, lease.taken_at));
    }
    let stacks = overview
        .stacks
        .iter()
        .map(|stack| [stack.name.clone(), stack.status.to_string(), stack.updated_at.clone().unwrap_or_default()]);
    lines.push(format!("\n{}", table(&["stack", "status", "changed"], stacks)));
    let functions = overview.functions.iter().map(|function| {
        let code = function.code_sha256.as_deref().map(|hash| hash.chars().take(12).collect()).unwrap_or_default();
        [function.name.clone(), function.state.clone(), code, function.updated_at.clone().unwrap_or_default()]
    });
    lines.push(format!("\n{}", table(&["function", "state", "code", "changed"], functions)));
    lines.join("\n")
}
