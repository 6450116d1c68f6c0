//! The site's files in its bucket.

use std::borrow::Cow;
use std::time::Instant;

use super::Pipeline;
use super::outputs::{Locked, Outputs, SiteOutput, Uploaded};
use crate::base::error::CommandError;
use crate::releases::{history, release};
use crate::site::manifest::{Manifest, Site};
use crate::site::sync;
use crate::ui::{count, human_bytes};

impl Pipeline<'_> {
    /// Uploads what the bucket does not hold yet; leaves a site alone that was not built.
    pub(super) async fn sync(&self, locked: &Locked<'_>, made: &Outputs) -> Result<SiteOutput, CommandError> {
        let objects = self.context.cloud.objects();
        let current = locked.snapshot.current.as_ref();
        let live = match current {
            Some(current) => sync::PublishedSite {
                manifest: release::manifest(objects.as_ref(), locked.bucket, &current.release).await?,
                retired: current.release.retired.clone(),
            },
            None => sync::PublishedSite::default(),
        };
        let Some(site) = &locked.wanted.built.site else {
            let key = current.and_then(|current| current.release.site.clone());
            return Ok(SiteOutput { key, retired: live.retired, uploaded: None });
        };
        let frontend = made.need("FrontendBucketName")?;
        let site = self.with_bodies(locked, site, &frontend, &live.manifest).await?;
        let since = Instant::now();
        let synced = sync::run(self.context, &frontend, &site, &live, locked.sequence(), locked.lock).await?;
        let key = release::store_manifest(objects.as_ref(), locked.bucket, &site.manifest).await?;
        let outcome = if synced.uploaded.is_empty() {
            "every file is up already".to_owned()
        } else {
            format!("{} ({})", count(synced.uploaded.len(), "file", "files"), human_bytes(synced.bytes))
        };
        if !synced.uploaded.is_empty() {
            self.effects.note(format!("in the site's bucket: {outcome}"));
        }
        self.context.printer.stage("sync", &outcome, since);
        let retired = synced.retired.clone();
        let uploaded = Some(Uploaded { synced, content: site.manifest.sha256() });
        Ok(SiteOutput { key: Some(key), retired, uploaded })
    }

    /// The site with the bodies of its files: those of an earlier release are among the versions in the site's bucket.
    async fn with_bodies<'s>(
        &self,
        locked: &Locked<'_>,
        site: &'s Site,
        frontend: &str,
        live: &Manifest,
    ) -> Result<Cow<'s, Site>, CommandError> {
        if locked.wanted.restores.is_none() {
            return Ok(Cow::Borrowed(site));
        }
        let objects = self.context.cloud.objects();
        Ok(Cow::Owned(history::site(objects.as_ref(), frontend, site.manifest.clone(), live).await?))
    }
}
