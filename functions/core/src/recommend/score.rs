//! How well a title fits a household.

use super::Candidate;
use super::profile::Profile;
use crate::catalogue::bayesian_rating;

/// Shares of the four parts of a score; they add up to 1.
struct Weights {
    affinity: f64,
    rating: f64,
    popularity: f64,
    freshness: f64,
}

const WITH_HISTORY: Weights = Weights { affinity: 0.45, rating: 0.30, popularity: 0.15, freshness: 0.10 };

/// Without history, what everybody likes has to stand in for what this household does.
const WITHOUT_HISTORY: Weights = Weights { affinity: 0.0, rating: 0.50, popularity: 0.35, freshness: 0.15 };

/// After this many years a title's freshness has fallen to a third.
const FRESH_YEARS: f64 = 8.0;

/// Scores a candidate, 0 to 1. `greatest_popularity` is the greatest of all candidates, `this_year` the calendar year.
pub(super) fn score(candidate: &Candidate, profile: &Profile, greatest_popularity: f64, this_year: u16) -> f64 {
    let weights = if profile.is_cold() { WITHOUT_HISTORY } else { WITH_HISTORY };
    let entry = &candidate.entry;
    let rating = bayesian_rating(entry.vote_average, entry.vote_count) / 10.0;
    let popularity = (1.0 + entry.popularity.max(0.0)).ln() / (1.0 + greatest_popularity.max(1.0)).ln();
    let freshness = candidate.year.map_or(0.3, |year| (-f64::from(this_year.saturating_sub(year)) / FRESH_YEARS).exp());
    weights.affinity * affinity(candidate, profile)
        + weights.rating * rating
        + weights.popularity * popularity.min(1.0)
        + weights.freshness * freshness
}

/// Compares a title's genres, decade and language with the household's, 0 to 1.
fn affinity(candidate: &Candidate, profile: &Profile) -> f64 {
    let shares = candidate.genres.as_slice().iter().map(|id| profile.genres.get(id).copied().unwrap_or_default());
    let (sum, greatest, count) = shares
        .fold((0.0, 0.0_f64, 0.0), |(sum, greatest, count), share| (sum + share, greatest.max(share), count + 1.0));
    // A title should hold a genre that they love, and not much that they don't care for.
    let genre = if count > 0.0 { 0.5 * greatest + 0.5 * sum / count } else { 0.0 };
    let decade = candidate.decade().and_then(|decade| profile.decades.get(&decade)).copied().unwrap_or_default();
    let language = profile.languages.get(&candidate.entry.original_language).copied().unwrap_or_default();
    0.75 * genre + 0.15 * decade + 0.10 * language
}
