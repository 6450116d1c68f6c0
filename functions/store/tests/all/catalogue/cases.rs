//! What a catalogue must do.

use std::collections::BTreeSet;

use stellarr_core::catalogue::{Catalogue, CatalogueSummary, Category, ListId, Row, RowKey, TitleFacts};
use stellarr_core::media::MediaType;
use stellarr_core::tmdb::TitleEntry;

/// The moment of most cases, in unix seconds.
pub(crate) const NOW: u64 = 1_800_000_000;

const POPULAR: ListId = ListId::new(Category::Popular, MediaType::Movie);

/// Makes a row whose every field is filled.
pub(crate) fn row(category: Category, media_type: MediaType, id: u64, popularity: f64) -> Row {
    let overview =
        format!("Overview of {id}. ") + &"The count travels with his coffins to the city by the sea. ".repeat(5);
    let entry = TitleEntry {
        id,
        media_type,
        title: format!("Títle {id}"),
        overview,
        poster_path: Some(format!("/p{id}.jpg")),
        backdrop_path: Some(format!("/b{id}.jpg")),
        release_date: Some("1922-03-04".to_owned()),
        genre_ids: vec![27, 14],
        popularity,
        vote_average: 7.5,
        vote_count: 120,
        original_language: "de".to_owned(),
        adult: false,
    };
    Row::new(category, entry, NOW)
}

/// Runs every case, each on lists of its own.
pub(crate) async fn all(catalogue: &dyn Catalogue) {
    rows_come_back_whole(catalogue).await;
    lists_are_read_best_first_in_pages(catalogue).await;
    expired_rows_are_never_served(catalogue).await;
    of_rows_with_one_key_the_last_counts(catalogue).await;
    renewing_changes_times_and_creates_nothing(catalogue).await;
    lists_are_measured(catalogue).await;
    facts_and_summary_are_kept(catalogue).await;
}

async fn rows_come_back_whole(catalogue: &dyn Catalogue) {
    let full = row(Category::Genre(27), MediaType::Movie, 1, 5.0);
    let bare = Row::new(
        Category::Genre(27),
        TitleEntry {
            overview: String::new(),
            poster_path: None,
            backdrop_path: None,
            release_date: None,
            genre_ids: Vec::new(),
            original_language: String::new(),
            vote_count: 0,
            adult: true,
            id: 2,
            ..full.entry.clone()
        },
        NOW,
    );
    let stored = catalogue.put(&[full.clone(), bare.clone()]).await;
    assert_eq!((stored.written, stored.failed.len()), (2, 0));
    let page = catalogue.page(full.list, 10, None, NOW).await.unwrap();
    assert_eq!(page.rows, [full.clone(), bare], "best first");
    let absent = RowKey { list: full.list, tmdb_id: 99 };
    let stamps = catalogue.stamps(&[full.key(), absent, full.key()]).await.unwrap();
    assert_eq!(stamps.into_iter().collect::<Vec<_>>(), [(full.key(), full.stamp())]);
}

