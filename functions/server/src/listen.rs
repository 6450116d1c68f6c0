//! The HTTP server: connections, what their heads and their waiting may cost, and their end.

use std::fs::File;
use std::future::Future;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::{IntoResponse as _, Response};
use futures::FutureExt as _;
use http::uri::Authority;
use http::{HeaderValue, Request, StatusCode, Version, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use stellarr_api::error::ApiError;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_io_timeout::TimeoutStream;
use tower::Service as _;

use crate::connections::{Admitted, Connections};

/// How long a client may take to send a head, to take none of an answer, and to say nothing between two requests.
pub(crate) const CLIENT_TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes of a request's head; hyper answers a larger one with 431. It also limits what is read of a body at once. The
/// number of headers keeps hyper's own limit of 100: to name one would cost each request an allocation.
const LARGEST_HEAD: usize = 16 * 1024;

/// How long a client that was refused may take to read why.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);

/// Clients that are told at once why they were refused; the connections of more are only closed.
const MAX_REFUSALS_AT_ONCE: usize = 32;

/// Between two lines of the log about refused connections.
const REFUSAL_LOG_INTERVAL: Duration = Duration::from_secs(10);

const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 5\r\n\
    content-length: 34\r\nconnection: close\r\n\r\n{\"detail\":\"Too many connections\"}\n";

/// Answers until `told` is done; then takes no more connections, and waits for the requests that are under way.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    connections: Arc<Connections>,
    patience: Duration,
    told: impl Future<Output = ()>,
) {
    // Once, not for each request.
    let router = router.with_state(());
    let (stop, stopped) = watch::channel(false);
    let mut told = pin!(told);
    let mut refusals = Refusals::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut told => break,
        };
        match accepted {
            Ok((stream, peer)) => match connections.admit(peer.ip()) {
                Some(admitted) => {
                    let conversation = converse(stream, peer, router.clone(), patience, stopped.clone(), admitted);
                    tokio::spawn(conversation);
                }
                None => refusals.refuse(stream, peer),
            },
            Err(error) if is_one_clients(error.kind()) => {}
            Err(error) => {
                if !refusals.refuse_with_the_spare(&listener, &error) {
                    // Others will be closed in a moment.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
    drop(listener);
    let _ = stop.send(true);
    drop(stopped);
    stop.closed().await;
}

const fn is_one_clients(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

/// Refuses connections that are too many. A client that gets no answer at all would wait until its own patience ends.
struct Refusals {
    farewells: Arc<Semaphore>,
    /// Holds a file descriptor. Without it, a connection could not even be taken to be refused when no more may be open.
    spare: Option<File>,
    count: u64,
    logged_at: Option<Instant>,
}

impl Refusals {
    fn new() -> Self {
        Self { farewells: Arc::new(Semaphore::new(MAX_REFUSALS_AT_ONCE)), spare: spare(), count: 0, logged_at: None }
    }

    fn refuse(&mut self, stream: TcpStream, peer: SocketAddr) {
        self.log("connections.refused", &format!("too many connections; the latest came from {}", peer.ip()));
        match Arc::clone(&self.farewells).try_acquire_owned() {
            Ok(permit) => {
                tokio::spawn(async move {
                    let _ = tokio::time::timeout(REFUSAL_TIMEOUT, farewell(stream)).await;
                    drop(permit);
                });
            }
            Err(_) => refuse_at_once(stream),
        }
    }

    /// Refuses one connection when accepting failed, for example since no more files may be open; returns whether that
    /// was possible.
    fn refuse_with_the_spare(&mut self, listener: &TcpListener, error: &std::io::Error) -> bool {
        self.log("accept.failed", &error.to_string());
        if self.spare.take().is_none() {
            self.spare = spare();
            return false;
        }
        let refused = listener.accept().now_or_never().and_then(Result::ok);
        let is_refused = refused.is_some();
        if let Some((stream, _)) = refused {
            refuse_at_once(stream);
        }
        self.spare = spare();
        is_refused
    }

    /// Logs the first, and then the number of them from time to time.
    fn log(&mut self, event: &str, cause: &str) {
        self.count += 1;
        if self.logged_at.is_none_or(|at| at.elapsed() >= REFUSAL_LOG_INTERVAL) {
            tracing::error!(event, count = self.count, cause);
            (self.count, self.logged_at) = (0, Some(Instant::now()));
        }
    }
}

fn spare() -> Option<File> {
    File::open("/dev/null").ok()
}

/// Writes the refusal and waits until the client has read it: with unread input the system would reset the connection,
/// and the refusal would be lost.
async fn farewell(mut stream: TcpStream) -> std::io::Result<()> {
    stream.write_all(REFUSAL).await?;
    stream.shutdown().await?;
    let mut unread = [0; 1024];
    while stream.read(&mut unread).await? > 0 {}
    Ok(())
}

/// Does the same as far as it needs no waiting.
fn refuse_at_once(stream: TcpStream) {
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write(REFUSAL);
        let _ = stream.read(&mut [0; 1024]);
    }
}

async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    patience: Duration,
    mut stopped: watch::Receiver<bool>,
    _admitted: Admitted,
) {
    // Answers are small and whole; waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = if names_one_host(&request) {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            Ok(router.clone().call(request))
        } else {
            Err(no_host())
        };
        async move {
            match answer {
                Ok(answer) => answer.await,
                Err(refusal) => Ok(refusal),
            }
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(patience).max_buf_size(LARGEST_HEAD);
    // hyper has no limit for a client that takes nothing of its answer. Reading has its own, which starts anew with each
    // request: a limit of the stream would end answers that take their time.
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(patience));
    let mut connection = pin!(builder.serve_connection(TokioIo::new(Box::pin(stream)), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        _ = stopped.wait_for(|stopped| *stopped) => None,
    };
    if ended.is_none() {
        connection.as_mut().graceful_shutdown();
        // What a client does to its connection is its own affair.
        let _ = connection.await;
    }
}

/// Whether a request names its host as RFC 9112, section 3.2, demands: a server and a proxy before it must not
/// take two hosts for different sites.
fn names_one_host<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => !host.as_bytes().contains(&b'@') && Authority::try_from(host.as_bytes()).is_ok(),
        (None, _) => request.version() < Version::HTTP_11,
        (Some(_), Some(_)) => false,
    }
}

