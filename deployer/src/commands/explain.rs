//! `stellarr explain`

use clap::Args;

use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::ui::{Printer, table};

/// Options of `stellarr explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The code, as an error shows it: error[CODE]; all codes unless given
    pub code: Option<String>,
}

/// Prints an entry of the catalogue of errors.
///
/// # Errors
/// When there is no such code.
pub fn run(arguments: &ExplainArgs, printer: &Printer) -> Result<(), CommandError> {
    let Some(text) = &arguments.code else {
        let rows = Code::ALL.iter().map(|code| [code.as_str().to_owned(), code.entry().meaning.to_owned()]);
        printer.data(&table(&["code", "meaning"], rows));
        return Ok(());
    };
    match Code::find(text) {
        Some(code) => {
            printer.data(&code.explanation());
            Ok(())
        }
        None => {
            let error = CommandError::usage(format!("there is no error code {text}"));
            Err(match Code::nearest(text) {
                Some(near) => error.hint(format!("did you mean {}?", near.as_str())),
                None => error.hint("`stellarr explain` lists all of them"),
            })
        }
    }
}
