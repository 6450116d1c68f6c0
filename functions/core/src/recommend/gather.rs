//! Where candidates come from: the catalogue first, TMDB for what it does not hold.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;
use futures::future::join_all;
use serde::{Deserialize, Serialize};

use super::{Candidate, Profile, Recommendation, choose, merge};
use crate::catalogue::{Catalogue, CatalogueError, CatalogueSummary, Category, Cursor, ListId, RowPage};
use crate::library::LibraryIds;
use crate::media::{MediaKey, MediaType};
use crate::request::MediaRequest;
use crate::tmdb::{Audience, Filter, List, Tmdb, TmdbError};

/// Rows that are read of each list.
const ROWS_PER_LIST: usize = 40;

/// Pages of TMDB's popular titles that a fetch reads: what comes after them is not in the catalogue.
const FETCHED_PAGES: u16 = 2;

/// Where an answer's candidates came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CandidateSource {
    /// Every title is the catalogue's.
    Cache,
    /// Every title is TMDB's.
    Live,
    /// There are titles of both.
    Mixed,
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct RecommendationQuery {
    /// Movies, series, or both when `None`.
    pub media_type: Option<MediaType>,
    /// How many titles, at most.
    pub limit: usize,
    /// Titles that the asker has seen enough of.
    pub exclude: HashSet<MediaKey>,
    /// The words and the country of titles that have to be asked of TMDB; the catalogue's are in its own.
    pub audience: Audience,
}

/// What is known of the household.
#[derive(Clone, Debug, Default)]
pub struct Household {
    /// Its requests, arrived ones included.
    pub requests: Vec<MediaRequest>,
    /// Its library.
    pub library: LibraryIds,
}

/// What recommendations read of the catalogue. A reader that gives up in time keeps the rest of the time for TMDB.
#[async_trait]
pub trait CatalogueReader: Send + Sync {
    /// Reads up to `limit` rows of a list, as [`Catalogue::page`] does.
    async fn page(
        &self,
        list: ListId,
        limit: usize,
        after: Option<Cursor>,
        now: u64,
    ) -> Result<RowPage, CatalogueError>;

    /// Reads the summary, as [`Catalogue::summary`] does.
    async fn summary(&self) -> Result<Option<CatalogueSummary>, CatalogueError>;
}

#[async_trait]
impl<C: Catalogue + ?Sized> CatalogueReader for C {
    async fn page(
        &self,
        list: ListId,
        limit: usize,
        after: Option<Cursor>,
        now: u64,
    ) -> Result<RowPage, CatalogueError> {
        Catalogue::page(self, list, limit, after, now).await
    }

    async fn summary(&self) -> Result<Option<CatalogueSummary>, CatalogueError> {
        Catalogue::summary(self).await
    }
}

/// What was found, and what it cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommended {
    /// The titles, best first.
    pub recommendations: Vec<Recommendation>,
    /// Where they came from.
    pub source: CandidateSource,
    /// Age of the oldest list that was used, in seconds; `None` when no list was.
    pub age: Option<u64>,
    /// Calls of TMDB that were made.
    pub live_calls: usize,
}

/// Why there is no answer, and what that cost.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct RecommendError {
    /// What TMDB said last.
    pub error: TmdbError,
    /// Calls of TMDB that were made.
    pub live_calls: usize,
}

