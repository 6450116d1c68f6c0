//! `stellarr requests`

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::Timestamp;

use crate::base::clock::{Clock, SystemClock};
use crate::base::error::CommandError;
use crate::base::files;
use crate::deployment::Deployment;
use crate::household::local_server::LocalServer;
use crate::household::requests::{self, Login, Site};
use crate::options::Global;
use crate::ui::{Printer, Progress, ask_secret, count, table};
use stellarr_aws::SecretText;
use stellarr_core::export::{ExportDocument, Imported, Tally};
use stellarr_core::request::MediaRequest;

/// Options of `stellarr requests`.
#[derive(Debug, Args)]
pub struct RequestsArgs {
    #[command(flatten)]
    /// Whose requests.
    pub place: PlaceArgs,
    #[command(subcommand)]
    /// What to do.
    pub command: RequestsCommand,
}

/// Where the requests are; in the deployment's own table when nothing is said.
#[derive(Debug, Args)]
pub struct PlaceArgs {
    /// A running site to sign in to, instead of the deployment's own table
    #[arg(long, global = true, value_name = "URL", env = "STELLARR_URL")]
    pub site: Option<String>,
    /// The name to sign in with
    #[arg(long, global = true, value_name = "NAME", default_value = "stellarr", env = "STELLARR_NAME")]
    pub name: String,
    /// A file that holds the site's password; else STELLARR_PASSWORD, or it is asked for
    #[arg(long, global = true, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// The folder of a stellarr-server, instead of the deployment's own table
    #[arg(long, global = true, value_name = "DIR", conflicts_with = "site")]
    pub data_dir: Option<PathBuf>,
}

