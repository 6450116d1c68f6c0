//! The environment: how it is read, and its documentation, made from what is read.

use std::collections::HashMap;
use std::fmt::Write as _;

use stellarr_api::settings::{VARIABLES, Variable};
use stellarr_core::locale::{InvalidLocale, Locale};
use stellarr_core::scheduled::Environment;

use crate::args::Args;
use crate::env_file::{self, EnvFileError};
use crate::secrets::SECRETS;

/// Variables of this process alone.
pub const SERVER_VARIABLES: &[Variable] = &[
    Variable { name: "LISTEN", default: "127.0.0.1:8000", meaning: "As `--listen`." },
    Variable { name: "DATA_DIR", default: "data", meaning: "As `--data-dir`." },
    Variable { name: "SITE_DIR", default: "", meaning: "As `--site`." },
    Variable {
        name: "MAX_CONNECTIONS",
        default: "1024",
        meaning: "Connections that may be open at once. Fewer if the process may not open that many files.",
    },
    Variable {
        name: "MAX_CONNECTIONS_PER_ADDRESS",
        default: "",
        meaning: "Connections that one address (one /64 of IPv6) may have open. Not set: 128, but no limit for the machine itself (a proxy that runs there), and none at all if CLIENT_IP_HEADER is set.",
    },
    Variable { name: "APP_NAME", default: "Stellarr", meaning: "Name of the site." },
    Variable {
        name: "LOCALES",
        default: "en,es,fr,de",
        meaning: "Languages of the trending files; the first is the site's own.",
    },
    Variable {
        name: "CATALOGUE_LANGUAGE",
        default: "",
        meaning: "Language of the catalogue. Not set: the first of LOCALES.",
    },
    Variable {
        name: "CATALOGUE_REGION",
        default: "",
        meaning: "Country whose releases count in the catalogue, such as `US`.",
    },
    Variable {
        name: "TRENDING_SCHEDULE",
        default: "0 5 * * *",
        meaning: "When the trending files are renewed: five cron fields, UTC; `off` never.",
    },
    Variable {
        name: "CATALOGUE_DAILY_SCHEDULE",
        default: "0 8 * * *",
        meaning: "When popular and trending titles are fetched.",
    },
    Variable {
        name: "CATALOGUE_WEEKLY_SCHEDULE",
        default: "0 9 * * SUN",
        meaning: "When genres, hidden gems and award winners are fetched.",
    },
    Variable {
        name: "WARMER_MAX_CONCURRENT",
        default: "20",
        meaning: "Requests to TMDB at once, for the trending files.",
    },
    Variable {
        name: "WARMER_STARTS_PER_SECOND",
        default: "40",
        meaning: "Requests to TMDB that are started in any second, for the trending files.",
    },
    Variable {
        name: "WARMER_REQUEST_TIMEOUT_SECONDS",
        default: "10",
        meaning: "Seconds until one of them is given up.",
    },
    Variable {
        name: "WARMER_DEADLINE_SECONDS",
        default: "45",
        meaning: "Seconds that renewing the trending files may take.",
    },
    Variable { name: "FETCHER_MAX_CONCURRENT", default: "8", meaning: "Requests to TMDB at once, for the catalogue." },
    Variable {
        name: "FETCHER_SPACING_MS",
        default: "250",
        meaning: "Milliseconds from the start of one of them to the start of the next, at least.",
    },
    Variable {
        name: "FETCHER_REQUEST_TIMEOUT_SECONDS",
        default: "20",
        meaning: "Seconds until one of them is given up.",
    },
    Variable {
        name: "FETCHER_RUN_TIMEOUT_SECONDS",
        default: "290",
        meaning: "Seconds that filling the catalogue may take.",
    },
];

/// Holds the variables of a file, over which those of the environment win.
pub(crate) struct Variables(HashMap<String, String>);

impl Variables {
    /// Reads the file that the command line names, if it names one.
    pub(crate) fn read(args: &Args) -> Result<Self, EnvFileError> {
        Ok(Self(args.env_file.as_deref().map(env_file::read).transpose()?.unwrap_or_default()))
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty()).or_else(|| self.0.get(name).cloned())
    }

    /// Returns the languages of the trending files.
    pub(crate) fn locales(&self) -> Result<Vec<Locale>, InvalidLocale> {
        Locale::parse_list(&self.own("LOCALES"))
    }

    /// Returns the environment that the scheduled functions read, with this process' defaults.
    pub(crate) fn environment(&self) -> Environment<impl Fn(&str) -> Option<String>> {
        Environment(|name: &str| Some(self.own(name)))
    }

    /// Returns one of this process' own variables, or its default.
    pub(crate) fn own(&self, name: &str) -> String {
        let default = || SERVER_VARIABLES.iter().find(|own| own.name == name).map(|own| own.default.to_owned());
        let value = self.get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        value.or_else(default).unwrap_or_default()
    }
}

/// Writes one Markdown table of all variables.
#[must_use]
pub fn table() -> String {
    let mut table = "| Variable | Default | Meaning |\n|---|---|---|\n".to_owned();
    for (name, meaning) in SECRETS {
        // Writing to memory does not fail.
        let _ = writeln!(table, "| `{name}` | | {meaning} |");
    }
    for Variable { name, default, meaning } in SERVER_VARIABLES.iter().chain(VARIABLES) {
        let default = if default.is_empty() { String::new() } else { format!("`{default}`") };
        let _ = writeln!(table, "| `{name}` | {default} | {meaning} |");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With `STELLARR_UPDATE=1` in the environment the table is written anew.
    #[test]
    fn the_readme_has_the_table() {
        let file = std::env::var("CARGO_MANIFEST_DIR").unwrap() + "/README.md";
        let text = std::fs::read_to_string(&file).unwrap();
        let (before, rest) = text.split_once("<!-- variables -->\n").unwrap();
        let (_, after) = rest.split_once("<!-- end of variables -->").unwrap();
        let fresh = format!("{before}<!-- variables -->\n{}<!-- end of variables -->{after}", table());
        if std::env::var_os("STELLARR_UPDATE").is_some() {
            std::fs::write(file, &fresh).unwrap();
        } else {
            assert!(
                fresh == text,
                "README.md is stale; STELLARR_UPDATE=1 cargo test -p stellarr-server --lib writes it anew"
            );
        }
    }
}
