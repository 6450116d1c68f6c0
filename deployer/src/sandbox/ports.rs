//! Chooses ports: the usual ones, else any that are free.

use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::time::Duration;

use super::error::SandboxError;

/// Returns `preferred` if nobody uses it, else a free port that is none of `reserved`.
pub(super) fn choose(preferred: u16, reserved: &[u16]) -> Result<u16, SandboxError> {
    if preferred != 0 && !reserved.contains(&preferred) && is_free(preferred) {
        return Ok(preferred);
    }
    loop {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(SandboxError::NoPort)?;
        let port = listener.local_addr().map_err(SandboxError::NoPort)?.port();
        drop(listener);
        if !reserved.contains(&port) && is_free(port) {
            return Ok(port);
        }
    }
}

/// Tells whether a port can be had on 127.0.0.1, and `localhost` leads nowhere else.
pub(super) fn is_free(port: u16) -> bool {
    // A program that listens on all addresses, or on ::1 only, does not keep us from binding: so it is asked, too.
    let used = |address| TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok();
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
        && !used((Ipv4Addr::LOCALHOST, port).into())
        && !used((Ipv6Addr::LOCALHOST, port).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_is_replaced() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let chosen = choose(port, &[]).unwrap();
        assert_ne!(chosen, port);
        drop(taken);
        assert_eq!(choose(port, &[]).unwrap(), port);
        assert_ne!(choose(port, &[port]).unwrap(), port);
    }
}
