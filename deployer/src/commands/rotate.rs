//! `stellarr secrets rotate`

use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::deployment::lock::Lock;
use crate::deployment::{Context, Deployment, Live};
use crate::secrets::{self, Key};
use crate::stacks::apply::{self, StackChange};
use crate::ui::{Printer, confirm};
use stellarr_aws::{ParameterValue, TemplateSource};
use stellarr_core::secrets as names;

/// The name of the value that CloudFront proves itself with.
pub(super) const ORIGIN: &str = "ORIGIN_VERIFY";

const ORIGIN_CONSEQUENCE: &str = "Nobody notices: CloudFront gets a new value, and the API accepts the new and the present one. \
     The present one is shut out by the rotation after this. CloudFront takes some minutes.";

/// What a new value of a key breaks, and what is to do then.
pub(super) fn consequence(key: &str) -> &'static str {
    match key {
        names::SIGNING_KEY => {
            "Every session ends within a minute, on every device: everyone signs in again with the password."
        }
        names::PASSWORD => {
            "Every session ends within a minute, on every device: everyone signs in again with the new password."
        }
        names::VAPID_KEY => "Nobody gets notifications any more until they are switched on again in each browser.",
        names::FEED_TOKEN => "Radarr and Sonarr cannot read the lists until their addresses carry the new token.",
        names::PLEX_WEBHOOK_TOKEN => {
            "Plex's reports and library syncs are refused until their addresses carry the new token."
        }
        names::TMDB_KEY => "Search and trending lists use the new key within a minute; take the old one back at TMDB.",
        names::TVDB_KEY => "Episodes are looked up with the new key within a minute; take the old one back at TheTVDB.",
        ORIGIN => ORIGIN_CONSEQUENCE,
        _ => "The functions use the new value within a minute.",
    }
}

/// How a rotation is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    pub(super) yes: bool,
    pub(super) show: bool,
}

/// Says what breaks, asks, and goes on only when that is confirmed.
pub(super) fn agree(key: &str, how: How, printer: &Printer) -> Result<(), CommandError> {
    printer.line(&format!("A new {key}: {}", consequence(key)));
    if how.yes || confirm("Go on?", "add `--yes` to go on without being asked")? {
        return Ok(());
    }
    Err(CommandError::failed("nothing was changed").code(Code::Declined).hint("the value that is in use stays"))
}

/// Gives a key a new value: made up, or `given` where one cannot be or people have to know it.
pub(super) async fn value(
    context: Context<'_>,
    id: &str,
    key: &Key,
    given: Option<String>,
    how: How,
) -> Result<(), CommandError> {
    let fresh = match given {
        Some(given) => given,
        None => key.fresh()?.ok_or_else(|| CommandError::usage(format!("{} cannot be made up", key.name)))?,
    };
    if secrets::read(context, id).await?.get(key.name) == Some(fresh.as_str()) {
        return Err(CommandError::usage(format!("that is the value that {} has already", key.name))
            .code(Code::SecretInvalid)
            .hint("give another value"));
    }
    secrets::update(context, id, |document| {
        document.set(key.name, fresh.clone());
        Ok(())
    })
    .await?;
    context.printer.line(&format!("{} has a new value; the functions use it within a minute.", key.name));
    if how.show {
        context.printer.data(&fresh);
    }
    Ok(())
}

/// Gives CloudFront a new value to prove itself with, under the lock.
///
/// The value is added to the secret first; the function learns the digests of both before CloudFront learns the new one,
/// because the distribution depends on the function. A rotation that broke off between the two is finished, not begun
/// again: a second new value would shut out the one that CloudFront still sends.
///
/// # Errors
/// When the lock is held, the stack cannot be changed, or AWS's.
pub async fn origin(deployment: &Deployment, context: Context<'_>, live: &Live) -> Result<(), CommandError> {
    let bucket = live.need("ArtifactBucketName")?;
    let lock = Lock::take(context.cloud.objects(), bucket, &crate::deploy::who(), context.clock).await?;
    lock.during(context.clock, rotate_origin(deployment, context, live, &lock)).await
}

async fn rotate_origin(
    deployment: &Deployment,
    context: Context<'_>,
    live: &Live,
    lock: &Lock,
) -> Result<(), CommandError> {
    let id = live.need("AppSecretArn")?;
    let Some(stack) = &live.main else { return Err(CommandError::failed("nothing is deployed yet")) };
    let in_force: u64 =
        stack.parameters.get("OriginVerifyGeneration").and_then(|number| number.parse().ok()).unwrap_or_default();
    let (document, unfinished) = secrets::update(context, id, |document| {
        let unfinished = document.origin_generation() > in_force;
        if !unfinished {
            document.add_origin_generation()?;
        }
        Ok(unfinished)
    })
    .await?;
    if unfinished {
        context.printer.line("An earlier rotation was not finished: finishing it.");
    }
    let mut parameters: std::collections::BTreeMap<_, _> =
        stack.parameters.keys().map(|name| (name.clone(), ParameterValue::Previous)).collect();
    let generation = document.origin_generation();
    parameters.insert("OriginVerifyGeneration".to_owned(), ParameterValue::Value(generation.to_string()));
    parameters.insert("OriginVerifySha256".to_owned(), ParameterValue::Value(document.origin_sha256()));
    let change = StackChange {
        name: stack.name.clone(),
        region: deployment.config.region.clone(),
        template: None,
        parameters,
        tags: stack.tags.clone(),
        protect: stack.termination_protection,
    };
    apply::apply(context, &change, TemplateSource::Previous, None, Some(lock), &|_| Ok(true)).await?;
    context.printer.line(&format!("CloudFront proves itself with value {generation} now."));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::KEYS;

    #[test]
    fn every_value_that_can_be_made_says_what_a_new_one_breaks() {
        let silent = consequence("nothing of ours");
        for key in KEYS.iter().filter(|key| key.can_generate()) {
            assert_ne!(consequence(key.name), silent, "{}", key.name);
        }
        assert_ne!(consequence(ORIGIN), silent);
    }
}
