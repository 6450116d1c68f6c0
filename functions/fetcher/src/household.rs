//! What the household's requests and library say of its taste.

use std::collections::{BTreeMap, HashMap};

use futures::StreamExt;
use stellarr_core::catalogue::{Catalogue, Facts, Summary};
use stellarr_core::library::LibraryIds;
use stellarr_core::locale::Locale;
use stellarr_core::media::MediaType;
use stellarr_core::request::MediaRequest;
use stellarr_core::tmdb::{Tmdb, TmdbError};

/// Returns the genres that were asked for most, for each media type; ties go to the smaller id.
#[must_use]
pub fn top_genres(requests: &[MediaRequest]) -> Vec<(MediaType, Vec<u32>)> {
    let of_type = |media_type| {
        let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
        for request in requests.iter().filter(|request| request.media_type == media_type) {
            for genre in &request.genre_ids {
                *counts.entry(*genre).or_default() += 1;
            }
        }
        let mut counts: Vec<(u32, u32)> = counts.into_iter().collect();
        counts.sort_by_key(|(genre, count)| (std::cmp::Reverse(*count), *genre));
        (media_type, counts.into_iter().map(|(genre, _)| genre).collect())
    };
    MediaType::ALL.map(of_type).to_vec()
}

/// Adds to `summary` what the library holds, after asking TMDB for up to `most` titles that nothing is known of yet.
///
/// Returns what failed, in words. A title that TMDB does not know gets empty facts, so that it is not asked for again
/// every night.
pub async fn learn_library(
    tmdb: &dyn Tmdb,
    catalogue: &dyn Catalogue,
    library: &LibraryIds,
    language: Option<&Locale>,
    most: usize,
    summary: &mut Summary,
) -> Vec<String> {
    let mut failures = Vec::new();
    let mut left = most;
    for media_type in MediaType::ALL {
        let held = match media_type {
            MediaType::Movie => &library.movie,
            MediaType::Tv => &library.tv,
        };
        if held.is_empty() {
            continue;
        }
        let mut known: HashMap<u64, Facts> = match catalogue.facts(media_type).await {
            Ok(known) => known,
            Err(error) => {
                failures.push(error.to_string());
                continue;
            }
        };
        let lacking: Vec<u64> = held.iter().filter(|id| !known.contains_key(id)).take(left).copied().collect();
        left -= lacking.len();
        let (learned, failed) = ask(tmdb, media_type, &lacking, language).await;
        failures.extend(failed);
        if let Err(error) = catalogue.put_facts(media_type, &learned).await {
            failures.push(error.to_string());
        }
        known.extend(learned);
        let taste = summary.taste_mut(media_type);
        held.iter().filter_map(|id| known.get(id)).for_each(|facts| taste.add(facts));
    }
    failures
}

async fn ask(
    tmdb: &dyn Tmdb,
    media_type: MediaType,
    ids: &[u64],
    language: Option<&Locale>,
) -> (Vec<(u64, Facts)>, Vec<String>) {
    let answers = futures::stream::iter(ids)
        .map(|id| async move { (*id, tmdb.details(media_type, *id, language).await) })
        .buffer_unordered(8);
    let (mut learned, mut failed) = (Vec::with_capacity(ids.len()), Vec::new());
    let mut answers = std::pin::pin!(answers);
    while let Some((id, answer)) = answers.next().await {
        match answer {
            Ok(details) => {
                let year = details.entry.year().ok().flatten();
                let entry = details.entry;
                let facts = Facts { genre_ids: entry.genre_ids, year, original_language: entry.original_language };
                learned.push((id, facts));
            }
            Err(TmdbError::NotFound) => learned.push((id, Facts::default())),
            Err(error) => failed.push(format!("genres of {media_type} {id}: {error}")),
        }
    }
    (learned, failed)
}
