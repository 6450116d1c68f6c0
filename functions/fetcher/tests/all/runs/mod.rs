//! Runs of the fetcher against TMDB's stand-in and the in-memory stores.

mod fixture;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;
use stellarr_core::catalogue::{Catalogue, Category, ListId};
use stellarr_core::library::LibraryItem;
use stellarr_core::media::MediaType;
use stellarr_core::metrics::Metric;
use stellarr_core::recommend::Profile;
use stellarr_core::reports::ScheduleType;
use stellarr_core::store::{LibraryStore as _, RequestStore as _};
use stellarr_core::time::Timestamp;
use stellarr_standin::{Action, FaultRule};

use fixture::{Fixture, NOW, Trouble, Write};

const DAY: u64 = 24 * 60 * 60;

#[tokio::test]
async fn a_daily_run_makes_its_seven_calls() {
    let fixture = Fixture::new();
    let report = fixture.run(ScheduleType::Daily).await;
    assert!(report.success, "{report:?}");
    // 140 nominal; the stand-in's trending of everything holds one person.
    assert_eq!(report.items_fetched, 139);
    let mut asked: Vec<String> = fixture.asked();
    asked.sort();
    assert_eq!(
        asked,
        [
            "movie/popular?page=1&language=en",
            "movie/popular?page=2&language=en",
            "trending/all/week?language=en",
            "trending/movie/week?language=en",
            "trending/tv/week?language=en",
            "tv/popular?page=1&language=en",
            "tv/popular?page=2&language=en",
        ]
    );
}

#[tokio::test]
async fn a_weekly_run_asks_for_genres_gems_and_winners_of_both_kinds() {
    let fixture = Fixture::new();
    let report = fixture.run(ScheduleType::Weekly).await;
    assert!(report.success, "{report:?}");
    assert_eq!(report.items_fetched, 280);
    let asked: BTreeSet<String> = fixture.asked().into_iter().collect();
    assert_eq!(asked.len(), 14);
    for (kind, genres) in [("movie", [28, 35, 18, 878, 27]), ("tv", [10_759, 35, 18, 10_765, 9_648])] {
        for genre in genres {
            let wanted = format!(
                "discover/{kind}?sort_by=vote_average.desc&page=1&with_genres={genre}&vote_count.gte=100&language=en"
            );
            assert!(asked.contains(&wanted), "{wanted} of {asked:#?}");
        }
        for votes in ["vote_count.gte=50&vote_count.lte=500", "vote_count.gte=1000"] {
            let wanted = format!("discover/{kind}?sort_by=vote_average.desc&page=1&{votes}&language=en");
            assert!(asked.contains(&wanted), "{wanted} of {asked:#?}");
        }
    }
}

#[tokio::test]
async fn a_full_run_is_both_and_lists_are_served_best_first() {
    let fixture = Fixture::new();
    let report = fixture.run(ScheduleType::Full).await;
    assert!(report.success, "{report:?}");
    assert_eq!(fixture.asked().len(), 21);
    let list = ListId::new(Category::Popular, MediaType::Movie);
    let rows = fixture.catalogue.inner.page(list, 20, None, NOW).await.unwrap().rows;
    assert_eq!(rows.len(), 20);
    assert!(rows.is_sorted_by(|a, b| a.score >= b.score));
    let summary = fixture.catalogue.inner.summary().await.unwrap().unwrap();
    let stats = report.cache_stats.unwrap();
    assert_eq!((summary.items(), stats.last_updated), (stats.total_cached_items, Some(NOW)));
}