fn no_host() -> Response {
    let error = ApiError::new(StatusCode::BAD_REQUEST, "The request must have exactly one valid Host header");
    let mut response = error.into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::oneshot;

    use super::*;

    use crate::connections::{Limits, PerAddress};

    type Running = (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>);

    async fn start(patience: Duration) -> Running {
        start_limited(patience, 100).await
    }

    async fn start_limited(patience: Duration, in_all: usize) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let slow = get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move {
            tokio::time::sleep(Duration::from_millis(400)).await;
            peer.ip().to_string()
        });
        let (tell, told) = oneshot::channel::<()>();
        let told = async move {
            let _ = told.await;
        };
        let connections = Connections::new(Limits { in_all, per_address: PerAddress::None });
        let large = get(|| async { vec![b'x'; 64 << 20] });
        let router = Router::new().route("/", slow).route("/large", large);
        let server = tokio::spawn(serve(listener, router, connections, patience, told));
        (address, tell, server)
    }

    async fn rest(stream: &mut TcpStream) -> String {
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn a_client_that_does_not_say_what_it_wants_is_left() {
        let (address, _tell, _server) = start(Duration::from_millis(200)).await;
        for said in ["", "GET / HTTP/1.1\r\nhost: x\r\n"] {
            let started = Instant::now();
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(said.as_bytes()).await.unwrap();
            tokio::time::timeout(Duration::from_secs(5), rest(&mut stream)).await.unwrap();
            assert!(started.elapsed() >= Duration::from_millis(150));
        }
        // An answer may take longer than that.
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let answer = rest(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1"), "{answer}");
    }

    #[tokio::test]
    async fn what_is_under_way_is_answered_before_the_end() {
        let (address, tell, server) = start(CLIENT_TIMEOUT).await;
        let mut idle = TcpStream::connect(address).await.unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        tell.send(()).unwrap();
        let answer = rest(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        tokio::time::timeout(Duration::from_secs(5), server).await.unwrap().unwrap();
        assert_eq!(rest(&mut idle).await, "");
        assert!(TcpStream::connect(address).await.is_err());
    }

    async fn ask(address: SocketAddr, head: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        rest(&mut stream).await
    }

    #[tokio::test]
    async fn a_request_names_its_host_once() {
        let (address, _tell, _server) = start(CLIENT_TIMEOUT).await;
        let close = "connection: close\r\n\r\n";
        for (head, status) in [
            ("GET / HTTP/1.1\r\nhost: localhost:8000\r\n", 200),
            ("GET / HTTP/1.1\r\nhost: [::1]:8000\r\n", 200),
            ("GET / HTTP/1.0\r\n", 200),
            ("GET / HTTP/1.1\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a\r\nHost: b\r\n", 400),
            ("GET / HTTP/1.0\r\nhost: a\r\nhost: b\r\n", 400),
            ("GET http://a/ HTTP/1.1\r\n", 400),
            ("GET / HTTP/1.1\r\nhost:\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a b\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a/b\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a@b\r\n", 400),
        ] {
            let answer = ask(address, &format!("{head}{close}")).await;
            assert_eq!(answer[9..12], status.to_string(), "{head}: {answer}");
            assert_eq!(status == 400, answer.contains("exactly one valid Host"), "{head}: {answer}");
        }
        let answer = ask(address, "GET / HTTP/1.1\r\n\r\n").await;
        assert!(answer.contains("connection: close"), "what comes after such a head can't be trusted: {answer}");
    }

    #[tokio::test]
    async fn a_head_is_neither_too_long_nor_has_too_many_lines() {
        let (address, _tell, _server) = start(CLIENT_TIMEOUT).await;
        let head = |lines: String| format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{lines}\r\n");
        let long = |length: usize| head(format!("a: {}\r\n", "a".repeat(length)));
        let many = |count: usize| head("a: a\r\n".repeat(count));
        for (head, status) in [(long(15_000), 200), (long(17_000), 431), (many(98), 200), (many(99), 431)] {
            let answer = ask(address, &head).await;
            assert_eq!(answer.get(9..12), Some(status.to_string().as_str()), "{} bytes", head.len());
        }
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_of_its_answer_is_left() {
        let (address, tell, server) = start_limited(Duration::from_millis(500), 1).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let refused = ask(address, "").await;
        assert!(refused.starts_with("HTTP/1.1 503 "), "the only place is taken: {refused}");
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let answer = ask(address, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "its place is free: {answer}");
        tell.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(5), server).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_client_that_takes_its_answer_slowly_is_not_left() {
        let (address, _tell, _server) = start(Duration::from_millis(500)).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut part = vec![0; 16 << 20];
        let mut taken = 0;
        loop {
            let mut filled = 0;
            while filled < part.len() {
                match stream.read(&mut part[filled..]).await.unwrap() {
                    0 => break,
                    read => filled += read,
                }
            }
            taken += filled;
            if filled == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        assert!(taken > 64 << 20, "{taken}");
    }
}
