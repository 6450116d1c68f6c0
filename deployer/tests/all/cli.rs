//! The command line as documents that are run: help, errors and exit codes, and the guide for the first ten minutes.

#[test]
fn documents() {
    trycmd::TestCases::new().case("tests/cli/*.toml").case("tests/cli/*.md");
}

/// The guide's commands write files, so it is run as a copy in a folder of its own, away from anybody's credentials.
#[test]
fn the_guide() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let guide = folder.path().join("getting-started.md");
    // Beside a document, a folder of its name is where the commands run.
    std::fs::create_dir(folder.path().join("getting-started.in")).expect("a folder for its files");
    std::fs::copy("../docs/getting-started.md", &guide).expect("the guide is part of the repository");
    let home = folder.path().display().to_string();
    trycmd::TestCases::new()
        .env("HOME", &home)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", format!("{home}/none"))
        .env("AWS_SHARED_CREDENTIALS_FILE", format!("{home}/none"))
        .env("AWS_ACCESS_KEY_ID", "")
        .case(&guide);
}
