//! The functions of a deployment, and what they are called on AWS.

/// The parameter that holds a function's code key: `api` → `ApiCodeKey`.
#[must_use]
pub fn code_parameter(function: &str) -> String {
    let mut letters = function.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    format!("{}{}CodeKey", first.map(String::from).unwrap_or_default(), letters.as_str())
}
