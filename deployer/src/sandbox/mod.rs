//! The local AWS: an emulator, a stand-in for the services that the site asks, and a CDN proxy that shows the site.
//!
//! Two processes outlive the command that starts them. The *emulator* is ministack in a virtual environment of its own;
//! it runs the functions as its children. The *services* are this same executable (`stellarr sandbox serve`): the
//! stand-in for TMDB, TVDB and push, and the CDN proxy at `http://localhost:8080`. What is known of both is in
//! `.stellarr/sandbox/state.json`; [`Sandbox::open`] compares that with what really runs and starts what is missing, so
//! a sandbox that is half started, of another version or was killed repairs itself.

mod cdn;
mod emulator;
mod error;
mod function_logs;
mod http;
mod install;
mod layout;
mod logs;
mod ports;
mod process;
mod services;
mod state;
mod status;

use std::env;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use self::cdn::Site;
pub use self::error::SandboxError;
use self::function_logs::FunctionLogs;
pub use self::install::MINISTACK_VERSION;
use self::install::lock_file;
use self::layout::Layout;
pub use self::services::{ServeArgs, serve};
use self::state::{Keys, Ports, State};
pub use self::status::{SandboxPart, Status};
use crate::config::Upstreams;
use crate::ui::{Printer, Progress};
use stellarr_aws::StaticCredentials;
use stellarr_core::addresses;
use stellarr_core::secrets::{TMDB_KEY, TVDB_KEY};

/// The emulator's account.
pub const ACCOUNT: &str = "000000000000";
/// How many lines of each log are shown.
const SHOWN_LINES: usize = 100;

/// How a sandbox is started.
#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// The configuration file; the sandbox's files are in `.stellarr/sandbox/` beside it.
    pub config: PathBuf,
    /// The `stellarr` executable, which serves the site.
    pub executable: PathBuf,
    /// The `ministack` to use instead of the pinned one.
    pub ministack: Option<PathBuf>,
    /// Where the pinned one is installed; none where the user has no folder of their own.
    pub cache: Option<PathBuf>,
    /// Whether the site asks the real TMDB, because there is a key for it. A sandbox that does remembers it.
    pub real_tmdb: bool,
    /// Whether the usual ports are tried first.
    pub usual_ports: bool,
}

impl SandboxOptions {
    /// Reads the options from the environment: `STELLARR_MINISTACK`, `XDG_CACHE_HOME`, `TMDB_API_KEY`.
    ///
    /// # Errors
    ///
    /// When the path of this executable is unknown.
    pub fn from_environment(config: &Path) -> Result<Self, SandboxError> {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        Ok(Self {
            config: config.to_owned(),
            executable: env::current_exe().map_err(SandboxError::file(Path::new("this executable"), "found"))?,
            ministack: set("STELLARR_MINISTACK").map(PathBuf::from),
            cache: install::cache_directory(|name| env::var_os(name)),
            real_tmdb: set(TMDB_KEY).is_some(),
            usual_ports: true,
        })
    }
}

/// A sandbox that runs.
#[derive(Clone, Debug)]
pub struct Sandbox {
    layout: Layout,
    state: State,
    real_tmdb: bool,
}

impl Sandbox {
    /// Opens the sandbox of a configuration file; with `start`, starts or repairs it first.
    ///
    /// # Errors
    ///
    /// When something to run it with is missing, a process does not start, or, without `start`, it does not run.
    pub async fn open(config: &Path, start: bool, printer: &Printer) -> Result<Self, SandboxError> {
        let options = SandboxOptions::from_environment(config)?;
        if start { Self::up(&options, printer).await } else { Self::running(&options).await }
    }