async fn lists_are_read_best_first_in_pages(catalogue: &dyn Catalogue) {
    // Some of them are equally popular; none may be lost or repeated between pages.
    let rows: Vec<Row> =
        (1..=57).map(|id| row(Category::Popular, MediaType::Movie, id, f64::from((id as u32) / 4) + 1.0)).collect();
    catalogue.put(&rows).await;
    catalogue.put(&[row(Category::Popular, MediaType::Tv, 1, 99.0)]).await;
    for size in [1, 7, 20, 57, 100] {
        let (mut seen, mut after, mut scores) = (BTreeSet::new(), None, Vec::new());
        loop {
            let page = catalogue.page(POPULAR, size, after, NOW).await.unwrap();
            assert!(page.rows.len() <= size);
            for row in page.rows {
                scores.push(row.score);
                assert!(seen.insert(row.entry.id), "{} twice in pages of {size}", row.entry.id);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 57, "pages of {size}");
        assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    }
}

async fn expired_rows_are_never_served(catalogue: &dyn Catalogue) {
    let list = ListId::new(Category::Trending, MediaType::Tv);
    let rows: Vec<Row> = (1..=10)
        .map(|id| {
            let mut row = row(Category::Trending, MediaType::Tv, id, id as f64);
            if id % 2 == 0 {
                row.expires_at = NOW;
            }
            row
        })
        .collect();
    catalogue.put(&rows).await;
    let page = catalogue.page(list, 4, None, NOW).await.unwrap();
    let ids: Vec<u64> = page.rows.iter().map(|row| row.entry.id).collect();
    assert_eq!(ids, [9, 7, 5, 3], "a page is full although expired rows lie between");
    assert!(catalogue.page(list, 4, None, NOW + 3 * 24 * 60 * 60).await.unwrap().rows.is_empty());
}

async fn of_rows_with_one_key_the_last_counts(catalogue: &dyn Catalogue) {
    let first = row(Category::HiddenGems, MediaType::Movie, 7, 1.0);
    let mut last = first.clone();
    last.entry.title = "Last".to_owned();
    let stored = catalogue.put(&[first, last.clone()]).await;
    assert_eq!((stored.written, stored.failed.len()), (1, 0));
    assert_eq!(catalogue.page(last.list, 9, None, NOW).await.unwrap().rows, [last]);
}

async fn renewing_changes_times_and_creates_nothing(catalogue: &dyn Catalogue) {
    let held = row(Category::AwardWinning, MediaType::Tv, 1, 1.0);
    let absent = row(Category::AwardWinning, MediaType::Tv, 2, 1.0);
    catalogue.put(std::slice::from_ref(&held)).await;
    let mut stamp = held.stamp();
    stamp.expires_at += 1_000;
    stamp.fetched_at += 100;
    let stored = catalogue.renew(&[(held.key(), stamp), (absent.key(), stamp)]).await;
    assert_eq!((stored.written, stored.failed.len()), (1, 0));
    let rows = catalogue.page(held.list, 9, None, NOW).await.unwrap().rows;
    assert_eq!(rows, [Row { expires_at: held.expires_at + 1_000, fetched_at: NOW + 100, ..held }]);
}

async fn lists_are_measured(catalogue: &dyn Catalogue) {
    let list = ListId::new(Category::Genre(18), MediaType::Tv);
    let nothing = catalogue.measure(list, NOW).await.unwrap();
    assert_eq!((nothing.items, nothing.bytes, nothing.fetched_at), (0, 0, 0));
    let mut expired = row(Category::Genre(18), MediaType::Tv, 3, 1.0);
    expired.expires_at = NOW - 1;
    let rows =
        [row(Category::Genre(18), MediaType::Tv, 1, 1.0), row(Category::Genre(18), MediaType::Tv, 2, 1.0), expired];
    catalogue.put(&rows).await;
    let measured = catalogue.measure(list, NOW).await.unwrap();
    assert_eq!((measured.items, measured.fetched_at, measured.expires_at), (2, NOW, rows[0].expires_at));
    assert!(measured.bytes > 100);
}

async fn facts_and_summary_are_kept(catalogue: &dyn Catalogue) {
    let facts = |genre| TitleFacts { genre_ids: vec![genre], year: Some(1922), original_language: "de".to_owned() };
    let all: Vec<(u64, TitleFacts)> = (1..=60).map(|id| (id, facts(27))).collect();
    assert_eq!(catalogue.put_facts(MediaType::Movie, &all).await.unwrap(), 60);
    catalogue.put_facts(MediaType::Tv, &[(1, TitleFacts::default())]).await.unwrap();
    let read = catalogue.facts(MediaType::Movie).await.unwrap();
    assert_eq!((read.len(), &read[&60]), (60, &facts(27)));
    assert_eq!(catalogue.facts(MediaType::Tv).await.unwrap()[&1], TitleFacts::default());

    assert_eq!(catalogue.summary().await.unwrap(), None);
    let mut summary = CatalogueSummary { updated_at: NOW, ..CatalogueSummary::default() };
    summary.lists.push(catalogue.measure(POPULAR, NOW).await.unwrap());
    summary.movie.add(&facts(27));
    catalogue.put_summary(&CatalogueSummary::default()).await.unwrap();
    catalogue.put_summary(&summary).await.unwrap();
    assert_eq!(catalogue.summary().await.unwrap(), Some(summary));
}
