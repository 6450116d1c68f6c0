//! Where a request comes from, and which site it is for.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::request::Parts;
use http::{HeaderMap, header};
use stellarr_core::addresses::VIEWER_HOST_HEADER;
use stellarr_core::auth::Origin;
use stellarr_core::rate_limit::Caller;

use crate::origin::OriginCheck;
use crate::settings::Settings;

/// Names the caller by the address that the trusted header or the connection shows.
pub(crate) fn caller(settings: &Settings, parts: &Parts) -> Caller {
    let address = match &settings.client_address {
        // A proxy appends what it sees; everything before is the client's own claim.
        Some(name) => parts
            .headers
            .get_all(name)
            .iter()
            .next_back()
            .and_then(|value| value.to_str().ok())
            .and_then(|list| list.rsplit(',').next())
            .and_then(parse_address),
        None => parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip()),
    };
    address.map_or_else(Caller::unknown, Caller::at)
}

fn parse_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    text.parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .or_else(|| text.trim_start_matches('[').trim_end_matches(']').parse().ok())
        // Some proxies write a port after an IPv6 address without brackets.
        .or_else(|| text.rsplit_once(':').and_then(|(address, _)| address.parse().ok()))
}

/// Returns the origins that this request's site may have, the likeliest first; none when the site's address is neither
/// configured nor one of the home network.
pub(crate) fn origins(settings: &Settings, headers: &HeaderMap) -> Vec<Origin> {
    if let Some(base) = &settings.base_url {
        return vec![base.clone()];
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = |scheme: &str, host: &str| Origin::parse(&format!("{scheme}://{host}")).ok();
    match settings.origin_check {
        OriginCheck::Digests(_) => {
            text(VIEWER_HOST_HEADER).and_then(|host| origin("https", host)).into_iter().collect()
        }
        OriginCheck::Off => {
            let Some(host) = text(header::HOST.as_str()) else { return Vec::new() };
            let secure = text("x-forwarded-proto").is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
            let schemes = if secure { ["https", "http"] } else { ["http", "https"] };
            // The client writes this header. A name that anybody can own may lead a stranger's page here.
            schemes.into_iter().filter_map(|scheme| origin(scheme, host)).filter(Origin::is_at_home).collect()
        }
    }
}

/// Returns the public address of the site, without a trailing slash.
pub(crate) fn site(settings: &Settings, headers: &HeaderMap) -> String {
    origins(settings, headers).first().map(|origin| origin.as_str().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Host;

    fn parts(headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn settings(host: Host, header: &str) -> Settings {
        Settings::read(host, |name| (name == "CLIENT_IP_HEADER").then(|| header.to_owned())).unwrap()
    }

    #[test]
    fn only_the_trusted_header_counts() {
        let lambda = settings(Host::Lambda, "");
        let seen = parts(&[("x-forwarded-for", "1.2.3.4"), ("x-stellarr-address", "203.0.113.9")]);
        assert_eq!(caller(&lambda, &seen).as_str(), "203.0.113.9");
        assert_eq!(caller(&lambda, &parts(&[("x-forwarded-for", "1.2.3.4")])), Caller::unknown());
        let proxied = settings(Host::SelfHosted, "X-Forwarded-For");
        let seen = parts(&[("x-forwarded-for", "6.6.6.6, 203.0.113.9")]);
        assert_eq!(caller(&proxied, &seen).as_str(), "203.0.113.9");
        let direct = settings(Host::SelfHosted, "");
        assert_eq!(caller(&direct, &seen), Caller::unknown());
        for address in ["[2001:db8::1]:443", "[2001:db8::1]", "2001:db8:0:0:0:0:0:1:443", "2001:db8::1"] {
            assert_eq!(
                caller(&proxied, &parts(&[("x-forwarded-for", address)])).as_str(),
                "2001:db8::/64",
                "{address}"
            );
        }
    }

    #[test]
    fn the_site_is_where_the_viewer_is() {
        let lambda = settings(Host::Lambda, "");
        let seen = parts(&[("host", "abc.lambda-url.aws"), ("x-stellarr-host", "d1.cloudfront.net")]);
        assert_eq!(site(&lambda, &seen.headers), "https://d1.cloudfront.net");
        let direct = settings(Host::SelfHosted, "");
        assert_eq!(site(&direct, &parts(&[("host", "media.lan:8000")]).headers), "http://media.lan:8000");
        assert_eq!(site(&direct, &parts(&[("host", "evil.example")]).headers), "");
    }
}
