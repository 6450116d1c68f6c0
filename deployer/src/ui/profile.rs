//! Commands in texts for people who gave a profile: what is pasted must go to the same account.

/// Commands that never ask AWS.
const LOCAL: &[&str] =
    &["build", "completions", "explain", "init", "man", "migrate", "policy", "render", "sandbox", "schema"];

/// Adds `--profile` to the commands that a text holds between backticks.
#[must_use]
pub fn with_profile(text: &str, profile: &str) -> String {
    let mut told = String::with_capacity(text.len());
    for (index, part) in text.split('`').enumerate() {
        if index > 0 {
            told.push('`');
        }
        told.push_str(part);
        if index % 2 == 1 && asks_aws(part) {
            told.push_str(&format!(" --profile {profile}"));
        }
    }
    told
}

fn asks_aws(command: &str) -> bool {
    let mut words = command.split_whitespace();
    words.next() == Some("stellarr")
        && words.next().is_some_and(|name| !LOCAL.contains(&name))
        && !words.any(|word| matches!(word, "--profile" | "--sandbox" | "--help"))
}

#[cfg(test)]
mod tests {
    use super::with_profile;

    #[test]
    fn commands_that_ask_aws_carry_the_profile() {
        let told = with_profile("edit `stellarr.yaml`, run `stellarr deploy` or `stellarr diff --sandbox`", "work");
        assert_eq!(told, "edit `stellarr.yaml`, run `stellarr deploy --profile work` or `stellarr diff --sandbox`");
        for same in ["`stellarr init`", "`stellarr deploy --profile home`", "stellarr deploy", "`stellarr`"] {
            assert_eq!(with_profile(same, "work"), same);
        }
    }
}
