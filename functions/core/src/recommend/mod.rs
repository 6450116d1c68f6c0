//! Recommendations: what a household may like next.
//!
//! [`recommend`] is pure; [`gather`] reads the candidates, from the catalogue first and from TMDB only for what the
//! catalogue does not hold.

mod diversity;
pub mod gather;
mod genres;
mod profile;
mod score;

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

pub use profile::{FAVORITE_GENRES, Profile};

use crate::catalogue::Category;
use crate::media::{MediaKey, MediaType};
use crate::tmdb::TitleEntry;
use genres::GenreSet;

/// A title that may be recommended.
#[derive(Clone, Debug)]
pub struct Candidate {
    entry: TitleEntry,
    categories: Vec<Category>,
    genres: GenreSet,
    year: Option<u16>,
}

impl Candidate {
    /// Makes a candidate of a title and the category that it was found in.
    #[must_use]
    pub fn new(entry: TitleEntry, category: Category) -> Self {
        let (genres, year) = (GenreSet::new(&entry.genre_ids), entry.year().ok().flatten());
        Self { entry, categories: vec![category], genres, year }
    }

    fn key(&self) -> MediaKey {
        MediaKey::new(self.entry.media_type, self.entry.id)
    }

    fn decade(&self) -> Option<u16> {
        self.year.map(|year| year / 10 * 10)
    }
}

/// Why a title is recommended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// It is like something that was asked for.
    BecauseYouAskedFor {
        /// Of what kind that was.
        media_type: MediaType,
        /// TMDB's id of it.
        tmdb_id: u64,
        /// Its title.
        title: String,
    },
    /// It is of a genre that the household likes.
    FavouriteGenre {
        /// TMDB's id of the genre.
        genre_id: u32,
    },
    /// It is trending.
    Trending,
    /// Few know it, and they like it.
    HiddenGem,
    /// Many know it, and they like it.
    AwardWinning,
    /// It is popular.
    Popular,
}

/// A recommended title.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommendation {
    /// What is known of it.
    pub entry: TitleEntry,
    /// Year of release.
    pub year: Option<u16>,
    /// How well it fits, 0 to 1.
    pub score: f64,
    /// Why it is here.
    pub reason: Reason,
}

/// A request counts as the reason for a title from this likeness on.
const MIN_LIKENESS: f64 = 0.3;

/// Picks up to `limit` titles for a household, best first, none of them in `unwanted`.
///
/// Without history, every third is a hidden gem and the rest is popular.
#[must_use]
pub fn recommend(
    candidates: Vec<Candidate>,
    profile: &Profile,
    unwanted: &HashSet<MediaKey>,
    limit: usize,
    this_year: u16,
) -> Vec<Recommendation> {
    let mut pool = BTreeMap::new();
    merge(&mut pool, candidates, unwanted);
    choose(pool.into_values().collect(), profile, limit, this_year)
}

/// Picks up to `limit` of candidates that are merged already, best first.
fn choose(candidates: Vec<Candidate>, profile: &Profile, limit: usize, this_year: u16) -> Vec<Recommendation> {
    let greatest = candidates.iter().map(|candidate| candidate.entry.popularity).fold(0.0, f64::max);
    let scored = |candidate: Candidate| {
        let score = score::score(&candidate, profile, greatest, this_year);
        (candidate, score)
    };
    let picked = if profile.is_cold() {
        let (gems, popular): (Vec<Candidate>, Vec<Candidate>) =
            candidates.into_iter().partition(|candidate| candidate.categories.contains(&Category::HiddenGems));
        let gems = diversity::pick(gems.into_iter().map(scored).collect(), limit);
        let popular = diversity::pick(popular.into_iter().map(scored).collect(), limit);
        mixed(popular, gems, limit)
    } else {
        diversity::pick(candidates.into_iter().map(scored).collect(), limit)
    };
    picked
        .into_iter()
        .map(|(candidate, score)| {
            let reason = reason(&candidate, profile);
            Recommendation { year: candidate.year, entry: candidate.entry, score, reason }
        })
        .collect()
}

/// Adds candidates: one that was found in several lists becomes one, and what nobody wants to see is left out.
fn merge(
    pool: &mut BTreeMap<MediaKey, Candidate>,
    candidates: impl IntoIterator<Item = Candidate>,
    unwanted: &HashSet<MediaKey>,
) {
    for candidate in candidates {
        let key = candidate.key();
        if unwanted.contains(&key) || candidate.entry.adult || candidate.entry.title.is_empty() {
            continue;
        }
        match pool.get_mut(&key) {
            Some(held) => held.categories.extend(candidate.categories),
            None => {
                pool.insert(key, candidate);
            }
        }
    }
}

/// Puts a gem after every two popular titles; when one kind runs out the other fills up.
fn mixed(popular: Vec<(Candidate, f64)>, gems: Vec<(Candidate, f64)>, limit: usize) -> Vec<(Candidate, f64)> {
    let (mut popular, mut gems) = (popular.into_iter(), gems.into_iter());
    let mut mixed = Vec::with_capacity(limit);
    while mixed.len() < limit {
        let next = if mixed.len() % 3 == 2 {
            gems.next().or_else(|| popular.next())
        } else {
            popular.next().or_else(|| gems.next())
        };
        match next {
            Some(next) => mixed.push(next),
            None => break,
        }
    }
    mixed
}

fn reason(candidate: &Candidate, profile: &Profile) -> Reason {
    let like = |wish: &profile::Wish| {
        let decade = if wish.decade.is_some() && wish.decade == candidate.decade() { 0.2 } else { 0.0 };
        (0.8 * wish.genres.similarity(&candidate.genres) + decade) * (0.5 + 0.5 * wish.weight)
    };
    let best = profile.wishes.iter().map(|wish| (wish, like(wish))).max_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((wish, likeness)) = best
        && likeness >= MIN_LIKENESS
    {
        let (media_type, tmdb_id, title) = (wish.media_type, wish.tmdb_id, wish.title.clone());
        return Reason::BecauseYouAskedFor { media_type, tmdb_id, title };
    }
    let favourite = profile.top_genres(3).into_iter().find(|genre| candidate.genres.as_slice().contains(genre));
    let is = |category| candidate.categories.contains(&category);
    match favourite {
        Some(genre_id) => Reason::FavouriteGenre { genre_id },
        None if is(Category::Trending) => Reason::Trending,
        None if is(Category::HiddenGems) => Reason::HiddenGem,
        None if is(Category::AwardWinning) => Reason::AwardWinning,
        None => Reason::Popular,
    }
}

#[cfg(test)]
mod tests;
