//! An HTTP server that gives canned answers in their order and keeps what it was asked.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A canned answer.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Status, headers, body.
    Http(u16, Vec<(String, String)>, Vec<u8>),
    /// The connection breaks after the request was read.
    Reset,
    /// Nothing comes.
    Hang,
    /// The connection breaks in the middle of this body.
    Truncated(String),
}

impl Reply {
    pub(crate) fn ok(body: impl Into<String>) -> Self {
        Self::status(200, body)
    }

    pub(crate) fn status(status: u16, body: impl Into<String>) -> Self {
        Self::Http(status, Vec::new(), body.into().into_bytes())
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Http(_, headers, _) = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// A failure in the dialect of CloudFormation and STS.
    pub(crate) fn query_error(status: u16, code: &str, message: &str) -> Self {
        Self::status(
            status,
            format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                 <RequestId>R1</RequestId></ErrorResponse>"
            ),
        )
    }

    /// A failure in the dialect of S3.
    pub(crate) fn s3_error(status: u16, code: &str, message: &str) -> Self {
        Self::status(
            status,
            format!("<Error><Code>{code}</Code><Message>{message}</Message><RequestId>R1</RequestId></Error>"),
        )
    }

    /// A failure in the dialect of Secrets Manager, Certificate Manager and Lambda.
    pub(crate) fn json_error(status: u16, code: &str, message: &str) -> Self {
        Self::status(status, format!("{{\"__type\":\"{code}\",\"message\":\"{message}\"}}"))
            .header("x-amzn-errortype", code)
    }
}

/// What the server was asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

type Answer = Box<dyn Fn(&Request) -> Reply + Send>;

#[derive(Default)]
struct State {
    replies: VecDeque<Reply>,
    /// What a request is answered when no reply waits in turn.
    answer: Option<Answer>,
    requests: Vec<Request>,
}

/// The server.
pub(crate) struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::serving(State { replies: replies.into_iter().collect(), ..State::default() }).await
    }

    /// A server that answers by path, in whatever order it is asked.
    pub(crate) async fn answering(by_path: fn(&str) -> Reply) -> Self {
        Self::answering_requests(move |request| by_path(&request.path)).await
    }

    /// A server that answers by the whole request: a service of one address tells its operations apart by the body.
    pub(crate) async fn answering_requests(answer: impl Fn(&Request) -> Reply + Send + 'static) -> Self {
        Self::serving(State { answer: Some(Box::new(answer)), ..State::default() }).await
    }

    async fn serving(state: State) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { address, state, task }
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn add(&self, reply: Reply) {
        self.state.lock().unwrap().replies.push_back(reply);
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state.lock().unwrap().requests.clone()
    }

    /// Panics when an answer was not fetched.
    pub(crate) fn assert_used_up(&self) {
        let left = self.state.lock().unwrap().replies.len();
        assert_eq!(left, 0, "answers that nobody fetched");
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    while let Some(request) = read(&mut stream).await {
        let is_head = request.method == "HEAD";
        let reply = {
            let mut state = state.lock().unwrap();
            let answer = state.answer.as_ref().map(|answer| answer(&request));
            state.requests.push(request);
            state.replies.pop_front().or(answer).unwrap_or_else(|| Reply::status(501, "no answer is left"))
        };
        let (status, headers, body, whole) = match reply {
            Reply::Http(status, headers, body) => (status, headers, body, true),
            Reply::Truncated(body) => (200, Vec::new(), body.into_bytes(), false),
            Reply::Reset => return,
            Reply::Hang => return std::future::pending().await,
        };
        let mut head = format!("HTTP/1.1 {status} Canned\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let sent = if whole { body.len() } else { body.len() / 2 };
        let sent = if is_head { 0 } else { sent };
        let bytes = [format!("{head}\r\n").as_bytes(), &body[..sent]].concat();
        if stream.write_all(&bytes).await.is_err() || !whole {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        let count = stream.read(&mut part).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&part[..count]);
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        let count = stream.read(&mut part).await.ok().filter(|count| *count > 0)?;
        body.extend_from_slice(&part[..count]);
    }
    Some(Request { method, path, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
