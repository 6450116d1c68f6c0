//! This computer: the tools that build, and room for what they make.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::statvfs::statvfs;

use super::{Finding, Level};
use crate::base::failures::Code;
use crate::build::{NEWEST_USABLE_GLIBC, Source, Target, Toolchain};
use crate::ui::human_bytes;

/// The oldest Node that builds the site.
const OLDEST_NODE: u32 = 20;
/// A first build of functions and site takes about this much.
const COMFORTABLE_BYTES: u64 = 4_000_000_000;
const LEAST_BYTES: u64 = 500_000_000;

/// What there is to look at.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    /// The folder of the configuration.
    pub(super) folder: PathBuf,
    /// The sources, if they were found.
    pub(super) source: Option<Source>,
    /// What functions are built for.
    pub(super) target: Target,
}

/// Checks tools and disk; starts a few short programs, all at once.
pub(super) async fn check(machine: Machine) -> Vec<Finding> {
    let Machine { folder, source, target } = machine;
    let Some(source) = source else {
        return vec![
            Finding::failure(
                "sources",
                Code::SourcesMissing,
                format!(
                    "no stellarr sources at or above {}",
                    std::path::absolute(&folder).unwrap_or(folder.clone()).display()
                ),
                "run the command inside a clone of the stellarr repository: functions and site are built from it",
            ),
            disk(&folder),
        ];
    };
    let tools = tokio::task::spawn_blocking(move || toolchain(target));
    let node = tokio::task::spawn_blocking(node);
    let (tools, node) = tokio::join!(tools, node);
    let found = tools.unwrap_or_default().into_iter().chain(node.ok());
    found.chain([disk(&source.root)]).collect()
}

fn toolchain(target: Target) -> Vec<Finding> {
    const CHECK: &str = "Rust";
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let Some(version) = said(Command::new(cargo).arg("--version")) else {
        let missing = Finding::failure(
            CHECK,
            Code::ToolMissing,
            "cargo is not installed; it builds the functions",
            "install Rust from https://rustup.rs",
        );
        return vec![missing];
    };
    match Toolchain::find(target) {
        Ok(toolchain) => {
            let what = target.triple().unwrap_or("this computer");
            let glibc = if target == Target::Lambda { toolchain.glibc() } else { None };
            let too_new = glibc.and_then(judge_glibc);
            vec![too_new.unwrap_or_else(|| Finding::ok(CHECK, format!("{version}, and it can build for {what}")))]
        }
        Err(error) => vec![Finding::of_error(CHECK, Level::Failure, error.into())],
    }
}

/// Warns of a C library whose symbols Amazon Linux 2023 may lack.
fn judge_glibc(found: (u32, u32)) -> Option<Finding> {
    (found > NEWEST_USABLE_GLIBC).then(|| {
        Finding::warning(
            "Rust",
            format!(
                "the linker's glibc is {}.{}, and Amazon Linux 2023 has 2.34: what is built may be refused at the end",
                found.0, found.1
            ),
            "install cargo-zigbuild, which builds against 2.34: `pip install ziglang && cargo install --locked cargo-zigbuild`",
        )
    })
}

fn node() -> Finding {
    const CHECK: &str = "Node";
    let remedy = format!("install Node.js {OLDEST_NODE} or newer from https://nodejs.org (npm comes with it)");
    let Some(version) = said(Command::new("node").arg("--version")) else {
        return Finding::failure(CHECK, Code::ToolMissing, "Node.js is not installed; it builds the site", remedy);
    };
    match major(&version) {
        Some(major) if major >= OLDEST_NODE => Finding::ok(CHECK, version),
        _ => Finding::failure(CHECK, Code::ToolMissing, format!("Node.js {version} is too old for the site"), remedy),
    }
}

/// The first number of `v22.17.0`.
fn major(version: &str) -> Option<u32> {
    version.trim_start_matches('v').split('.').next()?.parse().ok()
}

/// The first line that a program says; none when it can't be started.
fn said(command: &mut Command) -> Option<String> {
    let output =
        command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok().filter(|output| output.status.success())?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(|line| line.trim().to_owned())
}

/// Checks that the folder's disk has room.
#[allow(clippy::useless_conversion, reason = "these numbers are narrower on other systems")]
pub(super) fn disk(folder: &Path) -> Finding {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    match statvfs(folder) {
        Ok(stat) => judge_room(u64::from(stat.blocks_available()).saturating_mul(u64::from(stat.fragment_size()))),
        Err(error) => Finding::warning(
            "disk",
            format!("{} cannot be looked at: {error}", folder.display()),
            "look at it yourself",
        ),
    }
}

fn judge_room(free: u64) -> Finding {
    const CHECK: &str = "disk";
    let words = format!("{} free", human_bytes(free));
    match free {
        COMFORTABLE_BYTES.. => Finding::ok(CHECK, words),
        LEAST_BYTES.. => Finding::warning(CHECK, words, "a first build takes about 4 GB: make room if it fails"),
        _ => Finding::failure(CHECK, Code::DiskFull, format!("only {words}"), "make room: a build takes up to 4 GB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(["v22.17.0", "20.1", "v8", "x"].map(major), [Some(22), Some(20), Some(8), None]);
    }

    #[test]
    fn a_glibc_that_is_too_new_is_warned_of() {
        assert_eq!((judge_glibc((2, 34)), judge_glibc((2, 36))), (None, None));
        let finding = judge_glibc((2, 39)).unwrap();
        assert_eq!(finding.level, Level::Warning);
        assert!(finding.sentence.contains("2.39") && finding.remedy.unwrap().contains("cargo-zigbuild"));
    }

    #[test]
    fn a_full_disk_is_told() {
        assert_eq!(judge_room(5_000_000_000).level, Level::Ok);
        assert_eq!(judge_room(1_000_000_000).level, Level::Warning);
        assert_eq!(judge_room(1_000).level, Level::Failure);
    }
}
