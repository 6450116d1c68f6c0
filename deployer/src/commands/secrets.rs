//! `stellarr secrets`

use std::io::{IsTerminal, Read};

use clap::{Args, Subcommand};

use super::protect;
use super::rotate::{self, How};
use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::deployment::{Context, Deployment};
use crate::options::Global;
use crate::secrets::{self, KEYS, Key, ListAccess, PUBLIC};
use crate::ui::{Printer, ask_secret, table};
use stellarr_core::secrets::{FEED_TOKEN, PASSWORD, PLEX_WEBHOOK_TOKEN};

/// Options of `stellarr secrets`.
#[derive(Debug, Args)]
pub struct SecretsArgs {
    #[command(subcommand)]
    /// What to do.
    pub command: SecretsCommand,
}

/// What to do with the secret.
#[derive(Debug, Subcommand)]
pub enum SecretsCommand {
    /// Show which values there are; never the values
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Set a value; it is asked for, or read from standard input
    Set {
        /// The key, such as TMDB_API_KEY
        key: String,
    },
    /// Print the complete addresses for Radarr, Sonarr and Plex, with their tokens
    Addresses {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Make public request lists private; prints the new addresses for Radarr, Sonarr and Plex
    Protect {
        /// Ask nothing
        #[arg(short, long)]
        yes: bool,
    },
    /// Give a value that is in use a new one; says first what that breaks
    Rotate {
        /// The key, such as FEED_TOKEN, or ORIGIN_VERIFY for the value that CloudFront proves itself with
        key: String,
        /// Ask nothing
        #[arg(short, long)]
        yes: bool,
        /// Print a value that was made up, to paste it where it is used
        #[arg(long)]
        show: bool,
    },
    /// Make a new random value
    Generate {
        /// The key, such as FEED_TOKEN
        key: String,
        /// Replace a value that is there
        #[arg(long)]
        force: bool,
    },
}

/// Lists, sets or makes values.
///
/// # Errors
/// When a key is unknown, a value unfit, or Secrets Manager refuses.
pub async fn run(global: &Global, arguments: SecretsArgs, printer: &Printer) -> Result<(), CommandError> {
    if let SecretsCommand::Rotate { key, yes, show } = &arguments.command {
        return rotate_key(global, key, How { yes: *yes, show: *show }, printer).await;
    }
    let key = match &arguments.command {
        SecretsCommand::Set { key } | SecretsCommand::Generate { key, .. } => Some(known(key)?),
        _ => None,
    };
    let deployment = Deployment::open(global, printer, false).await?;
    match &arguments.command {
        SecretsCommand::Addresses { json } => return protect::addresses(&deployment, *json, printer).await,
        SecretsCommand::Protect { yes } => return protect::protect(&deployment, *yes, printer).await,
        _ => {}
    }
    let context = deployment.context(printer);
    let live = deployment.live().await?;
    let Some(id) = live.output("AppSecretArn") else {
        return Err(CommandError::failed("there is no secret yet")
            .code(Code::NotDeployed)
            .hint("run `stellarr bootstrap` first, or `stellarr deploy`"));
    };
    let document = secrets::read(context, id).await?;
    match (arguments.command, key) {
        (SecretsCommand::Set { .. }, Some(key)) => {
            let given = key.stored(value(key)?);
            store(context, id, key, &given, "is stored").await?;
        }
        (SecretsCommand::Generate { force, .. }, Some(key)) => {
            if !document.is_empty(key.name) && !force {
                return Err(CommandError::usage(format!("{} has a value already", key.name))
                    .hint(format!("add `--force` to replace it; {}", key.help)));
            }
            let Some(fresh) = key.fresh()? else {
                return Err(CommandError::usage(format!("{} cannot be made up: {}", key.name, key.help))
                    .hint(format!("run `stellarr secrets set {}`", key.name)));
            };
            store(context, id, key, &fresh, "has a new value").await?;
        }
        (SecretsCommand::List { json }, _) => {
            let chosen = document.list_access() == ListAccess::PublicByChoice;
            let state = |key: &Key| match document.is_empty(key.name) {
                true if key.name == FEED_TOKEN && chosen => PUBLIC,
                true => "missing",
                false => "set",
            };
            if json {
                let all: Vec<_> = KEYS
                    .iter()
                    .map(|key| serde_json::json!({"key": key.name, "state": state(key), "required": key.required}))
                    .collect();
                printer.data(&serde_json::to_string_pretty(&all).unwrap_or_default());
            } else {
                let rows = KEYS.iter().map(|key| {
                    let need = if key.required { "needed" } else { "optional" };
                    [key.name.to_owned(), state(key).to_owned(), need.to_owned(), key.what.to_owned()]
                });
                printer.data(&table(&["key", "state", "", "what it is"], rows));
            }
        }
        _ => {}
    }
    Ok(())
}

/// Stores a value, and prints what it ends if it takes the place of another one.
async fn store(context: Context<'_>, id: &str, key: &Key, value: &str, done: &str) -> Result<(), CommandError> {
    let (_, replaced) = secrets::update(context, id, |document| {
        let replaced = document.get(key.name).is_some_and(|before| before != value);
        document.set(key.name, value.to_owned());
        Ok(replaced)
    })
    .await?;
    context.printer.line(&format!("{} {done}; the functions use it within a minute.", key.name));
    if replaced {
        context.printer.line(rotate::consequence(key.name));
    }
    mention_addresses(key, context.printer);
    Ok(())
}

async fn rotate_key(global: &Global, name: &str, how: How, printer: &Printer) -> Result<(), CommandError> {
    let key = if name == rotate::ORIGIN { None } else { Some(known(name)?) };
    let deployment = Deployment::open(global, printer, false).await?;
    let context = deployment.context(printer);
    let live = deployment.deployed().await?;
    rotate::agree(name, how, printer)?;
    let Some(key) = key else { return rotate::origin(&deployment, context, &live).await };
    // A password has to be known by people, and a key of somebody else's service comes from there.
    let given = if key.can_generate() && key.name != PASSWORD { None } else { Some(value(key)?) };
    rotate::value(context, live.need("AppSecretArn")?, key, given, how).await?;
    mention_addresses(key, printer);
    Ok(())
}

/// A token is part of addresses that other programs use.
fn mention_addresses(key: &Key, printer: &Printer) {
    if [FEED_TOKEN, PLEX_WEBHOOK_TOKEN].contains(&key.name) {
        printer.hint("`stellarr secrets addresses` prints the addresses for Radarr, Sonarr and Plex as they are now");
    }
}

fn known(name: &str) -> Result<&'static Key, CommandError> {
    KEYS.iter().find(|key| key.name == name).ok_or_else(|| {
        let near = KEYS.iter().max_by(|one, other| {
            strsim::jaro_winkler(one.name, name).total_cmp(&strsim::jaro_winkler(other.name, name))
        });
        CommandError::usage(format!("there is no key {name}"))
            .hint(format!("did you mean {}? `stellarr secrets list` shows all", near.map_or("", |key| key.name)))
    })
}