/// Recommends titles. `now` is in unix seconds.
///
/// TMDB is asked for what the catalogue lacks: popular titles, gems for a household without history, and more popular
/// titles when too few are left of which the household has nothing. That is one call each, four for a media type at most.
///
/// # Errors
/// TMDB's error, when no title is left to recommend.
pub async fn answer(
    catalogue: &dyn CatalogueReader,
    tmdb: &dyn Tmdb,
    household: &Household,
    question: &RecommendationQuery,
    now: u64,
) -> Result<Recommended, RecommendError> {
    // A catalogue that does not answer is as good as an empty one: there is TMDB.
    let summary = catalogue.summary().await;
    let is_there = summary.is_ok();
    let summary = summary.unwrap_or_default();
    let profile = Profile::new(&household.requests, summary.as_ref(), now);
    let media_types = question.media_type.map_or(MediaType::ALL.to_vec(), |media_type| vec![media_type]);
    let wanted = if is_there { lists(&media_types, &profile, summary.as_ref(), now) } else { Vec::new() };
    let pages = join_all(wanted.iter().map(|list| catalogue.page(*list, ROWS_PER_LIST, None, now))).await;

    let mut gathered = Gathered::new(unwanted(household, question));
    // Where the popular titles go on that were not read.
    let mut more: Vec<(ListId, Cursor)> = Vec::new();
    for (list, page) in wanted.into_iter().zip(pages) {
        let page = page.unwrap_or_default();
        if list.category == Category::Popular {
            more.extend(page.next.map(|next| (list, next)));
        }
        gathered.add_cached(list, page);
    }
    gathered.ask(tmdb, &question.audience, missing(&media_types, &gathered.held, &profile)).await;

    let short = gathered.short(&media_types, question.limit);
    more.retain(|(list, _)| short.contains(&list.media_type));
    if !more.is_empty() {
        let pages =
            join_all(more.iter().map(|(list, next)| catalogue.page(*list, ROWS_PER_LIST, Some(*next), now))).await;
        for ((list, _), page) in more.into_iter().zip(pages) {
            gathered.add_cached(list, page.unwrap_or_default());
        }
    }
    let next = |media_type: MediaType| {
        let is_held = gathered.held.contains(&ListId::new(Category::Popular, media_type));
        let page = if is_held { FETCHED_PAGES + 1 } else { 2 };
        (Category::Popular, List::Popular { media_type, page })
    };
    // When TMDB has just failed, it is not asked for more.
    if gathered.failure.is_none() {
        let calls = gathered.short(&media_types, question.limit).into_iter().map(next).collect();
        gathered.ask(tmdb, &question.audience, calls).await;
    }
    gathered.into_answer(&profile, question.limit, now)
}

/// What was found so far.
struct Gathered {
    unwanted: HashSet<MediaKey>,
    pool: BTreeMap<MediaKey, Candidate>,
    /// Lists of which the catalogue holds rows, whatever the household thinks of them.
    held: Vec<ListId>,
    /// Titles of the pool that the catalogue did not hold.
    live: HashSet<MediaKey>,
    /// When the oldest of the lists was fetched, in unix seconds.
    oldest: Option<u64>,
    live_calls: usize,
    failure: Option<TmdbError>,
}

impl Gathered {
    fn new(unwanted: HashSet<MediaKey>) -> Self {
        Self {
            unwanted,
            pool: BTreeMap::new(),
            held: Vec::new(),
            live: HashSet::new(),
            oldest: None,
            live_calls: 0,
            failure: None,
        }
    }

    fn add_cached(&mut self, list: ListId, page: RowPage) {
        let Some(freshest) = page.rows.iter().map(|row| row.fetched_at).max() else { return };
        self.oldest = Some(self.oldest.map_or(freshest, |oldest| oldest.min(freshest)));
        if !self.held.contains(&list) {
            self.held.push(list);
        }
        let rows = page.rows.into_iter().map(|row| Candidate::new(row.entry, list.category));
        merge(&mut self.pool, rows, &self.unwanted);
    }

    /// Makes calls side by side.
    async fn ask(&mut self, tmdb: &dyn Tmdb, audience: &Audience, calls: Vec<(Category, List)>) {
        if calls.is_empty() {
            return;
        }
        self.live_calls += calls.len();
        let answers = join_all(calls.iter().map(|(_, list)| tmdb.list(list, audience))).await;
        for ((category, _), answer) in calls.into_iter().zip(answers) {
            let entries = match answer {
                Ok(page) => page.entries,
                Err(error) => {
                    self.failure = Some(error);
                    continue;
                }
            };
            let found: Vec<Candidate> = entries.into_iter().map(|entry| Candidate::new(entry, category)).collect();
            self.live.extend(found.iter().map(Candidate::key).filter(|key| !self.pool.contains_key(key)));
            merge(&mut self.pool, found, &self.unwanted);
        }
    }

