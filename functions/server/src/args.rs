//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

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
    #[arg(long, env = "DATA_DIR", default_value = "data")]
    pub data_dir: PathBuf,

    /// File of NAME=VALUE lines; a variable that is set already wins
    #[arg(long)]
    pub env_file: Option<PathBuf>,

    /// Folder of the built site, instead of the one inside this program
    #[arg(long, env = "SITE_DIR")]
    pub site: Option<PathBuf>,

    /// List the environment variables and end
    #[arg(long)]
    pub variables: bool,
}
