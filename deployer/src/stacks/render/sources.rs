//! The templates, embedded in the program so that the released binary works anywhere.

/// Every file of `templates/` that Tera reads, by its path there. A test makes sure that none is forgotten.
pub const SOURCES: &[(&str, &str)] = &[
    ("bootstrap.yaml", include_str!("../../../../templates/bootstrap.yaml")),
    ("bootstrap/artifacts.yaml", include_str!("../../../../templates/bootstrap/artifacts.yaml")),
    ("bootstrap/catalogue-table.yaml", include_str!("../../../../templates/bootstrap/catalogue-table.yaml")),
    ("bootstrap/requests-table.yaml", include_str!("../../../../templates/bootstrap/requests-table.yaml")),
    ("bootstrap/secret.yaml", include_str!("../../../../templates/bootstrap/secret.yaml")),
    ("edge.yaml", include_str!("../../../../templates/edge.yaml")),
    ("edge/budget.yaml", include_str!("../../../../templates/edge/budget.yaml")),
    ("edge/certificate.yaml", include_str!("../../../../templates/edge/certificate.yaml")),
    ("edge/firewall-log.yaml", include_str!("../../../../templates/edge/firewall-log.yaml")),
    ("edge/firewall.yaml", include_str!("../../../../templates/edge/firewall.yaml")),
    ("main.yaml", include_str!("../../../../templates/main.yaml")),
    ("main/alarms.yaml", include_str!("../../../../templates/main/alarms.yaml")),
    ("main/api-url.yaml", include_str!("../../../../templates/main/api-url.yaml")),
    ("main/buckets.yaml", include_str!("../../../../templates/main/buckets.yaml")),
    ("main/cache-policies.yaml", include_str!("../../../../templates/main/cache-policies.yaml")),
    ("main/dashboard.yaml", include_str!("../../../../templates/main/dashboard.yaml")),
    ("main/dead-letters.yaml", include_str!("../../../../templates/main/dead-letters.yaml")),
    ("main/distribution.yaml", include_str!("../../../../templates/main/distribution.yaml")),
    ("main/dns.yaml", include_str!("../../../../templates/main/dns.yaml")),
    ("main/functions.yaml", include_str!("../../../../templates/main/functions.yaml")),
    ("main/outputs.yaml", include_str!("../../../../templates/main/outputs.yaml")),
    ("main/parameters.yaml", include_str!("../../../../templates/main/parameters.yaml")),
    ("main/response-headers.yaml", include_str!("../../../../templates/main/response-headers.yaml")),
    ("main/rights.yaml", include_str!("../../../../templates/main/rights.yaml")),
    ("main/schedules.yaml", include_str!("../../../../templates/main/schedules.yaml")),
    ("main/viewer-functions.yaml", include_str!("../../../../templates/main/viewer-functions.yaml")),
];

/// The CloudFront function of the default behavior.
pub(super) const SPA_ROUTES: &str = include_str!("../../../../templates/main/viewer/spa-routes.js");

/// The CloudFront function of the API's behaviors.
pub(super) const VIEWER_HEADERS: &str = include_str!("../../../../templates/main/viewer/viewer-headers.js");

const SANDBOX_OMITS: &str = include_str!("../../../../templates/sandbox-omits.txt");

/// Lists the resource types that the sandbox's emulator refuses.
pub fn sandbox_omits() -> impl Iterator<Item = &'static str> {
    SANDBOX_OMITS.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The templates as Tera wants them.
pub(super) fn templates() -> impl Iterator<Item = (&'static str, &'static str)> {
    SOURCES.iter().copied()
}
