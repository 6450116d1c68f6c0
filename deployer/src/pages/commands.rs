//! The page `docs/commands.md`, made of the command line's own definition.

use clap::{Arg, Command, CommandFactory};

use crate::cli::Cli;

const HEAD: &str = "\
# Commands

<!-- Made of deployer/src/cli.rs and the doc comments of the commands: change those, then run
`STELLARR_UPDATE=1 cargo nextest run --workspace -E 'test(pages::)'`. -->

`stellarr COMMAND --help` shows the same. Data goes to standard output and everything else to standard error, so that
`stellarr outputs --json | jq` works. Completions for bash, zsh and fish and manual pages:
[where they go](getting-started.md#completions-and-manual-pages).
";

/// Returns the page, as Markdown.
#[must_use]
pub fn markdown() -> String {
    let root = Cli::command();
    let mut page = HEAD.to_owned();
    page.push_str("\n| Command | |\n|---|---|\n");
    for command in visible(&root) {
        let name = command.get_name();
        page.push_str(&format!("| [`{name}`](#stellarr-{name}) | {} |\n", first_line(command)));
    }
    page.push_str("\n## Options of every command\n");
    page.push_str(&table(root.get_arguments().filter(|argument| argument.is_global_set())));
    page.push_str("\n## Exit codes\n\n| | |\n|---|---|\n");
    for line in crate::cli::exit_codes() {
        let (code, meaning) = line.split_once(' ').unwrap_or((line, ""));
        page.push_str(&format!("| {code} | {meaning} |\n"));
    }
    for command in visible(&root) {
        section(command, "stellarr", &mut page);
    }
    page
}

fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help")
}

fn section(command: &Command, parent: &str, page: &mut String) {
    let name = format!("{parent} {}", command.get_name());
    page.push_str(&format!("\n## {name}\n\n"));
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    page.push_str(&format!("{}\n", escaped(&full_stop(&about))));
    let usage = command.clone().bin_name(&name).render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").split_whitespace().collect::<Vec<_>>().join(" ");
    page.push_str(&format!("\n```text\n{usage}\n```\n"));
    page.push_str(&table(command.get_arguments().filter(|argument| !argument.is_global_set())));
    for inner in visible(command) {
        section(inner, &name, page);
    }
}

fn table<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let rows: Vec<String> = arguments
        .filter(|argument| !argument.is_hide_set() && !matches!(argument.get_id().as_str(), "help" | "version"))
        .map(row)
        .collect();
    if rows.is_empty() { String::new() } else { format!("\n| | |\n|---|---|\n{}", rows.concat()) }
}

fn row(argument: &Arg) -> String {
    let takes = argument.get_action().takes_values();
    let value = argument
        .get_value_names()
        .and_then(|names| names.first())
        .map_or_else(|| argument.get_id().as_str().to_uppercase(), ToString::to_string);
    let mut names: Vec<String> = argument.get_short().map(|short| format!("-{short}")).into_iter().collect();
    names.extend(argument.get_long().map(|long| format!("--{long}")));
    let name = match (names.is_empty(), takes) {
        (true, _) => value,
        (false, true) => format!("{} {value}", names.join(", ")),
        (false, false) => names.join(", "),
    };
    let mut help = full_stop(&argument.get_help().map(ToString::to_string).unwrap_or_default());
    let choices: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|choice| takes && !choice.is_hide_set())
        .map(|choice| format!("`{}`", choice.get_name()))
        .collect();
    if !choices.is_empty() {
        help.push_str(&format!(" One of {}.", choices.join(", ")));
    }
    let default = argument.get_default_values().first().filter(|_| takes).and_then(|default| default.to_str());
    if let Some(default) = default {
        help.push_str(&format!(" Default: `{default}`."));
    }
    if let Some(variable) = argument.get_env().and_then(|variable| variable.to_str()) {
        help.push_str(&format!(" Also `{variable}` in the environment."));
    }
    format!("| `{name}` | {} |\n", escaped(&help))
}

fn first_line(command: &Command) -> String {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    escaped(about.lines().next().unwrap_or_default())
}

fn full_stop(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?', ':']) { text.to_owned() } else { format!("{text}.") }
}

/// Text that stands in a table.
fn escaped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|").replace('<', "&lt;")
}
