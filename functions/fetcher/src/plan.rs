//! Which lists a run asks for.

use stellarr_core::catalogue::{Category, FIXED_GENRES, tv_genre};
use stellarr_core::media::MediaType;
use stellarr_core::reports::ScheduleType;
use stellarr_core::tmdb::{Filter, List};

/// One call of TMDB, and the category that its titles go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The category.
    pub category: Category,
    /// The list.
    pub list: List,
}

/// Lists the calls of a run: 7 daily, 14 weekly and two more for each genre of the household's own.
///
/// `own_genres` are ids of the media type that they are given with.
#[must_use]
pub fn calls(schedule_type: ScheduleType, own_genres: &[(MediaType, Vec<u32>)]) -> Vec<Call> {
    let mut calls = Vec::new();
    if schedule_type.is_daily() {
        for media_type in MediaType::ALL {
            for page in [1, 2] {
                calls.push(Call { category: Category::Popular, list: List::Popular { media_type, page } });
            }
        }
        for media_type in [Some(MediaType::Movie), Some(MediaType::Tv), None] {
            calls.push(Call { category: Category::Trending, list: List::Trending { media_type } });
        }
    }
    if schedule_type.is_weekly() {
        for media_type in MediaType::ALL {
            let discover = |category, filter| Call { category, list: List::Discover { media_type, filter } };
            for genre in genres(media_type, own_genres) {
                let filter = Filter { genre: Some(genre), least_votes: Some(100), most_votes: None };
                calls.push(discover(Category::Genre(genre), filter));
            }
            let gems = Filter { genre: None, least_votes: Some(50), most_votes: Some(500) };
            calls.push(discover(Category::HiddenGems, gems));
            let winners = Filter { genre: None, least_votes: Some(1_000), most_votes: None };
            calls.push(discover(Category::AwardWinning, winners));
        }
    }
    calls
}

/// Returns the genres of one media type: the fixed ones, then the household's own.
fn genres(media_type: MediaType, own_genres: &[(MediaType, Vec<u32>)]) -> Vec<u32> {
    let mut genres: Vec<u32> = match media_type {
        MediaType::Movie => FIXED_GENRES.to_vec(),
        MediaType::Tv => FIXED_GENRES.map(tv_genre).to_vec(),
    };
    let own = own_genres.iter().filter(|(of, _)| *of == media_type).flat_map(|(_, genres)| genres);
    for genre in own {
        if !genres.contains(genre) {
            genres.push(*genre);
        }
    }
    genres
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_seven_calls_and_a_week_fourteen() {
        assert_eq!(calls(ScheduleType::Daily, &[]).len(), 7);
        assert_eq!(calls(ScheduleType::Weekly, &[]).len(), 14);
        assert_eq!(calls(ScheduleType::Full, &[]).len(), 21);
    }

    #[test]
    fn the_households_genres_join_once() {
        let own = [(MediaType::Movie, vec![28, 99, 37]), (MediaType::Tv, vec![10_759, 99, 16, 10_762])];
        let calls = calls(ScheduleType::Weekly, &own);
        // Movies gain 99 and 37; series 99, 16 and 10762, because 10759 is a fixed one.
        assert_eq!(calls.len(), 19);
        let tv: Vec<Category> = calls[9..].iter().map(|call| call.category).collect();
        assert_eq!(tv[5..7], [Category::Genre(99), Category::Genre(16)]);
    }
}
