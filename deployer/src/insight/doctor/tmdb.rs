//! Whether TMDB still knows the stored key: without it the lists go stale.

use super::{Finding, Level};
use crate::base::failures::Code;
use crate::deployment::{Context, Deployment, Live};
use crate::secrets;
use crate::secrets::tmdb::{self, Verdict};
use stellarr_core::secrets::TMDB_KEY as KEY;

const CHECK: &str = "TMDB";

/// Puts the stored key to TMDB; nothing before there is a secret. The key is never part of what is found.
pub(super) async fn check(deployment: &Deployment, context: Context<'_>, live: &Live) -> Option<Finding> {
    let arn = live.output("AppSecretArn")?;
    // Where no TMDB is named, none is asked.
    let own = Some(deployment.upstreams.tmdb_base_url.as_str()).filter(|url| !url.is_empty())?;
    let document = match secrets::read(context, arn).await {
        Ok(document) => document,
        Err(error) => return Some(Finding::of_error(CHECK, Level::Warning, error)),
    };
    let remedy = format!(
        "make a key at https://www.themoviedb.org/settings/api (it is free) and store it with `stellarr secrets set {KEY}`"
    );
    let Some(key) = document.get(KEY).filter(|key| !key.is_empty()) else {
        return Some(Finding::failure(
            CHECK,
            Code::SecretMissing,
            "no TMDB key is stored: no list can be made",
            remedy,
        ));
    };
    Some(match tmdb::check(&tmdb::address(own), key).await {
        Verdict::Known => Finding::ok(CHECK, "TMDB knows the stored key"),
        Verdict::Refused => Finding::failure(
            CHECK,
            Code::TrendingStale,
            "TMDB does not know the stored key: no list is refreshed",
            remedy,
        ),
        Verdict::NotAsked(reason) => {
            Finding::warning(CHECK, format!("not checked: {reason}"), "look at the network, and run this again")
        }
    })
}
