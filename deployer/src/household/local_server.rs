//! `stellarr-server`, started for one task on a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde::de::DeserializeOwned;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::build::{BuildError, Source};
use crate::ui::{Printer, Progress};

/// The program's name, and that of its package.
const PROGRAM: &str = "stellarr-server";

/// A program that does tasks on a folder.
#[derive(Clone, Debug)]
pub struct LocalServer {
    program: PathBuf,
    data_dir: PathBuf,
    env_file: Option<PathBuf>,
    variables: Vec<(String, String)>,
}

impl LocalServer {
    /// Finds the program: beside this one, on the PATH, or built from the clone that this command runs in.
    ///
    /// # Errors
    /// When it is nowhere and cannot be built.
    pub async fn find(data_dir: &Path, printer: &Printer) -> Result<Self, CommandError> {
        let program = match installed() {
            Some(program) => program,
            None => build(printer).await?,
        };
        printer.detail(&format!("using {}", program.display()));
        Ok(Self { program, data_dir: data_dir.to_owned(), env_file: None, variables: Vec::new() })
    }

    /// Uses a given program.
    #[must_use]
    pub fn at(program: impl Into<PathBuf>, data_dir: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), data_dir: data_dir.into(), env_file: None, variables: Vec::new() }
    }

    /// Has it read a file of variables.
    #[must_use]
    pub fn env_file(mut self, file: Option<&Path>) -> Self {
        self.env_file = file.map(Path::to_owned);
        self
    }

    /// Gives it a variable, unless the environment has it.
    #[must_use]
    pub fn variable(mut self, name: &str, value: String) -> Self {
        if std::env::var_os(name).is_none() && !value.is_empty() {
            self.variables.push((name.to_owned(), value));
        }
        self
    }

    /// Does a task; returns its result, and whether it succeeded.
    ///
    /// # Errors
    /// When the program does not start, or ends without a result.
    pub async fn run<T: DeserializeOwned>(
        &self,
        task: &[&str],
        input: Option<&str>,
    ) -> Result<(T, bool), CommandError> {
        let output = self.start(task, input).await.map_err(|error| {
            CommandError::failed(format!("{} does not run: {error}", self.program.display()))
                .hint("install stellarr-server anew, beside stellarr")
        })?;
        let result = serde_json::from_slice(output.stdout.trim_ascii());
        result.map(|result| (result, output.status.success())).map_err(|_| failure(&output))
    }

    async fn start(&self, task: &[&str], input: Option<&str>) -> std::io::Result<Output> {
        let mut command = Command::new(&self.program);
        command.args(task).arg("--data-dir").arg(&self.data_dir);
        if let Some(file) = &self.env_file {
            command.arg("--env-file").arg(file);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let mut pipe = child.stdin.take();
        let write = async {
            if let (Some(pipe), Some(input)) = (&mut pipe, input) {
                // A program that refuses its input says why on its own.
                let _ = pipe.write_all(input.as_bytes()).await;
            }
            drop(pipe);
        };
        let ((), output) = tokio::join!(write, child.wait_with_output());
        output
    }
}

/// Puts what the program said of itself in the first line.
fn failure(output: &Output) -> CommandError {
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim();
    let kind = if output.status.code() == Some(2) { ExitKind::Usage } else { ExitKind::Failed };
    let words = match said.strip_prefix("error: ") {
        Some(words) => words.to_owned(),
        None if said.is_empty() => format!("{PROGRAM} ended without a result ({})", output.status),
        None => said.to_owned(),
    };
    let error = CommandError::new(kind, words.clone());
    if words.contains("TMDB_API_KEY") {
        return error.hint("set the environment variable TMDB_API_KEY, or name a file of variables with --env-file");
    }
    error
}

fn installed() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join(PROGRAM)));
    let path = std::env::var_os("PATH").unwrap_or_default();
    beside
        .into_iter()
        .chain(std::env::split_paths(&path).map(|folder| folder.join(PROGRAM)))
        .find(|file| file.is_file())
}

async fn build(printer: &Printer) -> Result<PathBuf, CommandError> {
    let source = Source::find(Path::new(".")).map_err(|_| {
        CommandError::failed(format!("{PROGRAM} is neither beside stellarr nor on the PATH"))
            .hint("install it, or run the command inside a clone of the stellarr repository, where it is built")
    })?;
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(source.root.join("Cargo.toml"))
        .no_deps()
        .exec()
        .map_err(|error| failed_build(error.to_string()))?;
    let progress = Progress::start(printer, format!("building {PROGRAM}, once"));
    let arguments = ["build", "--locked", "--quiet", "--package", PROGRAM];
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .current_dir(&source.root)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| failed_build(error.to_string()))?;
    drop(progress);
    if !output.status.success() {
        return Err(failed_build(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(metadata.target_directory.into_std_path_buf().join("debug").join(PROGRAM))
}

fn failed_build(output: String) -> CommandError {
    BuildError::ToolFailed { what: format!("cargo build of {PROGRAM}"), output }.into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use serde_json::Value;

    use super::*;

    /// A program of a few lines.
    fn program(folder: &Path, lines: &str) -> LocalServer {
        let file = folder.join("program");
        std::fs::write(&file, format!("#!/bin/sh\n{lines}\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        LocalServer::at(file, folder)
    }

    #[tokio::test]
    async fn a_task_gets_its_folder_and_its_input() {
        let folder = tempfile::tempdir().unwrap();
        let server = program(folder.path(), r#"echo "{\"arguments\":\"$*\",\"input\":$(cat)}""#);
        let (result, succeeded): (Value, bool) = server.run(&["import"], Some("[7]")).await.unwrap();
        assert!(succeeded);
        assert_eq!(result["arguments"], format!("import --data-dir {}", folder.path().display()));
        assert_eq!(result["input"], serde_json::json!([7]));
    }

    #[tokio::test]
    async fn a_failed_task_has_its_result_or_its_words() {
        let folder = tempfile::tempdir().unwrap();
        let server = program(folder.path(), r#"echo '{"success":false}'; exit 1"#);
        let (_, succeeded): (Value, bool) = server.run(&["fetch"], None).await.unwrap();
        assert!(!succeeded);
        let server = program(folder.path(), "echo 'error: TMDB_API_KEY is missing' >&2; exit 1");
        let error = server.run::<Value>(&["fetch"], None).await.unwrap_err();
        assert_eq!(error.message, "TMDB_API_KEY is missing");
        assert!(error.hints[0].contains("--env-file"));
    }
}
