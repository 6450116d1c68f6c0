//! Rights that a new template gives and the deployed one does not.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::sentences::thing;

/// A right that somebody gets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Right {
    /// Logical id of the role, permission or policy.
    pub logical_id: String,
    /// Who gets it: a role's own functions, or a principal.
    pub who: String,
    /// What is allowed, such as `s3:DeleteObject`.
    pub action: String,
    /// On what, as the template writes it.
    pub resource: String,
}

impl Right {
    /// One sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("{} may {} on {}", self.who, self.action, self.resource)
    }
}

/// Lists what `after` allows and `before` does not.
#[must_use]
pub fn widened(before: &Value, after: &Value) -> Vec<Right> {
    // A stack that is new gives all its rights to things of its own.
    let Some(old) = before["Resources"].as_object() else { return Vec::new() };
    let had: BTreeSet<Right> = old.iter().flat_map(|(id, resource)| rights(id, resource)).collect();
    let has = after["Resources"].as_object().into_iter().flatten().flat_map(|(id, resource)| rights(id, resource));
    has.filter(|right| !had.iter().any(|one| one.covers(right))).collect::<BTreeSet<_>>().into_iter().collect()
}

impl Right {
    fn covers(&self, other: &Self) -> bool {
        let within = |pattern: &str, text: &str| {
            pattern == text || pattern.strip_suffix('*').is_some_and(|start| text.starts_with(start))
        };
        self.logical_id == other.logical_id
            && self.who == other.who
            && within(&self.action, &other.action)
            && within(&self.resource, &other.resource)
    }
}

/// What one resource allows to whom.
fn rights(id: &str, resource: &Value) -> Vec<Right> {
    let properties = &resource["Properties"];
    match resource["Type"].as_str().unwrap_or_default() {
        "AWS::IAM::Role" => {
            let holder = thing(&id.replace("Role", "Function"), "AWS::Lambda::Function");
            let policies = properties["Policies"].as_array().into_iter().flatten();
            let mut found: Vec<Right> =
                policies.flat_map(|policy| of_document(id, Some(&holder), &policy["PolicyDocument"])).collect();
            let trusted = &properties["AssumeRolePolicyDocument"];
            found.extend(
                of_document(id, None, trusted)
                    .into_iter()
                    .map(|right| Right { resource: format!("the role {id}"), ..right }),
            );
            let managed = properties["ManagedPolicyArns"].as_array().into_iter().flatten();
            found.extend(managed.map(|policy| Right {
                logical_id: id.to_owned(),
                who: holder.clone(),
                action: "do everything".to_owned(),
                resource: words(policy),
            }));
            found
        }
        "AWS::Lambda::Permission" => vec![Right {
            logical_id: id.to_owned(),
            who: principal(&properties["Principal"]),
            action: words(&properties["Action"]),
            resource: words(&properties["FunctionName"]),
        }],
        "AWS::S3::BucketPolicy" | "AWS::SQS::QueuePolicy" | "AWS::SNS::TopicPolicy" => {
            of_document(id, None, &properties["PolicyDocument"])
        }
        _ => Vec::new(),
    }
}

fn of_document(id: &str, holder: Option<&str>, document: &Value) -> Vec<Right> {
    let statements = list(&document["Statement"]);
    let allowed = statements.into_iter().filter(|statement| statement["Effect"] == "Allow");
    allowed
        .flat_map(|statement| {
            let who = holder.map_or_else(|| principal(&statement["Principal"]), str::to_owned);
            let condition = match &statement["Condition"] {
                Value::Null => String::new(),
                condition => format!(", if {condition}"),
            };
            let resources = match list(&statement["Resource"]) {
                none if none.iter().all(Value::is_null) => vec![Value::from("it")],
                some => some,
            };
            let mut found = Vec::new();
            for action in list(&statement["Action"]) {
                found.extend(resources.iter().map(|resource| Right {
                    logical_id: id.to_owned(),
                    who: who.clone(),
                    action: words(&action),
                    resource: format!("{}{condition}", words(resource)),
                }));
            }
            found
        })
        .collect()
}

fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    }
}

/// Who: anybody, a service, an account.
fn principal(value: &Value) -> String {
    match value {
        Value::String(text) if text == "*" => "anybody".to_owned(),
        Value::String(text) => text.clone(),
        Value::Object(kinds) => {
            let names: Vec<String> = kinds.values().flat_map(list).map(|one| words(&one)).collect();
            if names.iter().any(|name| name == "*") { "anybody".to_owned() } else { names.join(", ") }
        }
        other => words(other),
    }
}

/// A value as the template writes it: `${Bucket.Arn}/*`, `Bucket.Arn`, `CatalogueTableArn`.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(function) => match function.iter().next() {
            Some((name, Value::String(text))) if matches!(name.as_str(), "Ref" | "Fn::Sub") => text.clone(),
            Some((name, Value::Array(parts))) if name == "Fn::GetAtt" => {
                parts.iter().map(words).collect::<Vec<_>>().join(".")
            }
            _ => value.to_string(),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn role(actions: Value, resource: Value) -> Value {
        let statement = json!({"Effect": "Allow", "Action": actions, "Resource": resource});
        let policies = json!([{"PolicyDocument": {"Statement": [statement]}}]);
        json!({"Resources": {"WarmerRole": {"Type": "AWS::IAM::Role", "Properties": {"Policies": policies}}}})
    }

    fn said(before: &Value, after: &Value) -> Vec<String> {
        widened(before, after).iter().map(Right::sentence).collect()
    }

    #[test]
    fn a_new_action_and_a_wider_resource_are_told() {
        let before = role(json!(["s3:GetObject"]), json!({"Fn::Sub": "${B.Arn}/a-*"}));
        let action = role(json!(["s3:GetObject", "s3:PutObject"]), json!({"Fn::Sub": "${B.Arn}/a-*"}));
        assert_eq!(said(&before, &action), ["the warmer may s3:PutObject on ${B.Arn}/a-*"]);
        let wider = role(json!("s3:GetObject"), json!({"Fn::Sub": "${B.Arn}/*"}));
        assert_eq!(said(&before, &wider), ["the warmer may s3:GetObject on ${B.Arn}/*"]);
    }

    #[test]
    fn fewer_rights_and_the_same_in_other_words_are_not_told() {
        let before = role(json!(["s3:GetObject", "s3:PutObject"]), json!({"Fn::Sub": "${B.Arn}/*"}));
        assert!(said(&before, &role(json!("s3:PutObject"), json!({"Fn::Sub": "${B.Arn}/x"}))).is_empty());
        assert!(said(&before, &before).is_empty());
        assert!(said(&Value::Null, &before).is_empty());
    }

    #[test]
    fn a_function_that_anybody_may_call_is_told() {
        let before = json!({"Resources": {}});
        let permission = json!({"Type": "AWS::Lambda::Permission", "Properties": {
            "Action": "lambda:InvokeFunction", "Principal": "*", "FunctionName": {"Ref": "ApiFunction"}}});
        let after = json!({"Resources": {"Open": permission}});
        assert_eq!(said(&before, &after), ["anybody may lambda:InvokeFunction on ApiFunction"]);
    }

    #[test]
    fn a_condition_that_falls_away_widens() {
        let policy = |condition: Value| {
            let mut statement = json!({"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Q", "Arn"]}});
            if !condition.is_null() {
                statement["Condition"] = condition;
            }
            let document = json!({"Statement": [statement]});
            json!({"Resources": {"P": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"PolicyDocument": document}}}})
        };
        let before = policy(json!({"ArnEquals": {"aws:SourceArn": "x"}}));
        assert_eq!(said(&before, &policy(Value::Null)), ["events.amazonaws.com may sqs:SendMessage on Q.Arn"]);
    }
}
