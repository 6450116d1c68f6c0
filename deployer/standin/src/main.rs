//! Runs the stand-in until it is told to stop.

use std::{
    env,
    io::{self, Write as _},
    net::SocketAddr,
    process::ExitCode,
    time::Duration,
};

use stellarr_standin::{DEFAULT_KEY, Options, Standin};

const HELP: &str = "\
Stands in for TMDB, TVDB and a push service.

Usage: stellarr-standin [--listen ADDRESS] [--key KEY]... [--fill-pages] [--latency MILLISECONDS]

  --listen ADDRESS   where to listen; 127.0.0.1:0, any free port, when not given
  --key KEY          a TMDB and TVDB key to accept beside the usual one
  --fill-pages       repeat the catalogue in popular and discover, for 500 full pages
  --latency MS       how long each answer takes

The first line on the standard output is the base URL.
";

fn main() -> ExitCode {
    let result = arguments(env::args().skip(1)).and_then(|arguments| match arguments {
        Some((address, options)) => run(address, options).map_err(|error| error.to_string()),
        None => io::stdout().write_all(HELP.as_bytes()).map_err(|error| error.to_string()),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            writeln!(io::stderr(), "error: {error}").ok();
            ExitCode::FAILURE
        }
    }
}

/// Reads the arguments; none when help is asked for.
fn arguments(mut arguments: impl Iterator<Item = String>) -> Result<Option<(SocketAddr, Options)>, String> {
    let mut address = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value; see --help"));
        match argument.as_str() {
            "--listen" => {
                let text = value()?;
                address = text.parse().map_err(|_| format!("{text} is not an address such as 127.0.0.1:8090"))?;
            }
            "--key" => options.keys.push(value()?),
            "--fill-pages" => options.fill_pages = true,
            "--latency" => {
                let text = value()?;
                let milliseconds = text.parse().map_err(|_| format!("{text} is not a number of milliseconds"))?;
                options.latency = Duration::from_millis(milliseconds);
            }
            "--help" | "-h" => return Ok(None),
            other => return Err(format!("unknown argument {other}; see --help")),
        }
    }
    Ok(Some((address, options)))
}

fn run(address: SocketAddr, options: Options) -> io::Result<()> {
    let standin = Standin::start(address, options)?;
    writeln!(io::stdout(), "{}", standin.url())?;
    writeln!(io::stderr(), "key: {DEFAULT_KEY}")?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(stopped())
}

/// Waits for Ctrl-C or, where there is one, a request to terminate.
async fn stopped() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