#[tokio::test]
async fn titles_of_mixed_trending_keep_their_kind_and_are_stored_once() {
    let fixture = Fixture::new();
    fixture.run(ScheduleType::Daily).await;
    let mut seen = BTreeMap::new();
    for media_type in MediaType::ALL {
        let list = ListId::new(Category::Trending, media_type);
        let rows = fixture.catalogue.inner.page(list, 500, None, NOW).await.unwrap().rows;
        assert!(rows.iter().all(|row| row.entry.media_type == media_type));
        seen.insert(media_type, rows.len());
    }
    assert!(seen.values().all(|count| *count >= 20), "{seen:?}");
    let puts = fixture.catalogue.keys_put();
    let distinct: BTreeSet<_> = puts.iter().collect();
    assert_eq!(puts.len(), distinct.len(), "no row is written twice in a run");
}

#[tokio::test]
async fn unchanged_rows_are_renewed_only_when_due() {
    let fixture = Fixture::new();
    let first = fixture.run(ScheduleType::Daily).await;
    assert!(first.items_written > 0);
    let rows = first.items_written;

    fixture.at(NOW + 3_600);
    let again = fixture.run(ScheduleType::Daily).await;
    assert_eq!((again.success, again.items_written, fixture.catalogue.renewed()), (true, 0, 0), "an hour later");

    fixture.at(NOW + DAY);
    let next = fixture.run(ScheduleType::Daily).await;
    assert_eq!((next.items_written, fixture.catalogue.renewed()), (0, rows), "a day later");
    let list = ListId::new(Category::Popular, MediaType::Movie);
    let page = fixture.catalogue.inner.page(list, 1, None, NOW + 2 * DAY + 1).await.unwrap();
    assert_eq!(page.rows.len(), 1, "renewed rows outlive their first expiry");
}

#[tokio::test]
async fn a_changed_title_is_written_and_the_others_are_not() {
    let fixture = Fixture::new();
    fixture.run(ScheduleType::Daily).await;
    let list = ListId::new(Category::Popular, MediaType::Movie);
    let row = fixture.catalogue.inner.page(list, 1, None, NOW).await.unwrap().rows.remove(0);
    let changed = json!({ "results": [{ "id": row.entry.id, "title": "Renamed", "release_date": "1922-01-01" }] });
    fixture.standin.add_fault(FaultRule::new("/3/movie/popular", Action::respond(200, changed)));
    let report = fixture.run(ScheduleType::Daily).await;
    assert_eq!(report.items_written, 1, "{report:?}");
}

#[tokio::test]
async fn failed_pages_cost_themselves_only() {
    let fixture = Fixture::new();
    let fault = fixture.standin.add_fault(FaultRule::new("/3/tv/popular", Action::status(500)));
    let report = fixture.run(ScheduleType::Daily).await;
    assert!(fixture.standin.log().hits(&fault) >= 2);
    assert!(!report.success);
    assert_eq!((report.items_fetched, report.failures.len()), (99, 2), "{report:?}");

    fixture.standin.clear_faults();
    assert!(fixture.run(ScheduleType::Daily).await.success);
    let calm = Fixture::new();
    calm.run(ScheduleType::Daily).await;
    assert_eq!(fixture.rows().await, calm.rows().await, "as if it had never failed");
}

#[tokio::test]
async fn nothing_fetched_is_no_success() {
    let fixture = Fixture::new();
    fixture.standin.add_fault(FaultRule::new("/3/*", Action::Html));
    let report = fixture.run(ScheduleType::Daily).await;
    assert!(!report.success);
    assert_eq!((report.items_fetched, report.failures.len()), (0, 7), "{report:?}");
}

#[tokio::test]
async fn rows_that_cant_be_written_are_counted_and_the_next_run_writes_them() {
    let fixture = Fixture::new();
    fixture.catalogue.trouble(Trouble::Refuse(10));
    let report = fixture.run(ScheduleType::Daily).await;
    assert!(!report.success);
    assert_eq!(report.failures.len(), 10, "{report:?}");
    fixture.catalogue.calm();
    let next = fixture.run(ScheduleType::Daily).await;
    assert_eq!((next.success, next.items_written), (true, 10));
}

