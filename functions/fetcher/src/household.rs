//! What the household's requests and library say of its taste.

use std::collections::HashMap;

use futures::StreamExt;
use stellarr_core::catalogue::{CatalogueSummary, Taste, TitleFacts};
use stellarr_core::library::LibraryIds;
use stellarr_core::media::MediaType;
use stellarr_core::recommend::Profile;
use stellarr_core::request::MediaRequest;
use stellarr_core::tmdb::TmdbError;
use tokio::time::{Instant, timeout_at};

use crate::fetcher::{CALLS_AT_ONCE, Fetcher};

/// Titles whose facts are stored together: what is lost when the run is killed meanwhile.
const CHUNK: usize = 25;

/// Returns the household's own genres, for each media type: those whose lists recommendations will read.
#[must_use]
pub fn own_genres(requests: &[MediaRequest], summary: &CatalogueSummary, now: u64) -> Vec<(MediaType, Vec<u32>)> {
    let profile = Profile::new(requests, Some(summary), now);
    MediaType::ALL.map(|media_type| (media_type, profile.genres_of(media_type))).to_vec()
}

/// Asks TMDB about up to `most` titles of the library that nothing is known of yet, until `deadline`, and counts all that
/// is known into the taste of `summary`. What could not be read leaves its taste as it was.
///
/// Returns what failed, in words. A title that TMDB does not know gets empty facts, so that it is not asked for again
/// every night.
pub async fn learn_library(
    fetcher: &Fetcher<'_>,
    library: &LibraryIds,
    deadline: Instant,
    summary: &mut CatalogueSummary,
) -> Vec<String> {
    let mut failures = Vec::new();
    let mut left = fetcher.library_titles;
    for media_type in MediaType::ALL {
        let held = match media_type {
            MediaType::Movie => &library.movie,
            MediaType::Tv => &library.tv,
        };
        if held.is_empty() {
            *summary.taste_mut(media_type) = Taste::default();
            continue;
        }
        let mut known: HashMap<u64, TitleFacts> = match fetcher.catalogue.facts(media_type).await {
            Ok(known) => known,
            Err(error) => {
                failures.push(error.to_string());
                continue;
            }
        };
        let lacking: Vec<u64> = held.iter().filter(|id| !known.contains_key(id)).take(left).copied().collect();
        left -= lacking.len();
        for ids in lacking.chunks(CHUNK) {
            let mut learned = Vec::with_capacity(ids.len());
            let asking = ask(fetcher, media_type, ids, &mut learned, &mut failures);
            let in_time = timeout_at(deadline, asking).await.is_ok();
            if let Err(error) = fetcher.catalogue.put_facts(media_type, &learned).await {
                failures.push(error.to_string());
            }
            known.extend(learned);
            if !in_time {
                failures.push(format!("there was no time to ask about every {media_type} of the library"));
                break;
            }
        }
        let taste = summary.taste_mut(media_type);
        *taste = Taste::default();
        held.iter().filter_map(|id| known.get(id)).for_each(|facts| taste.add(facts));
    }
    failures
}

/// Adds what TMDB says of each title to `learned`, as it comes, and what failed to `failures`.
async fn ask(
    fetcher: &Fetcher<'_>,
    media_type: MediaType,
    ids: &[u64],
    learned: &mut Vec<(u64, TitleFacts)>,
    failures: &mut Vec<String>,
) {
    let language = fetcher.audience.language.as_ref();
    let answers = futures::stream::iter(ids)
        .map(|id| async move { (*id, fetcher.tmdb.details(media_type, *id, language).await) })
        .buffer_unordered(CALLS_AT_ONCE);
    let mut answers = std::pin::pin!(answers);
    while let Some((id, answer)) = answers.next().await {
        match answer {
            Ok(details) => {
                let year = details.entry.year().ok().flatten();
                let entry = details.entry;
                let facts = TitleFacts { genre_ids: entry.genre_ids, year, original_language: entry.original_language };
                learned.push((id, facts));
            }
            Err(TmdbError::NotFound) => learned.push((id, TitleFacts::default())),
            Err(error) => failures.push(format!("genres of {media_type} {id}: {error}")),
        }
    }
}
