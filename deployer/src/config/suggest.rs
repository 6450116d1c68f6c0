//! "Did you mean": the key or value that was probably meant.

use super::fault::Step;
use super::problem::Problem;
use super::schema;

/// What people call our keys: the names of the Terraform variables before, and of AWS itself.
const OTHER_NAMES: [(&str, &str); 24] = [
    ("project_name", "name"),
    ("project", "name"),
    ("env", "environment"),
    ("stage", "environment"),
    ("aws_region", "region"),
    ("title", "app_name"),
    ("domain_name", "domain"),
    ("hostname", "domain"),
    ("hosted_zone_id", "dns.hosted_zone_id"),
    ("route53_zone_id", "dns.hosted_zone_id"),
    ("languages", "locales"),
    ("enable_waf", "waf.enabled"),
    ("waf_enabled", "waf.enabled"),
    ("lambda_memory", "api.memory"),
    ("lambda_memory_size", "api.memory"),
    ("memory", "api.memory"),
    ("lambda_timeout", "api.timeout"),
    ("timeout", "api.timeout"),
    ("log_retention_days", "logs.api_days"),
    ("log_retention", "logs"),
    ("rate_limit_enabled", "auth_limit.enabled"),
    ("rate_limit_max_attempts", "auth_limit.max_attempts"),
    ("schedule", "schedules"),
    ("email", "alarm_email"),
];

/// Words in a key that tell that its value is a secret.
const SECRET_WORDS: [&str; 6] = ["password", "passwd", "secret", "token", "apikey", "privatekey"];

/// Adds what an unknown key was probably meant to be. `path` ends with the key; `known` are its section's keys.
pub(super) fn for_key(problem: Problem, path: &[Step], key: &str, known: &'static [&'static str]) -> Problem {
    if is_secret(key) {
        let name: String = key.chars().filter(|symbol| symbol.is_ascii_alphanumeric() || *symbol == '_').collect();
        return problem.with_label("a secret?").with_help(format!(
            "secrets stay out of this file: remove the line and store it with `stellarr secrets set {}`",
            name.to_ascii_uppercase()
        ));
    }
    if let Some(meant) = closest(key, known.iter().copied()) {
        return problem.with_help(format!("did you mean `{meant}`?"));
    }
    let in_section = path.len() > 1;
    match elsewhere(key) {
        Some(meant) => problem.with_help(match meant.split_once('.') {
            Some((section, key)) => format!("did you mean `{key}` in the section `{section}`?"),
            None if in_section => format!("did you mean `{meant}` at the top level, outside of any section?"),
            None => format!("did you mean `{meant}`?"),
        }),
        None => {
            let list = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
            problem.with_help(format!("the keys here are {list}"))
        }
    }
}

/// Returns the key of any section that fits: by another name of it, by its own name, or by both run together.
fn elsewhere(key: &str) -> Option<String> {
    let key = key.to_ascii_lowercase().replace('-', "_");
    let paths = schema::key_paths();
    let leaf_of = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let by_leaf = || {
        let mut hits = paths.iter().filter(|path| leaf_of(path) == key);
        // Only when it is one: `enabled` is a key of several sections.
        hits.next().filter(|_| hits.next().is_none()).cloned()
    };
    let by_name = || OTHER_NAMES.iter().find(|(other, _)| *other == key).map(|(_, path)| (*path).to_owned());
    let run_together = || {
        let joined: Vec<String> = paths.iter().map(|path| path.replace('.', "_")).collect();
        let hit = closest(&key, joined.iter().map(String::as_str))?;
        paths.iter().find(|path| path.replace('.', "_") == hit).cloned()
    };
    let by_similar_name = || {
        let hit = closest(&key, OTHER_NAMES.iter().map(|(other, _)| *other))?;
        OTHER_NAMES.iter().find(|(other, _)| *other == hit).map(|(_, path)| (*path).to_owned())
    };
    by_leaf().or_else(by_name).or_else(run_together).or_else(by_similar_name)
}

/// Returns the candidate that differs from the text by a slip or two.
pub(super) fn closest<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_lowercase().replace('-', "_");
    if text.len() > 64 {
        return None;
    }
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(&text, &candidate.to_lowercase().replace('-', "_")), candidate))
        .filter(|(distance, candidate)| *distance <= (text.chars().count().max(candidate.chars().count()) / 4).max(1))
        .filter(|(distance, candidate)| *distance < candidate.chars().count().max(2) / 2 + 1)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Says whether a key's name tells that its value is a secret.
pub(super) fn is_secret(key: &str) -> bool {
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| plain.contains(word))
}
