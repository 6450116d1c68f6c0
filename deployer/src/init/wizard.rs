//! The conversation from the first question to the written file.

use std::fs;
use std::path::{Path, PathBuf};

use super::account::{self, Account, Connect, Wanted};
use super::answers::{Answers, Kept};
use super::file::{Draft, difference, draft};
use super::profiles::Candidate;
use super::questions;
use super::secrets::Vault;
use crate::base::dns::Resolver;
use crate::base::error::CommandError;
use crate::config::{self, Config, StackKind};
use crate::deployment::{Context, Live};
use crate::secrets::{Pending, SecretDocument};
use crate::ui::{Asker, Printer};

/// What the wizard works with.
pub struct Setting<'a> {
    /// The configuration file.
    pub config: PathBuf,
    /// Answers that the command line gives: these are not asked for.
    pub given: Answers,
    /// Secrets that the environment gives.
    pub secrets: &'a dyn Fn(&str) -> Option<String>,
    /// Credentials that this computer has.
    pub candidates: Vec<Candidate>,
    /// Reaches AWS.
    pub connect: &'a dyn Connect,
    /// Where TMDB is.
    pub tmdb: String,
    /// The public DNS.
    pub dns: &'a dyn Resolver,
    /// The terminal.
    pub printer: &'a Printer,
}

/// What came of it.
pub struct Written {
    /// The configuration.
    pub config: Config,
    /// The account, if there are credentials.
    pub account: Option<Account>,
    /// The household's password, if it was made now.
    pub password: Option<String>,
    /// Where secrets wait to be stored; none when there are none.
    pub waiting: Option<PathBuf>,
    /// Whether the file changed.
    pub changed: bool,
}

/// Asks, and keeps each answer at once.
pub struct Wizard<'a> {
    setting: &'a Setting<'a>,
    ask: &'a mut dyn Asker,
    kept: Kept,
    answers: Answers,
}

impl<'a> Wizard<'a> {
    /// Begins, or goes on where an earlier run was broken off.
    #[must_use]
    pub fn new(setting: &'a Setting<'a>, ask: &'a mut dyn Asker) -> Self {
        let kept = Kept::of(&setting.config);
        Self { setting, ask, kept, answers: Answers::default() }
    }

    /// Asks everything, then writes secrets and configuration.
    ///
    /// # Errors
    /// When the person breaks off (the answers so far are kept), or a file can't be read or written.
    pub async fn run(mut self) -> Result<Written, CommandError> {
        let setting = self.setting;
        let old = read(&setting.config)?;
        let present = old.as_ref().map(|text| config::parse(text, &setting.config)).transpose()?;
        let earlier = self.kept.read();
        if earlier.is_some() && self.ask.is_person() {
            setting.printer.line("Your answers of last time are kept: press Enter to keep each.\n");
        } else if present.is_some() && self.ask.is_person() {
            let path = setting.config.display();
            setting.printer.line(&format!("{path} is there already: press Enter to keep what it says.\n"));
        }
        let there = present.as_ref().map(Answers::of_config).unwrap_or_default();
        self.answers = setting.given.clone().or(earlier.unwrap_or_default()).or(there);
        let outcome = self.converse(old.as_deref()).await;
        if outcome.is_err() {
            // The secrets so far are in their own file already.
            self.kept.write(&self.answers)?;
        }
        outcome.map_err(|error| match error.kind {
            crate::base::exit::ExitKind::Interrupted => CommandError::interrupted("your answers so far are kept")
                .hint("run `stellarr init` again to go on from here"),
            _ => error,
        })
    }

    async fn converse(&mut self, old: Option<&str>) -> Result<Written, CommandError> {
        let account = self.account().await?;
        self.site(account.as_ref()).await?;
        let mut pending = Pending::open(&self.setting.config)?;
        let stored = match &account {
            Some(account) => self.stored(account).await,
            None => SecretDocument::default(),
        };
        let mut vault = Vault { pending: &mut pending, stored, tmdb: &self.setting.tmdb };
        let password = vault.fill(self.ask, self.setting.printer, self.setting.secrets).await?;
        let drafted = draft(old, &self.answers, &self.setting.config)?;
        let changed = self.write(old, &drafted)?;
        self.kept.forget(self.answers.profile.as_deref());
        let waiting = pending.path().exists().then(|| pending.path().to_owned());
        Ok(Written { config: drafted.config, account, password, waiting, changed })
    }

