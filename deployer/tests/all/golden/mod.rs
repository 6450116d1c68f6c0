//! The rendered templates of a few configurations, kept in `tests/golden/`: each stack whole for one configuration, and for
//! the others what differs from it (`*.diff`). After a wanted change:
//! `STELLARR_UPDATE_GOLDEN=1 cargo nextest run -p stellarr -E 'test(golden_templates)'`.

mod diff;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use stellarr::config::{self, StackKind};
use stellarr::stacks::render::{RenderOptions, Rendered, render};

const UPDATE: &str = "STELLARR_UPDATE_GOLDEN";

fn folder() -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../tests/golden")
}

/// The folders of the configurations.
fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

/// The configuration whose template of a stack is kept whole: the smallest one that has the stack with all its parts.
fn whole(kind: StackKind) -> &'static str {
    if kind == StackKind::Edge { "waf" } else { "minimal" }
}

fn rendered(configuration: &str, sandbox: bool) -> Rendered {
    let config = config::load(folder().join(configuration).join("stellarr.yaml")).unwrap();
    render(&config, RenderOptions { sandbox }).unwrap()
}

/// The files that a configuration should have beside it: one a stack, and those of the sandbox that differ.
fn wanted(configuration: &str) -> BTreeMap<PathBuf, String> {
    let real = rendered(configuration, false);
    let sandbox = rendered(configuration, true);
    let mut files = BTreeMap::new();
    for (kind, text) in &real.stacks {
        let name = kind.as_str();
        // The sandbox has no edge stack where all of it is left out.
        if let Some(local) = sandbox.text(*kind).filter(|local| local != text) {
            files.insert(format!("sandbox/{name}.diff").into(), diff::between(text, local));
        }
        let difference = diff::between(rendered(whole(*kind), false).text(*kind).unwrap(), text);
        // A small template can be shorter than all that it lacks.
        if configuration == whole(*kind) || difference.len() > text.len() {
            files.insert(format!("{name}.yaml").into(), text.clone());
        } else {
            files.insert(format!("{name}.diff").into(), difference);
        }
    }
    files
}

/// The files that lie beside a configuration.
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
    let folders = folders();
    assert!(folders.len() >= 6, "{} configurations", folders.len());
    for folder in folders {
        let wanted = wanted(&folder.file_name().unwrap().to_string_lossy());
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
    for folder in folders() {
        let configuration = folder.file_name().unwrap().to_string_lossy();
        for (kind, text) in [false, true].into_iter().flat_map(|sandbox| rendered(&configuration, sandbox).stacks) {
            let other: Vec<&str> = text.lines().filter(|line| !line.is_ascii()).collect();
            assert!(other.is_empty(), "{configuration}/{}: {other:?}", kind.as_str());
            read += 1;
        }
    }
    assert!(read >= 12, "{read} templates");
}
