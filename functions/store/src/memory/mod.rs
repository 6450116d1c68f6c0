//! Everything in memory: for tests, and the yardstick of what the other stores must do.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use stellarr_core::auth::TOGETHER_SECONDS;
use stellarr_core::library::{Generation, LibraryIds, LibraryItem, Standing};
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::push::Subscription;
use stellarr_core::rate_limit::{Attempt, Caller, RateLimit, decide};
use stellarr_core::request::{MediaRequest, newest_first};
use stellarr_core::store::{KnownIds, Store, StoreError};
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
    /// Each title with the microsecond at which it was last shelved.
    library: BTreeMap<MediaKey, (LibraryItem, i64)>,
    generations: BTreeMap<MediaType, Generation>,
    guids: HashMap<String, KnownIds>,
    attempts: HashMap<String, (u32, i64)>,
    challenges: BTreeMap<String, Vec<UsedAnswer>>,
    subscriptions: BTreeMap<String, Subscription>,
}

/// One name's use of an answer.
struct UsedAnswer {
    name: String,
    accepted: Timestamp,
    expires: Timestamp,
}

impl State {
    fn holds(&self, key: MediaKey, now: Timestamp) -> bool {
        self.library.get(&key).is_some_and(|(_, synced_at)| match self.generations.get(&key.media_type) {
            Some(generation) => *synced_at >= generation.opened_at || !generation.is_overdue(now.as_microsecond()),
            None => true,
        })
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
impl Store for MemoryStore {
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

    async fn request_by_guid(&self, plex_guid: &str) -> Result<Option<MediaRequest>, StoreError> {
        let state = self.read();
        Ok(state.requests.values().find(|request| request.plex_guid.as_deref() == Some(plex_guid)).cloned())
    }

    async fn library(&self, now: Timestamp) -> Result<LibraryIds, StoreError> {
        let state = self.read();
        let mut ids = LibraryIds::default();
        for key in state.library.keys().filter(|key| state.holds(**key, now)) {
            ids.of_mut(key.media_type).insert(key.tmdb_id);
        }
        Ok(ids)
    }

    async fn shelve(&self, items: &[LibraryItem], now: Timestamp) -> Result<usize, StoreError> {
        let mut state = self.write();
        let rows: BTreeMap<MediaKey, &LibraryItem> = items.iter().map(|item| (item.key(), item)).collect();
        for (key, item) in &rows {
            let opened_at = state.generations.get(&key.media_type).map_or(i64::MIN, |open| open.opened_at);
            let synced_at = now.as_microsecond().max(opened_at);
            state.library.insert(*key, ((*item).clone(), synced_at));
            if let Some(generation) = state.generations.get_mut(&key.media_type) {
                generation.received += 1;
            }
        }
        Ok(rows.len())
    }

    async fn open_generation(&self, media_type: MediaType, now: Timestamp) -> Result<(), StoreError> {
        let generation = Generation { opened_at: now.as_microsecond(), received: 0 };
        self.write().generations.insert(media_type, generation);
        Ok(())
    }

    async fn close_generation(&self, media_type: MediaType) -> Result<usize, StoreError> {
        let mut state = self.write();
        let Some(generation) = state.generations.remove(&media_type) else { return Ok(0) };
        if generation.received == 0 {
            return Ok(0);
        }
        let before = state.library.len();
        state.library.retain(|key, (_, synced_at)| key.media_type != media_type || *synced_at >= generation.opened_at);
        Ok(before - state.library.len())
    }

    async fn known_ids(&self, plex_guid: &str) -> Result<Option<KnownIds>, StoreError> {
        Ok(self.read().guids.get(plex_guid).copied())
    }

    async fn remember_ids(&self, plex_guid: &str, ids: KnownIds, _now: Timestamp) -> Result<(), StoreError> {
        let mut state = self.write();
        let known = state.guids.entry(plex_guid.to_owned()).or_default();
        *known = ids.or(*known);
        Ok(())
    }

    async fn reserve_attempt(&self, caller: &Caller, limit: &RateLimit, now: Timestamp) -> Result<Attempt, StoreError> {
        let mut state = self.read();
        let now = now.as_second();
        let (count, first) = state.attempts.get(caller.as_str()).copied().unwrap_or((0, now));
        let attempt = decide(limit, count, first, now);
        if attempt == Attempt::Allowed {
            let fresh = now >= first + limit.window_seconds;
            let entry = if fresh { (1, now) } else { (count + 1, first) };
            state.attempts.insert(caller.as_str().to_owned(), entry);
        }
        Ok(attempt)
    }

    async fn clear_attempts(&self, caller: &Caller) -> Result<(), StoreError> {
        self.read().attempts.remove(caller.as_str());
        Ok(())
    }

    async fn accept_challenge(
        &self,
        hash: &str,
        name: &str,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut state = self.read();
        state.challenges.retain(|_, uses| {
            uses.retain(|used| used.expires >= now);
            !uses.is_empty()
        });
        let uses = state.challenges.entry(hash.to_owned()).or_default();
        let late = |used: &UsedAnswer| now.as_second() - used.accepted.as_second() > TOGETHER_SECONDS;
        if uses.iter().any(|used| used.name == name || late(used)) {
            return Ok(false);
        }
        uses.push(UsedAnswer { name: name.to_owned(), accepted: now, expires });
        Ok(true)
    }

    async fn subscribe(&self, subscription: &Subscription) -> Result<(), StoreError> {
        self.read().subscriptions.insert(subscription.endpoint.clone(), subscription.clone());
        Ok(())
    }

    async fn unsubscribe(&self, name: &str, endpoint: Option<&str>) -> Result<(), StoreError> {
        self.read().subscriptions.retain(|_, subscription| {
            subscription.name != name || endpoint.is_some_and(|endpoint| subscription.endpoint != endpoint)
        });
        Ok(())
    }

    async fn subscriptions(&self, name: &str) -> Result<Vec<Subscription>, StoreError> {
        Ok(self.read().subscriptions.values().filter(|subscription| subscription.name == name).cloned().collect())
    }

    async fn version(&self) -> Result<Option<u64>, StoreError> {
        Ok(Some(self.version.load(Ordering::Relaxed)))
    }
}
