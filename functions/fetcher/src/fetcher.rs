//! What a run is given: whom to ask, where to store, and its bounds.

use stellarr_core::catalogue::Catalogue;
use stellarr_core::store::Store;
use stellarr_core::tmdb::{Audience, Tmdb};
use tokio::time::Instant;

/// Calls under way at once; the TMDB client's limiter bounds and spaces their starts. This bounds memory, whatever the
/// limiter allows.
pub(crate) const CALLS_AT_ONCE: usize = 32;

/// Library titles that one run asks TMDB about.
pub const LIBRARY_TITLES: usize = 100;

/// Collaborators and bounds of a run.
pub struct Fetcher<'a> {
    /// Whom to ask. It should give up at the deadline on its own.
    pub tmdb: &'a dyn Tmdb,
    /// Where titles are kept.
    pub catalogue: &'a dyn Catalogue,
    /// Where requests and the library are kept.
    pub store: &'a dyn Store,
    /// In which words, and for which country.
    pub audience: Audience,
    /// Library titles to ask about; [`LIBRARY_TITLES`] on a schedule.
    pub library_titles: usize,
    /// When a schedule started the run, in unix seconds; `None` when somebody did.
    pub scheduled_at: Option<u64>,
    /// When the run must be done.
    pub deadline: Instant,
    /// Tells the time, in unix seconds.
    pub now: &'a (dyn Fn() -> u64 + Send + Sync),
}
