//! Who calls: no credentials, such as have run out, such as AWS does not know, and clocks.

use jiff::SignedDuration;
use stellarr::base::clock::Clock;
use stellarr_aws::AwsErrorKind;
use stellarr_testing::Fault;

use crate::broken_situations::process::{Process, answered};
use crate::broken_situations::seen::{Seen, deploy};
use crate::broken_situations::server::Reply;
use crate::broken_situations::world::World;

situations! {
    none_at_all: AwsNoCredentials, ["no AWS credentials were found"], ["aws login", "2.32", "aws configure", "--sandbox"], Nothing;
    a_profile_that_is_not_there: AwsNoCredentials, ["profile work"], ["aws configure list-profiles"], Nothing;
    a_single_sign_on_that_ran_out: AwsCredentialsExpired, ["have run out", "profile work"], ["aws sso login --profile work"], Nothing;
    a_program_that_gives_none: AwsCredentialsInvalid, ["credentials"], ["credential_process"], Nothing;
    a_token_that_ran_out: AwsCredentialsExpired, ["have run out"], ["aws sso login"], Nothing;
    a_key_that_aws_does_not_know: AwsCredentialsInvalid, ["security token", "invalid"], ["create a new key", "aws login", "aws configure"], Nothing;
    a_secret_half_that_does_not_fit: AwsCredentialsInvalid, ["signature"], ["aws configure"], Nothing;
    a_clock_that_is_off: AwsClockSkew, ["clock is", "minutes behind"], ["automatic time"], Nothing;
    a_clock_that_the_preflight_finds: AwsClockSkew, ["clock is 20 min"], ["automatic time"], Nothing;
    a_region_that_is_not_enabled: AwsRegion, ["eu-south-2", "not enabled"], ["AWS Regions"], Nothing;
    a_session_that_ended_before_the_deploy: AwsCredentialsExpired, ["ended", "ago"], ["aws sso login"], Nothing;
    a_session_that_ends_between_two_steps: AwsCredentialsExpired, ["have run out"], ["aws sso login", "goes on from there"], Named;
}

async fn none_at_all() -> Seen {
    Process::new().run(&["deploy"]).await
}

async fn a_profile_that_is_not_there() -> Seen {
    let process = Process::new().file("home/.aws/config", "[profile other]\nregion = eu-west-1\n");
    process.run(&["status", "--profile", "work"]).await
}

async fn a_single_sign_on_that_ran_out() -> Seen {
    let config = "[profile work]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin\n\
                  [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\n";
    // Its name is the SHA-1 of the session's.
    let token = r#"{"accessToken": "t", "expiresAt": "2020-01-01T00:00:00Z", "region": "eu-west-1", "startUrl": "https://example.awsapps.com/start"}"#;
    let cached = "home/.aws/sso/cache/b3a4f6ec4f7b4c5e2a83fbd46b3d9f9b8a0f35d3.json";
    let process = Process::new().file("home/.aws/config", config).file(cached, token);
    process.run(&["status", "--profile", "work"]).await
}

async fn a_program_that_gives_none() -> Seen {
    let config = "[profile work]\ncredential_process = /nonexistent/program\n";
    Process::new().file("home/.aws/config", config).run(&["status", "--profile", "work"]).await
}

async fn a_token_that_ran_out() -> Seen {
    let words = "The security token included in the request is expired";
    answered(Reply::query_error(403, "ExpiredToken", words), &["outputs"]).await
}

async fn a_key_that_aws_does_not_know() -> Seen {
    let words = "The security token included in the request is invalid.";
    answered(Reply::query_error(403, "InvalidClientTokenId", words), &["deploy"]).await
}

async fn a_secret_half_that_does_not_fit() -> Seen {
    let words = "The request signature we calculated does not match the signature you provided.";
    answered(Reply::query_error(403, "SignatureDoesNotMatch", words), &["outputs"]).await
}

async fn a_clock_that_is_off() -> Seen {
    let date = jiff::Timestamp::now() + SignedDuration::from_mins(20);
    let words = "Signature expired: 20261121T034000Z is now earlier than 20261121T034500Z";
    let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    answered(Reply::query_error(403, "SignatureDoesNotMatch", words).header("date", &date), &["outputs"]).await
}

async fn a_clock_that_the_preflight_finds() -> Seen {
    let world = World::new();
    world.cloud.set_session(None, Some(1_200));
    deploy(&world, &[]).await
}

async fn a_region_that_is_not_enabled() -> Seen {
    let words = "The security token included in the request is invalid.";
    answered(Reply::query_error(403, "InvalidClientTokenId", words), &["deploy", "--region", "eu-south-2"]).await
}

async fn a_session_that_ended_before_the_deploy() -> Seen {
    let world = World::new();
    world.cloud.set_session(Some(world.clock.now() - SignedDuration::from_mins(3)), Some(0));
    deploy(&world, &[]).await
}

async fn a_session_that_ends_between_two_steps() -> Seen {
    let world = World::new();
    let words = "The security token included in the request is expired";
    world.cloud.inject_always("secretsmanager:GetSecretValue", Fault::Say(AwsErrorKind::ExpiredCredentials, words));
    deploy(&world, &[]).await
}
