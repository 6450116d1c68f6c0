//! Sessions and the credentials that they renew: a warning only where nothing renews them.

use std::fs;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use jiff::{SignedDuration, Timestamp};

use stellarr::base::clock::Clock as _;
use stellarr::deploy::deploy;
use stellarr::secrets::Input;
use stellarr::ui::{Printer, Verbosity};

use crate::broken_situations::deployed;
use crate::broken_situations::process::Process;
use crate::broken_situations::server::{Reply, Server};
use crate::broken_situations::world::{World, arguments};

const CONFIG: &str = "\
    [profile corp]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin\n\
    [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\n\
    [profile key]\naws_access_key_id = AKIAKEY\naws_secret_access_key = k\n\
    [profile role]\nrole_arn = arn:aws:iam::111122223333:role/deploy\nsource_profile = key\n";

fn after(minutes: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_mins(minutes)
}

/// An AWS that gives credentials of fourteen minutes, whether to a single sign-on or for a role.
async fn aws() -> Server {
    Server::answering_requests(|request| {
        let end = after(14);
        if request.path.starts_with("/federation/credentials") {
            let role = serde_json::json!({"roleCredentials": {
                "accessKeyId": "ASIASSO", "secretAccessKey": "k", "sessionToken": "t", "expiration": end.as_millisecond(),
            }});
            return Reply::ok(role.to_string());
        }
        if request.body.contains("Action=AssumeRole") {
            return Reply::ok(format!(
                "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
                 <AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>k</SecretAccessKey><SessionToken>t</SessionToken>\
                 <Expiration>{}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
                end.strftime("%Y-%m-%dT%H:%M:%SZ")
            ));
        }
        deployed::answer(request)
    })
    .await
}

fn token(minutes: i64, renewable: bool) -> String {
    let mut token = serde_json::json!({"accessToken": "t", "expiresAt": after(minutes).to_string()});
    if renewable {
        token["clientId"] = "c".into();
        token["clientSecret"] = "s".into();
        token["refreshToken"] = "r".into();
        token["registrationExpiresAt"] = after(10_000).to_string().into();
    }
    token.to_string()
}

/// What the doctor and the beginning of a deploy say of the credentials: level and sentence, and the warning.
async fn said(process: &Process, profile: Option<&str>) -> ((String, String), bool) {
    let option: Vec<&str> = profile.into_iter().flat_map(|profile| ["--profile", profile]).collect();
    let ran = process.output(&[["doctor", "--json"].as_slice(), &option].concat()).await;
    let all: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    let findings = all["findings"].as_array().unwrap();
    let account = findings.iter().find(|one| one["check"] == "account").unwrap_or_else(|| panic!("{ran:?}"));
    assert_eq!(account["level"], "ok", "{ran:?}");
    let text = |one: &serde_json::Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    let told = findings.iter().find(|one| one["check"] == "credentials");
    let told = told.map(|one| (text(one, "level"), text(one, "sentence"))).unwrap_or_default();
    let deploy = process.output(&[["deploy"].as_slice(), &option].concat()).await;
    assert!(deploy.stderr.contains("Deploying home-prod to account 111122223333"), "{deploy:?}");
    (told, deploy.stderr.contains("warning: credentials: the AWS credentials end in"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_16_credentials_that_their_source_renews_are_no_warning() {
    let renewed = (("ok".to_owned(), "renewed automatically before expiry".to_owned()), false);
    let server = aws().await;
    let process = Process::new().set("AWS_ENDPOINT_URL", &server.address());
    let program = process.path("vault.sh").display().to_string();
    let key = format!(
        r#"{{"Version": 1, "AccessKeyId": "AKIA", "SecretAccessKey": "k", "SessionToken": "t", "Expiration": "{}"}}"#,
        after(14)
    );
    let hash = hex::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, b"corp"));
    let process = process
        .file("home/.aws/config", format!("{CONFIG}[profile vault]\ncredential_process = sh {program}\n"))
        .file("vault.sh", format!("echo run >> {program}.runs; echo '{key}'\n"))
        .file(&format!("home/.aws/sso/cache/{hash}.json"), token(40, true));
    for profile in ["vault", "role", "corp"] {
        assert_eq!(said(&process, Some(profile)).await, renewed, "{profile}");
    }
    // They were of fourteen minutes indeed.
    assert_eq!(fs::read_to_string(format!("{program}.runs")).unwrap().lines().count(), 2);
    let met = |sign: &str| {
        server.requests().iter().filter(|one| one.body.contains(sign) || one.path.starts_with(sign)).count()
    };
    assert_eq!((met("Action=AssumeRole"), met("/federation/credentials")), (2, 2));
    // A key that stays has nothing to renew.
    assert_eq!(said(&process, Some("key")).await, Default::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_16_a_session_that_ends_soon_and_that_nothing_renews_is_a_warning() {
    let server = aws().await;
    let hash = hex::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, b"corp"));
    let cached = format!("home/.aws/sso/cache/{hash}.json");
    let process = Process::new().set("AWS_ENDPOINT_URL", &server.address()).file("home/.aws/config", CONFIG);
    let process = process.file(&cached, token(10, false));
    let ((level, sentence), warned) = said(&process, Some("corp")).await;
    assert!(level == "warning" && warned, "{level} {sentence}");
    assert!(sentence.contains("end in 13 min") && sentence.contains("nothing renews them"), "{sentence}");
    let process = process.file(&cached, token(300, false));
    let ((level, sentence), warned) = said(&process, Some("corp")).await;
    assert!(level == "ok" && sentence.contains("valid for another 29") && !warned, "{level} {sentence}");

    let keys = [("AWS_ACCESS_KEY_ID", "ASIA"), ("AWS_SECRET_ACCESS_KEY", "k"), ("AWS_SESSION_TOKEN", "t")];
    let process = keys.into_iter().fold(process, |process, (key, value)| process.set(key, value));
    assert_eq!(said(&process, None).await, Default::default(), "their expiry is unknown");
    let process = process.set("AWS_CREDENTIAL_EXPIRATION", &after(10).to_string());
    let ((level, sentence), warned) = said(&process, None).await;
    assert!(level == "warning" && sentence.contains("end in 9 min") && warned, "{level} {sentence}");
    let process = process.set("AWS_CREDENTIAL_EXPIRATION", &after(300).to_string());
    let ((level, _), warned) = said(&process, None).await;
    assert!(level == "ok" && !warned, "{level}");
}

/// What a whole deploy prints.
async fn printed(world: &World) -> String {
    let secrets = |key: &str| world.secrets.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned());
    let input = Input::gather(None, secrets).unwrap();
    let printer = Printer::captured(Verbosity::Default);
    let built = world.built();
    deploy(&world.deployment(), &arguments(&[]), &input, async { Ok(built) }, &printer).await.unwrap();
    printer.transcript()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_16_a_whole_deploy_warns_of_a_session_that_ends_and_not_of_one_that_is_renewed() {
    let (undisturbed, renewed, ends) = (World::new(), World::new(), World::new());
    renewed.cloud.set_renewed_session();
    ends.cloud.set_session(Some(ends.clock.now() + SignedDuration::from_mins(14)), Some(0));
    let said = [printed(&undisturbed).await, printed(&renewed).await, printed(&ends).await];
    let warns = said.each_ref().map(|text| text.contains("perhaps in the middle of a deploy"));
    assert_eq!(warns, [false, false, true], "{said:#?}");
    assert_eq!([renewed.live(), ends.live()], [undisturbed.live(), undisturbed.live()]);
    ends.cloud.set_renewed_session();
    assert!(!printed(&ends).await.contains("credentials"), "signed in anew");
}
