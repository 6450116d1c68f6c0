//! What the handlers share: options, faults, the log, pushes and TVDB's tokens.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    faults::Faults,
    log::{Delivery, RequestLog},
};

/// The TMDB and TVDB key that the stand-in always accepts.
pub const DEFAULT_KEY: &str = "standin-key";

/// How the stand-in behaves when no fault is asked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// TMDB and TVDB keys that are accepted beside [`DEFAULT_KEY`].
    pub keys: Vec<String>,
    /// Whether any key that is not empty is accepted.
    pub any_key: bool,
    /// Whether popular and discover repeat the catalogue, so that each of 500 pages has 20 items.
    pub fill_pages: bool,
    /// How long each answer takes.
    pub latency: Duration,
    /// The port of the site whose pages alone may ask, beside programs; none for pages of anybody.
    pub site: Option<u16>,
}

/// What the handlers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) port: u16,
    pub(crate) started: Instant,
    faults: Mutex<Faults>,
    log: Mutex<RequestLog>,
    deliveries: Mutex<Vec<Delivery>>,
    tokens: Mutex<Tokens>,
}

impl Shared {
    pub(crate) fn new(options: Options, addr: SocketAddr) -> Self {
        Self {
            options,
            port: addr.port(),
            started: Instant::now(),
            faults: Mutex::default(),
            log: Mutex::default(),
            deliveries: Mutex::default(),
            tokens: Mutex::default(),
        }
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, RequestLog> {
        lock(&self.log)
    }

    pub(crate) fn deliveries(&self) -> MutexGuard<'_, Vec<Delivery>> {
        lock(&self.deliveries)
    }

    pub(crate) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        lock(&self.tokens)
    }

    /// Tells whether a TMDB or TVDB key is accepted.
    pub(crate) fn knows_key(&self, key: &str) -> bool {
        key == DEFAULT_KEY
            || (!key.is_empty() && (self.options.any_key || self.options.keys.iter().any(|known| known == key)))
    }

    /// Returns the log with the faults' hits.
    pub(crate) fn snapshot(&self) -> RequestLog {
        let faults = self.faults().hits();
        let mut log = self.log().clone();
        log.faults = faults;
        log
    }
}

/// Locks, also after a panic elsewhere: every value behind these locks is whole at all times.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The tokens that logins were given.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    issued: u64,
    valid: BTreeSet<String>,
}

impl Tokens {
    /// Gives out a new token.
    pub(crate) fn issue(&mut self) -> String {
        self.issued += 1;
        let token = format!("standin-tvdb-token-{}", self.issued);
        self.valid.insert(token.clone());
        token
    }

    /// Makes every token so far unknown, as if it had expired.
    pub(crate) fn expire(&mut self) {
        self.valid.clear();
    }

    /// Tells whether a token was given out and has not expired.
    pub(crate) fn is_valid(&self, token: &str) -> bool {
        self.valid.contains(token)
    }
}
