//! A bounded run of the fuzz targets: arbitrary bytes, and inputs that go far in with something changed in them.

#[expect(unreachable_pub, reason = "the fuzzer uses it from another crate")]
mod targets;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Cuts a piece out of an input and puts other bytes there.
fn changed(seed: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let bytes = proptest::collection::vec(any::<u8>(), 0..12);
    (0..=seed.len(), 0..8_usize, bytes, 1..3_usize).prop_map(move |(at, cut, bytes, times)| {
        let mut input = seed.as_bytes().to_vec();
        input.splice(at..(at + cut).min(input.len()), bytes);
        input.repeat(times)
    })
}

fn run(name: &str) {
    let (_, (target, seeds)) = targets::TARGETS.iter().find(|(found, _)| *found == name).unwrap();
    let mut runner = TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    let mut play = |inputs: BoxedStrategy<Vec<u8>>| {
        runner.run(&inputs, |input| {
            target(&input);
            Ok(())
        })
    };
    play(proptest::collection::vec(any::<u8>(), 0..300).boxed()).unwrap();
    for seed in *seeds {
        target(seed.as_bytes());
        play(changed(seed).boxed()).unwrap();
    }
}

#[test]
fn tokens() {
    run("token");
}

#[test]
fn challenges() {
    run("challenge");
}

#[test]
fn plex_payloads() {
    run("plex_payload");
}

#[test]
fn multipart_bodies() {
    run("multipart");
}

#[test]
fn queries() {
    run("query");
}

#[test]
fn feeds() {
    run("rss");
}

/// Each target has its own program for the fuzzer.
#[test]
fn every_target_can_be_fuzzed() {
    let manifest = include_str!("../../../fuzz/Cargo.toml");
    for (name, _) in targets::TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        let program = format!("{}/fuzz/targets/{name}.rs", std::env::var("CARGO_MANIFEST_DIR").unwrap());
        let program = std::fs::read_to_string(program).unwrap();
        assert!(program.contains(&format!("targets::{name}(")), "{name}");
    }
}
