//! What is kept, as use cases.
//!
//! DynamoDB, SQLite and memory implement [`Store`], topic by topic; one contract suite judges all three. A method either
//! did what it says or returns an error: nothing turns a failure into an empty answer, because Radarr deletes what an
//! empty list no longer names.

use std::collections::HashMap;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::library::{LibraryIds, LibraryItem, Standing};
use crate::media::{MediaKey, MediaType};
use crate::push::Subscription;
use crate::rate_limit::{Attempt, Caller, RateLimit, Reservation};
use crate::request::MediaRequest;

/// Says why a store could not do what it was asked for. Goes to the log, never to a client.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database did not answer, or refused.
    #[error("the store is unavailable while it should {doing}: {cause}")]
    Unavailable {
        /// What was being done, as a verb phrase.
        doing: &'static str,
        /// What the database said.
        cause: String,
    },
    /// A batch was written in part only. The same call again completes it.
    #[error("{left} of {total} rows could not be written in time")]
    Incomplete {
        /// Rows that were not written.
        left: usize,
        /// Rows of the batch.
        total: usize,
    },
}

/// Says what Plex's guid of a title stands for elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KnownIds {
    /// TMDB's id of the film or show.
    pub tmdb_id: Option<u64>,
    /// TheTVDB's id of the show.
    pub tvdb_id: Option<u64>,
}

impl KnownIds {
    /// Tells whether nothing is known.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.tmdb_id.is_none() && self.tvdb_id.is_none()
    }

    /// Fills what is missing here with what the other knows.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { tmdb_id: self.tmdb_id.or(other.tmdb_id), tvdb_id: self.tvdb_id.or(other.tvdb_id) }
    }
}

/// Keeps requests.
#[async_trait]
pub trait RequestStore: Send + Sync {
    /// Keeps a new request; returns false, and changes nothing, when there is one for the title already.
    async fn add_request(&self, request: &MediaRequest) -> Result<bool, StoreError>;

    /// Removes a request; returns whether there was one.
    async fn remove_request(&self, key: MediaKey) -> Result<bool, StoreError>;

    /// Returns the request for a title.
    async fn request(&self, key: MediaKey) -> Result<Option<MediaRequest>, StoreError>;

    /// Lists all requests of a media type, or all, newest first.
    async fn requests(&self, media_type: Option<MediaType>) -> Result<Vec<MediaRequest>, StoreError>;

    /// Tells of each title whether it is requested and whether it is there, in one batch look-up.
    async fn standings(&self, keys: &[MediaKey], now: Timestamp) -> Result<HashMap<MediaKey, Standing>, StoreError>;

    /// Marks a pending request as arrived. Returns it only to the one caller that changed it, so that repeated and
    /// concurrent deliveries notify once.
    async fn mark_added(
        &self,
        key: MediaKey,
        plex_guid: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<MediaRequest>, StoreError>;

    /// Finds the request for the series with this TheTVDB id.
    async fn request_by_tvdb(&self, tvdb_id: u64) -> Result<Option<MediaRequest>, StoreError>;
}

/// Keeps the library.
#[async_trait]
pub trait LibraryStore: Send + Sync {
    /// Lists the TMDB ids of everything in the library.
    async fn library(&self, now: Timestamp) -> Result<LibraryIds, StoreError>;

    /// Puts titles into the library, or renews them. Each counts once, however often it is named.
    ///
    /// Returns how many there were.
    async fn put_titles(&self, items: &[LibraryItem], now: Timestamp) -> Result<usize, StoreError>;

    /// Does the same with the rows of a sync, which count for the open generation. Only they do: what else is put
    /// is renewed, and says nothing about what is still there.
    async fn put_synced_titles(&self, items: &[LibraryItem], now: Timestamp) -> Result<usize, StoreError>;

    /// Opens a new generation of one media type: from now on, rows that are not put again are the ones to sweep.
    /// Deletes only what an earlier one has left to delete (see [`Generations`](crate::library::Generations)).
    async fn open_generation(&self, media_type: MediaType, now: Timestamp) -> Result<(), StoreError>;

    /// Closes the oldest open generation that brought any row, and deletes the rows of earlier ones.
    ///
    /// Returns how many rows were deleted.
    async fn close_generation(&self, media_type: MediaType) -> Result<usize, StoreError>;
}

/// Keeps what Plex's guids mean, and which requests they were seen with.
#[async_trait]
pub trait GuidStore: Send + Sync {
    /// Returns what a Plex guid is known to stand for.
    async fn known_ids(&self, plex_guid: &str) -> Result<Option<KnownIds>, StoreError>;

    /// Remembers what a Plex guid stands for; fills in, and never forgets, what was known.
    async fn remember_ids(&self, plex_guid: &str, ids: KnownIds, now: Timestamp) -> Result<(), StoreError>;

    /// Finds the request that was marked with this Plex guid.
    async fn request_by_guid(&self, plex_guid: &str) -> Result<Option<MediaRequest>, StoreError>;
}

/// Keeps login attempts.
#[async_trait]
pub trait LoginStore: Send + Sync {
    /// Reserves one login attempt: of its caller, and of all callers together unless a member has signed in from the
    /// caller's address within 30 days. An attempt that is refused costs neither.
    async fn reserve_attempt(&self, caller: &Caller, limit: &RateLimit, now: Timestamp) -> Result<Attempt, StoreError>;

    /// Counts a failure of a known address among those of all callers.
    async fn count_failure(&self, now: Timestamp) -> Result<(), StoreError>;

    /// Notes a successful sign-in: forgets the caller's attempts, takes this one back from those of all callers, and
    /// knows the address for 30 days.
    async fn attempt_succeeded(
        &self,
        caller: &Caller,
        reservation: Reservation,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Accepts the answer to a challenge once; returns false ever after, until it has expired.
    async fn accept_challenge(&self, hash: &str, now: Timestamp, expires: Timestamp) -> Result<bool, StoreError>;
}

/// Keeps the names of members.
#[async_trait]
pub trait MemberStore: Send + Sync {
    /// Returns a member's name as it was first seen. `name` is any spelling of it.
    async fn member(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// Remembers a member by this spelling, unless there is one already. Returns the one that is kept.
    async fn add_member(&self, name: &str) -> Result<String, StoreError>;
}

/// Keeps push subscriptions.
#[async_trait]
pub trait SubscriptionStore: Send + Sync {
    /// Keeps a device's subscription; one device has one, and a later one replaces it.
    async fn subscribe(&self, subscription: &Subscription) -> Result<(), StoreError>;

    /// Forgets all of a member's devices, or the one with this endpoint if it is that member's. `name` is any spelling of
    /// the member's name.
    async fn unsubscribe(&self, name: &str, endpoint: Option<&str>) -> Result<(), StoreError>;

    /// Lists the devices of a member, under every spelling of the name that they were subscribed with.
    async fn subscriptions(&self, name: &str) -> Result<Vec<Subscription>, StoreError>;
}

/// Keeps all that the site keeps. In parts, so that a database implements each in the file of its own.
#[async_trait]
pub trait Store: RequestStore + LibraryStore + GuidStore + LoginStore + MemberStore + SubscriptionStore {
    /// Returns a number that changes with every write to requests or library: what was made of them after it was read
    /// may be kept until it changes. `None` when the store can't tell.
    async fn version(&self) -> Result<Option<u64>, StoreError> {
        Ok(None)
    }
}
