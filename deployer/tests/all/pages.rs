//! The generated pages of `docs/` are what is committed there. After a wanted change:
//! `STELLARR_UPDATE=1 cargo nextest run --workspace -E 'test(pages::)'`.

use std::path::PathBuf;

fn docs() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../docs")
}

#[test]
fn every_generated_page_is_committed() {
    let mut stale = Vec::new();
    for (name, text) in stellarr::pages::all() {
        let path = docs().join(name);
        if std::env::var_os("STELLARR_UPDATE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != text {
            stale.push(name);
        }
    }
    assert!(
        stale.is_empty(),
        "stale: {stale:?}; run `STELLARR_UPDATE=1 cargo nextest run --workspace -E 'test(pages::)'`"
    );
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    stellarr::pages::write_manual(folder.path()).unwrap();
    let text = std::fs::read_to_string(folder.path().join("stellarr-deploy.1")).unwrap();
    assert!(text.contains("allow\\-data\\-loss"), "{text}");
    assert!(folder.path().join("stellarr.1").exists());
}

#[test]
fn the_page_of_commands_leaves_nothing_out() {
    use clap::CommandFactory;
    let page = stellarr::pages::commands_markdown();
    for command in stellarr::cli::Cli::command().get_subcommands().filter(|command| !command.is_hide_set()) {
        assert!(page.contains(&format!("\n## stellarr {}\n", command.get_name())), "{}", command.get_name());
    }
}

/// The guide tells where completions and manual pages go; those very lines are run, in a home of their own.
#[test]
fn the_guides_lines_for_completions_and_manual_pages_work() {
    let guide = std::fs::read_to_string(docs().join("getting-started.md")).unwrap();
    let (_, section) = guide.split_once("\n## Completions and manual pages\n").unwrap();
    let lines: Vec<&str> = section.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    assert!(lines.len() >= 5, "{lines:?}");
    let home = tempfile::tempdir().unwrap();
    let command = std::path::Path::new(env!("CARGO_BIN_EXE_stellarr")).parent().unwrap().display().to_string();
    let done = std::process::Command::new("sh")
        .args(["-ec", &lines.join("\n")])
        .env("HOME", home.path())
        .env("PATH", format!("{command}:{}", std::env::var("PATH").unwrap()))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    for (path, sign) in [
        (".local/share/bash-completion/completions/stellarr", "complete -F _stellarr"),
        (".zfunc/_stellarr", "#compdef stellarr"),
        (".config/fish/completions/stellarr.fish", "complete -c stellarr"),
        (".local/share/man/man1/stellarr-deploy.1", "allow\\-data\\-loss"),
    ] {
        let text = std::fs::read_to_string(home.path().join(path)).unwrap_or_default();
        assert!(text.contains(sign), "{path} lacks {sign}");
    }
}
