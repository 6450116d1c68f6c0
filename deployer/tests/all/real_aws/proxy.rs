//! A proxy that answers as real AWS sometimes does where the emulator behind it never would: late, less, or otherwise.
//!
//! A [`Rule`] names an operation, which of its calls are distorted, and how. A [`Distortion`] lists the calls that its rule
//! has changed, so that a test can assert that it met what it is about. Calls that no rule applies to pass unchanged.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::stream;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::real_aws::call::{Answer, Call};
use crate::real_aws::rules::{Active, Distortion, Effect, Rule};
use crate::real_aws::server::Reply;

type Broken = Box<dyn std::error::Error + Send + Sync>;
type Body = BoxBody<Bytes, Broken>;

struct Shared {
    emulator: Uri,
    client: Client<HttpConnector, Full<Bytes>>,
    rules: Mutex<Vec<Active>>,
    calls: Mutex<Vec<Call>>,
}

/// The proxy; gone when dropped.
pub(crate) struct Proxy {
    address: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    pub(crate) async fn start(emulator: &str) -> Self {
        // A connection that the emulator closes while it is idle would lose a call.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        let (rules, calls) = (Mutex::default(), Mutex::default());
        let shared = Arc::new(Shared { emulator: emulator.parse().unwrap(), client, rules, calls });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Self { address, shared, task }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Applies a rule from now on, after those that were added before.
    pub(crate) fn distort(&self, rule: Rule) -> Distortion {
        let log = Distortion::default();
        self.shared.rules.lock().unwrap().push(Active::new(rule, log.clone()));
        log
    }

    /// Ends all distortions and forgets the calls.
    pub(crate) fn clear(&self) {
        self.shared.rules.lock().unwrap().clear();
        self.shared.calls.lock().unwrap().clear();
    }

    /// Every call since the last [`Self::clear`], as the deployer sent it.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.shared.calls.lock().unwrap().clone()
    }

    /// How many calls of an operation there were.
    pub(crate) fn count(&self, operation: &str) -> usize {
        self.calls().iter().filter(|call| call.operation() == operation).count()
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        let service = service_fn(move |request| answer(Arc::clone(&shared), request));
        connections.spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        while connections.try_join_next().is_some() {}
    }
}

/// Answers one request; an error closes the connection.
async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Body>, Broken> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let call = Call { method: parts.method, uri: parts.uri, headers: parts.headers, body };
    shared.distorted(call).await
}

impl Shared {
    async fn distorted(&self, call: Call) -> Result<Response<Body>, Broken> {
        let place = {
            let mut calls = self.calls.lock().unwrap();
            calls.push(call.clone());
            calls.len() - 1
        };
        self.remember(&call).await?;
        let met: Vec<_> = self.rules.lock().unwrap().iter_mut().filter_map(|active| active.meet(&call)).collect();

        let mut sent = call.clone();
        let mut instead = None;
        for (effect, _, log) in &met {
            let mut first = None;
            match effect {
                Effect::Change(change) => sent = change(&sent),
                Effect::Precede(other) => first = Some(self.ask(&other(&call)).await?),
                Effect::Instead(reply) => instead = Some(reply.clone()),
                _ => continue,
            }
            log.note(&call, place, first);
        }
        if let Some(reply) = instead {
            return canned(reply).await;
        }
        let mut answer = self.ask(&sent).await?;
        if answer.status.is_success() {
            self.rules.lock().unwrap().iter_mut().for_each(|active| active.mark(&call));
        }
        for (effect, before, log) in met {
            let truth = answer.clone();
            match (effect, before) {
                (Effect::Rewrite(rewrite), _) => rewrite(&call, &mut answer),
                (Effect::Stale(_), Some(before)) => answer = before,
                (Effect::Afterwards(reply), _) => {
                    log.note(&call, place, None);
                    return canned(reply).await;
                }
                _ => continue,
            }
            if answer != truth {
                log.note(&call, place, None);
            }
        }
        let mut response = Response::new(Full::new(answer.body).map_err(|never| match never {}).boxed());
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }

    /// Reads, before a write, what later reads will be answered.
    async fn remember(&self, write: &Call) -> Result<(), Broken> {
        let reads: Vec<_> = {
            let rules = self.rules.lock().unwrap();
            let marked = rules.iter().enumerate();
            let marked = marked.filter_map(|(index, active)| Some((index, active, active.rule.is_marked_by(write)?)));
            marked
                .filter_map(|(index, active, subject)| match active.rule.effect {
                    Effect::Stale(read) => Some((index, subject, read(write))),
                    _ => None,
                })
                .collect()
        };
        for (index, subject, read) in reads {
            let before = self.ask(&read).await?;
            // Rules may have been cleared meanwhile.
            if let Some(active) = self.rules.lock().unwrap().get_mut(index) {
                active.remember(subject, before);
            }
        }
        Ok(())
    }

    async fn ask(&self, call: &Call) -> Result<Answer, Broken> {
        let mut parts = self.emulator.clone().into_parts();
        parts.path_and_query = call.uri.path_and_query().cloned();
        let mut request = Request::new(Full::new(call.body.clone()));
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = Uri::from_parts(parts)?;
        *request.headers_mut() = call.headers.clone();
        let (parts, body) = self.client.request(request).await?.into_parts();
        Ok(Answer { status: parts.status, headers: parts.headers, body: body.collect().await?.to_bytes() })
    }
}

async fn canned(reply: Reply) -> Result<Response<Body>, Broken> {
    let (status, headers, body) = match reply {
        Reply::Http(status, headers, body) => {
            (status, headers, Full::from(body).map_err(|never| match never {}).boxed())
        }
        Reply::Reset => return Err("the connection breaks".into()),
        Reply::Hang => std::future::pending().await,
        Reply::Truncated(body) => {
            let half = Frame::data(Bytes::copy_from_slice(&body.as_bytes()[..body.len() / 2]));
            let parts = stream::iter([Ok(half), Err("the connection breaks".into())]);
            (200, Vec::new(), BodyExt::boxed(StreamBody::new(parts)))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status)?;
    for (name, value) in headers {
        response.headers_mut().append(name.parse::<HeaderName>()?, value.parse::<HeaderValue>()?);
    }
    Ok(response)
}
