//! Keeps web pages of others away from a port of this computer: any page may send requests to it.

use axum::http::{HeaderMap, header};

/// The names by which a browser on this computer reaches it.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The reason for refusing a request; none when it may be answered.
///
/// `port` is the one that it came to, `pages` are the ports of the pages that may ask. A foreign name that resolves to
/// this computer (DNS rebinding) shows in the Host, a foreign page in the Origin. A program sends no Origin, and a
/// browser sends none with what it only shows, such as pictures and pages.
#[must_use]
pub fn refusal(headers: &HeaderMap, port: u16, pages: &[u16]) -> Option<&'static str> {
    let hosts = LOOPBACK.map(|name| format!("{name}:{port}"));
    if !single_header(headers, header::HOST)
        .is_some_and(|host| hosts.iter().any(|known| known.eq_ignore_ascii_case(host)))
    {
        return Some("its Host is not this computer");
    }
    if !headers.contains_key(header::ORIGIN) {
        return None;
    }
    let known = single_header(headers, header::ORIGIN)
        .and_then(|origin| origin.strip_prefix("http://"))
        .is_some_and(|origin| pages.iter().any(|page| LOOPBACK.iter().any(|name| origin == format!("{name}:{page}"))));
    if known { None } else { Some("a page of another site sent it") }
}

/// Reads a header that is there once.
fn single_header(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() { None } else { Some(value) }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn refused(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        refusal(&headers, 8090, &[8080, 8090]).is_some()
    }

    #[test]
    fn only_this_computer_and_the_site_s_pages_are_answered() {
        for host in ["localhost:8090", "127.0.0.1:8090", "[::1]:8090", "LocalHost:8090"] {
            assert!(!refused(&[("host", host)]), "{host}");
            for origin in ["http://localhost:8080", "http://127.0.0.1:8080", "http://localhost:8090"] {
                assert!(!refused(&[("host", host), ("origin", origin)]), "{origin}");
            }
            for origin in [
                "null",
                "http://localhost:8081",
                "https://localhost:8080",
                "http://evil.example",
                "http://localhost:8080.evil.example",
                "",
            ] {
                assert!(refused(&[("host", host), ("origin", origin)]), "{origin}");
            }
        }
        for host in ["evil.example:8090", "localhost", "localhost:8080", "localhost.evil.example:8090", ""] {
            assert!(refused(&[("host", host)]), "{host}");
        }
        assert!(refused(&[]));
        assert!(refused(&[("host", "localhost:8090"), ("host", "evil.example")]));
        let origins =
            [("host", "localhost:8090"), ("origin", "http://localhost:8080"), ("origin", "http://evil.example")];
        assert!(refused(&origins));
    }
}
