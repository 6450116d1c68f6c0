//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use stellarr_core::locale::Locale;
use stellarr_core::reports::ScheduleType;

/// Serves Stellarr from this machine
///
/// Everything lies in one folder: the database and the trending files. What else there is to say is said by
/// environment variables, the same as of the Lambda function; `--variables` lists them.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "stellarr-server", version)]
pub struct Args {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,

    /// Folder for the database and the trending files; made if it isn't there
    #[arg(long, env = "DATA_DIR", default_value = "data", global = true)]
    pub data_dir: PathBuf,

    /// File of NAME=VALUE lines; a variable that is set already wins
    #[arg(long, global = true)]
    pub env_file: Option<PathBuf>,

    /// Folder of the built site, instead of the one inside this program
    #[arg(long, env = "SITE_DIR")]
    pub site: Option<PathBuf>,

    /// List the environment variables and end
    #[arg(long)]
    pub variables: bool,

    /// Do one thing with the folder and end, instead of serving
    #[command(subcommand)]
    pub task: Option<Task>,
}

/// What is done once. Each prints its result as JSON.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Task {
    /// Fetch titles into the catalogue
    Fetch {
        /// `daily`, `weekly` or `full`
        kind: ScheduleType,
    },
    /// Renew the trending files
    Warm {
        /// Only these languages
        #[arg(long = "locale", value_name = "LOCALE", value_delimiter = ',')]
        locales: Vec<Locale>,
    },
    /// Print what the catalogue holds
    Catalogue {
        /// How many titles of each list
        #[arg(long, default_value_t = 3)]
        titles: usize,
    },
    /// Print all requests and the library
    Export,
    /// Read from standard input what `export` printed, and keep what is not there yet
    Import,
}
