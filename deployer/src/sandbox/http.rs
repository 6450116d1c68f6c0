//! Sends one HTTP request to a port of this computer.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Body;
use hyper::client::conn::http1;
use hyper::http::request;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpSocket;

/// How long a connection to this computer may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens a connection of its own to a port of 127.0.0.1 and sends a request; the answer's body is streamed.
///
/// `from` is the loopback address that the other side sees.
pub(super) async fn send<B>(port: u16, from: IpAddr, request: Request<B>) -> io::Result<Response<hyper::body::Incoming>>
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let socket = TcpSocket::new_v4()?;
    if let IpAddr::V4(address) = from
        && address.is_loopback()
        && address != Ipv4Addr::LOCALHOST
    {
        socket.bind((address, 0).into())?;
    }
    let connecting = socket.connect((Ipv4Addr::LOCALHOST, port).into());
    let stream = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await.map_err(|_| io::ErrorKind::TimedOut)??;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    tokio::spawn(async move {
        // A failure shows in the answer or its body.
        connection.await.ok();
    });
    sender.send_request(request).await.map_err(io::Error::other)
}

/// Fetches a path from a port of 127.0.0.1 and returns the status and the body.
pub(super) async fn get(port: u16, path: &str, patience: Duration) -> io::Result<(u16, Bytes)> {
    exchange(port, Request::get(path), Bytes::new(), patience).await
}

/// Sends a request with a whole body to a port of 127.0.0.1 and returns the status and the whole answer.
pub(super) async fn exchange(
    port: u16,
    request: request::Builder,
    body: Bytes,
    patience: Duration,
) -> io::Result<(u16, Bytes)> {
    let exchange = async {
        let request =
            request.header("host", format!("127.0.0.1:{port}")).body(Full::new(body)).map_err(io::Error::other)?;
        let response = send(port, Ipv4Addr::LOCALHOST.into(), request).await?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(io::Error::other)?;
        Ok((status, body.to_bytes()))
    };
    tokio::time::timeout(patience, exchange).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}
