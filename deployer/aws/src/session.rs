//! The connection to AWS: one configuration, one HTTP client, and adapters that are made when they are first used.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aws_config::identity::IdentityCache;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Builder as HttpClientBuilder, Connector, tls};
use aws_smithy_types::retry::RetryConfig;
use aws_types::app_name::AppName;
use aws_types::sdk_config::SharedHttpClient;

use super::acm::AcmCertificates;
use super::alarms::CloudWatchAlarms;
use super::cloudformation::CloudFormation;
use super::cloudfront::CloudFront;
use super::cloudwatch::CloudWatch;
use super::context::{AdapterContext, WriteGate};
use super::cost_explorer::CostExplorer;
use super::credential_source::{CredentialSource, CredentialSourceKind};
use super::credentials::CachedCredentials;
use super::dynamodb::DynamoDb;
use super::iam::Iam;
use super::lambda::Lambda;
use super::live_resources::LiveResourceReader;
use super::logs::CloudWatchLogs;
use super::options::{ConnectOptions, StaticCredentials};
use super::route53::Route53;
use super::s3::S3;
use super::secrets_manager::SecretsManager;
use super::sts::Sts;
use super::{
    Alarms, AwsError, AwsErrorKind, Cdn, Certificates, Cloud, Costs, Functions, Identity, LiveResources, Logs, Metrics,
    Objects, Permissions, Secrets, Stacks, Tables, Zones,
};

/// Where CloudFront looks for its certificates and web access lists.
pub const CLOUDFRONT_REGION: &str = "us-east-1";

/// AWS through its SDK.
pub struct AwsCloud {
    config: SdkConfig,
    options: ConnectOptions,
    source: Arc<CredentialSource>,
    gate: Arc<WriteGate>,
    stacks: Mutex<BTreeMap<String, Arc<CloudFormation>>>,
    identity: OnceLock<Arc<Sts>>,
    objects: OnceLock<Arc<S3>>,
    cdn: OnceLock<Arc<CloudFront>>,
    functions: OnceLock<Arc<Lambda>>,
    secrets: OnceLock<Arc<SecretsManager>>,
    zones: OnceLock<Arc<Route53>>,
    certificates: OnceLock<Arc<AcmCertificates>>,
    logs: OnceLock<Arc<CloudWatchLogs>>,
    alarms: OnceLock<Arc<CloudWatchAlarms>>,
    tables: OnceLock<Arc<DynamoDb>>,
    metrics: OnceLock<Arc<CloudWatch>>,
    permissions: OnceLock<Arc<Iam>>,
    costs: OnceLock<Arc<CostExplorer>>,
}

impl fmt::Debug for AwsCloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsCloud").field("options", &self.options).finish_non_exhaustive()
    }
}

impl AwsCloud {
    /// Reads the configuration of AWS's tools; sends nothing.
    ///
    /// # Errors
    ///
    /// `Validation` when the endpoint is no http or https address.
    pub async fn connect(options: ConnectOptions) -> Result<Self, AwsError> {
        let http_client = http_client(options.endpoint.as_deref())?;
        let source = if options.endpoint.is_some() || options.credentials.is_some() {
            CredentialSource::of_kind(CredentialSourceKind::AccessKey)
        } else {
            CredentialSource::find(options.profile.as_deref(), |name| std::env::var(name).ok())
        };
        let source = Arc::new(source);
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(options.region.clone()))
            .http_client(http_client.clone())
            .time_source(options.clock.clone())
            // What is kept of credentials, and how long, is decided in one place, for all clients.
            .identity_cache(IdentityCache::no_cache())
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(options.retry.attempts)
                    .with_initial_backoff(options.retry.first_pause),
            )
            .timeout_config(options.timeouts.into());
        if let Ok(name) = AppName::new("stellarr") {
            loader = loader.app_name(name);
        }
        if let Some(profile) = &options.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(endpoint) = &options.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        let emulator_credentials = options.endpoint.is_some().then(StaticCredentials::for_emulator);
        loader = match options.credentials.as_ref().or(emulator_credentials.as_ref()) {
            Some(key) => loader.credentials_provider(Credentials::new(
                &key.access_key_id,
                &key.secret_access_key.0,
                None,
                None,
                "stellarr",
            )),
            None => loader.credentials_provider(CachedCredentials::of_the_user(&options, &source, http_client).await),
        };
        Ok(Self {
            config: loader.load().await,
            gate: Arc::new(WriteGate::new(options.crash_at)),
            options,
            source,
            stacks: Mutex::new(BTreeMap::new()),
            identity: OnceLock::new(),
            objects: OnceLock::new(),
            cdn: OnceLock::new(),
            functions: OnceLock::new(),
            secrets: OnceLock::new(),
            zones: OnceLock::new(),
            certificates: OnceLock::new(),
            logs: OnceLock::new(),
            alarms: OnceLock::new(),
            tables: OnceLock::new(),
            metrics: OnceLock::new(),
            permissions: OnceLock::new(),
            costs: OnceLock::new(),
        })
    }

    /// Waits for the credentials, for as long as their source takes, so that no call's own time goes by meanwhile.
    ///
    /// A failure is kept for the first call, whose error names what was wanted.
    pub async fn sign_in(&self) {
        if let Some(provider) = self.config.credentials_provider() {
            let _ = provider.provide_credentials().await;
        }
    }

    fn context(&self, region: &str) -> AdapterContext {
        AdapterContext {
            region: region.to_owned(),
            source: Arc::clone(&self.source),
            endpoint: self.options.endpoint.clone(),
            clock: self.options.clock.clone(),
            gate: Arc::clone(&self.gate),
            timeouts: self.options.timeouts,
            attempts: self.options.retry.attempts,
        }
    }

    fn home(&self) -> AdapterContext {
        self.context(&self.options.region)
    }

    fn config_in(&self, region: &str) -> SdkConfig {
        self.config.to_builder().region(Region::new(region.to_owned())).build()
    }
}

