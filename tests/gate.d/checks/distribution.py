"""CloudFront: what DESIGN learned the hard way."""

import re

import intrinsics
from template import as_list, properties

from .references import CACHING_DISABLED, MANAGED, behaviors

MODERN_TLS = {"TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"}


def run(template):
    for name, values in template.of_type("AWS::CloudFront::Distribution"):
        config = values.get("DistributionConfig") or {}
        yield from _tls(name, config)
        yield from _origins(template, name, config)
        yield from _region(template, name, config)
        yield from _errors(name, config)
        yield from _records(template, name, config)
        for behavior in behaviors(config):
            where = behavior.get("PathPattern", "the default behavior")
            if behavior.get("ViewerProtocolPolicy") not in ("redirect-to-https", "https-only"):
                yield "viewer-without-tls", name, f"{where} answers over plain http"
            if not behavior.get("ResponseHeadersPolicyId"):
                yield "behavior-without-headers", name, f"{where} sends no security headers"
            yield from _api(template, name, config, behavior, where)
    for name, values in template.of_type("AWS::CloudFront::ResponseHeadersPolicy"):
        yield from _headers(name, values.get("ResponseHeadersPolicyConfig") or {})
    for name, values in template.of_type("AWS::WAFv2::WebACL"):
        yield from _firewall(template, name, values)
    for name, values in template.of_type("AWS::WAFv2::LoggingConfiguration"):
        yield from _firewall_log(name, values)


def _tls(name, config):
    certificate = config.get("ViewerCertificate") or {}
    if config.get("Aliases") and certificate.get("MinimumProtocolVersion") not in MODERN_TLS:
        yield "tls-version", name, f"a domain's visitors may use {certificate.get('MinimumProtocolVersion') or 'any TLS'}"


def _origins(template, name, config):
    for origin in as_list(config.get("Origins")):
        if "S3OriginConfig" in origin and not _signs(template, origin.get("OriginAccessControlId")):
            yield "origin-open", name, f"the bucket behind {origin.get('Id')} would have to be public"
        custom = origin.get("CustomOriginConfig")
        if custom is not None:
            if custom.get("OriginProtocolPolicy") != "https-only":
                yield "origin-without-tls", name, f"{origin.get('Id')} may be asked over plain http"
            if set(as_list(custom.get("OriginSSLProtocols"))) - {"TLSv1.2"}:
                yield "origin-without-tls", name, f"{origin.get('Id')} may be asked over a TLS that is broken"
            headers = {str(header.get("HeaderName")).lower() for header in as_list(origin.get("OriginCustomHeaders"))}
            if "x-origin-verify" not in headers:
                yield "origin-unverified", name, f"{origin.get('Id')} can't tell CloudFront from anyone else"


def _signs(template, control):
    """Whether requests to the bucket are signed, by a control of the template or one that we can't see."""
    name = template.target(control)
    if template.type_of(name) != "AWS::CloudFront::OriginAccessControl":
        return bool(control) and name not in template.resources
    config = properties(template.resources[name]).get("OriginAccessControlConfig") or {}
    return config.get("SigningBehavior") == "always"


def _region(template, name, config):
    """CloudFront takes certificates and firewalls from us-east-1 only."""
    certificate = (config.get("ViewerCertificate") or {}).get("AcmCertificateArn")
    for value in (certificate, config.get("WebACLId")):
        for text in intrinsics.texts(template, value):
            if text.startswith("arn:") and ":us-east-1:" not in text:
                yield "not-in-us-east-1", name, f"CloudFront can't use {text}"
    firewall = template.target(config.get("WebACLId"))
    if template.type_of(firewall) == "AWS::WAFv2::WebACL":
        if properties(template.resources[firewall]).get("Scope") != "CLOUDFRONT":
            yield "not-in-us-east-1", name, f"{firewall} guards what is in a region, and CloudFront is in none"


def _headers(name, config):
    security = config.get("SecurityHeadersConfig") or {}
    missing = {"StrictTransportSecurity", "ContentTypeOptions", "FrameOptions"} - security.keys()
    if missing:
        yield "headers-missing", name, f"does not send {', '.join(sorted(missing))}"
    for key, header in security.items():
        if header.get("Override") not in (True, "true"):
            yield "headers-optional", name, f"the origin may replace {key}"
    policy = " ".join(str((security.get("ContentSecurityPolicy") or {}).get("ContentSecurityPolicy")).lower().split())
    if re.search(r"'unsafe-eval'|(script|default)-src[^;]*('unsafe-inline'|\s\*|\shttps?:(\s|;|$))", policy):
        yield "scripts-from-anywhere", name, "the content security policy lets any script run"
    if "*" in as_list(((config.get("CorsConfig") or {}).get("AccessControlAllowOrigins") or {}).get("Items")):
        yield "shared-with-any-site", name, "any web site may read the answers in its visitors' browsers"


def _firewall(template, name, values):
    if values.get("Scope") == "CLOUDFRONT" and template.metadata.get("Stack") not in (None, "edge"):
        yield "not-in-us-east-1", name, "only the edge stack is sure to be there, and CloudFront looks nowhere else"
    for rule in as_list(values.get("Rules")):
        if "Block" not in (rule.get("Action") or {}) and "None" not in (rule.get("OverrideAction") or {}):
            yield "firewall-toothless", name, f"the rule {rule.get('Name')} blocks nothing"


def _errors(name, config):
    responses = as_list(config.get("CustomErrorResponses"))
    for response in responses:
        if response.get("ResponsePagePath") or response.get("ResponseCode"):
            yield "error-page", name, f"{response.get('ErrorCode')} becomes a page for the API's answers too"
    quick = {response.get("ErrorCode") for response in responses if response.get("ErrorCachingMinTTL") == 0}
    missing = {404, 500, 502, 503, 504} - quick
    if missing:
        yield "error-cached", name, f"{', '.join(map(str, sorted(missing)))} would be remembered for ten seconds"


def _api(template, name, config, behavior, where):
    origins = {origin.get("Id"): origin for origin in as_list(config.get("Origins"))}
    if "CustomOriginConfig" not in origins.get(behavior.get("TargetOriginId"), {}):
        return
    events = {association.get("EventType") for association in as_list(behavior.get("FunctionAssociations"))}
    if "viewer-request" not in events:
        yield "viewer-unknown", name, f"{where} passes on whatever address the client claims"
    if not _may_pass_on(template, behavior.get("CachePolicyId")):
        yield "api-cached", name, f"{where} may answer one user with what another was told"


def _may_pass_on(template, policy):
    """Whether nothing is cached, or every query string, which carries the token, by itself."""
    own = template.target(policy)
    if template.type_of(own) != "AWS::CloudFront::CachePolicy":
        return not isinstance(policy, str) or policy not in MANAGED["CachePolicyId"] - {CACHING_DISABLED}
    config = properties(template.resources[own]).get("CachePolicyConfig") or {}
    keys = config.get("ParametersInCacheKeyAndForwardedToOrigin") or {}
    return config.get("MaxTTL") in (0, "0") or (keys.get("QueryStringsConfig") or {}).get("QueryStringBehavior") == "all"


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
