//! Secrets out of the environment, and the one of them that the site itself sets.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use stellarr_core::secrets::{SecretSource, Secrets, SecretsError};

/// Every secret value, with what it is for.
pub const SECRETS: &[(&str, &str)] = &[
    ("APP_SECRET_KEY", "Signs sessions. 64 random letters and digits. Required."),
    ("PRESHARED_PASSWORD", "The password that everybody signs in with. Required."),
    ("TMDB_API_KEY", "TMDB's v3 key or v4 read access token. Required."),
    ("FEED_TOKEN", "What the feeds ask for; not set, they are open to all. `openssl rand -hex 20` makes one."),
    (
        "PLEX_WEBHOOK_TOKEN",
        "What Plex and the sync client send; not set, neither is heard. Another one than FEED_TOKEN.",
    ),
    ("PLEX_SERVER_NAME", "The one Plex server whose webhooks count; not set, all do."),
    ("TVDB_API_KEY", "TheTVDB's key, to find the series of an episode."),
    ("VAPID_PRIVATE_KEY", "Signs notifications: a P-256 key, 32 bytes in base64url; not set, there are none."),
    (
        "NOT_BEFORE",
        "Unix second; sessions that began before it end. Signing out everywhere sets a later one in the data folder.",
    ),
];

/// The file's name in the data folder.
pub const FILE: &str = "not-before";

/// How long what was read of the file counts: another process on the same folder may write it.
const FRESH_FOR: Duration = Duration::from_secs(60);

/// Takes the secrets out of variables.
pub fn read(variable: impl Fn(&str) -> Option<String>) -> Secrets {
    Secrets::new(SECRETS.iter().filter_map(|(name, _)| Some((*name, variable(name)?))))
}

/// Gives the secrets of the environment, with the `NOT_BEFORE` that lies in the data folder if that is later.
pub struct KeptSecrets {
    given: Secrets,
    file: PathBuf,
    held: Mutex<(Instant, Arc<Secrets>)>,
    clock: fn() -> Instant,
}

impl KeptSecrets {
    /// Reads the file in the data folder; none is as good as an empty one.
    pub fn open(given: Secrets, folder: &Path, clock: fn() -> Instant) -> Result<Self, SecretsError> {
        let file = folder.join(FILE);
        let secrets = Arc::new(merged(&given, &file)?);
        Ok(Self { given, file, held: Mutex::new((clock(), secrets)), clock })
    }

    fn held(&self) -> MutexGuard<'_, (Instant, Arc<Secrets>)> {
        // It is replaced whole or not at all.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn merged(given: &Secrets, file: &Path) -> Result<Secrets, SecretsError> {
    let refused = |cause: String| SecretsError::Unavailable(format!("{}: {cause}", file.display()));
    match std::fs::read_to_string(file) {
        Ok(text) => match text.trim().parse() {
            Ok(second) => Ok(given.with_not_before(second)),
            Err(_) => {
                Err(refused("not a unix second; mend it, or delete it to let old sessions count again".to_owned()))
            }
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(given.clone()),
        Err(error) => Err(refused(error.to_string())),
    }
}

/// Writes beside and renames, so that a crash leaves the old file or the new one.
fn write(file: &Path, second: i64) -> std::io::Result<()> {
    let beside = file.with_extension(std::process::id().to_string());
    std::fs::write(&beside, format!("{second}\n"))?;
    std::fs::File::open(&beside)?.sync_all()?;
    std::fs::rename(&beside, file)
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
        let secrets = Arc::new(merged(&self.given, &self.file)?);
        *held = ((self.clock)(), Arc::clone(&secrets));
        Ok(secrets)
    }

    async fn revoke_before(&self, second: i64) -> Result<Arc<Secrets>, SecretsError> {
        let mut held = self.held();
        let before = merged(&self.given, &self.file)?;
        let secrets = Arc::new(before.with_not_before(second));
        let latest = secrets.not_before().unwrap_or(second);
        write(&self.file, latest).map_err(|error| SecretsError::Unchanged(error.to_string()))?;
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

    #[tokio::test]
    async fn what_was_revoked_stays_so_and_others_hear_of_it_within_a_minute() {
        let folder = tempfile::tempdir().unwrap();
        let open = |given: &str| KeptSecrets::open(Secrets::new([("NOT_BEFORE", given)]), folder.path(), clock);
        let (here, there) = (open("100").unwrap(), open("100").unwrap());
        assert_eq!(here.revoke_before(200).await.unwrap().not_before(), Some(200));
        assert_eq!(here.secrets().await.unwrap().not_before(), Some(200), "at once here");
        SECONDS.fetch_add(59, Ordering::Relaxed);
        assert_eq!(there.secrets().await.unwrap().not_before(), Some(100));
        SECONDS.fetch_add(1, Ordering::Relaxed);
        assert_eq!(there.secrets().await.unwrap().not_before(), Some(200));
        assert_eq!(there.revoke_before(150).await.unwrap().not_before(), Some(200), "never earlier again");
        assert_eq!(open("100").unwrap().secrets().await.unwrap().not_before(), Some(200), "after a restart");
        assert_eq!(open("300").unwrap().secrets().await.unwrap().not_before(), Some(300), "the later one counts");
        std::fs::write(folder.path().join(FILE), "soon").unwrap();
        assert!(open("100").err().unwrap().to_string().contains("delete it"), "revoked sessions do not come back");
    }
}
