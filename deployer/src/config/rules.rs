//! The rules that no type can hold: formats, AWS's limits, and keys that depend on each other.

use garde::Validate;

use super::explain;
use super::fault::Step;
use super::model::Config;
use super::names;
use super::problem::Problem;
use super::sections::{Dns, DnsProvider, RETENTION_DAYS};
use super::tree::{Node, Value};

/// Notes everything in the configuration that a rule forbids. `root` is where it was read from.
pub(super) fn check(config: &Config, root: &Node, problems: &mut Vec<Problem>) {
    let mut rules = Rules { root, problems };
    rules.ranges(config);
    rules.names(config);
    rules.domain(config);
    rules.locales(config);
    rules.logs(config);
    rules.tags(config);
    rules.contacts(config);
    // A limit out of range was noted already.
    if config.waf.validate().is_ok() && config.waf.auth_rate_limit > config.waf.rate_limit {
        let is_set = |key: &str| root.find(&[Step::Key("waf".to_owned()), Step::Key(key.to_owned())]).is_some();
        let (key, other) = match is_set("auth_rate_limit") {
            true => ("auth_rate_limit", "rate_limit"),
            false => ("rate_limit", "auth_rate_limit"),
        };
        let other_is_set = if is_set(other) { "" } else { ", its default" };
        let (limit, auth_limit) = (config.waf.rate_limit, config.waf.auth_rate_limit);
        rules.note(
            &["waf", key],
            match key {
                "rate_limit" => {
                    format!("`waf.rate_limit` is {limit}, and `waf.auth_rate_limit` is {auth_limit}{other_is_set}")
                }
                _ => format!("`waf.auth_rate_limit` is {auth_limit}, and `waf.rate_limit` is {limit}{other_is_set}"),
            },
            "requests to the login count for both limits: the login's can't be the higher one",
        );
    }
    if let Some(region) = &config.catalogue.region {
        rules.verdict(&["catalogue", "region"], names::country(region));
    }
}

struct Rules<'a> {
    root: &'a Node,
    problems: &'a mut Vec<Problem>,
}

