//! Properties of the configuration: what is written is read back, and nothing makes the reader fall over.

use crate::common::arbitrary_config;

use arbitrary_config::config;
use proptest::prelude::*;
use stellarr::config::{Config, ConfigError, parse};

proptest! {
    // A failing case is shown whole: nothing needs to be remembered between runs.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn config_is_read_back_as_it_was_written(config in config()) {
        let text = serde_saphyr::to_string(&config).expect("a configuration is YAML");
        match parse(&text, "written.yaml") {
            Ok(read) => prop_assert_eq!(read, config),
            Err(error) => prop_assert!(false, "{}\n{}", text, error.render(false)),
        }
    }

    #[test]
    fn config_survives_a_release_record(config in config()) {
        let text = serde_json::to_string(&config).expect("a configuration is JSON");
        let read: Config = serde_json::from_str(&text).expect("and is read back");
        prop_assert_eq!(read, config);
    }

    #[test]
    fn config_of_any_bytes_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        judged(&bytes);
    }

    #[test]
    fn config_of_any_text_is_read_or_refused(text in any::<String>()) {
        judged(text.as_bytes());
    }

    #[test]
    fn config_of_almost_yaml_is_read_or_refused(text in "([a-z_]{0,6}|name|waf|dns|tags|locales|[:&*!|>?%@`\"'{}\\[\\],#-]|[ \t\r\n]|\\PC){0,60}") {
        judged(text.as_bytes());
    }

    #[test]
    fn config_with_a_slip_is_read_or_refused(config in config(), at in any::<proptest::sample::Index>(), slip in any::<char>()) {
        let mut text: Vec<char> = serde_saphyr::to_string(&config).expect("a configuration is YAML").chars().collect();
        let at = at.index(text.len());
        text[at] = slip;
        judged(text.into_iter().collect::<String>().as_bytes());
    }
}

/// Reads the bytes; if they are refused, every problem must be shown and stand in the file.
fn judged(bytes: &[u8]) {
    if let Err(error) = parse(bytes, "any.yaml") {
        assert!(!error.problems().is_empty());
        assert!(matches!(&error, ConfigError::Invalid(_)));
        let shown = error.render(false);
        assert!(!shown.contains("OutOfBounds") && !shown.contains("Failed to read"), "{shown}");
        for problem in error.problems() {
            let (line, column) = problem.position();
            assert!(line >= 1 && column >= 1);
            assert!(shown.contains(&format!("any.yaml:{line}:{column}]")), "{line}:{column} is missing in\n{shown}");
        }
    }
}
