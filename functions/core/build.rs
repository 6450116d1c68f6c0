//! Lists the languages that notifications are written in, so that a language is nothing but its file.

use std::io::{Error, Result};
use std::path::Path;

const FOLDER: &str = "notifications";

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed={FOLDER}");
    let variable = |name| std::env::var_os(name).ok_or_else(|| Error::other(format!("{name} is not set")));
    let mut languages = Vec::new();
    for entry in std::fs::read_dir(Path::new(&variable("CARGO_MANIFEST_DIR")?).join(FOLDER))? {
        if let Some(language) = entry?.file_name().to_str().and_then(|name| name.strip_suffix(".rs")) {
            languages.push(language.to_owned());
        }
    }
    languages.sort();
    let entries = languages.iter().map(|language| {
        let file = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{FOLDER}/{language}.rs\")");
        format!("    (\"{language}\", include!({file})),\n")
    });
    let list = format!("&[\n{}]\n", entries.collect::<String>());
    std::fs::write(Path::new(&variable("OUT_DIR")?).join("notifications.rs"), list)
}