#[tokio::test]
async fn starts_are_spaced_and_few_at_once() {
    let fixture = Fixture::paced(Duration::from_millis(40), Duration::from_millis(150));
    let report = fixture.run(ScheduleType::Full).await;
    assert!(report.success, "{report:?}");
    let log = fixture.standin.log();
    assert!(log.peak_concurrency <= 8, "{}", log.peak_concurrency);
    let times: Vec<u64> = log.latest.iter().map(|entry| entry.at).collect();
    // Over all starts the spacing holds exactly; between two arrivals the network may take some of it.
    assert!(times.last().unwrap() - times[0] >= 20 * 40 - 5, "{times:?}");
    assert!(times.windows(5).all(|five| five[4] - five[0] >= 4 * 40 - 20), "{times:?}");
}

#[tokio::test]
async fn a_run_ends_at_its_deadline() {
    let fixture = Fixture::new();
    fixture.standin.add_fault(FaultRule::new("/3/trending/*", Action::Hang));
    let started = tokio::time::Instant::now();
    let report = fixture.run_within(ScheduleType::Daily, Duration::from_millis(1_200)).await;
    assert!(started.elapsed() < Duration::from_millis(2_500));
    assert!(!report.success);
    assert!(report.items_written > 0, "what came in time is stored");
}

#[tokio::test]
async fn the_households_genres_and_library_are_learned() {
    let fixture = Fixture::new();
    // So many that what the library holds does not change what they like best.
    for id in 0..12 {
        fixture.ask_for(900 + id, &[99, 36]).await;
    }
    put_titles(&fixture, 5).await;
    let report = fixture.run_with_library(ScheduleType::Weekly, 3).await;
    assert!(report.success, "{report:?}");
    let asked = fixture.asked();
    for genre in [99, 36] {
        assert!(asked.iter().any(|call| {
            call.contains(&format!("discover/movie?sort_by=vote_average.desc&page=1&with_genres={genre}&"))
        }));
    }
    assert!(asked.iter().any(|call| call.starts_with("discover/tv") && call.contains("with_genres=99&")));
    assert_eq!(asked.len(), 14 + 3 + 3, "three titles a run, and history is no genre of series");
    let summary = fixture.catalogue.inner.summary().await.unwrap().unwrap();
    assert_eq!(summary.movie.titles, 3);
    assert!(!summary.movie.genres.is_empty() && !summary.movie.decades.is_empty());

    fixture.standin.clear_log();
    fixture.run_with_library(ScheduleType::Weekly, 3).await;
    assert_eq!(fixture.asked().iter().filter(|call| call.contains("append_to_response")).count(), 2, "the other two");
    fixture.standin.clear_log();
    fixture.run_with_library(ScheduleType::Weekly, 3).await;
    assert!(fixture.asked().iter().all(|call| call.starts_with("discover")), "nothing is asked twice");
    assert_eq!(fixture.catalogue.inner.summary().await.unwrap().unwrap().movie.titles, 5);
}

/// Puts movies that the stand-in knows on the library's shelf.
async fn put_titles(fixture: &Fixture, count: usize) {
    let items: Vec<LibraryItem> = fixture
        .standin_movies(count)
        .iter()
        .map(|id| LibraryItem { media_type: MediaType::Movie, tmdb_id: *id, tvdb_id: None, title: None })
        .collect();
    fixture.store.put_titles(&items, Timestamp::from_second(NOW as i64).unwrap()).await.unwrap();
}

#[tokio::test]
async fn what_is_fetched_is_what_recommendations_read() {
    let fixture = Fixture::new();
    // Family movies are asked for, and what they are like among series is family and children.
    for id in 0..3 {
        fixture.ask_for(900 + id, &[10_751]).await;
    }
    assert!(fixture.run(ScheduleType::Full).await.success);
    let requests = fixture.store.requests(None).await.unwrap();
    let profile = Profile::new(&requests, None, NOW);
    assert_eq!(profile.genres_of(MediaType::Tv), [10_751, 10_762]);
    let summary = fixture.catalogue.inner.summary().await.unwrap().unwrap();
    for media_type in MediaType::ALL {
        for genre in profile.genres_of(media_type) {
            let list = ListId::new(Category::Genre(genre), media_type);
            assert!(summary.lists.iter().any(|held| held.list == list), "{list} of {:?}", summary.lists);
        }
    }
}