    /// Starts the sandbox, or what is missing of it; a sandbox that is well is left as it is.
    ///
    /// # Errors
    ///
    /// When something to run it with is missing, or a process does not start.
    pub async fn up(options: &SandboxOptions, printer: &Printer) -> Result<Self, SandboxError> {
        let since = Instant::now();
        let layout = Layout::of_config(&options.config);
        layout.create()?;
        let _held = hold(&layout).await?;
        let found = {
            let progress = Progress::start(printer, "looking for the local AWS");
            let found =
                install::find(options.ministack.as_deref(), options.cache.as_deref(), &|text| printer.line(text)).await;
            drop(progress);
            found?
        };
        let remembered = State::read(&layout);
        let first = if options.usual_ports { Ports::default() } else { Ports { emulator: 0, site: 0, standin: 0 } };
        let mut state = match remembered {
            Some(state) => state,
            None => State::new(first, Keys::new()?),
        };
        if state.keys.are_missing() {
            state.keys = Keys::new()?;
        }
        let mut started = Vec::new();

        let wanted = emulator::build(&found);
        let well = match &state.emulator {
            Some(running) if running.build == wanted && running.process.is_alive() => {
                emulator::health(&layout, &state).await.is_some()
            }
            _ => false,
        };
        if !well {
            emulator::stop(state.emulator.take().as_ref(), &layout).await?;
            // A port that the emulator had and can't have again changes the services' arguments, too.
            let ports = state.ports;
            let port = ports::choose(ports.emulator, &[ports.site, ports.standin])?;
            if port != ports.emulator {
                services::stop(state.services.take().as_ref(), &layout).await?;
                state.ports.emulator = port;
            }
            logs::rotate(&layout.emulator_log());
            let _progress = Progress::start(printer, "starting the local AWS");
            state.emulator = Some(emulator::start(&found, &layout, &state).await?);
            state.write(&layout)?;
            started.push(emulator::NAME);
        }

        let wanted = services::build(&options.executable);
        let well = match &state.services {
            Some(running) if running.build == wanted && running.process.is_alive() => {
                services::health(state.ports).await == Some(running.process.pid)
            }
            _ => false,
        };
        if !well {
            services::stop(state.services.take().as_ref(), &layout).await?;
            let ports = state.ports;
            state.ports.site = ports::choose(ports.site, &[ports.emulator, ports.standin])?;
            state.ports.standin = ports::choose(ports.standin, &[ports.emulator, state.ports.site])?;
            logs::rotate(&layout.services_log());
            state.services = Some(services::start(&options.executable, &layout, state.ports).await?);
            state.write(&layout)?;
            started.push(services::NAME);
        }

        if options.real_tmdb && !state.real_tmdb {
            state.real_tmdb = true;
            state.write(&layout)?;
        }
        let sandbox = Self { real_tmdb: state.real_tmdb, layout, state };
        if started.is_empty() {
            printer.detail(&format!("the local AWS runs at {}", sandbox.endpoint()));
        } else {
            let outcome = format!("started {} at {}", started.join(" and "), sandbox.site_url());
            printer.stage("sandbox", &outcome, since);
        }
        Ok(sandbox)
    }

    /// Opens the sandbox if it runs.
    ///
    /// # Errors
    ///
    /// When it does not run, or only half.
    pub async fn running(options: &SandboxOptions) -> Result<Self, SandboxError> {
        let layout = Layout::of_config(&options.config);
        let alive = |state: &State| {
            let both = [&state.emulator, &state.services];
            both.iter().all(|running| running.as_ref().is_some_and(|running| running.process.is_alive()))
        };
        match State::read(&layout).filter(alive) {
            Some(state) => Ok(Self { real_tmdb: options.real_tmdb || state.real_tmdb, layout, state }),
            None => Err(SandboxError::NotRunning { project: layout.project }),
        }
    }

