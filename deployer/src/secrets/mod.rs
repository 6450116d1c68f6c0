//! The one secret: adds the keys that are missing and never changes one that is there.

mod access;
mod document;
mod generate;
mod input;
mod pending;
#[cfg(test)]
mod tests;
pub mod tmdb;

pub use access::{Addresses, ListAccess, PUBLIC};
pub use document::{KEYS, Key, Made, SecretDocument};
pub use generate::generate;
pub use input::Input;
pub use pending::{Pending, folder as private_folder};

use std::collections::BTreeMap;
use std::time::Duration;

use stellarr_core::secrets::Problem;

use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::base::failures::Code;
use crate::deployment::Context;
use crate::ui::ask_secret;
use stellarr_aws::{SecretText, SecretVersion};
use stellarr_core::secrets as secret_names;

/// How often a change is tried when others change the secret at the same time.
const MAX_ATTEMPTS: u32 = 5;
const RETRY_INTERVAL: Duration = Duration::from_millis(200);

/// What the later stages need to know of the secret: nothing that is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretState {
    /// The secret's ARN.
    pub arn: String,
    /// Number of the origin value in force.
    pub origin_generation: u64,
    /// SHA-256s of the current and the previous origin value, lower-case hex, comma-separated.
    pub origin_sha256: String,
    /// Keys that were added now.
    pub added: Vec<String>,
    /// Whether browsers can be notified.
    pub push: bool,
    /// Who can read the request lists.
    pub lists: ListAccess,
}

/// Adds what is missing: generated where that is possible, else from `input`, else by asking.
///
/// # Errors
/// When a needed value is not given and nobody can be asked, a value is unfit, or Secrets Manager refuses.
pub async fn complete(context: Context<'_>, arn: &str, input: &Input) -> Result<SecretState, CommandError> {
    // Nobody is asked twice when somebody else's change comes between.
    let mut answers: BTreeMap<&str, String> = BTreeMap::new();
    let (document, added) = update(context, arn, |document| {
        let mut added = Vec::new();
        // Nothing is stored before everything is there, so a first deploy that broke off here begins here again.
        let first = document.is_before_first_deploy();
        let wanted = |key: &&Key| {
            document.is_empty(key.name) || document.get(key.name).is_some_and(|stored| input.replaces(key.name, stored))
        };
        for key in KEYS.iter().filter(wanted).collect::<Vec<_>>() {
            let makes = match key.made {
                Made::WhenMissing => true,
                // Present but empty: a person chose to have none.
                Made::OnFirstDeploy => first && !document.contains(key.name),
                Made::Never => key.required && input.generate_all(),
            };
            let value = match (input.get(key.name), answers.get(key.name)) {
                (Some(value), _) => Some(key.stored(value)),
                (None, Some(answer)) => Some(answer.clone()),
                (None, None) if makes => key.fresh()?,
                (None, None) if key.required => Some(answers.entry(key.name).or_insert(ask(key)?).clone()),
                (None, None) => None,
            };
            let Some(value) = value else { continue };
            if !value.is_empty() || !document.contains(key.name) {
                added.push(key.name.to_owned());
            }
            document.set(key.name, value);
        }
        if document.origin_generation() == 0 {
            document.set("ORIGIN_VERIFY_1", generate(64)?);
            added.push("ORIGIN_VERIFY_1".to_owned());
        }
        Ok(added)
    })
    .await?;
    input.stored()?;
    Ok(SecretState {
        arn: arn.to_owned(),
        origin_generation: document.origin_generation(),
        origin_sha256: document.origin_sha256(),
        added,
        push: !document.is_empty(secret_names::VAPID_KEY),
        lists: document.list_access(),
    })
}

/// Checks, before there is a secret, that everything it needs is given or can be asked for.
///
/// # Errors
/// When a needed value is missing and `can_ask` is false, or a given one is unfit.
pub fn foresee(input: &Input, can_ask: bool) -> Result<(), CommandError> {
    let mut document = SecretDocument::default();
    for key in KEYS {
        match input.get(key.name) {
            Some(value) => document.set(key.name, key.stored(value)),
            None if key.required && key.made == Made::Never && !input.generate_all() && !can_ask => {
                return Err(missing(key));
            }
            None => {}
        }
    }
    match document.problems().into_iter().next() {
        Some(problem) => Err(CommandError::usage(problem.to_string())
            .code(Code::SecretInvalid)
            .hint(format!("give another value for {}, as you gave this one", problem.key()))),
        None => Ok(()),
    }
}

