//! Secrets out of the environment, and the one of them that the site itself sets.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};
use stellarr_core::auth::MAX_AGE_SECONDS;

use async_trait::async_trait;
use stellarr_core::secrets::{
    FEED_TOKEN, NOT_BEFORE, PASSWORD, PASSWORD_MARK, PLEX_SERVER_NAME, PLEX_WEBHOOK_TOKEN, RENEWED_SESSION,
    SIGNING_KEY, SecretSource, Secrets, SecretsError, TMDB_KEY, TVDB_KEY, VAPID_KEY,
};

/// Every secret value, with what it is for.
pub const SECRETS: &[(&str, &str)] = &[
    (SIGNING_KEY, "Signs sessions: at least 32 characters, such as 64 random letters and digits. Required."),
    (
        PASSWORD,
        "The password that everybody signs in with, at least 12 characters. Another one than at the last start ends every session. Required.",
    ),
    (TMDB_KEY, "TMDB's v3 key or v4 read access token. Required."),
    (
        FEED_TOKEN,
        "What the feeds ask for, at least 12 characters; not set, they are open to all. `openssl rand -hex 20` makes one.",
    ),
    (
        PLEX_WEBHOOK_TOKEN,
        "What Plex and the sync client send, at least 12 characters and not the FEED_TOKEN; not set, neither is heard.",
    ),
    (PLEX_SERVER_NAME, "The one Plex server whose webhooks count; not set, all do."),
    (TVDB_KEY, "TheTVDB's key, to find the series of an episode."),
    (VAPID_KEY, "Signs notifications: a P-256 key, 32 bytes in base64url; not set, there are none."),
    (
        NOT_BEFORE,
        "Unix second; sessions that began before it end. Signing out everywhere sets a later one in the data folder.",
    ),
];

/// The file's name in the data folder.
pub const FILE: &str = "not-before";

/// The file of the keyed hash of the password that sessions were last ended for.
const MARK_FILE: &str = "password-mark";

/// The file of the one session that outlived the end of all others.
const RENEWED_FILE: &str = "renewed-session";

/// Every file of the data folder that belongs to the secrets.
pub const FILES: [&str; 3] = [FILE, MARK_FILE, RENEWED_FILE];

/// How long what was read of the file counts: another process on the same folder may write it.
const FRESH_FOR: Duration = Duration::from_secs(60);

/// Takes the secrets out of variables.
pub fn read(variable: impl Fn(&str) -> Option<String>) -> Secrets {
    Secrets::new(SECRETS.iter().filter_map(|(name, _)| Some((*name, variable(name)?))))
}

/// Gives the secrets of the environment, with the `NOT_BEFORE` that lies in the data folder if that is later.
pub struct KeptSecrets {
    given: Secrets,
    folder: PathBuf,
    held: Mutex<(Instant, Arc<Secrets>)>,
    clock: fn() -> Instant,
}

