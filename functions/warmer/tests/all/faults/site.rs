//! A site to warm: TMDB's stand-in on one side, objects with troubles on the other.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use stellarr_core::locale::Locale;
use stellarr_core::reports::WarmReport;
use stellarr_core::trending::{Object, ObjectError, TrendingIndex, TrendingObjects, Written};
use stellarr_standin::{Action, DEFAULT_KEY, FaultRule, Options, Standin};
use stellarr_store::objects::memory::MemoryObjects;
use stellarr_upstream::http;
use stellarr_upstream::limiter::Limits;
use stellarr_upstream::tmdb::{Credential, TmdbClient, TmdbSettings};
use stellarr_warmer::run::Warmer;
use tokio::time::Instant;

/// The moment of every run, in unix seconds.
pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) struct Site {
    pub(crate) standin: Standin,
    pub(crate) objects: Objects,
    key: String,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::with_key(DEFAULT_KEY)
    }

    pub(crate) fn with_key(key: &str) -> Self {
        let options = Options { fill_pages: true, ..Options::default() };
        let standin = Standin::start(([127, 0, 0, 1], 0).into(), options).unwrap();
        Self { standin, objects: Objects::default(), key: key.to_owned() }
    }

    pub(crate) fn client(&self) -> TmdbClient {
        let settings = TmdbSettings {
            base_url: self.standin.tmdb_base_url(),
            credential: Credential::new(&self.key),
            limits: Limits::per_second(20, 40),
            request_timeout: Duration::from_millis(700),
            attempts: 2,
        };
        TmdbClient::new(http::client().unwrap(), settings).unwrap()
    }

    pub(crate) fn change_key(&mut self, key: &str) {
        key.clone_into(&mut self.key);
    }

    /// Warms four languages as one invocation does.
    pub(crate) async fn warm(&self) -> WarmReport {
        self.warm_only("en,es,fr,de").await
    }

    /// Warms some of the four languages.
    pub(crate) async fn warm_only(&self, locales: &str) -> WarmReport {
        let served = Locale::parse_list("en,es,fr,de").unwrap();
        let deadline = Instant::now() + Duration::from_secs(8);
        let tmdb = self.client().until(deadline);
        let warmer =
            Warmer { tmdb: &tmdb, objects: &self.objects, served: &served, scheduled_at: None, deadline, now: &|| NOW };
        warmer.run(&Locale::parse_list(locales).unwrap()).await
    }

    /// Warms until the objects kill the run; false when they did not.
    pub(crate) async fn warm_until_killed(&self) -> bool {
        tokio::select! {
            _ = self.warm() => false,
            () = self.objects.death() => true,
        }
    }

    /// Makes TMDB answer other titles where no fault that was added before says otherwise.
    pub(crate) fn retitle(&self, title: &str) {
        let results = json!({ "results": [{ "id": 1, "media_type": "movie", "title": title }] });
        self.standin.add_fault(FaultRule::new("/3/trending/*", Action::respond(200, results)));
    }

    /// Returns every object by name.
    pub(crate) fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        self.objects.inner.all()
    }
}

/// What objects do wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Refuse to write one file.
    FailWrite,
    /// Let another run write the index just before this one does, once.
    Overtake,
    /// Kill the run before the nth write.
    DieBefore(usize),
    /// Kill the run after the nth write, before its answer comes.
    DieAfter(usize),
}

#[derive(Default)]
pub(crate) struct Objects {
    inner: MemoryObjects,
    trouble: Mutex<Option<(String, Trouble)>>,
    fired: AtomicUsize,
    calls: AtomicUsize,
    writes: AtomicUsize,
    dead: AtomicBool,
    death: tokio::sync::Notify,
}

impl Objects {
    pub(crate) fn trouble(&self, file: &str, trouble: Trouble) {
        self.calls.store(0, Ordering::SeqCst);
        *self.trouble.lock().unwrap() = Some((file.to_owned(), trouble));
    }

    pub(crate) fn calm(&self) {
        *self.trouble.lock().unwrap() = None;
        self.dead.store(false, Ordering::SeqCst);
    }

    pub(crate) fn fired(&self) -> usize {
        self.fired.load(Ordering::SeqCst)
    }

    /// Returns how many writes changed something.
    pub(crate) fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    async fn death(&self) {
        self.death.notified().await;
    }

    /// Does a write, with what goes wrong around it. `work` says whether it changed something, and what it returns.
    async fn trouble_write<T>(
        &self,
        name: &str,
        work: impl Future<Output = Result<(bool, T), ObjectError>>,
    ) -> Result<T, ObjectError> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let trouble = self.trouble.lock().unwrap().clone();
        if self.dead.load(Ordering::SeqCst) {
            return std::future::pending().await;
        }
        match &trouble {
            Some((file, Trouble::FailWrite)) if file == name => {
                self.fired.fetch_add(1, Ordering::SeqCst);
                let reason = "InternalError: told to fail".to_owned();
                return Err(ObjectError { action: "writing", name: name.to_owned(), reason });
            }
            Some((file, Trouble::Overtake)) if file == name => {
                self.fired.fetch_add(1, Ordering::SeqCst);
                self.calm();
                let held = self.inner.read(name).await?.unwrap();
                let mut index = TrendingIndex::parse(&held.body);
                index.scheduled_at = Some(7);
                self.inner.write(name, serde_json::to_vec(&index).unwrap()).await?;
            }
            Some((_, Trouble::DieBefore(nth))) if *nth == call => return self.die().await,
            _ => {}
        }
        let (changed, result) = work.await?;
        if changed {
            self.writes.fetch_add(1, Ordering::SeqCst);
        }
        match &trouble {
            Some((_, Trouble::DieAfter(nth))) if *nth == call => self.die().await,
            _ => Ok(result),
        }
    }

    /// Never returns: the process is gone.
    async fn die<T>(&self) -> T {
        self.fired.fetch_add(1, Ordering::SeqCst);
        self.dead.store(true, Ordering::SeqCst);
        self.death.notify_one();
        std::future::pending().await
    }
}

#[async_trait]
impl TrendingObjects for Objects {
    async fn read(&self, name: &str) -> Result<Option<Object>, ObjectError> {
        self.inner.read(name).await
    }

    async fn exists(&self, name: &str) -> Result<bool, ObjectError> {
        self.inner.exists(name).await
    }

    async fn write(&self, name: &str, body: Vec<u8>) -> Result<Written, ObjectError> {
        self.trouble_write(name, async {
            let written = self.inner.write(name, body).await?;
            Ok((written == Written::Changed, written))
        })
        .await
    }

    async fn replace(&self, name: &str, body: Vec<u8>, read: Option<&Object>) -> Result<bool, ObjectError> {
        self.trouble_write(name, async {
            let replaced = self.inner.replace(name, body, read).await?;
            Ok((replaced, replaced))
        })
        .await
    }
}

/// Everything that is logged while it lives, whatever its level.
pub(crate) struct Logs {
    text: Arc<Mutex<Vec<u8>>>,
    _guard: tracing::subscriber::DefaultGuard,
}

impl Logs {
    pub(crate) fn start() -> Self {
        let text = Arc::new(Mutex::new(Vec::new()));
        let sink = Sink(Arc::clone(&text));
        let subscriber =
            tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || sink.clone()).finish();
        Self { text, _guard: tracing::subscriber::set_default(subscriber) }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.text.lock().unwrap().clone()).unwrap()
    }
}

#[derive(Clone)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
