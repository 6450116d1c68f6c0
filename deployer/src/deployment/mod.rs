//! One deployment on one AWS: the configuration, where it runs, and what is found there.

mod context;
pub mod edge_note;
pub mod lock;

use crate::config::Upstreams;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

pub use self::context::Context;
use crate::base::clock::{Clock, SystemClock};
use crate::base::dns::{PublicDns, Resolver};
use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::build::{Source, Target};
use crate::config::{self, Config, StackKind};
use crate::options::Global;
use crate::sandbox::Sandbox;
use crate::ui::Printer;
use stellarr_aws::{AwsCloud, AwsErrorKind, Cloud, ConnectOptions, Notify, Stack};

/// A configuration together with the AWS that it is for.
pub struct Deployment {
    /// The configuration.
    pub config: Config,
    /// Where the configuration was read from.
    pub config_path: PathBuf,
    /// AWS, or the local one.
    pub cloud: Arc<dyn Cloud>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The public DNS.
    pub dns: Arc<dyn Resolver>,
    /// The sandbox, when that is where we are.
    pub sandbox: Option<Sandbox>,
    /// Upstream addresses.
    pub upstreams: Upstreams,
}

impl Deployment {
    /// Reads the configuration, connects and waits for the credentials; starts the sandbox when the deployment
    /// runs in it and `start` is true.
    ///
    /// # Errors
    /// When the configuration is wrong, the sandbox does not start, or the credentials are unusable.
    pub async fn open(global: &Global, printer: &Printer, start: bool) -> Result<Self, CommandError> {
        Self::open_with(global, printer, start, |_| ()).await
    }

    /// Reads the configuration and connects, to look around: a call that fails is not repeated for long.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_to_look(global: &Global, printer: &Printer) -> Result<Self, CommandError> {
        Self::open_with(global, printer, false, ConnectOptions::use_short_timeouts).await
    }

    async fn open_with(
        global: &Global,
        printer: &Printer,
        start: bool,
        adapt: impl FnOnce(&mut ConnectOptions),
    ) -> Result<Self, CommandError> {
        let config = load_config(global)?;
        let mut options = ConnectOptions::new(&config.region);
        let mut upstreams = Upstreams::of(&config);
        let mut sandbox = None;
        if global.sandbox {
            let local = Sandbox::open(&global.config, start, printer).await?;
            options = ConnectOptions::emulator(&config.region, local.endpoint());
            options.credentials = Some(local.credentials());
            upstreams = local.upstreams();
            sandbox = Some(local);
        }
        options.profile.clone_from(&global.profile);
        options.crash_at = std::env::var("STELLARR_CRASH_AT").ok().and_then(|number| number.parse().ok());
        options.notify = Some(waits_are_told(printer));
        adapt(&mut options);
        let cloud = Arc::new(AwsCloud::connect(options).await?);
        cloud.sign_in().await;
        Ok(Self {
            config,
            config_path: global.config.clone(),
            cloud,
            clock: Arc::new(SystemClock),
            dns: Arc::new(PublicDns::from_environment()),
            sandbox,
            upstreams,
        })
    }

    /// The collaborators of a stage.
    #[must_use]
    pub fn context<'a>(&'a self, printer: &'a Printer) -> Context<'a> {
        Context { cloud: self.cloud.as_ref(), clock: self.clock.as_ref(), dns: self.dns.as_ref(), printer }
    }

    /// The same deployment with another configuration, such as an earlier one of its own.
    #[must_use]
    pub fn with_config(&self, config: Config) -> Self {
        let mut upstreams = self.upstreams.clone();
        if self.sandbox.is_none() {
            upstreams.base_url = config.domain.as_ref().map(|domain| format!("https://{domain}")).unwrap_or_default();
        }
        Self {
            config,
            config_path: self.config_path.clone(),
            cloud: Arc::clone(&self.cloud),
            clock: Arc::clone(&self.clock),
            dns: Arc::clone(&self.dns),
            sandbox: self.sandbox.clone(),
            upstreams,
        }
    }

    /// The name of a stack.
    #[must_use]
    pub fn stack_name(&self, kind: StackKind) -> String {
        kind.name(&self.config)
    }

    /// The region of a stack.
    #[must_use]
    pub fn region(&self, kind: StackKind) -> &str {
        kind.region(&self.config)
    }

    /// What the functions are built for.
    #[must_use]
    pub fn target(&self) -> Target {
        if self.sandbox.is_some() { Target::Host } else { Target::Lambda }
    }

    /// The sources that functions and site are built from.
    ///
    /// # Errors
    /// When neither the configuration's folder nor the current one lies in a clone of the repository.
    pub fn source(&self) -> Result<Source, CommandError> {
        let folder = self.config_path.parent().map(PathBuf::from).unwrap_or_default();
        Source::find(&folder).or_else(|_| Source::find(&PathBuf::from("."))).map_err(CommandError::from)
    }

    /// The address that people open.
    #[must_use]
    pub fn site_url(&self, outputs: &BTreeMap<String, String>) -> String {
        match &self.sandbox {
            Some(sandbox) => sandbox.site_url(),
            None => outputs.get("WebsiteUrl").cloned().unwrap_or_default(),
        }
    }

    /// The stacks as they are on AWS.
    ///
    /// # Errors
    /// AWS's.
    pub async fn live(&self) -> Result<Live, CommandError> {
        let states = self.states().await?;
        Ok(Live::of(states.into_iter().filter_map(|(kind, stack)| stack.map(|stack| (kind, stack)))))
    }

    /// The three stacks, in any state. us-east-1 is only asked where there may be an edge stack: an
    /// organization may have closed that region to an account that needs nothing there.
    ///
    /// # Errors
    /// AWS's.
    pub async fn states(&self) -> Result<Vec<(StackKind, Option<Stack>)>, CommandError> {
        let describe = |kind: StackKind| {
            let stacks = self.cloud.stacks(self.region(kind));
            let name = self.stack_name(kind);
            async move { stacks.describe(&name).await }
        };
        let home = async { tokio::try_join!(describe(StackKind::Bootstrap), describe(StackKind::Main)) };
        let (bootstrap, edge, main) = if StackKind::Edge.is_needed(&self.config) {
            let ((bootstrap, main), edge) = tokio::try_join!(home, describe(StackKind::Edge))?;
            (bootstrap, edge, main)
        } else {
            let (bootstrap, main) = home.await?;
            let asks = self.has_left_an_edge(bootstrap.as_ref(), main.as_ref()).await?;
            (bootstrap, if asks { describe(StackKind::Edge).await? } else { None }, main)
        };
        Ok(StackKind::ALL.into_iter().zip([bootstrap, edge, main]).collect())
    }

    /// Says whether there may be an edge stack that the configuration no longer needs.
    async fn has_left_an_edge(&self, bootstrap: Option<&Stack>, main: Option<&Stack>) -> Result<bool, CommandError> {
        let holds = |main: &Stack| ["HostedZoneId", "WebAclArn"].iter().any(|name| main.parameters.contains_key(*name));
        if main.is_some_and(holds) {
            return Ok(true);
        }
        // The note outlives a deploy that broke off before the main stack was there, or after it had moved over.
        let bucket = bootstrap.and_then(|stack| stack.outputs.get("ArtifactBucketName"));
        let Some(bucket) = bucket else { return Ok(false) };
        match edge_note::is_noted(self.cloud.objects().as_ref(), bucket).await {
            // A bucket that is gone tells nothing; what is wrong with it is told elsewhere.
            Err(error) if error.kind == AwsErrorKind::NotFound => Ok(false),
            // Who may not read the note must ask the stack itself, or `destroy` would leave it.
            Err(error) if error.kind == AwsErrorKind::AccessDenied => Ok(true),
            noted => Ok(noted?),
        }
    }

    /// The stacks of a deployment that exists.
    ///
    /// # Errors
    /// When it was never deployed, or AWS's.
    pub async fn deployed(&self) -> Result<Live, CommandError> {
        let live = self.live().await?;
        if live.main.is_none() {
            let place = if self.sandbox.is_some() { "the sandbox".to_owned() } else { self.config.region.clone() };
            return Err(CommandError::failed(format!("{} is not deployed in {place} yet", self.config.prefix()))
                .code(Code::NotDeployed)
                .hint(if self.sandbox.is_some() {
                    "run `stellarr deploy --sandbox`"
                } else {
                    "run `stellarr deploy`"
                }));
        }
        Ok(live)
    }
}

