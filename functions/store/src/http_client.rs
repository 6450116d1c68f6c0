//! Sends the requests of the AWS clients through the HTTP stack that the functions have for TMDB already.
//!
//! The SDK's own client would be a second copy of HTTP/1, HTTP/2 and TLS in every function, a tenth of its zip.

use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt as _;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Returns the one client of this process, which all AWS clients share; it has made no call yet at first.
///
/// To make it, the roots of trust are read and parsed: 6 ms of a small function's time, which nobody should pay twice.
pub(crate) fn shared() -> SharedHttpClient {
    static SHARED: OnceLock<SharedHttpClient> = OnceLock::new();
    SHARED.get_or_init(new).clone()
}

/// Makes the client.
///
/// Bodies are held whole, of requests and of answers: a function's are rows and trending files, some hundred kilobytes.
fn new() -> SharedHttpClient {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        // What a service compressed would not match the checksum that it sent.
        .no_gzip()
        .no_proxy()
        .build();
    let connector = SharedHttpConnector::new(Connector(client.ok()));
    http_client_fn(move |_, _| connector.clone())
}

/// The one connection pool; `None` when TLS did not start.
#[derive(Clone, Debug)]
struct Connector(Option<reqwest::Client>);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let client = client.ok_or_else(|| ConnectorError::user("the TLS backend did not start".into()))?;
            send(&client, request).await
        })
    }
}

async fn send(client: &reqwest::Client, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let (parts, body) = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?.into_parts();
    let body = body.collect().await.map_err(ConnectorError::user)?.to_bytes();
    let request = reqwest::Request::try_from(http::Request::from_parts(parts, body));
    let request = request.map_err(|error| ConnectorError::user(error.into()))?;
    let answer = client.execute(request).await.map_err(failure)?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = SdkBody::from(answer.bytes().await.map_err(failure)?);
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
}

/// Says what failed as the SDK understands it: it tries again after failures of the connection and of time.
fn failure(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_builder() || error.is_redirect() {
        ConnectorError::user(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}
