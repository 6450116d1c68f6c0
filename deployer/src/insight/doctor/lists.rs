//! Whether anyone can read the request lists, and whether Plex can report.

use super::{Finding, Level};
use crate::deployment::{Context, Deployment, Live};
use crate::secrets::{self, SecretDocument};
use stellarr_core::secrets::PLEX_WEBHOOK_TOKEN;

const CHECK: &str = "lists";

/// Looks into the secret; nothing before there is one with values. No value is ever part of what is found.
pub(super) async fn check(deployment: &Deployment, context: Context<'_>, live: &Live) -> Option<Finding> {
    let document = match secrets::read(context, live.output("AppSecretArn")?).await {
        Ok(document) => document,
        Err(error) => return Some(Finding::of_error(CHECK, Level::Warning, error)),
    };
    // The first deploy has still to make the tokens.
    (!document.is_before_first_deploy()).then(|| judge(&document, deployment.sandbox.is_some()))
}

fn judge(document: &SecretDocument, sandbox: bool) -> Finding {
    let here = if sandbox { " --sandbox" } else { "" };
    let access = document.list_access();
    let plex = document.is_empty(PLEX_WEBHOOK_TOKEN);
    match access.warning(sandbox) {
        Some((sentence, remedy)) if plex => Finding::warning(
            CHECK,
            format!("{sentence}; and Plex's reports are refused, because there is no {PLEX_WEBHOOK_TOKEN}"),
            remedy,
        ),
        Some((sentence, remedy)) => Finding::warning(CHECK, sentence, remedy),
        None if plex => Finding::ok(
            CHECK,
            format!(
                "{}; Plex's reports are refused until `stellarr secrets protect{here}` makes a {PLEX_WEBHOOK_TOKEN}",
                access.words()
            ),
        ),
        None => Finding::ok(CHECK, access.words()),
    }
}
