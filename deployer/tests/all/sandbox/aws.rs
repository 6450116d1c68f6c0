//! The few AWS calls that these tests make, by plain HTTP.

use std::io::{Cursor, Write};

use reqwest::{Client, Response};
use serde_json::{Value, json};
use stellarr::sandbox::Sandbox;
use zip::write::SimpleFileOptions;

/// A stack with one of each thing that has to survive.
const TEMPLATE: &str = include_str!("stack.yaml");
/// A function in the language that is there wherever the emulator is.
const BOOTSTRAP: &str = include_str!("bootstrap.py");
/// Its zip is an object in this bucket.
const BUCKET: &str = "artifacts";

/// An AWS client for a sandbox.
pub(crate) struct Aws {
    endpoint: String,
    key: String,
    client: Client,
}

impl Aws {
    pub(crate) fn new(sandbox: &Sandbox) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        Self { endpoint: sandbox.endpoint(), key: sandbox.credentials().access_key_id, client }
    }

    /// The header of a call to a service.
    pub(crate) fn authorization(&self, service: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential={}/20261121/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0",
            self.key
        )
    }

    async fn checked(response: Response) -> String {
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{status}: {text}");
        text
    }

    /// Calls an operation of a service with the JSON protocol.
    pub(crate) async fn json(&self, service: &str, target: &str, body: Value) -> Value {
        let request = self
            .client
            .post(&self.endpoint)
            .header("authorization", self.authorization(service))
            .header("x-amz-target", target)
            .header("content-type", "application/x-amz-json-1.1")
            .body(body.to_string());
        serde_json::from_str(&Self::checked(request.send().await.unwrap()).await).unwrap()
    }

    /// Calls an operation of CloudFormation.
    pub(crate) async fn stacks(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let mut form = vec![("Action", action), ("Version", "2010-05-15"), ("StackName", "story")];
        form.extend(parameters);
        let body: String =
            form.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect::<Vec<_>>().join("&");
        let request = self
            .client
            .post(&self.endpoint)
            .header("authorization", self.authorization("cloudformation"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        Self::checked(request.send().await.unwrap()).await
    }

    pub(crate) async fn put(&self, bucket: &str, key: &str, kind: &str, body: Vec<u8>) {
        let request = self
            .client
            .put(format!("{}/{bucket}/{key}", self.endpoint))
            .header("authorization", self.authorization("s3"))
            .header("content-type", kind)
            .header("cache-control", "max-age=60")
            .body(body);
        Self::checked(request.send().await.unwrap()).await;
    }

    pub(crate) async fn get(&self, bucket: &str, key: &str) -> String {
        let request = self
            .client
            .get(format!("{}/{bucket}/{key}", self.endpoint))
            .header("authorization", self.authorization("s3"));
        Self::checked(request.send().await.unwrap()).await
    }

    pub(crate) async fn invoke(&self, function: &str) -> Value {
        let request = self
            .client
            .post(format!("{}/2015-03-31/functions/{function}/invocations", self.endpoint))
            .header("authorization", self.authorization("lambda"))
            .body("{}");
        serde_json::from_str(&Self::checked(request.send().await.unwrap()).await).unwrap()
    }

    /// Reads an output of the stack.
    pub(crate) async fn output(&self, key: &str) -> String {
        let text = self.stacks("DescribeStacks", &[]).await;
        let (_, rest) = text.split_once(&format!("<OutputKey>{key}</OutputKey>")).unwrap_or_else(|| panic!("{text}"));
        let (_, rest) = rest.split_once("<OutputValue>").unwrap();
        rest.split_once("</OutputValue>").unwrap().0.to_owned()
    }

    /// Deploys the story: a stack, a row, a secret's value, a page.
    pub(crate) async fn deploy(&self) {
        let request =
            self.client.put(format!("{}/{BUCKET}", self.endpoint)).header("authorization", self.authorization("s3"));
        Self::checked(request.send().await.unwrap()).await;
        self.put(BUCKET, "function.zip", "application/zip", function()).await;
        self.stacks("CreateStack", &[("TemplateBody", TEMPLATE), ("Capabilities.member.1", "CAPABILITY_IAM")]).await;
        // The emulator creates in the background.
        loop {
            let text = self.stacks("DescribeStacks", &[]).await;
            if text.contains("<StackStatus>CREATE_COMPLETE<") {
                break;
            }
            let events = self.stacks("DescribeStackEvents", &[]).await;
            assert!(text.contains("<StackStatus>CREATE_IN_PROGRESS<"), "{events}");
            tokio::task::yield_now().await;
        }
        let item = json!({"media_type": {"S": "movie"}, "title": {"S": "Nosferatu"}});
        self.json("dynamodb", "DynamoDB_20120810.PutItem", json!({"TableName": "story", "Item": item})).await;
        let value = json!({"SecretId": "story", "SecretString": "kept"});
        self.json("secretsmanager", "secretsmanager.PutSecretValue", value).await;
        let page = format!("<!doctype html><title>Story</title>{}", "<p>Once upon a time.".repeat(200));
        self.put(&self.output("SiteBucket").await, "index.html", "text/html; charset=utf-8", page.into()).await;
    }

    /// Checks that the whole story is there.
    pub(crate) async fn check(&self) {
        assert!(self.stacks("DescribeStacks", &[]).await.contains("CREATE_COMPLETE"));
        let resources = self.stacks("DescribeStackResources", &[]).await;
        assert!(resources.contains("AWS::CloudFront::Distribution"), "{resources}");
        assert!(self.stacks("GetTemplate", &[]).await.contains("ViewerAddress"));
        let key = json!({"TableName": "story", "Key": {"media_type": {"S": "movie"}}});
        let row = self.json("dynamodb", "DynamoDB_20120810.GetItem", key).await;
        assert_eq!(row["Item"]["title"]["S"], "Nosferatu");
        let secret = self.json("secretsmanager", "secretsmanager.GetSecretValue", json!({"SecretId": "story"})).await;
        assert_eq!(secret["SecretString"], "kept");
        assert!(self.get(&self.output("SiteBucket").await, "index.html").await.contains("Once upon a time."));
        assert_eq!(self.invoke("story").await["statusCode"], 200);
        let rules = self.json("events", "AWSEvents.ListRules", json!({})).await;
        assert_eq!(rules["Rules"][0]["ScheduleExpression"], "rate(24 hours)");
        let groups = self.json("logs", "Logs_20140328.DescribeLogGroups", json!({})).await;
        assert_eq!(groups["logGroups"][0]["retentionInDays"], 14, "{groups}");
    }
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn function() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bootstrap", SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
    zip.write_all(BOOTSTRAP.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}
