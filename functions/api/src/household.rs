//! What is known of the household, read once for as long as the store does not change.

use std::sync::{Arc, Mutex, PoisonError};

use stellarr_core::recommend::gather::Household;
use stellarr_core::store::{Store, StoreError};
use stellarr_core::time::Timestamp;

/// Says what a household was read at: the store's version, and the hour, because an open generation of the library ages.
type Moment = (u64, i64);

/// Keeps the household as it was last read.
#[derive(Default)]
pub struct HouseholdCache(Mutex<Option<(Moment, Arc<Household>)>>);

impl HouseholdCache {
    /// Returns the household as it is now.
    pub(crate) async fn read(&self, store: &dyn Store, now: Timestamp) -> Result<Arc<Household>, StoreError> {
        let version = store.version().await?;
        let moment = version.map(|version| (version, now.as_second() / 3_600));
        if let Some((at, household)) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref()
            && Some(*at) == moment
        {
            return Ok(Arc::clone(household));
        }
        let (requests, library) = tokio::try_join!(store.requests(None), store.library(now))?;
        let household = Arc::new(Household { requests, library });
        if let Some(moment) = moment {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((moment, Arc::clone(&household)));
        }
        Ok(household)
    }
}
