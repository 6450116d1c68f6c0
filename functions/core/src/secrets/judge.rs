//! What is wrong with the secrets: one function for those of a deployment and those of a self-hosted process.

use super::{
    FEED_TOKEN, NOT_BEFORE, PASSWORD, PLEX_SERVER_NAME, PLEX_WEBHOOK_TOKEN, SIGNING_KEY, TMDB_KEY, TVDB_KEY, VAPID_KEY,
};

/// Passwords and tokens shorter than this are refused.
const MIN_CHARACTERS: usize = 12;

/// Each value with the fewest characters that are safe.
const MINIMUMS: &[(&str, usize)] = &[
    (PASSWORD, MIN_CHARACTERS),
    (TMDB_KEY, 8),
    (SIGNING_KEY, 32),
    (VAPID_KEY, 43),
    (FEED_TOKEN, MIN_CHARACTERS),
    (PLEX_WEBHOOK_TOKEN, MIN_CHARACTERS),
    (PLEX_SERVER_NAME, 1),
    (TVDB_KEY, 8),
];

/// The latest unix second that makes sense; a larger number is one of milliseconds.
const LATEST_SECOND: i64 = 100_000_000_000;

/// What is wrong with a value; never shows the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It must be there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A word that guides and examples use.
    #[error("{0} is still a placeholder")]
    Placeholder(&'static str),
    /// A text that is among the first guesses.
    #[error("{0} is easy to guess")]
    Guessable(&'static str),
    /// Too short to be safe.
    #[error("{0} is too short: at least {1} characters are needed")]
    Short(&'static str, usize),
    /// One token for two purposes.
    #[error("{0} and {1} have the same value; each needs its own")]
    Reused(&'static str, &'static str),
    /// Not a moment.
    #[error("{0} is not a unix second such as 1800000000")]
    NotASecond(&'static str),
}

impl Problem {
    /// Returns the name of the value to change.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Missing(key)
            | Self::Placeholder(key)
            | Self::Guessable(key)
            | Self::Short(key, _)
            | Self::Reused(_, key)
            | Self::NotASecond(key) => key,
        }
    }

    /// Tells whether a running site stops serving for it. Short, guessable and repeated values are refused where they are set; a
    /// household that has one is not cut off.
    #[must_use]
    pub const fn stops_the_site(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Placeholder(_) | Self::NotASecond(_))
    }
}

/// Returns the problems of the present values. `value` returns one by its name, or none when it is empty.
pub fn judge<'a>(value: impl Fn(&str) -> Option<&'a str>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, minimum) in MINIMUMS {
        let Some(value) = value(name) else { continue };
        if is_placeholder(value) {
            problems.push(Problem::Placeholder(name));
        } else if is_guessable(value) {
            problems.push(Problem::Guessable(name));
        } else if value.chars().count() < *minimum {
            problems.push(Problem::Short(name, *minimum));
        }
    }
    // Tokens stand in addresses, which others see; the password may not.
    for (one, other) in [(FEED_TOKEN, PLEX_WEBHOOK_TOKEN), (PASSWORD, FEED_TOKEN), (PASSWORD, PLEX_WEBHOOK_TOKEN)] {
        if let (Some(first), Some(second)) = (value(one), value(other))
            && first.trim() == second.trim()
        {
            problems.push(Problem::Reused(one, other));
        }
    }
    problems.extend(value(NOT_BEFORE).and_then(|text| second(text).err()));
    problems
}

/// Reads a unix second.
pub(super) fn second(text: &str) -> Result<i64, Problem> {
    let second = text.trim().parse().ok().filter(|second| (0..LATEST_SECOND).contains(second));
    second.ok_or(Problem::NotASecond(NOT_BEFORE))
}

/// Whether a value looks like the placeholder of a template or a sample file.
pub(super) fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    let plain: String = value.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let words = ["changeme", "placeholder", "password", "secret", "todo", "xxx", "example", "none", "null"];
    // A text in other letters than ASCII's has nothing plain, and is not empty.
    (plain.is_empty() && value.chars().all(|character| !character.is_alphanumeric()))
        || words.contains(&plain.as_str())
        || ["changeme", "replaceme", "placeholder"].iter().any(|word| plain.contains(word))
        || (value.starts_with('<') && value.ends_with('>'))
        || (plain.starts_with("your")
            && (plain.ends_with("here") || plain.ends_with("key") || plain.ends_with("token")))
}

