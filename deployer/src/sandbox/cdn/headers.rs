//! Which headers pass the CDN proxy, and how they change.

use axum::extract::Request;
use axum::http::Method;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// The header by which the emulator knows the CDN proxy; see `launch.py`.
const PASS: HeaderName = HeaderName::from_static("x-stellarr-edge");

/// Headers that belong to one connection (RFC 9110, 7.6.1).
const HOP_BY_HOP: [HeaderName; 7] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// The reason for refusing a request; none when it is passed on.
///
/// A request from another site may open a page, as a link does, and no more.
pub(super) fn refusal(request: &Request, port: u16) -> Option<&'static str> {
    let headers = request.headers();
    let says =
        |name: &str, values: &[&str]| headers.get(name).is_some_and(|value| values.iter().any(|one| value == one));
    if let Some(reason) = stellarr_standin::refusal(headers, port, &[port]) {
        return Some(reason);
    }
    let opens = request.method() == Method::GET && says("sec-fetch-mode", &["navigate"]);
    let sites = headers.get_all("sec-fetch-site");
    let ours = sites.iter().all(|site| site == "none" || site == "same-origin");
    let foreign = !(ours || (opens && says("sec-fetch-dest", &["document"])));
    foreign.then_some("a page of another site sent it")
}

/// Turns a viewer's request headers into those that the emulator gets.
///
/// `pass` shows the emulator that they come from here.
pub(super) fn request(headers: &mut HeaderMap, domain: &HeaderValue, pass: &HeaderValue) {
    remove_hop_by_hop(headers);
    headers.insert(PASS, pass.clone());
    headers.insert(header::HOST, domain.clone());
    // The emulator's only way to know: real viewers come by HTTPS.
    headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
    // Compressed answers leave with a weak tag; S3 knows the strong one only.
    if let Some(tags) = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()) {
        let strong = tags.replace("W/\"", "\"");
        if let Ok(strong) = HeaderValue::from_str(&strong) {
            headers.insert(header::IF_NONE_MATCH, strong);
        }
    }
}

/// Turns the emulator's response headers into those that the viewer gets.
///
/// `domain` is the distribution's, `site` the address that the viewer knows.
pub(super) fn response(headers: &mut HeaderMap, domain: &str, site: &str) {
    remove_hop_by_hop(headers);
    let distribution = format!("https://{domain}");
    if let Some(location) = headers.get(header::LOCATION).and_then(|value| value.to_str().ok())
        && let Some(rest) = location.strip_prefix(&distribution)
        && (rest.is_empty() || rest.starts_with(['/', '?']))
        && let Ok(location) = HeaderValue::from_str(&format!("{site}{rest}"))
    {
        headers.insert(header::LOCATION, location);
    }
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in HOP_BY_HOP.iter().chain(&named) {
        headers.remove(name);
    }
    headers.remove("keep-alive");
    headers.remove("proxy-connection");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_viewer_s_own_headers_pass_and_the_connection_s_do_not() {
        let mut headers = map(&[
            ("host", "localhost:8080"),
            ("connection", "keep-alive, x-private"),
            ("x-private", "1"),
            ("x-forwarded-for", "203.0.113.9"),
            ("x-stellarr-edge", "a viewer's"),
            ("x-forwarded-proto", "http"),
            ("authorization", "Bearer x"),
            ("if-none-match", "W/\"a\", \"b\""),
        ]);
        let domain = HeaderValue::from_static("d1.cloudfront.net");
        request(&mut headers, &domain, &HeaderValue::from_static("EDGE1"));
        let expected = map(&[
            ("host", "d1.cloudfront.net"),
            ("x-forwarded-for", "203.0.113.9"),
            ("x-stellarr-edge", "EDGE1"),
            ("x-forwarded-proto", "https"),
            ("authorization", "Bearer x"),
            ("if-none-match", "\"a\", \"b\""),
        ]);
        assert_eq!(headers, expected);
    }

    #[test]
    fn pages_of_others_may_lead_here_and_no_more() {
        let refused = |method: Method, pairs: &[(&'static str, &'static str)]| {
            let mut request = Request::new(axum::body::Body::empty());
            *request.method_mut() = method;
            *request.headers_mut() = map(pairs);
            request.headers_mut().insert("host", HeaderValue::from_static("localhost:8080"));
            refusal(&request, 8080).is_some()
        };
        let link = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        assert!(!refused(Method::GET, &link));
        assert!(refused(Method::POST, &link));
        let frame = [("sec-fetch-site", "same-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")];
        let picture = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")];
        let twice = [("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")];
        for other in [&frame[..], &picture, &twice, &[("origin", "http://localhost:8081")]] {
            assert!(refused(Method::GET, other), "{other:?}");
        }
        let own = [("sec-fetch-site", "same-origin"), ("origin", "http://localhost:8080")];
        for ours in [&own[..], &[("sec-fetch-site", "none")], &[]] {
            assert!(!refused(Method::POST, ours), "{ours:?}");
        }
    }

    #[test]
    fn redirects_to_the_distribution_lead_to_the_site() {
        for (given, expected) in [
            ("https://d1.cloudfront.net/x?y", "http://localhost:8080/x?y"),
            ("/relative", "/relative"),
            ("https://d1.cloudfront.network/", "https://d1.cloudfront.network/"),
        ] {
            let mut headers = map(&[("location", given)]);
            response(&mut headers, "d1.cloudfront.net", "http://localhost:8080");
            assert_eq!(headers, map(&[("location", expected)]));
        }
    }
}
