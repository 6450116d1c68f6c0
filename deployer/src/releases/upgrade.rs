//! Which version deployed last, and what changed since: the notes of `docs/upgrading.md`.

use std::fmt;
use std::str::FromStr;

use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::releases::release::Current;
use crate::ui::Printer;

/// The page that the notes are taken from.
const PAGE: &str = include_str!("../../../docs/upgrading.md");
/// The heading above the versions.
const VERSIONS: &str = "## Versions";
/// How a line begins that asks something of the person.
const TO_DO: &str = "**To do**";

/// A version of stellarr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

impl Version {
    /// This command's own.
    #[must_use]
    pub fn this() -> Self {
        // Cargo lets no other text be a package's version; a test reads it.
        env!("CARGO_PKG_VERSION").parse().unwrap_or(Self { major: 0, minor: 0, patch: 0 })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = String;

    /// Reads `1.2.3`, with or without a `v`; what follows a `-` or `+` does not count.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text.trim().trim_start_matches('v').split(['-', '+']).next().unwrap_or_default();
        let parts: Vec<Option<u32>> = numbers.split('.').map(|part| part.parse().ok()).collect();
        match parts.as_slice() {
            [Some(major), Some(minor), Some(patch)] => Ok(Self { major: *major, minor: *minor, patch: *patch }),
            _ => Err("write a version as `stellarr --version` does: 0.1.0".to_owned()),
        }
    }
}

/// What a version changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The version.
    pub version: Version,
    /// What changed, a line each, as Markdown without its list marks.
    pub lines: Vec<String>,
}

/// The notes of the versions after `from`, up to this one; oldest first, in the order in which they count.
#[must_use]
pub fn notes_since(from: Version) -> Vec<Note> {
    let mut notes = parse(PAGE).unwrap_or_default();
    notes.retain(|note| note.version > from && note.version <= Version::this());
    notes.reverse();
    notes
}

/// Reads the notes of a page, newest first.
///
/// # Errors
/// When a heading is no version, the versions are not in order, or one has no line.
fn parse(page: &str) -> Result<Vec<Note>, String> {
    let (_, versions) = page.split_once(VERSIONS).ok_or("there is no list of versions")?;
    let mut notes: Vec<Note> = Vec::new();
    for section in versions.split("\n### ").skip(1) {
        let (heading, body) = section.split_once('\n').unwrap_or((section, ""));
        let version: Version = heading.parse().map_err(|problem| format!("{heading}: {problem}"))?;
        let mut lines: Vec<String> = Vec::new();
        for line in body.lines() {
            match (line.strip_prefix("- "), lines.last_mut()) {
                (Some(begins), _) => lines.push(plain(begins)),
                (None, Some(last)) if !line.trim().is_empty() => last.push_str(&format!(" {}", plain(line.trim()))),
                _ => {}
            }
        }
        if lines.is_empty() {
            return Err(format!("{version} has no note"));
        }
        if notes.last().is_some_and(|newer| newer.version <= version) {
            return Err(format!("{version} does not come after a newer one"));
        }
        notes.push(Note { version, lines });
    }
    Ok(notes)
}

/// Takes the addresses out of links: a terminal shows their words.
fn plain(markdown: &str) -> String {
    let mut text = String::new();
    let mut rest = markdown;
    while let Some((before, after)) = rest.split_once('[') {
        let Some((words, target)) = after.split_once("](") else { break };
        let Some((_, remainder)) = target.split_once(')') else { break };
        text.push_str(before);
        text.push_str(words);
        rest = remainder;
    }
    text + rest
}

/// Says what changed since `from`; nothing when there are no notes.
pub fn tell(from: Version, printer: &Printer) {
    let notes = notes_since(from);
    if notes.is_empty() {
        return;
    }
    printer.line(&format!("stellarr {from} deployed last, and this is {}. What changed since:", Version::this()));
    for note in notes {
        printer.line(&format!("  {}", note.version));
        for line in &note.lines {
            match line.strip_prefix(TO_DO) {
                Some(task) => printer.warn(&format!("to do{task}")),
                None => printer.line(&format!("    · {line}")),
            }
        }
    }
    printer.line("");
}

