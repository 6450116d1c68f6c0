//! What a check found, and how that is told.

use owo_colors::OwoColorize;
use serde::Serialize;

use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::base::failures::Code;
use crate::ui::count;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// A deploy works, but something deserves a look.
    Warning,
    /// A deploy would fail.
    Failure,
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was checked, in a word or two.
    pub check: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What was found.
    pub sentence: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// More about it, such as a policy document to hand on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// The entry of the catalogue that a deploy would end with; none where it would not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
}

impl Finding {
    fn new(check: &'static str, level: Level, sentence: impl Into<String>, remedy: Option<String>) -> Self {
        Self { check, level, sentence: sentence.into(), remedy, details: None, code: None }
    }

    /// All is well.
    #[must_use]
    pub fn ok(check: &'static str, sentence: impl Into<String>) -> Self {
        Self::new(check, Level::Ok, sentence, None)
    }

    /// Something deserves a look.
    #[must_use]
    pub fn warning(check: &'static str, sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(check, Level::Warning, sentence, Some(remedy.into()))
    }

    /// A deploy would fail, and end with this entry of the catalogue.
    #[must_use]
    pub fn failure(check: &'static str, code: Code, sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code: Some(code), ..Self::new(check, Level::Failure, sentence, Some(remedy.into())) }
    }

    /// Turns an error into a finding: its message, its first hint as the remedy.
    #[must_use]
    pub fn of_error(check: &'static str, level: Level, error: CommandError) -> Self {
        let mut hints = error.hints.into_iter();
        let mut remedy = hints.next();
        if let (Some(first), Some(second)) = (&mut remedy, hints.next()) {
            *first = format!("{first}; {second}");
        }
        let code = (level == Level::Failure).then_some(error.code);
        Self { code, ..Self::new(check, level, error.message, remedy) }
    }

    /// Adds laid-out text.
    #[must_use]
    pub fn with_details(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }

    /// The exit code that a deploy would end with.
    #[must_use]
    pub fn kind(&self) -> ExitKind {
        self.code.map_or(ExitKind::Failed, |code| code.entry().kind)
    }

    /// Lays it out for people.
    #[must_use]
    pub fn text(&self) -> String {
        let sign = match self.level {
            Level::Ok => "✓".green().to_string(),
            Level::Warning => "!".yellow().to_string(),
            Level::Failure => "✗".red().to_string(),
        };
        let mut text = format!("{sign} {:<14} {}", self.check, self.sentence);
        if let Some(remedy) = &self.remedy {
            text.push_str(&format!("\n{:17}→ {remedy}", ""));
        }
        if let Some(details) = &self.details {
            for line in details.lines() {
                text.push_str(&format!("\n{:17}  {line}", ""));
            }
        }
        text
    }
}

/// Makes one error of the findings that would make a deploy fail; none when there is none.
#[must_use]
pub fn as_error(findings: &[Finding]) -> Option<CommandError> {
    let failures: Vec<&Finding> = findings.iter().filter(|finding| finding.level == Level::Failure).collect();
    let (first, rest) = failures.split_first()?;
    let mut error = CommandError::new(first.kind(), first.sentence.clone());
    error.code = first.code.unwrap_or(error.code);
    let more: Vec<String> = rest.iter().map(|finding| finding.text()).collect();
    let details: Vec<String> = first.details.clone().into_iter().chain(more).collect();
    if !details.is_empty() {
        error = error.details(details.join("\n"));
    }
    error.hints.extend(first.remedy.clone());
    Some(error)
}

/// Says how many findings there are of each level.
#[must_use]
pub fn summary(findings: &[Finding]) -> String {
    let of = |level| findings.iter().filter(|finding| finding.level == level).count();
    match (of(Level::Failure), of(Level::Warning)) {
        (0, 0) => "Everything is well.".to_owned(),
        (0, warnings) => format!("A deploy should work; {} to look at.", count(warnings, "thing", "things")),
        (failures, _) => format!("{} would make a deploy fail.", count(failures, "finding", "findings")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_is_the_error_and_the_others_its_details() {
        let findings = [
            Finding::ok("region", "fine"),
            Finding::failure("zone", Code::ZonePrivate, "it is private", "make it public"),
            Finding::failure("disk", Code::DiskFull, "it is full", "delete something"),
        ];
        let error = as_error(&findings).unwrap();
        assert_eq!(
            (error.kind, error.code, error.message.as_str()),
            (ExitKind::Usage, Code::ZonePrivate, "it is private")
        );
        assert_eq!(error.hints, ["make it public"]);
        assert!(error.details.unwrap().contains("it is full"));
        assert_eq!(as_error(&findings[..1]).map(|error| error.message), None);
    }

    #[test]
    fn the_summary_counts() {
        let warning = Finding::warning("disk", "nearly full", "delete something");
        assert_eq!(summary(&[Finding::ok("a", "b"), warning]), "A deploy should work; 1 thing to look at.");
    }
}