/// Reads a value without it ever standing on a command line.
fn value(key: &Key) -> Result<String, CommandError> {
    if std::io::stdin().is_terminal() {
        return ask_secret(key.what, key.help)?.filter(|value| !value.trim().is_empty()).ok_or_else(|| {
            CommandError::usage("no value was given")
                .code(Code::SecretMissing)
                .hint(format!("nothing was stored; it is {}", key.help))
        });
    }
    let mut text = String::new();
    std::io::stdin()
        .take(65_536)
        .read_to_string(&mut text)
        .map_err(|error| CommandError::usage(format!("standard input cannot be read: {error}")))?;
    let value = text.trim_end_matches(['\n', '\r']);
    if value.is_empty() {
        return Err(CommandError::usage("standard input holds no value").code(Code::SecretMissing).hint(format!(
            "pipe it in, `printf %s VALUE | stellarr secrets set {}`, or run the command in a terminal",
            key.name
        )));
    }
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::clock::{Clock as _, SystemClock};
    use crate::base::dns::fake::FakeDns;
    use crate::ui::Verbosity;
    use stellarr_testing::FakeCloud;

    const ENDS: &str = "Every session ends within a minute, on every device";

    #[tokio::test]
    async fn another_password_prints_and_writes_that_sessions_end() {
        let cloud = FakeCloud::permissive("eu-west-1");
        cloud.add_secret("app", Some(r#"{"APP_SECRET_KEY":"0123456789abcdef0123456789abcdef"}"#));
        let dns = Arc::new(FakeDns::default());
        let key = known("PRESHARED_PASSWORD").unwrap();
        let mut printed = Vec::new();
        let mut ended = Vec::new();
        let values =
            ["correct horse battery", "correct horse battery", "battery horse correct", "correct battery horse"];
        for (nth, value) in values.into_iter().enumerate() {
            let printer = Printer::captured(Verbosity::Default);
            let context = Context { cloud: &cloud, clock: &SystemClock, dns: dns.as_ref(), printer: &printer };
            if nth == 3 {
                rotate::value(context, "app", key, Some(value.to_owned()), How { yes: true, show: false })
                    .await
                    .unwrap();
                rotate::agree(key.name, How { yes: true, show: false }, &printer).unwrap();
            } else {
                store(context, "app", key, value, "is stored").await.unwrap();
            }
            printed.push(printer.transcript().contains(ENDS));
            let document = secrets::read(context, "app").await.unwrap();
            ended.push(document.get("NOT_BEFORE").map(|second| second.parse::<i64>().unwrap()));
            assert!(document.get("PASSWORD_MARK").is_some());
        }
        assert_eq!(printed, [false, false, true, true], "the first password, and the same again, end nothing");
        assert_eq!(ended[..2], [None, None]);
        let ahead = SystemClock.now().as_second() + 360;
        assert!(
            ended[2..].iter().all(|second| second.is_some_and(|second| (ahead - 60..=ahead + 2).contains(&second)))
        );
        assert_eq!(cloud.count("secretsmanager:PutSecretValue"), 3, "one write each");
    }
}
