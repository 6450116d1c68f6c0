//! Configuration → CloudFormation templates, through Tera. Pure: no clock, no environment, no network.

mod alarms;
mod budget;
mod functions;
mod sources;
mod values;

use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::config::StackKind;
use std::sync::LazyLock;

use tera::{Context, Delimiters, Kwargs, State, Tera, TeraResult, Value};

pub use self::sources::{SOURCES, sandbox_omits};
use self::values::Values;
use crate::config::Config;

/// How to render.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RenderOptions {
    /// Leaves out what the sandbox's emulator refuses.
    pub sandbox: bool,
}

/// The templates of one deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The text of each stack that the deployment has, in the order they are created.
    pub stacks: Vec<(StackKind, String)>,
}

impl Rendered {
    /// Returns a stack's template; None when the deployment has no such stack.
    #[must_use]
    pub fn text(&self, kind: StackKind) -> Option<&str> {
        self.stacks.iter().find(|(found, _)| *found == kind).map(|(_, text)| text.as_str())
    }
}

/// A template that could not be rendered. The templates are part of the program, so this is a defect of it.
#[derive(Debug, thiserror::Error)]
#[error("the built-in {stack} template could not be rendered: {message}")]
pub struct RenderError {
    stack: &'static str,
    message: String,
}

impl From<RenderError> for CommandError {
    fn from(error: RenderError) -> Self {
        Self::failed(error.to_string())
            .code(Code::TemplateDefect)
            .hint("this is a defect of stellarr: please report it with your stellarr.yaml")
    }
}

/// Renders every stack that the configuration needs.
///
/// # Errors
/// When a built-in template is broken.
pub fn render(config: &Config, options: RenderOptions) -> Result<Rendered, RenderError> {
    let fail = |stack| move |error: &tera::Error| RenderError { stack, message: explain(error) };
    let tera = TEMPLATES.as_ref().map_err(fail("set of"))?;
    let values = Values::new(config, options);
    let context = Context::from_serialize(&values).map_err(|error| fail("set of")(&error))?;
    let stacks = StackKind::ALL
        .into_iter()
        .filter(|kind| kind.is_needed(config))
        .filter(|kind| *kind != StackKind::Edge || !values.leaves_the_edge_empty())
        .map(|kind| {
            let text = tera
                .render(&format!("{}.yaml", kind.as_str()), &context)
                .map_err(|error| fail(kind.as_str())(&error))?;
            Ok((kind, tidy(&text)))
        })
        .collect::<Result<_, RenderError>>()?;
    Ok(Rendered { stacks })
}

/// Counts the alarms that a configuration calls for.
pub(crate) fn alarm_count(config: &Config) -> usize {
    alarms::alarms(config).len()
}

static TEMPLATES: LazyLock<Result<Tera, tera::Error>> = LazyLock::new(|| {
    let mut tera = Tera::new();
    // The default `{{ }}` is what CloudFormation writes dynamic references with.
    tera.set_delimiters(Delimiters {
        block_start: "<%".into(),
        block_end: "%>".into(),
        variable_start: "<<".into(),
        variable_end: ">>".into(),
        comment_start: "<#".into(),
        comment_end: "#>".into(),
    })?;
    tera.autoescape_on(Vec::<&str>::new());
    tera.register_filter("json", json);
    tera.add_raw_templates(sources::templates())?;
    Ok(tera)
});

/// Writes a value as JSON, which is YAML with every quote in place: for texts that a user chose.
fn json(value: Value, _: Kwargs, _: &State) -> TeraResult<String> {
    serde_json::to_string(&value).map(|text| ascii(&text)).map_err(tera::Error::message)
}

/// Escapes what is outside ASCII, as YAML writes it in double quotes: CloudFormation would keep a `?` of each.
fn ascii(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match u32::from(letter) {
            0..=0x7f => escaped.push(letter),
            code @ 0x80..=0xffff => escaped.push_str(&format!("\\u{code:04x}")),
            code => escaped.push_str(&format!("\\U{code:08x}")),
        }
    }
    escaped
}

/// Takes out the blank lines that the tags of Tera leave behind: one between two resources stays, none below a heading.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut before = "";
    for line in text.trim_end().lines() {
        let wanted = !line.is_empty() || !(before.is_empty() || before.ends_with(':'));
        if wanted {
            tidied.push_str(line);
            tidied.push('\n');
            before = line;
        }
    }
    tidied
}

fn explain(error: &tera::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
