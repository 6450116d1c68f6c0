//! Passes requests on to the emulated distribution.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{self, HeaderValue};
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use tokio::net::TcpListener;

use super::target::Targets;
use super::{compress, headers};
use crate::sandbox::http;
use crate::sandbox::layout::Layout;
use crate::sandbox::state::{Keys, Ports};

/// The path at which the CDN proxy tells that it is there.
pub(in crate::sandbox) const HEALTH: &str = "/_stellarr/health";
/// How long the emulator may take to begin an answer; CloudFront waits 30 s, three times.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(95);

/// The CDN proxy: what its requests share.
pub(in crate::sandbox) struct CdnProxy {
    targets: Targets,
    ports: Ports,
    /// Shows the emulator that a request comes from here.
    pass: HeaderValue,
    /// The address that viewers know.
    site: String,
}

impl CdnProxy {
    /// Serves the site until this future is dropped.
    pub(in crate::sandbox) async fn serve(layout: &Layout, ports: Ports, keys: Keys) -> io::Result<()> {
        let proxy = Arc::new(Self {
            pass: HeaderValue::from_str(&keys.edge).map_err(io::Error::other)?,
            targets: Targets::new(layout, ports.emulator, keys),
            ports,
            site: format!("http://localhost:{}", ports.site),
        });
        let app = Router::new().fallback(answer).with_state(proxy);
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, ports.site)).await?;
        // `localhost` is ::1 first for many; a computer without IPv6 does without.
        let second = TcpListener::bind((Ipv6Addr::LOCALHOST, ports.site)).await;
        let first = axum::serve(listener, service.clone());
        match second {
            Ok(second) => {
                let second = axum::serve(second, service);
                tokio::try_join!(async { first.await }, async { second.await }).map(|_| ())
            }
            Err(_) => first.await,
        }
    }
}

async fn answer(
    State(proxy): State<Arc<CdnProxy>>,
    ConnectInfo(viewer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    if let Some(reason) = headers::refusal(&request, proxy.ports.site) {
        // Plain text: the reader used a wrong host name, or inspects the answer to another site's page.
        let text = format!("The sandbox's site refused this request: {reason}. Its address is {}\n", proxy.site);
        return page(StatusCode::FORBIDDEN, "text/plain", text);
    }
    if request.uri().path() == HEALTH {
        return page(StatusCode::OK, "text/plain", std::process::id().to_string());
    }
    let began = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let response = match tokio::time::timeout(RESPONSE_TIMEOUT, pass_on(&proxy, viewer, request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => {
            tell(&format!("the emulator does not answer: {error}"));
            trouble(
                StatusCode::BAD_GATEWAY,
                "The sandbox's AWS emulator does not answer",
                "Run <code>stellarr sandbox up</code>, which repairs it, and <code>stellarr sandbox logs</code> to see why.",
            )
        }
        Err(_) => trouble(
            StatusCode::GATEWAY_TIMEOUT,
            "The sandbox's AWS emulator takes too long",
            "See <code>stellarr sandbox logs</code>.",
        ),
    };
    // Without the query: feeds carry their token in it.
    tell(&format!("{method} {path} {} {} ms", response.status().as_u16(), began.elapsed().as_millis()));
    response
}

async fn pass_on(proxy: &CdnProxy, viewer: SocketAddr, mut request: Request) -> io::Result<Response> {
    let Some(domain) = proxy.targets.domain().await? else {
        return Ok(trouble(
            StatusCode::SERVICE_UNAVAILABLE,
            "Nothing is deployed here yet",
            "Run <code>stellarr deploy --sandbox</code>, then load this page again.",
        ));
    };
    let host = HeaderValue::from_str(&domain).map_err(io::Error::other)?;
    let accepted = compress::accepted(request.headers());
    let method = request.method().clone();
    headers::request(request.headers_mut(), &host, &proxy.pass);
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = path.map_or_else(|| Uri::from_static("/"), Uri::from);
    *request.version_mut() = axum::http::Version::HTTP_11;
    let response = http::send(proxy.ports.emulator, viewer.ip().to_canonical(), request).await?;
    let mut response = compressed(response, &method, accepted).await?;
    headers::response(response.headers_mut(), &domain, &proxy.site);
    Ok(response)
}

async fn compressed(
    response: Response<Incoming>,
    method: &Method,
    accepted: Option<compress::Coding>,
) -> io::Result<Response> {
    let (mut parts, body) = response.into_parts();
    let length = body.size_hint().exact();
    let Some(coding) = compress::coding(method, accepted, parts.status, &parts.headers, length) else {
        return Ok(Response::from_parts(parts, Body::new(body)));
    };
    let bytes = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let encoded = tokio::task::spawn_blocking(move || coding.encode(&bytes)).await.map_err(io::Error::other)??;
    compress::mark(&mut parts.headers, coding);
    Ok(Response::from_parts(parts, Body::from(encoded)))
}

/// Answers with a page of the CDN proxy's own.
fn trouble(status: StatusCode, title: &str, text: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>\
         <body style=\"font:1.1rem/1.6 system-ui;max-width:36rem;margin:4rem auto;padding:0 1rem\">\
         <h1>{title}</h1><p>{text}</p></body></html>\n"
    );
    page(status, "text/html; charset=utf-8", html)
}

fn page(status: StatusCode, kind: &'static str, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Writes a line to the log.
fn tell(line: &str) {
    use std::io::Write;
    // A log that can't be written must not keep the site from being served.
    writeln!(io::stderr(), "{line}").ok();
}
