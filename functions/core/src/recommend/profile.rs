//! What a household likes.

use std::collections::BTreeMap;

use super::genres::GenreSet;
use crate::catalogue::{CatalogueSummary, Taste, genre_ids};
use crate::media::MediaType;
use crate::request::MediaRequest;
use crate::time::parse_iso;

/// After this many days a request counts half.
const HALF_LIFE_DAYS: f64 = 180.0;

/// What the whole library counts, measured in fresh requests. It says what a household has; requests say what it wants.
const LIBRARY_WEIGHT: f64 = 5.0;

/// Genres of the household's own whose lists are fetched and read, of each media type.
pub const FAVORITE_GENRES: usize = 3;

/// A title that somebody asked for.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) media_type: MediaType,
    pub(super) tmdb_id: u64,
    pub(super) title: String,
    pub(super) genres: GenreSet,
    pub(super) decade: Option<u16>,
    pub(super) weight: f64,
}

/// A household's taste: shares of genres, decades and languages, the greatest of each being 1.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub(super) genres: BTreeMap<u32, f64>,
    pub(super) decades: BTreeMap<u16, f64>,
    pub(super) languages: BTreeMap<String, f64>,
    pub(super) wishes: Vec<Wish>,
}

impl Profile {
    /// Reads the taste out of requests, recent ones first in weight, and of what a fetch counted in the library.
    /// `now` is in unix seconds.
    #[must_use]
    pub fn new(requests: &[MediaRequest], summary: Option<&CatalogueSummary>, now: u64) -> Self {
        let mut profile = Self::default();
        for request in requests {
            profile.add_request(request, now);
        }
        if let Some(summary) = summary {
            let titles = summary.movie.titles + summary.tv.titles;
            if titles > 0 {
                let each = LIBRARY_WEIGHT / f64::from(titles);
                profile.add_library(&summary.movie, each);
                profile.add_library(&summary.tv, each);
            }
        }
        normalize(&mut profile.genres);
        normalize(&mut profile.decades);
        normalize(&mut profile.languages);
        profile
    }

    /// Says whether nothing is known of the household.
    #[must_use]
    pub fn is_cold(&self) -> bool {
        self.genres.is_empty()
    }

    /// Returns the best liked genres, by TMDB's movie ids.
    #[must_use]
    pub fn top_genres(&self, most: usize) -> Vec<u32> {
        let mut genres: Vec<(u32, f64)> = self.genres.iter().map(|(id, share)| (*id, *share)).collect();
        genres.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        genres.into_iter().take(most).map(|(id, _)| id).collect()
    }

