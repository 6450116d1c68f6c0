//! Whatever the configuration, the templates hold together: every name that is used is there.

#[path = "common/arbitrary_config.rs"]
mod arbitrary_config;
#[path = "common/template_names.rs"]
mod template_names;

use proptest::prelude::*;
use stellarr::plan::Plan;
use stellarr::render::{RenderOptions, render};
use stellarr::template;
use template_names::problems;

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_valid_configuration_renders_and_every_name_resolves(config in arbitrary_config::config(), sandbox in any::<bool>()) {
        let options = RenderOptions { sandbox };
        let rendered = render(&config, options).unwrap();
        prop_assert_eq!(&rendered, &render(&config, options).unwrap());
        for stack in Plan::new(&config).stacks {
            let text = rendered.text(stack.kind).unwrap();
            let parsed = template::parse(text).unwrap();
            let found = problems(&parsed);
            prop_assert!(found.is_empty(), "{}: {found:?}", stack.name);
            let mut planned: Vec<_> = stack.parameters.iter().map(|parameter| parameter.name.to_owned()).collect();
            planned.sort_unstable();
            let declared: Vec<_> = template::parameters(text).unwrap().into_iter().collect();
            prop_assert_eq!(planned, declared);
            // CloudFormation's limit of a template by address.
            prop_assert!(text.len() < 1_000_000);
        }
    }
}

/// Writes a spread of configurations out for `tests/gate`, when told where to.
#[test]
fn a_spread_of_configurations_is_written_for_the_gate() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config as RunnerConfig, RngAlgorithm, TestRng, TestRunner};

    let Some(folder) = std::env::var_os("STELLARR_SPREAD") else { return };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(RunnerConfig::default(), rng);
    for number in 0..12 {
        let config = arbitrary_config::config().new_tree(&mut runner).unwrap().current();
        let folder = std::path::Path::new(&folder).join(number.to_string());
        std::fs::create_dir_all(&folder).unwrap();
        for (kind, text) in render(&config, RenderOptions::default()).unwrap().stacks {
            std::fs::write(folder.join(format!("{}.yaml", kind.as_str())), text).unwrap();
        }
    }
}
