//! The adapters against recorded and damaged answers: retries, lost replies, wrong clocks, missing credentials.

#[cfg(unix)]
mod crash;
mod credentials;
mod damaged;
mod lost_replies;
mod passing;
mod refusals;
pub(crate) mod server;
mod shape;

use std::time::Duration;

use stellarr_aws::{AwsCloud, ConnectOptions, RetryPolicy, Timeouts};

use server::Server;

/// Connects to a server of canned answers, with pauses and patience that suit a test.
async fn connect(server: &Server) -> AwsCloud {
    AwsCloud::connect(options(server)).await.expect("the endpoint is an address")
}

fn options(server: &Server) -> ConnectOptions {
    ConnectOptions {
        retry: RetryPolicy { first_pause: Duration::from_millis(1), ..RetryPolicy::default() },
        timeouts: Timeouts { attempt: Duration::from_millis(500), ..Timeouts::default() },
        ..ConnectOptions::emulator("eu-west-1", server.address())
    }
}
