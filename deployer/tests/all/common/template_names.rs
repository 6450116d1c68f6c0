//! Names in a template that lead nowhere.

use std::collections::BTreeSet;

use serde_json::Value;

const PSEUDO: [&str; 6] =
    ["AWS::AccountId", "AWS::NoValue", "AWS::Partition", "AWS::Region", "AWS::StackId", "AWS::StackName"];

/// Every `Ref`, `GetAtt`, `Sub`, `If`, `DependsOn` and `TargetOriginId` whose name is not there.
pub(crate) fn problems(template: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let names = Names {
        resources: keys(template, "Resources"),
        parameters: keys(template, "Parameters"),
        conditions: keys(template, "Conditions"),
    };
    for section in ["Resources", "Outputs", "Conditions"] {
        names.look_at(&template[section], &mut found);
    }
    for (id, resource) in template["Resources"].as_object().into_iter().flatten() {
        for needed in one_or_many(&resource["DependsOn"]) {
            if !names.resources.contains(needed) {
                found.push(format!("{id} depends on {needed}"));
            }
        }
        let config = &resource["Properties"]["DistributionConfig"];
        let origins: BTreeSet<_> = list(&config["Origins"]).filter_map(|origin| origin["Id"].as_str()).collect();
        for behavior in list(&config["CacheBehaviors"]).chain([&config["DefaultCacheBehavior"]]) {
            let origin = behavior["TargetOriginId"].as_str();
            if config.is_object() && !origin.is_some_and(|origin| origins.contains(origin)) {
                found.push(format!("{id} goes to the origin {origin:?}"));
            }
        }
    }
    found
}

struct Names {
    resources: BTreeSet<String>,
    parameters: BTreeSet<String>,
    conditions: BTreeSet<String>,
}

impl Names {
    fn look_at(&self, value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                for (key, argument) in object {
                    self.check(key, argument, found);
                    self.look_at(argument, found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.look_at(item, found)),
            _ => {}
        }
    }

    fn check(&self, key: &str, argument: &Value, found: &mut Vec<String>) {
        match (key, argument) {
            ("Ref", Value::String(name)) if !self.is_known(name) => found.push(format!("Ref {name}")),
            ("Fn::GetAtt", Value::Array(parts)) => {
                let id = parts[0].as_str().unwrap_or_default();
                if !self.resources.contains(id) {
                    found.push(format!("GetAtt {id}"));
                }
            }
            ("Fn::Sub", Value::String(text)) => {
                for variable in text.split("${").skip(1).filter_map(|rest| rest.split('}').next()) {
                    let head = variable.split('.').next().unwrap_or_default();
                    let known = if head == variable { self.is_known(head) } else { self.resources.contains(head) };
                    if !known {
                        found.push(format!("Sub {variable}"));
                    }
                }
            }
            ("Fn::If", Value::Array(parts))
                if !parts[0].as_str().is_some_and(|name| self.conditions.contains(name)) =>
            {
                found.push(format!("If {}", parts[0]));
            }
            _ => {}
        }
    }

    fn is_known(&self, name: &str) -> bool {
        self.resources.contains(name) || self.parameters.contains(name) || PSEUDO.contains(&name)
    }
}

fn keys(template: &Value, section: &str) -> BTreeSet<String> {
    template[section].as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn one_or_many(value: &Value) -> Vec<&str> {
    match value {
        Value::String(name) => vec![name],
        _ => list(value).filter_map(Value::as_str).collect(),
    }
}
