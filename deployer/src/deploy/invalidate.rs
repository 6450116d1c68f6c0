//! Stale copies of the site's files in the CDN.

use std::time::Instant;

use super::Pipeline;
use super::outputs::{Locked, Outputs};
use crate::base::error::CommandError;
use crate::site::invalidate;

impl Pipeline<'_> {
    /// Drops the CDN's copies of files that were changed, and of no others.
    pub(super) async fn invalidate(&self, locked: &Locked<'_>, made: &Outputs) -> Result<(), CommandError> {
        let Some(uploaded) = &made.site.uploaded else { return Ok(()) };
        let paths = invalidate::paths(&uploaded.synced.stale);
        if paths.is_empty() || self.options.no_invalidate {
            return Ok(());
        }
        let since = Instant::now();
        let distribution = made.need("DistributionId")?;
        invalidate::send(self.context, &distribution, locked.sequence(), &uploaded.content, &paths).await?;
        self.context.printer.stage("invalidate", &paths.join(" "), since);
        Ok(())
    }
}
