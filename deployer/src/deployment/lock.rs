//! Keeps two deploys of one deployment apart.
//!
//! The lock is one object in the artifact bucket. It is taken by a conditional store that only succeeds when the
//! key is free, renewed and taken over only while its ETag is the one last seen, so at most one holder believes in
//! it. A holder that dies leaves a lease that runs out.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::base::clock::Clock;
use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::base::failures::Code;
use stellarr_aws::{AwsError, Objects, PutCondition, PutObject, PutOutcome};

/// The lock's key in the artifact bucket.
pub const KEY: &str = "deploy/lock.json";
const LEASE: SignedDuration = SignedDuration::from_secs(90);

/// How often a holder renews its lease.
pub const HEARTBEAT: Duration = Duration::from_secs(25);

/// What the lock object says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Who holds it, for people: `ana@laptop (process 4711)`.
    pub holder: String,
    /// Which run holds it; no two runs share one.
    pub run: String,
    /// How often the lock changed hands without being released; a later holder has a higher number.
    pub fence: u64,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// When it may be taken over.
    pub expires_at: Timestamp,
}

/// Why the lock could not be had or kept.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else deploys.
    #[error("{} is deploying this since {}", .0.holder, .0.taken_at)]
    Held(Box<Lease>),
    /// Somebody took the lock over because our lease had run out.
    #[error("another deploy took over while this one was not renewing its lock")]
    Lost,
    /// The bucket could not be asked.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

impl From<LockError> for CommandError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Held(lease) => Self::new(ExitKind::Busy, LockError::Held(lease.clone()).to_string())
                .code(Code::DeployLocked)
                .hint(format!(
                    "wait for it; a deploy that died lets go by itself at {}, and `stellarr unlock` breaks the lock of one \
                     that is surely gone",
                    lease.expires_at
                )),
            LockError::Lost => Self::new(ExitKind::Busy, LockError::Lost.to_string()).code(Code::LockLost).hint(
                "nothing more was changed by this run; run `stellarr deploy` again when the other one is through",
            ),
            LockError::Aws(error) => error.into(),
        }
    }
}

/// The lock, held. Clones are the same lock.
#[derive(Clone)]
pub struct Lock {
    objects: Arc<dyn Objects>,
    bucket: String,
    held: Arc<Mutex<Held>>,
}

/// The lock of this process, for the way out that an interrupt takes.
static OWN: std::sync::Mutex<Option<Lock>> = std::sync::Mutex::new(None);

/// Lets go of the lock that this process holds, if any, within two seconds.
pub async fn release_held() {
    let own = OWN.lock().ok().and_then(|mut own| own.take());
    if let Some(lock) = own {
        // When it takes longer, the lease runs out by itself.
        let _ = tokio::time::timeout(Duration::from_secs(2), lock.release()).await;
    }
}

struct Held {
    lease: Lease,
    etag: String,
}

impl Lock {
    /// Takes the lock, or a lease that has run out.
    ///
    /// # Errors
    /// [`LockError::Held`] with the holder's name when somebody else deploys.
    pub async fn take(
        objects: Arc<dyn Objects>,
        bucket: &str,
        holder: &str,
        clock: &dyn Clock,
    ) -> Result<Self, LockError> {
        let now = clock.now();
        let mut lease =
            Lease { holder: holder.to_owned(), run: random_run_id(), fence: 1, taken_at: now, expires_at: now + LEASE };
        // Twice: between a refused store and the look at who holds it, the holder may have let go.
        for _ in 0..2 {
            let current = read(objects.as_ref(), bucket).await?;
            let condition = match &current {
                None => PutCondition::IfAbsent,
                Some((other, etag)) if other.expires_at <= now => {
                    lease.fence = other.fence + 1;
                    PutCondition::IfMatch(etag.clone())
                }
                Some((other, _)) => return Err(LockError::Held(Box::new(other.clone()))),
            };
            if let Some(etag) = write(objects.as_ref(), bucket, &lease, condition).await? {
                let held = Arc::new(Mutex::new(Held { lease, etag }));
                let lock = Self { objects, bucket: bucket.to_owned(), held };
                if let Ok(mut own) = OWN.lock() {
                    *own = Some(lock.clone());
                }
                return Ok(lock);
            }
        }
        match read(objects.as_ref(), bucket).await? {
            Some((other, _)) => Err(LockError::Held(Box::new(other))),
            None => Err(LockError::Lost),
        }
    }

