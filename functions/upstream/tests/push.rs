//! Sending to a push service. Its real name leads to a server of the test, whose certificate is trusted: so the list of
//! allowed hosts and the demand for https stay as they are in use.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what a test can't go on without fails it")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::Certificate;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use stellarr_core::push::{Delivery, Identity, PushHosts, PushSender, Subscription};
use stellarr_core::time::{TimeSource, Timestamp};
use stellarr_upstream::push::PushClient;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

const SERVICE: &str = "fcm.googleapis.com";
const FROM: Identity<'_> =
    Identity { private_key: "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", contact: "mailto:me@example.com" };

/// A push service that answers with one answer after the other, and keeps what it was sent.
struct Service {
    address: SocketAddr,
    certificate: Certificate,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Service {
    async fn start(answers: &'static [&'static str]) -> Self {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed([SERVICE.to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![cert.der().clone()], key);
        let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&seen);
        tokio::spawn(async move {
            for answer in answers {
                let (stream, _) = listener.accept().await.unwrap();
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut request = Vec::new();
                let mut chunk = [0; 4096];
                // The head; what of the body comes with it is of no interest.
                while !request.windows(4).any(|window| window == b"\r\n\r\n") {
                    let count = stream.read(&mut chunk).await.unwrap();
                    request.extend_from_slice(&chunk[..count]);
                }
                notes.lock().unwrap().push(String::from_utf8_lossy(&request).into_owned());
                let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
                let _ = stream.shutdown().await;
            }
        });
        Self { address, certificate: Certificate::from_der(cert.der()).unwrap(), seen }
    }

    fn client(&self) -> PushClient {
        let clock: TimeSource = Arc::new(|| Timestamp::from_second(1_800_000_000).unwrap());
        PushClient::new(PushHosts::default(), clock).with_connections(|builder| {
            builder.resolve(SERVICE, self.address).tls_certs_only([self.certificate.clone()])
        })
    }

    fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn device(endpoint: &str) -> Subscription {
    Subscription {
        name: "Zoë".to_owned(),
        endpoint: endpoint.to_owned(),
        p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4".to_owned(),
        auth: "BTBZMqHH6r4Tts7J_aSIgg".to_owned(),
        language: None,
        subscribed_at: String::new(),
    }
}

async fn deliver(answers: &'static [&'static str]) -> (Delivery, Vec<String>) {
    let service = Service::start(answers).await;
    let delivery = service.client().send(FROM, &device("https://fcm.googleapis.com/fcm/send/secret"), b"hello").await;
    (delivery, service.requests())
}

#[tokio::test]
async fn a_message_has_what_the_rfcs_ask_for() {
    let (delivery, requests) = deliver(&["201 Created"]).await;
    assert_eq!(delivery, Delivery::Sent);
    let request = requests[0].to_ascii_lowercase();
    for line in [
        "post /fcm/send/secret http/1.1",
        "host: fcm.googleapis.com",
        "content-encoding: aes128gcm",
        "content-type: application/octet-stream",
        "ttl: 86400",
        "authorization: vapid t=",
    ] {
        assert!(request.contains(line), "{line}: {request}");
    }
    assert!(!requests[0].contains("hello"));
}

#[tokio::test]
async fn a_device_that_is_unknown_is_gone() {
    assert_eq!(deliver(&["404 Not Found"]).await.0, Delivery::Gone);
    assert_eq!(deliver(&["410 Gone"]).await.0, Delivery::Gone);
}

#[tokio::test]
async fn a_failure_is_tried_once_more() {
    let (delivery, requests) = deliver(&["503 Busy", "201 Created"]).await;
    assert_eq!((delivery, requests.len()), (Delivery::Sent, 2));
    let (delivery, requests) = deliver(&["429 Slow\r\nretry-after: 1", "500 Broken", "201 Created"]).await;
    assert_eq!((delivery, requests.len()), (Delivery::Failed, 2));
    let started = std::time::Instant::now();
    let (delivery, requests) = deliver(&["429 Slow\r\nretry-after: 60", "201 Created"]).await;
    assert_eq!((delivery, requests.len()), (Delivery::Sent, 2));
    assert!(started.elapsed() < std::time::Duration::from_secs(20), "a webhook does not wait a minute");
    let (delivery, requests) = deliver(&["400 Bad", "201 Created"]).await;
    assert_eq!((delivery, requests.len()), (Delivery::Failed, 1));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (delivery, requests) =
        deliver(&["307 Elsewhere\r\nlocation: https://fcm.googleapis.com/other", "201 Created"]).await;
    assert_eq!((delivery, requests.len()), (Delivery::Failed, 1));
}

#[tokio::test]
async fn other_hosts_are_refused_at_sending_too() {
    let service = Service::start(&["201 Created"]).await;
    for endpoint in ["http://fcm.googleapis.com/a", "https://127.0.0.1/a", "https://evil.example/a"] {
        assert_eq!(service.client().send(FROM, &device(endpoint), b"x").await, Delivery::Refused);
    }
    assert!(service.requests().is_empty());
}

/// Answers every name with an address of the test's own.
struct Names(SocketAddr);

impl Resolve for Names {
    fn resolve(&self, _: Name) -> Resolving {
        let found = self.0;
        Box::pin(async move { Ok(Box::new(std::iter::once(found)) as Addrs) })
    }
}

#[tokio::test]
async fn a_service_whose_name_leads_into_a_private_network_is_not_called() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let client = |hosts: PushHosts| {
        let clock: TimeSource = Arc::new(|| Timestamp::from_second(1_800_000_000).unwrap());
        PushClient::new(hosts, clock).with_names(Names(address))
    };
    let device = device("https://fcm.googleapis.com/fcm/send/a");
    let guarded = client(PushHosts::default());
    tokio::select! {
        delivery = guarded.send(FROM, &device, b"x") => assert_eq!(delivery, Delivery::Failed),
        _ = listener.accept() => panic!("it was called"),
    }
    // The same name and address are called when the configuration adds the host.
    let added = client(PushHosts::with_added("fcm.googleapis.com"));
    tokio::select! {
        delivery = added.send(FROM, &device, b"x") => panic!("it was not called: {delivery:?}"),
        called = listener.accept() => assert!(called.is_ok()),
    }
}
