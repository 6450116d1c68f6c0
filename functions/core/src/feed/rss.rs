//! RSS 2.0.
//!
//! Radarr's "RSS List" reads a film's IMDb id from `<link>`, never from `<guid>`; Sonarr's reads TheTVDB's id from a
//! `<guid>` that is nothing else; Plex-watchlist readers go by `<category>`.

use std::fmt::Write as _;

use super::Listing;
use crate::media::MediaType;
use crate::request::MediaRequest;
use crate::time::{parse_iso, rfc2822};

/// Says what a feed is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Films.
    Movies,
    /// Series.
    Tv,
    /// Both; each title says which it is.
    All,
}

/// Says where a feed belongs.
#[derive(Clone, Copy, Debug)]
pub struct Channel<'a> {
    /// What the feed is about.
    pub topic: Topic,
    /// Address of the site, without a trailing slash.
    pub site: &'a str,
}

impl Topic {
    /// Returns the feed's path.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Movies => "/rss/movies",
            Self::Tv => "/rss/tv",
            Self::All => "/rss/all",
        }
    }

    /// Returns the media type that the feed lists, if it lists one only.
    #[must_use]
    pub const fn media_type(self) -> Option<MediaType> {
        match self {
            Self::Movies => Some(MediaType::Movie),
            Self::Tv => Some(MediaType::Tv),
            Self::All => None,
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Movies => "Stellarr: requested movies",
            Self::Tv => "Stellarr: requested TV shows",
            Self::All => "Stellarr: all requests",
        }
    }
}

/// Writes a feed of the requests, in their order.
#[must_use]
pub fn rss(channel: Channel<'_>, requests: &[MediaRequest], listing: Listing) -> Vec<u8> {
    let Channel { topic, site } = channel;
    let listed: Vec<&MediaRequest> = requests
        .iter()
        .filter(|request| listing.has(request))
        .filter(|request| topic.media_type().is_none_or(|media_type| media_type == request.media_type))
        .collect();
    let mut xml = String::with_capacity(1024 + 512 * listed.len());
    xml.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.push_str("<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel>");
    element(&mut xml, "title", topic.title());
    element(&mut xml, "link", site);
    element(&mut xml, "description", "What has been asked for and is not there yet");
    let _ =
        write!(xml, "<atom:link href=\"{}{}\" rel=\"self\" type=\"application/rss+xml\"/>", escape(site), topic.path());
    element(&mut xml, "docs", "https://www.rssboard.org/rss-specification");
    element(&mut xml, "generator", "Stellarr");
    element(&mut xml, "language", "en");
    // The newest request's time, not the clock's: the same requests are the same bytes.
    if let Some(moment) = listed.iter().filter_map(|request| parse_iso(&request.created_at)).max() {
        element(&mut xml, "lastBuildDate", &rfc2822(moment));
    }
    for request in listed {
        item(&mut xml, topic, request);
    }
    xml.push_str("</channel></rss>\n");
    xml.into_bytes()
}

fn item(xml: &mut String, topic: Topic, request: &MediaRequest) {
    let label = match (topic, request.media_type) {
        (Topic::All, MediaType::Movie) => "[Movie] ",
        (Topic::All, MediaType::Tv) => "[TV] ",
        _ => "",
    };
    let imdb_id = request.imdb_id.as_deref().filter(|id| !id.is_empty());
    let link = match imdb_id {
        Some(id) => format!("https://www.imdb.com/title/{id}/"),
        None => format!("https://www.themoviedb.org/{}/{}", request.media_type, request.tmdb_id),
    };
    let guid = match (request.media_type, imdb_id, request.tvdb_id) {
        (MediaType::Tv, _, Some(tvdb_id)) => tvdb_id.to_string(),
        (MediaType::Movie, Some(imdb_id), _) => imdb_id.to_owned(),
        _ => format!("tmdb://{}", request.tmdb_id),
    };
    xml.push_str("<item>");
    element(xml, "title", &format!("{label}{}", one_line(&request.title_with_year())));
    element(xml, "link", &link);
    element(xml, "description", request.overview.as_deref().unwrap_or("No description available."));
    let _ = write!(xml, "<guid isPermaLink=\"false\">{}</guid>", escape(&guid));
    element(
        xml,
        "category",
        match request.media_type {
            MediaType::Movie => "movie",
            MediaType::Tv => "show",
        },
    );
    if let Some(moment) = parse_iso(&request.created_at) {
        element(xml, "pubDate", &rfc2822(moment));
    }
    xml.push_str("</item>");
}

