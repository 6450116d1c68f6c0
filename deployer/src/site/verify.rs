//! Asks the site itself whether it works.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};

use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::deployment::Context;
use crate::ui::Progress;

/// A new distribution's name needs a moment until resolvers know it.
const MAX_ATTEMPTS: u32 = 12;
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// Pages that are fetched at the same time.
const AT_ONCE: usize = 8;

const NO_CONNECTION: &str = "no connection";

/// A page that has to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What it is, for people.
    pub what: &'static str,
    /// Path at the site.
    pub path: String,
    /// Text that the answer has to hold.
    pub expect: &'static str,
}

/// The checks of a deployment: the page, the API, and a trending file of each language.
#[must_use]
pub fn checks<'a>(locales: impl IntoIterator<Item = &'a str>) -> Vec<Check> {
    let trending = locales.into_iter().map(|locale| Check {
        what: "the trending list",
        path: format!("/trending-all-{locale}.json"),
        expect: "\"results\"",
    });
    [
        Check { what: "the page", path: "/".to_owned(), expect: "<!doctype html" },
        Check { what: "the API", path: "/api/health".to_owned(), expect: "healthy" },
    ]
    .into_iter()
    .chain(trending)
    .collect()
}

/// Fetches every check from `site` and tries again while it does not answer.
///
/// # Errors
/// The first check that still fails after a minute, with what came instead.
pub async fn run(context: Context<'_>, site: &str, checks: &[Check], patient: bool) -> Result<(), CommandError> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(15))
        .build()
        .map_err(|error| CommandError::failed(format!("no HTTP client: {error}")))?;
    let _progress = Progress::start(context.printer, format!("fetching {site}"));
    let client = &client;
    stream::iter(checks)
        .map(|check| async move {
            let mut left = if patient { MAX_ATTEMPTS } else { 3 };
            while let Err(problem) = fetch(client, site, check).await {
                left -= 1;
                if left == 0 {
                    return Err(unanswered(site, check, &problem));
                }
                context.clock.sleep(if patient { RETRY_INTERVAL } else { Duration::from_millis(300) }).await;
            }
            Ok(())
        })
        // In their order, so that the first that matters is told.
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

fn unanswered(site: &str, check: &Check, problem: &str) -> CommandError {
    CommandError::new(
        ExitKind::Unhealthy,
        format!("everything is deployed, but {} at {site}{} does not answer: {problem}", check.what, check.path),
    )
    .hint(if problem == NO_CONNECTION {
        "a new domain can take some minutes to be known everywhere: open the address in a browser by then"
    } else {
        "`stellarr logs --errors` shows what fails, and `stellarr rollback` goes back to the release before"
    })
    .hint("run `stellarr deploy` again to check once more: nothing is done twice")
}

async fn fetch(client: &reqwest::Client, site: &str, check: &Check) -> Result<(), String> {
    let answer = client.get(format!("{site}{}", check.path)).send().await.map_err(|error| plain(&error))?;
    let status = answer.status();
    let text = answer.text().await.map_err(|error| plain(&error))?;
    if !status.is_success() {
        return Err(format!("status {}", status.as_u16()));
    }
    if !text.to_lowercase().contains(check.expect) {
        return Err("it answers with something else".to_owned());
    }
    Ok(())
}

fn plain(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        "no answer in 15 seconds".to_owned()
    } else if error.is_connect() {
        NO_CONNECTION.to_owned()
    } else {
        "the answer broke off".to_owned()
    }
}
