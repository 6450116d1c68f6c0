//! TMDB's search, and its look-up by the ids of others.

use axum::{
    extract::{Path, RawQuery},
    response::Response,
};
use serde_json::{Value, json};

use super::{
    Query,
    lists::{by_popularity, page_response},
    shape::{self, Item},
};
use crate::{
    answer::{TmdbError, ok},
    catalogue::{Catalogue, MediaType},
};

pub(super) async fn search(Path(media_type): Path<String>, RawQuery(query): RawQuery) -> Response {
    let query = Query::new(query.as_deref());
    let people = Catalogue::embedded().people.iter().map(Item::Person);
    let candidates: Vec<Item> = match media_type.as_str() {
        "multi" => shape::all(MediaType::Movie).chain(shape::all(MediaType::Tv)).chain(people).collect(),
        "person" => people.collect(),
        media_type => match MediaType::parse(media_type) {
            Some(media_type) => shape::all(media_type).collect(),
            None => return TmdbError::NotFound.response(),
        },
    };
    let words: Vec<String> =
        fold(query.get("query").unwrap_or_default()).split_whitespace().map(str::to_owned).collect();
    let year = query.get("year").or(query.get("primary_release_year")).or(query.get("first_air_date_year"));
    let found = candidates.into_iter().filter(|item| {
        !words.is_empty() && names(item).iter().any(|name| has_words(name, &words)) && is_from_year(item, year)
    });
    // As TMDB does: only what mixes kinds names them.
    page_response(&by_popularity(found), &query, false, media_type == "multi")
}

fn is_from_year(item: &Item, year: Option<&str>) -> bool {
    match (item, year) {
        (Item::Title(_, title), Some(year)) => title.year() == Some(year),
        _ => true,
    }
}

/// Returns the names by which an item is found, folded.
fn names(item: &Item) -> Vec<String> {
    match item {
        Item::Title(_, title) => title.titles.values().chain([&title.original_title]).map(|name| fold(name)).collect(),
        Item::Person(person) => vec![fold(&person.name)],
    }
}

/// Tells whether each word begins some word of the name.
fn has_words(name: &str, words: &[String]) -> bool {
    words.iter().all(|word| name.split_whitespace().any(|part| part.starts_with(word)))
}

/// Lower-cases, drops accents, and turns punctuation into blanks.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in text.chars().flat_map(char::to_lowercase) {
        match character {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => folded.push('a'),
            'ç' => folded.push('c'),
            'è' | 'é' | 'ê' | 'ë' => folded.push('e'),
            'ì' | 'í' | 'î' | 'ï' => folded.push('i'),
            'ñ' => folded.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' => folded.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => folded.push('u'),
            'ß' => folded.push_str("ss"),
            '.' => {}
            character if character.is_alphanumeric() => folded.push(character),
            _ => folded.push(' '),
        }
    }
    folded
}

pub(super) async fn find(Path(id): Path<String>, RawQuery(query): RawQuery) -> Response {
    let query = Query::new(query.as_deref());
    let source = query.get("external_source").unwrap_or_default();
    let find = |media_type: MediaType| -> Vec<Value> {
        shape::all(media_type)
            .filter(|item| match (item, source) {
                (Item::Title(_, title), "imdb_id") => title.imdb_id.as_deref() == Some(&*id),
                (Item::Title(_, title), "tvdb_id") => {
                    title.tvdb_id.is_some_and(|tvdb| id.parse().is_ok_and(|id: u64| id == tvdb))
                }
                _ => false,
            })
            .map(|item| item.json(query.locale(), true))
            .collect()
    };
    ok(&json!({
        "movie_results": find(MediaType::Movie),
        "person_results": [],
        "tv_results": find(MediaType::Tv),
        "tv_episode_results": [],
        "tv_season_results": [],
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_without_case_accent_or_punctuation() {
        let words = |text: &str| -> Vec<String> { fold(text).split_whitespace().map(str::to_owned).collect() };
        let name = fold("Häxan: L'Été à Weißensee, D.O.A.");
        assert!(has_words(&name, &words("haxan")));
        assert!(has_words(&name, &words("ete weiss doa")));
        assert!(!has_words(&name, &words("haxan winter")));
    }
}