impl KeptSecrets {
    /// Reads the files in the data folder; none are as good as empty ones. Sessions of another password than the one of the
    /// last start end now.
    pub fn open(given: Secrets, folder: &Path, clock: fn() -> Instant) -> Result<Self, SecretsError> {
        let now = UNIX_EPOCH.elapsed().map_or(0, |elapsed| i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX));
        Self::open_at(given, folder, clock, now)
    }

    fn open_at(given: Secrets, folder: &Path, clock: fn() -> Instant, now: i64) -> Result<Self, SecretsError> {
        let mut secrets = merged(&given, folder)?;
        if secrets.not_before()?.is_some_and(|second| second > now.saturating_add(MAX_AGE_SECONDS)) {
            let problem = "NOT_BEFORE lies more than 30 days ahead, so nobody could sign in; correct it, or this computer's clock";
            return Err(SecretsError::Unavailable(problem.to_owned()));
        }
        if secrets.has_other_password() {
            secrets = keep(folder, &secrets, now + 1, None)?;
            tracing::info!(event = "auth.signed_out_everywhere", cause = "PRESHARED_PASSWORD was changed");
        } else if let (None, Some(mark)) = (secrets.get(PASSWORD_MARK), secrets.mark()) {
            // The first start, or the first of this version: whether it was changed before can't be told.
            write(&folder.join(MARK_FILE), &mark).map_err(|error| SecretsError::Unchanged(error.to_string()))?;
        }
        let held = Mutex::new((clock(), Arc::new(secrets)));
        Ok(Self { given, folder: folder.to_owned(), held, clock })
    }

    /// The values as they are now. Another process on this folder may have been started with another password: then this
    /// one no longer lets anybody in with the old one.
    fn merged(&self) -> Result<Secrets, SecretsError> {
        let secrets = merged(&self.given, &self.folder)?;
        if secrets.has_other_password() {
            let problem =
                "another process on the data folder has another PRESHARED_PASSWORD; start this one again with it";
            return Err(SecretsError::Unavailable(problem.to_owned()));
        }
        Ok(secrets)
    }

    fn held(&self) -> MutexGuard<'_, (Instant, Arc<Secrets>)> {
        // It is replaced whole or not at all.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn merged(given: &Secrets, folder: &Path) -> Result<Secrets, SecretsError> {
    let read = |name: &str| {
        let file = folder.join(name);
        match std::fs::read_to_string(&file) {
            Ok(text) => Ok(Some(text.trim().to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(SecretsError::Unavailable(format!("{}: {error}", file.display()))),
        }
    };
    let mut values: Vec<(&'static str, String)> = Vec::new();
    values.extend(read(MARK_FILE)?.map(|text| (PASSWORD_MARK, text)));
    values.extend(read(RENEWED_FILE)?.map(|text| (RENEWED_SESSION, text)));
    if let Some(text) = read(FILE)? {
        let kept = Secrets::new([(NOT_BEFORE, text)]).not_before().ok().flatten();
        let kept = kept.ok_or_else(|| {
            let file = folder.join(FILE);
            let remedy = "not a unix second; correct it, or delete it to let old sessions count again";
            SecretsError::Unavailable(format!("{}: {remedy}", file.display()))
        })?;
        let latest = given.not_before()?.map_or(kept, |given| given.max(kept));
        values.push((NOT_BEFORE, latest.to_string()));
    }
    Ok(given.with(values))
}

/// Ends sessions, and keeps it in the folder. What makes the others count, `NOT_BEFORE`, is written before the mark of the
/// password and after the renewed session, so that a crash between them ends too many sessions and not too few.
fn keep(folder: &Path, before: &Secrets, second: i64, renewing: Option<i64>) -> Result<Secrets, SecretsError> {
    let values = before.ending(second, renewing)?;
    for (name, file) in [(RENEWED_SESSION, RENEWED_FILE), (NOT_BEFORE, FILE), (PASSWORD_MARK, MARK_FILE)] {
        if let Some((_, value)) = values.iter().find(|(of, _)| *of == name) {
            write(&folder.join(file), value).map_err(|error| SecretsError::Unchanged(error.to_string()))?;
        }
    }
    Ok(before.with(values))
}

fn write(file: &Path, text: &str) -> std::io::Result<()> {
    stellarr_store::objects::files::write_whole(file, format!("{text}\n").as_bytes())
}

#[async_trait]
impl SecretSource for KeptSecrets {
    async fn secrets(&self) -> Result<Arc<Secrets>, SecretsError> {
        {
            let (read_at, secrets) = &*self.held();
            if (self.clock)().saturating_duration_since(*read_at) < FRESH_FOR {
                return Ok(Arc::clone(secrets));
            }
        }
        self.fresh().await
    }

    async fn fresh(&self) -> Result<Arc<Secrets>, SecretsError> {
        let mut held = self.held();
        let secrets = Arc::new(self.merged()?);
        *held = ((self.clock)(), Arc::clone(&secrets));
        Ok(secrets)
    }

    async fn revoke_before(&self, second: i64, renewing: Option<i64>) -> Result<Arc<Secrets>, SecretsError> {
        let mut held = self.held();
        let before = self.merged()?;
        let is_done = before.not_before()?.is_some_and(|kept| kept >= second);
        let secrets = Arc::new(if is_done { before } else { keep(&self.folder, &before, second, renewing)? });
        *held = ((self.clock)(), Arc::clone(&secrets));
        Ok(secrets)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    static SECONDS: AtomicU64 = AtomicU64::new(0);

    fn clock() -> Instant {
        static START: OnceLock<Instant> = OnceLock::new();
        *START.get_or_init(Instant::now) + Duration::from_secs(SECONDS.load(Ordering::Relaxed))
    }

    fn given(not_before: &str) -> Secrets {
        Secrets::new([("APP_SECRET_KEY", "k"), ("PRESHARED_PASSWORD", "p"), ("NOT_BEFORE", not_before)])
    }

    async fn not_before(secrets: &KeptSecrets) -> i64 {
        secrets.secrets().await.unwrap().not_before().unwrap().unwrap()
    }

    #[tokio::test]
    async fn what_was_revoked_stays_so_and_others_hear_of_it_within_a_minute() {
        let folder = tempfile::tempdir().unwrap();
        let open = |text: &str| KeptSecrets::open(given(text), folder.path(), clock);
        let (here, there) = (open("100").unwrap(), open("100").unwrap());
        let revoked = here.revoke_before(200, Some(150)).await.unwrap();
        assert_eq!((revoked.not_before(), revoked.began_at(200)), (Ok(Some(200)), 150));
        assert_eq!(not_before(&here).await, 200, "at once here");
        SECONDS.fetch_add(59, Ordering::Relaxed);
        assert_eq!(not_before(&there).await, 100);
        SECONDS.fetch_add(1, Ordering::Relaxed);
        assert_eq!(not_before(&there).await, 200);
        let earlier = there.revoke_before(150, None).await.unwrap();
        assert_eq!(earlier.not_before(), Ok(Some(200)), "never earlier again");
        assert_eq!(not_before(&open("100").unwrap()).await, 200, "after a restart");
        assert_eq!(open("100").unwrap().secrets().await.unwrap().began_at(200), 150);
        assert_eq!(not_before(&open("300").unwrap()).await, 300, "the later one counts");
        std::fs::write(folder.path().join(FILE), "soon").unwrap();
        assert!(open("100").err().unwrap().to_string().contains("delete it"), "revoked sessions do not come back");
    }

    #[tokio::test]
    async fn another_password_ends_the_sessions_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let start = async |password: &str, now: i64| {
            let given = Secrets::new([("APP_SECRET_KEY", "k"), ("PRESHARED_PASSWORD", password)]);
            let secrets = KeptSecrets::open_at(given, folder.path(), clock, now).unwrap();
            secrets.secrets().await.unwrap().not_before().unwrap()
        };
        let earlier = None;
        assert_eq!(start("correct horse battery", 1_000).await, earlier, "the first start ends nothing");
        assert_eq!(start("correct horse battery", 2_000).await, earlier, "nor does a restart");
        assert_eq!(start("battery horse correct", 3_000).await, Some(3_001));
        assert_eq!(start("battery horse correct", 4_000).await, Some(3_001), "those that began since count");
        assert_eq!(start("correct horse battery", 5_000).await, Some(5_001), "an earlier one is another one");
        let text = std::fs::read_to_string(folder.path().join(MARK_FILE)).unwrap();
        assert!(!text.contains("horse"), "{text}");
    }
}
