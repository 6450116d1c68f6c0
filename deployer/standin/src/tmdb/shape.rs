//! Shapes titles and people as TMDB's lists have them.

use serde_json::{Map, Value, json};

use crate::catalogue::{Catalogue, Genre, MediaType, Person, Title};

/// How many items a page has.
pub(super) const PER_PAGE: usize = 20;

/// Something that a list can hold.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item {
    Title(MediaType, &'static Title),
    Person(&'static Person),
}

impl Item {
    pub(super) fn popularity(&self) -> f64 {
        match self {
            Self::Title(_, title) => title.popularity,
            Self::Person(person) => person.popularity,
        }
    }

    /// Returns the item of a list, with `media_type` where the list mixes kinds.
    pub(super) fn json(&self, locale: &str, with_media_type: bool) -> Value {
        match self {
            Self::Title(media_type, title) => title_item(*media_type, title, locale, with_media_type),
            Self::Person(person) => person_item(person, locale),
        }
    }
}

/// Returns all titles of a media type.
pub(super) fn all(media_type: MediaType) -> impl Iterator<Item = Item> {
    Catalogue::embedded().titles(media_type).iter().map(move |title| Item::Title(media_type, title))
}

/// Returns the file of a title's poster.
pub(super) fn poster_path(media_type: MediaType, title: &Title, locale: &str) -> Value {
    if title.without_poster {
        return Value::Null;
    }
    json!(format!("/{}{}{locale}.jpg", media_type.as_str(), title.id))
}

/// Returns the file of a title's backdrop.
pub(super) fn backdrop_path(media_type: MediaType, title: &Title) -> Value {
    if title.without_poster {
        return Value::Null;
    }
    json!(format!("/{}{}wide.jpg", media_type.as_str(), title.id))
}

fn title_item(media_type: MediaType, title: &Title, locale: &str, with_media_type: bool) -> Value {
    let mut item = Map::new();
    item.insert("adult".to_owned(), json!(false));
    item.insert("backdrop_path".to_owned(), backdrop_path(media_type, title));
    item.insert("id".to_owned(), json!(title.id));
    let (name, original, date) = match media_type {
        MediaType::Movie => ("title", "original_title", "release_date"),
        MediaType::Tv => ("name", "original_name", "first_air_date"),
    };
    item.insert(name.to_owned(), json!(title.title(locale)));
    item.insert(original.to_owned(), json!(title.original_title));
    item.insert("overview".to_owned(), json!(title.overview(locale)));
    item.insert("poster_path".to_owned(), poster_path(media_type, title, locale));
    if with_media_type {
        item.insert("media_type".to_owned(), json!(media_type));
    }
    item.insert("original_language".to_owned(), json!(title.language));
    item.insert("genre_ids".to_owned(), json!(title.genres));
    item.insert("popularity".to_owned(), json!(title.popularity));
    item.insert(date.to_owned(), json!(title.date));
    match media_type {
        MediaType::Movie => item.insert("video".to_owned(), json!(false)),
        MediaType::Tv => item.insert("origin_country".to_owned(), json!(title.countries)),
    };
    item.insert("vote_average".to_owned(), json!(title.rating));
    item.insert("vote_count".to_owned(), json!(title.votes));
    Value::Object(item)
}

fn person_item(person: &Person, locale: &str) -> Value {
    let known_for: Vec<Value> = person
        .known_for
        .iter()
        .filter_map(|id| Catalogue::embedded().find(MediaType::Movie, *id))
        .map(|title| title_item(MediaType::Movie, title, locale, true))
        .collect();
    json!({
        "adult": false,
        "id": person.id,
        "name": person.name,
        "original_name": person.name,
        "media_type": "person",
        "popularity": person.popularity,
        "gender": person.gender,
        "known_for_department": person.department,
        "profile_path": format!("/person{}.jpg", person.id),
        "known_for": known_for,
    })
}

/// Returns genres by name.
pub(super) fn genres<'a>(genres: impl Iterator<Item = &'a Genre>, locale: &str) -> Vec<Value> {
    genres
        .map(|genre| {
            let name = genre.names.get(locale).or_else(|| genre.names.get("en"));
            json!({"id": genre.id, "name": name})
        })
        .collect()
}

/// Returns one page of a list in TMDB's envelope.
///
/// With `fill`, the list starts again at its end, for 500 pages.
pub(super) fn page(items: &[Item], number: usize, fill: bool, locale: &str, with_media_type: bool) -> Value {
    let start = (number - 1) * PER_PAGE;
    let fill = fill && !items.is_empty();
    let total = if fill { 500 * PER_PAGE } else { items.len() };
    let results: Vec<Value> = (start..total.min(start + PER_PAGE))
        .filter_map(|at| items.get(at % items.len().max(1)))
        .map(|item| item.json(locale, with_media_type))
        .collect();
    json!({
        "page": number,
        "results": results,
        "total_pages": total.div_ceil(PER_PAGE),
        "total_results": total,
    })
}
