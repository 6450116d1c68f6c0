//! The page `docs/errors.md`, made of the entries.

use super::{Code, sentence};

const HEAD: &str = "\
# Errors

<!-- Made of deployer/src/base/failures/entries.rs: change that, then run
`STELLARR_UPDATE=1 cargo nextest run --workspace -E 'test(page)'`. -->

Every error begins with its code: `error[config-missing]: there is no file stellarr.yaml`. The code stays the same from
version to version, whatever the words around it; `stellarr explain CODE` prints its entry. Below an error stand hints:
what to do in this very case. The process's exit code tells the kind.
";

/// Returns the page, as Markdown.
#[must_use]
pub fn markdown() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("\n| Code | Exit code | Meaning |\n|---|---|---|\n");
    for code in Code::ALL {
        let (name, entry) = (code.as_str(), code.entry());
        page.push_str(&format!("| [`{name}`](#{name}) | {} | {} |\n", entry.kind.code(), sentence(entry.meaning)));
    }
    for code in Code::ALL {
        let entry = code.entry();
        page.push_str(&format!(
            "\n## {}\n\n{}\n\n**What to do:** {}\n",
            code.as_str(),
            sentence(entry.meaning),
            sentence(entry.remedy)
        ));
    }
    page
}
