//! Domains that cannot work: no zone, a zone that the world does not ask, records that stand in the way.

use stellarr::base::dns::RecordKind;
use stellarr::config::DnsProvider;
use stellarr_aws::HostedZone;

use crate::broken_situations::seen::{Seen, deploy};
use crate::broken_situations::world::World;

situations! {
    no_zone_holds_the_domain: ZoneNotFound, ["tv.elsewhere.io", "example.org"], ["dns: external", "create the zone"], Nothing;
    the_zone_is_private: ZonePrivate, ["home.lan", "private"], ["public hosted zone"], Nothing;
    the_zone_is_not_entered_anywhere: ZoneNotDelegated, ["does not know example.org"], ["ns-1.zexampleorg", "registered"], Nothing;
    the_world_asks_another_provider: ZoneNotDelegated, ["ns.other.net", "ZEXAMPLEORG"], ["dns: external"], Nothing;
    the_named_zone_is_not_there: ZoneNotFound, ["ZGONE"], ["remove `hosted_zone_id`"], Nothing;
    the_named_zone_is_of_another_domain: ZoneNotFound, ["tv.elsewhere.io does not lie in"], ["hosted_zone_id"], Nothing;
    only_another_authority_may_certify: CaaRefusesAmazon, ["CAA records of example.org", "letsencrypt.org"], ["CAA 0 issue \"amazon.com\""], Nothing;
    another_distribution_has_the_domain: DomainTaken, ["EOTHER", "tv.example.org"], ["take tv.example.org off"], Nothing;
    the_dns_did_not_move_yet: DnsNotMoved, ["dns: external", "still asks"], ["registrar"], Nothing;
}

/// A deployment at a domain in Route53, in an account with the zone `ZEXAMPLEORG`.
pub(crate) fn at(domain: &str) -> World {
    let mut world = World::new();
    let zone = |id: &str, name: &str, private| HostedZone { id: id.into(), name: name.into(), private };
    world.cloud.add_zone(zone("ZEXAMPLEORG", "example.org", false)).add_zone(zone("ZP", "home.lan", true));
    world.dns.set("example.org", RecordKind::Ns, &["ns-1.zexampleorg.awsdns.net"]);
    world.config.domain = Some(domain.to_owned());
    world.config.dns.provider = DnsProvider::Route53;
    world
}

async fn no_zone_holds_the_domain() -> Seen {
    deploy(&at("tv.elsewhere.io"), &[]).await
}

async fn the_zone_is_private() -> Seen {
    deploy(&at("tv.home.lan"), &[]).await
}

async fn the_zone_is_not_entered_anywhere() -> Seen {
    let world = at("tv.example.org");
    world.dns.set("example.org", RecordKind::Ns, &[]);
    deploy(&world, &[]).await
}

async fn the_world_asks_another_provider() -> Seen {
    let world = at("tv.example.org");
    world.dns.set("example.org", RecordKind::Ns, &["ns.other.net"]);
    deploy(&world, &[]).await
}

async fn the_named_zone_is_not_there() -> Seen {
    let mut world = at("tv.example.org");
    world.config.dns.hosted_zone_id = Some("ZGONE".to_owned());
    deploy(&world, &[]).await
}

async fn the_named_zone_is_of_another_domain() -> Seen {
    let mut world = at("tv.elsewhere.io");
    world.config.dns.hosted_zone_id = Some("ZEXAMPLEORG".to_owned());
    deploy(&world, &[]).await
}

async fn only_another_authority_may_certify() -> Seen {
    let world = at("tv.example.org");
    world.dns.set("example.org", RecordKind::Caa, &["0 issue \"letsencrypt.org\""]);
    deploy(&world, &[]).await
}

async fn another_distribution_has_the_domain() -> Seen {
    let world = at("tv.example.org");
    world.cloud.add_distribution("EOTHER", &["tv.example.org"]);
    deploy(&world, &[]).await
}

async fn the_dns_did_not_move_yet() -> Seen {
    let mut world = at("tv.example.org");
    world.deploy(&[]).await.unwrap();
    world.config.dns.provider = DnsProvider::External;
    deploy(&world, &[]).await
}
