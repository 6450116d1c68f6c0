//! Works out what a template means with given parameters: conditions, references, names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use stellarr_aws::template;

/// A resource as it would be made.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Resource {
    pub(crate) kind: String,
    pub(crate) properties: Value,
    pub(crate) deletion_policy: String,
    pub(crate) replace_policy: String,
    pub(crate) physical_id: String,
    /// The name that the template gives it, if it gives one.
    pub(crate) own_name: Option<String>,
}

impl Resource {
    /// Says whether the resource outlives its stack.
    pub(crate) fn is_retained(&self) -> bool {
        self.deletion_policy.starts_with("Retain")
    }
}

/// A template with its parameters filled in.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Evaluated {
    pub(crate) resources: BTreeMap<String, Resource>,
    pub(crate) outputs: BTreeMap<String, String>,
}

/// What a template is worked out with.
pub(crate) struct Scope<'a> {
    pub(crate) stack: &'a str,
    pub(crate) stack_id: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    pub(crate) parameters: &'a BTreeMap<String, String>,
    /// Physical ids of imported resources, which CloudFormation did not make up.
    pub(crate) imported: &'a BTreeMap<String, String>,
}

/// Names and defaults of a template's parameters.
pub(crate) fn parameters(text: &str) -> Result<BTreeMap<String, Option<String>>, String> {
    let document = template::parse(text).map_err(|error| error.to_string())?;
    Ok(document
        .get("Parameters")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, declared)| (name.clone(), declared.get("Default").map(text_of)))
        .collect())
}

/// Works a template out.
pub(crate) fn evaluate(text: &str, scope: &Scope<'_>) -> Result<Evaluated, String> {
    let document = template::parse(text).map_err(|error| error.to_string())?;
    let evaluator = Evaluator { document: &document, scope };
    let mut result = Evaluated::default();
    for (id, declared) in section(&document, "Resources") {
        if evaluator.is_wanted(declared)? {
            result.resources.insert(id.clone(), evaluator.resource(id, declared)?);
        }
    }
    if result.resources.is_empty() {
        return Err("At least one Resources member must be defined.".to_owned());
    }
    for (key, declared) in section(&document, "Outputs") {
        if evaluator.is_wanted(declared)? {
            let value = evaluator.value(declared.get("Value").unwrap_or(&Value::Null))?;
            result.outputs.insert(key.clone(), text_of(&value));
        }
    }
    let known: BTreeSet<&String> = section(&document, "Resources").map(|(id, _)| id).collect();
    for (id, declared) in section(&document, "Resources") {
        let waits = declared.get("DependsOn").cloned().unwrap_or(Value::Null);
        let waits = if waits.is_string() { json!([waits]) } else { waits };
        for other in waits.as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !known.contains(&other.to_owned()) {
                return Err(format!("Template format error: Unresolved resource dependencies [{other}] of {id}"));
            }
        }
    }
    Ok(result)
}

struct Evaluator<'a> {
    document: &'a Value,
    scope: &'a Scope<'a>,
}

