//! The one secret, in Secrets Manager.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use stellarr_core::secrets::{SecretSource, Secrets, SecretsError};
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long a value that was read may be used: a rotation counts everywhere after this time.
const FRESH_FOR: Duration = Duration::from_secs(60);

/// Reads the secret when it is first needed, and again when what was read is a minute old.
pub struct SecretsManager {
    client: OnceLock<Client>,
    secret: String,
    held: Mutex<Option<(Instant, Arc<Secrets>)>>,
}

impl SecretsManager {
    /// Names the secret by its ARN or name; the client is made when it is first needed.
    #[must_use]
    pub fn lazy(secret: impl Into<String>) -> Self {
        Self { client: OnceLock::new(), secret: secret.into(), held: Mutex::new(None) }
    }

    /// Reads the secret with this name or ARN through a given client.
    #[must_use]
    pub fn new(client: Client, secret: impl Into<String>) -> Self {
        Self { client: OnceLock::from(client), ..Self::lazy(secret) }
    }

    async fn read(&self) -> Result<Secrets, SecretsError> {
        let client = self.client.get_or_init(|| Client::new(&crate::aws::sdk_config()));
        let answer = client.get_secret_value().secret_id(&self.secret).send().await.map_err(|error| {
            // The code and nothing else: a message may quote what was asked for.
            SecretsError::Unavailable(error.code().unwrap_or("no answer").to_owned())
        })?;
        Secrets::from_json(answer.secret_string().ok_or(SecretsError::Malformed)?)
    }
}

impl fmt::Debug for SecretsManager {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SecretsManager").field("secret", &self.secret).finish_non_exhaustive()
    }
}

#[async_trait]
impl SecretSource for SecretsManager {
    async fn secrets(&self) -> Result<Arc<Secrets>, SecretsError> {
        // Held while reading, so that requests that come together read once.
        let mut held = self.held.lock().await;
        if let Some((read_at, secrets)) = held.as_ref()
            && read_at.elapsed() < FRESH_FOR
        {
            return Ok(Arc::clone(secrets));
        }
        // An old value is not used when the secret can't be read: it may have been revoked.
        let secrets = Arc::new(self.read().await?);
        *held = Some((Instant::now(), Arc::clone(&secrets)));
        Ok(secrets)
    }
}
