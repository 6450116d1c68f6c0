//! TMDB's details of one title, with what `append_to_response` adds.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use serde_json::{Map, Value, json};

use super::{
    Query, lists,
    shape::{self, Item},
};
use crate::{
    answer::{TmdbError, ok},
    catalogue::{Catalogue, MediaType, Title},
    state::Shared,
};

/// Answers `/3/movie/653`, and lists such as `/3/movie/popular`.
pub(super) async fn title_or_list(
    State(shared): State<Arc<Shared>>,
    Path((media_type, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    let Some(media_type) = MediaType::parse(&media_type) else {
        return TmdbError::NotFound.response();
    };
    let query = Query::new(query.as_deref());
    if let Some(list) = lists::named_list(&shared, media_type, &id, &query) {
        return list;
    }
    let Some(title) = find(media_type, &id) else {
        return TmdbError::NotFound.response();
    };
    let mut details = details(media_type, title, query.locale());
    for name in query.get("append_to_response").unwrap_or_default().split(',') {
        if let Some(part) = part_of(media_type, title, name, query.locale()) {
            details.insert(name.to_owned(), part);
        }
    }
    ok(&Value::Object(details))
}

/// Answers `/3/movie/653/external_ids` and the like.
pub(super) async fn part(
    Path((media_type, id, name)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Query::new(query.as_deref());
    let found = MediaType::parse(&media_type).and_then(|media_type| {
        let title = find(media_type, &id)?;
        part_of(media_type, title, &name, query.locale()).map(|part| (title, part))
    });
    match found {
        Some((title, Value::Object(mut part))) => {
            // On its own, TMDB puts the id into it; in an appended part there is none.
            if !part.contains_key("page") {
                part.shift_insert(0, "id".to_owned(), json!(title.id));
            }
            ok(&Value::Object(part))
        }
        _ => TmdbError::NotFound.response(),
    }
}

pub(super) async fn person(Path(id): Path<String>) -> Response {
    let person = id.parse().ok().and_then(|id| Catalogue::embedded().person(id));
    let Some(person) = person else {
        return TmdbError::NotFound.response();
    };
    ok(&json!({
        "adult": false,
        "also_known_as": [],
        "biography": "",
        "birthday": null,
        "deathday": null,
        "gender": person.gender,
        "homepage": null,
        "id": person.id,
        "imdb_id": null,
        "known_for_department": person.department,
        "name": person.name,
        "place_of_birth": null,
        "popularity": person.popularity,
        "profile_path": format!("/person{}.jpg", person.id),
    }))
}

fn find(media_type: MediaType, id: &str) -> Option<&'static Title> {
    // TMDB also takes `653-nosferatu`.
    let number = id.split('-').next().unwrap_or(id);
    Catalogue::embedded().find(media_type, number.parse().ok()?)
}

fn details(media_type: MediaType, title: &Title, locale: &str) -> Map<String, Value> {
    let catalogue = Catalogue::embedded();
    let own = catalogue.genres(media_type).iter().filter(|genre| title.genres.contains(&genre.id));
    let countries: Vec<Value> =
        title.countries.iter().map(|country| json!({"iso_3166_1": country, "name": country})).collect();
    let mut value = json!({
        "adult": false,
        "backdrop_path": shape::backdrop_path(media_type, title),
        "genres": shape::genres(own, locale),
        "homepage": "",
        "id": title.id,
        "origin_country": title.countries,
        "original_language": title.language,
        "overview": title.overview(locale),
        "popularity": title.popularity,
        "poster_path": shape::poster_path(media_type, title, locale),
        "production_companies": [],
        "production_countries": countries,
        "spoken_languages": [{
            "english_name": title.language,
            "iso_639_1": title.language,
            "name": title.language,
        }],
        "tagline": "",
        "vote_average": title.rating,
        "vote_count": title.votes,
    });
    let own = match media_type {
        MediaType::Movie => json!({
            "belongs_to_collection": null,
            "budget": 0,
            "imdb_id": title.imdb_id,
            "original_title": title.original_title,
            "release_date": title.date,
            "revenue": 0,
            "runtime": title.runtime,
            "status": "Released",
            "title": title.title(locale),
            "video": false,
        }),
        MediaType::Tv => json!({
            "created_by": creators(title),
            "episode_run_time": [title.runtime],
            "first_air_date": title.date,
            "in_production": false,
            "languages": [title.language],
            "last_air_date": null,
            "name": title.title(locale),
            "networks": [],
            "number_of_episodes": title.episodes,
            "number_of_seasons": title.seasons,
            "original_name": title.original_title,
            "seasons": seasons(title),
            "status": "Ended",
            "type": "Scripted",
        }),
    };
    let mut all = Map::new();
    for part in [value.take(), own] {
        if let Value::Object(part) = part {
            all.extend(part);
        }
    }
    all
}

fn creators(title: &Title) -> Vec<Value> {
    if title.director.is_empty() {
        return Vec::new();
    }
    vec![json!({"id": title.id * 10, "name": title.director, "profile_path": null})]
}

fn seasons(title: &Title) -> Vec<Value> {
    (1..=title.seasons)
        .map(|number| {
            json!({
                "air_date": (number == 1).then_some(&title.date),
                "episode_count": title.episodes / title.seasons,
                "id": title.id * 100 + number,
                "name": format!("Season {number}"),
                "overview": "",
                "poster_path": null,
                "season_number": number,
                "vote_average": 0.0,
            })
        })
        .collect()
}

fn part_of(media_type: MediaType, title: &Title, name: &str, locale: &str) -> Option<Value> {
    Some(match name {
        "external_ids" => external_ids(media_type, title),
        "credits" => credits(title),
        "keywords" => {
            let words: Vec<Value> =
                title.keywords.iter().map(|word| json!({"id": keyword_id(word), "name": word})).collect();
            // TMDB names the two differently.
            match media_type {
                MediaType::Movie => json!({"keywords": words}),
                MediaType::Tv => json!({"results": words}),
            }
        }
        "similar" | "recommendations" => {
            let items = related(media_type, title, name == "recommendations");
            shape::page(&items, 1, false, locale, name == "recommendations")
        }
        _ => return None,
    })
}

fn external_ids(media_type: MediaType, title: &Title) -> Value {
    let mut ids = Map::new();
    ids.insert("imdb_id".to_owned(), json!(title.imdb_id));
    if media_type == MediaType::Tv {
        for name in ["freebase_mid", "freebase_id"] {
            ids.insert(name.to_owned(), Value::Null);
        }
        ids.insert("tvdb_id".to_owned(), json!(title.tvdb_id));
        ids.insert("tvrage_id".to_owned(), Value::Null);
    }
    for name in ["wikidata_id", "facebook_id", "instagram_id", "twitter_id"] {
        ids.insert(name.to_owned(), Value::Null);
    }
    Value::Object(ids)
}

fn credits(title: &Title) -> Value {
    let cast: Vec<Value> = title
        .cast
        .iter()
        .enumerate()
        .map(|(order, name)| {
            json!({
                "adult": false,
                "cast_id": order + 1,
                "character": "",
                "credit_id": format!("cast-{}-{order}", title.id),
                "gender": 0,
                "id": keyword_id(name),
                "known_for_department": "Acting",
                "name": name,
                "order": order,
                "original_name": name,
                "popularity": 1.0,
                "profile_path": null,
            })
        })
        .collect();
    let crew: Vec<Value> = [&title.director]
        .into_iter()
        .filter(|name| !name.is_empty())
        .map(|name| {
            json!({
                "adult": false,
                "credit_id": format!("crew-{}", title.id),
                "department": "Directing",
                "gender": 0,
                "id": keyword_id(name),
                "job": "Director",
                "known_for_department": "Directing",
                "name": name,
                "original_name": name,
                "popularity": 1.0,
                "profile_path": null,
            })
        })
        .collect();
    json!({"cast": cast, "crew": crew})
}

/// Returns the titles with a genre in common, closest first; recommendations start at another one.
fn related(media_type: MediaType, title: &Title, recommended: bool) -> Vec<Item> {
    let common = |other: &Title| other.genres.iter().filter(|genre| title.genres.contains(genre)).count();
    let mut items: Vec<(usize, Item)> = lists::by_popularity(shape::all(media_type))
        .into_iter()
        .filter_map(|item| match item {
            Item::Title(_, other) if other.id != title.id => Some((common(other), item)),
            _ => None,
        })
        .filter(|(common, _)| *common > 0)
        .collect();
    items.sort_by_key(|(common, _)| std::cmp::Reverse(*common));
    let mut items: Vec<Item> = items.into_iter().map(|(_, item)| item).collect();
    if recommended && items.len() > 1 {
        items.rotate_left(1);
    }
    items
}

/// Gives a word a stable number.
fn keyword_id(word: &str) -> u64 {
    word.bytes().fold(7, |id: u64, byte| (id * 31 + u64::from(byte)) % 1_000_003)
}