#[tokio::test]
async fn a_library_that_takes_too_long_costs_neither_the_lists_nor_what_was_learned() {
    let fixture = Fixture::new();
    put_titles(&fixture, 40).await;
    let learned = fixture.run_with_library(ScheduleType::Daily, 30).await;
    assert!(learned.success, "{learned:?}");
    let taste = fixture.catalogue.inner.summary().await.unwrap().unwrap().movie;
    assert_eq!(taste.titles, 30);

    // The ten others hang.
    fixture.at(NOW + DAY);
    let fault = fixture
        .standin
        .add_fault(FaultRule::new("/3/movie/*", Action::Hang).query("append_to_response", "external_ids"));
    let report = fixture.run_within(ScheduleType::Daily, Duration::from_millis(3_000)).await;
    assert!(fixture.standin.log().hits(&fault) > 0);
    assert!(!report.success && report.failures.iter().any(|failure| failure.contains("no time")), "{report:?}");
    assert!(report.cache_stats.is_some(), "the lists were counted before");
    let summary = fixture.catalogue.inner.summary().await.unwrap().unwrap();
    assert_eq!((summary.updated_at, &summary.movie), (NOW + DAY, &taste), "what was known is kept");
    assert!(summary.lists.iter().any(|held| held.fetched_at == NOW + DAY));

    fixture.standin.clear_faults();
    assert!(fixture.run(ScheduleType::Daily).await.success);
    assert_eq!(fixture.catalogue.inner.summary().await.unwrap().unwrap().movie.titles, 40);
}

#[tokio::test]
async fn what_cant_be_read_stays_as_it_was_known() {
    let fixture = Fixture::new();
    put_titles(&fixture, 5).await;
    for id in 0..12 {
        fixture.ask_for(900 + id, &[99, 36, 80]).await;
    }
    assert!(fixture.run(ScheduleType::Full).await.success);
    let before = fixture.catalogue.inner.summary().await.unwrap().unwrap();
    assert_eq!(before.movie.titles, 5);

    fixture.at(NOW + DAY);
    fixture.catalogue.trouble(Trouble::Blind);
    let report = fixture.run(ScheduleType::Daily).await;
    assert!(!report.success);
    let after = fixture.catalogue.inner.summary().await.unwrap().unwrap();
    assert_eq!((after.updated_at, &after.lists, &after.movie), (NOW + DAY, &before.lists, &before.movie));
    assert!(report.failed > 20, "every list, and the facts: {report:?}");
    assert_eq!(report.failures.len(), 21, "twenty are named, and the rest counted");
    let count = |metric| report.metrics().iter().find(|(found, _)| *found == metric).map(|(_, value)| *value);
    assert_eq!(count(Metric::FetchFailures), Some(report.failed as f64));

    // A run that ends before it can count says nothing of the catalogue's size.
    let fixture = Fixture::new();
    fixture.catalogue.trouble(Trouble::Die(1));
    let report = fixture.run_within(ScheduleType::Daily, Duration::from_millis(500)).await;
    assert!(!report.success && report.items_fetched > 0, "{report:?}");
    assert!(report.metrics().iter().all(|(metric, _)| *metric != Metric::CatalogueItems), "{report:?}");
}