impl Cloud for AwsCloud {
    fn home_region(&self) -> &str {
        &self.options.region
    }

    fn identity(&self) -> Arc<dyn Identity> {
        let make = || Arc::new(Sts::new(&self.config, self.home()));
        self.identity.get_or_init(make).clone()
    }

    fn stacks(&self, region: &str) -> Arc<dyn Stacks> {
        let mut stacks = self.stacks.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || Arc::new(CloudFormation::new(&self.config_in(region), self.context(region)));
        stacks.entry(region.to_owned()).or_insert_with(make).clone()
    }

    fn objects(&self) -> Arc<dyn Objects> {
        let make = || Arc::new(S3::new(&self.config, self.home()));
        self.objects.get_or_init(make).clone()
    }

    fn cdn(&self) -> Arc<dyn Cdn> {
        let make = || Arc::new(CloudFront::new(&self.config, self.home()));
        self.cdn.get_or_init(make).clone()
    }

    fn functions(&self) -> Arc<dyn Functions> {
        let make = || Arc::new(Lambda::new(&self.config, self.home()));
        self.functions.get_or_init(make).clone()
    }

    fn secrets(&self) -> Arc<dyn Secrets> {
        let make = || Arc::new(SecretsManager::new(&self.config, self.home()));
        self.secrets.get_or_init(make).clone()
    }

    fn zones(&self) -> Arc<dyn Zones> {
        let make = || Arc::new(Route53::new(&self.config, self.home()));
        self.zones.get_or_init(make).clone()
    }

    fn certificates(&self) -> Arc<dyn Certificates> {
        let make =
            || Arc::new(AcmCertificates::new(&self.config_in(CLOUDFRONT_REGION), self.context(CLOUDFRONT_REGION)));
        self.certificates.get_or_init(make).clone()
    }

    fn logs(&self) -> Arc<dyn Logs> {
        let make = || Arc::new(CloudWatchLogs::new(&self.config, self.home()));
        self.logs.get_or_init(make).clone()
    }

    fn alarms(&self) -> Arc<dyn Alarms> {
        let make = || Arc::new(CloudWatchAlarms::new(&self.config, self.home()));
        self.alarms.get_or_init(make).clone()
    }

    fn tables(&self) -> Arc<dyn Tables> {
        let make = || Arc::new(DynamoDb::new(&self.config, self.home()));
        self.tables.get_or_init(make).clone()
    }

    fn live_resources(&self) -> Arc<dyn LiveResources> {
        Arc::new(LiveResourceReader::new(&self.config, self.home()))
    }

    fn metrics(&self) -> Arc<dyn Metrics> {
        let make = || Arc::new(CloudWatch::new(&self.config, self.home()));
        self.metrics.get_or_init(make).clone()
    }

    fn permissions(&self) -> Arc<dyn Permissions> {
        let make = || Arc::new(Iam::new(&self.config, self.home()));
        self.permissions.get_or_init(make).clone()
    }

    fn costs(&self) -> Arc<dyn Costs> {
        // Cost Explorer answers for all regions from us-east-1.
        let make = || Arc::new(CostExplorer::new(&self.config_in(CLOUDFRONT_REGION), self.context(CLOUDFRONT_REGION)));
        self.costs.get_or_init(make).clone()
    }
}

/// One client for all services, so that connections and the computer's certificates are shared.
fn http_client(endpoint: Option<&str>) -> Result<SharedHttpClient, AwsError> {
    match endpoint {
        // Reading the certificates costs some 20 ms, which a plain connection does not need.
        Some(address) if address.starts_with("http://") => Ok(HttpClientBuilder::new().build_http()),
        Some(address) if !address.starts_with("https://") => Err(AwsError::new(
            "connect",
            AwsErrorKind::Validation,
            format!("the endpoint `{address}` is no http:// or https:// address"),
        )),
        // As AWS's other tools do, this one honours HTTPS_PROXY and NO_PROXY.
        _ => Ok(HttpClientBuilder::new().build_with_connector_fn(move |settings, components| {
            let mut connector = Connector::builder();
            connector.set_proxy_config(Some(ProxyConfig::from_env()));
            connector.set_connector_settings(settings.cloned());
            if let Some(components) = components {
                connector.set_sleep_impl(components.sleep_impl());
            }
            connector.tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc)).build()
        })),
    }
}
