//! The one secret, in Secrets Manager.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, UNIX_EPOCH};

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use serde_json::{Map, Value};
use stellarr_core::secrets::{HELD_SECONDS, SecretSource, Secrets, SecretsError};
use tokio::sync::Mutex;

/// How long a value that was read may be used: a rotation counts everywhere after this time.
const FRESH_FOR: Duration = Duration::from_secs(HELD_SECONDS.unsigned_abs());

/// Label of a version that is not current yet.
const NEXT: &str = "STELLARR_NEXT";

/// The current version's label.
const CURRENT: &str = "AWSCURRENT";

/// How often a change is tried again because another one came between.
const MAX_ATTEMPTS: u32 = 5;

/// Reads the secret when it is first needed, and again when what was read is a minute old.
pub struct SecretsManager {
    client: OnceLock<Client>,
    secret: String,
    held: Mutex<Option<(Instant, Arc<Secrets>)>>,
    clock: fn() -> Instant,
}

/// One version of the secret, as text.
struct Version {
    id: String,
    text: String,
    /// When it was written, by AWS' clock in unix seconds.
    written_at: i64,
}

impl Version {
    /// Returns its values. A password that was not written by stellarr ends the sessions that were opened before, and those
    /// that a process opens which does not know the new one yet; every process concludes the same from the version's date.
    fn secrets(&self) -> Result<Secrets, SecretsError> {
        let secrets = Secrets::from_json(&self.text)?;
        if !secrets.has_other_password() {
            return Ok(secrets);
        }
        Ok(secrets.with(secrets.ending(self.written_at + HELD_SECONDS + 1, None)?))
    }
}

impl SecretsManager {
    /// Names the secret by its ARN or name; the client is made when it is first needed.
    #[must_use]
    pub fn lazy(secret: impl Into<String>) -> Self {
        Self { client: OnceLock::new(), secret: secret.into(), held: Mutex::new(None), clock: Instant::now }
    }

    /// Reads the secret with this name or ARN through a given client.
    #[must_use]
    pub fn new(client: Client, secret: impl Into<String>) -> Self {
        Self { client: OnceLock::from(client), ..Self::lazy(secret) }
    }

    /// Tells the age of what was read by another clock.
    #[must_use]
    pub fn with_clock(self, clock: fn() -> Instant) -> Self {
        Self { clock, ..self }
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| Client::new(&crate::aws::sdk_config()))
    }

    async fn read(&self) -> Result<Version, SecretsError> {
        let answer = self
            .client()
            .get_secret_value()
            .secret_id(&self.secret)
            .send()
            .await
            .map_err(|error| SecretsError::Unavailable(code(&error)))?;
        let text = answer.secret_string.ok_or(SecretsError::Malformed)?;
        let written_at = match answer.created_date {
            Some(date) => date.secs(),
            None => UNIX_EPOCH.elapsed().map_or(0, |elapsed| i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX)),
        };
        Ok(Version { id: answer.version_id.unwrap_or_default(), text, written_at })
    }

    /// Reads the secret and keeps it; `held` is locked, so that requests that come together read once.
    async fn read_into(&self, held: &mut Option<(Instant, Arc<Secrets>)>) -> Result<Arc<Secrets>, SecretsError> {
        let secrets = Arc::new(self.read().await?.secrets()?);
        *held = Some(((self.clock)(), Arc::clone(&secrets)));
        Ok(secrets)
    }

    /// Makes `text` the current version if `of` still is. Returns false when it is not.
    ///
    /// Secrets Manager has no conditional write, but it moves a label only from the version that the caller names: the
    /// new version is written without being current, and the label is moved to it from the one that it was made of.
    async fn replace(&self, of: &Version, text: String) -> Result<bool, SecretsError> {
        let put = self.client().put_secret_value().secret_id(&self.secret).secret_string(text).version_stages(NEXT);
        let put = put.send().await.map_err(|error| SecretsError::Unchanged(code(&error)))?;
        let moved = self
            .client()
            .update_secret_version_stage()
            .secret_id(&self.secret)
            .version_stage(CURRENT)
            .remove_from_version_id(&of.id)
            .set_move_to_version_id(put.version_id)
            .send()
            .await;
        match moved {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("InvalidParameterException") => Ok(false),
            Err(error) => Err(SecretsError::Unchanged(code(&error))),
        }
    }
}

/// Returns an error's code and nothing else: a message may quote what was asked for.
fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    error.code().unwrap_or("no answer").to_owned()
}

/// Writes values into the secret's JSON and leaves every other as it is.
fn with_values(text: &str, values: &[(&str, String)]) -> Result<String, SecretsError> {
    let mut all: Map<String, Value> = serde_json::from_str(text).map_err(|_| SecretsError::Malformed)?;
    all.extend(values.iter().map(|(name, value)| ((*name).to_owned(), Value::String(value.clone()))));
    Ok(Value::Object(all).to_string())
}

impl fmt::Debug for SecretsManager {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SecretsManager").field("secret", &self.secret).finish_non_exhaustive()
    }
}

#[async_trait]
impl SecretSource for SecretsManager {
    async fn secrets(&self) -> Result<Arc<Secrets>, SecretsError> {
        let mut held = self.held.lock().await;
        if let Some((read_at, secrets)) = held.as_ref()
            && (self.clock)().saturating_duration_since(*read_at) < FRESH_FOR
        {
            return Ok(Arc::clone(secrets));
        }
        // An old value is not used when the secret can't be read: it may have been revoked.
        self.read_into(&mut held).await
    }

    async fn fresh(&self) -> Result<Arc<Secrets>, SecretsError> {
        self.read_into(&mut *self.held.lock().await).await
    }

    async fn revoke_before(&self, second: i64, renewing: Option<i64>) -> Result<Arc<Secrets>, SecretsError> {
        let mut held = self.held.lock().await;
        for _ in 0..MAX_ATTEMPTS {
            let current = self.read().await?;
            let before = current.secrets()?;
            let is_done = before.not_before()?.is_some_and(|held| held >= second);
            let values = if is_done { Vec::new() } else { before.ending(second, renewing)? };
            if is_done || self.replace(&current, with_values(&current.text, &values)?).await? {
                let after = Arc::new(before.with(values));
                *held = Some(((self.clock)(), Arc::clone(&after)));
                return Ok(after);
            }
        }
        Err(SecretsError::Unchanged("others keep changing it".to_owned()))
    }
}