    /// The emulator's address, for AWS clients with [`Self::credentials`].
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.state.ports.emulator)
    }

    /// The access key that the emulator takes; its id is this sandbox's own.
    #[must_use]
    pub fn credentials(&self) -> StaticCredentials {
        StaticCredentials { access_key_id: self.state.keys.access_key_id.clone(), ..StaticCredentials::for_emulator() }
    }

    /// The address at which a browser opens the site.
    #[must_use]
    pub fn site_url(&self) -> String {
        format!("http://localhost:{}", self.state.ports.site)
    }

    /// Where the functions and the site find TMDB, TVDB and posters.
    #[must_use]
    pub fn upstreams(&self) -> Upstreams {
        let port = self.state.ports.standin;
        let real = |address: &str, path: &str| {
            if self.real_tmdb { address.to_owned() } else { format!("http://127.0.0.1:{port}{path}") }
        };
        let image_base_url = if self.real_tmdb {
            addresses::TMDB_IMAGES.to_owned()
        } else {
            // By name, as the site is: the browser asks for these.
            format!("http://localhost:{port}/t/p")
        };
        Upstreams {
            base_url: self.site_url(),
            image_base_url,
            tmdb_base_url: real(addresses::TMDB, "/3"),
            tvdb_base_url: format!("http://127.0.0.1:{port}/v4"),
            push_allowed_hosts: format!("127.0.0.1:{port},localhost:{port}"),
        }
    }

    /// Values of the secret that the stand-in takes, for keys that nobody gives.
    #[must_use]
    pub fn secrets(&self) -> Vec<(&'static str, &'static str)> {
        vec![(TMDB_KEY, stellarr_standin::DEFAULT_KEY), (TVDB_KEY, stellarr_standin::DEFAULT_KEY)]
    }

    /// Has the CDN proxy serve a distribution, by its id, and the emulator save what was deployed.
    ///
    /// # Errors
    ///
    /// When that can't be written down.
    pub fn serve(&self, distribution: &str) -> Result<(), SandboxError> {
        Site { distribution: distribution.to_owned() }.write(&self.layout)?;
        if let Some(running) = &self.state.emulator {
            emulator::save(running);
        }
        Ok(())
    }

    /// Has the emulator write its state down, and tells whether it has.
    pub async fn save(&self) -> bool {
        match &self.state.emulator {
            Some(running) => emulator::save_and_wait(running, &self.layout).await,
            None => false,
        }
    }

    /// Says how to end it.
    #[must_use]
    pub fn farewell(&self) -> String {
        "it goes on running; `stellarr sandbox down` ends it".to_owned()
    }

    /// Says whether a project's sandbox runs and all of it answers.
    pub async fn is_well(config: &Path) -> bool {
        Status::of(&Layout::of_config(config)).await.healthy
    }

    /// Shows where everything is, as text.
    pub async fn status_text(&self) -> String {
        Status::of(&self.layout).await.to_string()
    }

    /// Shows whether a project's sandbox runs, and where, as text.
    ///
    /// # Errors
    ///
    /// None today.
    pub async fn status(config: &Path) -> Result<String, SandboxError> {
        Ok(Status::of(&Layout::of_config(config)).await.to_string())
    }

    /// Shows whether a project's sandbox runs, and where, as JSON.
    ///
    /// # Errors
    ///
    /// None today.
    pub async fn status_json(config: &Path) -> Result<String, SandboxError> {
        let status = Status::of(&Layout::of_config(config)).await;
        // Plain strings and numbers always serialise.
        Ok(serde_json::to_string_pretty(&status).unwrap_or_default())
    }

    /// Ends every process of a project's sandbox; what was deployed stays.
    ///
    /// # Errors
    ///
    /// When a process can't be ended.
    pub async fn down(config: &Path, printer: &Printer) -> Result<(), SandboxError> {
        let layout = Layout::of_config(config);
        if !layout.root.is_dir() {
            printer.line("the sandbox does not run");
            return Ok(());
        }
        let since = Instant::now();
        let _held = hold(&layout).await?;
        if stop(&layout, printer).await? {
            printer.stage("sandbox", "ended; what was deployed stays for the next start", since);
        } else {
            printer.line("the sandbox does not run");
        }
        Ok(())
    }

    /// Ends a project's sandbox and deletes everything that was deployed to it.
    ///
    /// # Errors
    ///
    /// When a process can't be ended or a file not be deleted.
    pub async fn reset(config: &Path, printer: &Printer) -> Result<(), SandboxError> {
        let layout = Layout::of_config(config);
        if !layout.root.is_dir() {
            printer.line("there is no sandbox");
            return Ok(());
        }
        let since = Instant::now();
        let _held = hold(&layout).await?;
        stop(&layout, printer).await?;
        layout.empty()?;
        printer.stage("sandbox", "ended and emptied", since);
        Ok(())
    }

    /// Shows the last lines of the logs; with `follow`, goes on until it is interrupted.
    ///
    /// # Errors
    ///
    /// When there is no sandbox.
    pub async fn logs(config: &Path, follow: bool, printer: &Printer) -> Result<(), SandboxError> {
        let layout = Layout::of_config(config);
        if !layout.root.is_dir() {
            return Err(SandboxError::NotRunning { project: layout.project });
        }
        let files = vec![("emulator", layout.emulator_log()), ("site", layout.services_log())];
        // From here on before the rest is shown, so that no line falls between.
        let mut following = logs::Follow::new(files.clone());
        for (name, path) in &files {
            for line in logs::tail(path, SHOWN_LINES).lines() {
                printer.data(&logs::labelled(name, line));
            }
        }
        // A configuration that can't be read now has the usual region, as one without any.
        let region = crate::config::load(config).map_or_else(|_| "us-east-1".to_owned(), |config| config.region);
        let mut functions = FunctionLogs::new(State::read(&layout), region);
        let said = functions.read().await;
        for line in &said[said.len().saturating_sub(SHOWN_LINES)..] {
            printer.data(line);
        }
        if !follow {
            return Ok(());
        }
        loop {
            for line in tokio::select! {
                lines = following.next() => lines,
                lines = functions.next() => lines,
            } {
                printer.data(&line);
            }
        }
    }
}

/// Waits until nobody else starts or stops this sandbox.
async fn hold(layout: &Layout) -> Result<File, SandboxError> {
    lock_file(&layout.lock()).await
}

/// Ends all processes and tells whether there were any.
async fn stop(layout: &Layout, printer: &Printer) -> Result<bool, SandboxError> {
    let state = State::read(layout);
    let any = state.as_ref().is_some_and(|state| state.emulator.is_some() || state.services.is_some())
        || !process::marked(&layout.emulator_mark()).is_empty()
        || !process::marked(&layout.services_mark()).is_empty();
    let _progress = Progress::start(printer, "ending the local AWS");
    services::stop(state.as_ref().and_then(|state| state.services.as_ref()), layout).await?;
    emulator::stop(state.as_ref().and_then(|state| state.emulator.as_ref()), layout).await?;
    if let Some(mut state) = state {
        (state.emulator, state.services) = (None, None);
        state.write(layout)?;
    }
    Ok(any)
}