impl Evaluator<'_> {
    fn resource(&self, id: &str, declared: &Value) -> Result<Resource, String> {
        let kind = text_of(declared.get("Type").unwrap_or(&Value::Null));
        if !kind.contains("::") {
            return Err(format!(
                "Template format error: [/Resources/{id}] Every Resources object must contain a Type member."
            ));
        }
        let properties = self.value(declared.get("Properties").unwrap_or(&Value::Null))?;
        let own_name = own_name(&kind, &properties);
        let record = record_name(&kind, &properties);
        let policy = |name: &str| declared.get(name).map_or_else(|| "Delete".to_owned(), text_of);
        Ok(Resource {
            physical_id: record.unwrap_or_else(|| self.physical_id(id, &kind, own_name.as_deref())),
            own_name,
            kind,
            properties,
            deletion_policy: policy("DeletionPolicy"),
            replace_policy: policy("UpdateReplacePolicy"),
        })
    }

    fn physical_id(&self, id: &str, kind: &str, own_name: Option<&str>) -> String {
        if let Some(imported) = self.scope.imported.get(id) {
            return imported.clone();
        }
        let Scope { stack, stack_id, region, account, .. } = self.scope;
        // New with every creation of the stack, as CloudFormation's own names are.
        let suffix = stack_id.rsplit('/').next().unwrap_or_default();
        let name = own_name.map_or_else(|| format!("{stack}-{id}-{suffix}"), str::to_owned);
        match kind {
            "AWS::S3::Bucket" => name.to_lowercase(),
            "AWS::SecretsManager::Secret" => format!("arn:aws:secretsmanager:{region}:{account}:secret:{name}-AbCdEf"),
            "AWS::CloudFront::Distribution" => format!("E{}{}", suffix.to_uppercase(), id.to_uppercase()),
            "AWS::CertificateManager::Certificate" => format!("arn:aws:acm:{region}:{account}:certificate/{name}"),
            "AWS::SNS::Topic" => format!("arn:aws:sns:{region}:{account}:{name}"),
            "AWS::SQS::Queue" => format!("https://sqs.{region}.amazonaws.com/{account}/{name}"),
            _ => name,
        }
    }

    fn attribute(&self, id: &str, attribute: &str) -> Result<String, String> {
        let declared = self.declared(id)?;
        let resource = self.resource(id, declared)?;
        let Scope { region, account, .. } = self.scope;
        let physical = &resource.physical_id;
        let lower = physical.to_lowercase();
        Ok(match (resource.kind.as_str(), attribute) {
            (_, "Arn" | "FunctionARN" | "TableArn" | "TopicArn") if physical.starts_with("arn:") => physical.clone(),
            ("AWS::CloudFront::Distribution", "DomainName") => format!("{lower}.cloudfront.net"),
            ("AWS::Lambda::Url", "FunctionUrl") => format!("https://{lower}.lambda-url.{region}.on.aws/"),
            ("AWS::S3::Bucket", "Arn") => format!("arn:aws:s3:::{physical}"),
            ("AWS::Lambda::Function", "Arn") => format!("arn:aws:lambda:{region}:{account}:function:{physical}"),
            ("AWS::DynamoDB::Table", "Arn") => format!("arn:aws:dynamodb:{region}:{account}:table/{physical}"),
            (kind, "Arn") => {
                let service = kind.split("::").nth(1).unwrap_or_default().to_lowercase();
                format!("arn:aws:{service}:{region}:{account}:{physical}")
            }
            (_, "RegionalDomainName") => format!("{physical}.s3.{region}.amazonaws.com"),
            (_, other) => format!("{physical}.{other}"),
        })
    }

    fn declared(&self, id: &str) -> Result<&Value, String> {
        self.document
            .get("Resources")
            .and_then(|resources| resources.get(id))
            .ok_or_else(|| format!("Template format error: Unresolved resource dependencies [{id}] in the template"))
    }

    fn reference(&self, name: &str) -> Result<Value, String> {
        let Scope { stack, stack_id, region, account, parameters, .. } = self.scope;
        Ok(match name {
            "AWS::Region" => json!(region),
            "AWS::AccountId" => json!(account),
            "AWS::StackName" => json!(stack),
            "AWS::StackId" => json!(stack_id),
            "AWS::Partition" => json!("aws"),
            "AWS::URLSuffix" => json!("amazonaws.com"),
            "AWS::NoValue" => Value::Null,
            _ => match parameters.get(name) {
                Some(value) => json!(value),
                None => json!(self.resource(name, self.declared(name)?)?.physical_id),
            },
        })
    }

    fn is_wanted(&self, declared: &Value) -> Result<bool, String> {
        declared.get("Condition").and_then(Value::as_str).map_or(Ok(true), |name| self.condition(name))
    }

    fn condition(&self, name: &str) -> Result<bool, String> {
        let declared = self.document.get("Conditions").and_then(|conditions| conditions.get(name));
        let declared = declared.ok_or_else(|| format!("Template error: unresolved condition dependency {name}"))?;
        self.truth(declared)
    }

    fn truth(&self, value: &Value) -> Result<bool, String> {
        let Some((function, argument)) = single(value) else { return Ok(value == &json!(true)) };
        let parts = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match (function, parts) {
            ("Condition" | "Fn::Condition", _) => self.condition(argument.as_str().unwrap_or_default()),
            ("Fn::Not", [inner]) => Ok(!self.truth(inner)?),
            ("Fn::And", parts) => parts.iter().try_fold(true, |sum, part| Ok(sum && self.truth(part)?)),
            ("Fn::Or", parts) => parts.iter().try_fold(false, |sum, part| Ok(sum || self.truth(part)?)),
            ("Fn::Equals", [left, right]) => Ok(text_of(&self.value(left)?) == text_of(&self.value(right)?)),
            _ => Err(format!("Template error: the fake does not know the condition {function}")),
        }
    }

    fn value(&self, value: &Value) -> Result<Value, String> {
        match value {
            Value::Array(items) => {
                let mut result = Vec::new();
                for item in items {
                    let item_value = self.value(item)?;
                    if !item_value.is_null() || item.is_null() {
                        result.push(item_value);
                    }
                }
                Ok(Value::Array(result))
            }
            Value::Object(object) => match single(value) {
                Some((function, argument)) if function == "Ref" || function.starts_with("Fn::") => {
                    self.function(function, argument)
                }
                _ => self.object(object),
            },
            other => Ok(other.clone()),
        }
    }

    fn object(&self, object: &Map<String, Value>) -> Result<Value, String> {
        let mut result = Map::new();
        for (key, inner) in object {
            let inner_value = self.value(inner)?;
            // A property that an intrinsic function answers with nothing is not there.
            if !inner_value.is_null() || inner.is_null() {
                result.insert(key.clone(), inner_value);
            }
        }
        Ok(Value::Object(result))
    }

    fn function(&self, function: &str, argument: &Value) -> Result<Value, String> {
        let parts = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match (function, parts) {
            ("Ref", _) => self.reference(argument.as_str().unwrap_or_default()),
            ("Fn::GetAtt", [id, attribute]) => Ok(json!(self.attribute(&text_of(id), &text_of(attribute))?)),
            ("Fn::GetAtt", _) => {
                let text = text_of(argument);
                let (id, attribute) = text.split_once('.').ok_or("Template error: bad Fn::GetAtt")?;
                Ok(json!(self.attribute(id, attribute)?))
            }
            ("Fn::If", [name, yes, no]) => self.value(if self.condition(&text_of(name))? { yes } else { no }),
            ("Fn::Join", [mark, list]) => {
                let list = self.value(list)?;
                let words: Vec<String> = list.as_array().into_iter().flatten().map(text_of).collect();
                Ok(json!(words.join(&text_of(mark))))
            }
            ("Fn::Split", [mark, text]) => {
                let text = text_of(&self.value(text)?);
                Ok(json!(text.split(&text_of(mark)).collect::<Vec<_>>()))
            }
            ("Fn::Select", [index, list]) => {
                let list = self.value(list)?;
                let index: usize = text_of(index).parse().map_err(|_| "Template error: bad Fn::Select")?;
                list.get(index).cloned().ok_or_else(|| "Template error: Fn::Select cannot select".to_owned())
            }
            ("Fn::Sub", [text, extra]) => self.substitute(&text_of(text), extra),
            ("Fn::Sub", _) => self.substitute(&text_of(argument), &Value::Null),
            (other, _) => Err(format!("Template error: the fake does not know {other}")),
        }
    }

    fn substitute(&self, text: &str, extra: &Value) -> Result<Value, String> {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let (name, tail) = after.split_once('}').ok_or("Template error: unclosed ${")?;
            rest = tail;
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str(&format!("${{{literal}}}"));
            } else if let Some(own) = extra.get(name) {
                result.push_str(&text_of(&self.value(own)?));
            } else if let Some((id, attribute)) = name.split_once('.') {
                result.push_str(&self.attribute(id, attribute)?);
            } else {
                result.push_str(&text_of(&self.reference(name)?));
            }
        }
        result.push_str(rest);
        Ok(json!(result))
    }
}