#[tokio::test]
async fn each_kinds_last_run_is_kept() {
    let fixture = Fixture::new();
    fixture.scheduled(Some(NOW - 2));
    assert!(fixture.run(ScheduleType::Weekly).await.success);
    fixture.scheduled(None);
    fixture.at(NOW + DAY);
    fixture.standin.add_fault(FaultRule::new("/3/tv/popular", Action::status(404)));
    assert!(!fixture.run(ScheduleType::Daily).await.success);
    let summary = fixture.catalogue.inner.summary().await.unwrap().unwrap();
    let weekly = summary.last_weekly.unwrap();
    assert_eq!((weekly.at, weekly.scheduled_at, weekly.failures, weekly.items_fetched), (NOW, Some(NOW - 2), 0, 280));
    let daily = summary.last_daily.unwrap();
    assert_eq!((daily.at, daily.scheduled_at, daily.failures), (NOW + DAY, None, 2), "nobody's schedule started it");

    fixture.at(NOW + 2 * DAY);
    assert!(!fixture.run(ScheduleType::Full).await.success);
    let weekly = fixture.catalogue.inner.summary().await.unwrap().unwrap().last_weekly.unwrap();
    assert_eq!((weekly.at, weekly.scheduled_at), (NOW + 2 * DAY, Some(NOW - 2)), "a run by hand is no scheduled one");
}

#[tokio::test]
async fn overlapping_runs_are_harmless() {
    let calm = Fixture::new();
    calm.run(ScheduleType::Full).await;
    let fixture = Fixture::new();
    let (one, other) = tokio::join!(fixture.run(ScheduleType::Full), fixture.run(ScheduleType::Full));
    assert!(one.success && other.success);
    assert_eq!(fixture.rows().await, calm.rows().await);
}

#[tokio::test]
async fn a_run_that_is_killed_at_any_write_leaves_whole_rows_and_the_next_completes_it() {
    let calm = Fixture::new();
    put_titles(&calm, 3).await;
    calm.run(ScheduleType::Daily).await;
    let (wanted, wanted_summary) = (calm.rows().await, calm.catalogue.inner.summary().await.unwrap().unwrap());
    assert_eq!(calm.catalogue.kinds(), [Write::Rows, Write::Facts, Write::Summary].into(), "what a first run writes");
    // Answers come in any order, and one whose titles all came before writes nothing: the number of writes varies.
    for nth in 1.. {
        let fixture = Fixture::new();
        put_titles(&fixture, 3).await;
        fixture.catalogue.trouble(Trouble::Die(nth));
        if !fixture.run_until_killed(ScheduleType::Daily).await {
            assert!(nth > 7, "most lists, the facts and the summary are written");
            break;
        }
        for (key, row) in fixture.rows().await {
            assert_eq!(Some(&row), wanted.get(&key), "a row is whole or absent");
        }
        fixture.catalogue.calm();
        assert!(fixture.run(ScheduleType::Daily).await.success);
        assert_eq!(fixture.rows().await, wanted);
        let summary = fixture.catalogue.inner.summary().await.unwrap().unwrap();
        assert_eq!((summary.lists, summary.movie), (wanted_summary.lists.clone(), wanted_summary.movie.clone()));
    }
}

#[tokio::test]
async fn a_run_that_is_killed_while_it_renews_leaves_whole_rows_and_the_next_completes_it() {
    let calm = Fixture::new();
    calm.run(ScheduleType::Daily).await;
    let before = calm.rows().await;
    calm.at(NOW + DAY);
    calm.run(ScheduleType::Daily).await;
    let wanted = calm.rows().await;
    assert_ne!(before, wanted, "every row is renewed");
    for nth in 1.. {
        let fixture = Fixture::new();
        fixture.run(ScheduleType::Daily).await;
        fixture.at(NOW + DAY);
        fixture.catalogue.trouble(Trouble::Die(nth));
        if !fixture.run_until_killed(ScheduleType::Daily).await {
            assert!(nth > 4, "most lists and the summary are renewed");
            break;
        }
        for (key, row) in fixture.rows().await {
            assert!(
                Some(&row) == wanted.get(&key) || Some(&row) == before.get(&key),
                "a row is the old or the new one"
            );
        }
        fixture.catalogue.calm();
        assert!(fixture.run(ScheduleType::Daily).await.success);
        assert_eq!(fixture.rows().await, wanted);
    }
}
