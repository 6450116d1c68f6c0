use crate::config::DnsProvider;
use std::collections::BTreeSet;
use std::path::Path;

use stellarr_core::addresses::{ORIGIN_VERIFY_HEADER, VIEWER_ADDRESS_HEADER, VIEWER_HOST_HEADER};
use stellarr_core::metrics::Metric;
use stellarr_core::table::{catalogue, requests};

use super::*;

/// Every file below `templates/`, by its path there.
fn files_of(folder: &Path, root: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_of(&path, root, found);
        } else {
            found.insert(path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/"));
        }
    }
}

#[test]
fn every_template_is_embedded() {
    let root = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../templates");
    let mut found = BTreeSet::new();
    files_of(&root, &root, &mut found);
    let embedded: BTreeSet<String> = SOURCES
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .chain(["main/viewer/spa-routes.js", "main/viewer/viewer-headers.js", "sandbox-omits.txt"].map(String::from))
        .collect();
    assert_eq!(embedded, found);
}

#[test]
fn row_4_the_templates_are_written_in_ascii() {
    for (name, text) in SOURCES {
        let other: Vec<&str> = text.lines().filter(|line| !line.is_ascii()).collect();
        assert!(other.is_empty(), "{name}: {other:?}");
    }
}

#[test]
fn the_dashboard_shows_every_metric_that_the_functions_write_and_no_other() {
    let rendered = render(&Config::named("home"), RenderOptions::default()).unwrap();
    let metrics = rendered.text(StackKind::Main).unwrap().split("[\"Stellarr/home-prod\", \"").skip(1);
    let shown: BTreeSet<&str> = metrics.filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(shown, Metric::ALL.into_iter().map(|metric| metric.name_and_unit().0).collect());
}

/// The text of a resource, up to the next one.
fn resource<'a>(template: &'a str, id: &str) -> &'a str {
    let text = template.split_once(&format!("\n  {id}:\n")).unwrap().1;
    let end = text.match_indices("\n  ").find(|(at, _)| !text[at + 3..].starts_with([' ', '#']));
    end.map_or(text, |(at, _)| &text[..at])
}

#[test]
fn the_tables_have_the_keys_and_indexes_that_functions_read_them_by() {
    let rendered = render(&Config::named("home"), RenderOptions::default()).unwrap();
    let bootstrap = rendered.text(StackKind::Bootstrap).unwrap();
    let names = |id: &str| -> BTreeSet<String> {
        let lines = resource(bootstrap, id).lines().map(|line| line.trim().trim_start_matches("- "));
        let named = lines.filter_map(|line| line.strip_prefix("AttributeName: ").or(line.strip_prefix("IndexName: ")));
        named.map(str::to_owned).collect()
    };
    let wanted = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(
        names("RequestsTable"),
        wanted(&[requests::PARTITION, requests::SORT, requests::LOOKUP, requests::LOOKUP_INDEX, requests::EXPIRES])
    );
    assert_eq!(
        names("CatalogueTable"),
        wanted(&[catalogue::LIST, catalogue::ID, catalogue::SCORE, catalogue::BEST_FIRST_INDEX, catalogue::EXPIRES])
    );
}

#[test]
fn cloudfront_sets_the_headers_that_the_api_reads() {
    let rendered = render(&Config::named("home"), RenderOptions::default()).unwrap();
    let main = rendered.text(StackKind::Main).unwrap();
    for header in [ORIGIN_VERIFY_HEADER, VIEWER_ADDRESS_HEADER, VIEWER_HOST_HEADER] {
        assert!(main.contains(header), "{header}");
    }
}

#[test]
fn the_edge_stack_is_there_only_when_it_holds_something() {
    let mut config = Config::named("home");
    assert_eq!(render(&config, RenderOptions::default()).unwrap().text(StackKind::Edge), None);
    config.waf.enabled = true;
    assert!(render(&config, RenderOptions::default()).unwrap().text(StackKind::Edge).is_some());
    config.waf.enabled = false;
    config.domain = Some("requests.example.org".to_owned());
    assert!(render(&config, RenderOptions::default()).unwrap().text(StackKind::Edge).is_some());
    config.dns.provider = DnsProvider::External;
    assert_eq!(render(&config, RenderOptions::default()).unwrap().text(StackKind::Edge), None);
}

#[test]
fn row_38_the_budget_is_in_us_east_1_wherever_the_site_is() {
    let mut config = Config::named("home");
    config.region = "eu-north-1".to_owned();
    config.alarm_email = Some("me@example.org".to_owned());
    config.budget.monthly_usd = 5;
    let rendered = render(&config, RenderOptions::default()).unwrap();
    assert_eq!(StackKind::Edge.region(&config), "us-east-1");
    assert!(rendered.text(StackKind::Edge).unwrap().contains("AWS::Budgets::Budget"));
    assert!(!rendered.text(StackKind::Main).unwrap().contains("AWS::Budgets::Budget"));
    // The sandbox's emulator refuses budgets, and a stack without resources.
    let sandbox = render(&config, RenderOptions { sandbox: true }).unwrap();
    assert_eq!(sandbox.text(StackKind::Edge), None);
}

#[test]
fn the_sandbox_leaves_out_what_its_emulator_refuses() {
    let mut config = Config::named("home");
    config.waf.enabled = true;
    config.alarm_email = Some("me@example.org".to_owned());
    config.budget.monthly_usd = 5;
    for sandbox in [false, true] {
        let rendered = render(&config, RenderOptions { sandbox }).unwrap();
        let texts: String = rendered.stacks.iter().map(|(_, text)| text.as_str()).collect();
        for omitted in sandbox_omits() {
            assert_eq!(texts.contains(omitted), !sandbox, "{omitted}");
        }
    }
}

#[test]
fn a_rendered_template_holds_no_trace_of_tera() {
    let mut config = Config::named("home");
    config.waf.enabled = true;
    config.alarm_email = Some("me@example.org".to_owned());
    for (kind, text) in render(&config, RenderOptions::default()).unwrap().stacks {
        for mark in ["<<", ">>", "<%", "%>"] {
            assert!(!text.contains(mark), "{mark} in {}", kind.as_str());
        }
        assert!(text.ends_with('\n') && !text.contains("\n\n\n"), "blank lines in {}", kind.as_str());
    }
}
