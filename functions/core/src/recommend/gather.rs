//! Where candidates come from: the catalogue first, TMDB for what it does not hold.

use std::collections::HashSet;

use futures::future::join_all;
use serde::{Deserialize, Serialize};

use super::{Candidate, Profile, Recommendation, recommend};
use crate::catalogue::{Catalogue, Category, ListId, Summary, tv_genre};
use crate::library::LibraryIds;
use crate::locale::Locale;
use crate::media::{MediaKey, MediaType};
use crate::request::MediaRequest;
use crate::tmdb::{Audience, Filter, List, Tmdb, TmdbError};

/// Rows that are read of each list.
const ROWS: usize = 40;

/// Genres of the household's whose lists are read.
const GENRES: usize = 3;

/// Where an answer's candidates came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The catalogue alone; TMDB was not asked.
    Cache,
    /// TMDB alone.
    Live,
    /// Both.
    Mixed,
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Movies, series, or both when `None`.
    pub media_type: Option<MediaType>,
    /// How many titles, at most.
    pub limit: usize,
    /// Titles that the asker has seen enough of.
    pub exclude: HashSet<MediaKey>,
    /// The language of titles that have to be asked of TMDB; the catalogue's are in its own.
    pub locale: Option<Locale>,
}

/// What is known of the household.
#[derive(Clone, Copy, Debug)]
pub struct Household<'a> {
    /// Its requests, arrived ones included.
    pub requests: &'a [MediaRequest],
    /// Its library.
    pub library: &'a LibraryIds,
}

/// An answer, and what it cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The titles, best first.
    pub recommendations: Vec<Recommendation>,
    /// Where they came from.
    pub source: Source,
    /// Age of the oldest list that was used, in seconds; `None` when no list was.
    pub age: Option<u64>,
    /// Calls of TMDB that were made.
    pub live_calls: usize,
}

/// Recommends titles. `now` is in unix seconds.
///
/// # Errors
/// TMDB's error, when there is no title in the catalogue and none from TMDB.
pub async fn answer(
    catalogue: &dyn Catalogue,
    tmdb: &dyn Tmdb,
    household: Household<'_>,
    question: &Question,
    now: u64,
) -> Result<Answer, TmdbError> {
    // A catalogue that does not answer is as good as an empty one: there is TMDB.
    let summary = catalogue.summary().await.unwrap_or_default();
    let profile = Profile::new(household.requests, summary.as_ref(), now);
    let media_types = question.media_type.map_or(MediaType::ALL.to_vec(), |media_type| vec![media_type]);
    let wanted = lists(&media_types, &profile, summary.as_ref(), now);
    let pages = join_all(wanted.iter().map(|list| catalogue.page(*list, ROWS, None, now))).await;

    let mut candidates = Vec::new();
    let mut oldest: Option<u64> = None;
    let mut empty: Vec<MediaType> = media_types.clone();
    for (list, page) in wanted.iter().zip(pages) {
        let rows = page.map(|page| page.rows).unwrap_or_default();
        if let Some(freshest) = rows.iter().map(|row| row.fetched_at).max() {
            oldest = Some(oldest.map_or(freshest, |oldest| oldest.min(freshest)));
            empty.retain(|media_type| *media_type != list.media_type);
        }
        candidates.extend(rows.into_iter().map(|row| Candidate::new(row.entry, list.category)));
    }

    let calls = live_calls(&empty, &profile);
    let audience = Audience { language: question.locale.clone(), region: None };
    let answers = join_all(calls.iter().map(|(_, list)| tmdb.list(list, &audience))).await;
    let mut failure = None;
    for ((category, _), answer) in calls.iter().zip(answers) {
        match answer {
            Ok(page) => candidates.extend(page.entries.into_iter().map(|entry| Candidate::new(entry, *category))),
            Err(error) => failure = Some(error),
        }
    }
    if let (true, Some(error)) = (candidates.is_empty(), failure) {
        return Err(error);
    }

    let recommendations = recommend(candidates, &profile, &unwanted(household, question), question.limit, year_of(now));
    let source = match (calls.is_empty(), oldest.is_some()) {
        (true, _) => Source::Cache,
        (false, true) => Source::Mixed,
        (false, false) => Source::Live,
    };
    let age = oldest.map(|oldest| now.saturating_sub(oldest));
    Ok(Answer { recommendations, source, age, live_calls: calls.len() })
}

/// Chooses the lists to read: those that fit the household, and of them those that hold anything, when that is known.
fn lists(media_types: &[MediaType], profile: &Profile, summary: Option<&Summary>, now: u64) -> Vec<ListId> {
    let mut lists = Vec::new();
    for media_type in media_types {
        let general = if profile.is_cold() {
            vec![Category::Popular, Category::HiddenGems]
        } else {
            vec![Category::Popular, Category::Trending, Category::HiddenGems, Category::AwardWinning]
        };
        let of_genre = profile.top_genres(GENRES).into_iter().map(|genre| {
            Category::Genre(match media_type {
                MediaType::Movie => genre,
                MediaType::Tv => tv_genre(genre),
            })
        });
        for category in general.into_iter().chain(of_genre) {
            let list = ListId::new(category, *media_type);
            if !lists.contains(&list) {
                lists.push(list);
            }
        }
    }
    if let Some(summary) = summary.filter(|summary| !summary.lists.is_empty()) {
        lists.retain(|list| summary.lists.iter().any(|held| held.list == *list && held.expires_at > now));
    }
    lists
}

/// Chooses what to ask TMDB for media types of which the catalogue holds nothing: few calls, so that they fit into a
/// request's time.
fn live_calls(media_types: &[MediaType], profile: &Profile) -> Vec<(Category, List)> {
    let mut calls = Vec::new();
    for media_type in media_types.iter().copied() {
        calls.push((Category::Popular, List::Popular { media_type, page: 1 }));
        let gems = Filter { genre: None, least_votes: Some(50), most_votes: Some(500) };
        calls.push((Category::HiddenGems, List::Discover { media_type, filter: gems }));
        if let Some(genre) = profile.top_genres(1).first() {
            let genre = if media_type == MediaType::Tv { tv_genre(*genre) } else { *genre };
            let filter = Filter { genre: Some(genre), least_votes: Some(100), most_votes: None };
            calls.push((Category::Genre(genre), List::Discover { media_type, filter }));
        }
    }
    calls
}

fn unwanted(household: Household<'_>, question: &Question) -> HashSet<MediaKey> {
    let requested = household.requests.iter().map(MediaRequest::key);
    let movies = household.library.movie.iter().map(|id| MediaKey::movie(*id));
    let series = household.library.tv.iter().map(|id| MediaKey::tv(*id));
    requested.chain(movies).chain(series).chain(question.exclude.iter().copied()).collect()
}

/// Returns the calendar year, near enough for a title's age.
fn year_of(now: u64) -> u16 {
    u16::try_from(1970 + now / 31_556_952).unwrap_or(u16::MAX)
}
