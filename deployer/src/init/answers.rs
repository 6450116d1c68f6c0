//! The answers, and where they are kept between two runs.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::error::CommandError;
use crate::base::files;
use crate::config::{Config, DnsProvider};
use crate::secrets::private_folder;

/// Where the site is to be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Address {
    /// At a cloudfront.net address.
    None,
    /// At a domain whose DNS is in this account's Route53.
    Route53,
    /// At a domain whose DNS is kept elsewhere.
    External,
}

/// Everything that is asked and is no secret. None was not answered yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answers {
    /// The AWS profile.
    pub profile: Option<String>,
    /// First part of every AWS name.
    pub name: Option<String>,
    /// Second part.
    pub environment: Option<String>,
    /// The AWS region.
    pub region: Option<String>,
    /// The site's title.
    pub app_name: Option<String>,
    /// Where the site is to be found.
    pub address: Option<Address>,
    /// Its domain.
    pub domain: Option<String>,
    /// Languages of the trending lists.
    pub locales: Option<Vec<String>>,
    /// Whether there is a firewall.
    pub waf: Option<bool>,
}

impl Answers {
    /// What a configuration says.
    #[must_use]
    pub fn of_config(config: &Config) -> Self {
        let address = match (&config.domain, config.dns.provider) {
            (None, _) => Address::None,
            (Some(_), DnsProvider::Route53) => Address::Route53,
            (Some(_), DnsProvider::External) => Address::External,
        };
        Self {
            profile: None,
            name: Some(config.name.clone()),
            environment: Some(config.environment.clone()),
            region: Some(config.region.clone()),
            app_name: Some(config.app_name.clone()),
            address: Some(address),
            domain: config.domain.clone(),
            locales: Some(config.locales.iter().map(|locale| locale.as_str().to_owned()).collect()),
            waf: Some(config.waf.enabled),
        }
    }

    /// Takes from `other` what is not answered here.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        // A domain belongs to its address: one must not come without the other.
        let (address, domain) = match self.address {
            Some(address) => (Some(address), self.domain.or(other.domain)),
            None => (other.address, self.domain.or(other.domain)),
        };
        Self {
            profile: self.profile.or(other.profile),
            name: self.name.or(other.name),
            environment: self.environment.or(other.environment),
            region: self.region.or(other.region),
            app_name: self.app_name.or(other.app_name),
            address,
            domain,
            locales: self.locales.or(other.locales),
            waf: self.waf.or(other.waf),
        }
    }
}

/// The file with the answers so far.
#[derive(Clone, Debug)]
pub struct Kept {
    path: PathBuf,
}

impl Kept {
    /// The file that belongs to a configuration file.
    #[must_use]
    pub fn of(config: &Path) -> Self {
        Self { path: private_folder(config).join("init.json") }
    }

    /// Reads the answers of a run that was broken off; a file that can't be understood counts as none.
    #[must_use]
    pub fn read(&self) -> Option<Answers> {
        serde_json::from_slice(&fs::read(&self.path).ok()?).ok()
    }

    /// Writes the answers so far.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn write(&self, answers: &Answers) -> Result<(), CommandError> {
        let text = serde_json::to_vec_pretty(answers).unwrap_or_default();
        files::write_atomically(&self.path, &text).map_err(|error| CommandError::unwritable(&self.path, &error))
    }

    /// Forgets them, except for the profile that was worked with.
    pub fn forget(&self, profile: Option<&str>) {
        // What stays, or is missing, only changes what is offered first.
        let _ = fs::remove_file(&self.path);
        let _ = match profile {
            Some(profile) => files::write_atomically(&self.profile_path(), profile.as_bytes()),
            None => fs::remove_file(self.profile_path()),
        };
    }

    /// The profile that the last run worked with.
    #[must_use]
    pub fn profile(&self) -> Option<String> {
        let text = fs::read_to_string(self.profile_path()).ok()?;
        Some(text.trim().to_owned()).filter(|name| !name.is_empty())
    }

    fn profile_path(&self) -> PathBuf {
        self.path.with_file_name("init-profile")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_answered_counts_before_what_was_there() {
        let mut config = Config::named("home");
        config.domain = Some("tv.example.org".to_owned());
        let given = Answers { address: Some(Address::External), waf: Some(true), ..Answers::default() };
        let all = given.or(Answers::of_config(&config));
        assert_eq!((all.address, all.waf, all.name.as_deref()), (Some(Address::External), Some(true), Some("home")));
        assert_eq!(all.domain.as_deref(), Some("tv.example.org"));
    }

    #[test]
    fn answers_outlive_the_run() {
        let project = tempfile::tempdir().unwrap();
        let kept = Kept::of(&project.path().join("stellarr.yaml"));
        let answers = Answers { waf: Some(true), ..Answers::default() };
        kept.write(&answers).unwrap();
        assert_eq!(kept.read(), Some(answers));
        kept.forget(Some("work"));
        assert_eq!((kept.read(), kept.profile().as_deref()), (None, Some("work")));
        kept.forget(None);
        assert_eq!(kept.profile(), None);
    }
}
