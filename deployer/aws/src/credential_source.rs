//! Where the credentials come from, as far as files and environment show.
//!
//! The SDK finds the credentials by itself. This is for what it does not report: what a person waits for, when a session
//! ends for good, and which command signs in again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use jiff::Timestamp;
use serde::Deserialize;

/// Variables by which a container, a pod or a shell of AWS's own brings its role.
const MACHINE_ROLE_VARIABLES: &[&str] =
    &["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_WEB_IDENTITY_TOKEN_FILE"];
/// How many profiles may lead to one another.
const MAX_PROFILE_CHAIN: usize = 8;

/// The keys of a profile.
pub type ProfileKeys = BTreeMap<String, String>;

/// How credentials are had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CredentialSourceKind {
    /// `aws login`: the session of the AWS console.
    Login,
    /// `aws sso login`: a single sign-on.
    SingleSignOn,
    /// `credential_process`: another program.
    Program,
    /// An access key in a file.
    AccessKey,
    /// An access key in the environment.
    Environment,
    /// The role of the machine, the container or the pipeline.
    Machine,
    /// Nothing is configured.
    Nothing,
}

/// The source of a command's credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CredentialSource {
    /// How they are had; for a role, how those are had that assume it.
    pub(crate) kind: CredentialSourceKind,
    /// The profile that was chosen.
    pub(crate) profile: Option<String>,
    /// The profile that signs in: the chosen one, or the one that its role names.
    pub(crate) sign_in_profile: Option<String>,
    /// That profile's region.
    pub(crate) region: Option<String>,
    end: SessionEnd,
}

/// When a session ends for good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum SessionEnd {
    /// Never, or nothing tells when.
    #[default]
    Unknown,
    /// At this time.
    At(Timestamp),
    /// With the token in this file, which the SDK may be able to renew.
    Token { file: PathBuf, renewable: bool },
}

impl CredentialSource {
    /// Finds the source that the SDK will use: as there, a profile that was asked for counts before the environment.
    pub(crate) fn find(wanted: Option<&str>, environment: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        if wanted.is_none() && set("AWS_ACCESS_KEY_ID").is_some() && set("AWS_SECRET_ACCESS_KEY").is_some() {
            return Self { end: end_of_environment(set), ..Self::of_kind(CredentialSourceKind::Environment) };
        }
        let chosen = wanted.map(str::to_owned).or_else(|| set("AWS_PROFILE"));
        let name = chosen.clone().unwrap_or_else(|| "default".to_owned());
        let profiles = profiles(&environment);
        match resolve_profile(&profiles, &name, &environment) {
            Some(source) => Self { profile: Some(name), ..source },
            None if wanted.is_none() && machine_has_role(&environment) => Self::of_kind(CredentialSourceKind::Machine),
            None => Self {
                profile: chosen.clone(),
                sign_in_profile: chosen,
                ..Self::of_kind(CredentialSourceKind::Nothing)
            },
        }
    }

    pub(crate) fn of_kind(kind: CredentialSourceKind) -> Self {
        Self { kind, profile: None, sign_in_profile: None, region: None, end: SessionEnd::Unknown }
    }

    /// Names the credentials for a person who waits for them.
    pub(crate) fn label(&self) -> String {
        let how = match self.kind {
            CredentialSourceKind::Login => "aws login",
            CredentialSourceKind::SingleSignOn => "single sign-on",
            CredentialSourceKind::Program => "credential_process",
            CredentialSourceKind::AccessKey => "access key",
            CredentialSourceKind::Environment => "the environment",
            CredentialSourceKind::Machine => "this machine's role",
            CredentialSourceKind::Nothing => "none are configured, so this machine is asked for its role",
        };
        match (&self.profile, &self.sign_in_profile) {
            (Some(profile), Some(base)) if profile != base => format!("profile {profile} (role, {how} of {base})"),
            (Some(profile), _) => format!("profile {profile} ({how})"),
            (None, _) => format!("AWS ({how})"),
        }
    }

    /// When a person has to sign in again, as far as anything tells.
    pub(crate) fn session_end(&self, now: Timestamp) -> Option<Timestamp> {
        match &self.end {
            SessionEnd::Unknown => None,
            SessionEnd::At(end) => Some(*end),
            SessionEnd::Token { file, renewable } => SsoToken::read(file)?.end(*renewable, now),
        }
    }
}

