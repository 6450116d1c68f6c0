//! The rendered templates of a few configurations, kept in `tests/golden/`. After a wanted change:
//! `STELLARR_UPDATE_GOLDEN=1 cargo nextest run -p stellarr --test golden`.

#![expect(clippy::unwrap_used, reason = "a file that can't be read is the test's failure")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use stellarr::config;
use stellarr::stacks::render::{RenderOptions, render};

const UPDATE: &str = "STELLARR_UPDATE_GOLDEN";

fn folder() -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../tests/golden")
}

/// The files that a configuration should have beside it: one a stack, and those of the sandbox that differ.
fn wanted(configuration: &Path) -> BTreeMap<PathBuf, String> {
    let config = config::load(configuration).unwrap();
    let real = render(&config, RenderOptions { sandbox: false }).unwrap();
    let sandbox = render(&config, RenderOptions { sandbox: true }).unwrap();
    let mut files = BTreeMap::new();
    for (kind, text) in real.stacks {
        let name = format!("{}.yaml", kind.as_str());
        // The sandbox has no edge stack where all of it is left out.
        if let Some(local) = sandbox.text(kind).filter(|local| *local != text) {
            files.insert(Path::new("sandbox").join(&name), local.to_owned());
        }
        files.insert(PathBuf::from(name), text);
    }
    files
}

/// The templates that lie beside a configuration.
fn found(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for part in ["", "sandbox"] {
        let Ok(entries) = fs::read_dir(folder.join(part)) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
            let name = path.strip_prefix(folder).unwrap().to_owned();
            if name != Path::new("stellarr.yaml") {
                files.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

#[test]
fn the_golden_templates_are_what_is_rendered() {
    let mut folders: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() >= 6, "{} configurations", folders.len());
    for folder in folders {
        let wanted = wanted(&folder.join("stellarr.yaml"));
        if std::env::var_os(UPDATE).is_some() {
            for name in found(&folder).keys().filter(|name| !wanted.contains_key(*name)) {
                fs::remove_file(folder.join(name)).unwrap();
            }
            for (name, text) in &wanted {
                let path = folder.join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
        }
        let found = found(&folder);
        let (names, expected): (Vec<_>, Vec<_>) = (found.keys().collect(), wanted.keys().collect());
        assert_eq!(names, expected, "{}: set {UPDATE}=1 to update", folder.display());
        for (name, text) in &wanted {
            if found[name] != *text {
                let path = folder.join(name);
                let difference = similar::TextDiff::from_lines(&found[name], text).unified_diff().to_string();
                panic!("{} is stale; set {UPDATE}=1 to update\n{difference}", path.display());
            }
        }
    }
}

/// CloudFormation keeps a `?` for any other character, and a comparison with what it shows would never end.
#[test]
fn row_4_every_golden_template_is_ascii() {
    let mut read = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        for (name, text) in found(&entry.unwrap().path()) {
            let other: Vec<&str> = text.lines().filter(|line| !line.is_ascii()).collect();
            assert!(other.is_empty(), "{}: {other:?}", name.display());
            read += 1;
        }
    }
    assert!(read >= 12, "{read} templates");
}
