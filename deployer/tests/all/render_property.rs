//! Whatever the configuration, the templates hold together: every name that is used is there.

use crate::common::arbitrary_config;
use crate::common::template_names;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config as RunnerConfig, RngAlgorithm, TestRng, TestRunner};
use stellarr::config::{self, StackKind, edge_parts};
use stellarr::stacks::plan::Plan;
use stellarr::stacks::render::{RenderOptions, render};
use stellarr_aws::template;
use template_names::problems;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_valid_configuration_renders_and_every_name_resolves(config in arbitrary_config::config(), sandbox in any::<bool>()) {
        let options = RenderOptions { sandbox };
        let rendered = render(&config, options).unwrap();
        prop_assert_eq!(&rendered, &render(&config, options).unwrap());
        for stack in Plan::new(&config).stacks {
            let Some(text) = rendered.text(stack.kind) else {
                // The sandbox omits the budget, which may be all that the edge stack holds.
                prop_assert!(sandbox && stack.kind == StackKind::Edge && edge_parts(&config) == ["budget"]);
                continue;
            };
            let parsed = template::parse(text).unwrap();
            let found = problems(&parsed);
            prop_assert!(found.is_empty(), "{}: {found:?}", stack.name);
            let bare = bare_variables(text);
            prop_assert!(bare.is_empty(), "{}: {bare:?}", stack.name);
            let mut planned: Vec<_> = stack.parameters.iter().map(|parameter| parameter.name.clone()).collect();
            planned.sort_unstable();
            let declared: Vec<_> = template::parameters(text).unwrap().into_iter().collect();
            prop_assert_eq!(planned, declared);
            prop_assert!(text.is_ascii(), "{}: CloudFormation keeps a `?` for any other character", stack.name);
            // CloudFormation's limit of a template by address.
            prop_assert!(text.len() < 1_000_000);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Covers more than valid configurations: every text that passes the filter into a template keeps all its letters.
    #[test]
    fn row_4_templates_are_ascii_whatever_a_user_writes(mut config in arbitrary_config::config(), text in r"\PC{1,40}") {
        let written = format!("Zoë… 😀 {text}");
        config.push.contact = Some(written.clone());
        config.alarm_email = Some(written.clone());
        let rendered = render(&config, RenderOptions::default()).unwrap();
        for (kind, text) in &rendered.stacks {
            prop_assert!(text.is_ascii(), "{}", kind.as_str());
        }
        let main = template::parse(rendered.text(StackKind::Main).unwrap()).unwrap();
        let endpoint = main["Resources"].as_object().unwrap().values().find_map(|one| one["Properties"].get("Endpoint"));
        prop_assert_eq!(endpoint.and_then(|value| value.as_str()), Some(written.as_str()));
    }
}

#[test]
fn a_language_that_is_called_no_stays_a_text() {
    let config = config::parse("name: home\nlocales: [no]", "stellarr.yaml").unwrap();
    let rendered = render(&config, RenderOptions::default()).unwrap();
    let text = rendered.text(StackKind::Main).unwrap();
    assert_eq!(text.matches("          LOCALES: \"no\"\n").count(), 3);
    assert_eq!(bare_variables(&text.replace("LOCALES: \"no\"", "LOCALES: no")).len(), 3, "it would be seen");
}

/// Lists variables of functions that YAML 1.1, which CloudFormation reads, takes for something else than text.
fn bare_variables(text: &str) -> Vec<&str> {
    const WORDS: [&str; 10] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"];
    let is_bare = |value: &str| {
        WORDS.contains(&value.to_ascii_lowercase().as_str())
            || value.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first))
    };
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(indent) = line.strip_suffix("Variables:") else { continue };
        while let Some(variable) =
            lines.next_if(|line| line.len() > indent.len() && line.starts_with(&format!("{indent}  ")))
        {
            let value = variable.split_once(": ").map(|(_, value)| value).unwrap_or_default();
            if is_bare(value) {
                found.push(variable);
            }
        }
    }
    found
}

/// The same configurations every time: what cfn-lint says should not depend on the day.
#[test]
fn a_spread_of_valid_configurations_satisfies_cfn_lint() {
    let mut runner =
        TestRunner::new_with_rng(RunnerConfig::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let folder = tempfile::tempdir().unwrap();
    for number in 0..6 {
        let config = arbitrary_config::config().new_tree(&mut runner).unwrap().current();
        for (kind, text) in render(&config, RenderOptions::default()).unwrap().stacks {
            fs::write(folder.path().join(format!("{number}-{}.yaml", kind.as_str())), text).unwrap();
        }
    }
    let templates = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let lint = Command::new(cfn_lint()).arg("--").args(templates).output().unwrap();
    assert!(lint.status.success(), "{}", String::from_utf8_lossy(&lint.stdout));
}

/// cfn-lint is on PATH or beside the emulator: `tests/run` sets both up.
#[expect(clippy::expect_used, reason = "without the tool the test can say nothing")]
fn cfn_lint() -> PathBuf {
    let beside = env::var_os("STELLARR_MINISTACK").and_then(|path| Path::new(&path).parent().map(Path::to_owned));
    let path = env::var_os("PATH").unwrap_or_default();
    beside
        .into_iter()
        .chain(env::split_paths(&path))
        .map(|folder| folder.join("cfn-lint"))
        .find(|tool| tool.is_file())
        .expect("cfn-lint is not installed: run `tests/run rust`, which installs it")
}
