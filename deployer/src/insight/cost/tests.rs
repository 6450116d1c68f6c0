//! Estimates of known configurations.

use super::*;
use crate::config::{DnsProvider, Schedule};

fn of(config: &Config) -> Estimate {
    estimate(config, &Use::default())
}

fn line(estimate: &Estimate, service: &str) -> Option<f64> {
    estimate.lines.iter().find(|line| line.service == service).map(|line| line.usd)
}

#[test]
fn a_household_pays_for_the_secret_and_little_else() {
    let estimate = of(&Config::named("home"));
    assert!((0.40..1.00).contains(&estimate.total), "{}", estimate.total);
    assert!(estimate.total_without_free_tier > estimate.total);
    assert_eq!(estimate.lines[0].service, "Secrets Manager");
    let sum: f64 = estimate.lines.iter().flat_map(|line| &line.parts).map(|part| part.usd).sum();
    assert!((sum - estimate.total).abs() < 1e-9);
}

#[test]
fn the_firewall_costs_ten_dollars_and_a_zone_a_half() {
    let mut config = Config::named("home");
    let plain = of(&config).total;
    config.waf.enabled = true;
    let firewall = of(&config).total - plain;
    assert!((10.0..10.1).contains(&firewall), "{firewall}");
    config.waf.enabled = false;
    config.domain = Some("films.example.org".to_owned());
    assert!((of(&config).total - plain - 0.50).abs() < 0.001);
    config.dns.provider = DnsProvider::External;
    assert!((of(&config).total - plain).abs() < 0.001);
}

#[test]
fn copies_that_are_kept_started_cost_what_the_documentation_says() {
    let mut config = Config::named("home");
    let plain = of(&config).total;
    config.provisioned_concurrency = 1;
    let kept = of(&config).total - plain;
    assert!((2.0..2.5).contains(&kept), "{kept}");
}

#[test]
fn more_use_and_shorter_schedules_cost_more() {
    let config = Config::named("home");
    let few = estimate(&config, &Use::of_people(2));
    let many = estimate(&config, &Use { requests: 50_000_000, users: 2 });
    assert!(many.total > 50.0 && few.total < 1.0);
    let mut often = config.clone();
    often.schedules.catalogue_daily = "rate(1 hour)".parse::<Schedule>().unwrap();
    assert!(line(&of(&often), "DynamoDB") > line(&of(&config), "DynamoDB"));
}

#[test]
fn a_region_has_its_own_prices_or_says_that_they_are_not_known() {
    let mut config = Config::named("home");
    config.region = "eu-central-1".to_owned();
    assert!(line(&of(&config), "DynamoDB") > line(&of(&Config::named("home")), "DynamoDB"));
    let said = |config: &Config| of(config).notes.join(" ").contains("not known here");
    assert!(!said(&config));
    config.region = "mx-central-1".to_owned();
    assert!(said(&config));
}

#[test]
fn every_resource_that_bills_by_itself_is_counted() {
    let estimate = of(&Config::named("home"));
    let part = |what: &str| {
        estimate.lines.iter().flat_map(|line| &line.parts).find(|part| part.what == what).map(|part| part.quantity)
    };
    assert_eq!(part("alarms"), Some(6.0));
    assert_eq!(part("dashboard"), Some(1.0));
    assert_eq!(part("schedules"), Some(3.0));
}

#[test]
fn amounts_read_naturally() {
    assert_eq!([0.0, 0.001, 0.4, 12.345].map(dollars), ["$0.00", "< $0.01", "$0.40", "$12.35"]);
}

#[test]
fn the_text_names_the_total_and_what_it_is_for() {
    let text = of(&Config::named("home")).text(false);
    for words in ["home-prod in us-east-1", "5 people", "5,000 requests", "all together", "15 July 2025"] {
        assert!(text.contains(words), "{words} in\n{text}");
    }
}
