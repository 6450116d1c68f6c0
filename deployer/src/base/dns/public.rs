//! The public DNS through public resolvers, and through this computer's own where those can't be reached.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{CLOUDFLARE, GOOGLE, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};

use super::{DnsError, RecordKind, Resolver, plain_name};

/// How long one resolver may take.
const RESOLVER_TIMEOUT: Duration = Duration::from_millis(1_200);

/// Set to `ADDRESS:PORT` to ask another DNS server, such as one of a test.
const SERVER_VARIABLE: &str = "STELLARR_DNS_SERVER";

/// Asks Cloudflare's and Google's resolvers, then the computer's own.
#[derive(Default)]
pub struct PublicDns {
    server: Option<SocketAddr>,
    resolvers: OnceLock<Vec<TokioResolver>>,
}

impl PublicDns {
    /// Makes the one that commands use. Nothing is read or sent before the first look-up.
    #[must_use]
    pub fn from_environment() -> Self {
        let server = std::env::var(SERVER_VARIABLE).ok().and_then(|text| text.parse().ok());
        Self { server, resolvers: OnceLock::new() }
    }

    /// Makes one that asks a single server.
    #[must_use]
    pub fn of_server(server: SocketAddr) -> Self {
        Self { server: Some(server), resolvers: OnceLock::new() }
    }

    fn resolvers(&self) -> &[TokioResolver] {
        self.resolvers.get_or_init(|| match self.server {
            Some(server) => resolver(ResolverConfig::from_name_servers(vec![at(server)])).into_iter().collect(),
            None => {
                let servers = CLOUDFLARE.udp_and_tcp().chain(GOOGLE.udp_and_tcp()).collect();
                let public = resolver(ResolverConfig::from_name_servers(servers));
                let own = TokioResolver::builder_tokio()
                    .ok()
                    .and_then(|builder| builder.with_options(options()).build().ok());
                public.into_iter().chain(own).collect()
            }
        })
    }
}

fn at(server: SocketAddr) -> NameServerConfig {
    let mut config = NameServerConfig::udp_and_tcp(server.ip());
    for connection in &mut config.connections {
        connection.port = server.port();
    }
    config
}

fn resolver(config: ResolverConfig) -> Option<TokioResolver> {
    TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).with_options(options()).build().ok()
}

fn options() -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.timeout = RESOLVER_TIMEOUT / 2;
    options.attempts = 2;
    // Whoever waits for a record wants to see it as soon as it is there.
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options
}

#[async_trait]
impl Resolver for PublicDns {
    async fn look_up(&self, name: &str, kind: RecordKind) -> Result<Vec<String>, DnsError> {
        let mut reason = "there is no DNS server to ask".to_owned();
        for resolver in self.resolvers() {
            // The final dot keeps the computer's search domains out.
            let query = resolver.lookup(format!("{}.", plain_name(name)), record_type(kind));
            match tokio::time::timeout(RESOLVER_TIMEOUT, query).await {
                Ok(Ok(found)) => {
                    return Ok(found.answers().iter().filter_map(|record| value(&record.data, kind)).collect());
                }
                Ok(Err(error)) if error.is_no_records_found() => return Ok(Vec::new()),
                Ok(Err(error)) => reason = words(&error),
                Err(_) => reason = "no answer in time".to_owned(),
            }
        }
        Err(DnsError { name: name.to_owned(), kind, reason })
    }
}

fn words(error: &NetError) -> String {
    error.to_string()
}

fn record_type(kind: RecordKind) -> RecordType {
    match kind {
        RecordKind::A => RecordType::A,
        RecordKind::Cname => RecordType::CNAME,
        RecordKind::Ns => RecordType::NS,
        RecordKind::Caa => RecordType::CAA,
    }
}

/// A record's value; none of a record of another kind, such as the CNAMEs on the way to an address.
fn value(data: &RData, kind: RecordKind) -> Option<String> {
    match (kind, data) {
        (RecordKind::A, RData::A(address)) => Some(address.to_string()),
        (RecordKind::Cname, RData::CNAME(target)) => Some(plain_name(&target.to_string())),
        (RecordKind::Ns, RData::NS(server)) => Some(plain_name(&server.to_string())),
        (RecordKind::Caa, RData::CAA(caa)) => {
            Some(format!("{} {} \"{}\"", caa.flags(), caa.tag.to_lowercase(), String::from_utf8_lossy(&caa.value)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use hickory_resolver::proto::op::{Message, OpCode, ResponseCode};
    use hickory_resolver::proto::rr::rdata::{CAA, CNAME, NS};
    use hickory_resolver::proto::rr::{Name, Record};
    use tokio::net::UdpSocket;

    use super::*;

    fn name(text: &str) -> Name {
        Name::from_ascii(text).unwrap()
    }

    /// Answers for a few records, until the test ends.
    async fn server() -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut buffer = [0; 1_232];
            while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
                let query = Message::from_vec(&buffer[..length]).unwrap();
                let _ = socket.send_to(&answer(&query).to_vec().unwrap(), peer).await;
            }
        });
        address
    }

    fn answer(query: &Message) -> Message {
        let asked = query.queries[0].clone();
        let data = match (asked.name().to_string().to_lowercase().as_str(), asked.query_type()) {
            ("tv.example.org.", RecordType::CNAME) => Some(RData::CNAME(CNAME(name("D1.CloudFront.net.")))),
            ("example.org.", RecordType::NS) => Some(RData::NS(NS(name("ns-1.awsdns.net.")))),
            ("example.org.", RecordType::CAA) => {
                Some(RData::CAA(CAA::new_issue(false, Some(name("letsencrypt.org")), Vec::new())))
            }
            _ => None,
        };
        let mut answer = Message::response(query.metadata.id, OpCode::Query);
        answer.metadata.recursion_available = true;
        match data {
            Some(data) => drop(answer.add_answer(Record::from_rdata(asked.name().clone(), 60, data))),
            None => answer.metadata.response_code = ResponseCode::NXDomain,
        }
        answer.add_query(asked);
        answer
    }

    #[tokio::test]
    async fn records_come_over_the_wire_as_they_are_compared() {
        let dns = PublicDns::of_server(server().await);
        assert_eq!(dns.look_up("TV.example.org", RecordKind::Cname).await.unwrap(), ["d1.cloudfront.net"]);
        assert_eq!(dns.look_up("example.org.", RecordKind::Ns).await.unwrap(), ["ns-1.awsdns.net"]);
        assert_eq!(dns.look_up("example.org", RecordKind::Caa).await.unwrap(), ["0 issue \"letsencrypt.org\""]);
        assert_eq!(dns.look_up("none.example.org", RecordKind::Cname).await.unwrap(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_an_error_and_no_empty_answer() {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let free = socket.local_addr().unwrap();
        drop(socket);
        let error = PublicDns::of_server(free).look_up("example.org", RecordKind::Ns).await.unwrap_err();
        assert_eq!((error.name.as_str(), error.kind), ("example.org", RecordKind::Ns));
    }
}
