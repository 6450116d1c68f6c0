//! Which AWS credentials this computer has, as far as files and environment show.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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

/// Variables by which a container, a pod or a shell of AWS's own brings its role.
const MACHINE: &[&str] =
    &["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_WEB_IDENTITY_TOKEN_FILE"];

type Keys = BTreeMap<String, String>;

/// The profiles of both files, with their keys.
fn profiles(environment: impl Fn(&str) -> Option<String>) -> BTreeMap<String, Keys> {
    let set = |name: &str| environment(name).filter(|value| !value.is_empty());
    let home = set("HOME").map(PathBuf::from).unwrap_or_default();
    let file = |variable: &str, name: &str| set(variable).map_or_else(|| home.join(".aws").join(name), PathBuf::from);
    let mut profiles: BTreeMap<String, Keys> = BTreeMap::new();
    for path in [file("AWS_CONFIG_FILE", "config"), file("AWS_SHARED_CREDENTIALS_FILE", "credentials")] {
        for (name, keys) in sections(&path) {
            profiles.entry(name).or_default().extend(keys);
        }
    }
    profiles
}

/// Finds profiles that only the AWS CLI can use: those that sign in with `aws login`.
#[must_use]
pub fn find_unusable(environment: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let all = profiles(environment).into_iter();
    all.filter(|(_, keys)| kind(keys).is_none() && keys.contains_key("login_session")).map(|(name, _)| name).collect()
}

/// Finds candidates, the most likely first.
#[must_use]
pub fn find(environment: impl Fn(&str) -> Option<String>) -> Vec<Candidate> {
    let set = |name: &str| environment(name).filter(|value| !value.is_empty());
    let region = set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION"));
    let mut found = Vec::new();
    if set("AWS_ACCESS_KEY_ID").is_some() {
        found.push(Candidate { profile: None, kind: "the access key in the environment", region: region.clone() });
    } else if MACHINE.iter().any(|variable| set(variable).is_some()) {
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

fn kind(keys: &BTreeMap<String, String>) -> Option<&'static str> {
    let has = |name: &str| keys.contains_key(name);
    match () {
        () if has("sso_session") || has("sso_start_url") => Some("single sign-on"),
        () if has("role_arn") => Some("a role"),
        () if has("credential_process") => Some("a program"),
        () if has("aws_access_key_id") => Some("an access key"),
        () => None,
    }
}

/// The sections of an AWS file that are profiles, with their keys.
fn sections(path: &Path) -> Vec<(String, BTreeMap<String, String>)> {
    let mut found: Vec<(String, BTreeMap<String, String>)> = Vec::new();
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
            keys.insert(key.trim().to_owned(), value.trim().to_owned());
        }
    }
    found
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
    fn a_console_sign_in_is_not_offered_but_named_and_a_container_is() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config");
        std::fs::write(&path, "[profile console]\nlogin_session = arn:aws:iam::1:user/ana\n").unwrap();
        let environment = |name: &str| match name {
            "AWS_CONFIG_FILE" => Some(path.display().to_string()),
            "AWS_CONTAINER_CREDENTIALS_FULL_URI" => Some("http://127.0.0.1:1338/latest".to_owned()),
            _ => None,
        };
        assert_eq!(find_unusable(environment), ["console"]);
        let labels: Vec<String> = find(environment).iter().map(Candidate::label).collect();
        assert_eq!(labels, ["this machine's own role"]);
    }

    #[test]
    fn nothing_is_found_in_an_empty_home() {
        assert_eq!(find(|_| None), []);
    }
}
