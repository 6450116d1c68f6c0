//! `stellarr migrate`

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;

use crate::base::error::CommandError;
use crate::base::files;
use crate::config::Config;
use crate::deploy;
use crate::deployment::Deployment;
use crate::migrate::{self, Copied, ImportPlan};
use crate::options::Global;
use crate::stacks::apply::{ApplyError, Review};
use crate::stacks::render::{RenderOptions, render};
use crate::ui::{Printer, confirm, count, table};
use stellarr_migrate::{Settings, State, TerraformResource, Treatment, Variables};

/// Options of `stellarr migrate`.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// The terraform.tfvars of the system that stellarr replaces
    #[arg(long, value_name = "FILE")]
    pub tfvars: PathBuf,
    /// Its state, version 4; `terraform state pull > terraform.tfstate` writes it
    #[arg(long, value_name = "FILE")]
    pub tfstate: PathBuf,
    /// Only show what would be done; nothing is written, here or on AWS
    #[arg(long)]
    pub dry_run: bool,
    /// Write over a configuration file that is there
    #[arg(long)]
    pub force: bool,
    /// Ask nothing
    #[arg(short, long)]
    pub yes: bool,
}

/// Takes a site over from Terraform: configuration, data and secrets.
///
/// # Errors
/// When a file is not what it should be, or AWS refuses; what was done until then stays, and a second run goes on.
pub async fn run(global: &Global, arguments: &MigrateArgs, printer: &Printer) -> Result<(), CommandError> {
    let variables = Variables::parse(&read(&arguments.tfvars)?)?;
    let state = State::parse(&read(&arguments.tfstate)?)?;
    let (config, settings) = migrate::configuration(&variables, &state)?;
    let entries = stellarr_migrate::inventory(&state, &config.prefix(), config.domain.as_deref());
    let text = yaml(&config);
    show(&settings, &entries, &text, &global.config, printer);
    if arguments.dry_run {
        let copies = entries.iter().any(|entry| entry.treatment == Treatment::Copied);
        printer.data(&format!(
            "\nThe steps after that:\n{}",
            stellarr_migrate::steps(&entries, config.domain.as_deref(), copies)
        ));
        printer.line("\nNothing was written: this is a dry run.");
        return Ok(());
    }
    write(&global.config, &text, arguments.force, printer)?;
    let deployment = Deployment::open(global, printer, false).await?;
    let copied = adopt(&deployment, &entries, &state, arguments.yes, printer).await?;
    let waits = copied.as_ref().is_some_and(|copied| !copied.unfit.is_empty());
    printer.data(&format!(
        "\nWhat is left to do:\n{}",
        stellarr_migrate::steps(&entries, config.domain.as_deref(), waits)
    ));
    Ok(())
}

/// Imports, makes what is missing of the bootstrap stack, and copies the secret's values.
///
/// # Errors
/// AWS's, or when somebody says no.
pub async fn adopt(
    deployment: &Deployment,
    entries: &[TerraformResource],
    state: &State,
    yes: bool,
    printer: &Printer,
) -> Result<Option<Copied>, CommandError> {
    let context = deployment.context(printer);
    let since = Instant::now();
    let plans = migrate::plan(context.cloud.live_resources().as_ref(), entries, state).await?;
    let decide = |plan: &ImportPlan| -> Result<bool, ApplyError> {
        let stack = plan.stack.name(&deployment.config);
        let what = count(plan.resources.len(), "resource", "resources");
        if yes {
            return Ok(true);
        }
        Ok(confirm(&format!("Adopt {what} into the stack {stack}?"), "pass `--yes` to adopt without being asked")?)
    };
    for plan in &plans {
        let adopted = migrate::run(context, &deployment.config, plan, &|| decide(plan)).await?;
        let stack = plan.stack.name(&deployment.config);
        let outcome = if adopted { "adopted into" } else { "there already, in" };
        printer.stage("import", &format!("{} {outcome} {stack}", plan.resources.len()), since);
    }
    let rendered = render(&deployment.config, RenderOptions { sandbox: deployment.sandbox.is_some() })?;
    let review = |review: &Review| deploy::decide(printer, yes, false, review);
    let applied = deploy::bootstrap(deployment, context, &rendered, None, &review).await?;
    printer.stage("bootstrap", "tables, bucket and secret are there", since);
    let (Some(old), Some(new)) = (old_secret(entries, state), applied.outputs.get("AppSecretArn")) else {
        return Ok(None);
    };
    let copied = migrate::copy(context, &old, new).await?;
    say_copied(&copied, printer, since);
    Ok(Some(copied))
}

