//! What the Plex library holds.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::media::{MediaKey, MediaType};

/// Holds one film or series that is in the library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryItem {
    /// Film or series.
    pub media_type: MediaType,
    /// TMDB's id.
    pub tmdb_id: u64,
    /// TheTVDB's id, of series only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tvdb_id: Option<u64>,
    /// The title as Plex has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

impl LibraryItem {
    /// Names the film or series.
    #[must_use]
    pub const fn key(&self) -> MediaKey {
        MediaKey::new(self.media_type, self.tmdb_id)
    }
}

/// Lists what the library holds, by kind, each id once and in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LibraryIds {
    /// TMDB ids of films.
    pub movie: BTreeSet<u64>,
    /// TMDB ids of series.
    pub tv: BTreeSet<u64>,
}

impl LibraryIds {
    /// Returns the ids of one kind.
    pub const fn of_mut(&mut self, media_type: MediaType) -> &mut BTreeSet<u64> {
        match media_type {
            MediaType::Movie => &mut self.movie,
            MediaType::Tv => &mut self.tv,
        }
    }
}

/// Says what is known of a title: whether somebody asked for it, whether it is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// There is a request for it, arrived or not.
    pub requested: bool,
    /// It is in the library.
    pub in_library: bool,
}

/// How long an opened generation may stay open before rows that were not sent again count as gone, in seconds.
///
/// The old sync script opens a generation and never closes it.
pub const GENERATION_SECONDS: i64 = 24 * 60 * 60;

/// One replacement of a library's content.
///
/// A sync opens a generation, sends every row again, and closes it. Nothing is deleted at the start: rows older than
/// the generation are swept when it closes, or count as gone a day after it was opened, and then only if the
/// generation brought any row at all. So no failure leaves a library empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation {
    /// When it was opened, in microseconds since 1970. Rows synced before are of an earlier one.
    pub opened_at: i64,
    /// How many rows came since.
    pub received: u64,
}

impl Generation {
    /// Tells whether a row of an earlier generation counts as gone although nobody closed this one.
    #[must_use]
    pub const fn is_overdue(&self, now_micros: i64) -> bool {
        self.received > 0 && now_micros - self.opened_at > GENERATION_SECONDS * 1_000_000
    }
}
