//! What Plex tells: its webhook's payload, and what follows from it.

mod agent;
mod arrival;
mod payload;
mod title;

pub use arrival::{Arrival, TvdbError, TvdbSeries, arrive};
pub use payload::{PayloadError, PlexItem, PlexKind, Reading, read};
pub use title::TitleKey;
