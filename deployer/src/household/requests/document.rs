//! Reads an export for a command: what is wrong with it, with a remedy.

use stellarr_core::export::{ExportDocument, UnreadableExport, VERSION};

use crate::base::error::CommandError;

/// Reads an export and checks that every title of it can be kept.
///
/// # Errors
/// When the text is not an export, or one of a newer version.
pub fn parse(text: &str) -> Result<ExportDocument, CommandError> {
    ExportDocument::parse(text).map_err(|error| explain(&error))
}

fn explain(error: &UnreadableExport) -> CommandError {
    let not_an_export = |what: &str| {
        CommandError::usage(format!("this is no export of stellarr: {what}"))
            .hint("give a file that `stellarr requests export` has written")
    };
    match error {
        UnreadableExport::OtherFormat(_) => not_an_export("its `format` is another"),
        UnreadableExport::NewerVersion(version) => {
            CommandError::usage(format!("the export has version {version}, and this stellarr reads {VERSION}"))
                .hint("use the newer stellarr that wrote it")
        }
        UnreadableExport::OtherMediaType { .. } => {
            CommandError::usage(error.to_string()).hint("correct its `media_type`; nothing was imported")
        }
        UnreadableExport::Malformed(cause) => not_an_export(cause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_export_is_refused_with_a_remedy() {
        let export = |version: u32, media_type: &str| {
            format!(
                r#"{{"format":"stellarr-export","version":{version},"exported_at":"","requests":[{{"media_type":"{media_type}","tmdb_id":1,"title":"","created_at":""}}]}}"#
            )
        };
        let library = r#"{"format":"stellarr-export","version":1,"exported_at":"","requests":[],"library":[{"media_type":"show","tmdb_id":7,"synced_at":""}]}"#;
        assert!(parse(&export(1, "tv")).is_ok());
        for (text, said) in [
            ("[]".to_owned(), "no export"),
            ("{\"format\":\"x\",\"version\":1,\"exported_at\":\"\",\"requests\":[]}".to_owned(), "another"),
            (export(2, "tv"), "version 2"),
            (export(2, "book"), "version 2"),
            (export(1, "PUSH#name"), "the title 1 is neither `movie` nor `tv` but `PUSH#name`"),
            (library.to_owned(), "the title 7 is neither `movie` nor `tv` but `show`"),
        ] {
            let error = parse(&text).unwrap_err();
            assert!(error.message.contains(said) && !error.hints.is_empty(), "{error}");
        }
    }
}
