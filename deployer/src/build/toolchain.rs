//! Which cargo, which target, which linker.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::BuildError;

/// Graviton's triple.
const ARM64: &str = "aarch64-unknown-linux-gnu";

/// The newest glibc that Amazon Linux 2023 has.
pub(super) const NEWEST_GLIBC: (u32, u32) = (2, 34);

/// What the functions are built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Lambda on Graviton, size-optimised.
    Lambda,
    /// This computer, quickly, for the sandbox.
    Host,
}

impl Target {
    /// Lambda's name for the processor.
    #[must_use]
    pub fn architecture(self) -> &'static str {
        match self {
            Self::Lambda => "arm64",
            Self::Host if cfg!(target_arch = "aarch64") => "arm64",
            Self::Host => "x86_64",
        }
    }

    /// Cargo's profile.
    #[must_use]
    pub fn profile(self) -> &'static str {
        match self {
            Self::Lambda => "lambda",
            Self::Host => "dev",
        }
    }

    /// The triple, when it is not this computer's own.
    #[must_use]
    pub fn triple(self) -> Option<&'static str> {
        match self {
            Self::Lambda => Some(ARM64),
            Self::Host => None,
        }
    }

    /// The folder under cargo's target folder where binaries end up.
    #[must_use]
    pub fn output(self, target_directory: &Path) -> PathBuf {
        match self {
            Self::Lambda => target_directory.join(ARM64).join("lambda"),
            Self::Host => target_directory.join("debug"),
        }
    }
}

/// A cargo that can build for a target, checked before it is started.
#[derive(Clone, Debug)]
pub struct Toolchain {
    cargo: OsString,
    zigbuild: bool,
    environment: Vec<(String, OsString)>,
}

impl Toolchain {
    /// Looks for everything that building for `target` needs.
    ///
    /// Honours `CARGO`, `RUSTC` and cargo's per-target variables. A cross linker on PATH is used without being
    /// configured; cargo-zigbuild is preferred, because it also bounds the glibc version.
    ///
    /// # Errors
    /// When the target's standard library or a linker is missing, with the commands that install them.
    pub fn find(target: Target) -> Result<Self, BuildError> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut toolchain = Self { cargo, zigbuild: false, environment: Vec::new() };
        let Some(triple) = target.triple() else { return Ok(toolchain) };
        check_target(triple)?;
        if cfg!(all(target_arch = "aarch64", target_os = "linux")) {
            return Ok(toolchain);
        }
        let variable = format!("CARGO_TARGET_{}_LINKER", triple.to_uppercase().replace('-', "_"));
        if env::var_os(&variable).is_some() {
            return Ok(toolchain);
        }
        if on_path("cargo-zigbuild") && (on_path("zig") || on_path("python-zig")) {
            toolchain.zigbuild = true;
            return Ok(toolchain);
        }
        let gcc = "aarch64-linux-gnu-gcc";
        if on_path(gcc) {
            toolchain.environment.push((variable, gcc.into()));
            let compiler = format!("CC_{}", triple.replace('-', "_"));
            if env::var_os(&compiler).is_none() {
                toolchain.environment.push((compiler, gcc.into()));
            }
            return Ok(toolchain);
        }
        Err(BuildError::MissingLinker {
            target: triple.to_owned(),
            remedy: "install one of these two: `pip install ziglang && cargo install cargo-zigbuild` (works everywhere), or \
                     on Debian and Ubuntu `sudo apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross`"
                .to_owned(),
        })
    }

    /// The command that builds `packages` for `target`.
    #[must_use]
    pub fn command(&self, target: Target, packages: &[&str]) -> Command {
        let mut command = Command::new(&self.cargo);
        command.arg(if self.zigbuild { "zigbuild" } else { "build" }).args(["--profile", target.profile()]);
        if let Some(triple) = target.triple() {
            let triple = if self.zigbuild {
                format!("{triple}.{}.{}", NEWEST_GLIBC.0, NEWEST_GLIBC.1)
            } else {
                triple.to_owned()
            };
            command.args(["--target", &triple]);
        }
        for package in packages {
            command.args(["-p", package]);
        }
        command.arg("--bins").envs(self.environment.iter().map(|(key, value)| (key, value)));
        // Set by the cargo that started us: they would rebuild every dependency that looks at them.
        for inherited in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_PKG_VERSION", "RUST_RECURSION_COUNT"] {
            command.env_remove(inherited);
        }
        command
    }
}

fn check_target(triple: &str) -> Result<(), BuildError> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output =
        Command::new(&rustc).args(["--print", "target-libdir", "--target", triple]).output().map_err(|_| {
            BuildError::MissingTool {
                tool: rustc.to_string_lossy().into_owned(),
                what: "the functions".to_owned(),
                remedy: "install Rust from https://rustup.rs".to_owned(),
            }
        })?;
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let has_core = std::fs::read_dir(&folder).is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"))
    });
    if output.status.success() && has_core {
        return Ok(());
    }
    Err(BuildError::MissingTarget {
        target: triple.to_owned(),
        remedy: format!("run `rustup target add {triple}`, then the command again"),
    })
}

/// Says whether a program of this name can be started.
pub(super) fn on_path(program: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}
