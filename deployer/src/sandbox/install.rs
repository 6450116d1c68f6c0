//! Finds the emulator, or installs it into a virtual environment of its own.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::error::SandboxError;

/// The version of ministack that the sandbox is made for.
pub const MINISTACK_VERSION: &str = "1.5.33";
/// What is installed: it and all that it needs, each file by its hash.
const REQUIREMENTS: &str = include_str!("requirements.txt");
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
    cache: Option<&Path>,
    say: &(dyn Fn(&str) + Sync),
) -> Result<PathBuf, SandboxError> {
    if on_path("node").is_none() {
        return Err(SandboxError::Node);
    }
    match ministack {
        Some(path) => given(path),
        None => installed(cache.ok_or(SandboxError::NoCache)?, say).await,
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

/// Returns the folder for installed emulators; none where the user has no folder of their own.
///
/// What lies in it is run, so a folder that others can write to, as they can to `/tmp`, will not do.
pub(super) fn cache_directory(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // A relative path would mean another folder for each working directory.
    let set = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")))?;
    Some(cache.join("stellarr/sandbox"))
}

async fn installed(cache: &Path, say: &(dyn Fn(&str) + Sync)) -> Result<PathBuf, SandboxError> {
    let pins = hex::encode(&<sha2::Sha256 as sha2::Digest>::digest(REQUIREMENTS)[..4]);
    let folder = cache.join(format!("ministack-{MINISTACK_VERSION}-{pins}"));
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
    // Isolated (-I): Python would otherwise take modules from the working directory.
    let arguments = [OsStr::new("-I"), OsStr::new("-m"), OsStr::new("venv"), folder.as_os_str()];
    install_step(&base, &arguments, &folder).await?;
    let requirements = folder.join("requirements.txt");
    fs::write(&requirements, REQUIREMENTS).map_err(SandboxError::file(&requirements, "written"))?;
    install_step(&python, &pip(&requirements), &folder).await?;
    fs::write(&complete, "").map_err(SandboxError::file(&complete, "written"))?;
    Ok(python)
}

/// The arguments that install exactly what is pinned. Nothing is built: a package's build runs its author's program.
fn pip(requirements: &Path) -> Vec<&OsStr> {
    let quietly = ["-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
    let pinned = ["--require-hashes", "--only-binary", ":all:", "--requirement"];
    quietly.into_iter().chain(pinned).map(OsStr::new).chain([requirements.as_os_str()]).collect()
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
            let check = Command::new(&python).args(["-I", "-c", &format!("import {module}")]).output().await;
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
    let output = Command::new(python).args(["-I", "-c", code]).output().await.ok()?;
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

    #[test]
    fn nothing_is_run_from_a_folder_of_everybody() {
        let found = |pairs: &[(&str, &str)]| {
            let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), OsString::from(value))).collect();
            cache_directory(|name| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
        };
        let home = ("HOME", "/home/jo");
        assert_eq!(found(&[home]), Some("/home/jo/.cache/stellarr/sandbox".into()));
        assert_eq!(found(&[home, ("XDG_CACHE_HOME", "/c")]), Some("/c/stellarr/sandbox".into()));
        assert_eq!(found(&[home, ("XDG_CACHE_HOME", "")]), found(&[home]));
        for unset in [&[][..], &[("HOME", "")], &[("HOME", "."), ("XDG_CACHE_HOME", "cache")], &[("TMPDIR", "/tmp")]] {
            assert_eq!(found(unset), None, "{unset:?}");
        }
    }

    #[test]
    fn everything_that_is_installed_is_pinned_with_its_hash() {
        let lines: Vec<&str> = REQUIREMENTS.lines().filter(|line| !line.starts_with('#')).collect();
        let hashes = |line: &&&str| line.trim_start().starts_with("--hash=sha256:");
        let packages: Vec<_> = lines.iter().filter(|line| !hashes(line)).collect();
        assert!(packages.iter().all(|line| line.contains("==")), "{packages:?}");
        assert!(packages.contains(&&format!("ministack=={MINISTACK_VERSION} \\").as_str()), "{packages:?}");
        assert!(packages.len() > 16 && !REQUIREMENTS.contains("://"), "{packages:?}");
        let pip = pip(Path::new("r.txt"));
        assert!(pip.contains(&OsStr::new("--require-hashes")) && pip.contains(&OsStr::new(":all:")), "{pip:?}");
    }

    #[tokio::test]
    async fn pip_refuses_a_file_of_another_hash() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = folder.path().join("evil-1.0-py3-none-any.whl");
        let mut zip = zip::ZipWriter::new(File::create(&wheel).unwrap());
        for (name, text) in [
            ("evil.py", ""),
            ("evil-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n"),
            ("evil-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n"),
            ("evil-1.0.dist-info/RECORD", ""),
        ] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        let python = find_python().await.unwrap();
        let requirements = folder.path().join("requirements.txt");
        let target = folder.path().join("installed");
        let options = ["--no-index", "--no-deps", "--target"].map(OsStr::new);
        let links = [OsStr::new("--find-links"), folder.path().as_os_str()];
        let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(fs::read(&wheel).unwrap()));
        for (text, goes) in [
            (format!("evil==1.0 --hash=sha256:{hash}\n"), true),
            (format!("evil==1.0 --hash=sha256:{}\n", "0".repeat(64)), false),
            ("evil==1.0\n".to_owned(), false),
        ] {
            fs::write(&requirements, &text).unwrap();
            let arguments = [&pip(&requirements)[..], &options, &[target.as_os_str()], &links].concat();
            let result = install_step(&python, &arguments, folder.path()).await;
            assert_eq!(result.is_ok(), goes, "{text}: {result:?}");
            assert_eq!(target.join("evil.py").exists(), goes);
            fs::remove_dir_all(&target).ok();
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
