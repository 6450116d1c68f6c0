//! Reads what the functions say, which the emulator keeps as CloudWatch Logs does.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use hyper::Request;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::state::State;
use super::{http, logs};

/// How the functions' log groups are called.
const PREFIX: &str = "/aws/lambda/";
/// How long the emulator may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// How often it is asked for more.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The functions' logs on an emulator.
pub(super) struct FunctionLogs {
    sandbox: Option<State>,
    region: String,
    /// The time in milliseconds from which each group's next events are.
    since: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Groups {
    log_groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    log_group_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Events {
    #[serde(default)]
    events: Vec<Event>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
struct Event {
    timestamp: u64,
    message: String,
}

impl FunctionLogs {
    /// Begins with the first event.
    pub(super) fn new(sandbox: Option<State>, region: String) -> Self {
        Self { sandbox, region, since: BTreeMap::new() }
    }

    /// Returns the lines that came since the last call, by time; nothing while the emulator does not answer.
    pub(super) async fn read(&mut self) -> Vec<String> {
        let groups: Option<Groups> = self.ask("DescribeLogGroups", json!({"logGroupNamePrefix": PREFIX})).await;
        let mut lines = Vec::new();
        for Group { log_group_name: group } in groups.map(|groups| groups.log_groups).unwrap_or_default() {
            let since = self.since.get(&group).copied().unwrap_or_default();
            let mut token = None;
            loop {
                let mut request = json!({"logGroupName": group, "startTime": since});
                if let Some(token) = &token {
                    request["nextToken"] = json!(token);
                }
                let Some(page) = self.ask::<Events>("FilterLogEvents", request).await else {
                    break;
                };
                // `stellarr-prod-api` is `api` here: a project has one of each.
                let name = group.rsplit(['-', '/']).next().unwrap_or(&group).to_owned();
                for Event { timestamp, message } in page.events {
                    let next = self.since.entry(group.clone()).or_default();
                    *next = (*next).max(timestamp + 1);
                    lines.extend(message.lines().map(|line| (timestamp, logs::labelled(&name, line))));
                }
                token = page.next_token;
                if token.is_none() {
                    break;
                }
            }
        }
        lines.sort_by_key(|(timestamp, _)| *timestamp);
        lines.into_iter().map(|(_, line)| line).collect()
    }

    /// Waits for lines.
    pub(super) async fn next(&mut self) -> Vec<String> {
        loop {
            let lines = self.read().await;
            if !lines.is_empty() {
                return lines;
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    async fn ask<T: DeserializeOwned>(&self, operation: &str, body: Value) -> Option<T> {
        let sandbox = self.sandbox.as_ref()?;
        let request = Request::post("/")
            .header("authorization", sandbox.keys.authorization("logs", &self.region))
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("Logs_20140328.{operation}"));
        let body = Bytes::from(body.to_string());
        let (status, body) = http::exchange(sandbox.ports.emulator, request, body, ANSWER_TIMEOUT).await.ok()?;
        if status == 200 { serde_json::from_slice(&body).ok() } else { None }
    }
}