/// The stacks as they are.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// Artifact bucket, tables, secret.
    pub bootstrap: Option<Stack>,
    /// Certificate, firewall and budget.
    pub edge: Option<Stack>,
    /// Everything else.
    pub main: Option<Stack>,
}

impl Live {
    /// Takes those of the stacks that can be read: one that was only reviewed or never came up has nothing to read.
    pub fn of(stacks: impl IntoIterator<Item = (StackKind, Stack)>) -> Self {
        let mut live = Self::default();
        for (kind, stack) in stacks {
            live.set(kind, stack);
        }
        live
    }

    /// Takes a stack as it is now, if it can be read.
    pub fn set(&mut self, kind: StackKind, stack: Stack) {
        let place = match kind {
            StackKind::Bootstrap => &mut self.bootstrap,
            StackKind::Edge => &mut self.edge,
            StackKind::Main => &mut self.main,
        };
        // What a failed deletion left must be found to be deleted.
        let is_left = kind == StackKind::Edge && stack.status.0 == "DELETE_FAILED";
        *place = Some(stack).filter(|stack| !stack.outputs.is_empty() || stack.status.is_stable() || is_left);
    }

    /// An output of any of the stacks.
    #[must_use]
    pub fn output(&self, key: &str) -> Option<&str> {
        [&self.main, &self.bootstrap, &self.edge]
            .into_iter()
            .flatten()
            .find_map(|stack| stack.outputs.get(key))
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// An output that a finished deployment has.
    ///
    /// # Errors
    /// When it is missing.
    pub fn need(&self, key: &str) -> Result<&str, CommandError> {
        self.output(key).ok_or_else(|| {
            CommandError::failed(format!("the deployed stacks have no output {key}"))
                .code(Code::NotDeployed)
                .hint("run `stellarr deploy` to bring them up to date")
        })
    }

    /// All outputs.
    #[must_use]
    pub fn outputs(&self) -> BTreeMap<String, String> {
        [&self.bootstrap, &self.edge, &self.main]
            .into_iter()
            .flatten()
            .flat_map(|stack| stack.outputs.clone())
            .collect()
    }
}

/// Tells the person what a command waits for.
pub(crate) fn waits_are_told(printer: &Printer) -> Notify {
    let printer = printer.clone();
    Notify::new(move |line| printer.line(line))
}

/// Reads the configuration, with the command line's region in place of the file's.
///
/// # Errors
/// All problems of the file in one report.
pub fn load_config(global: &Global) -> Result<Config, CommandError> {
    let mut config = config::load(&global.config)?;
    if let Some(region) = &global.region {
        config::check_region(region)
            .map_err(|error| CommandError::usage(format!("--region: {}", error.message)).hint(error.remedy))?;
        config.region.clone_from(region);
    }
    Ok(config)
}
