//! Everything in memory: for tests, and the yardstick of what the other stores must do.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use stellarr_core::auth::{is_same_member, member_key};
use stellarr_core::library::{Generations, LibraryIds, LibraryItem, Settled, Standing};
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::push::Subscription;
use stellarr_core::rate_limit::{Attempt, Caller, RateLimit, Reservation, is_known, minute_of, wait};
use stellarr_core::request::{MediaRequest, newest_first};
use stellarr_core::store::{
    GuidStore, KnownIds, LibraryStore, LoginStore, MemberStore, RequestStore, Store, StoreError, SubscriptionStore,
};
use stellarr_core::time::{Timestamp, iso};

/// Keeps everything until it is dropped.
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    version: AtomicU64,
}

#[derive(Default)]
struct State {
    requests: BTreeMap<MediaKey, MediaRequest>,
    /// Each title with the microsecond at which it was last put.
    library: BTreeMap<MediaKey, (LibraryItem, i64)>,
    generations: BTreeMap<MediaType, Generations>,
    guids: HashMap<String, KnownIds>,
    attempts: HashMap<String, (u32, i64)>,
    /// Failures of all callers by minute.
    failures: HashMap<i64, u32>,
    /// When a member last signed in, by address.
    sign_ins: HashMap<String, i64>,
    /// Names as they were first seen, by key.
    members: HashMap<String, String>,
    /// Used answers, each with when it expires.
    challenges: BTreeMap<String, Timestamp>,
    subscriptions: BTreeMap<String, Subscription>,
}

impl State {
    fn holds(&self, key: MediaKey, now: Timestamp) -> bool {
        let generations = self.generations.get(&key.media_type);
        let floor = generations.map_or(i64::MIN, |generations| generations.floor_at(now.as_microsecond()));
        self.library.get(&key).is_some_and(|(_, synced_at)| *synced_at >= floor)
    }

    fn put(&mut self, items: &[LibraryItem], now: Timestamp) -> BTreeSet<MediaKey> {
        let mut keys = BTreeSet::new();
        for item in items {
            let newest = self.generations.get(&item.media_type).map_or(i64::MIN, Generations::newest);
            self.library.insert(item.key(), (item.clone(), now.as_microsecond().max(newest)));
            keys.insert(item.key());
        }
        keys
    }

    fn settle(&mut self, media_type: MediaType, settled: &Settled) -> usize {
        let generations = self.generations.entry(media_type).or_default();
        generations.settle(settled);
        let (floor, before) = (generations.floor, self.library.len());
        self.library.retain(|key, (_, synced_at)| key.media_type != media_type || *synced_at >= floor);
        before - self.library.len()
    }
}

impl MemoryStore {
    fn read(&self) -> MutexGuard<'_, State> {
        // No code below panics while it holds the lock, and every change is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> MutexGuard<'_, State> {
        self.version.fetch_add(1, Ordering::Relaxed);
        self.read()
    }
}

#[async_trait]
impl RequestStore for MemoryStore {
    async fn add_request(&self, request: &MediaRequest) -> Result<bool, StoreError> {
        let mut state = self.write();
        if state.requests.contains_key(&request.key()) {
            return Ok(false);
        }
        state.requests.insert(request.key(), request.clone());
        Ok(true)
    }

    async fn remove_request(&self, key: MediaKey) -> Result<bool, StoreError> {
        Ok(self.write().requests.remove(&key).is_some())
    }

    async fn request(&self, key: MediaKey) -> Result<Option<MediaRequest>, StoreError> {
        Ok(self.read().requests.get(&key).cloned())
    }

    async fn requests(&self, media_type: Option<MediaType>) -> Result<Vec<MediaRequest>, StoreError> {
        let wanted = |request: &&MediaRequest| media_type.is_none_or(|media_type| request.media_type == media_type);
        let mut requests: Vec<_> = self.read().requests.values().filter(wanted).cloned().collect();
        newest_first(&mut requests);
        Ok(requests)
    }

    async fn standings(&self, keys: &[MediaKey], now: Timestamp) -> Result<HashMap<MediaKey, Standing>, StoreError> {
        let state = self.read();
        let standing = |key: &MediaKey| Standing {
            requested: state.requests.contains_key(key),
            in_library: state.holds(*key, now),
        };
        Ok(keys.iter().map(|key| (*key, standing(key))).collect())
    }

    async fn mark_added(
        &self,
        key: MediaKey,
        plex_guid: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<MediaRequest>, StoreError> {
        let mut state = self.write();
        let Some(request) = state.requests.get_mut(&key).filter(|request| request.is_pending()) else {
            return Ok(None);
        };
        request.added_at = Some(iso(now));
        if let Some(guid) = plex_guid {
            request.plex_guid = Some(guid.to_owned());
        }
        Ok(Some(request.clone()))
    }

    async fn request_by_tvdb(&self, tvdb_id: u64) -> Result<Option<MediaRequest>, StoreError> {
        let state = self.read();
        let found = state
            .requests
            .values()
            .find(|request| request.media_type == MediaType::Tv && request.tvdb_id == Some(tvdb_id));
        Ok(found.cloned())
    }
}

#[async_trait]
impl LibraryStore for MemoryStore {
    async fn library(&self, now: Timestamp) -> Result<LibraryIds, StoreError> {
        let state = self.read();
        let mut ids = LibraryIds::default();
        for key in state.library.keys().filter(|key| state.holds(**key, now)) {
            ids.of_mut(key.media_type).insert(key.tmdb_id);
        }
        Ok(ids)
    }

