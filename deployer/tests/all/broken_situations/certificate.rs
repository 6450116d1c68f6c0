//! Certificates that are not issued: outside stacks, where the domain's DNS is kept elsewhere, and inside them.

use stellarr::base::dns::RecordKind;
use stellarr::config::{DnsProvider, StackKind};
use stellarr::stacks::render::{RenderOptions, render};
use stellarr_testing::{Fault, StackFailure};

use crate::broken_situations::dns::at;
use crate::broken_situations::seen::{Seen, deploy};
use crate::broken_situations::world::World;

situations! {
    its_record_is_never_entered: CertificatePending, ["tv.elsewhere.io is not issued yet"], ["enter the record", "stellarr deploy"], Named;
    its_record_says_something_else: CertificatePending, ["tv.elsewhere.io"], ["your DNS still says parking.example.net", "needs _value.acm-validations.aws"], Named;
    caa_records_refuse_it: CertificateRefused, ["tv.elsewhere.io", "CAA"], ["CAA 0 issue \"amazon.com\""], Named;
    nobody_entered_its_record_for_three_days: CertificateRefused, ["72 hours"], ["asks for a new certificate"], Named;
    the_domain_is_not_allowed: CertificateRefused, ["does not certify such a domain"], ["Certificate Manager"], Named;
    the_stack_waits_in_vain: StackCertificate, ["certificate", "Certificate"], ["name servers"], Named;
    caa_records_refuse_the_stack: StackCertificateCaa, ["CAA"], ["amazon.com"], Named;
}

/// A deployment at a domain whose DNS is kept elsewhere.
fn elsewhere() -> World {
    let mut world = at("tv.elsewhere.io");
    world.config.dns.provider = DnsProvider::External;
    world
}

/// A certificate that is pending at first and ends in another status at the second look.
async fn ends(status: &'static str, failure: Option<&'static str>) -> Seen {
    let world = elsewhere();
    let change = Fault::before(move |cloud| {
        cloud.fail_certificate("tv.elsewhere.io", status, failure);
    });
    world.cloud.inject("acm:DescribeCertificate", 2, change);
    deploy(&world, &[]).await
}

async fn its_record_is_never_entered() -> Seen {
    deploy(&elsewhere(), &[]).await
}

async fn its_record_says_something_else() -> Seen {
    let world = elsewhere();
    world.dns.set("_fake.tv.elsewhere.io", RecordKind::Cname, &["parking.example.net"]);
    deploy(&world, &[]).await
}

async fn caa_records_refuse_it() -> Seen {
    ends("FAILED", Some("CAA_ERROR")).await
}

async fn nobody_entered_its_record_for_three_days() -> Seen {
    ends("VALIDATION_TIMED_OUT", None).await
}

async fn the_domain_is_not_allowed() -> Seen {
    ends("FAILED", Some("DOMAIN_NOT_ALLOWED")).await
}

/// A first deploy whose certificate, as part of the edge stack, fails.
async fn in_the_stack(reason: &str) -> Seen {
    let world = at("tv.example.org");
    let rendered = render(&world.config, RenderOptions::default()).unwrap();
    let lines = rendered.text(StackKind::Edge).unwrap().lines();
    let resource = lines.filter_map(|line| line.strip_prefix("  Certificate")?.strip_suffix(':')).next().unwrap();
    let resource = format!("Certificate{resource}");
    let failure = StackFailure { resource, reason: reason.to_owned(), rollback_fails: false };
    world.cloud.fail_stack("home-prod-edge", failure);
    deploy(&world, &[]).await
}

async fn the_stack_waits_in_vain() -> Seen {
    in_the_stack("DNS validation of the certificate timed out: the certificate is in the state VALIDATION_TIMED_OUT")
        .await
}

async fn caa_records_refuse_the_stack() -> Seen {
    in_the_stack("Certificate request failed. Reason: CAA_ERROR (Service: Acm)").await
}

#[tokio::test]
async fn a_refused_certificate_is_asked_for_anew_by_the_next_deploy() {
    let world = elsewhere();
    let fail = Fault::before(|cloud| {
        cloud.fail_certificate("tv.elsewhere.io", "FAILED", Some("CAA_ERROR"));
    });
    world.cloud.inject("acm:DescribeCertificate", 2, fail);
    world.deploy(&[]).await.unwrap_err();
    world.cloud.heal().clear_log();
    let issue = Fault::before(|cloud| {
        cloud.issue_certificate("tv.elsewhere.io");
    });
    world.cloud.inject("acm:DescribeCertificate", 3, issue);
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.cloud.requested_certificates().len(), 2, "{:?}", world.cloud.calls());
}
