//! The configuration file that comes of the answers: a commented new one, or the changed old one.

use std::path::Path;

use super::answers::{Address, Answers};
use crate::base::error::CommandError;
use crate::config::{self, Config, DnsProvider, Edit, quoted};

/// The file that this repository comes with, every key commented.
const SHIPPED: &str = include_str!("../../../stellarr.yaml");
/// Helps editors only where the schema lies beside the file.
const SCHEMA_LINE: &str = "# yaml-language-server: $schema=./stellarr.schema.json\n";

/// A text for the file, and what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The text.
    pub text: String,
    /// What it means.
    pub config: Config,
    /// Whether the old text could be kept, but for the changed values.
    pub keeps_comments: bool,
}

/// Writes the answers into `old`, or into a new file when there is none.
///
/// # Errors
/// When the answers don't make a configuration.
pub fn draft(old: Option<&str>, answers: &Answers, path: &Path) -> Result<Draft, CommandError> {
    let has_schema = path.parent().unwrap_or(Path::new("")).join("stellarr.schema.json").is_file();
    let shipped = if has_schema { SHIPPED.to_owned() } else { SHIPPED.replacen(SCHEMA_LINE, "", 1) };
    let fresh = applied(&shipped, answers);
    let Some(old) = old else {
        let config = config::parse(&fresh, path)?;
        return Ok(Draft { text: fresh, config, keeps_comments: true });
    };
    let changed = applied(old, answers);
    if let Ok(config) = config::parse(&changed, path)
        && says(&config, answers)
    {
        return Ok(Draft { text: changed, config, keeps_comments: true });
    }
    let config = config::parse(&fresh, path)?;
    Ok(Draft { text: fresh, config, keeps_comments: false })
}

/// Changes what differs, and nothing else.
fn applied(text: &str, answers: &Answers) -> String {
    let present = config::parse(text, "stellarr.yaml").ok();
    let same = |same: fn(&Config, &Answers) -> bool| present.as_ref().is_some_and(|config| same(config, answers));
    let mut edits: Vec<Edit> = Vec::new();
    let mut set = |path: &'static [&'static str], value: Option<String>, is_same: bool| {
        if let (Some(value), false) = (value, is_same) {
            edits.push(Edit { path, value: Some(value) });
        }
    };
    set(&["name"], answers.name.as_deref().map(quoted), same(|c, a| a.name.as_ref() == Some(&c.name)));
    let environment = answers.environment.as_deref().map(quoted);
    set(&["environment"], environment, same(|c, a| a.environment.as_ref() == Some(&c.environment)));
    set(&["region"], answers.region.clone(), same(|c, a| a.region.as_ref() == Some(&c.region)));
    set(&["app_name"], answers.app_name.as_deref().map(quoted), same(|c, a| a.app_name.as_ref() == Some(&c.app_name)));
    let locales = answers.locales.as_ref().map(|all| format!("[{}]", all.join(", ")));
    set(&["locales"], locales, same(|c, a| Answers::of_config(c).locales == a.locales));
    set(&["waf", "enabled"], answers.waf.map(|on| on.to_string()), same(|c, a| a.waf == Some(c.waf.enabled)));
    edits.extend(address_edits(present.as_ref(), answers));
    config::edit(text, &edits)
}

fn address_edits(present: Option<&Config>, answers: &Answers) -> Vec<Edit> {
    let mut edits = Vec::new();
    let has_domain = present.is_some_and(|config| config.domain.is_some());
    let provider = present.map(|config| config.dns.provider).unwrap_or_default();
    match answers.address {
        Some(Address::None) if has_domain => {
            edits.push(Edit { path: &["domain"], value: None });
            edits.push(Edit { path: &["dns"], value: None });
        }
        None | Some(Address::None) => {}
        Some(address) => {
            if answers.domain.is_some() && present.and_then(|config| config.domain.as_ref()) != answers.domain.as_ref()
            {
                edits.push(Edit { path: &["domain"], value: answers.domain.clone() });
            }
            let (wanted, word) = match address {
                Address::External => (DnsProvider::External, "external"),
                _ => (DnsProvider::Route53, "route53"),
            };
            if wanted != provider {
                edits.push(Edit { path: &["dns", "provider"], value: Some(word.to_owned()) });
            }
        }
    }
    edits
}

/// Says whether a configuration is what the answers say.
fn says(config: &Config, answers: &Answers) -> bool {
    let found = Answers::of_config(config);
    let domain = answers.address == Some(Address::None) || answers.domain.is_none() || found.domain == answers.domain;
    let fits = |one: &Option<String>, other: &Option<String>| other.is_none() || one == other;
    domain
        && (answers.address.is_none() || found.address == answers.address)
        && fits(&found.name, &answers.name)
        && fits(&found.environment, &answers.environment)
        && fits(&found.region, &answers.region)
        && fits(&found.app_name, &answers.app_name)
        && (answers.locales.is_none() || found.locales == answers.locales)
        && (answers.waf.is_none() || found.waf == answers.waf)
}

/// Shows how two texts differ.
#[must_use]
pub fn difference(old: &str, new: &str) -> String {
    similar::TextDiff::from_lines(old, new).unified_diff().context_radius(1).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers() -> Answers {
        Answers {
            name: Some("home".to_owned()),
            app_name: Some("Our: films".to_owned()),
            region: Some("eu-central-1".to_owned()),
            address: Some(Address::External),
            domain: Some("tv.example.org".to_owned()),
            locales: Some(vec!["de".to_owned(), "pt-BR".to_owned()]),
            waf: Some(true),
            ..Answers::default()
        }
    }

    #[test]
    fn a_new_file_is_commented_and_says_what_was_answered() {
        let draft = draft(None, &answers(), Path::new("nowhere/stellarr.yaml")).unwrap();
        assert!(says(&draft.config, &answers()) && draft.keeps_comments);
        assert!(
            !draft.text.contains("yaml-language-server") && draft.text.starts_with("# What `stellarr deploy` puts")
        );
        assert!(draft.text.contains("\n#  rate_limit: 2000\n") && draft.text.contains("\n# The AWS region near"));
    }

    #[test]
    fn an_old_file_keeps_its_comments_and_other_keys() {
        let old = "# ours\nname: home\ntags:   # for the bill\n  team: us\nwaf: {enabled: false, rate_limit: 300}\n";
        let draft = draft(Some(old), &answers(), Path::new("stellarr.yaml")).unwrap();
        assert!(draft.keeps_comments, "{}", draft.text);
        assert!(draft.text.starts_with(
            "# ours\nname: home\ntags:   # for the bill\n  team: us\nwaf: {enabled: true, rate_limit: 300}\n"
        ));
    }

    #[test]
    fn answers_that_change_nothing_leave_the_file_as_it_is() {
        let old = "name: home   # x\nlocales:\n  - en   # the first\n  - de\n";
        let config = config::parse(old, "stellarr.yaml").unwrap();
        assert_eq!(draft(Some(old), &Answers::of_config(&config), Path::new("stellarr.yaml")).unwrap().text, old);
    }

    #[test]
    fn leaving_a_domain_takes_it_out() {
        let old = "name: home\ndomain: tv.example.org\ndns: external\n";
        let answers = Answers { address: Some(Address::None), ..Answers::default() };
        let draft = draft(Some(old), &answers, Path::new("stellarr.yaml")).unwrap();
        assert_eq!((draft.config.domain, draft.keeps_comments), (None, true));
    }
}
