//! Measures the warmer as Lambda runs it: its own process, TMDB 50 ms away, S3 and Secrets Manager next door.
//!
//! `cargo bench -p stellarr-warmer`. Wall time is from the event to the answer of a first (cold) invocation; CPU time
//! and peak memory are of the whole process, its start included.

#![expect(clippy::unwrap_used, reason = "what a test can't go on without fails it")]

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stellarr_standin::{DEFAULT_KEY, Options, Standin};
use tokio::sync::mpsc;
use wiremock::matchers::{any, method, path, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const RUNS: usize = 7;

const FOUR: &str = "en,es,fr,de";

const FORTY: &str = "en,es,fr,de,it,pt,pt-BR,nl,pl,sv,da,no,fi,cs,sk,hu,ro,bg,el,tr,ru,uk,he,ar,hi,th,vi,id,ms,ko,ja,zh-CN,zh-TW,ca,eu,gl,hr,sr,sl,et";

/// What one run took.
struct Sample {
    wall: Duration,
    cpu: Duration,
    peak_kilobytes: u64,
    most_starts_in_a_second: usize,
}

/// A process that ends with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let aws = aws().await;
    for (name, locales) in [("4 locales", FOUR), ("40 locales", FORTY)] {
        let mut samples = Vec::new();
        for _ in 0..RUNS {
            samples.push(sample(&aws, locales).await);
        }
        samples.sort_by_key(|sample| sample.wall);
        let wall = samples[RUNS / 2].wall;
        samples.sort_by_key(|sample| sample.cpu);
        let cpu = samples[RUNS / 2].cpu;
        samples.sort_by_key(|sample| sample.peak_kilobytes);
        let peak = samples[RUNS / 2].peak_kilobytes;
        let starts = samples.iter().map(|sample| sample.most_starts_in_a_second).max().unwrap_or_default();
        println!(
            "warmer, {name}: wall {:.0} ms, CPU {:.1} ms, peak {:.1} MB, at most {starts} requests in a second (medians of {RUNS})",
            wall.as_secs_f64() * 1e3,
            cpu.as_secs_f64() * 1e3,
            f64::from(u32::try_from(peak).unwrap()) / 1024.0,
        );
    }
}

/// Stands for S3, in which nothing lies yet, and for Secrets Manager.
async fn aws() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(|request: &Request| {
            if request.headers.contains_key("x-amz-target") {
                let secret = json!({ "TMDB_API_KEY": DEFAULT_KEY }).to_string();
                return ResponseTemplate::new(200).set_body_json(json!({ "Name": "app", "SecretString": secret }));
            }
            match request.method.as_str() {
                "PUT" => ResponseTemplate::new(200).insert_header("etag", "\"0\""),
                "HEAD" => ResponseTemplate::new(404),
                _ => ResponseTemplate::new(404).set_body_string("<Error><Code>NoSuchKey</Code></Error>"),
            }
        })
        .mount(&server)
        .await;
    server
}

async fn sample(aws: &MockServer, locales: &str) -> Sample {
    let options = Options { fill_pages: true, latency: Duration::from_millis(50), ..Options::default() };
    let standin = Standin::start(([127, 0, 0, 1], 0).into(), options).unwrap();
    let (send, mut moments) = mpsc::unbounded_channel::<(Instant, Value)>();
    let runtime = MockServer::start().await;
    let started = send.clone();
    let next = || Mock::given(method("GET")).and(path("/2018-06-01/runtime/invocation/next"));
    next()
        .respond_with(move |_: &Request| {
            started.send((Instant::now(), Value::Null)).unwrap();
            ResponseTemplate::new(200)
                .set_body_json(json!({}))
                .insert_header("lambda-runtime-aws-request-id", "one")
                .insert_header("lambda-runtime-deadline-ms", "4102444800000")
                .insert_header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:0:function:a")
        })
        .up_to_n_times(1)
        .mount(&runtime)
        .await;
    next().respond_with(ResponseTemplate::new(200).set_delay(Duration::from_secs(600))).mount(&runtime).await;
    Mock::given(method("POST"))
        .and(path_regex("/2018-06-01/runtime/invocation/one/(response|error)"))
        .respond_with(move |request: &Request| {
            send.send((Instant::now(), serde_json::from_slice(&request.body).unwrap())).unwrap();
            ResponseTemplate::new(202)
        })
        .mount(&runtime)
        .await;
    let function = Command::new(env!("CARGO_BIN_EXE_stellarr-warmer"))
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", runtime.address().to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "a-bench-warmer")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_ENDPOINT_URL", aws.uri())
        .env("APP_SECRET_ARN", "app")
        .env("TRENDING_S3_BUCKET", "trending")
        .env("LOCALES", locales)
        .env("TMDB_BASE_URL", standin.tmdb_base_url())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let function = Running(function);
    let (begin, _) = moments.recv().await.unwrap();
    let (end, report) = moments.recv().await.unwrap();
    assert_eq!(report["success"], true, "{report}");
    assert_eq!(report["files"].as_array().unwrap().len(), locales.split(',').count() * 3);
    let process = format!("/proc/{}", function.0.id());
    Sample {
        wall: end - begin,
        cpu: cpu(&process),
        peak_kilobytes: peak(&process),
        most_starts_in_a_second: most_in_a_second(&standin),
    }
}

/// Adds up what the scheduler gave to each thread of a process.
fn cpu(process: &str) -> Duration {
    let tasks = fs::read_dir(format!("{process}/task")).unwrap();
    let nanoseconds = tasks.map(|task| {
        let text = fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap();
        text.split(' ').next().unwrap().parse::<u64>().unwrap()
    });
    Duration::from_nanos(nanoseconds.sum())
}

fn peak(process: &str) -> u64 {
    let status = fs::read_to_string(format!("{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn most_in_a_second(standin: &Standin) -> usize {
    let times: Vec<u64> = standin.log().latest.iter().map(|entry| entry.at).collect();
    times
        .iter()
        .map(|from| times.iter().filter(|at| (*from..from + 1_000).contains(*at)).count())
        .max()
        .unwrap_or_default()
}
