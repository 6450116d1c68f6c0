//! The emulator as a process of the test.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use stellarr_aws::{AwsCloud, ConnectOptions};
use tempfile::TempDir;

/// How long it may take to come up.
const START: Duration = Duration::from_secs(60);

/// A running emulator with its own folder; gone when dropped.
pub(crate) struct Emulator {
    address: String,
    process: Child,
    _folder: TempDir,
}

impl Emulator {
    pub(crate) async fn start() -> Self {
        let Some(program) = std::env::var_os("STELLARR_MINISTACK") else {
            panic!("STELLARR_MINISTACK is not set: run this through tests/run, which installs the emulator");
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("http://127.0.0.1:{port}");
        let folder = tempfile::tempdir().unwrap();
        let process = Command::new(program)
            .env("AWS_ENDPOINT_URL", &address)
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("LAMBDA_EXECUTOR", "local")
            .env("DOCKER_HOST", "unix:///nonexistent")
            .env("TMPDIR", folder.path())
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut emulator = Self { address, process, _folder: folder };
        emulator.wait().await;
        emulator
    }

    async fn wait(&mut self) {
        let health = format!("{}/_ministack/health", self.address);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let deadline = Instant::now() + START;
        loop {
            if client.get(&health).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            if let Some(status) = self.process.try_wait().unwrap() {
                panic!("the emulator ended with {status}");
            }
            assert!(Instant::now() < deadline, "the emulator did not come up");
            // Its start can't be waited for otherwise.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) async fn connect(&self, region: &str) -> AwsCloud {
        AwsCloud::connect(ConnectOptions::emulator(region, self.address())).await.unwrap()
    }

    /// Sends a request that no adapter can make, such as making a bucket.
    pub(crate) async fn send(
        &self,
        service: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> String {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=test/20261121/{}/{service}/aws4_request, SignedHeaders=host, Signature=0",
            crate::aws_ministack::REGION
        );
        let mut request = client
            .request(method.parse().unwrap(), format!("{}{path}", self.address))
            .header("authorization", authorization)
            .body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        text
    }

    pub(crate) async fn make_bucket(&self, name: &str) {
        let place = format!(
            "<CreateBucketConfiguration><LocationConstraint>{}</LocationConstraint></CreateBucketConfiguration>",
            crate::aws_ministack::REGION
        );
        self.send("s3", "PUT", &format!("/{name}"), &[], &place).await;
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Ok(id) = i32::try_from(self.process.id()) {
            killpg(Pid::from_raw(id), Signal::SIGKILL).ok();
        }
        self.process.wait().ok();
    }
}
