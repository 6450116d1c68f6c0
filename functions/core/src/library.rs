//! What the Plex library holds.

use std::collections::{BTreeMap, BTreeSet};

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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LibraryIds {
    /// TMDB ids of films.
    pub movie: BTreeSet<u64>,
    /// TMDB ids of series.
    pub tv: BTreeSet<u64>,
}

impl LibraryIds {
    /// Returns the ids of one media type.
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

/// Most generations that are remembered as open; a script that runs more often than every 22 minutes opens more.
const MAX_OPEN_GENERATIONS: usize = 64;

/// How far the replacement of a library's content has come, for one media type. Times are in microseconds since
/// 1970.
///
/// A sync opens a generation, sends every row again, and closes it. Nothing is deleted at the start: rows older than
/// the generation are swept when it closes, or count as gone a day after it was opened, and then only if it brought
/// any row at all. So no failure leaves a library empty.
///
/// Several may be open: each that was never closed ages by itself, however often others are opened after it. Rows of a
/// sync count for the newest, and closing closes the oldest that has any: syncs that overlap sweep nothing that one of them brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generations {
    /// Rows synced before are gone.
    pub floor: i64,
    /// When each open generation was opened, and whether it brought any row.
    pub open: BTreeMap<i64, bool>,
}

/// What opening or closing a generation settles first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// The floor that is to be raised to this, once rows older than it are deleted.
    pub floor: Option<i64>,
    /// The openings that are no longer needed.
    pub over: Vec<i64>,
}

impl Generations {
    /// Returns since when rows count at a moment.
    #[must_use]
    pub fn floor_at(&self, now: i64) -> i64 {
        let aged = self.open.range(..now - GENERATION_SECONDS * 1_000_000).rev().find(|(_, filled)| **filled);
        aged.map_or(self.floor, |(opened_at, _)| self.floor.max(*opened_at))
    }

    /// Returns a moment that no row put now may look older than, whatever this machine's clock says.
    #[must_use]
    pub fn newest(&self) -> i64 {
        self.open.last_key_value().map_or(self.floor, |(opened_at, _)| self.floor.max(*opened_at))
    }

    /// Says what is to be settled before another one opens.
    #[must_use]
    pub fn before_opening(&self, now: i64) -> Settled {
        let floor = self.floor_at(now);
        let ended = floor.max(now - GENERATION_SECONDS * 1_000_000 - 1);
        let mut over: Vec<i64> = self.open.range(..=ended).map(|(opened_at, _)| *opened_at).collect();
        let young: Vec<i64> = self.open.keys().copied().filter(|opened_at| *opened_at > ended).collect();
        if young.len() >= MAX_OPEN_GENERATIONS {
            // The one that lies closest between two others makes the least difference.
            over.extend(young.windows(3).min_by_key(|near| near[2] - near[0]).map(|near| near[1]));
        }
        Settled { floor: (floor > self.floor).then_some(floor), over }
    }

    /// Says what closing settles: the oldest that brought rows, and those before it, which brought none.
    #[must_use]
    pub fn closing(&self) -> Settled {
        let floor = self.open.iter().find(|(_, filled)| **filled).map(|(opened_at, _)| *opened_at);
        let last = floor.or_else(|| self.open.keys().next().copied()).unwrap_or(i64::MIN);
        Settled {
            floor: floor.filter(|floor| *floor > self.floor),
            over: self.open.range(..=last).map(|(opened_at, _)| *opened_at).collect(),
        }
    }

    /// Takes over what was settled.
    pub fn settle(&mut self, settled: &Settled) {
        self.floor = self.floor.max(settled.floor.unwrap_or(self.floor));
        for opened_at in &settled.over {
            self.open.remove(opened_at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_an_end_to_what_is_open() {
        let minute = 60_000_000;
        let mut generations = Generations::default();
        for round in 0..10_000 {
            let now = round * 10 * minute;
            generations.settle(&generations.before_opening(now));
            generations.open.insert(now, true);
            assert!(generations.open.len() <= MAX_OPEN_GENERATIONS);
            assert_eq!(generations.newest(), now);
        }
        // Rows are swept about a day after the first sync that did not bring them.
        let lag = 9_999 * 10 * minute - generations.floor;
        let day = GENERATION_SECONDS * 1_000_000;
        assert!((day..day + 60 * minute).contains(&lag), "{lag}");
    }
}