    /// Returns the media types that need more: those of which nothing is left, and all when fewer than `limit` are.
    fn short(&self, media_types: &[MediaType], limit: usize) -> Vec<MediaType> {
        let is_short = self.pool.len() < limit;
        let has_some = |of: MediaType| self.pool.keys().any(|key| key.media_type == of);
        media_types.iter().copied().filter(|of| is_short || !has_some(*of)).collect()
    }

    fn into_answer(self, profile: &Profile, limit: usize, now: u64) -> Result<Recommended, RecommendError> {
        let live_calls = self.live_calls;
        if let (true, Some(error)) = (self.pool.is_empty(), self.failure) {
            return Err(RecommendError { error, live_calls });
        }
        let recommendations = choose(self.pool.into_values().collect(), profile, limit, year_of(now));
        let is_live =
            |title: &Recommendation| self.live.contains(&MediaKey::new(title.entry.media_type, title.entry.id));
        let live = if self.live.is_empty() { 0 } else { recommendations.iter().filter(|title| is_live(title)).count() };
        let source = match (live, recommendations.len() - live) {
            (0, _) => CandidateSource::Cache,
            (_, 0) => CandidateSource::Live,
            _ => CandidateSource::Mixed,
        };
        let age = self.oldest.map(|oldest| now.saturating_sub(oldest));
        Ok(Recommended { recommendations, source, age, live_calls })
    }
}

/// Chooses the lists to read: those that fit the household, and of them those that hold anything, when that is known.
fn lists(media_types: &[MediaType], profile: &Profile, summary: Option<&CatalogueSummary>, now: u64) -> Vec<ListId> {
    let mut lists = Vec::new();
    for media_type in media_types {
        let general = if profile.is_cold() {
            vec![Category::Popular, Category::HiddenGems]
        } else {
            vec![Category::Popular, Category::Trending, Category::HiddenGems, Category::AwardWinning]
        };
        let of_genre = profile.genres_of(*media_type).into_iter().map(Category::Genre);
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

/// Chooses what to ask TMDB for, of what the catalogue does not hold: what is popular, gems for a household without
/// history, and for one with history its best liked genre where there is nothing at all.
fn missing(media_types: &[MediaType], held: &[ListId], profile: &Profile) -> Vec<(Category, List)> {
    let mut calls = Vec::new();
    for media_type in media_types.iter().copied() {
        let lacks = |category| !held.contains(&ListId::new(category, media_type));
        let is_empty = held.iter().all(|list| list.media_type != media_type);
        if lacks(Category::Popular) {
            calls.push((Category::Popular, List::Popular { media_type, page: 1 }));
        }
        if is_empty || profile.is_cold() && lacks(Category::HiddenGems) {
            let filter = Filter { genre: None, least_votes: Some(50), most_votes: Some(500) };
            calls.push((Category::HiddenGems, List::Discover { media_type, filter }));
        }
        if let (true, Some(genre)) = (is_empty, profile.genres_of(media_type).first().copied()) {
            let filter = Filter { genre: Some(genre), least_votes: Some(100), most_votes: None };
            calls.push((Category::Genre(genre), List::Discover { media_type, filter }));
        }
    }
    calls
}

fn unwanted(household: &Household, question: &RecommendationQuery) -> HashSet<MediaKey> {
    let requested = household.requests.iter().map(MediaRequest::key);
    let movies = household.library.movie.iter().map(|id| MediaKey::movie(*id));
    let series = household.library.tv.iter().map(|id| MediaKey::tv(*id));
    requested.chain(movies).chain(series).chain(question.exclude.iter().copied()).collect()
}

/// Returns the calendar year, near enough for a title's age.
fn year_of(now: u64) -> u16 {
    u16::try_from(1970 + now / 31_556_952).unwrap_or(u16::MAX)
}
