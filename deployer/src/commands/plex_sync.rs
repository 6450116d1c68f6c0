//! `stellarr plex-sync`

use std::path::{Path, PathBuf};

use clap::Args;

use super::requests::secret_file;
use crate::base::clock::SystemClock;
use crate::base::error::CommandError;
use crate::deployment::Deployment;
use crate::household::plex::{Holdings, PlexServer, Section, Sent, SiteLibrary, media_type_of_section, plural};
use crate::options::Global;
use crate::secrets;
use crate::ui::{Bar, Printer, count, table};
use stellarr_aws::SecretText;
use stellarr_core::media::MediaType;
use stellarr_core::secrets::PLEX_WEBHOOK_TOKEN;

/// Options of `stellarr plex-sync`.
#[derive(Debug, Args)]
pub struct PlexSyncArgs {
    /// The Plex server's own address
    #[arg(long, value_name = "URL", env = "PLEX_URL", default_value = "http://localhost:32400")]
    pub plex_url: String,
    /// The Plex server's token; better set in the environment, where other users of this computer don't see it
    #[arg(long, value_name = "TOKEN", env = "PLEX_TOKEN", hide_env_values = true)]
    pub plex_token: Option<String>,
    /// A file that holds the Plex server's token
    #[arg(long, value_name = "FILE", conflicts_with = "plex_token")]
    pub plex_token_file: Option<PathBuf>,
    /// The site's address; the deployment's own when it is not given
    #[arg(long, value_name = "URL", env = "STELLARR_URL")]
    pub stellarr_url: Option<String>,
    /// The site's PLEX_WEBHOOK_TOKEN; the deployment's own when no address is given
    #[arg(long, value_name = "TOKEN", env = "STELLARR_SYNC_TOKEN", hide_env_values = true)]
    pub sync_token: Option<String>,
    /// A file that holds the site's PLEX_WEBHOOK_TOKEN
    #[arg(long, value_name = "FILE", conflicts_with = "sync_token")]
    pub sync_token_file: Option<PathBuf>,
    /// Only this library of the Plex server counts; can be given several times
    #[arg(short, long = "library", value_name = "NAME")]
    pub libraries: Vec<String>,
    /// Only films
    #[arg(long, conflicts_with = "tv_only")]
    pub movies_only: bool,
    /// Only series
    #[arg(long)]
    pub tv_only: bool,
    /// Titles that one call tells
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub batch_size: u32,
    /// Read the Plex server and say what would be sent, without sending it
    #[arg(long)]
    pub dry_run: bool,
    /// Only add: titles that are gone from the Plex server stay in the site's library
    #[arg(long)]
    pub no_clear: bool,
    /// List the Plex server's libraries and end
    #[arg(long)]
    pub list_libraries: bool,
}

/// Reads the Plex server's library and tells the site.
///
/// # Errors
/// When the server or the site cannot be reached, refuses, or fails; the site's library is then as it was.
pub async fn run(global: &Global, arguments: &PlexSyncArgs, printer: &Printer) -> Result<(), CommandError> {
    let token = token(arguments.plex_token.as_deref(), arguments.plex_token_file.as_deref())?.ok_or_else(|| {
        CommandError::usage("the Plex server's token is needed")
            .hint("set the environment variable PLEX_TOKEN, or name a file with --plex-token-file")
            .hint("https://support.plex.tv/articles/204059436 shows where to find it")
    })?;
    let plex = PlexServer::new(&arguments.plex_url, &token, &SystemClock)?;
    let sections = plex.sections().await?;
    if arguments.list_libraries {
        let rows = sections.iter().map(|one| [one.title.clone(), one.section_type.clone(), one.key.clone()]);
        printer.data(&table(&["library", "type", "key"], rows));
        return Ok(());
    }
    let chosen = choose(&sections, arguments)?;
    let media_types: Vec<MediaType> =
        MediaType::ALL.into_iter().filter(|media_type| arguments.wants(*media_type)).collect();
    if arguments.dry_run {
        read(&plex, &media_types, &chosen, printer).await?;
        printer.line("Nothing was sent: this is a dry run.");
        return Ok(());
    }
    let (address, token) = site(global, arguments, printer).await?;
    let site = SiteLibrary::new(&address, token, &SystemClock)?;
    // Before the server is read: what its webhook tells the site meanwhile is not to be removed.
    for media_type in media_types.iter().filter(|_| !arguments.no_clear) {
        site.open(*media_type).await?;
    }
    tell(&site, &read(&plex, &media_types, &chosen, printer).await?, arguments, printer).await
}

/// Reads the chosen sections, one media type after the other.
async fn read(
    plex: &PlexServer<'_>,
    media_types: &[MediaType],
    chosen: &[(MediaType, Section)],
    printer: &Printer,
) -> Result<Vec<(MediaType, Holdings)>, CommandError> {
    let mut read = Vec::new();
    for media_type in media_types {
        let holdings = holdings(plex, *media_type, chosen, printer).await?;
        describe(*media_type, &holdings, printer);
        read.push((*media_type, holdings));
    }
    Ok(read)
}

