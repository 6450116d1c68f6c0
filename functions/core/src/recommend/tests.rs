use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::request::MediaRequest;

const NOW: u64 = 1_800_000_000; // 2027-01-15
const YEAR: u16 = 2027;

fn entry(id: u64, genres: &[u32], year: u16, vote_average: f64, vote_count: u32, popularity: f64) -> TitleEntry {
    TitleEntry {
        id,
        media_type: MediaType::Movie,
        title: format!("T{id}"),
        overview: String::new(),
        poster_path: None,
        backdrop_path: None,
        release_date: Some(format!("{year}-01-01")),
        genre_ids: genres.to_vec(),
        popularity,
        vote_average,
        vote_count,
        original_language: "en".to_owned(),
        adult: false,
    }
}

fn asked_for(id: u64, genres: &[u32]) -> MediaRequest {
    serde_json::from_value(serde_json::json!({
        "media_type": "movie", "tmdb_id": id, "title": format!("Asked {id}"), "year": 2020,
        "created_at": "2027-01-10T00:00:00.000000+00:00", "genre_ids": genres, "original_language": "en",
    }))
    .unwrap()
}

fn ids(recommendations: &[Recommendation]) -> Vec<u64> {
    recommendations.iter().map(|title| title.entry.id).collect()
}

#[test]
fn what_the_household_asked_for_decides() {
    let profile = Profile::new(&[asked_for(900, &[27, 53]), asked_for(901, &[27])], None, NOW);
    let candidates = vec![
        Candidate::new(entry(1, &[10_749], 2020, 7.5, 900, 50.0), Category::Popular),
        Candidate::new(entry(2, &[27, 53], 2020, 7.0, 900, 20.0), Category::Genre(27)),
    ];
    let picked = recommend(candidates, &profile, &HashSet::new(), 2, YEAR);
    assert_eq!(ids(&picked), [2, 1]);
    let because =
        Reason::BecauseYouAskedFor { media_type: MediaType::Movie, tmdb_id: 900, title: "Asked 900".to_owned() };
    assert_eq!(picked[0].reason, because);
    assert_eq!(picked[1].reason, Reason::Popular);
}

#[test]
fn nothing_unwanted_repeated_adult_or_nameless_is_picked() {
    let profile = Profile::new(&[asked_for(900, &[27])], None, NOW);
    let nameless = TitleEntry { title: String::new(), ..entry(4, &[27], 2020, 9.0, 900, 9.0) };
    let adult = TitleEntry { adult: true, ..entry(5, &[27], 2020, 9.0, 900, 9.0) };
    let candidates = [entry(1, &[27], 2020, 7.0, 900, 9.0), entry(2, &[27], 2020, 9.0, 900, 9.0), nameless, adult];
    let both: Vec<Candidate> = candidates
        .iter()
        .flat_map(|entry| {
            [Category::Popular, Category::Trending].map(|category| Candidate::new(entry.clone(), category))
        })
        .collect();
    let picked = recommend(both, &profile, &HashSet::from([MediaKey::movie(2)]), 9, YEAR);
    assert_eq!(ids(&picked), [1]);
}

#[test]
fn ten_of_a_kind_give_way_to_others() {
    let profile = Profile::new(&[asked_for(900, &[27])], None, NOW);
    let mut candidates: Vec<Candidate> =
        (1..=10).map(|id| Candidate::new(entry(id, &[27], 2020, 8.0, 900, 30.0), Category::Genre(27))).collect();
    candidates.push(Candidate::new(entry(50, &[27, 18], 1990, 7.8, 900, 30.0), Category::Genre(18)));
    candidates.push(Candidate::new(entry(51, &[35], 1970, 7.8, 900, 30.0), Category::Genre(35)));
    let picked = ids(&recommend(candidates, &profile, &HashSet::new(), 5, YEAR));
    assert_eq!(picked[0], 1, "the best fit is first");
    assert!(picked.contains(&50) && picked.contains(&51), "{picked:?}");
}

#[test]
fn without_history_every_third_is_a_gem() {
    let profile = Profile::new(&[], None, NOW);
    let popular = (1..=20).map(|id| Candidate::new(entry(id, &[28], 2020, 7.0, 9_000, 90.0), Category::Popular));
    let gems = (100..=120).map(|id| Candidate::new(entry(id, &[18], 2015, 8.0, 200, 3.0), Category::HiddenGems));
    let picked = ids(&recommend(popular.chain(gems).collect(), &profile, &HashSet::new(), 9, YEAR));
    let places: Vec<usize> = picked.iter().enumerate().filter(|(_, id)| **id >= 100).map(|(place, _)| place).collect();
    assert_eq!(places, [2, 5, 8]);
}

#[test]
fn a_rating_of_few_votes_does_not_win() {
    let profile = Profile::new(&[asked_for(900, &[18])], None, NOW);
    let candidates = vec![
        Candidate::new(entry(1, &[18], 2020, 10.0, 2, 5.0), Category::Genre(18)),
        Candidate::new(entry(2, &[18], 2020, 8.5, 4_000, 5.0), Category::Genre(18)),
    ];
    assert_eq!(ids(&recommend(candidates, &profile, &HashSet::new(), 1, YEAR)), [2]);
}

fn any_candidate() -> impl Strategy<Value = Candidate> {
    (
        1_u64..400,
        prop::collection::vec(0_u32..30, 0..6),
        1900_u16..2027,
        -1.0..11.0,
        any::<u32>(),
        prop::num::f64::ANY,
        0_u32..4,
    )
        .prop_map(|(id, genres, year, vote, votes, popularity, category)| {
            let category =
                [Category::Popular, Category::Trending, Category::HiddenGems, Category::Genre(18)][category as usize];
            Candidate::new(entry(id, &genres, year, vote, votes, popularity), category)
        })
}

proptest! {
    #[test]
    fn whatever_comes_the_answer_is_short_distinct_and_wanted(
        candidates in prop::collection::vec(any_candidate(), 0..300),
        asked in prop::collection::vec((1_u64..400, prop::collection::vec(0_u32..30, 0..5)), 0..20),
        limit in 0_usize..30,
    ) {
        let requests: Vec<MediaRequest> = asked.iter().map(|(id, genres)| asked_for(*id, genres)).collect();
        let unwanted: HashSet<MediaKey> = requests.iter().map(MediaRequest::key).collect();
        let available: BTreeSet<u64> =
            candidates.iter().map(|candidate| candidate.entry.id).filter(|id| !unwanted.contains(&MediaKey::movie(*id))).collect();
        let profile = Profile::new(&requests, None, NOW);
        let picked = ids(&recommend(candidates, &profile, &unwanted, limit, YEAR));
        let distinct: BTreeSet<u64> = picked.iter().copied().collect();
        prop_assert_eq!(distinct.len(), picked.len(), "each once");
        prop_assert!(distinct.is_subset(&available), "nothing unwanted");
        prop_assert_eq!(picked.len(), limit.min(available.len()), "as many as there are");
    }
}