    async fn put_titles(&self, items: &[LibraryItem], now: Timestamp) -> Result<usize, StoreError> {
        Ok(self.write().put(items, now).len())
    }

    async fn put_synced_titles(&self, items: &[LibraryItem], now: Timestamp) -> Result<usize, StoreError> {
        let mut state = self.write();
        let keys = state.put(items, now);
        for media_type in keys.iter().map(|key| key.media_type).collect::<BTreeSet<_>>() {
            let open = state.generations.get_mut(&media_type).and_then(|generations| generations.open.last_entry());
            if let Some(mut newest) = open {
                *newest.get_mut() = true;
            }
        }
        Ok(keys.len())
    }

    async fn open_generation(&self, media_type: MediaType, now: Timestamp) -> Result<(), StoreError> {
        let mut state = self.write();
        let generations = state.generations.entry(media_type).or_default();
        let settled = generations.before_opening(now.as_microsecond());
        generations.open.insert(now.as_microsecond(), false);
        state.settle(media_type, &settled);
        Ok(())
    }

    async fn close_generation(&self, media_type: MediaType) -> Result<usize, StoreError> {
        let mut state = self.write();
        let settled = state.generations.entry(media_type).or_default().closing();
        Ok(state.settle(media_type, &settled))
    }
}

#[async_trait]
impl GuidStore for MemoryStore {
    async fn known_ids(&self, plex_guid: &str) -> Result<Option<KnownIds>, StoreError> {
        Ok(self.read().guids.get(plex_guid).copied())
    }

    async fn remember_ids(&self, plex_guid: &str, ids: KnownIds, _now: Timestamp) -> Result<(), StoreError> {
        let mut state = self.write();
        let known = state.guids.entry(plex_guid.to_owned()).or_default();
        *known = ids.or(*known);
        Ok(())
    }

    async fn request_by_guid(&self, plex_guid: &str) -> Result<Option<MediaRequest>, StoreError> {
        let state = self.read();
        Ok(state.requests.values().find(|request| request.plex_guid.as_deref() == Some(plex_guid)).cloned())
    }
}

#[async_trait]
impl LoginStore for MemoryStore {
    async fn reserve_attempt(&self, caller: &Caller, limit: &RateLimit, now: Timestamp) -> Result<Attempt, StoreError> {
        let mut state = self.read();
        let now = now.as_second();
        let caller = caller.as_str();
        let (count, first) = state.attempts.get(caller).copied().unwrap_or((0, now));
        if let Some(retry_after) = wait(limit, count, first, now) {
            return Ok(Attempt::Refused { retry_after });
        }
        let minute = minute_of(now);
        let reservation = if state.sign_ins.get(caller).is_some_and(|at| is_known(*at, now)) {
            Reservation::Known
        } else {
            state.failures.retain(|of, _| *of == minute);
            let failures = state.failures.entry(minute).or_default();
            if *failures >= limit.max_per_minute {
                return Ok(Attempt::until_next_minute(now));
            }
            *failures += 1;
            Reservation::Counted(minute)
        };
        let entry = if limit.is_running(first, now) { (count + 1, first) } else { (1, now) };
        state.attempts.insert(caller.to_owned(), entry);
        Ok(Attempt::Allowed(reservation))
    }

    async fn count_failure(&self, now: Timestamp) -> Result<(), StoreError> {
        *self.read().failures.entry(minute_of(now.as_second())).or_default() += 1;
        Ok(())
    }

    async fn attempt_succeeded(
        &self,
        caller: &Caller,
        reservation: Reservation,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut state = self.read();
        state.attempts.remove(caller.as_str());
        state.sign_ins.insert(caller.as_str().to_owned(), now.as_second());
        if let Reservation::Counted(minute) = reservation
            && let Some(failures) = state.failures.get_mut(&minute)
        {
            *failures = failures.saturating_sub(1);
        }
        Ok(())
    }

    async fn accept_challenge(&self, hash: &str, now: Timestamp, expires: Timestamp) -> Result<bool, StoreError> {
        let mut state = self.read();
        state.challenges.retain(|_, expires| *expires >= now);
        if state.challenges.contains_key(hash) {
            return Ok(false);
        }
        state.challenges.insert(hash.to_owned(), expires);
        Ok(true)
    }
}

#[async_trait]
impl MemberStore for MemoryStore {
    async fn member(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.read().members.get(&member_key(name)).cloned())
    }

    async fn add_member(&self, name: &str) -> Result<String, StoreError> {
        Ok(self.read().members.entry(member_key(name)).or_insert_with(|| name.to_owned()).clone())
    }
}

#[async_trait]
impl SubscriptionStore for MemoryStore {
    async fn subscribe(&self, subscription: &Subscription) -> Result<(), StoreError> {
        self.read().subscriptions.insert(subscription.endpoint.clone(), subscription.clone());
        Ok(())
    }

    async fn unsubscribe(&self, name: &str, endpoint: Option<&str>) -> Result<(), StoreError> {
        self.read().subscriptions.retain(|_, subscription| {
            !is_same_member(&subscription.name, name)
                || endpoint.is_some_and(|endpoint| subscription.endpoint != endpoint)
        });
        Ok(())
    }

    async fn subscriptions(&self, name: &str) -> Result<Vec<Subscription>, StoreError> {
        let state = self.read();
        let devices = state.subscriptions.values().filter(|device| is_same_member(&device.name, name));
        Ok(devices.cloned().collect())
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn version(&self) -> Result<Option<u64>, StoreError> {
        Ok(Some(self.version.load(Ordering::Relaxed)))
    }
}
