//! The site's files: up, and out of the CDN's caches.

use crate::site::manifest::Retired;
use std::collections::BTreeMap;
use std::time::Instant;

use super::{Road, need};
use crate::base::error::CommandError;
use crate::deployment::lock::Lock;
use crate::releases::release::{self, Current};
use crate::site::manifest::Site;
use crate::site::{invalidate, sync};
use crate::ui::{count, human_bytes};

/// What became of the site.
pub(super) struct SiteStep {
    pub(super) key: Option<String>,
    pub(super) retired: BTreeMap<String, Retired>,
}

impl Road<'_> {
    pub(super) async fn site(
        &self,
        bucket: &str,
        outputs: &BTreeMap<String, String>,
        site: Option<Site>,
        current: Option<&Current>,
        sequence: u64,
        lock: &Lock,
    ) -> Result<SiteStep, CommandError> {
        let live = match current {
            Some(current) => sync::PublishedSite {
                manifest: release::manifest(self.context.cloud.objects().as_ref(), bucket, &current.release).await?,
                retired: current.release.retired.clone(),
            },
            None => sync::PublishedSite::default(),
        };
        let Some(site) = site else {
            let key = current.and_then(|current| current.release.site.clone());
            return Ok(SiteStep { key, retired: live.retired });
        };
        let since = Instant::now();
        let frontend = need(outputs, "FrontendBucketName")?;
        let synced = sync::run(self.context, &frontend, &site, &live, sequence, lock).await?;
        let key = release::store_manifest(self.context.cloud.objects().as_ref(), bucket, &site.manifest).await?;
        let outcome = if synced.uploaded.is_empty() {
            "every file is up already".to_owned()
        } else {
            format!("{} ({})", count(synced.uploaded.len(), "file", "files"), human_bytes(synced.bytes))
        };
        if !synced.uploaded.is_empty() {
            self.ledger.note(format!("in the site's bucket: {}", outcome));
        }
        self.context.printer.stage("sync", &outcome, since);
        self.invalidate(outputs, &synced, sequence, &site.manifest.sha256()).await?;
        Ok(SiteStep { key: Some(key), retired: synced.retired })
    }

    async fn invalidate(
        &self,
        outputs: &BTreeMap<String, String>,
        synced: &sync::Synced,
        sequence: u64,
        content: &str,
    ) -> Result<(), CommandError> {
        let paths = invalidate::paths(&synced.stale);
        if paths.is_empty() || self.arguments.no_invalidate {
            return Ok(());
        }
        let since = Instant::now();
        invalidate::send(self.context, &need(outputs, "DistributionId")?, sequence, content, &paths).await?;
        self.context.printer.stage("invalidate", &paths.join(" "), since);
        Ok(())
    }
}