fn section<'a>(document: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    document.get(name).and_then(Value::as_object).into_iter().flatten()
}

fn single(value: &Value) -> Option<(&str, &Value)> {
    let object = value.as_object()?;
    let (key, inner) = object.iter().next()?;
    (object.len() == 1).then_some((key.as_str(), inner))
}

/// A scalar as CloudFormation passes it on.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn own_name(kind: &str, properties: &Value) -> Option<String> {
    let property = match kind {
        "AWS::S3::Bucket" => "BucketName",
        "AWS::DynamoDB::Table" => "TableName",
        "AWS::Lambda::Function" => "FunctionName",
        "AWS::Logs::LogGroup" => "LogGroupName",
        "AWS::IAM::Role" => "RoleName",
        "AWS::SQS::Queue" => "QueueName",
        "AWS::SNS::Topic" => "TopicName",
        "AWS::SecretsManager::Secret" | "AWS::Events::Rule" | "AWS::CloudFront::Function" | "AWS::WAFv2::WebACL" => {
            "Name"
        }
        "AWS::Budgets::Budget" => return properties.pointer("/Budget/BudgetName").map(text_of),
        _ => return None,
    };
    properties.get(property).map(text_of)
}

/// A record's physical id, which is its name.
fn record_name(kind: &str, properties: &Value) -> Option<String> {
    (kind == "AWS::Route53::RecordSet").then(|| properties.get("Name").map(text_of)).flatten()
}
