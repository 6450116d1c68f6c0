//! The one secret: adds the keys that are missing and never changes one that is there.

mod document;
mod generate;
mod input;
mod pending;

pub use document::{Document, KEYS, Key, Problem};
pub use generate::generate;
pub use input::Input;
pub use pending::{Pending, folder as private_folder};

use crate::aws::SecretText;
use crate::context::Context;
use crate::error::CommandError;
use crate::failures::Code;
use crate::ui::ask_secret;

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
}

/// Adds what is missing: generated where that is possible, else from `input`, else by asking.
///
/// # Errors
/// When a needed value is not given and nobody can be asked, a value is unfit, or Secrets Manager refuses.
pub async fn complete(context: Context<'_>, arn: &str, input: &Input) -> Result<SecretState, CommandError> {
    let mut document = read(context, arn).await?;
    let mut added = Vec::new();
    for key in KEYS {
        if !document.is_empty(key.name) {
            continue;
        }
        let value = match input.get(key.name) {
            Some(value) => Some(value),
            None if key.generated || input.generate_all() => key.fresh()?,
            None if key.required => Some(ask(key)?),
            None => None,
        };
        if let Some(value) = value {
            document.set(key.name, value);
            added.push(key.name.to_owned());
        }
    }
    if document.origin_generation() == 0 {
        document.set("ORIGIN_VERIFY_1", generate(64)?);
        added.push("ORIGIN_VERIFY_1".to_owned());
    }
    if let Some(problem) = document.problems().into_iter().next() {
        return Err(CommandError::usage(problem.to_string())
            .code(Code::SecretInvalid)
            .hint(format!("run `stellarr secrets set {}` with another value", problem.key())));
    }
    if !added.is_empty() {
        let text = document.to_text();
        context.cloud.secrets().put(arn, &text, &token(&text)).await?;
    }
    input.stored()?;
    Ok(SecretState {
        arn: arn.to_owned(),
        origin_generation: document.origin_generation(),
        origin_sha256: document.origin_sha256(),
        added,
        push: !document.is_empty("VAPID_PRIVATE_KEY"),
    })
}

/// Checks, before there is a secret, that everything it needs is given or can be asked for.
///
/// # Errors
/// When a needed value is missing and `can_ask` is false, or a given one is unfit.
pub fn foresee(input: &Input, can_ask: bool) -> Result<(), CommandError> {
    let mut document = Document::default();
    for key in KEYS {
        match input.get(key.name) {
            Some(value) => document.set(key.name, value),
            None if key.required && !key.generated && !input.generate_all() && !can_ask => return Err(missing(key)),
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
pub async fn read(context: Context<'_>, arn: &str) -> Result<Document, CommandError> {
    match context.cloud.secrets().get(arn).await? {
        // A secret that was created without a value may have an empty one.
        Some(text) if !text.0.trim().is_empty() => Document::parse(&text).map_err(damaged),
        _ => Ok(Document::default()),
    }
}

/// Stores a changed document.
///
/// # Errors
/// When a value is unfit or Secrets Manager refuses.
pub async fn store(context: Context<'_>, arn: &str, document: &Document) -> Result<(), CommandError> {
    if let Some(problem) = document.problems().into_iter().next() {
        return Err(CommandError::usage(problem.to_string())
            .code(Code::SecretInvalid)
            .hint("nothing was stored; give another value"));
    }
    let text = document.to_text();
    context.cloud.secrets().put(arn, &text, &token(&text)).await?;
    Ok(())
}

/// A token that is the same for the same text, so that a repeated store has one effect.
fn token(text: &SecretText) -> String {
    use sha2::{Digest, Sha256};
    // Hashed twice: the token is logged by AWS, and a plain hash of a guessable secret could be tried against.
    hex::encode(Sha256::digest(Sha256::digest(text.0.as_bytes())))
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