    async fn account(&mut self) -> Result<Option<Account>, CommandError> {
        let setting = self.setting;
        let region = self.answers.region.clone().unwrap_or_else(|| "us-east-1".to_owned());
        let last = self.answers.profile.clone().or_else(|| self.kept.profile());
        let wanted = Wanted { given: setting.given.profile.as_deref(), last: last.as_deref() };
        let account =
            account::choose(self.ask, setting.printer, setting.connect, &setting.candidates, wanted, &region).await?;
        if let Some(account) = &account {
            self.answers.profile.clone_from(&account.profile);
        }
        Ok(account)
    }

    /// Asks what the command line did not say.
    async fn site(&mut self, account: Option<&Account>) -> Result<(), CommandError> {
        let given = &self.setting.given;
        self.answers.name.get_or_insert_with(|| "stellarr".to_owned());
        if given.region.is_none() {
            let profile = account.and_then(|account| account.profile.clone());
            let own =
                self.setting.candidates.iter().find(|one| one.profile == profile).and_then(|one| one.region.clone());
            let default = self.answers.region.clone().or(own).unwrap_or_else(|| "us-east-1".to_owned());
            self.answers.region = Some(questions::region(self.ask, &default)?);
            self.keep()?;
        }
        if given.app_name.is_none() {
            let default = self.answers.app_name.clone().unwrap_or_else(|| "Stellarr".to_owned());
            self.answers.app_name = Some(questions::app_name(self.ask, &default)?);
            self.keep()?;
        }
        if given.address.is_none() {
            let cloud = account.map(|account| account.cloud.as_ref());
            questions::address(self.ask, self.setting.printer, cloud, &mut self.answers).await?;
            self.keep()?;
        }
        if given.locales.is_none() {
            let default = self
                .answers
                .locales
                .clone()
                .unwrap_or_else(|| Answers::of_config(&Config::named("stellarr")).locales.unwrap_or_default());
            self.answers.locales = Some(questions::locales(self.ask, &default)?);
            self.keep()?;
        }
        if given.waf.is_none() {
            self.answers.waf = Some(questions::waf(self.ask, self.answers.waf.unwrap_or(false))?);
            self.keep()?;
        }
        Ok(())
    }

    fn keep(&self) -> Result<(), CommandError> {
        self.kept.write(&self.answers)
    }

    /// The secrets of a deployment that is there already; none when there is no telling.
    async fn stored(&self, account: &Account) -> SecretDocument {
        let Ok(drafted) = draft(None, &self.answers, &self.setting.config) else { return SecretDocument::default() };
        let context = Context {
            cloud: account.cloud.as_ref(),
            clock: &crate::base::clock::SystemClock,
            dns: self.setting.dns,
            printer: self.setting.printer,
        };
        let name = StackKind::Bootstrap.name(&drafted.config);
        let stack = context.cloud.stacks(&drafted.config.region).describe(&name).await.ok().flatten();
        let live = Live::of(stack.map(|stack| (StackKind::Bootstrap, stack)));
        match live.output("AppSecretArn") {
            Some(arn) => crate::secrets::read(context, arn).await.unwrap_or_default(),
            None => SecretDocument::default(),
        }
    }

    /// Writes the configuration; says whether it changed.
    fn write(&mut self, old: Option<&str>, drafted: &Draft) -> Result<bool, CommandError> {
        if old == Some(drafted.text.as_str()) {
            return Ok(false);
        }
        if let (Some(old), false) = (old, drafted.keeps_comments) {
            self.setting.printer.line("These answers do not fit into the file as it is written. It would become:");
            self.setting.printer.line(&difference(old, &drafted.text));
            let help = "the old text is kept beside it as stellarr.yaml.before";
            if !self.ask.is_person() || !self.ask.confirm("Write it?", help, false)? {
                return Err(CommandError::usage("the configuration was not changed")
                    .hint("change it with an editor; `stellarr doctor` checks it"));
            }
            write(&self.setting.config.with_extension("yaml.before"), old)?;
        }
        write(&self.setting.config, &drafted.text)?;
        Ok(true)
    }
}

fn read(path: &Path) -> Result<Option<String>, CommandError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CommandError::unreadable(path, &error)),
    }
}

/// Writes a text whole or not at all, and lets others read it as files usually are.
fn write(path: &Path, text: &str) -> Result<(), CommandError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).map_or(0o644, |metadata| metadata.permissions().mode());
    crate::base::files::write_atomically(path, text.as_bytes())
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)))
        .map_err(|error| CommandError::unwritable(path, &error))
}