/// The token of a single sign-on, as the AWS CLI keeps it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SsoToken {
    expires_at: String,
    client_id: Option<String>,
    client_secret: Option<String>,
    refresh_token: Option<String>,
    registration_expires_at: Option<String>,
}

impl SsoToken {
    fn read(file: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(file).ok()?).ok()
    }

    /// When it ends for good; none while the SDK can renew it, because the number of renewals is unknown.
    fn end(&self, renewable: bool, now: Timestamp) -> Option<Timestamp> {
        let registered = self.registration_expires_at.as_deref().and_then(parse_time).is_some_and(|end| end > now);
        let whole = self.client_id.is_some() && self.client_secret.is_some() && self.refresh_token.is_some();
        if renewable && whole && registered { None } else { parse_time(&self.expires_at) }
    }
}

/// Reads a time; old versions of the AWS CLI end it with `UTC`.
fn parse_time(text: &str) -> Option<Timestamp> {
    text.replace("UTC", "Z").parse().ok()
}

/// `aws configure export-credentials` and others that set temporary keys tell their end too.
fn end_of_environment(set: impl Fn(&str) -> Option<String>) -> SessionEnd {
    let end = set("AWS_SESSION_TOKEN").and_then(|_| set("AWS_CREDENTIAL_EXPIRATION")).as_deref().and_then(parse_time);
    end.map_or(SessionEnd::Unknown, SessionEnd::At)
}

/// Follows a profile and those that its roles name to the credentials at the beginning.
fn resolve_profile(
    profiles: &BTreeMap<String, ProfileKeys>,
    name: &str,
    environment: &impl Fn(&str) -> Option<String>,
) -> Option<CredentialSource> {
    let mut name = name;
    for _ in 0..MAX_PROFILE_CHAIN {
        let keys = profiles.get(name)?;
        let has = |key: &str| keys.contains_key(key);
        let of = |kind| CredentialSource {
            sign_in_profile: Some(name.to_owned()),
            region: keys.get("region").cloned(),
            ..CredentialSource::of_kind(kind)
        };
        match keys.get("source_profile") {
            Some(next) if has("role_arn") && next != name => name = next,
            _ if has("role_arn") && keys.get("credential_source").is_some_and(|from| from == "Environment") => {
                let set = |name: &str| environment(name).filter(|value| !value.is_empty());
                return Some(CredentialSource {
                    end: end_of_environment(set),
                    ..of(CredentialSourceKind::Environment)
                });
            }
            _ if has("role_arn") && (has("credential_source") || has("web_identity_token_file")) => {
                return Some(of(CredentialSourceKind::Machine));
            }
            _ => {
                let kind = source_kind_of(keys)?;
                let end = if kind == CredentialSourceKind::SingleSignOn {
                    sso_session_end(keys, environment)
                } else {
                    SessionEnd::Unknown
                };
                return Some(CredentialSource { end, ..of(kind) });
            }
        }
    }
    None
}

/// How a profile has credentials of its own, in the SDK's order.
pub fn source_kind_of(keys: &ProfileKeys) -> Option<CredentialSourceKind> {
    let has = |name: &str| keys.contains_key(name);
    match () {
        () if has("sso_session") || has("sso_start_url") => Some(CredentialSourceKind::SingleSignOn),
        () if has("login_session") => Some(CredentialSourceKind::Login),
        () if has("credential_process") => Some(CredentialSourceKind::Program),
        () if has("aws_access_key_id") => Some(CredentialSourceKind::AccessKey),
        () => None,
    }
}

/// The file of a single sign-on's token is named by the session, or by the start page where there is none.
fn sso_session_end(keys: &ProfileKeys, environment: &impl Fn(&str) -> Option<String>) -> SessionEnd {
    let session = keys.get("sso_session");
    let home = environment("HOME").filter(|home| !home.is_empty());
    let (Some(named), Some(home)) = (session.or(keys.get("sso_start_url")), home) else {
        return SessionEnd::Unknown;
    };
    let hash = hex::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, named.as_bytes()));
    let file = Path::new(&home).join(".aws/sso/cache").join(format!("{hash}.json"));
    SessionEnd::Token { file, renewable: session.is_some() }
}

