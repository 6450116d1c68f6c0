//! One statement of a policy.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// What is allowed on what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its name within the policy.
    pub sid: String,
    /// What is allowed.
    pub actions: Vec<String>,
    /// On what.
    pub resources: Vec<String>,
    /// When.
    pub condition: Option<Value>,
}

impl Statement {
    pub(super) fn new(actions: BTreeSet<&'static str>, resources: BTreeSet<String>, condition: Option<Value>) -> Self {
        Self {
            sid: String::new(),
            actions: actions.into_iter().map(str::to_owned).collect(),
            resources: without_covered(resources),
            condition,
        }
    }

    /// As IAM writes it.
    pub(super) fn document(&self) -> Value {
        let mut document = json!({
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": one_or_all(&self.actions),
            "Resource": one_or_all(&self.resources),
        });
        if let Some(condition) = &self.condition {
            document["Condition"] = condition.clone();
        }
        document
    }
}

fn one_or_all(texts: &[String]) -> Value {
    match texts {
        [one] => Value::from(one.as_str()),
        all => Value::from(all.to_vec()),
    }
}

/// Leaves out what a shorter pattern of the same set covers.
fn without_covered(resources: BTreeSet<String>) -> Vec<String> {
    let covers = |pattern: &String, other: &String| {
        pattern != other && pattern.strip_suffix('*').is_some_and(|start| other.starts_with(start))
    };
    resources.iter().filter(|one| !resources.iter().any(|other| covers(other, one))).cloned().collect()
}

/// Names the statements after their services: `S3`, `S32`, `Iam`.
pub(super) fn name(statements: &mut [Statement]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for statement in statements {
        let services: BTreeSet<&str> = statement.actions.iter().map(|action| super::service_of(action)).collect();
        let name = match services.into_iter().collect::<Vec<_>>().as_slice() {
            [one] => {
                let mut letters = one.chars().filter(char::is_ascii_alphanumeric);
                letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
            }
            _ => "Anything".to_owned(),
        };
        let count = seen.entry(name.clone()).and_modify(|count| *count += 1).or_insert(1);
        statement.sid = if *count == 1 { name } else { format!("{name}Part{count}") };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shorter_pattern_covers_is_left_out() {
        let all = ["arn:a:x-*", "arn:a:x-api", "arn:a:y"].map(str::to_owned);
        assert_eq!(without_covered(all.into()), ["arn:a:x-*", "arn:a:y"]);
    }
}
