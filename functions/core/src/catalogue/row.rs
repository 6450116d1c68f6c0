//! Rows, and how a changed one is told from one that is the same.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::lists::{Category, ListId};
use crate::media::MediaType;
use crate::tmdb::TitleEntry;

/// Names a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// Its list.
    pub list: ListId,
    /// TMDB's id.
    pub tmdb_id: u64,
}

/// A digest of everything in a row that a reader could see.
pub type Fingerprint = [u8; 12];

/// What is known of a stored row without reading it whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The digest of its content.
    pub fingerprint: Fingerprint,
    /// When it expires, in unix seconds.
    pub expires_at: u64,
    /// When TMDB last gave it, in unix seconds.
    pub fetched_at: u64,
}

impl Stamp {
    /// Says whether a row's expiry is to be renewed: when less than five eighths of its life are left. A daily list
    /// of two days' life is so renewed each day and never runs out before the next run, and a run that is repeated
    /// within some hours writes nothing.
    #[must_use]
    pub const fn is_due(&self, category: Category, now: u64) -> bool {
        self.expires_at.saturating_sub(now) * 8 < category.lifetime() * 5
    }
}

/// One title in one list.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its list.
    pub list: ListId,
    /// What TMDB says of it.
    pub entry: TitleEntry,
    /// What its list is sorted by: popularity where that is the point, else the Bayesian rating.
    pub score: f64,
    /// When TMDB last gave it, in unix seconds.
    pub fetched_at: u64,
    /// When it expires, in unix seconds.
    pub expires_at: u64,
}

impl Row {
    /// Makes a row of a list entry. Where TMDB does not say the original language, it is English, as in the catalogues that
    /// this one replaces.
    #[must_use]
    pub fn new(category: Category, mut entry: TitleEntry, now: u64) -> Self {
        if entry.original_language.is_empty() {
            entry.original_language.push_str("en");
        }
        let score = match category {
            Category::Popular | Category::Trending => entry.popularity,
            Category::Genre(_) | Category::HiddenGems | Category::AwardWinning => {
                (bayesian_rating(entry.vote_average, entry.vote_count) * 1_000.0).round() / 1_000.0
            }
        };
        let list = ListId::new(category, entry.media_type);
        Self { list, entry, score, fetched_at: now, expires_at: now + category.lifetime() }
    }

    /// Returns its key.
    #[must_use]
    pub const fn key(&self) -> RowKey {
        RowKey { list: self.list, tmdb_id: self.entry.id }
    }

    /// Digests everything but its times.
    ///
    /// TMDB's popularity and vote counts move a little every hour. Here they count with two significant digits, and the
    /// rating with one decimal, so that a title that a viewer would call unchanged has the same fingerprint. Its score
    /// follows from these and its list.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        #[derive(Serialize)]
        struct Content<'a>(
            &'a MediaType,
            &'a str,
            &'a str,
            &'a Option<String>,
            &'a Option<String>,
            &'a Option<String>,
            &'a [u32],
            (f64, f64, f64),
            &'a str,
            bool,
        );
        let entry = &self.entry;
        let content = Content(
            &entry.media_type,
            &entry.title,
            &entry.overview,
            &entry.poster_path,
            &entry.backdrop_path,
            &entry.release_date,
            &entry.genre_ids,
            (
                two_digits(entry.popularity),
                (entry.vote_average * 10.0).round() / 10.0,
                two_digits(f64::from(entry.vote_count)),
            ),
            &entry.original_language,
            entry.adult,
        );
        // Serializing plain values into memory can't fail; an empty digest would only cost a write.
        let digest = Sha256::digest(serde_json::to_vec(&content).unwrap_or_default());
        let mut fingerprint = Fingerprint::default();
        fingerprint.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
        fingerprint
    }

    /// Returns what a store remembers of it.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        Stamp { fingerprint: self.fingerprint(), expires_at: self.expires_at, fetched_at: self.fetched_at }
    }
}

/// Rates a title as if m = 25 further votes of C = 6.0 had been cast, so that few votes do not make a masterpiece.
#[must_use]
pub fn bayesian_rating(vote_average: f64, vote_count: u32) -> f64 {
    const M: f64 = 25.0;
    const C: f64 = 6.0;
    let votes = f64::from(vote_count);
    (votes * vote_average + M * C) / (votes + M)
}

fn two_digits(number: f64) -> f64 {
    if !number.is_finite() || number <= 0.0 {
        return 0.0;
    }
    let unit = 10_f64.powf(number.log10().floor() - 1.0);
    // Dividing and multiplying by the unit leaves binary dust behind, which the last rounding takes away.
    ((number / unit).round() * unit * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tmdb::Page;

    fn entry(more: &str) -> TitleEntry {
        let body = format!(
            r#"{{"results":[{{"id":1,"title":"A","vote_average":7.46,"vote_count":1234,"popularity":83.412{more}}}]}}"#
        );
        Page::parse(body.as_bytes(), Some(MediaType::Movie)).unwrap().entries.remove(0)
    }

    #[test]
    fn small_movements_of_numbers_leave_the_fingerprint_alone() {
        let row = Row::new(Category::Popular, entry(""), 0);
        assert_eq!(
            (row.entry.popularity, row.entry.vote_average, row.entry.vote_count),
            (83.412, 7.46, 1_234),
            "exact"
        );
        assert_eq!(row.entry.original_language, "en");
        let moved = TitleEntry { popularity: 82.9, vote_count: 1_241, vote_average: 7.52, ..entry("") };
        assert_eq!(Row::new(Category::Popular, moved, 99).fingerprint(), row.fingerprint());

        for changed in [
            TitleEntry { overview: "new".to_owned(), ..entry("") },
            TitleEntry { poster_path: Some("/new.jpg".to_owned()), ..entry("") },
            TitleEntry { popularity: 91.0, ..entry("") },
            TitleEntry { genre_ids: vec![1], ..entry("") },
        ] {
            assert_ne!(Row::new(Category::Popular, changed, 0).fingerprint(), row.fingerprint());
        }
    }

    #[test]
    fn numbers_keep_two_digits() {
        for (given, wanted) in
            [(0.0, 0.0), (f64::NAN, 0.0), (0.0123, 0.012), (5.56, 5.6), (99.9, 100.0), (123_456.0, 120_000.0)]
        {
            assert!((two_digits(given) - wanted).abs() < 1e-9, "{given}");
        }
    }

    #[test]
    fn few_votes_count_little() {
        assert!((bayesian_rating(10.0, 0) - 6.0).abs() < 1e-9);
        assert!((bayesian_rating(10.0, 25) - 8.0).abs() < 1e-9);
        assert!(bayesian_rating(8.0, 10_000) > bayesian_rating(9.5, 10));
    }

    #[test]
    fn a_row_is_due_each_day_and_not_each_hour() {
        const HOUR: u64 = 60 * 60;
        let stamp = Row::new(Category::Popular, entry(""), 0).stamp();
        assert!(!stamp.is_due(Category::Popular, HOUR));
        assert!(stamp.is_due(Category::Popular, 24 * HOUR - 600), "a run that comes early renews too");
        let stamp = Row::new(Category::HiddenGems, entry(""), 0).stamp();
        assert!(!stamp.is_due(Category::HiddenGems, 24 * HOUR));
        assert!(stamp.is_due(Category::HiddenGems, 7 * 24 * HOUR));
    }
}
