//! A process that dies before a chosen write: everything before it happened, nothing after it.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use bytes::Bytes;
use nix::sys::signal::Signal;
use stellarr_aws::{AwsCloud, Cloud, ConnectOptions, PutCondition, PutObject};

use crate::aws_answers::server::{Reply, Server};

/// Set for the process that dies, to the address that it writes to.
const ADDRESS: &str = "STELLARR_TEST_ADDRESS";

#[tokio::test]
#[ignore = "runs as a process of the other test"]
async fn writes() {
    let Ok(address) = std::env::var(ADDRESS) else { return };
    let options = ConnectOptions { crash_at: Some(2), ..ConnectOptions::emulator("eu-west-1", address) };
    let cloud = AwsCloud::connect(options).await.unwrap();
    for key in ["first", "second"] {
        let object = PutObject {
            key: key.to_owned(),
            body: Bytes::new(),
            content_type: "text/plain".to_owned(),
            cache_control: None,
            content_encoding: None,
            metadata: BTreeMap::new(),
            condition: PutCondition::Any,
        };
        cloud.objects().put("b", object).await.unwrap();
        // A look between them does not count.
        cloud.objects().head("b", key).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_write_never_happens() {
    let good = Reply::ok("").header("etag", "\"e\"");
    let server = Server::start(std::iter::repeat_n(good, 9)).await;
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "aws_answers::crash::writes", "--ignored"]).env(ADDRESS, server.address());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert_eq!(output.status.signal(), Some(Signal::SIGABRT as i32), "{output:?}");
    let asked: Vec<_> =
        server.requests().iter().map(|request| format!("{} {}", request.method, request.path)).collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked[0].starts_with("PUT /b/first") && asked[1].starts_with("HEAD /b/first"), "{asked:?}");
}
