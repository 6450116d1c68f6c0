//! What a notification says, in the subscriber's language.

use serde::Serialize;

use crate::media::MediaType;
use crate::request::MediaRequest;

/// Tells somebody that what they asked for has arrived.
#[derive(Clone, Copy, Debug)]
pub struct Notification<'a> {
    /// The request that was fulfilled.
    pub request: &'a MediaRequest,
    /// Where TMDB's images are, without a trailing slash.
    pub image_base: &'a str,
}

/// What the service worker reads.
#[derive(Serialize)]
struct Payload {
    title: &'static str,
    body: String,
    tag: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<String>,
}

/// One language's words: the title for a film, the title for a series, and the sentence around the name.
struct Words {
    movie: &'static str,
    tv: &'static str,
    body: fn(&str) -> String,
}

/// The languages that notifications are written in, of which each has one file in `notifications/`.
const LANGUAGES: &[(&str, Words)] = include!(concat!(env!("OUT_DIR"), "/notifications.rs"));

/// What is sent to people of every other language.
const ENGLISH: Words = include!("../../notifications/en.rs");

fn words(language: Option<&str>) -> &'static Words {
    let language = language.unwrap_or_default().split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    LANGUAGES.iter().find(|(written, _)| *written == language).map_or(&ENGLISH, |(_, words)| words)
}

impl Notification<'_> {
    /// Writes the JSON that the service worker reads.
    ///
    /// A title is cut where it would make the message larger than a push service takes.
    #[must_use]
    pub fn payload(&self, language: Option<&str>) -> Vec<u8> {
        let words = words(language);
        let request = self.request;
        let title: String = request.title.chars().take(200).collect();
        let image = |size: &str| request.poster_path.as_ref().map(|path| format!("{}/{size}{path}", self.image_base));
        let payload = Payload {
            title: match request.media_type {
                MediaType::Movie => words.movie,
                MediaType::Tv => words.tv,
            },
            body: (words.body)(&title),
            tag: format!("fulfilled-{}-{}", request.media_type, request.tmdb_id),
            image: image("w300"),
            icon: image("w92"),
        };
        serde_json::to_vec(&payload).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subscribers_language_is_spoken() {
        let request = MediaRequest {
            media_type: MediaType::Tv,
            tmdb_id: 7,
            title: "Fantômas".to_owned(),
            created_at: String::new(),
            year: None,
            overview: None,
            poster_path: Some("/p.jpg".to_owned()),
            imdb_id: None,
            tvdb_id: None,
            requested_by: None,
            genre_ids: Vec::new(),
            original_language: None,
            added_at: None,
            plex_guid: None,
        };
        let notification = Notification { request: &request, image_base: "https://image.tmdb.org/t/p" };
        let text = |language| String::from_utf8(notification.payload(language)).unwrap();
        insta::assert_snapshot!(text(Some("de-AT")), @r#"{"title":"Serie verfügbar","body":"„Fantômas“ ist jetzt in der Bibliothek.","tag":"fulfilled-tv-7","image":"https://image.tmdb.org/t/p/w300/p.jpg","icon":"https://image.tmdb.org/t/p/w92/p.jpg"}"#);
        assert!(text(None).contains("TV show available") && text(Some("xx")).contains("TV show available"));
    }
}
