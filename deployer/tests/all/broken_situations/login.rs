//! Profiles of `aws login`: with a session, with one that is renewed, and with one that has ended.

use std::fs;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use sha2::Digest as _;

use crate::broken_situations::deployed;
use crate::broken_situations::process::{Process, Ran};
use crate::broken_situations::server::{Reply, Request, Server};

const SESSION: &str = "arn:aws:iam::111122223333:user/ana";
const CONFIG: &str = "\
    [profile console]\nlogin_session = arn:aws:iam::111122223333:user/ana\nregion = eu-west-1\n\
    [profile deploy]\nrole_arn = arn:aws:iam::111122223333:role/deploy\nsource_profile = console\n";

/// A computer where `aws login` was run, and an AWS with its sign-in service.
struct Desk {
    process: Process,
    server: Server,
    /// What the sign-in service refuses with, if it does.
    refusal: Arc<Mutex<Option<Reply>>>,
}

impl Desk {
    async fn new(folder: &str) -> Self {
        let refusal: Arc<Mutex<Option<Reply>>> = Arc::default();
        let refuses = Arc::clone(&refusal);
        let server = Server::answering_requests(move |request| match request.path.as_str() {
            "/v1/token" => refuses.lock().unwrap().clone().unwrap_or_else(|| token(request)),
            _ => deployed::answer(request),
        })
        .await;
        let process = Process::new().file("home/.aws/config", CONFIG).set("AWS_ENDPOINT_URL", &server.address());
        let process = match folder {
            "home/.aws/login/cache" => process,
            other => {
                let path = process.path(other).display().to_string();
                process.set("AWS_LOGIN_CACHE_DIRECTORY", &path)
            }
        };
        Self { process, server, refusal }
    }

    /// Signs in as `aws login` does: it writes a file named by the session.
    fn signs_in(&self, folder: &str, key: &str, ends: SignedDuration) {
        let cached = serde_json::json!({
            "accessToken": {
                "accessKeyId": key, "secretAccessKey": "k", "sessionToken": "t", "accountId": "111122223333",
                "expiresAt": (Timestamp::now() + ends).strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            },
            "tokenType": "aws_sigv4", "refreshToken": format!("refresh-of-{key}"), "idToken": "i",
            "clientId": "arn:aws:signin:::devtools/same-device", "dpopKey": private_key(),
        });
        let path = self.cache(folder);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, cached.to_string()).unwrap();
    }

    fn cache(&self, folder: &str) -> std::path::PathBuf {
        let name = hex::encode(sha2::Sha256::digest(SESSION));
        self.process.path(folder).join(format!("{name}.json"))
    }

    async fn runs(&self, arguments: &[&str]) -> Ran {
        self.process.output(&[arguments, &["--profile", "console"]].concat()).await
    }

    /// The access keys that AWS was called with, and the refresh tokens that the sign-in service was given.
    fn seen(&self) -> (Vec<String>, Vec<String>) {
        let requests = self.server.requests();
        let renewals = requests.iter().filter(|request| request.path == "/v1/token").map(|request| {
            let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
            body["refreshToken"].as_str().unwrap().to_owned()
        });
        let keys = requests.iter().filter_map(|request| {
            let authorization = request.headers.get("authorization")?.split_once("Credential=")?.1;
            Some(authorization.split('/').next().unwrap().to_owned())
        });
        let mut keys: Vec<String> = keys.collect();
        keys.dedup();
        (keys, renewals.collect())
    }
}

