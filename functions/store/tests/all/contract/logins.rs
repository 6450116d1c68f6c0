//! What every store must do about logins.

use std::sync::Arc;

use stellarr_core::rate_limit::{Attempt, Caller, KNOWN_SECONDS, RateLimit, Reservation};
use stellarr_core::store::Store;

use crate::contract::samples::at;

crate::cases![
    attempts_run_out,
    concurrent_attempts_run_out,
    success_clears_the_attempts,
    failures_of_all_addresses_run_out_in_a_minute,
    concurrent_attempts_of_all_addresses_run_out,
    success_takes_the_attempt_back,
    an_address_is_known_for_thirty_days,
    failures_of_known_addresses_count_as_well,
    a_known_address_stays_known_when_it_fails,
    a_clock_that_is_set_back_locks_nobody_out,
    a_challenge_counts_once,
];

/// So many for all addresses that only a caller's own limit counts.
const OWN: RateLimit = RateLimit { max_attempts: 3, window_seconds: 900, max_per_minute: 1_000 };

/// So many for each address that only the limit of all counts.
const TOGETHER: RateLimit = RateLimit { max_attempts: 1_000, window_seconds: 900, max_per_minute: 3 };

/// The first second of a minute, relative to the samples' moment.
const MINUTE: i64 = 0;

fn address(number: u16) -> Caller {
    Caller::at(std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, number, 0, 0, 0, 1).into())
}

async fn attempt(store: &Arc<dyn Store>, caller: &Caller, limit: &RateLimit, second: i64) -> Attempt {
    store.reserve_attempt(caller, limit, at(second)).await.unwrap()
}

/// Signs in from an address, and returns what was reserved for it.
async fn sign_in(store: &Arc<dyn Store>, caller: &Caller, limit: &RateLimit, second: i64) -> Reservation {
    let Attempt::Allowed(reservation) = attempt(store, caller, limit, second).await else { panic!("refused") };
    store.attempt_succeeded(caller, reservation, at(second)).await.unwrap();
    reservation
}

async fn attempts_run_out(store: Arc<dyn Store>) {
    let (caller, other) = (address(1), address(2));
    for second in 0..3 {
        assert!(attempt(&store, &caller, &OWN, second).await.is_allowed());
    }
    for second in [3, 899] {
        let refused = attempt(&store, &caller, &OWN, second).await;
        assert_eq!(refused, Attempt::Refused { retry_after: 900 - second });
    }
    assert!(attempt(&store, &other, &OWN, 3).await.is_allowed());
    // The window is over, whether or not the row is still there.
    for second in 900..903 {
        assert!(attempt(&store, &caller, &OWN, second).await.is_allowed());
    }
    assert!(!attempt(&store, &caller, &OWN, 903).await.is_allowed());
}

async fn allowed_of<I: Iterator<Item = Caller>>(store: &Arc<dyn Store>, callers: I, limit: RateLimit) -> usize {
    let tasks: Vec<_> = callers
        .map(|caller| {
            let store = Arc::clone(store);
            tokio::spawn(async move { attempt(&store, &caller, &limit, 0).await.is_allowed() })
        })
        .collect();
    let mut allowed = 0;
    for task in tasks {
        allowed += usize::from(task.await.unwrap());
    }
    allowed
}

async fn concurrent_attempts_run_out(store: Arc<dyn Store>) {
    let limit = RateLimit { max_attempts: 5, ..OWN };
    assert_eq!(allowed_of(&store, (0..24).map(|_| Caller::unknown()), limit).await, 5);
}

async fn success_clears_the_attempts(store: Arc<dyn Store>) {
    let limit = RateLimit { max_attempts: 1, ..OWN };
    for second in 0..3 {
        sign_in(&store, &Caller::unknown(), &limit, second).await;
    }
}

async fn failures_of_all_addresses_run_out_in_a_minute(store: Arc<dyn Store>) {
    for number in 0..3 {
        assert!(attempt(&store, &address(number), &TOGETHER, MINUTE).await.is_allowed());
    }
    for number in 3..6 {
        for second in [0, 1, 59] {
            let refused = attempt(&store, &address(number), &TOGETHER, MINUTE + second).await;
            assert_eq!(refused, Attempt::Refused { retry_after: 60 - second });
        }
    }
    // What was refused for the others' sake costs an address no attempt of its own.
    let once = RateLimit { max_attempts: 1, ..TOGETHER };
    assert!(attempt(&store, &address(3), &once, MINUTE + 60).await.is_allowed());
    assert!(!attempt(&store, &address(3), &once, MINUTE + 61).await.is_allowed());
}