    /// Does `work` while the lease is renewed, then lets go; stops it when the lock is lost.
    ///
    /// # Errors
    /// The work's own error, which matters more than a lease that runs out by itself; else the lock's.
    pub async fn during<T>(
        &self,
        clock: &dyn Clock,
        work: impl Future<Output = Result<T, CommandError>>,
    ) -> Result<T, CommandError> {
        let result = tokio::select! {
            result = work => result,
            lost = self.keep(clock) => Err(lost.into()),
        };
        let released = self.release().await;
        let value = result?;
        released?;
        Ok(value)
    }

    /// Renews the lease until it is lost.
    async fn keep(&self, clock: &dyn Clock) -> LockError {
        loop {
            clock.sleep(HEARTBEAT).await;
            if let Err(lost @ LockError::Lost) = self.renew(clock).await {
                return lost;
            }
        }
    }

    /// Renews the lease.
    ///
    /// # Errors
    /// [`LockError::Lost`] when somebody took it over.
    pub async fn renew(&self, clock: &dyn Clock) -> Result<(), LockError> {
        let mut held = self.held.lock().await;
        let lease = Lease { expires_at: clock.now() + LEASE, ..held.lease.clone() };
        let condition = PutCondition::IfMatch(held.etag.clone());
        match write(self.objects.as_ref(), &self.bucket, &lease, condition).await? {
            Some(etag) => {
                *held = Held { lease, etag };
                Ok(())
            }
            None => Err(LockError::Lost),
        }
    }

    /// Checks, by asking the bucket, that the lock is still ours. Called before every step that others can see.
    ///
    /// # Errors
    /// [`LockError::Lost`] when it is not.
    pub async fn check(&self) -> Result<(), LockError> {
        let held = self.held.lock().await;
        match read(self.objects.as_ref(), &self.bucket).await? {
            Some((lease, _)) if lease.run == held.lease.run => Ok(()),
            _ => Err(LockError::Lost),
        }
    }

    /// Lets go, unless somebody else holds it by now.
    ///
    /// # Errors
    /// When the bucket could not be asked; the lease then runs out by itself.
    pub async fn release(&self) -> Result<(), LockError> {
        let held = self.held.lock().await;
        self.objects.delete_if(&self.bucket, KEY, &held.etag).await?;
        if let Ok(mut own) = OWN.lock() {
            *own = None;
        }
        Ok(())
    }
}

/// Says who holds the lock, if anybody.
///
/// # Errors
/// When the bucket could not be asked.
pub async fn holder(objects: &dyn Objects, bucket: &str) -> Result<Option<Lease>, AwsError> {
    Ok(read(objects, bucket).await?.map(|(lease, _)| lease))
}

/// The lock with its ETag, if there is one.
///
/// # Errors
/// When the bucket could not be asked.
pub async fn find(objects: &dyn Objects, bucket: &str) -> Result<Option<(Lease, String)>, AwsError> {
    read(objects, bucket).await
}

async fn read(objects: &dyn Objects, bucket: &str) -> Result<Option<(Lease, String)>, AwsError> {
    let Some(object) = objects.get(bucket, KEY).await? else { return Ok(None) };
    // An unreadable lock can only be a leftover of something else: it counts as run out.
    let lease = serde_json::from_slice(&object.body).unwrap_or_else(|_| Lease {
        holder: "an unreadable lock".to_owned(),
        run: String::new(),
        fence: 0,
        taken_at: Timestamp::UNIX_EPOCH,
        expires_at: Timestamp::UNIX_EPOCH,
    });
    Ok(Some((lease, object.etag)))
}

async fn write(
    objects: &dyn Objects,
    bucket: &str,
    lease: &Lease,
    condition: PutCondition,
) -> Result<Option<String>, AwsError> {
    let object = PutObject {
        key: KEY.to_owned(),
        body: Bytes::from(serde_json::to_vec_pretty(lease).unwrap_or_default()),
        content_type: "application/json".to_owned(),
        cache_control: None,
        content_encoding: None,
        metadata: std::collections::BTreeMap::new(),
        condition,
    };
    Ok(match objects.put(bucket, object).await? {
        PutOutcome::Stored { etag } => Some(etag),
        PutOutcome::Refused => None,
    })
}

fn random_run_id() -> String {
    let mut bytes = [0; 16];
    // A machine without randomness still has a process number; the ETag is what keeps holders apart.
    if getrandom::fill(&mut bytes).is_err() {
        bytes[..4].copy_from_slice(&std::process::id().to_le_bytes());
    }
    hex::encode(bytes)
}
