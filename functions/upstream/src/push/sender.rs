//! The call to a push service.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use reqwest::redirect::Policy;
use stellarr_core::push::{Delivery, Endpoint, Identity, PushHosts, PushSender, Subscription, decode_key};
use stellarr_core::time::TimeSource;

use super::{Vapid, encrypt};
use crate::http::{Bounds, HttpError, USER_AGENT, send};

/// How long a message waits at the push service for its device, in seconds.
const TTL: &str = "86400";

/// An answer says nothing beyond its status.
const PUSH_BOUNDS: Bounds = Bounds { time: Duration::from_secs(10), size: 64 * 1024 };

/// Longest wait before the one retry, whatever the service asks for: a webhook does not wait a minute.
const MAX_RETRY_PAUSE: Duration = Duration::from_secs(2);

/// Sends messages to the push services that are allowed.
pub struct PushClient {
    hosts: Arc<PushHosts>,
    clock: TimeSource,
    http: OnceLock<Option<reqwest::Client>>,
}

impl PushClient {
    /// Sends to the allowed hosts.
    #[must_use]
    pub fn new(hosts: PushHosts, clock: TimeSource) -> Self {
        Self { hosts: Arc::new(hosts), clock, http: OnceLock::new() }
    }

    /// Changes how connections are made: a test maps a push service's name to its own server.
    #[must_use]
    pub fn with_connections(self, change: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> Self {
        let http = change(builder(&self.hosts, Machine)).build().ok();
        Self { http: OnceLock::from(http), ..self }
    }

    /// Asks another resolver for names; addresses of private networks are left out of its answers as well.
    #[must_use]
    pub fn with_names(self, names: impl Resolve + 'static) -> Self {
        let http = builder(&self.hosts, names).build().ok();
        Self { http: OnceLock::from(http), ..self }
    }

    async fn post(&self, endpoint: &Endpoint, authorization: &str, body: Vec<u8>) -> Option<Attempted> {
        let http = self.http.get_or_init(|| builder(&self.hosts, Machine).build().ok()).as_ref()?;
        let request = http
            .post(endpoint.url().clone())
            .header(AUTHORIZATION, authorization)
            .header(CONTENT_TYPE, "application/octet-stream")
            .header(CONTENT_ENCODING, "aes128gcm")
            .header("ttl", TTL)
            .body(body);
        Some(match send(request, PUSH_BOUNDS).await {
            Ok(answer) => Attempted { status: Some(answer.status.as_u16()), wait: answer.retry_after, again: true },
            // It has taken all the time that there is.
            Err(HttpError::Timeout) => Attempted { status: None, wait: None, again: false },
            Err(_) => Attempted { status: None, wait: None, again: true },
        })
    }
}

struct Attempted {
    status: Option<u16>,
    wait: Option<Duration>,
    again: bool,
}

fn builder(hosts: &Arc<PushHosts>, names: impl Resolve + 'static) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(Policy::none())
        .no_proxy()
        .connect_timeout(Duration::from_secs(5))
        .dns_resolver(PublicOnly { hosts: Arc::clone(hosts), names })
}

#[async_trait]
impl PushSender for PushClient {
    async fn send(&self, from: Identity<'_>, subscription: &Subscription, payload: &[u8]) -> Delivery {
        let Ok(endpoint) = self.hosts.check(&subscription.endpoint) else { return Delivery::Refused };
        let (Ok(public), Ok(secret)) = (decode_key(&subscription.p256dh), decode_key(&subscription.auth)) else {
            return Delivery::Refused;
        };
        let sealed = || {
            let vapid = Vapid::new(from.private_key).map_err(|error| error.to_string())?;
            let now = (self.clock)().as_second();
            let authorization =
                vapid.authorization(&endpoint.audience(), from.contact, now).map_err(|error| error.to_string())?;
            let sender = PrivateKey::generate(&ECDH_P256).map_err(|_| "no key can be made".to_owned())?;
            let mut salt = [0; 16];
            SystemRandom::new().fill(&mut salt).map_err(|_| "no random bytes can be had".to_owned())?;
            let body = encrypt(payload, &public, &secret, &sender, &salt).map_err(|error| error.to_string())?;
            Ok::<_, String>((authorization, body))
        };
        let (authorization, body) = match sealed() {
            Ok(sealed) => sealed,
            Err(error) => {
                tracing::warn!(event = "push.unsendable", error);
                return Delivery::Failed;
            }
        };
        for last in [false, true] {
            let Some(attempted) = self.post(&endpoint, &authorization, body.clone()).await else {
                return Delivery::Failed;
            };
            match attempted.status {
                Some(200..=299) => return Delivery::Sent,
                Some(404 | 410) => return Delivery::Gone,
                status @ (None | Some(429 | 500..=599)) => {
                    if last || !attempted.again {
                        tracing::warn!(event = "push.failed", service = endpoint.audience(), status);
                        return Delivery::Failed;
                    }
                    let wait = attempted.wait.unwrap_or(Duration::from_millis(300));
                    tokio::time::sleep(wait.min(MAX_RETRY_PAUSE)).await;
                }
                status => {
                    tracing::warn!(event = "push.failed", service = endpoint.audience(), status);
                    return Delivery::Failed;
                }
            }
        }
        Delivery::Failed
    }
}

/// Leaves out addresses of private networks unless the host was added by the configuration: a name of a push service
/// that leads to one is not theirs.
struct PublicOnly<R> {
    hosts: Arc<PushHosts>,
    names: R,
}

impl<R: Resolve> Resolve for PublicOnly<R> {
    fn resolve(&self, name: Name) -> Resolving {
        let any = self.hosts.is_added(name.as_str());
        let found = self.names.resolve(name);
        Box::pin(async move {
            let usable: Vec<SocketAddr> = found.await?.filter(|address| any || is_public(address.ip())).collect();
            Ok(Box::new(usable.into_iter()) as Addrs)
        })
    }
}

/// Asks the machine's own resolver.
struct Machine;

impl Resolve for Machine {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                || address.is_broadcast()
                || address.is_multicast()
                || a == 0
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0)
                || (a == 198 && (18..20).contains(&b))
                || a >= 240)
        }
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            !(address.is_loopback()
                // Translations of IPv4, which lead wherever that leads: NAT64 and 6to4.
                || (first == 0x64 && second == 0xff9b)
                || first == 0x2002
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_unique_local()
                || address.is_unicast_link_local())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_not_public() {
        for text in [
            "10.1.2.3",
            "192.168.1.1",
            "172.16.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "255.255.255.255",
            "192.0.0.170",
            "198.18.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        assert!(is_public("142.250.1.1".parse().unwrap()) && is_public("2a00:1450::1".parse().unwrap()));
    }

    struct Fixed;

    impl Resolve for Fixed {
        fn resolve(&self, _: Name) -> Resolving {
            let found = ["10.0.0.1:0", "142.250.1.1:0", "127.0.0.1:0", "[fd00::1]:0", "[2a00:1450::1]:0"];
            let found: Vec<SocketAddr> = found.into_iter().map(|text| text.parse().unwrap()).collect();
            Box::pin(async move { Ok(Box::new(found.into_iter()) as Addrs) })
        }
    }

    #[tokio::test]
    async fn of_a_names_addresses_only_public_ones_are_used() {
        let usable = async |added: &str| {
            let guard = PublicOnly { hosts: Arc::new(PushHosts::with_added(added)), names: Fixed };
            let found: Vec<String> = guard
                .resolve("push.test".parse().unwrap())
                .await
                .unwrap()
                .map(|found| found.ip().to_string())
                .collect();
            found
        };
        assert_eq!(usable("").await, ["142.250.1.1", "2a00:1450::1"]);
        assert_eq!(usable("other.test").await.len(), 2);
        assert_eq!(usable("push.test").await.len(), 5, "an added host may lie in a private network");
    }
}