async fn concurrent_attempts_of_all_addresses_run_out(store: Arc<dyn Store>) {
    assert_eq!(allowed_of(&store, (0..24).map(address), TOGETHER).await, 3);
}

async fn success_takes_the_attempt_back(store: Arc<dyn Store>) {
    // A household of ten that is new here signs in within one minute.
    for number in 0..10 {
        let reservation = sign_in(&store, &address(number), &TOGETHER, MINUTE).await;
        assert!(matches!(reservation, Reservation::Counted(_)));
    }
    assert_eq!(allowed_of(&store, (20..30).map(address), TOGETHER).await, 3, "and takes back no more than it reserved");
}

async fn an_address_is_known_for_thirty_days(store: Arc<dyn Store>) {
    let (member, neighbour) = (address(1), address(2));
    sign_in(&store, &member, &TOGETHER, MINUTE).await;
    let last = KNOWN_SECONDS - 60;
    for number in 10..13 {
        assert!(attempt(&store, &address(number), &TOGETHER, MINUTE + last).await.is_allowed());
    }
    assert!(!attempt(&store, &neighbour, &TOGETHER, MINUTE + last).await.is_allowed());
    let known = Attempt::Allowed(Reservation::Known);
    assert_eq!(attempt(&store, &member, &TOGETHER, MINUTE + last + 1).await, known, "others do not lock it out");

    let over = KNOWN_SECONDS;
    for number in 20..23 {
        assert!(attempt(&store, &address(number), &TOGETHER, MINUTE + over).await.is_allowed());
    }
    assert!(!attempt(&store, &member, &TOGETHER, MINUTE + over).await.is_allowed());
}

async fn failures_of_known_addresses_count_as_well(store: Arc<dyn Store>) {
    sign_in(&store, &address(1), &TOGETHER, MINUTE).await;
    for _ in 0..3 {
        assert!(attempt(&store, &address(1), &TOGETHER, MINUTE + 1).await.is_allowed());
        store.count_failure(at(MINUTE + 1)).await.unwrap();
    }
    assert!(!attempt(&store, &address(2), &TOGETHER, MINUTE + 1).await.is_allowed());
    assert!(attempt(&store, &address(1), &TOGETHER, MINUTE + 1).await.is_allowed());
}

async fn a_known_address_stays_known_when_it_fails(store: Arc<dyn Store>) {
    let member = address(1);
    sign_in(&store, &member, &OWN, MINUTE).await;
    for second in 1..=3 {
        assert_eq!(attempt(&store, &member, &OWN, second).await, Attempt::Allowed(Reservation::Known));
    }
    assert!(!attempt(&store, &member, &OWN, 4).await.is_allowed(), "its own limit counts");
    let later = attempt(&store, &member, &OWN, 1_000).await;
    assert_eq!(later, Attempt::Allowed(Reservation::Known), "and its next window");
}

async fn a_clock_that_is_set_back_locks_nobody_out(store: Arc<dyn Store>) {
    let days = 2 * 86_400;
    let caller = address(1);
    for second in 0..3 {
        assert!(attempt(&store, &caller, &OWN, days + second).await.is_allowed());
    }
    assert!(!attempt(&store, &caller, &OWN, days + 3).await.is_allowed());
    for second in 0..3 {
        assert!(attempt(&store, &caller, &OWN, second).await.is_allowed(), "a new window");
    }
    assert_eq!(attempt(&store, &caller, &OWN, 3).await, Attempt::Refused { retry_after: 897 });

    // All addresses together.
    for number in 10..13 {
        assert!(attempt(&store, &address(number), &TOGETHER, days + 600).await.is_allowed());
    }
    assert!(attempt(&store, &address(13), &TOGETHER, 600).await.is_allowed());
    // An address with a sign-in from when the clock was ahead.
    sign_in(&store, &address(20), &TOGETHER, days + 1_200).await;
    assert_eq!(attempt(&store, &address(20), &TOGETHER, 1_200).await, Attempt::Allowed(Reservation::Known));
}

async fn a_challenge_counts_once(store: Arc<dyn Store>) {
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.accept_challenge("abc", at(0), at(360)).await.unwrap() })
        })
        .collect();
    let mut accepted = 0;
    for task in tasks {
        accepted += usize::from(task.await.unwrap());
    }
    assert_eq!(accepted, 1);
    assert!(store.accept_challenge("abd", at(0), at(360)).await.unwrap());
    assert!(!store.accept_challenge("abc", at(360), at(720)).await.unwrap());
    assert!(store.accept_challenge("abc", at(361), at(720)).await.unwrap(), "an expired row counts as absent");
}
