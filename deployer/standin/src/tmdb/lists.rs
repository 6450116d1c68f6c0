//! TMDB's lists: trending, popular, top rated, discover.

use std::{cmp::Ordering, sync::Arc};

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};

use super::{
    Query,
    shape::{self, Item},
};
use crate::{
    answer::{TmdbError, ok},
    catalogue::{Catalogue, MediaType, Title},
    state::Shared,
};

/// Where the person stands among all that is trending.
const FIRST_PERSON_POSITION: usize = 4;

pub(super) async fn trending(
    State(shared): State<Arc<Shared>>,
    Path((media_type, window)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    let shift = match window.as_str() {
        "day" => 5,
        "week" => 0,
        _ => return TmdbError::NotFound.response(),
    };
    let people = Catalogue::embedded().people.iter().map(Item::Person);
    let mut items: Vec<Item> = match media_type.as_str() {
        "all" => {
            let mut items: Vec<Item> = by_popularity(shape::all(MediaType::Movie).chain(shape::all(MediaType::Tv)));
            for (at, person) in people.take(2).enumerate() {
                items.insert(FIRST_PERSON_POSITION + at * shape::PER_PAGE, person);
            }
            items
        }
        "person" => by_popularity(people),
        media_type => match MediaType::parse(media_type) {
            Some(media_type) => by_popularity(shape::all(media_type)),
            None => return TmdbError::NotFound.response(),
        },
    };
    // What trends today is not quite what trends this week.
    let shift = shift.min(items.len());
    items.rotate_left(shift);
    page_response(&items, &Query::new(query.as_deref()), shared.options.fill_pages, true)
}

/// Answers `/3/{kind}/popular` and the like; none where `list` is no list.
pub(super) fn named_list(shared: &Shared, media_type: MediaType, list: &str, query: &Query) -> Option<Response> {
    let items: Vec<Item> = match list {
        "popular" => by_popularity(shape::all(media_type)),
        "top_rated" => sorted(media_type, "vote_average.desc"),
        "now_playing" | "upcoming" if media_type == MediaType::Movie => sorted(media_type, "primary_release_date.desc"),
        "on_the_air" | "airing_today" if media_type == MediaType::Tv => sorted(media_type, "first_air_date.desc"),
        _ => return None,
    };
    Some(page_response(&items, query, shared.options.fill_pages, false))
}

pub(super) async fn discover(
    State(shared): State<Arc<Shared>>,
    Path(media_type): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let Some(media_type) = MediaType::parse(&media_type) else {
        return TmdbError::NotFound.response();
    };
    let query = Query::new(query.as_deref());
    let mut items = sorted(media_type, query.get("sort_by").unwrap_or("popularity.desc"));
    items.retain(|item| match item {
        Item::Title(_, title) => passes_filters(title, &query),
        Item::Person(_) => false,
    });
    page_response(&items, &query, shared.options.fill_pages, false)
}

fn passes_filters(title: &Title, query: &Query) -> bool {
    let within = |name: &str, value: f64| {
        query.number(&format!("{name}.gte")).is_none_or(|least| value >= least)
            && query.number(&format!("{name}.lte")).is_none_or(|most| value <= most)
    };
    #[expect(clippy::cast_precision_loss, reason = "votes are far below 2^52")]
    let votes = title.votes as f64;
    let year = title.year().unwrap_or_default();
    let same = |name: &str, value: &str| query.get(name).is_none_or(|wanted| wanted == value);
    within("vote_count", votes)
        && within("vote_average", title.rating)
        && query.get("with_genres").is_none_or(|genres| has_genres(title, genres))
        && !query.get("without_genres").is_some_and(|genres| genres.split([',', '|']).any(|id| has_genres(title, id)))
        && same("with_original_language", &title.language)
        && same("primary_release_year", year)
        && same("first_air_date_year", year)
}

/// Tells whether a title has these genres: all of `a,b`, any of `a|b`.
fn has_genres(title: &Title, genres: &str) -> bool {
    let has = |id: &str| id.parse().is_ok_and(|id| title.genres.contains(&id));
    if genres.contains('|') { genres.split('|').any(has) } else { genres.split(',').all(has) }
}

pub(super) fn by_popularity(items: impl Iterator<Item = Item>) -> Vec<Item> {
    let mut items: Vec<Item> = items.collect();
    items.sort_by(|one, other| other.popularity().total_cmp(&one.popularity()));
    items
}

/// Sorts by `field.desc` or `field.asc`; a field that is not known sorts by popularity.
fn sorted(media_type: MediaType, sort_by: &str) -> Vec<Item> {
    let (field, direction) = sort_by.split_once('.').unwrap_or((sort_by, "desc"));
    let order = |one: &Title, other: &Title| -> Ordering {
        match field {
            "vote_average" => one.rating.total_cmp(&other.rating),
            "vote_count" => one.votes.cmp(&other.votes),
            "primary_release_date" | "release_date" | "first_air_date" => one.date.cmp(&other.date),
            "title" | "name" | "original_title" | "original_name" => one.original_title.cmp(&other.original_title),
            _ => one.popularity.total_cmp(&other.popularity),
        }
    };
    let mut titles: Vec<&'static Title> = Catalogue::embedded().titles(media_type).iter().collect();
    titles.sort_by(|one, other| {
        let order = order(one, other);
        if direction == "asc" { order } else { order.reverse() }
    });
    titles.into_iter().map(|title| Item::Title(media_type, title)).collect()
}

pub(super) fn page_response(items: &[Item], query: &Query, fill: bool, with_media_type: bool) -> Response {
    match query.page() {
        Ok(page) => ok(&shape::page(items, page, fill, query.locale(), with_media_type)),
        Err(error) => error.response(),
    }
}
