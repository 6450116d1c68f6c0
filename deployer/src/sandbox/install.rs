//! Finds the emulator, or installs it into a virtual environment of its own.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::error::SandboxError;

/// The version of ministack that the sandbox is made for.
pub const MINISTACK_VERSION: &str = "1.5.33";
/// The oldest Python that it runs on.
const PYTHON: (u32, u32) = (3, 10);
/// How much of an installer's output is shown.
const SHOWN_LINES: usize = 15;

/// Finds the Python that has the emulator: the one of the `ministack` that is named, else the installed one, which is
/// installed when missing.
///
/// `say` is told before something slow begins.
pub(super) async fn find(
    ministack: Option<&Path>,
    cache: &Path,
    say: &(dyn Fn(&str) + Sync),
) -> Result<PathBuf, SandboxError> {
    if on_path("node").is_none() {
        return Err(SandboxError::Node);
    }
    match ministack {
        Some(path) => given(path),
        None => installed(cache, say).await,
    }
}

fn given(path: &Path) -> Result<PathBuf, SandboxError> {
    if !is_executable(path) {
        return Err(SandboxError::NotExecutable { path: path.to_owned() });
    }
    // An installed console script begins with its interpreter's path.
    let start = fs::read(path).map_err(SandboxError::file(path, "read"))?;
    let first = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let interpreter = first.strip_prefix(b"#!").and_then(|line| std::str::from_utf8(line).ok()).map(str::trim);
    // Only our launcher keeps web pages out, so nothing is run without it.
    match interpreter.map(Path::new) {
        Some(python) if is_python(python) && is_executable(python) => Ok(python.to_owned()),
        _ => Err(SandboxError::NotPython { path: path.to_owned() }),
    }
}

fn is_python(path: &Path) -> bool {
    path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with("python"))
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Finds a program on the path.
fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| is_executable(path))
}

/// Returns the folder for installed emulators.
pub(super) fn cache_directory() -> PathBuf {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("XDG_CACHE_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".cache")))
        .unwrap_or_else(env::temp_dir)
        .join("stellarr/sandbox")
}

async fn installed(cache: &Path, say: &(dyn Fn(&str) + Sync)) -> Result<PathBuf, SandboxError> {
    let folder = cache.join(format!("ministack-{MINISTACK_VERSION}"));
    let python = folder.join("bin/python3");
    let complete = folder.join("complete");
    if complete.is_file() && is_executable(&python) {
        return Ok(python);
    }
    fs::create_dir_all(cache).map_err(SandboxError::file(cache, "created"))?;
    let lock = cache.join("lock");
    let _held = lock_file(&lock).await?;
    // Somebody else may have installed it while this waited for the lock.
    if complete.is_file() && is_executable(&python) {
        return Ok(python);
    }
    if folder.exists() {
        // An installation that was interrupted, or whose Python is gone.
        fs::remove_dir_all(&folder).map_err(SandboxError::file(&folder, "deleted"))?;
    }
    let base = find_python().await?;
    say(&format!("installing the AWS emulator ministack {MINISTACK_VERSION}, once"));
    let arguments = [OsStr::new("-m"), OsStr::new("venv"), folder.as_os_str()];
    install_step(&base, &arguments, &folder).await?;
    let package = format!("ministack=={MINISTACK_VERSION}");
    let arguments = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", &package];
    install_step(&python, &arguments.map(OsStr::new), &folder).await?;
    fs::write(&complete, "").map_err(SandboxError::file(&complete, "written"))?;
    Ok(python)
}

async fn install_step(program: &Path, arguments: &[&OsStr], directory: &Path) -> Result<(), SandboxError> {
    let output = Command::new(program)
        .args(arguments)
        .kill_on_drop(true)
        .output()
        .await
        .map_err(SandboxError::file(program, "started"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let output = lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n");
    Err(SandboxError::Install { version: MINISTACK_VERSION, directory: directory.to_owned(), output })
}

/// Finds a Python that is new enough and can make virtual environments.
async fn find_python() -> Result<PathBuf, SandboxError> {
    let mut found = "there is no `python3` on the path".to_owned();
    for name in ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python"] {
        let Some(python) = on_path(name) else {
            continue;
        };
        let Some((major, minor)) = python_version(&python).await else {
            continue;
        };
        if (major, minor) < PYTHON {
            found = format!("{} is Python {major}.{minor}", python.display());
            continue;
        }
        for module in ["venv", "ensurepip"] {
            let check = Command::new(&python).args(["-c", &format!("import {module}")]).output().await;
            if !check.is_ok_and(|output| output.status.success()) {
                return Err(SandboxError::PythonModule { python, module });
            }
        }
        return Ok(python);
    }
    Err(SandboxError::Python { found })
}

async fn python_version(python: &Path) -> Option<(u32, u32)> {
    let code = "import sys; print(sys.version_info[0], sys.version_info[1])";
    let output = Command::new(python).args(["-c", code]).output().await.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Takes an exclusive lock on a file, waiting for whoever holds it; it is free again when the value is dropped.
pub(super) async fn lock_file(path: &Path) -> Result<File, SandboxError> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(SandboxError::file(path, "written"))?;
    let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
    locked.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(SandboxError::file(path, "locked"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(folder: &Path, text: &str, mode: u32) -> PathBuf {
        let path = folder.join("ministack");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn a_console_script_tells_its_interpreter() {
        let folder = tempfile::tempdir().unwrap();
        let python = on_path("python3").unwrap();
        let path = script(folder.path(), &format!("#!{}\nimport ministack\n", python.display()), 0o755);
        assert_eq!(given(&path).unwrap(), python);
        let path = script(folder.path(), "#!/bin/sh\nexit 1\n", 0o755);
        assert!(matches!(given(&path), Err(SandboxError::NotPython { .. })));
    }

    #[test]
    fn what_is_no_executable_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = script(folder.path(), "", 0o644);
        for path in [path, folder.path().join("missing"), folder.path().to_owned()] {
            assert!(matches!(given(&path), Err(SandboxError::NotExecutable { .. })), "{}", path.display());
        }
    }

    #[tokio::test]
    async fn a_failing_step_shows_its_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let script = script(folder.path(), "#!/bin/sh\nfor i in $(seq 30); do echo line $i; done\nexit 1\n", 0o755);
        let error = install_step(&script, &[], folder.path()).await.unwrap_err();
        let SandboxError::Install { output, .. } = error else {
            panic!("{error}");
        };
        assert!(output.starts_with("line 16") && output.ends_with("line 30"), "{output}");
    }
}
