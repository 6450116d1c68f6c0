//! How many connections are taken: in all, and from one address.
//!
//! Each costs memory and a file descriptor before its client has said who it is, so without a limit any stranger could
//! use up both.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Connections in all, unless configured.
pub const IN_ALL: u32 = 1_024;

/// Connections from one address, unless configured. A browser opens six.
pub const PER_ADDRESS: u32 = 128;

/// File descriptors that the process needs for other things: the database's, those of requests to TMDB, refusals.
const RESERVED_DESCRIPTORS: u64 = 128;

/// Connections that are taken even if hardly any file descriptor may be open.
const MIN_CONNECTIONS: usize = 16;

/// The limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// In all.
    pub in_all: usize,
    /// From one IPv4 address, or from one /64 of IPv6, which one household can change at will.
    pub per_address: PerAddress,
}

/// The limit for one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PerAddress {
    /// For every address.
    Each(usize),
    /// For every address but the machine's own: a proxy there brings everyone's connections.
    EachButLoopback(usize),
    /// None: a trusted proxy brings everyone's connections.
    None,
}

impl Limits {
    /// Lowers the limit in all to what the file descriptors allow, after raising their soft limit as far as necessary and
    /// permitted.
    #[must_use]
    pub fn within_descriptors(self) -> Self {
        let Ok((mut soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return self };
        let needed = (self.in_all as u64).saturating_add(RESERVED_DESCRIPTORS);
        if soft < needed {
            let raised = needed.min(hard);
            if setrlimit(Resource::RLIMIT_NOFILE, raised, hard).is_ok() {
                soft = raised;
            }
        }
        let fits = usize::try_from(soft.saturating_sub(RESERVED_DESCRIPTORS)).unwrap_or(usize::MAX);
        Self { in_all: self.in_all.min(fits.max(MIN_CONNECTIONS)), ..self }
    }
}

/// Counts the connections that are open.
pub struct Connections {
    limits: Limits,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    in_all: usize,
    by_network: HashMap<IpAddr, usize>,
}

/// A connection that counts, until it is dropped.
pub struct Admitted {
    connections: Arc<Connections>,
    network: Option<IpAddr>,
}

impl Connections {
    /// Starts counting.
    #[must_use]
    pub fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, open: Mutex::default() })
    }

    /// Counts one more, unless that would be too many.
    pub fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Admitted> {
        let network = network(peer);
        let limit = match self.limits.per_address {
            PerAddress::Each(limit) => Some(limit),
            PerAddress::EachButLoopback(limit) => (!network.is_loopback()).then_some(limit),
            PerAddress::None => None,
        };
        let mut open = self.open();
        if open.in_all >= self.limits.in_all {
            return None;
        }
        if let Some(limit) = limit {
            let count = open.by_network.entry(network).or_default();
            if *count >= limit {
                return None;
            }
            *count += 1;
        }
        open.in_all += 1;
        drop(open);
        Some(Admitted { connections: Arc::clone(self), network: limit.map(|_| network) })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        // Nothing panics while it is locked.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        open.in_all -= 1;
        let Some(network) = self.network else { return };
        if let Some(count) = open.by_network.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                open.by_network.remove(&network);
            }
        }
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(in_all: usize, per_address: PerAddress) -> Arc<Connections> {
        Connections::new(Limits { in_all, per_address })
    }

    /// Takes as many as there may be, at most 100.
    fn most(connections: &Arc<Connections>, address: &str) -> Vec<Admitted> {
        (0..100).map_while(|_| connections.admit(address.parse().unwrap())).collect()
    }

    #[test]
    fn one_address_does_not_take_all() {
        let connections = connections(10, PerAddress::Each(4));
        let first = most(&connections, "203.0.113.9");
        assert_eq!(first.len(), 4);
        assert_eq!(most(&connections, "::ffff:203.0.113.9").len(), 0, "it is the same address");
        let other = most(&connections, "2001:db8::1");
        assert_eq!(other.len(), 4);
        assert_eq!(most(&connections, "2001:db8::2").len(), 0, "it is the same household");
        assert_eq!(most(&connections, "2001:db8:0:1::1").len(), 2, "ten in all");
        drop(first);
        assert_eq!(most(&connections, "203.0.113.9").len(), 4, "what has ended does not count");
        drop(other);
        assert!(connections.open().by_network.is_empty(), "no address is remembered");
        assert_eq!(connections.open().in_all, 0);
    }

    #[test]
    fn a_proxy_brings_the_connections_of_many() {
        let unset = connections(10, PerAddress::EachButLoopback(4));
        for own in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(most(&unset, own).len(), 10, "{own}");
        }
        assert_eq!(most(&unset, "192.168.1.9").len(), 4);
        assert_eq!(most(&connections(10, PerAddress::None), "192.168.1.9").len(), 10);
        assert_eq!(most(&connections(10, PerAddress::Each(4)), "127.0.0.1").len(), 4);
    }
}
