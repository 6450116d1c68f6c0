//! Why the process does not run, or a task is not done.

use std::net::SocketAddr;

use stellarr_api::settings::BadVariable;
use stellarr_core::catalogue::CatalogueError;
use stellarr_core::locale::{InvalidLocale, Locale};
use stellarr_core::scheduled::InvalidSettings;
use stellarr_core::secrets::{BadSecret, SecretsError};
use stellarr_core::store::StoreError;
use stellarr_store::sqlite::OpenError;

use crate::env_file::EnvFileError;
use crate::folder::{DATABASE, FolderError};
use crate::schedule::{RunError, ScheduleError};
use crate::site::SiteError;

/// Says why the process does not run. Each text names a remedy; none shows a secret.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The file of variables.
    #[error(transparent)]
    EnvFile(#[from] EnvFileError),
    /// A variable.
    #[error(transparent)]
    Variable(#[from] BadVariable),
    /// A language.
    #[error("LOCALES: {0}")]
    Locale(#[from] InvalidLocale),
    /// What the scheduled work wants: a language, a country, a number.
    #[error(transparent)]
    Scheduled(#[from] InvalidSettings),
    /// A schedule.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// Secrets that are missing or placeholders.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n       "))]
    Secrets(Vec<BadSecret>),
    /// The file of the data folder that revokes sessions.
    #[error(transparent)]
    Revocation(#[from] SecretsError),
    /// The database.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The site.
    #[error(transparent)]
    Site(#[from] SiteError),
    /// Something that a single task needs.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The address is taken or not ours.
    #[error("{address} can't be listened on: {cause}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        cause: std::io::Error,
    },
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Anything else of the system.
    #[error(transparent)]
    System(#[from] std::io::Error),
}

/// Says why a task can't be done.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// The secret that it needs.
    #[error(transparent)]
    Secret(#[from] BadSecret),
    /// A language that is not served.
    #[error("{0} is not one of LOCALES")]
    Locale(Locale),
    /// TMDB's client.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The catalogue.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// There is no database.
    #[error("{0} holds no {DATABASE}; is it the folder of a stellarr-server?")]
    NoDatabase(String),
    /// What came over standard input.
    #[error("standard input is no export of stellarr: {0}")]
    Document(String),
}
