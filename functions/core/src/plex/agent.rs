//! Ids in guids: `tmdb://…` of the modern agents, `com.plexapp.agents.…` of the legacy ones.

use crate::store::KnownIds;

/// Holds what one or more guids say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ids {
    pub(super) known: KnownIds,
    pub(super) imdb_id: Option<String>,
}

/// Reads the modern guids of an item; of a kind that comes twice the last counts.
pub(super) fn modern<'a>(guids: impl Iterator<Item = &'a str>) -> Ids {
    let mut ids = Ids::default();
    for guid in guids {
        let Some((agent, value)) = guid.split_once("://") else { continue };
        match agent {
            "tmdb" => ids.known.tmdb_id = number(value).or(ids.known.tmdb_id),
            "tvdb" => ids.known.tvdb_id = number(value).or(ids.known.tvdb_id),
            "imdb" => ids.imdb_id = imdb(value).or(ids.imdb_id),
            _ => {}
        }
    }
    ids
}

/// Reads a legacy agent's guid. Of a season or an episode it names the show first: `thetvdb://73871/2/15`.
pub(super) fn legacy(guid: &str) -> Ids {
    let mut ids = Ids::default();
    let Some((agent, path)) = guid.strip_prefix("com.plexapp.agents.").and_then(|rest| rest.split_once("://")) else {
        return ids;
    };
    let first = path.split(['/', '?']).next().unwrap_or_default();
    match agent {
        "thetvdb" | "thetvdbdvdorder" => ids.known.tvdb_id = number(first),
        "themoviedb" => ids.known.tmdb_id = number(first),
        "imdb" => ids.imdb_id = imdb(first),
        // The anime agent says whose id it is: `tvdb-81797`, `tvdb2-81797`, `tmdb-…`, `imdb-tt…`, `anidb-69`.
        "hama" => match first.split_once('-') {
            Some(("tmdb" | "tsdb", value)) => ids.known.tmdb_id = number(value),
            Some(("imdb", value)) => ids.imdb_id = imdb(value),
            Some((source, value)) if source.starts_with("tvdb") => ids.known.tvdb_id = number(value),
            _ => {}
        },
        _ => {}
    }
    ids
}

fn number(text: &str) -> Option<u64> {
    if !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    // No service has ids of more than 31 bits, and Sonarr refuses a whole list for one.
    text.parse().ok().filter(|id| (1..=2_147_483_647).contains(id))
}

fn imdb(text: &str) -> Option<String> {
    let digits = text.strip_prefix("tt")?;
    let fits = (7..=10).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("com.plexapp.agents.thetvdb://73871/2/15?lang=en", None, Some(73_871), None)]
    #[case("com.plexapp.agents.thetvdb://301376?lang=en", None, Some(301_376), None)]
    #[case("com.plexapp.agents.themoviedb://390043?lang=en", Some(390_043), None, None)]
    #[case("com.plexapp.agents.imdb://tt0072684?lang=en", None, None, Some("tt0072684"))]
    #[case("com.plexapp.agents.hama://tvdb-81797/1/1?lang=en", None, Some(81_797), None)]
    #[case("com.plexapp.agents.hama://tvdb2-81797?lang=en", None, Some(81_797), None)]
    #[case("com.plexapp.agents.hama://anidb-69/1/1?lang=en", None, None, None)]
    #[case("com.plexapp.agents.none://abc?lang=xn", None, None, None)]
    #[case("com.plexapp.agents.xbmcnfotv://12", None, None, None)]
    #[case("com.plexapp.agents.thetvdb://-5", None, None, None)]
    #[case("com.plexapp.agents.thetvdb://99999999999999999999", None, None, None)]
    #[case("com.plexapp.agents.thetvdb://2147483648", None, None, None)]
    #[case("com.plexapp.agents.thetvdb://2147483647", None, Some(2_147_483_647), None)]
    #[case("local://73871", None, None, None)]
    #[case("plex://show/5d9c086c46115600200aa2fe", None, None, None)]
    #[case("", None, None, None)]
    fn legacy_guids(
        #[case] guid: &str,
        #[case] tmdb_id: Option<u64>,
        #[case] tvdb_id: Option<u64>,
        #[case] imdb_id: Option<&str>,
    ) {
        let ids = legacy(guid);
        assert_eq!(ids.known, KnownIds { tmdb_id, tvdb_id });
        assert_eq!(ids.imdb_id.as_deref(), imdb_id);
    }

    #[test]
    fn modern_guids() {
        let guids = ["imdb://tt7678620", "tmdb://82728", "tvdb://x", "tvdb://353546", "tvdb://", "other://1", "tmdb"];
        let ids = modern(guids.into_iter());
        assert_eq!(ids.known, KnownIds { tmdb_id: Some(82_728), tvdb_id: Some(353_546) });
        assert_eq!(ids.imdb_id.as_deref(), Some("tt7678620"));
    }
}
