"""CloudFront: what DESIGN learned the hard way."""

from template import as_list

from .references import behaviors

MODERN_TLS = {"TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"}


def run(template):
    for name, values in template.of_type("AWS::CloudFront::Distribution"):
        config = values.get("DistributionConfig") or {}
        yield from _tls(name, config)
        yield from _origins(name, config)
        yield from _errors(name, config)
        yield from _records(template, name, config)
        for behavior in behaviors(config):
            where = behavior.get("PathPattern", "the default behavior")
            if behavior.get("ViewerProtocolPolicy") not in ("redirect-to-https", "https-only"):
                yield "viewer-without-tls", name, f"{where} answers over plain http"
            if not behavior.get("ResponseHeadersPolicyId"):
                yield "behavior-without-headers", name, f"{where} sends no security headers"
            yield from _api(name, config, behavior, where)
    for name, values in template.of_type("AWS::WAFv2::LoggingConfiguration"):
        yield from _firewall_log(name, values)


def _tls(name, config):
    certificate = config.get("ViewerCertificate") or {}
    if config.get("Aliases") and certificate.get("MinimumProtocolVersion") not in MODERN_TLS:
        yield "tls-version", name, f"a domain's visitors may use {certificate.get('MinimumProtocolVersion') or 'any TLS'}"


def _origins(name, config):
    for origin in as_list(config.get("Origins")):
        if "S3OriginConfig" in origin and not origin.get("OriginAccessControlId"):
            yield "origin-open", name, f"the bucket behind {origin.get('Id')} would have to be public"
        custom = origin.get("CustomOriginConfig")
        if custom is not None:
            if custom.get("OriginProtocolPolicy") != "https-only":
                yield "origin-without-tls", name, f"{origin.get('Id')} may be asked over plain http"
            headers = {str(header.get("HeaderName")).lower() for header in as_list(origin.get("OriginCustomHeaders"))}
            if "x-origin-verify" not in headers:
                yield "origin-unverified", name, f"{origin.get('Id')} can't tell CloudFront from anyone else"


def _errors(name, config):
    responses = as_list(config.get("CustomErrorResponses"))
    for response in responses:
        if response.get("ResponsePagePath") or response.get("ResponseCode"):
            yield "error-page", name, f"{response.get('ErrorCode')} becomes a page for the API's answers too"
    quick = {response.get("ErrorCode") for response in responses if response.get("ErrorCachingMinTTL") == 0}
    missing = {404, 500, 502, 503, 504} - quick
    if missing:
        yield "error-cached", name, f"{', '.join(map(str, sorted(missing)))} would be remembered for ten seconds"


def _api(name, config, behavior, where):
    origins = {origin.get("Id"): origin for origin in as_list(config.get("Origins"))}
    if "CustomOriginConfig" not in origins.get(behavior.get("TargetOriginId"), {}):
        return
    events = {association.get("EventType") for association in as_list(behavior.get("FunctionAssociations"))}
    if "viewer-request" not in events:
        yield "viewer-unknown", name, f"{where} passes on whatever address the client claims"


def _records(template, name, config):
    if not config.get("Aliases"):
        return
    records = [values for _, values in template.of_type("AWS::Route53::RecordSet") if _points_at(template, values, name)]
    types = {values.get("Type") for values in records}
    if types and types != {"A", "AAAA"}:
        yield "record-missing", name, f"the domain has {', '.join(sorted(types))} only, but the distribution answers IPv4 and IPv6"


def _points_at(template, values, name):
    return template.target((values.get("AliasTarget") or {}).get("DNSName")) == name


def _firewall_log(name, values):
    logging = values.get("LoggingFilter") or {}
    actions = [
        condition.get("ActionCondition", {}).get("Action")
        for filter_ in as_list(logging.get("Filters"))
        for condition in as_list(filter_.get("Conditions"))
    ]
    if logging.get("DefaultBehavior") != "DROP" or actions != ["BLOCK"]:
        yield "firewall-log-wide", name, "keeps more than what was blocked: every visit of everybody"
    redacted = str(values.get("RedactedFields")).lower()
    if "querystring" not in redacted or "authorization" not in redacted:
        yield "firewall-log-tokens", name, "would hold tokens: they travel in query strings and Authorization"