/// The ARN of the secret whose values are copied.
fn old_secret(entries: &[TerraformResource], state: &State) -> Option<String> {
    let copied = entries.iter().filter(|entry| entry.treatment == Treatment::Copied);
    copied.filter_map(|entry| state.resources.iter().find(|one| one.address == entry.address)).find_map(|one| {
        let is_secret = one.kind == "aws_secretsmanager_secret";
        one.text("arn").filter(|_| is_secret).map(str::to_owned)
    })
}

fn say_copied(copied: &Copied, printer: &Printer, since: Instant) {
    let names = |keys: &[&str]| keys.join(", ");
    printer.stage("secrets", &format!("{} copied, none shown", count(copied.copied.len(), "value", "values")), since);
    printer.detail(&format!("copied: {}", names(&copied.copied)));
    if !copied.kept.is_empty() {
        printer.line(&format!("  kept as they were: {}", names(&copied.kept)));
    }
    if copied.public_lists {
        printer.warn("the old site's request lists were public, and they stay public");
        printer.hint("`stellarr secrets protect` closes them once the site is deployed");
    }
    for (key, problem) in &copied.unfit {
        printer.warn(&format!("{key} was not copied: {problem}"));
    }
}

fn show(settings: &Settings, entries: &[TerraformResource], yaml: &str, file: &Path, printer: &Printer) {
    printer.data(&format!("{}:\n\n{yaml}", file.display()));
    let rows = settings.left_out.iter().map(|(name, why)| [name.clone(), (*why).to_owned()]);
    if !settings.left_out.is_empty() {
        printer.data(&format!("{}\n", table(&["left out", "because"], rows)));
    }
    let rows = entries.iter().map(|entry| {
        let (treatment, why) = entry.words();
        [entry.address.clone(), treatment.to_owned(), why]
    });
    printer.data(&table(&["resource", "what becomes of it", ""], rows));
}

/// Writes the configuration the way a person would: only what is not the default.
fn yaml(config: &Config) -> String {
    let defaults = serde_json::to_value(Config::named(&config.name)).unwrap_or_default();
    let values = serde_json::to_value(config).unwrap_or_default();
    let mut text = "# Made by `stellarr migrate` of terraform.tfvars.\n".to_owned();
    text.push_str(&format!("name: {}\n", config.name));
    for (key, value) in values.as_object().into_iter().flatten() {
        if key == "name" || defaults.get(key) == Some(value) {
            continue;
        }
        match value.as_object() {
            Some(section) => {
                text.push_str(&format!("{key}:\n"));
                let same = |name: &str| defaults.get(key).and_then(|section| section.get(name));
                for (name, value) in section.iter().filter(|(name, value)| same(name) != Some(value)) {
                    text.push_str(&format!("  {name}: {value}\n"));
                }
            }
            None => text.push_str(&format!("{key}: {value}\n")),
        }
    }
    text
}

fn write(file: &Path, text: &str, force: bool, printer: &Printer) -> Result<(), CommandError> {
    match std::fs::read_to_string(file) {
        Ok(there) if there == text => return Ok(()),
        Ok(_) if !force => {
            return Err(CommandError::usage(format!("{} is there already, and says something else", file.display()))
                .hint("choose another file with `--config FILE`, or write over it with `--force`"));
        }
        _ => {}
    }
    files::write_atomically(file, text.as_bytes()).map_err(|error| CommandError::unwritable(file, &error))?;
    printer.line(&format!("\n{} is written.", file.display()));
    Ok(())
}

fn read(file: &Path) -> Result<String, CommandError> {
    std::fs::read_to_string(file).map_err(|error| CommandError::unreadable(file, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn the_written_configuration_means_the_same() {
        let tfvars = include_str!("../../tests/terraform/terraform.tfvars");
        let mut config = migrate::configuration(&Variables::parse(tfvars).unwrap(), &State::default()).unwrap().0;
        config.waf.enabled = true;
        config.auth_limit.max_attempts = 9;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("stellarr.yaml");
        let printer = Printer::captured(crate::ui::Verbosity::Quiet);
        write(&file, &yaml(&config), false, &printer).unwrap();
        assert_eq!(config::load(&file).unwrap(), config);
        // The same again is no harm; another one is not written over.
        write(&file, &yaml(&config), false, &printer).unwrap();
        let error = write(&file, "name: other\n", false, &printer).unwrap_err();
        assert!(error.hints[0].contains("--force"));
        write(&file, "name: other\n", true, &printer).unwrap();
    }
}