impl PlexSyncArgs {
    fn wants(&self, media_type: MediaType) -> bool {
        match media_type {
            MediaType::Movie => !self.tv_only,
            MediaType::Tv => !self.movies_only,
        }
    }
}

/// Takes a token from the environment or the command line, else from a file.
fn token(given: Option<&str>, file: Option<&Path>) -> Result<Option<SecretText>, CommandError> {
    match (given.map(str::trim).filter(|text| !text.is_empty()), file) {
        (Some(given), _) => Ok(Some(SecretText(given.to_owned()))),
        (None, Some(file)) => secret_file(file).map(Some),
        (None, None) => Ok(None),
    }
}

/// Picks the sections to read; a name that there is not is an error, not a library that has become empty.
fn choose(sections: &[Section], arguments: &PlexSyncArgs) -> Result<Vec<(MediaType, Section)>, CommandError> {
    let usable: Vec<(MediaType, Section)> =
        sections.iter().filter_map(|one| Some((media_type_of_section(&one.section_type)?, one.clone()))).collect();
    let known = || usable.iter().map(|(_, one)| one.title.as_str()).collect::<Vec<_>>().join(", ");
    for name in &arguments.libraries {
        if !usable.iter().any(|(_, one)| one.title == *name) {
            return Err(CommandError::usage(format!("the Plex server has no library {name} of films or series"))
                .hint(format!("it has: {}", known())));
        }
    }
    let is_wanted = |one: &Section| arguments.libraries.is_empty() || arguments.libraries.contains(&one.title);
    Ok(usable.iter().filter(|(_, one)| is_wanted(one)).cloned().collect())
}

async fn holdings(
    plex: &PlexServer<'_>,
    media_type: MediaType,
    chosen: &[(MediaType, Section)],
    printer: &Printer,
) -> Result<Holdings, CommandError> {
    let mut holdings = Holdings::default();
    for (_, section) in chosen.iter().filter(|(of, _)| *of == media_type) {
        let bar = Bar::start(printer, format!("reading {}", section.title), 0);
        plex.read(section, media_type, &mut holdings, |done, all| bar.set(done, all)).await?;
    }
    Ok(holdings)
}

fn describe(media_type: MediaType, holdings: &Holdings, printer: &Printer) {
    let lacking = match holdings.without_id.len() {
        0 => String::new(),
        number => format!(", {} without a TMDB id left out", count(number, "entry", "entries")),
    };
    printer.line(&format!("{}: {} on the Plex server{lacking}", plural(media_type), holdings.len()));
    for title in &holdings.without_id {
        printer.detail(&format!("no TMDB id: {title}"));
    }
}

/// The site's address and token: as given, else the deployment's own.
async fn site(
    global: &Global,
    arguments: &PlexSyncArgs,
    printer: &Printer,
) -> Result<(String, SecretText), CommandError> {
    let given = token(arguments.sync_token.as_deref(), arguments.sync_token_file.as_deref())?;
    if let Some(address) = &arguments.stellarr_url {
        let token = given.ok_or_else(|| {
            CommandError::usage("the site's sync token is needed")
                .hint("set the environment variable STELLARR_SYNC_TOKEN, or name a file with --sync-token-file")
        })?;
        return Ok((address.clone(), token));
    }
    let deployment = Deployment::open(global, printer, false).await?;
    let live = deployment.deployed().await?;
    let address = deployment.site_url(&live.outputs());
    if let Some(token) = given {
        return Ok((address, token));
    }
    let secret = secrets::read(deployment.context(printer), live.need("AppSecretArn")?).await?;
    let token = secret.get(PLEX_WEBHOOK_TOKEN).filter(|token| !token.is_empty()).ok_or_else(|| {
        CommandError::failed("the deployment has no PLEX_WEBHOOK_TOKEN, so its site takes no library")
            .hint("run `stellarr secrets generate PLEX_WEBHOOK_TOKEN`, wait a minute, and run this command again")
    })?;
    Ok((address, SecretText(token.to_owned())))
}

async fn tell(
    site: &SiteLibrary<'_>,
    read: &[(MediaType, Holdings)],
    arguments: &PlexSyncArgs,
    printer: &Printer,
) -> Result<(), CommandError> {
    let batch = usize::try_from(arguments.batch_size).unwrap_or(usize::MAX);
    for (media_type, holdings) in read {
        if holdings.is_empty() {
            // A server whose disks are not there looks empty too.
            printer.warn(&format!("no {} were found, so the site's are left as they are", plural(*media_type)));
            continue;
        }
        let titles = holdings.titles();
        let bar = Bar::start(printer, format!("telling the {}", plural(*media_type)), titles.len());
        let sent = site.send(*media_type, &titles, batch, !arguments.no_clear, |number| bar.add(number)).await?;
        drop(bar);
        printer.line(&format!("{}: {}", plural(*media_type), summary(sent)));
    }
    Ok(())
}

fn summary(sent: Sent) -> String {
    let Sent { synced, arrived, removed } = sent;
    let arrived = count(usize::try_from(arrived).unwrap_or(usize::MAX), "request has arrived", "requests have arrived");
    format!("{synced} in the site's library, {arrived}, {removed} removed")
}