/// Tells whether a value is long enough and still among the first that anybody would try: one of the usual words alone,
/// repeated or with digits, one character repeated, or what a guide says to replace.
fn is_guessable(value: &str) -> bool {
    const WORDS: [&str; 8] = ["password", "passwort", "secret", "token", "letmein", "qwerty", "admin", "example"];
    let plain: String = value.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let is_ascii = value.trim().is_ascii();
    let letters: String = plain.chars().filter(char::is_ascii_alphabetic).collect();
    let rest = WORDS.iter().fold(letters.clone(), |rest, word| rest.replace(word, ""));
    let says_what_it_is = ["password", "secret", "token", "key"].iter().any(|word| plain.ends_with(word));
    let first = value.trim().chars().next();
    value.trim().chars().all(|character| Some(character) == first)
        || (is_ascii && rest.is_empty() && !letters.is_empty())
        || ["changethis", "replacewith", "replacethis"].iter().any(|words| plain.starts_with(words))
        || (["your", "choosea", "generatea", "enter"].iter().any(|words| plain.starts_with(words)) && says_what_it_is)
        || (["key", "token", "password", "secret"].iter().any(|word| plain.contains(word)) && plain.ends_with("here"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn judged(pairs: &[(&'static str, &'static str)]) -> Vec<Problem> {
        let values: HashMap<_, _> = pairs.iter().copied().collect();
        judge(|name| values.get(name).copied())
    }

    #[test]
    fn placeholders_and_short_values_are_found_and_never_shown() {
        for value in ["changeme", "CHANGE_ME", "your-password-here", "tiny", "placeholder-123456", "<password>", "...."]
        {
            let problems = judged(&[("PRESHARED_PASSWORD", value)]);
            assert_eq!(problems.len(), 1, "{value}");
            assert!(!problems[0].to_string().contains(value), "{value}");
        }
        for fit in ["correct horse battery", "вот это пароль", "your dog chases my cat"] {
            assert_eq!(judged(&[("PRESHARED_PASSWORD", fit)]), [], "{fit}");
        }
        assert_eq!(judged(&[("APP_SECRET_KEY", "0123456789abcdef")]), [Problem::Short("APP_SECRET_KEY", 32)]);
    }

    #[test]
    fn what_anybody_would_try_first_is_refused_where_it_is_set() {
        for value in [
            "password1234",
            "passwordpassword",
            "xxxxxxxxxxxx",
            "CHANGE-THIS-PASSWORD",
            "change_this_now",
            "your_household_password",
            "replace-with-password",
            "choose-a-password",
            "feed-token-here",
            "Secret-Secret-2026",
        ] {
            let problems = judged(&[("PRESHARED_PASSWORD", value)]);
            assert_eq!(problems, [Problem::Guessable("PRESHARED_PASSWORD")], "{value}");
            assert!(!problems[0].stops_the_site(), "a household that has one is not cut off");
        }
        for value in ["x".repeat(32), "0".repeat(64), "secret".repeat(6)] {
            let value: &'static str = value.leak();
            assert_eq!(judged(&[("APP_SECRET_KEY", value)]), [Problem::Guessable("APP_SECRET_KEY")], "{value}");
        }
        for fit in
            ["our password is a horse", "secret garden 12", "чпокчпокчпок", "0123456789ab", "tokenring-42-kettle"]
        {
            assert_eq!(judged(&[("PRESHARED_PASSWORD", fit)]), [], "{fit}");
        }
    }

    #[test]
    fn one_token_for_two_purposes_is_refused() {
        let both = judged(&[("FEED_TOKEN", "0123456789abcdef"), ("PLEX_WEBHOOK_TOKEN", "0123456789abcdef")]);
        assert_eq!(both, [Problem::Reused("FEED_TOKEN", "PLEX_WEBHOOK_TOKEN")]);
        let blank = judged(&[("FEED_TOKEN", "0123456789abcdef"), ("PLEX_WEBHOOK_TOKEN", "0123456789abcdef ")]);
        assert_eq!(blank, both);
        let password =
            judged(&[("FEED_TOKEN", "correct horse battery"), ("PRESHARED_PASSWORD", "correct horse battery")]);
        assert_eq!(password, [Problem::Reused("PRESHARED_PASSWORD", "FEED_TOKEN")]);
    }

    #[test]
    fn a_moment_that_cannot_be_read_is_a_problem() {
        for text in ["soon", "1.8e9", "-1", "1800000000000", "2027-01-15"] {
            assert_eq!(judged(&[("NOT_BEFORE", text)]), [Problem::NotASecond("NOT_BEFORE")], "{text}");
        }
        assert_eq!(judged(&[("NOT_BEFORE", " 1800000000\n")]), []);
    }
}
