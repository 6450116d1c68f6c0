//! From the command line to a running process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use stellarr_api::settings::{Host, Settings};
use stellarr_api::state::Collaborators;
use stellarr_api::{Api, app, read_ahead};
use stellarr_core::catalogue::KeptCatalogue;
use stellarr_core::reports::ScheduleType;
use stellarr_core::scheduled::{Environment, InvalidSettings};
use stellarr_core::secrets::SecretSource;
use stellarr_core::site::SiteConfig;
use stellarr_core::time::machine_clock;
use stellarr_core::trending::TrendingObjects;
use stellarr_store::catalogue::sqlite::SqliteCatalogue;
use stellarr_store::objects::files::FileObjects;
use stellarr_store::sqlite::SqliteStore;
use tokio::net::TcpListener;

use crate::args::Args;
use crate::connections::{self, Connections, Limits, PerAddress};
use crate::error::ServeError;
use crate::folder::{DATABASE, Exposed};
use crate::health::Health;
use crate::schedule::{Job, JobLimits, RETRY_PAUSES, Schedule, Worker};
use crate::secrets::KeptSecrets;
use crate::site::Site;
use crate::variables::Variables;
use crate::{folder, listen, log, secrets, variables};

/// How long requests under way may take once the process is told to end.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(20);

/// Serves until it is told to end.
pub async fn serve(args: Args) -> Result<(), ServeError> {
    if args.variables {
        #[expect(clippy::print_stdout, reason = "it is what was asked for")]
        {
            print!("{}", variables::table());
        }
        return Ok(());
    }
    let variables = Variables::read(&args)?;
    let settings = Settings::read(Host::SelfHosted, |name| variables.get(name))?;
    let secrets = secrets::read(|name| variables.get(name));
    let problems = secrets.problems();
    if !problems.is_empty() {
        return Err(ServeError::Secrets(problems));
    }
    let locales = variables.locales()?;
    let environment = variables.environment();
    let audience = environment.audience()?;
    let (warmer, fetcher) = (JobLimits::warmer(&environment)?, JobLimits::fetcher(&environment)?);
    let schedules = [
        ("TRENDING_SCHEDULE", Job::Trending),
        ("CATALOGUE_DAILY_SCHEDULE", Job::Catalogue(ScheduleType::Daily)),
        ("CATALOGUE_WEEKLY_SCHEDULE", Job::Catalogue(ScheduleType::Weekly)),
    ];
    let schedules: Vec<Schedule> = schedules
        .into_iter()
        .map(|(name, job)| Schedule::read(job, name, &variables.own(name)))
        .collect::<Result<_, _>>()?;

    let limits = limits(&environment, settings.client_address.is_some())?;

    let log = log::start();
    for exposed in folder::open(&args.data_dir)? {
        match exposed {
            Exposed::Narrowed { .. } => tracing::warn!(event = "folder.narrowed", change = %exposed),
            Exposed::Open { .. } => tracing::warn!(event = "folder.exposed", problem = %exposed),
        }
    }
    let store = SqliteStore::open(&args.data_dir.join(DATABASE)).await?.checked().await?;
    let trending = args.data_dir.join(folder::TRENDING);
    let config = SiteConfig {
        app_name: variables.own("APP_NAME"),
        default_locale: locales.first().map(|locale| locale.as_str().to_owned()).unwrap_or_default(),
        locales: locales.iter().map(|locale| locale.as_str().to_owned()).collect(),
        image_base: settings.image_base.clone(),
        push: secrets.vapid_private_key().is_some(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let site = Site::load(args.site.as_deref(), &config, trending.clone())?;
    if !site.has_pages() {
        tracing::warn!(event = "site.missing", remedy = "build frontend/ and pass --site frontend/build");
    }
    let source: Arc<dyn SecretSource> = Arc::new(KeptSecrets::open(secrets, &args.data_dir, Instant::now)?);
    let mut parts = Collaborators::new(settings, Arc::new(store.clone()), source, machine_clock());
    parts.catalogue = Arc::new(KeptCatalogue::new(Arc::new(SqliteCatalogue::new(store.pool().clone()))));
    parts.audience = audience.clone();
    let api = Api::new(parts);
    read_ahead(&api).await;

    let fitting = limits.within_descriptors();
    if fitting != limits {
        tracing::warn!(
            event = "connections.limited",
            max_connections = fitting.in_all,
            wanted = limits.in_all,
            remedy = "let the process open more files: ulimit -n, or LimitNOFILE= of systemd",
        );
    }
    let listener =
        TcpListener::bind(args.listen).await.map_err(|cause| ServeError::Listen { address: args.listen, cause })?;
    let address = listener.local_addr()?;
    let objects: Arc<dyn TrendingObjects> = Arc::new(FileObjects::new(trending));
    let worker = Worker { api: api.clone(), objects, locales, audience, warmer, fetcher, pauses: RETRY_PAUSES };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let work = std::thread::spawn(move || work(&worker, &schedules, stopped));
    // A starter that waits for it, a test for example, reads this line.
    tracing::info!(event = "listening", address = %address);

    let (ending, ended) = tokio::sync::oneshot::channel::<()>();
    let router = site.around(app(api), Health::of(&store));
    let server = listen::serve(listener, router, Connections::new(fitting), listen::CLIENT_TIMEOUT, async move {
        told_to_end().await;
        tracing::info!(event = "ending");
        let _ = ending.send(());
    });
    let late = async {
        match ended.await {
            Ok(()) => tokio::time::sleep(SHUTDOWN_TIMEOUT).await,
            // The server failed before.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = server => {}
        () = late => tracing::warn!(event = "ended.late"),
    }
    drop(stop);
    let _ = tokio::task::spawn_blocking(move || work.join()).await;
    store.close().await;
    tracing::info!(event = "ended");
    drop(log);
    Ok(())
}

/// Reads how many connections are taken. Behind a trusted proxy all come from one address, that of the proxy.
fn limits(
    environment: &Environment<impl Fn(&str) -> Option<String>>,
    is_proxied: bool,
) -> Result<Limits, InvalidSettings> {
    const PER_ADDRESS: &str = "MAX_CONNECTIONS_PER_ADDRESS";
    let count = |name, default| environment.number(name, default).map(|count| count as usize);
    let in_all = count("MAX_CONNECTIONS", connections::IN_ALL)?;
    let per_address = count(PER_ADDRESS, connections::PER_ADDRESS)?;
    let per_address = match environment.text(PER_ADDRESS) {
        Some(_) => PerAddress::Each(per_address),
        None if is_proxied => PerAddress::None,
        None => PerAddress::EachButLoopback(per_address),
    };
    Ok(Limits { in_all, per_address })
}

/// Does the scheduled work on a thread of its own, so that it never delays a request.
fn work(worker: &Worker, schedules: &[Schedule], stopped: tokio::sync::oneshot::Receiver<()>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(event = "schedule.failed", error = %error);
            return;
        }
    };
    runtime.block_on(async {
        let all = async {
            let keep = futures::future::join_all(schedules.iter().map(|schedule| worker.keep(schedule)));
            futures::join!(worker.start(schedules), keep);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = all => {}
            _ = stopped => {}
        }
    });
}

/// Waits for SIGTERM or SIGINT.
async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
        _ => std::future::pending().await,
    }
}
