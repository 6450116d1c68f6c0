//! What a person sees who has no usable credentials. Each case runs in a process of its own, with an environment of its
//! own.

use std::fs;
use std::path::Path;
use std::process::Command;

use stellarr_aws::{AwsCloud, Cloud, ConnectOptions};

/// Set for the process that asks, to the profile that it asks with.
const PROFILE: &str = "STELLARR_TEST_PROFILE";

/// Asks who calls in a clean home, and returns what it says.
fn ask(profile: &str, config: &str, extra: &[(&str, &str)]) -> String {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".aws")).unwrap();
    fs::write(home.path().join(".aws/config"), config).unwrap();
    run(home.path(), profile, extra)
}

fn run(home: &Path, profile: &str, extra: &[(&str, &str)]) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "aws_answers::credentials::asks", "--ignored", "--nocapture"])
        .env_clear()
        .env("HOME", home)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env(PROFILE, profile)
        .envs(extra.iter().copied())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[ignore = "runs as a process of the other tests"]
fn asks() {
    let Ok(profile) = std::env::var(PROFILE) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let profile = Some(profile).filter(|profile| !profile.is_empty());
        let options = ConnectOptions { profile, ..ConnectOptions::new("eu-west-1") };
        let error = AwsCloud::connect(options).await.unwrap().identity().caller().await.unwrap_err();
        println!("{:?} {error}\n{}", error.kind, error.remedy());
    });
}

#[test]
fn nothing_at_all() {
    let said = ask("", "", &[]);
    assert!(said.contains("NoCredentials sts:GetCallerIdentity: no usable AWS credentials"), "{said}");
    assert!(said.contains("aws configure"), "{said}");
}

#[test]
fn a_profile_that_does_not_exist() {
    let said = ask("home", "[profile other]\naws_access_key_id = a\naws_secret_access_key = b\n", &[]);
    assert!(said.contains("NoCredentials"), "{said}");
    assert!(said.contains("Check that the profile `home` exists"), "{said}");
}

#[test]
fn a_single_sign_on_that_nobody_did_yet() {
    let config = "[profile home]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin\n\
                  [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\n";
    let said = ask("home", config, &[]);
    assert!(said.contains("aws sso login --profile home"), "{said}");
    assert!(said.contains("ExpiredCredentials") || said.contains("NoCredentials"), "{said}");
}

#[test]
fn a_command_for_credentials_that_fails() {
    let said = ask("home", "[profile home]\ncredential_process = /nonexistent/command\n", &[]);
    assert!(said.contains("InvalidCredentials") || said.contains("NoCredentials"), "{said}");
}

#[test]
fn a_profile_that_was_asked_for_counts_before_a_key_in_the_environment() {
    let key = [("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "k")];
    let said = ask("home", "[profile home]\ncredential_process = /nonexistent/command\n", &key);
    assert!(said.contains("InvalidCredentials") || said.contains("NoCredentials"), "the key was used: {said}");
}
