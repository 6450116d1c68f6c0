//! Deliberately broken situations, counted: each ends with a message that names cause and remedy, and leaves nothing that
//! was begun unmentioned.
//!
//! Each row of a group's table is a test of its own. It runs a command to its end, as a process against recorded answers or
//! in memory against the strict AWS, and compares what a person sees. Add rows, never delete one.
//!
//! What takes several runs, such as a sign-in that ends and is made again, has a file of its own.

use crate::aws_answers::server;
use crate::common::world;

#[macro_use]
mod seen;
mod process;

mod account;
mod building;
mod certificate;
mod configuration;
mod credentials;
mod deployed;
mod dns;
mod health;
mod login;
mod network;
mod quotas;
mod rights;
mod sessions;
mod slow_sources;
mod states;

/// What issue and README promise.
const PROMISED: usize = 30;

#[test]
fn there_are_as_many_situations_as_promised_and_some_of_each_group() {
    let groups: [(&str, &[&str]); 11] = [
        ("configuration", configuration::SITUATIONS),
        ("credentials", credentials::SITUATIONS),
        ("account", account::SITUATIONS),
        ("rights", rights::SITUATIONS),
        ("dns", dns::SITUATIONS),
        ("certificate", certificate::SITUATIONS),
        ("states", states::SITUATIONS),
        ("quotas", quotas::SITUATIONS),
        ("network", network::SITUATIONS),
        ("building", building::SITUATIONS),
        ("health", health::SITUATIONS),
    ];
    for (group, situations) in groups {
        println!("{group}: {}", situations.len());
        assert!(situations.len() >= 3, "{group}");
    }
    let all: usize = groups.iter().map(|(_, situations)| situations.len()).sum();
    println!("in all: {all}");
    assert!(all >= PROMISED, "{all}");
}
