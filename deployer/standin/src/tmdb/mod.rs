//! Stands for TMDB v3.

mod details;
mod lists;
mod search;
mod shape;

use std::sync::Arc;

use axum::{
    Router,
    extract::{RawQuery, Request, State},
    http::{HeaderMap, header},
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use serde_json::json;

use crate::{
    answer::{TmdbError, ok},
    catalogue::{self, Catalogue, MediaType},
    state::Shared,
};

/// TMDB's paths behind the check of the key.
pub(crate) fn routes(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/3/configuration", get(configuration))
        .route("/3/genre/{kind}/list", get(genres))
        .route("/3/trending/{kind}/{window}", get(lists::trending))
        .route("/3/discover/{kind}", get(lists::discover))
        .route("/3/search/{kind}", get(search::search))
        .route("/3/find/{id}", get(search::find))
        .route("/3/person/{id}", get(details::person))
        .route("/3/{kind}/{id}", get(details::title_or_list))
        .route("/3/{kind}/{id}/{part}", get(details::part))
        .route_layer(middleware::from_fn_with_state(Arc::clone(shared), check_key))
}

async fn check_key(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let query = Query::new(request.uri().query());
    let bearer = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let key = query.get("api_key").or(bearer).unwrap_or_default();
    if shared.knows_key(key) { next.run(request).await } else { TmdbError::InvalidKey.response() }
}

/// The parameters of a request.
#[derive(Debug)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn new(raw: Option<&str>) -> Self {
        Self(parse_query(raw.unwrap_or_default()))
    }

    /// Returns a parameter that is there and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, value)| other == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Returns a number; one that does not parse counts as absent.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.get(name)?.parse().ok()
    }

    /// Returns the catalogue's language for the request.
    pub(super) fn locale(&self) -> &'static str {
        catalogue::locale(self.get("language"))
    }

    /// Returns the page, 1 to 500.
    pub(super) fn page(&self) -> Result<usize, TmdbError> {
        let Some(page) = self.get("page") else {
            return Ok(1);
        };
        page.parse().ok().filter(|page| (1..=500).contains(page)).ok_or(TmdbError::InvalidPage)
    }
}

/// Splits a query into names and values, percent-decoded.
pub(crate) fn parse_query(raw: &str) -> Vec<(String, String)> {
    raw.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let escaped = (byte == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(escaped) => {
                bytes.push(escaped);
                rest = &tail[2..];
            }
            None => {
                bytes.push(if byte == b'+' { b' ' } else { byte });
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn configuration(headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("127.0.0.1");
    let base = format!("http://{host}/t/p/");
    ok(&json!({
        "images": {
            "base_url": base,
            "secure_base_url": base,
            "backdrop_sizes": ["w300", "w780", "w1280", "original"],
            "logo_sizes": ["w45", "w92", "w154", "w185", "w300", "w500", "original"],
            "poster_sizes": ["w92", "w154", "w185", "w342", "w500", "w780", "original"],
            "profile_sizes": ["w45", "w185", "h632", "original"],
            "still_sizes": ["w92", "w185", "w300", "original"],
        },
        "change_keys": ["adult", "general", "genres", "images", "overview", "title"],
    }))
}

async fn genres(axum::extract::Path(media_type): axum::extract::Path<String>, RawQuery(query): RawQuery) -> Response {
    let Some(media_type) = MediaType::parse(&media_type) else {
        return TmdbError::NotFound.response();
    };
    let locale = Query::new(query.as_deref()).locale();
    ok(&json!({"genres": shape::genres(Catalogue::embedded().genres(media_type).iter(), locale)}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded() {
        let query = Query::new(Some("query=m%C3%A9li%C3%A8s+moon&page=2&bad=%zz&empty="));
        assert_eq!(query.get("query"), Some("méliès moon"));
        assert_eq!(query.get("bad"), Some("%zz"));
        assert_eq!(query.get("empty"), None);
        assert_eq!(query.page().ok(), Some(2));
    }

    #[test]
    fn pages_end_at_500() {
        for page in ["0", "501", "-1", "one", "1.5"] {
            let query = Query::new(Some(&format!("page={page}")));
            assert_eq!(query.page(), Err(TmdbError::InvalidPage), "{page}");
        }
    }
}
