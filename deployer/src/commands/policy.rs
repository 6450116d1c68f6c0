//! `stellarr policy`

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

use crate::base::error::CommandError;
use crate::config::{self, Config};
use crate::deployment::load_config;
use crate::options::Global;
use crate::policy::{self, Place, RoleOptions};
use crate::ui::{Printer, count};

/// Options of `stellarr policy`.
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Json)]
    pub format: Format,
    /// Bound the roles: the functions' to what they do today, the deploying one to making such roles alone
    #[arg(long)]
    pub boundary: bool,
    /// Let the workflows of a GitHub repository's main branch take the role, without a stored key
    #[arg(long, value_name = "OWNER/REPO", value_parser = repository)]
    pub github: Option<String>,
    /// The configuration that is deployed now, when the next deploy takes something of it away, such as a domain
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// The account's twelve digits, for a policy that names no other; JSON only
    #[arg(long, value_name = "NUMBER", value_parser = account)]
    pub account: Option<String>,
}

/// The forms that a policy is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Policy documents by name, to paste into IAM
    Json,
    /// A CloudFormation template with the policies and a role that carries them
    Cloudformation,
}

/// Writes the policy.
///
/// # Errors
/// When the configuration is wrong.
pub fn run(global: &Global, arguments: &PolicyArgs, printer: &Printer) -> Result<(), CommandError> {
    let config = load_config(global)?;
    let is_template = arguments.format == Format::Cloudformation;
    if arguments.github.is_some() && !is_template {
        return Err(CommandError::usage(
            "a role for GitHub needs a template, and `--format json` writes policies alone",
        )
        .hint("add `--format cloudformation`"));
    }
    let from = arguments.from.as_deref().map(|file| earlier(file, &config)).transpose()?;
    let options = RoleOptions { boundary: arguments.boundary, github: arguments.github.clone(), from };
    let bounded = options.boundary || config.permissions_boundary.is_some();
    let text = if is_template {
        policy::template(&config, &options)?
    } else {
        let mut place = Place::of_account(arguments.account.as_deref().unwrap_or("*"));
        place.boundary = arguments.boundary.then(|| policy::boundary_name(&config));
        let mut documents: Map<String, Value> =
            policy::documents(&config, &policy::statements_of_move(options.from.as_ref(), &config, &place)?)
                .into_iter()
                .collect();
        if documents.len() > 1 {
            printer.line(&format!(
                "{} are needed, because IAM takes {} characters for one",
                count(documents.len(), "policy", "policies"),
                policy::MAX_POLICY_LENGTH
            ));
        }
        if arguments.boundary {
            documents.insert(policy::boundary_name(&config), policy::functions_boundary(&config, &place)?);
        }
        Value::Object(documents)
    };
    printer.data(&serde_json::to_string_pretty(&text).unwrap_or_default());
    if arguments.boundary && config.permissions_boundary.is_none() {
        let name = policy::boundary_name(&config);
        printer.hint(&format!("write `permissions_boundary: {name}` into stellarr.yaml, so that the roles carry it"));
    }
    if options.from.is_some() {
        printer.hint("grant this, deploy, then grant what `stellarr policy` says without `--from`");
    }
    if !bounded {
        printer.hint("whoever may make a role can give it any right; `--boundary` takes that away");
    }
    Ok(())
}

/// Reads the configuration that is deployed now.
fn earlier(file: &Path, config: &Config) -> Result<Config, CommandError> {
    let from = config::load(file)?;
    if from.prefix() != config.prefix() || from.region != config.region {
        return Err(CommandError::usage(format!(
            "{} is of another deployment: {} in {}, not {} in {}",
            file.display(),
            from.prefix(),
            from.region,
            config.prefix(),
            config.region
        ))
        .hint("`--from` takes an earlier stellarr.yaml of the same name, environment and region"));
    }
    Ok(from)
}

fn repository(text: &str) -> Result<String, String> {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    match text.split_once('/') {
        Some((owner, name)) if is_part(owner) && is_part(name) => Ok(text.to_owned()),
        _ => Err("write the owner and the repository: `me/films`".to_owned()),
    }
}

fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    Err("an account's number has twelve digits".to_owned())
}
