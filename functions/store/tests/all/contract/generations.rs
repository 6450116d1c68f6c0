//! How a library is replaced by generation.

use std::sync::Arc;

use stellarr_core::library::GENERATION_SECONDS;
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::store::Store;

use crate::contract::samples::{at, item};

crate::cases![
    a_new_generation_deletes_nothing_until_it_closes,
    an_empty_generation_sweeps_nothing,
    an_open_generation_ages_out,
    a_script_that_never_closes_sweeps_however_often_it_runs,
    what_a_webhook_shelves_fills_no_generation,
    syncs_that_overlap_keep_each_others_rows,
    an_opening_that_came_to_nothing_is_no_hindrance,
];

const HOUR: i64 = 60 * 60;

async fn films(store: &Arc<dyn Store>, second: i64) -> Vec<u64> {
    store.library(at(second)).await.unwrap().movie.into_iter().collect()
}

async fn open(store: &Arc<dyn Store>, second: i64) {
    store.open_generation(MediaType::Movie, at(second)).await.unwrap();
}

async fn send(store: &Arc<dyn Store>, ids: impl IntoIterator<Item = u64>, second: i64) {
    let rows: Vec<_> = ids.into_iter().map(|id| item(MediaKey::movie(id))).collect();
    assert_eq!(store.put_synced_titles(&rows, at(second)).await.unwrap(), rows.len());
}

async fn close(store: &Arc<dyn Store>) -> usize {
    store.close_generation(MediaType::Movie).await.unwrap()
}

async fn a_new_generation_deletes_nothing_until_it_closes(store: Arc<dyn Store>) {
    send(&store, 1..=30, 0).await;
    store.put_synced_titles(&[item(MediaKey::tv(1))], at(0)).await.unwrap();
    open(&store, 10).await;
    assert_eq!(films(&store, 11).await.len(), 30);
    // A clock that lags behind the one that opened the generation must not lose rows.
    send(&store, [1, 31], 9).await;
    assert_eq!(films(&store, 12).await.len(), 31);
    assert_eq!(close(&store).await, 29);
    assert_eq!(films(&store, 13).await, [1, 31]);
    assert_eq!(store.library(at(13)).await.unwrap().tv, [1].into(), "the other kind is left alone");
    assert_eq!(close(&store).await, 0, "none is open");
    // Neither must one that lags behind what was swept.
    send(&store, [32], 8).await;
    assert_eq!(films(&store, 13).await, [1, 31, 32]);
}

async fn an_empty_generation_sweeps_nothing(store: Arc<dyn Store>) {
    send(&store, [1], 0).await;
    open(&store, 10).await;
    assert_eq!(films(&store, 10 + 2 * GENERATION_SECONDS).await, [1]);
    assert_eq!(close(&store).await, 0);
    assert_eq!(films(&store, 11).await, [1]);
}

async fn an_open_generation_ages_out(store: Arc<dyn Store>) {
    send(&store, [1, 2], 0).await;
    open(&store, 10).await;
    send(&store, [2], 11).await;
    assert_eq!(films(&store, 10 + GENERATION_SECONDS).await, [1, 2]);
    let later = 11 + GENERATION_SECONDS;
    assert_eq!(films(&store, later).await, [2]);
    let standings = store.standings(&[MediaKey::movie(1), MediaKey::movie(2)], at(later)).await.unwrap();
    assert!(!standings[&MediaKey::movie(1)].in_library && standings[&MediaKey::movie(2)].in_library);
}

async fn a_script_that_never_closes_sweeps_however_often_it_runs(store: Arc<dyn Store>) {
    for (run, ids) in [(0, 1..=9), (12, 1..=8), (24, 1..=8), (36, 1..=8)] {
        open(&store, run * HOUR).await;
        send(&store, ids, run * HOUR + 60).await;
    }
    let nine: Vec<u64> = (1..=9).collect();
    assert_eq!(films(&store, 36 * HOUR).await, nine);
    assert_eq!(films(&store, 36 * HOUR + 1).await, nine[..8]);
    // It is deleted when the next one opens: no clock brings it back.
    open(&store, 48 * HOUR).await;
    assert_eq!(films(&store, 0).await, nine[..8]);
    // Every hour, as well.
    for run in 49..100 {
        open(&store, run * HOUR).await;
        send(&store, 1..=if run < 60 { 8 } else { 7 }, run * HOUR + 60).await;
        let gone = run >= 60 + 24;
        assert_eq!(films(&store, run * HOUR + 61).await.len(), if gone { 7 } else { 8 }, "after {run} hours");
    }
}

async fn what_a_webhook_shelves_fills_no_generation(store: Arc<dyn Store>) {
    send(&store, 1..=30, 0).await;
    open(&store, 10).await;
    assert_eq!(store.put_titles(&[item(MediaKey::movie(31))], at(11)).await.unwrap(), 1);
    assert_eq!(films(&store, 10 + 2 * GENERATION_SECONDS).await.len(), 31);
    assert_eq!(close(&store).await, 0);
    // What it renews is not swept.
    open(&store, 20).await;
    store.put_titles(&[item(MediaKey::movie(1))], at(21)).await.unwrap();
    send(&store, 2..=30, 22).await;
    assert_eq!(close(&store).await, 1);
    assert_eq!(films(&store, 23).await, (1..=30).collect::<Vec<_>>());
}

async fn syncs_that_overlap_keep_each_others_rows(store: Arc<dyn Store>) {
    for first_closes_first in [true, false] {
        let start = if first_closes_first { 0 } else { 100 };
        send(&store, [9], start).await;
        open(&store, start + 10).await;
        send(&store, [1, 2], start + 11).await;
        open(&store, start + 20).await;
        send(&store, [3], start + 21).await;
        if first_closes_first {
            send(&store, [4], start + 22).await;
            assert_eq!(close(&store).await, 1, "the first is through");
            assert_eq!(films(&store, start + 23).await, [1, 2, 3, 4]);
            send(&store, [1, 2, 4], start + 24).await;
            assert_eq!(close(&store).await, 0);
        } else {
            send(&store, [1, 2, 4], start + 22).await;
            assert_eq!(close(&store).await, 1, "the second is through");
            send(&store, [3, 4], start + 23).await;
            assert_eq!(close(&store).await, 0);
        }
        assert_eq!(films(&store, start + 25).await, [1, 2, 3, 4]);
    }
}

async fn an_opening_that_came_to_nothing_is_no_hindrance(store: Arc<dyn Store>) {
    send(&store, [1, 2], 0).await;
    open(&store, 10).await;
    open(&store, 20).await;
    send(&store, [2], 21).await;
    assert_eq!(close(&store).await, 1);
    assert_eq!(films(&store, 22).await, [2]);
    assert_eq!(close(&store).await, 0);
}
