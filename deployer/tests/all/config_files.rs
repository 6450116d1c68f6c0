//! The files of the repository that are made of the configuration's types, or must fit them.

use std::path::PathBuf;

use stellarr::config::{Config, load, parse, reference_markdown, schema};

fn repository_file(name: &str) -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("..").join(name)
}

fn committed(name: &str) -> String {
    std::fs::read_to_string(repository_file(name)).unwrap_or_default()
}

#[test]
fn config_schema_is_committed() {
    assert!(
        committed("stellarr.schema.json") == schema(),
        "stellarr.schema.json is stale: run `cargo run -- schema > stellarr.schema.json`"
    );
}

#[test]
fn config_reference_is_committed() {
    if std::env::var_os("STELLARR_UPDATE").is_some() {
        std::fs::write(repository_file("docs/configuration.md"), reference_markdown())
            .expect("the page can be written");
    }
    assert!(
        committed("docs/configuration.md") == reference_markdown(),
        "docs/configuration.md is stale: run `STELLARR_UPDATE=1 cargo nextest run -p stellarr config_reference`"
    );
}

#[test]
fn config_file_of_the_repository_is_two_lines_of_defaults() {
    let config = load(repository_file("stellarr.yaml")).unwrap_or_else(|error| panic!("{}", error.render(false)));
    assert_eq!(config, Config::named("stellarr"));
    let text = committed("stellarr.yaml");
    assert!(text.starts_with("# yaml-language-server: $schema=./stellarr.schema.json\n"));
    assert_eq!(text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count(), 2);
}

#[test]
fn config_file_of_the_repository_shows_every_key_with_its_default() {
    let text: String = committed("stellarr.yaml")
        .lines()
        .map(|line| match line.strip_prefix('#') {
            // `# prose` stays a comment, `#key:` and `#  key:` lose their sign.
            Some(rest) if !rest.starts_with(' ') || rest.starts_with("  ") => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let mut config = parse(&text, "stellarr.yaml").unwrap_or_else(|error| panic!("{}", error.render(false)));

    let shown: serde_json::Value = serde_json::to_value(&config).expect("JSON");
    let schema: serde_json::Value = serde_json::from_str(&schema()).expect("JSON");
    for key in schema["properties"].as_object().expect("keys").keys() {
        assert!(text.contains(&format!("\n{key}:")), "{key} is not shown");
        for inner in shown[key].as_object().into_iter().flat_map(|section| section.keys()) {
            assert!(text.contains(&format!("\n  {inner}:")), "{key}.{inner} is not shown");
        }
    }

    // These have no default: what is shown is an example.
    assert!(config.domain.take().is_some());
    assert!(config.dns.hosted_zone_id.take().is_some());
    assert!(config.alarm_email.take().is_some());
    assert!(std::mem::take(&mut config.budget).email.is_some() && config.permissions_boundary.take().is_some());
    assert!(config.push.contact.take().is_some());
    assert!(config.catalogue.region.take().is_some() && config.catalogue.language.take().is_some());
    assert!(!std::mem::take(&mut config.tags).is_empty());
    assert_eq!(config, Config::named("stellarr"));
}

#[test]
fn config_short_forms_mean_the_same_as_long_ones() {
    let base = "name: films\ndomain: films.example.org\n";
    let read = |text: &str| {
        parse(format!("{base}{text}"), "stellarr.yaml").unwrap_or_else(|error| panic!("{}", error.render(false)))
    };
    assert_eq!(read("dns: external"), read("dns:\n  provider: external"));
    assert_eq!(read("dns: route53"), read("dns:\n"));
    assert_eq!(read("price_class: 200"), read("price_class: PriceClass_200"));
    assert_eq!(read("price_class: all").price_class.as_str(), "PriceClass_All");
    assert_eq!(read("waf:\n  # nothing is set\n"), read(""));
    assert_eq!(read("tags: {version: 2, on: true}").tags["version"], "2");
    assert_eq!(read("warmer: &size {memory: 512, timeout: 90}\nfetcher: *size").fetcher.memory, 512);
}
