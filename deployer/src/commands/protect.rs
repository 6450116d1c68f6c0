//! `stellarr secrets protect` and `stellarr secrets addresses`

use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::deployment::{Context, Deployment};
use crate::secrets::{self, Addresses, Key, SecretDocument};
use crate::ui::{Printer, confirm, table};
use stellarr_aws::SecretText;
use stellarr_core::secrets::{FEED_TOKEN, PLEX_WEBHOOK_TOKEN};

/// Makes the tokens that are missing, and prints the addresses that carry them.
///
/// # Errors
/// When nothing is deployed, the person says no, or Secrets Manager refuses.
pub async fn protect(deployment: &Deployment, yes: bool, printer: &Printer) -> Result<(), CommandError> {
    let context = deployment.context(printer);
    let (id, site) = place(deployment).await?;
    let document = secrets::read(context, &id).await?;
    let missing = document.missing_tokens();
    if missing.is_empty() {
        printer.line("Nothing to do: the request lists and Plex's reports have their tokens already.\n");
        print(&site, &document, printer);
        return Ok(());
    }
    printer.line(&foretold(&missing));
    if !yes && !confirm("Make the tokens now?", "add `--yes` to go on without being asked")? {
        return Err(CommandError::failed("nothing was changed")
            .code(Code::Declined)
            .hint("the lists stay as they are; run this again when you can enter the new addresses"));
    }
    let document = make(context, &id, &missing).await?;
    let names: Vec<&str> = missing.iter().map(|key| key.name).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    printer.line(&format!(
        "{} {verb} stored. The site asks for {} within a minute. Enter these addresses now; `stellarr secrets addresses` \
         prints them again:\n",
        names.join(" and "),
        if names.len() == 1 { "it" } else { "them" }
    ));
    print(&site, &document, printer);
    Ok(())
}

/// Prints the complete addresses for Radarr, Sonarr, feed readers and Plex.
///
/// # Errors
/// When nothing is deployed, or the secret cannot be read.
pub async fn addresses(deployment: &Deployment, json: bool, printer: &Printer) -> Result<(), CommandError> {
    let (id, site) = place(deployment).await?;
    let document = secrets::read(deployment.context(printer), &id).await?;
    if json {
        let addresses = Addresses::of(&site, &document);
        printer.data(&serde_json::to_string_pretty(&addresses).unwrap_or_default());
        return Ok(());
    }
    print(&site, &document, printer);
    if let Some((warning, remedy)) = document.list_access().warning(deployment.sandbox.is_some()) {
        printer.warn(warning);
        printer.hint(&remedy);
    }
    Ok(())
}

/// The secret of a deployment whose site is there, and the site's address.
async fn place(deployment: &Deployment) -> Result<(String, String), CommandError> {
    let live = deployment.deployed().await?;
    Ok((live.need("AppSecretArn")?.to_owned(), deployment.site_url(&live.outputs())))
}

/// Adds the tokens. One that another process set meanwhile stays.
async fn make(context: Context<'_>, id: &str, missing: &[&'static Key]) -> Result<SecretDocument, CommandError> {
    let mut fresh = Vec::new();
    for key in missing {
        fresh.extend(key.fresh()?.map(|value| (key.name, SecretText(value))));
    }
    let (document, ()) = secrets::update(context, id, |document| {
        for (name, value) in &fresh {
            if document.is_empty(name) {
                document.set(name, value.0.clone());
            }
        }
        Ok(())
    })
    .await?;
    Ok(document)
}

fn print(site: &str, document: &SecretDocument, printer: &Printer) {
    printer.data(&table(&["for", "enter it under", "address"], Addresses::of(site, document).rows()));
    printer.line(
        "\nThe addresses contain tokens: treat them like passwords. In Plex, Radarr and Sonarr, replace the old address.",
    );
    if document.is_empty(PLEX_WEBHOOK_TOKEN) {
        printer.line(
            "Plex has no webhook address: the site refuses its reports until `stellarr secrets protect` makes a token.",
        );
    }
}

/// What new tokens change, before a person agrees.
fn foretold(missing: &[&Key]) -> String {
    let makes = |name: &str| missing.iter().any(|key| key.name == name);
    let names: Vec<&str> = missing.iter().map(|key| key.name).collect();
    let mut text = format!("This makes {}. Within a minute:\n", names.join(" and "));
    if makes(FEED_TOKEN) {
        text.push_str(
            "\n  - The request lists are private. Radarr, Sonarr and feed readers get the error 401 and import nothing new\n    \
             until you enter the new addresses. What they have imported stays.",
        );
    }
    text.push_str(if makes(PLEX_WEBHOOK_TOKEN) {
        "\n  - Plex can report new titles, once you enter the new webhook address. Until now the site refuses its reports, so\n    \
         nothing stops working."
    } else {
        "\n  - Plex keeps its address: its token stays."
    });
    if !makes(FEED_TOKEN) {
        text.push_str("\n  - Radarr and Sonarr keep their addresses.");
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::KEYS;

    #[test]
    fn the_consequences_are_those_of_the_tokens_that_are_made() {
        let of = |names: &[&str]| foretold(&KEYS.iter().filter(|key| names.contains(&key.name)).collect::<Vec<_>>());
        let both = of(&[FEED_TOKEN, PLEX_WEBHOOK_TOKEN]);
        assert!(both.contains("get the error 401") && both.contains("Plex can report"), "{both}");
        let feed = of(&[FEED_TOKEN]);
        assert!(feed.contains("get the error 401") && feed.contains("Plex keeps its address"), "{feed}");
        let webhook = of(&[PLEX_WEBHOOK_TOKEN]);
        assert!(!webhook.contains("401") && webhook.contains("keep their addresses"), "{webhook}");
    }
}