fn element(xml: &mut String, name: &str, text: &str) {
    let _ = write!(xml, "<{name}>{}</{name}>", escape(text));
}

fn one_line(text: &str) -> String {
    let shown: String = text.chars().filter(|character| character.is_whitespace() || !is_unfit(*character)).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Tells whether a character has no place in XML 1.0, or none in a text that people read.
const fn is_unfit(character: char) -> bool {
    matches!(character, '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
}

/// Escapes markup and leaves out what XML 1.0 can't hold.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' => escaped.push(character),
            '\r' => escaped.push('\n'),
            unfit if is_unfit(unfit) => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::request;
    use super::*;
    use crate::media::MediaKey;

    const SITE: &str = "https://media.example.com";
    const PENDING: Listing = Listing { keep_added: false };

    fn read(topic: Topic, requests: &[MediaRequest]) -> rss::Channel {
        rss::Channel::read_from(&super::rss(Channel { topic, site: SITE }, requests, PENDING)[..]).unwrap()
    }

    #[test]
    fn readers_find_the_ids_where_they_look() {
        let mut bare = request(MediaKey::movie(2), "Bare");
        bare.imdb_id = None;
        let requests = [request(MediaKey::movie(653), "Nosferatu"), request(MediaKey::tv(1), "Les Vampires"), bare];
        let channel = read(Topic::All, &requests);
        assert_eq!(channel.link, SITE);
        assert_eq!(channel.last_build_date.as_deref(), Some("Tue, 14 Nov 2023 22:13:20 +0000"));
        let [film, series, bare] = channel.items() else { panic!("{} items", channel.items().len()) };
        assert_eq!(film.title(), Some("[Movie] Nosferatu (1922)"));
        assert_eq!(film.link(), Some("https://www.imdb.com/title/tt0013442/"));
        assert_eq!(film.categories()[0].name(), "movie");
        assert_eq!(series.title(), Some("[TV] Les Vampires (1922)"));
        assert_eq!(series.guid().map(rss::Guid::value), Some("73871"));
        assert_eq!(bare.link(), Some("https://www.themoviedb.org/movie/2"));
        assert!(channel.validate_dates());
        assert_eq!(read(Topic::Movies, &requests).items().len(), 2);
        assert_eq!(read(Topic::Tv, &requests).items()[0].title(), Some("Les Vampires (1922)"));
    }

    trait Dates {
        fn validate_dates(&self) -> bool;
    }

    impl Dates for rss::Channel {
        fn validate_dates(&self) -> bool {
            self.items().iter().all(|item| item.pub_date() == Some("Tue, 14 Nov 2023 22:13:20 +0000"))
        }
    }

    #[test]
    fn an_empty_feed_is_a_feed() {
        assert!(read(Topic::Movies, &[]).items().is_empty());
    }

    proptest! {
        #[test]
        fn any_title_leaves_the_feed_well_formed(title in ".{0,40}", overview in "[\\x00-\\x7f]{0,40}|\\PC{0,40}|]]>|<!--|&#0;") {
            let mut request = request(MediaKey::movie(1), &title);
            request.overview = Some(overview);
            let channel = read(Topic::Movies, &[request]);
            prop_assert_eq!(channel.items().len(), 1);
            let found = channel.items()[0].title().unwrap_or_default();
            prop_assert!(!found.contains(['\r', '\n']), "{found:?}");
            prop_assert!(found.ends_with("(1922)"));
        }
    }
}
