//! Tasks that are done once, on the same folder that a running process may use meanwhile.

use std::io::Read as _;
use std::sync::Arc;

use serde::Serialize;
use stellarr_api::Api;
use stellarr_api::settings::{Host, Settings};
use stellarr_api::state::Collaborators;
use stellarr_core::catalogue::{Catalogue, CatalogueError, CatalogueOverview, ListOverview, Row, TitleOverview};
use stellarr_core::export::{ExportDocument, UnreadableExport};
use stellarr_core::secrets::SecretSource;
use stellarr_core::time::{machine_clock, signed_seconds};
use stellarr_store::catalogue::sqlite::SqliteCatalogue;
use stellarr_store::objects::files::FileObjects;
use stellarr_store::sqlite::SqliteStore;

use crate::args::{Args, Task};
use crate::backup;
use crate::error::{ServeError, TaskError};
use crate::folder::DATABASE;
use crate::schedule::{JobLimits, RETRY_PAUSES, Worker};
use crate::variables::Variables;
use crate::{folder, secrets};

/// The largest document that is read.
const MAX_DOCUMENT_BYTES: u64 = 256 * 1024 * 1024;

/// Does a task and prints its result; returns whether it succeeded.
///
/// # Errors
/// When it can't be done at all.
pub async fn run(args: &Args, task: Task) -> Result<bool, ServeError> {
    let variables = Variables::read(args)?;
    // What can still be read of a damaged database must be readable: only what writes wants all of it undamaged.
    let reads = matches!(task, Task::Catalogue { .. } | Task::Export);
    if reads && !args.data_dir.join(DATABASE).is_file() {
        return Err(TaskError::NoDatabase(args.data_dir.display().to_string()).into());
    }
    let exposed = folder::open(&args.data_dir)?;
    let store = SqliteStore::open(&args.data_dir.join(DATABASE)).await?;
    let store = if reads { store } else { store.checked().await? };
    let done = match task {
        Task::Fetch { kind } => {
            let report = worker(args, &variables, &store)?.fetch(kind).await.map_err(TaskError::from)?;
            print(&report);
            report.success
        }
        Task::Warm { locales } => {
            let worker = worker(args, &variables, &store)?;
            if let Some(foreign) = locales.iter().find(|locale| !worker.locales.contains(locale)) {
                return Err(TaskError::Locale(foreign.clone()).into());
            }
            let wanted = if locales.is_empty() { worker.locales.clone() } else { locales };
            let report = worker.warm(&wanted).await.map_err(TaskError::from)?;
            print(&report);
            report.success
        }
        Task::Catalogue { titles } => {
            print(&catalogue(&store, titles).await.map_err(TaskError::from)?);
            true
        }
        Task::Export => {
            print(&backup::export(&store, machine_clock()()).await.map_err(TaskError::from)?);
            true
        }
        Task::Import => {
            print(&backup::import(&store, &document()?).await.map_err(TaskError::from)?);
            true
        }
    };
    store.close().await;
    // After the result: a program that started this one takes the first line of an error for its cause.
    for exposed in exposed {
        #[expect(clippy::print_stderr, reason = "a task has no log")]
        {
            eprintln!("note: {exposed}");
        }
    }
    Ok(done)
}

#[expect(clippy::print_stdout, reason = "the result is what was asked for")]
fn print(result: &impl Serialize) {
    println!("{}", serde_json::to_string(result).unwrap_or_default());
}

/// Puts together what asks TMDB, at the pace of a scheduled run. Of the secrets only TMDB's key is needed.
fn worker(args: &Args, variables: &Variables, store: &SqliteStore) -> Result<Worker, ServeError> {
    let settings = Settings::read(Host::SelfHosted, |name| variables.get(name))?;
    let secrets = secrets::read(|name| variables.get(name));
    secrets.tmdb_api_key().map_err(TaskError::from)?;
    let source: Arc<dyn SecretSource> = Arc::new(Arc::new(secrets));
    let mut parts = Collaborators::new(settings, Arc::new(store.clone()), source, machine_clock());
    parts.catalogue = Arc::new(SqliteCatalogue::new(store.pool().clone()));
    let environment = variables.environment();
    Ok(Worker {
        api: Api::new(parts),
        objects: Arc::new(FileObjects::new(args.data_dir.join(folder::TRENDING))),
        locales: variables.locales()?,
        audience: environment.audience()?,
        warmer: JobLimits::warmer(&environment)?,
        fetcher: JobLimits::fetcher(&environment)?,
        pauses: RETRY_PAUSES,
    })
}

/// Tells what the catalogue holds: its lists as they are now, with their best titles.
async fn catalogue(store: &SqliteStore, titles: usize) -> Result<CatalogueOverview, CatalogueError> {
    let now = u64::try_from(machine_clock()().as_second()).unwrap_or_default();
    let catalogue = SqliteCatalogue::new(store.pool().clone());
    let Some(summary) = catalogue.summary().await? else { return Ok(CatalogueOverview::default()) };
    let mut lists = Vec::new();
    for list in &summary.lists {
        let measured = catalogue.measure(list.list, now).await?;
        let best = catalogue.page(list.list, titles, None, now).await?;
        lists.push(ListOverview {
            list: measured.list.to_string(),
            items: measured.items,
            fetched_at: signed_seconds(measured.fetched_at),
            expires_at: signed_seconds(measured.expires_at),
            titles: best.rows.iter().map(title).collect(),
        });
    }
    let updated_at = Some(signed_seconds(summary.updated_at));
    Ok(CatalogueOverview { updated_at, lists, last_run: summary.last_run, ..CatalogueOverview::default() })
}

fn title(row: &Row) -> TitleOverview {
    let entry = &row.entry;
    TitleOverview {
        id: entry.id,
        title: entry.title.clone(),
        year: entry.year().ok().flatten(),
        rating: entry.vote_average,
    }
}

/// Reads a document from standard input.
fn document() -> Result<ExportDocument, ServeError> {
    let mut text = String::new();
    std::io::stdin().take(MAX_DOCUMENT_BYTES).read_to_string(&mut text)?;
    Ok(ExportDocument::parse(&text).map_err(|error| {
        TaskError::Document(match error {
            UnreadableExport::NewerVersion(version) => {
                format!("its version is {version}; a newer stellarr-server reads it")
            }
            error => error.to_string(),
        })
    })?)
}