/// Both files of AWS's tools. Without a home there are none: one of the working directory may be anybody's.
fn files(environment: impl Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let set = |name: &str| environment(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = set("HOME").map(|home| home.join(".aws"));
    let file = |variable: &str, name: &str| set(variable).or_else(|| Some(home.as_ref()?.join(name)));
    let both = [file("AWS_CONFIG_FILE", "config"), file("AWS_SHARED_CREDENTIALS_FILE", "credentials")];
    both.into_iter().flatten().collect()
}

/// The profiles of both files of AWS's tools, with their keys.
pub fn profiles(environment: impl Fn(&str) -> Option<String>) -> BTreeMap<String, ProfileKeys> {
    let mut profiles: BTreeMap<String, ProfileKeys> = BTreeMap::new();
    for path in files(environment) {
        for (name, keys) in sections(&path) {
            profiles.entry(name).or_default().extend(keys);
        }
    }
    profiles
}

/// Says whether a container, a pod or a pipeline brings its role.
pub fn machine_has_role(environment: impl Fn(&str) -> Option<String>) -> bool {
    MACHINE_ROLE_VARIABLES.iter().any(|variable| environment(variable).is_some_and(|value| !value.is_empty()))
}

/// The sections of an AWS file that are profiles, with their keys.
fn sections(path: &Path) -> Vec<(String, ProfileKeys)> {
    let mut found: Vec<(String, ProfileKeys)> = Vec::new();
    let mut is_profile = false;
    for line in std::fs::read_to_string(path).unwrap_or_default().lines() {
        let line = line.trim();
        if let Some(heading) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            let words: Vec<&str> = heading.split_whitespace().collect();
            is_profile = matches!(words.as_slice(), ["profile", _] | [_]);
            if let (true, Some(name)) = (is_profile, words.last()) {
                found.push(((*name).to_owned(), BTreeMap::new()));
            }
        } else if let (true, Some((key, value)), Some((_, keys))) = (is_profile, line.split_once('='), found.last_mut())
        {
            keys.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-21T04:00:00Z";
    const FILE: &str = "\
[default]\nregion = eu-west-1\n[profile console]\nlogin_session = arn:aws:iam::1:user/ana\nregion = us-west-2\n\
[profile corp]\nsso_session = corp\nsso_account_id = 1\n[sso-session corp]\nsso_start_url = https://corp.example\n\
[profile old]\nsso_start_url = https://old.example\n[profile vault]\ncredential_process = vault aws\n\
[profile key]\naws_access_key_id = a\nrole_arn = arn:r\nsource_profile = key\n\
[profile deploy]\nrole_arn = arn:r\nsource_profile = middle\n[profile middle]\nrole_arn = arn:m\nsource_profile = corp\n\
[profile machine]\nrole_arn = arn:r\ncredential_source = Ec2InstanceMetadata\n\
[profile loop]\nrole_arn = arn:r\nsource_profile = pool\n[profile pool]\nrole_arn = arn:r\nsource_profile = loop\n";

    /// A home with profiles and a token, and what the environment adds.
    struct Home(tempfile::TempDir, Vec<(&'static str, &'static str)>);

    impl Home {
        fn new(environment: &[(&'static str, &'static str)]) -> Self {
            let home = tempfile::tempdir().unwrap();
            std::fs::create_dir_all(home.path().join(".aws/sso/cache")).unwrap();
            std::fs::write(home.path().join(".aws/config"), FILE).unwrap();
            Self(home, environment.to_vec())
        }

        fn find(&self, profile: Option<&str>) -> CredentialSource {
            let home = self.0.path().display().to_string();
            CredentialSource::find(profile, |name| match name {
                "HOME" => Some(home.clone()),
                _ => self.1.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()),
            })
        }

        /// Keeps a token as the AWS CLI does.
        fn token(&self, named: &str, text: &serde_json::Value) {
            let hash = hex::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, named.as_bytes()));
            std::fs::write(self.0.path().join(format!(".aws/sso/cache/{hash}.json")), text.to_string()).unwrap();
        }
    }

    #[test]
    fn without_a_home_no_file_of_the_working_directory_is_read() {
        let given = |pairs: &[(&str, &str)]| {
            files(|name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(given(&[("HOME", "/h")]), [PathBuf::from("/h/.aws/config"), PathBuf::from("/h/.aws/credentials")]);
        assert_eq!(given(&[("AWS_CONFIG_FILE", "/c")]), [PathBuf::from("/c")]);
        assert!(given(&[]).is_empty() && given(&[("HOME", "")]).is_empty());
    }

    #[test]
    fn the_source_is_the_one_that_the_sdk_uses() {
        use CredentialSourceKind::{AccessKey, Environment, Login, Machine, Nothing, Program, SingleSignOn};
        let home = Home::new(&[]);
        for (profile, kind, sign_in_profile) in [
            ("console", Login, Some("console")),
            ("corp", SingleSignOn, Some("corp")),
            ("vault", Program, Some("vault")),
            ("key", AccessKey, Some("key")),
            ("deploy", SingleSignOn, Some("corp")),
            ("machine", Machine, Some("machine")),
            ("loop", Nothing, Some("loop")),
            ("absent", Nothing, Some("absent")),
        ] {
            let source = home.find(Some(profile));
            assert_eq!((source.kind, source.sign_in_profile.as_deref()), (kind, sign_in_profile), "{profile}");
        }
        assert_eq!(home.find(Some("console")).region.as_deref(), Some("us-west-2"));
        assert_eq!(
            (home.find(None).kind, home.find(None).profile),
            (Nothing, None),
            "a region alone is not a credential"
        );
        let keys = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_PROFILE", "console")];
        assert_eq!(Home::new(&keys).find(None).kind, Environment);
        assert_eq!(Home::new(&keys).find(Some("vault")).kind, Program, "a profile that was asked for comes first");
        assert_eq!(Home::new(&keys[2..]).find(None).kind, Login);
        assert_eq!(Home::new(&[("AWS_WEB_IDENTITY_TOKEN_FILE", "/token")]).find(None).kind, Machine);
    }

    #[test]
    fn a_label_names_profile_and_way() {
        let home = Home::new(&[]);
        assert_eq!(home.find(Some("vault")).label(), "profile vault (credential_process)");
        assert_eq!(home.find(Some("deploy")).label(), "profile deploy (role, single sign-on of corp)");
    }

    #[test]
    fn row_16_a_session_ends_when_nothing_can_renew_it_any_more() {
        let now: Timestamp = NOW.parse().unwrap();
        let home = Home::new(&[]);
        let end = |profile: &str| home.find(Some(profile)).session_end(now).map(|end| end.to_string());
        let soon = "2026-11-21T04:10:00Z";
        let mut token = serde_json::json!({"accessToken": "t", "expiresAt": soon});
        home.token("corp", &token);
        home.token("https://old.example", &serde_json::json!({"expiresAt": "2026-11-21T04:10:00UTC"}));
        // A role ends with the sign-on that it is assumed with.
        assert_eq!([end("corp"), end("deploy"), end("old")], [Some(soon); 3].map(|end| end.map(str::to_owned)));
        for (key, value) in [
            ("clientId", "c"),
            ("clientSecret", "s"),
            ("refreshToken", "r"),
            ("registrationExpiresAt", "2026-12-01T00:00:00Z"),
        ] {
            assert_eq!(end("corp").as_deref(), Some(soon), "{key} is missing");
            token[key] = value.into();
            home.token("corp", &token);
        }
        assert_eq!(end("corp"), None, "the SDK renews it");
        token["registrationExpiresAt"] = "2026-11-21T03:00:00Z".into();
        home.token("corp", &token);
        assert_eq!(end("corp").as_deref(), Some(soon), "what may renew it has run out");
        assert_eq!([end("console"), end("vault"), end("key"), end("machine")], [const { None }; 4]);
    }

    #[test]
    fn row_16_keys_of_the_environment_end_when_the_environment_says_so() {
        let now: Timestamp = NOW.parse().unwrap();
        let keys = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")];
        let (token, end) = (("AWS_SESSION_TOKEN", "t"), ("AWS_CREDENTIAL_EXPIRATION", "2026-11-21T06:10:00+02:00"));
        let ends = |more: &[(&'static str, &'static str)]| {
            let environment: Vec<_> = keys.iter().chain(more).copied().collect();
            Home::new(&environment).find(None).session_end(now).map(|end| end.to_string())
        };
        assert_eq!(ends(&[token, end]).as_deref(), Some("2026-11-21T04:10:00Z"));
        assert_eq!((ends(&[token]), ends(&[end]), ends(&[token, (end.0, "soon")])), (None, None, None));
    }
}