/// A private key as `aws login` makes it, in the form of SEC 1.
fn private_key() -> String {
    let head = [0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20];
    let curve = [0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    let text = STANDARD.encode([head.as_slice(), &[7; 32], &curve].concat());
    let (line, rest) = text.split_at(64);
    let label = "EC PRIVATE KEY";
    format!("-----BEGIN {label}-----\n{line}\n{rest}\n-----END {label}-----\n")
}

/// The sign-in service's answer to a refresh token that is good, and was shown with proof of the key.
fn token(request: &Request) -> Reply {
    let part = |number: usize| {
        let part = request.headers["dpop"].split('.').nth(number).unwrap();
        serde_json::from_slice::<serde_json::Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    assert_eq!((part(0)["typ"].as_str(), part(1)["htm"].as_str()), (Some("dpop+jwt"), Some("POST")));
    assert!(part(1)["htu"].as_str().unwrap().ends_with("/v1/token"));
    Reply::ok(
        serde_json::json!({
            "accessToken": {"accessKeyId": "ASIARENEWED", "secretAccessKey": "k2", "sessionToken": "t2"},
            "tokenType": "urn:aws:params:oauth:token-type:access_token_sigv4", "expiresIn": 900,
            "refreshToken": "refresh-of-ASIARENEWED",
        })
        .to_string(),
    )
}

fn refused(code: &str) -> Reply {
    let body = serde_json::json!({"error": code, "message": "The session can't be renewed."});
    Reply::status(401, body.to_string()).header("x-amzn-errortype", "AccessDeniedException")
}

const MINUTES: fn(i64) -> SignedDuration = SignedDuration::from_mins;

#[tokio::test]
async fn row_15_a_profile_of_aws_login_works_and_is_renewed() {
    for folder in ["home/.aws/login/cache", "elsewhere/cache"] {
        let desk = Desk::new(folder).await;
        desk.signs_in(folder, "ASIAFIRST", MINUTES(14));
        let undisturbed = desk.runs(&["outputs"]).await;
        assert_eq!(undisturbed.exit, 0, "{undisturbed:?}");
        assert_eq!(desk.seen(), (vec!["ASIAFIRST".to_owned()], vec![]), "the cached credentials are good");

        // The fifteen minutes are over.
        desk.signs_in(folder, "ASIAFIRST", MINUTES(-1));
        let renewed = desk.runs(&["outputs"]).await;
        assert_eq!((renewed.exit, &renewed.stdout), (0, &undisturbed.stdout), "{renewed:?}");
        let seen = (vec!["ASIAFIRST".to_owned(), "ASIARENEWED".to_owned()], vec!["refresh-of-ASIAFIRST".to_owned()]);
        assert_eq!(desk.seen(), seen);
        let kept: serde_json::Value = serde_json::from_slice(&fs::read(desk.cache(folder)).unwrap()).unwrap();
        assert_eq!(kept["refreshToken"], "refresh-of-ASIARENEWED", "the AWS CLI continues with this token");

        let again = desk.runs(&["outputs"]).await;
        assert_eq!((again.exit, &again.stdout), (0, &undisturbed.stdout));
        assert_eq!(desk.seen(), seen, "what was renewed is good for the next command");
    }
}

#[tokio::test]
async fn row_15_the_default_profile_and_a_role_over_it_work_too() {
    let folder = "home/.aws/login/cache";
    let desk = Desk::new(folder).await;
    desk.signs_in(folder, "ASIAFIRST", MINUTES(-1));
    let mut process = desk.process;
    process = process.set("AWS_PROFILE", "console");
    let ran = process.output(&["outputs"]).await;
    assert_eq!(ran.exit, 0, "{ran:?}");
    // A session that has ended is the sign-in's matter, not the role's.
    *desk.refusal.lock().unwrap() = Some(refused("TOKEN_EXPIRED"));
    let ended = Desk { process, server: desk.server, refusal: desk.refusal };
    ended.signs_in(folder, "ASIAFIRST", MINUTES(-1));
    let ran = ended.process.output(&["outputs", "--profile", "deploy"]).await;
    assert_eq!(ran.exit, 4, "{ran:?}");
    assert!(ran.stderr.contains("`aws login --profile console`"), "{ran:?}");
    let ran = ended.process.output(&["outputs"]).await;
    assert!(ran.exit == 4 && ran.stderr.contains("`aws login --profile console`"), "{ran:?}");
}

#[tokio::test]
async fn row_15_an_ended_session_says_how_to_sign_in_again() {
    let folder = "cache";
    for code in ["TOKEN_EXPIRED", "USER_CREDENTIALS_CHANGED"] {
        let desk = Desk::new(folder).await;
        desk.signs_in(folder, "ASIAFIRST", MINUTES(14));
        let undisturbed = desk.runs(&["outputs"]).await;
        assert_eq!(undisturbed.exit, 0, "{undisturbed:?}");

        desk.signs_in(folder, "ASIAFIRST", MINUTES(-600));
        *desk.refusal.lock().unwrap() = Some(refused(code));
        for command in ["outputs", "status", "upgrade", "deploy"] {
            let asked = desk.seen().1.len();
            let ran = desk.runs(&[command]).await;
            assert_eq!(desk.seen().1.len(), asked + 1, "{command} asks the sign-in service once");
            assert_eq!(ran.exit, 4, "{command}: {ran:?}");
            let first = "error[aws-credentials-expired]: the AWS credentials have run out (profile console)";
            assert!(ran.stderr.contains(first), "{command}: {ran:?}");
            let hint = "hint: Sign in with `aws login --profile console` (AWS CLI 2.32 or newer)";
            assert!(ran.stderr.contains(hint), "{command}: {ran:?}");
        }
        let doctor = desk.runs(&["doctor"]).await;
        assert!(doctor.exit == 4 && doctor.stdout.contains("aws login --profile console"), "{doctor:?}");

        // As the hint says.
        *desk.refusal.lock().unwrap() = None;
        desk.signs_in(folder, "ASIASECOND", MINUTES(14));
        let after = desk.runs(&["outputs"]).await;
        assert_eq!((after.exit, &after.stdout), (0, &undisturbed.stdout), "{after:?}");
        assert_eq!(desk.seen().0.last().map(String::as_str), Some("ASIASECOND"));
    }
}

#[tokio::test]
async fn row_15_what_is_no_ended_session_is_not_called_one() {
    let folder = "cache";
    let desk = Desk::new(folder).await;
    let never = desk.runs(&["outputs"]).await;
    assert_eq!(never.exit, 4, "{never:?}");
    assert!(
        never.stderr.contains("error[aws-no-credentials]") && never.stderr.contains("`aws login --profile console`")
    );

    desk.signs_in(folder, "ASIAFIRST", MINUTES(-1));
    for (reply, exit, words) in [
        (refused("INSUFFICIENT_PERMISSIONS"), 4, "AWS does not allow signin:CreateOAuth2Token"),
        (Reply::Reset, 1, "error[network]"),
        (Reply::status(500, "{}").header("x-amzn-errortype", "InternalServerException"), 1, "error[aws-trouble]"),
    ] {
        *desk.refusal.lock().unwrap() = Some(reply);
        let ran = desk.runs(&["outputs"]).await;
        assert_eq!(ran.exit, exit, "{ran:?}");
        assert!(ran.stderr.contains(words) && !ran.stderr.contains("have run out"), "{ran:?}");
    }
    *desk.refusal.lock().unwrap() = None;
    assert_eq!(desk.runs(&["outputs"]).await.exit, 0, "the refresh token is still good");
}
