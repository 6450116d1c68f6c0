//! The command line as documents that are run: help, errors and exit codes.

#[test]
fn documents() {
    trycmd::TestCases::new().case("tests/cli/*.toml").case("tests/cli/*.md");
}