impl Rules<'_> {
    /// Notes a problem, unless the value at the path was reported before and a default stands in for it.
    fn note(&mut self, path: &[&str], message: impl Into<String>, help: impl Into<String>) {
        let steps: Vec<Step> = path.iter().map(|key| Step::Key((*key).to_owned())).collect();
        if self.root.find(&steps).is_some_and(Node::is_faulty) {
            return;
        }
        let span = self.place(path);
        self.problems.push(Problem::new(span, message).with_help(help));
    }

    /// Notes what a check of a text found: what is wrong, and what to do.
    fn verdict(&mut self, path: &[&str], verdict: Result<(), (String, String)>) {
        if let Err((message, help)) = verdict {
            self.note(path, format!("`{}` {message}", path.join(".")), help);
        }
    }

    /// Returns where the value at the path stands, or as much of the path as the file holds.
    fn place(&self, path: &[&str]) -> std::ops::Range<usize> {
        let mut node = self.root;
        let mut place = 0..0;
        for key in path {
            let Value::Section(entries) = &node.value else { break };
            let Some(entry) = entries.iter().find(|entry| entry.key == *key) else { break };
            place = entry.place().clone();
            // A whole section is marked by its heading.
            if matches!(entry.node.value, Value::Section(_)) {
                place = entry.key_span.clone();
            }
            node = &entry.node;
        }
        place
    }

    fn key_place(&self, section: &str, key: &str) -> std::ops::Range<usize> {
        let entry = self.root.find(&[Step::Key(section.to_owned())]).and_then(|node| match &node.value {
            Value::Section(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        });
        entry.map_or_else(|| self.place(&[section]), |entry| entry.key_span.clone())
    }

    /// The ranges that stand as attributes at the types.
    fn ranges(&mut self, config: &Config) {
        let Err(report) = config.validate() else { return };
        let values = serde_json::to_value(config).unwrap_or_default();
        for (path, _) in report.iter() {
            let text = path.to_string();
            let keys: Vec<&str> = text.split('.').collect();
            let steps: Vec<Step> = keys.iter().map(|key| Step::Key((*key).to_owned())).collect();
            let found = keys.iter().fold(&values, |value, key| &value[*key]);
            self.problems.push(explain::mismatch(self.place(&keys), &steps, &explain::quoted(&found.to_string())));
        }
    }

    fn names(&mut self, config: &Config) {
        self.verdict(&["name"], names::name(&config.name));
        self.verdict(&["environment"], names::environment(&config.environment));
        self.verdict(&["region"], names::region(&config.region));
        self.verdict(&["app_name"], names::app_name(&config.app_name));
    }

    fn domain(&mut self, config: &Config) {
        let dns_is_set = self.root.find(&[Step::Key("dns".to_owned())]).is_some_and(|node| !node.is_null());
        match &config.domain {
            Some(domain) => self.verdict(&["domain"], names::domain(domain)),
            None if dns_is_set && !self.was_reported("domain") => self.note(
                &["dns"],
                "`dns` is set and `domain` is not",
                "add a line such as `domain: requests.example.org`, or remove `dns`: without a domain the site lives at a \
                 cloudfront.net address",
            ),
            None => {}
        }
        let Dns { provider, hosted_zone_id: Some(zone) } = &config.dns else { return };
        self.verdict(&["dns", "hosted_zone_id"], names::hosted_zone(zone));
        if *provider == DnsProvider::External {
            self.note(
                &["dns", "hosted_zone_id"],
                "`dns.hosted_zone_id` is set, and `dns.provider` is `external`",
                "hosted zones are Route53's: remove one of the two lines",
            );
        }
    }

    fn was_reported(&self, key: &str) -> bool {
        self.root.find(&[Step::Key(key.to_owned())]).is_some_and(Node::is_faulty)
    }

    fn locales(&mut self, config: &Config) {
        let (any_faulty, places): (bool, Vec<_>) = match self.root.find(&[Step::Key("locales".to_owned())]) {
            Some(Node { value: Value::List(items), .. }) => (
                items.iter().any(Node::is_faulty),
                items.iter().filter(|item| !item.is_faulty()).map(|item| item.span.clone()).collect(),
            ),
            _ => (false, Vec::new()),
        };
        if config.locales.is_empty() && !any_faulty {
            self.note(&["locales"], "`locales` is empty", "name at least one language, or remove the line");
        }
        if config.locales.len() > names::MAX_LOCALES {
            self.note(
                &["locales"],
                format!("`locales` holds {} languages", config.locales.len()),
                format!("the trending lists can be kept in {} languages at most", names::MAX_LOCALES),
            );
        }
        for (index, locale) in config.locales.iter().enumerate() {
            let first = config.locales.iter().position(|other| other == locale);
            let (Some(place), Some(first)) = (places.get(index), first.filter(|first| *first < index)) else {
                continue;
            };
            let mut problem = Problem::new(place.clone(), format!("`{locale}` is in `locales` twice"))
                .with_label("again here")
                .with_help("keep one of them");
            if let Some(first) = places.get(first) {
                problem = problem.with_other(first.clone(), "first here");
            }
            self.problems.push(problem);
        }
    }

    fn logs(&mut self, config: &Config) {
        for (key, days) in [("api_days", config.logs.api_days), ("job_days", config.logs.job_days)] {
            if RETENTION_DAYS.contains(&days) {
                continue;
            }
            let nearest = RETENTION_DAYS.iter().min_by_key(|accepted| accepted.abs_diff(days)).copied().unwrap_or(14);
            self.note(
                &["logs", key],
                format!("CloudWatch can't keep logs for {days} days"),
                format!("write `{key}: {nearest}`; it accepts {}", join(&RETENTION_DAYS)),
            );
        }
    }

    fn tags(&mut self, config: &Config) {
        if config.tags.len() > names::MAX_TAGS {
            self.note(
                &["tags"],
                format!("`tags` holds {} tags", config.tags.len()),
                format!("AWS takes 50, of which stellarr needs a few: keep it to {}", names::MAX_TAGS),
            );
        }
        for (key, value) in &config.tags {
            if let Err((message, help)) = names::tag_key(key) {
                let place = self.key_place("tags", key);
                self.problems
                    .push(Problem::new(place, format!("the tag {} {message}", explain::quoted(key))).with_help(help));
            }
            if let Err((message, help)) = names::tag_value(value) {
                self.note(&["tags", key], format!("the value of the tag {} {message}", explain::quoted(key)), help);
            }
        }
    }

    fn contacts(&mut self, config: &Config) {
        if let Some(email) = &config.alarm_email {
            self.verdict(&["alarm_email"], names::email(email));
        }
        if let Some(email) = &config.budget.email {
            self.verdict(&["budget", "email"], names::email(email));
            if config.budget.monthly_usd == 0 {
                self.note(
                    &["budget", "email"],
                    "`budget.email` is set and `budget.monthly_usd` is not",
                    "add a line such as `monthly_usd: 5`, or remove `budget`",
                );
            }
        } else if config.budget.monthly_usd > 0 && config.alarm_email.is_none() && !self.was_reported("alarm_email") {
            self.note(
                &["budget", "monthly_usd"],
                "`budget.monthly_usd` is set, and there is nobody to tell",
                "add `email: you@example.org` below it, or `alarm_email`",
            );
        }
        if let Some(policy) = &config.permissions_boundary {
            self.verdict(&["permissions_boundary"], names::policy(policy));
        }
        if let Some(contact) = &config.push.contact {
            self.verdict(&["push", "contact"], names::contact(contact));
        }
    }
}

fn join(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}