/// What to do with the requests.
#[derive(Debug, Subcommand)]
pub enum RequestsCommand {
    /// Show the requests, newest first
    List {
        /// Only those that have not arrived
        #[arg(long)]
        pending: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Write requests and library as JSON
    Export {
        /// The file; standard output when none is named
        file: Option<PathBuf>,
    },
    /// Bring back what an export holds, as far as it is not there
    Import {
        /// The file; `-` is standard input
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Lists, exports or imports.
///
/// # Errors
/// When the place cannot be reached, or a file is no export.
pub async fn run(global: &Global, arguments: &RequestsArgs, printer: &Printer) -> Result<(), CommandError> {
    match &arguments.command {
        RequestsCommand::List { pending, json } => {
            let mut requests = Place::open(global, &arguments.place, printer).await?.list().await?;
            requests.retain(|request| !pending || request.is_pending());
            show(&requests, *json, printer);
        }
        RequestsCommand::Export { file } => {
            let place = Place::open(global, &arguments.place, printer).await?;
            let progress = Progress::start(printer, "reading requests and library");
            let document = place.export().await?;
            drop(progress);
            let text = serde_json::to_string_pretty(&document).unwrap_or_default();
            write(file.as_deref(), &text, printer)?;
            printer.line(&format!("{} exported.", amounts(document.requests.len(), document.library.len())));
            if arguments.place.site.is_some() {
                printer.warn("a site tells only the ids of its library; the table and the folder tell everything");
            }
        }
        RequestsCommand::Import { file, json } => {
            // Read and judged before anything is called.
            let document = requests::parse(&read(file)?)?;
            let place = Place::open(global, &arguments.place, printer).await?;
            let progress = Progress::start(printer, "importing");
            let imported = place.import(&document).await?;
            drop(progress);
            if *json {
                printer.data(&serde_json::to_string_pretty(&imported).unwrap_or_default());
            } else {
                printer.line(&format!("requests: {}", tally(imported.requests)));
                printer.line(&format!("library:  {}", tally(imported.library)));
            }
            if arguments.place.site.is_some() {
                printer.warn(&format!(
                    "a site takes requests only in the name that signs in: these are {}'s, of today, and what had \
                     arrived and the library were left out",
                    arguments.place.name
                ));
            }
        }
    }
    Ok(())
}

/// Where requests are read from and written to.
enum Place {
    Table(Box<Deployment>, String),
    Site(Site),
    Folder(LocalServer),
}

impl Place {
    async fn open(global: &Global, arguments: &PlaceArgs, printer: &Printer) -> Result<Self, CommandError> {
        if let Some(folder) = &arguments.data_dir {
            return Ok(Self::Folder(LocalServer::find(folder, printer).await?));
        }
        if let Some(address) = &arguments.site {
            let login = Login { name: arguments.name.clone(), password: password(arguments)? };
            let progress = Progress::start(printer, format!("signing in to {address}"));
            let site = Site::sign_in(address, &login, SystemClock.now()).await?;
            drop(progress);
            return Ok(Self::Site(site));
        }
        let deployment = Deployment::open(global, printer, false).await?;
        // The table outlives the site: what is needed is the bootstrap stack.
        let table = deployment.live().await?.need("RequestsTableName")?.to_owned();
        Ok(Self::Table(Box::new(deployment), table))
    }

    async fn list(&self) -> Result<Vec<MediaRequest>, CommandError> {
        match self {
            Self::Table(deployment, table) => requests::list(deployment.cloud.tables().as_ref(), table).await,
            Self::Site(site) => site.requests().await,
            Self::Folder(_) => Ok(self.export().await?.requests),
        }
    }

    async fn export(&self) -> Result<ExportDocument, CommandError> {
        match self {
            Self::Table(deployment, table) => requests::export(deployment.cloud.tables().as_ref(), table, now()).await,
            Self::Site(site) => site.export(now()).await,
            Self::Folder(server) => Ok(server.run(&["export"], None).await?.0),
        }
    }

    async fn import(&self, document: &ExportDocument) -> Result<Imported, CommandError> {
        match self {
            Self::Table(deployment, table) => {
                requests::import(deployment.cloud.tables().as_ref(), table, document).await
            }
            Self::Site(site) => site.import(document).await,
            Self::Folder(server) => {
                let text = serde_json::to_string(document).unwrap_or_default();
                Ok(server.run(&["import"], Some(&text)).await?.0)
            }
        }
    }
}

fn now() -> Timestamp {
    SystemClock.now()
}

/// Takes the password from where it is neither seen nor kept in the shell's history.
fn password(arguments: &PlaceArgs) -> Result<SecretText, CommandError> {
    if let Some(file) = &arguments.password_file {
        return secret_file(file);
    }
    if let Some(password) = std::env::var("STELLARR_PASSWORD").ok().filter(|text| !text.is_empty()) {
        return Ok(SecretText(password));
    }
    let asked = ask_secret("the site's password", "the one that everybody in the household signs in with")?;
    asked.filter(|text| !text.is_empty()).map(SecretText).ok_or_else(|| {
        CommandError::usage("the site's password is needed")
            .hint("set the environment variable STELLARR_PASSWORD, or name a file with --password-file")
    })
}

/// Reads a file that holds nothing but a secret.
pub(super) fn secret_file(file: &Path) -> Result<SecretText, CommandError> {
    let text = std::fs::read_to_string(file).map_err(|error| CommandError::unreadable(file, &error))?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        return Err(CommandError::usage(format!("{} is empty", file.display())));
    }
    Ok(SecretText(text.to_owned()))
}

fn read(file: &Path) -> Result<String, CommandError> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(|_| ())
    } else {
        std::fs::read_to_string(file).map(|found| text = found)
    };
    read.map_err(|error| CommandError::unreadable(file, &error))?;
    Ok(text)
}

fn write(file: Option<&Path>, text: &str, printer: &Printer) -> Result<(), CommandError> {
    let Some(file) = file else {
        printer.data(text);
        return Ok(());
    };
    files::write_atomically(file, text.as_bytes()).map_err(|error| CommandError::unwritable(file, &error))
}

fn amounts(requests: usize, library: usize) -> String {
    let library = count(library, "title of the library", "titles of the library");
    format!("{} and {library}", count(requests, "request", "requests"))
}

fn tally(tally: Tally) -> String {
    format!("{} new, {} there already", tally.new, tally.present)
}

fn show(requests: &[MediaRequest], json: bool, printer: &Printer) {
    if json {
        printer.data(&serde_json::to_string_pretty(requests).unwrap_or_default());
        return;
    }
    let day = |moment: &str| moment.get(..10).unwrap_or_default().to_owned();
    let rows = requests.iter().map(|request| {
        let state = match &request.added_at {
            Some(moment) => format!("arrived {}", day(moment)),
            None => "waiting".to_owned(),
        };
        let by = request.requested_by.clone().unwrap_or_default();
        [
            day(&request.created_at),
            request.media_type.to_string(),
            request.tmdb_id.to_string(),
            request.title_with_year(),
            by,
            state,
        ]
    });
    if requests.is_empty() {
        printer.line("There are no requests.");
    } else {
        printer.data(&table(&["asked", "kind", "TMDB", "title", "by", "state"], rows));
    }
}