    /// Returns the best liked genres by TMDB's ids for one media type, each once and at most [`FAVORITE_GENRES`] of them.
    ///
    /// The fetcher fills the lists of these genres and recommendations read them, so both ask here.
    #[must_use]
    pub fn genres_of(&self, media_type: MediaType) -> Vec<u32> {
        let mut ids = Vec::with_capacity(FAVORITE_GENRES);
        for id in self.top_genres(usize::MAX).into_iter().flat_map(|genre| genre_ids(genre, media_type)) {
            if ids.len() == FAVORITE_GENRES {
                break;
            }
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    fn add_request(&mut self, request: &MediaRequest, now: u64) {
        let weight = decay(&request.created_at, now);
        let genres = GenreSet::new(&request.genre_ids);
        for genre in genres.as_slice() {
            *self.genres.entry(*genre).or_default() += weight;
        }
        let decade = request.year.map(|year| year / 10 * 10);
        if let Some(decade) = decade {
            *self.decades.entry(decade).or_default() += weight;
        }
        if let Some(language) = &request.original_language {
            add(&mut self.languages, language, weight);
        }
        self.wishes.push(Wish {
            media_type: request.media_type,
            tmdb_id: request.tmdb_id,
            title: request.title.clone(),
            genres,
            decade,
            weight,
        });
    }

    fn add_library(&mut self, taste: &Taste, each: f64) {
        for (genre, count) in &taste.genres {
            for genre in GenreSet::new(&[*genre]).as_slice() {
                *self.genres.entry(*genre).or_default() += each * f64::from(*count);
            }
        }
        for (decade, count) in &taste.decades {
            *self.decades.entry(*decade).or_default() += each * f64::from(*count);
        }
        for (language, count) in &taste.languages {
            add(&mut self.languages, language, each * f64::from(*count));
        }
    }
}

/// Weighs a request by its age, 1 when it is new. One without a readable date counts as a year old.
#[expect(clippy::cast_precision_loss, reason = "ages are some years of seconds")]
fn decay(created_at: &str, now: u64) -> f64 {
    let created = parse_iso(created_at).and_then(|moment| u64::try_from(moment.as_second()).ok());
    let days = created.map_or(365.0, |created| now.saturating_sub(created) as f64 / 86_400.0);
    0.5_f64.powf(days / HALF_LIFE_DAYS)
}

fn add(shares: &mut BTreeMap<String, f64>, name: &str, weight: f64) {
    match shares.get_mut(name) {
        Some(share) => *share += weight,
        None => {
            shares.insert(name.to_owned(), weight);
        }
    }
}

fn normalize<K: Ord>(shares: &mut BTreeMap<K, f64>) {
    let greatest = shares.values().copied().fold(0.0, f64::max);
    if greatest > 0.0 {
        shares.values_mut().for_each(|share| *share /= greatest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(id: u64, created_at: &str, genre: u32) -> MediaRequest {
        let body = format!(
            r#"{{"media_type":"movie","tmdb_id":{id},"title":"T{id}","created_at":"{created_at}","year":1994,"genre_ids":[{genre}],"original_language":"en"}}"#
        );
        serde_json::from_str(&body).unwrap()
    }

    const NOW: u64 = 1_800_000_000; // 2027-01-15

    #[test]
    fn a_recent_request_outweighs_an_old_one() {
        let requests =
            [request(1, "2027-01-14T00:00:00.000000+00:00", 18), request(2, "2025-01-14T00:00:00.000000+00:00", 27)];
        let profile = Profile::new(&requests, None, NOW);
        assert_eq!(profile.top_genres(9), [18, 27]);
        assert!(profile.genres[&27] < 0.07, "two years are four half-lives");
        assert!((profile.decades[&1990] - 1.0).abs() < 1e-9);
        assert!(!profile.is_cold());
    }

    #[test]
    fn the_library_counts_less_than_requests() {
        let mut summary = CatalogueSummary::default();
        for _ in 0..500 {
            summary.tv.add(&crate::catalogue::TitleFacts {
                genre_ids: vec![10_765],
                year: None,
                original_language: String::new(),
            });
        }
        let requests: Vec<_> = (0..10).map(|id| request(id, "2027-01-14T00:00:00.000000+00:00", 35)).collect();
        let profile = Profile::new(&requests, Some(&summary), NOW);
        assert_eq!(profile.top_genres(1), [35]);
        assert!(profile.genres[&878] > 0.4 && profile.genres[&878] < 0.6);
    }

    #[test]
    fn genres_of_a_media_type_are_its_own_and_each_once() {
        let series = |genre| -> MediaRequest {
            let request = request(7, "2027-01-14T00:00:00.000000+00:00", genre);
            MediaRequest { media_type: MediaType::Tv, ..request }
        };
        // Action and adventure are one genre of series; history is none of theirs, and reality none of movies.
        let requests =
            [series(10_759), series(10_759), request(1, "2027-01-14T00:00:00.000000+00:00", 36), series(10_762)];
        let profile = Profile::new(&requests, None, NOW);
        assert_eq!(profile.top_genres(9), [12, 28, 36, 10_751]);
        assert_eq!(profile.genres_of(MediaType::Movie), [12, 28, 36]);
        assert_eq!(profile.genres_of(MediaType::Tv), [10_759, 10_751, 10_762]);
    }

    #[test]
    fn without_history_a_profile_is_cold() {
        assert!(Profile::new(&[], Some(&CatalogueSummary::default()), NOW).is_cold());
    }
}
