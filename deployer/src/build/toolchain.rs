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

/// Installs what builds for Amazon Linux 2023 from every computer.
pub(super) const INSTALL_ZIGBUILD: &str = "pip install ziglang && cargo install --locked cargo-zigbuild";

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

/// The newest glibc against which what is built was seen to start on Amazon Linux 2023: from 2.38 on, C code asks for
/// symbols that 2.34 lacks.
pub const NEWEST_USABLE_GLIBC: (u32, u32) = (2, 37);

/// A cargo that can build for a target, checked before it is started.
#[derive(Clone, Debug)]
pub struct Toolchain {
    cargo: OsString,
    zigbuild: bool,
    /// What links; none when that is not ours to say.
    linker: Option<OsString>,
    environment: Vec<(String, OsString)>,
}

/// What links for a target.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Linker {
    /// The one that the person configured.
    Chosen(OsString),
    /// cargo-zigbuild, which also bounds the glibc version.
    Zigbuild,
    /// This computer's own, for its own processor.
    Native,
    /// A cross-compiler on PATH.
    Cross(&'static str),
}

/// Picks the linker: a configured one counts first, then cargo-zigbuild, which alone bounds the glibc version.
fn pick(chosen: Option<OsString>, is_native: bool, has: impl Fn(&str) -> bool) -> Option<Linker> {
    const CROSS: &str = "aarch64-linux-gnu-gcc";
    match chosen {
        Some(chosen) => Some(Linker::Chosen(chosen)),
        None if has("cargo-zigbuild") && (has("zig") || has("python-zig")) => Some(Linker::Zigbuild),
        None if is_native => Some(Linker::Native),
        None => has(CROSS).then_some(Linker::Cross(CROSS)),
    }
}

impl Toolchain {
    /// Looks for everything that building for `target` needs.
    ///
    /// Honours `CARGO`, `RUSTC` and cargo's per-target variables. A cross linker on PATH is used without being
    /// configured; cargo-zigbuild is preferred on every computer, because it also bounds the glibc version.
    ///
    /// # Errors
    /// When the target's standard library or a linker is missing, with the commands that install them.
    pub fn find(target: Target) -> Result<Self, BuildError> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut toolchain = Self { cargo, zigbuild: false, linker: None, environment: Vec::new() };
        let Some(triple) = target.triple() else { return Ok(toolchain) };
        check_target(triple)?;
        let variable = format!("CARGO_TARGET_{}_LINKER", triple.to_uppercase().replace('-', "_"));
        let is_native = cfg!(all(target_arch = "aarch64", target_os = "linux"));
        match pick(env::var_os(&variable), is_native, on_path) {
            Some(Linker::Chosen(linker)) => toolchain.linker = Some(linker),
            Some(Linker::Zigbuild) => toolchain.zigbuild = true,
            Some(Linker::Native) => toolchain.linker = Some("cc".into()),
            Some(Linker::Cross(gcc)) => {
                toolchain.linker = Some(gcc.into());
                toolchain.environment.push((variable, gcc.into()));
                let compiler = format!("CC_{}", triple.replace('-', "_"));
                if env::var_os(&compiler).is_none() {
                    toolchain.environment.push((compiler, gcc.into()));
                }
            }
            None => {
                return Err(BuildError::MissingLinker {
                    target: triple.to_owned(),
                    remedy: format!(
                        "install one of these two: `{INSTALL_ZIGBUILD}` (works everywhere), or on Debian up to 12 and \
                         Ubuntu up to 22.04 `sudo apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross`"
                    ),
                });
            }
        }
        Ok(toolchain)
    }

    /// The version of glibc that is linked against; none when there is no telling.
    #[must_use]
    pub fn glibc(&self) -> Option<(u32, u32)> {
        if self.zigbuild {
            return Some(NEWEST_GLIBC);
        }
        let output = Command::new(self.linker.as_ref()?).arg("-print-file-name=libc.so.6").output().ok()?;
        let library = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        release_of(&std::fs::read(library).ok()?)
    }

    /// The command that builds `packages` for `target`.
    #[must_use]
    pub fn command(&self, target: Target, packages: &[&str]) -> Command {
        let mut command = Command::new(&self.cargo);
        command.arg(if self.zigbuild { "zigbuild" } else { "build" });
        // Exactly what was reviewed is built; without this, cargo would choose other versions where the lock file does not fit.
        command.args(["--locked", "--profile", target.profile()]);
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

/// The version that a glibc names itself: `… release version 2.36.`
fn release_of(library: &[u8]) -> Option<(u32, u32)> {
    const MARK: &[u8] = b"release version ";
    let at = library.windows(MARK.len()).position(|window| window == MARK)? + MARK.len();
    let text = String::from_utf8_lossy(library.get(at..(at + 16).min(library.len()))?).into_owned();
    let mut numbers = text.split(|letter: char| !letter.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zigbuild_is_preferred_on_every_computer_unless_a_linker_is_configured() {
        let has = |there: &'static [&'static str]| move |name: &str| there.contains(&name);
        let zig = ["cargo-zigbuild", "python-zig", "aarch64-linux-gnu-gcc"].as_slice();
        assert_eq!(pick(None, true, has(zig)), Some(Linker::Zigbuild));
        assert_eq!(pick(None, false, has(zig)), Some(Linker::Zigbuild));
        assert_eq!(pick(Some("ld".into()), true, has(zig)), Some(Linker::Chosen("ld".into())));
        assert_eq!(pick(None, true, has(&[])), Some(Linker::Native));
        assert_eq!(pick(None, false, has(&zig[1..])), Some(Linker::Cross("aarch64-linux-gnu-gcc")));
        assert_eq!(pick(None, false, has(&["cargo-zigbuild"])), None);
    }

    #[test]
    fn a_glibc_names_its_version() {
        let text = b"\x7fELF..GNU C Library (Debian GLIBC 2.36-9) stable release version 2.36.\nCopyright";
        assert_eq!(release_of(text), Some((2, 36)));
        assert_eq!(release_of(b"release version 2.40"), Some((2, 40)));
        assert_eq!((release_of(b"musl"), release_of(b"release version ")), (None, None));
    }

    #[test]
    fn what_the_lock_file_names_is_built_and_nothing_else() {
        for zigbuild in [false, true] {
            let toolchain = Toolchain { cargo: "cargo".into(), zigbuild, linker: None, environment: Vec::new() };
            for target in [Target::Host, Target::Lambda] {
                let command = toolchain.command(target, &["stellarr-api"]);
                assert!(command.get_args().any(|argument| argument == "--locked"), "{command:?}");
            }
        }
    }

    #[test]
    fn this_computers_glibc_is_read_from_its_compiler() {
        let native =
            Toolchain { cargo: "cargo".into(), zigbuild: false, linker: Some("cc".into()), environment: Vec::new() };
        assert!(native.glibc().is_some_and(|found| found > (2, 0)), "{:?}", native.glibc());
        let none = Toolchain { linker: Some("/nonexistent/cc".into()), ..native };
        assert_eq!(none.glibc(), None);
    }
}
