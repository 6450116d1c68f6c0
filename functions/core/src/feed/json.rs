//! The lists of Radarr and Sonarr, as their parsers want them.
//!
//! Radarr's "StevenLu" list reads `title` and `imdb_id`, its "Custom Lists" read an integer `id`, TMDB's; one document
//! serves both. Sonarr reads `tvdbId`, and newer ones `tmdbId`, `imdbId` and `title`. One value that it can't read
//! fails its whole list, so what is unknown is left out, and numbers fit 32 bits.

use serde::Serialize;

use super::Listing;
use crate::media::MediaType;
use crate::request::MediaRequest;

#[derive(Serialize)]
struct RadarrItem<'a> {
    id: i32,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    imdb_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    poster_url: Option<String>,
}

#[derive(Serialize)]
struct SonarrItem<'a> {
    /// A decimal text, as the old system sent it; Sonarr reads it as well as a number.
    #[serde(rename = "tvdbId", skip_serializing_if = "Option::is_none")]
    tvdb_id: Option<String>,
    #[serde(rename = "tmdbId")]
    tmdb_id: i32,
    #[serde(rename = "imdbId", skip_serializing_if = "Option::is_none")]
    imdb_id: Option<&'a str>,
    title: &'a str,
}

/// Writes Radarr's list of the films among the requests.
#[must_use]
pub fn radarr(requests: &[MediaRequest], listing: Listing, image_base: &str) -> Vec<u8> {
    let items: Vec<RadarrItem<'_>> = listed(requests, MediaType::Movie, listing)
        .map(|(id, request)| RadarrItem {
            id,
            title: request.title_with_year(),
            imdb_id: imdb_id(request),
            poster_url: request.poster_path.as_ref().map(|path| format!("{image_base}/w300{path}")),
        })
        .collect();
    write(&items)
}

/// Writes Sonarr's list of the series among the requests.
#[must_use]
pub fn sonarr(requests: &[MediaRequest], listing: Listing) -> Vec<u8> {
    let items: Vec<SonarrItem<'_>> = listed(requests, MediaType::Tv, listing)
        .map(|(tmdb_id, request)| SonarrItem {
            tvdb_id: request.tvdb_id.and_then(positive).map(|id| id.to_string()),
            tmdb_id,
            imdb_id: imdb_id(request),
            title: &request.title,
        })
        .collect();
    write(&items)
}

fn listed(
    requests: &[MediaRequest],
    media_type: MediaType,
    listing: Listing,
) -> impl Iterator<Item = (i32, &MediaRequest)> {
    requests
        .iter()
        .filter(move |request| request.media_type == media_type && listing.has(request))
        .filter_map(|request| Some((positive(request.tmdb_id)?, request)))
}

fn positive(id: u64) -> Option<i32> {
    i32::try_from(id).ok().filter(|id| *id > 0)
}

fn imdb_id(request: &MediaRequest) -> Option<&str> {
    request.imdb_id.as_deref().filter(|id| !id.is_empty())
}

fn write<T: Serialize>(items: &[T]) -> Vec<u8> {
    // Texts and numbers always serialise.
    serde_json::to_vec(items).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::samples::request;
    use super::*;
    use crate::media::MediaKey;

    const ALL: Listing = Listing { keep_added: true };
    const PENDING: Listing = Listing { keep_added: false };

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn radarrs_items_serve_both_of_its_lists() {
        let mut bare = request(MediaKey::movie(2), "Häxan \"1\"\r\n<b>");
        (bare.imdb_id, bare.poster_path, bare.year) = (None, None, None);
        let requests = [request(MediaKey::movie(653), "Nosferatu"), bare, request(MediaKey::tv(1), "A series")];
        insta::assert_snapshot!(text(radarr(&requests, PENDING, "https://image.tmdb.org/t/p")), @r#"[{"id":653,"title":"Nosferatu (1922)","imdb_id":"tt0013442","poster_url":"https://image.tmdb.org/t/p/w300/p.jpg"},{"id":2,"title":"Häxan \"1\"\r\n<b>"}]"#);
    }

    #[test]
    fn sonarrs_items_never_hold_what_fails_its_list() {
        let mut large = request(MediaKey::tv(2), "Large");
        (large.tvdb_id, large.imdb_id) = (Some(3_000_000_000), Some(String::new()));
        let beyond = request(MediaKey::tv(3_000_000_000), "Beyond");
        let requests = [request(MediaKey::tv(1), "Les Vampires"), large, beyond, request(MediaKey::movie(1), "A film")];
        insta::assert_snapshot!(text(sonarr(&requests, PENDING)), @r#"[{"tvdbId":"73871","tmdbId":1,"imdbId":"tt0013442","title":"Les Vampires"},{"tmdbId":2,"title":"Large"}]"#);
    }

    #[test]
    fn what_has_arrived_leaves_unless_it_is_to_stay() {
        let mut added = request(MediaKey::movie(1), "Added");
        added.added_at = Some("2024".to_owned());
        let requests = [added];
        assert_eq!(text(radarr(&requests, PENDING, "")), "[]");
        assert!(text(radarr(&requests, ALL, "")).contains("Added"));
        assert_eq!(text(sonarr(&requests, ALL)), "[]");
    }
}
