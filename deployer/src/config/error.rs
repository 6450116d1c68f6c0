//! Why a configuration could not be loaded, as text that a person can act on.

use crate::base::error::CommandError;
use crate::base::failures::Code;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};

use super::problem::Problem;
use super::source::SourceText;

/// Why a configuration could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there.
    #[error("there is no file {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is there and can't be read.
    #[error("{} can't be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: std::io::Error,
    },
    /// The file was read, and something is wrong with its text.
    #[error(transparent)]
    Invalid(#[from] InvalidConfig),
}

/// Everything that is wrong with the text of a configuration file.
#[derive(Debug)]
pub struct InvalidConfig {
    problems: Vec<LocatedProblem>,
    more: bool,
}

/// One problem, and the file that it is in. Displays as the message alone; as a diagnostic it shows the place.
#[derive(Debug)]
pub struct LocatedProblem {
    problem: Problem,
    source: Arc<SourceText>,
}

impl ConfigError {
    /// Returns the problems of the file's text, in the order of its lines; none when the file could not be read.
    #[must_use]
    pub fn problems(&self) -> &[LocatedProblem] {
        match self {
            Self::Invalid(invalid) => &invalid.problems,
            Self::Missing { .. } | Self::Unreadable { .. } => &[],
        }
    }

    /// Returns what to do about it, where that is the same for the whole file.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Missing { .. } => Some(
                "run `stellarr init`, which asks a few questions and writes one, or choose another file with --config"
                    .to_owned(),
            ),
            Self::Unreadable { .. } => Some("check that it is a file, and that you may read it".to_owned()),
            Self::Invalid(_) => None,
        }
    }

    /// Writes each problem out, with `file:line:column`, the lines around it, and what to do. How many there are, the
    /// error's own text says.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(100).with_context_lines(1);
        let mut text = String::new();
        let diagnostics: Vec<&dyn Diagnostic> = match self {
            Self::Invalid(invalid) => invalid.problems.iter().map(|problem| problem as &dyn Diagnostic).collect(),
            Self::Missing { .. } | Self::Unreadable { .. } => vec![self],
        };
        for diagnostic in diagnostics {
            // Writing to a string can't fail, and a span outside the text is shown without its lines.
            let _ = handler.render_report(&mut text, diagnostic);
            text.push('\n');
        }
        text
    }
}

impl InvalidConfig {
    pub(super) fn new(mut problems: Vec<Problem>, source: SourceText, more: bool) -> Self {
        problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
        let source = Arc::new(source);
        let locate = |problem| LocatedProblem { problem, source: Arc::clone(&source) };
        Self { problems: problems.into_iter().map(locate).collect(), more }
    }
}

impl LocatedProblem {
    /// Returns the name of the file.
    #[must_use]
    pub fn file(&self) -> &str {
        self.source.name()
    }

    /// Returns line and column, both from 1.
    #[must_use]
    pub fn position(&self) -> (usize, usize) {
        self.source.position(self.problem.span.start)
    }

    /// Returns what is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.problem.message
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        self.problem.help.as_deref()
    }
}

impl fmt::Display for InvalidConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.problems.first().map_or("the configuration", |problem| problem.file());
        match (self.problems.len(), self.more) {
            (_, true) => write!(formatter, "{file} has more problems than can be listed: is it the right file?"),
            (1, _) => write!(formatter, "{file} has a problem"),
            (count, _) => write!(formatter, "{file} has {count} problems"),
        }
    }
}

impl std::error::Error for InvalidConfig {}

impl fmt::Display for LocatedProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.problem.message)
    }
}

impl std::error::Error for LocatedProblem {}

impl Diagnostic for LocatedProblem {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&*self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.source.within(&self.problem.span);
        let primary = LabeledSpan::new_primary_with_span(self.problem.label.clone(), span);
        let other = self
            .problem
            .other
            .as_ref()
            .map(|(span, label)| LabeledSpan::new_with_span(Some(label.clone()), self.source.within(span)));
        Some(Box::new(std::iter::once(primary).chain(other)))
    }
}

impl Diagnostic for InvalidConfig {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.problems.iter().map(|problem| problem as &dyn Diagnostic)))
    }
}

impl Diagnostic for ConfigError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.remedy().map(|remedy| Box::new(remedy) as Box<dyn fmt::Display>)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        match self {
            Self::Invalid(invalid) => invalid.related(),
            Self::Missing { .. } | Self::Unreadable { .. } => None,
        }
    }
}

impl From<ConfigError> for CommandError {
    fn from(error: ConfigError) -> Self {
        let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
        let code = match &error {
            ConfigError::Missing { .. } => Code::ConfigMissing,
            ConfigError::Unreadable { .. } => Code::ConfigUnreadable,
            ConfigError::Invalid(_) => Code::ConfigInvalid,
        };
        let mut result = Self::usage(error.to_string()).code(code);
        if !error.problems().is_empty() {
            result.details = Some(error.render(colour));
        }
        result.hints.extend(error.remedy());
        result
    }
}
