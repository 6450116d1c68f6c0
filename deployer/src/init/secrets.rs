//! The secrets that are needed from the first day: asked for, or made.

use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::secrets::tmdb::{Verdict, check};
use crate::secrets::{KEYS, Key, Pending, SecretDocument};
use crate::ui::{Asker, Printer};
use stellarr_core::secrets::{PASSWORD, TMDB_KEY};

/// What is there already, and where new values go.
pub(super) struct Vault<'a> {
    /// Values that wait to be stored.
    pub(super) pending: &'a mut Pending,
    /// Values that are on AWS.
    pub(super) stored: SecretDocument,
    /// Where TMDB is.
    pub(super) tmdb: &'a str,
}

impl Vault<'_> {
    fn has(&self, key: &str) -> bool {
        !self.stored.is_empty(key) || !self.pending.document().is_empty(key)
    }

    /// Sees to every secret; returns the household's password if it was made now.
    ///
    /// # Errors
    /// When the person breaks off, a given value is unfit, or the file can't be written.
    pub(super) async fn fill(
        &mut self,
        ask: &mut dyn Asker,
        printer: &Printer,
        given: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<String>, CommandError> {
        for key in KEYS {
            if let Some(value) = given(key.name).filter(|value| !value.is_empty() && !self.has(key.name)) {
                if key.name == TMDB_KEY && check(self.tmdb, &value).await == Verdict::Refused {
                    return Err(CommandError::usage("TMDB does not know the key in TMDB_API_KEY")
                        .code(Code::SecretInvalid)
                        .hint(format!(
                            "put another one into TMDB_API_KEY, or leave it out to give it later: it is {}",
                            key.help
                        )));
                }
                self.pending.set(key.name, value)?;
            }
        }
        if !self.has(TMDB_KEY) {
            self.tmdb_key(ask, printer).await?;
        }
        // The tokens are made by the first deploy, and by no other.
        if self.has(PASSWORD) { Ok(None) } else { self.password(ask) }
    }

    async fn tmdb_key(&mut self, ask: &mut dyn Asker, printer: &Printer) -> Result<(), CommandError> {
        let key = known(TMDB_KEY)?;
        loop {
            let help = "free, from https://www.themoviedb.org/settings/api; Enter to give it later";
            let answer = ask.secret("Your TMDB key (it is not shown):", help, &|text| fit(key, text))?;
            if answer.is_empty() {
                printer.line("  The first deploy to AWS asks for it; the sandbox needs none.");
                return Ok(());
            }
            match check(self.tmdb, &answer).await {
                Verdict::Known => printer.line("  TMDB knows the key."),
                Verdict::Refused => {
                    printer.warn("TMDB does not know this key");
                    continue;
                }
                Verdict::NotAsked(reason) => printer.warn(&format!("TMDB could not be asked about the key: {reason}")),
            }
            return self.pending.set(key.name, answer);
        }
    }

    fn password(&mut self, ask: &mut dyn Asker) -> Result<Option<String>, CommandError> {
        let key = known(PASSWORD)?;
        let help = "everybody in the household signs in with it; at least 12 characters; Enter to have one made";
        let answer = ask.secret("A password for the household (it is not shown):", help, &|text| fit(key, text))?;
        if !answer.is_empty() {
            self.pending.set(key.name, answer)?;
            return Ok(None);
        }
        let made = key.fresh()?.unwrap_or_default();
        self.pending.set(key.name, made.clone())?;
        Ok(Some(made))
    }
}

fn known(name: &str) -> Result<&'static Key, CommandError> {
    KEYS.iter().find(|key| key.name == name).ok_or_else(|| CommandError::failed(format!("there is no key {name}")))
}

/// Says what is wrong with a value; an empty one is left for later.
fn fit(key: &Key, text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    let mut document = SecretDocument::default();
    document.set(key.name, text.to_owned());
    document.problems().first().map_or(Ok(()), |problem| Err(problem.to_string()))
}