/// The version that made the current release; none before the first deploy, or where its record names none.
#[must_use]
pub fn deployed_by(current: Option<&Current>) -> Option<Version> {
    current.and_then(|current| current.release.version.parse().ok())
}

/// The warning that a newer version deployed last, where it did.
#[must_use]
pub fn newer(deployed: Option<Version>) -> Option<String> {
    let deployed = deployed.filter(|deployed| *deployed > Version::this())?;
    Some(format!("stellarr {deployed} deployed last, and this is {}, which is older", Version::this()))
}

/// Tells what changed since the version that deployed last, and refuses to go behind it.
///
/// # Errors
/// When a newer version deployed last, unless `allow_downgrade` says that it is meant.
pub fn check(deployed: Option<Version>, allow_downgrade: bool, printer: &Printer) -> Result<(), CommandError> {
    match newer(deployed) {
        Some(words) if allow_downgrade => printer.warn(&words),
        Some(words) => {
            return Err(CommandError::usage(words)
                .code(Code::DeployedByNewer)
                .hint("get the newer one: `git pull`, then `cargo install --locked --path deployer`")
                .hint("to undo a deploy, `stellarr rollback` goes back without taking anything apart")
                .hint("if it is meant, add `--allow-downgrade`; `stellarr diff` shows what that would change"));
        }
        None => {
            if let Some(deployed) = deployed {
                tell(deployed, printer);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Verbosity;

    const SAMPLE: &str = "# Upgrading\n\n## Versions\n\nWords.\n\n### 0.3.0\n\n- Lists have\n  [a page](lists.md) each.\n\
                          - **To do**: enter the new address in Radarr.\n\n### 0.2.1\n\n- One thing.\n\n### 0.1.0\n\n- First.\n";

    #[test]
    fn the_page_has_a_note_of_this_version_first() {
        let notes = parse(PAGE).unwrap();
        assert_eq!(
            notes.first().map(|note| note.version),
            Some(Version::this()),
            "docs/upgrading.md lacks this version"
        );
        assert_eq!(Version::this().to_string(), env!("CARGO_PKG_VERSION"));
    }

    #[test]
    fn notes_are_read_with_their_lines() {
        let notes = parse(SAMPLE).unwrap();
        assert_eq!(notes.iter().map(|note| note.version.to_string()).collect::<Vec<_>>(), ["0.3.0", "0.2.1", "0.1.0"]);
        assert_eq!(notes[0].lines, ["Lists have a page each.", "**To do**: enter the new address in Radarr."]);
    }

    #[test]
    fn a_page_that_cannot_be_trusted_is_refused() {
        for (from, to, problem) in [
            ("### 0.2.1", "### soon", "soon: write a version"),
            ("### 0.2.1", "### 0.4.0", "0.4.0 does not come after"),
            ("- One thing.", "", "0.2.1 has no note"),
            ("## Versions", "", "there is no list"),
        ] {
            let error = parse(&SAMPLE.replacen(from, to, 1)).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }

    #[test]
    fn versions_compare_by_number() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        assert!(version("0.10.0") > version("0.9.9") && version("v1.0.0-rc.1") == version("1.0.0"));
        assert!("1.2".parse::<Version>().is_err() && "1.2.3.4".parse::<Version>().is_err());
    }

    #[test]
    fn only_an_older_one_hears_what_changed_and_only_a_newer_one_is_protected() {
        let told = |deployed: &str, allow: bool| {
            let printer = Printer::captured(Verbosity::Default);
            let outcome = check(deployed.parse().ok(), allow, &printer);
            (outcome.map_err(|error| error.code), printer.transcript())
        };
        let this = env!("CARGO_PKG_VERSION");
        assert_eq!(told(this, false), (Ok(()), String::new()));
        let (outcome, said) = told("0.0.1", false);
        assert!(outcome.is_ok() && said.contains("stellarr 0.0.1 deployed last") && said.contains(this), "{said}");
        assert_eq!(told("99.0.0", false).0, Err(Code::DeployedByNewer));
        let (outcome, said) = told("99.0.0", true);
        assert!(outcome.is_ok() && said.contains("warning: stellarr 99.0.0 deployed last"), "{said}");
    }
}