/// Reads the secret without changing it.
///
/// # Errors
/// When Secrets Manager refuses or the text is not the JSON object it should be.
pub async fn read(context: Context<'_>, arn: &str) -> Result<SecretDocument, CommandError> {
    Ok(document_of(context.cloud.secrets().get(arn).await?.as_ref())?.unwrap_or_default())
}

/// Changes the secret, and stores it only while it still is what the change was made from: the deployed API writes to it
/// too. When somebody else's change comes between, `change` is applied once more to what is there then.
///
/// Another password ends every session in the same write. A document that `change` leaves as it is is not stored. Returns the document and what `change` returned.
///
/// # Errors
/// `change`'s, when a value is unfit, when Secrets Manager refuses, or when others go on changing it.
pub async fn update<T>(
    context: Context<'_>,
    arn: &str,
    mut change: impl FnMut(&mut SecretDocument) -> Result<T, CommandError>,
) -> Result<(SecretDocument, T), CommandError> {
    let secrets = context.cloud.secrets();
    for _ in 0..MAX_ATTEMPTS {
        let version = secrets.get(arn).await?;
        let found = document_of(version.as_ref())?;
        let mut document = found.clone().unwrap_or_default();
        let outcome = change(&mut document)?;
        let written_at = version.as_ref().and_then(|version| version.written_at);
        let now = context.clock.now().as_second();
        document.end_sessions_of_another_password(&found.clone().unwrap_or_default(), written_at, now);
        if found.as_ref() == Some(&document) {
            return Ok((document, outcome));
        }
        if let Some(problem) = document.problems().into_iter().next() {
            return Err(CommandError::usage(problem.to_string())
                .code(Code::SecretInvalid)
                .hint(format!("nothing was stored; {}", remedy(problem))));
        }
        let text = document.to_text();
        let of = version.as_ref().map(|version| version.id.as_str());
        if secrets.replace(arn, of, &text, &token(of, &text)).await? {
            return Ok((document, outcome));
        }
        context.clock.sleep(RETRY_INTERVAL).await;
    }
    Err(CommandError::new(ExitKind::Busy, "the secret was changed by somebody else each time that it was to be stored")
        .code(Code::SecretContended)
        .hint("nothing of this change was stored; wait a minute and run the same command again"))
}

fn remedy(problem: Problem) -> String {
    match problem {
        // People do not set it with the command: a new password does.
        Problem::NotASecond(key) => format!("correct or remove {key} in the AWS console under Secrets Manager"),
        _ => format!("run `stellarr secrets set {}` with another value", problem.key()),
    }
}

/// What a version says; none for no version.
fn document_of(version: Option<&SecretVersion>) -> Result<Option<SecretDocument>, CommandError> {
    // A secret that was created without a value may have an empty one.
    let text = version.map(|version| &version.text).filter(|text| !text.0.trim().is_empty());
    text.map(SecretDocument::parse).transpose().map_err(damaged)
}

/// A token that is the same for the same change, so that a repeated store has one effect; another one when the same text
/// comes back later.
fn token(of: Option<&str>, text: &SecretText) -> String {
    use sha2::{Digest, Sha256};
    // Hashed twice: the token is logged by AWS, and a plain hash of a guessable secret could be tried against.
    let inner = Sha256::digest(text.0.as_bytes());
    hex::encode(Sha256::new().chain_update(of.unwrap_or_default()).chain_update(inner).finalize())
}

fn ask(key: &Key) -> Result<String, CommandError> {
    let answer = ask_secret(&format!("{} ({})", key.what, key.name), key.help)?;
    answer.filter(|value| !value.trim().is_empty()).ok_or_else(|| missing(key))
}

fn missing(key: &Key) -> CommandError {
    CommandError::usage(format!("{} is needed: {}", key.name, key.what))
        .code(Code::SecretMissing)
        .hint(key.help)
        .hint(format!("set the environment variable {} or pass `--secrets FILE` with a line {}=…", key.name, key.name))
}

fn damaged(problem: String) -> CommandError {
    CommandError::failed(format!("the secret's text is not the JSON object it should be: {problem}"))
        .code(Code::SecretDamaged)
        .hint("Secrets Manager keeps the previous version: restore it in the AWS console under Secrets Manager")
}
