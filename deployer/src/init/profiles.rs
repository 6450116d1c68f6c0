//! Which AWS credentials this computer has, as far as files and environment show.

use stellarr_aws::CredentialSourceKind;
use stellarr_aws::credential_source::{ProfileKeys, machine_has_role, profiles, source_kind_of};

/// Credentials that could be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The profile; none for keys in the environment.
    pub profile: Option<String>,
    /// How they are had.
    pub kind: &'static str,
    /// The profile's own region.
    pub region: Option<String>,
}

impl Candidate {
    /// Names it for people.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.profile {
            Some(profile) => format!("profile {profile} ({})", self.kind),
            None => self.kind.to_owned(),
        }
    }
}

/// Finds candidates, the most likely first.
#[must_use]
pub fn find(environment: impl Fn(&str) -> Option<String>) -> Vec<Candidate> {
    let set = |name: &str| environment(name).filter(|value| !value.is_empty());
    let region = set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION"));
    let mut found = Vec::new();
    if set("AWS_ACCESS_KEY_ID").is_some() {
        found.push(Candidate { profile: None, kind: "the access key in the environment", region: region.clone() });
    } else if machine_has_role(&environment) {
        found.push(Candidate { profile: None, kind: "this machine's own role", region: region.clone() });
    }
    let mut all: Vec<Candidate> = profiles(&environment)
        .into_iter()
        .filter_map(|(name, keys)| {
            let kind = kind(&keys)?;
            Some(Candidate {
                profile: Some(name),
                kind,
                region: region.clone().or_else(|| keys.get("region").cloned()),
            })
        })
        .collect();
    let chosen = set("AWS_PROFILE").unwrap_or_else(|| "default".to_owned());
    all.sort_by_key(|candidate| candidate.profile.as_deref() != Some(chosen.as_str()));
    found.extend(all);
    found
}

fn kind(keys: &ProfileKeys) -> Option<&'static str> {
    if keys.contains_key("role_arn") {
        return Some("a role");
    }
    Some(match source_kind_of(keys)? {
        CredentialSourceKind::Login => "aws login",
        CredentialSourceKind::SingleSignOn => "single sign-on",
        CredentialSourceKind::Program => "a program",
        _ => "an access key",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_come_from_both_files_with_the_chosen_one_first() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".aws");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(
            folder.join("config"),
            "[default]\nregion = eu-west-1\n[profile work]\nsso_session = corp\nregion=us-west-2\n[sso-session corp]\n\
             sso_region = eu-west-1\n[profile empty]\noutput = json\n",
        )
        .unwrap();
        std::fs::write(folder.join("credentials"), "[default]\naws_access_key_id = a\naws_secret_access_key = b\n")
            .unwrap();
        let path = home.path().display().to_string();
        let found = find(|name| (name == "HOME").then(|| path.clone()));
        let labels: Vec<String> = found.iter().map(Candidate::label).collect();
        assert_eq!(labels, ["profile default (an access key)", "profile work (single sign-on)"]);
        assert_eq!(found[0].region.as_deref(), Some("eu-west-1"));
        let found = find(|name| match name {
            "HOME" => Some(path.clone()),
            "AWS_PROFILE" => Some("work".to_owned()),
            "AWS_ACCESS_KEY_ID" => Some("key".to_owned()),
            _ => None,
        });
        assert_eq!((found[0].profile.as_deref(), found[1].profile.as_deref()), (None, Some("work")));
    }

    #[test]
    fn row_15_a_console_sign_in_is_offered_and_a_container_too() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config");
        std::fs::write(&path, "[profile console]\nlogin_session = arn:aws:iam::1:user/ana\n").unwrap();
        let environment = |name: &str| match name {
            "AWS_CONFIG_FILE" => Some(path.display().to_string()),
            "AWS_CONTAINER_CREDENTIALS_FULL_URI" => Some("http://127.0.0.1:1338/latest".to_owned()),
            _ => None,
        };
        let labels: Vec<String> = find(environment).iter().map(Candidate::label).collect();
        assert_eq!(labels, ["this machine's own role", "profile console (aws login)"]);
    }

    #[test]
    fn nothing_is_found_in_an_empty_home() {
        assert_eq!(find(|_| None), []);
    }
}
