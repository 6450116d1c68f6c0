//! Not ten of a kind: maximal marginal relevance over genre and decade.

use super::Candidate;

/// How much fit counts against difference.
const SCORE_WEIGHT: f64 = 0.65;

/// Only the best fitting are looked at, because the cost grows with their number.
const CANDIDATES_COMPARED: usize = 160;

/// Picks up to `limit` of the scored candidates: each next one is the best of fit minus likeness to those picked.
///
/// (Carbonell and Goldstein, "The use of MMR", 1998.)
pub(super) fn pick(mut scored: Vec<(Candidate, f64)>, limit: usize) -> Vec<(Candidate, f64)> {
    let order =
        |a: &(Candidate, f64), b: &(Candidate, f64)| b.1.total_cmp(&a.1).then_with(|| a.0.entry.id.cmp(&b.0.entry.id));
    scored.sort_by(order);
    scored.truncate(CANDIDATES_COMPARED.max(limit));
    let mut likeness = vec![0.0_f64; scored.len()];
    let mut picked: Vec<(Candidate, f64)> = Vec::with_capacity(limit);
    while picked.len() < limit {
        let value = |index: usize, score: f64| {
            SCORE_WEIGHT * score - (1.0 - SCORE_WEIGHT) * likeness.get(index).copied().unwrap_or_default()
        };
        let best =
            scored.iter().enumerate().max_by(|(i, a), (j, b)| value(*i, a.1).total_cmp(&value(*j, b.1)).then(j.cmp(i)));
        let Some((index, _)) = best else { break };
        likeness.remove(index);
        let chosen = scored.remove(index);
        for (held, (candidate, _)) in likeness.iter_mut().zip(&scored) {
            *held = held.max(alike(candidate, &chosen.0));
        }
        picked.push(chosen);
    }
    picked
}

fn alike(a: &Candidate, b: &Candidate) -> f64 {
    let same_decade = a.decade().is_some() && a.decade() == b.decade();
    0.7 * a.genres.similarity(&b.genres) + if same_decade { 0.3 } else { 0.0 }
}
