//! `stellarr doctor`

use clap::Args;

use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::deployment::{Deployment, load_config};
use crate::insight::doctor::{self, Finding, Level, as_error, summary};
use crate::options::Global;
use crate::sandbox::Sandbox;
use crate::ui::{Printer, Progress};

/// Options of `stellarr doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Checks everything that a deploy needs.
///
/// # Errors
/// When the configuration is wrong, or a finding would make a deploy fail.
pub async fn run(global: &Global, arguments: &DoctorArgs, printer: &Printer) -> Result<(), CommandError> {
    let findings = look(global, printer).await?;
    if arguments.json {
        let well = as_error(&findings).is_none();
        let text = serde_json::json!({"well": well, "findings": findings});
        printer.data(&serde_json::to_string_pretty(&text).unwrap_or_default());
    } else {
        for finding in &findings {
            printer.data(&finding.text());
        }
        printer.data(&format!("\n{}", summary(&findings)));
    }
    // The findings are on the screen already.
    match as_error(&findings) {
        Some(error) => Err(CommandError::new(error.kind, summary(&findings))
            .code(error.code)
            .hint("run `stellarr doctor` again after each step")),
        None => Ok(()),
    }
}

async fn look(global: &Global, printer: &Printer) -> Result<Vec<Finding>, CommandError> {
    if !global.config.exists() {
        let missing = Finding::failure(
            "configuration",
            Code::ConfigMissing,
            format!("there is no file {}", global.config.display()),
            "run `stellarr init`: it asks a few questions and writes it",
        );
        return Ok(vec![missing]);
    }
    let config = load_config(global)?;
    let file = Finding::ok("configuration", format!("{} describes {}", global.config.display(), config.prefix()));
    if global.sandbox && !Sandbox::is_well(&global.config).await {
        let asleep = Finding::warning(
            "sandbox",
            "the local AWS does not run, or not all of it",
            "nothing: `stellarr deploy --sandbox` starts or repairs it; `stellarr sandbox logs` shows what it says",
        );
        let computer = doctor::on_this_computer(&global.config, true).await;
        return Ok([file, asleep].into_iter().chain(computer).collect());
    }
    let deployment = Deployment::open_to_look(global, printer).await?;
    let mut findings = vec![file];
    if global.sandbox {
        findings.push(Finding::ok("sandbox", "the local AWS runs and answers"));
    }
    // Not earlier: what gives the credentials may have asked the person something.
    let progress = Progress::start(printer, "looking at everything");
    findings.extend(doctor::run(&deployment, deployment.context(printer)).await);
    drop(progress);
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level == Level::Failure));
    Ok(findings)
}
