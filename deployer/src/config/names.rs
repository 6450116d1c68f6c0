//! What may stand in a name, a domain, a region, a tag, an address. Each check gives what is wrong and what to do.

/// What is wrong (it reads on after the key's name), and what to do.
pub(super) type Verdict = Result<(), (String, String)>;

/// Languages that the warmer can refresh in one run.
pub(super) const MAX_LOCALES: usize = 50;

/// Tags that a user may set; AWS takes 50, and the templates add some of their own.
pub(super) const MAX_TAGS: usize = 40;

// Every AWS name is `<name>-<environment>-<part>`, and functions and roles are limited to 64 characters:
// 28 + 1 + 12 + 1 leaves 22 for the longest part.
const MAX_NAME_LENGTH: usize = 28;
const MAX_ENVIRONMENT_LENGTH: usize = 12;

/// Beginnings that S3 keeps for itself; CloudFormation names buckets after the stack.
/// Source: "General purpose bucket naming rules" in the Amazon S3 user guide.
const RESERVED_BEGINNINGS: [&str; 3] = ["sthree-", "amzn-s3-demo-", "xn--"];

/// Endings of our own stacks' names.
const STACK_PARTS: [&str; 2] = ["bootstrap", "edge"];

fn wrong(message: impl Into<String>, help: impl Into<String>) -> Verdict {
    Err((message.into(), help.into()))
}

/// Checks the deployment's name.
pub(super) fn name(text: &str) -> Verdict {
    resource_part(text, MAX_NAME_LENGTH)?;
    if let Some(reserved) = RESERVED_BEGINNINGS.iter().find(|reserved| text.starts_with(**reserved)) {
        return wrong(format!("begins with `{reserved}`, which S3 keeps for itself"), "choose another beginning");
    }
    Ok(())
}

/// Checks the environment.
pub(super) fn environment(text: &str) -> Verdict {
    resource_part(text, MAX_ENVIRONMENT_LENGTH)?;
    let last = text.rsplit('-').next().unwrap_or_default();
    if STACK_PARTS.contains(&last) {
        return wrong(format!("ends with `{last}`, as the names of stellarr's own stacks do"), "choose another word");
    }
    Ok(())
}

/// Checks a part of the AWS names.
fn resource_part(text: &str, longest: usize) -> Verdict {
    let rules = format!("up to {longest} lower-case letters, digits and single hyphens, with a letter first");
    if text.is_empty() {
        return wrong("is empty", format!("write {rules}"));
    }
    if text.len() > longest {
        return wrong(
            format!("is {} characters long", text.chars().count()),
            format!("write {rules}: AWS names are built on it"),
        );
    }
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if text.starts_with(|first: char| first.is_ascii_lowercase()) && text.split('-').all(is_word) {
        return Ok(());
    }
    let proper = proper_resource_part(text);
    let help =
        if proper.is_empty() { format!("write {rules}") } else { format!("write for example `{proper}`: {rules}") };
    wrong(format!("can't be {} in an AWS name", super::explain::quoted(text)), help)
}

/// Returns the text with everything replaced that AWS names can't hold.
fn proper_resource_part(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|symbol: char| !symbol.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").trim_start_matches(|first: char| !first.is_ascii_lowercase()).to_owned()
}

const REGION_AREAS: [&str; 9] = ["af", "ap", "ca", "eu", "il", "me", "mx", "sa", "us"];
const REGION_SIDES: [&str; 9] =
    ["north", "east", "south", "west", "central", "northeast", "southeast", "northwest", "southwest"];

/// Says why a text is no region that stellarr can deploy to, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}: {remedy}")]
pub struct RegionError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// Checks a region that does not come from the file, such as the command line's.
///
/// # Errors
/// When it has not the form of a region, lacks what a deployment needs, or is in a part of AWS that has no CloudFront of
/// its own.
pub fn check_region(text: &str) -> Result<(), RegionError> {
    region(text).map_err(|(message, remedy)| RegionError { message: format!("the region {message}"), remedy })
}

/// Checks a domain name that does not come from the file.
///
/// # Errors
/// What is wrong with it, and what to do.
pub fn check_domain(text: &str) -> Result<(), String> {
    domain(text).map_err(|(message, remedy)| format!("it {message}: {remedy}"))
}

/// Checks a site's title that does not come from the file.
///
/// # Errors
/// What is wrong with it, and what to do.
pub fn check_app_name(text: &str) -> Result<(), String> {
    app_name(text).map_err(|(message, remedy)| format!("it {message}: {remedy}"))
}

/// Checks the region's form: a new one must not need a new stellarr, and a slip must not wait for a network error.
pub(super) fn region(text: &str) -> Verdict {
    if text.starts_with("cn-") || text.starts_with("us-gov-") || text.contains("-iso") {
        return wrong(
            format!("is `{text}`, in a part of AWS that stellarr does not support"),
            "choose a commercial region, for example `us-east-1`",
        );
    }
    let parts: Vec<&str> = text.split('-').collect();
    let well_formed = matches!(parts.as_slice(), [area, side, number]
        if REGION_AREAS.contains(area) && REGION_SIDES.contains(side) && matches!(number.as_bytes(), [b'1'..=b'9']));
    if let Some(unfit) = super::regions::unfit(text) {
        return wrong(
            format!(
                "is `{text}`, where AWS lacks something that every deployment needs ({})",
                unfit.lacks.join(" and ")
            ),
            format!("write `{}`, the nearest region that has everything", unfit.nearest),
        );
    }
    if well_formed {
        return Ok(());
    }
    let help = match super::suggest::closest(text, super::regions::fit()) {
        Some(known) => format!("did you mean `{known}`?"),
        None => "write a region's code, for example `us-east-1` or `eu-central-1`".to_owned(),
    };
    wrong(format!("is {}, which is no AWS region", super::explain::quoted(text)), help)
}

/// Checks the site's title.
pub(super) fn app_name(text: &str) -> Verdict {
    let length = text.chars().count();
    if text.trim().is_empty() {
        return wrong("is empty", "write the site's title, or remove the line");
    }
    if length > 50 {
        return wrong(format!("is {length} characters long"), "write 50 at most: it stands in the page's header");
    }
    if text.trim() != text || text.chars().any(char::is_control) {
        return wrong("begins or ends with white space, or breaks the line", "write it on one line");
    }
    Ok(())
}

/// Checks the site's domain name. Its 64 characters are the limit of a certificate's first name.
/// Source: `DomainName` of `RequestCertificate` in the AWS Certificate Manager API reference.
pub(super) fn domain(text: &str) -> Verdict {
    let lower = text.to_lowercase();
    let bare = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")).unwrap_or(&lower);
    let bare = bare.split(['/', ':']).next().unwrap_or_default().trim_matches('.');
    if !text.is_ascii() {
        return wrong("has letters beyond a to z", "write its form that begins with `xn--` (Punycode)");
    }
    if bare != text {
        let help = if is_domain(bare) {
            format!("write `{bare}`")
        } else {
            "write for example `requests.example.org`".to_owned()
        };
        return wrong("is not a bare domain name in lower case", help);
    }
    if text.starts_with("*.") {
        return wrong(
            "is a wildcard",
            "write the one name that the site shall have, for example `requests.example.org`",
        );
    }
    if text.len() > 64 {
        return wrong(
            format!("is {} characters long", text.len()),
            "write 64 at most, the limit of the certificate; a shorter subdomain helps",
        );
    }
    if !text.contains('.') {
        return wrong("has no dot in it", "write the whole name, for example `requests.example.org`");
    }
    if !is_domain(text) {
        return wrong(
            format!("is no domain name: {}", super::explain::quoted(text)),
            "write letters, digits, hyphens and dots, for example `requests.example.org`",
        );
    }
    if text.ends_with(".cloudfront.net") || text.ends_with(".amazonaws.com") {
        return wrong(
            "belongs to AWS",
            "remove the line to use the address that CloudFront gives, or write your own domain",
        );
    }
    Ok(())
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_address = text.split('.').next_back().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    text.contains('.') && text.split('.').all(is_label) && !is_address
}

/// Checks a Route53 hosted zone's id.
pub(super) fn hosted_zone(text: &str) -> Verdict {
    let bare = text.trim_start_matches('/').trim_start_matches("hostedzone/");
    let is_id = |text: &str| {
        (2..=32).contains(&text.len())
            && text.starts_with('Z')
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    if is_id(text) {
        return Ok(());
    }
    let help = if is_id(bare) {
        format!("write `{bare}`")
    } else {
        "copy it from the Route53 console (it looks like `Z0123456789ABCDEFGHIJ`), or remove the line: it is found by the \
         domain's name"
            .to_owned()
    };
    wrong("is no hosted zone id", help)
}

/// Checks a country's code.
pub(super) fn country(text: &str) -> Verdict {
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Ok(());
    }
    let upper = text.to_ascii_uppercase();
    let help = if upper.len() == 2 && upper.bytes().all(|byte| byte.is_ascii_uppercase()) {
        format!("write `{upper}`")
    } else {
        "write two capital letters, for example `US`".to_owned()
    };
    wrong(format!("is {}, which is no country code", super::explain::quoted(text)), help)
}

/// Checks an e-mail address. Only its form: whether it exists, AWS finds out.
pub(super) fn email(text: &str) -> Verdict {
    let is_local = |local: &str| {
        (1..=64).contains(&local.len())
            && local.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte))
    };
    let form = text.split_once('@').is_some_and(|(local, domain)| is_local(local) && is_domain(&domain.to_lowercase()));
    if form && text.len() <= 254 {
        return Ok(());
    }
    wrong(
        format!("is {}, which is no e-mail address", super::explain::quoted(text)),
        "write for example `you@example.org`",
    )
}

/// Checks the name of an IAM policy, with its path if it has one.
pub(super) fn policy(text: &str) -> Verdict {
    if text.starts_with("arn:") {
        let name = text.split_once("policy/").map_or("my-boundary", |(_, name)| name);
        return wrong("is an ARN", format!("write the policy's name alone: `{name}`"));
    }
    let (path, name) = text.rsplit_once('/').unwrap_or(("", text));
    let is_name = (1..=128).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte));
    let in_path = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    if is_name && text.len() <= 512 && (path.is_empty() && !text.starts_with('/') || path.split('/').all(in_path)) {
        return Ok(());
    }
    wrong(
        format!("is {}, which is no name of an IAM policy", super::explain::quoted(text)),
        "write letters, digits and `_+=,.@-`, as in `stellarr-prod-boundary`",
    )
}

/// Checks the contact for push services: an address, a `mailto:` or an `https:` link.
pub(super) fn contact(text: &str) -> Verdict {
    let is_page = |rest: &str| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default().to_lowercase();
        is_domain(&host) && rest.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let valid = match text.strip_prefix("https://") {
        Some(rest) => is_page(rest),
        None => email(text.strip_prefix("mailto:").unwrap_or(text)).is_ok(),
    };
    if valid {
        return Ok(());
    }
    wrong(
        format!("is {}, which is no e-mail address and no https page", super::explain::quoted(text)),
        "write for example `you@example.org`",
    )
}

fn is_tag_text(text: &str) -> bool {
    text.chars().all(|symbol| symbol.is_alphanumeric() || symbol == ' ' || "_.:/=+-@".contains(symbol))
}

const TAG_SYMBOLS: &str = "AWS takes letters, digits, spaces and `_ . : / = + - @`";

/// Checks a tag's name.
pub(super) fn tag_key(text: &str) -> Verdict {
    if let Some(owner) = ["aws:", "stellarr:"].iter().find(|owner| text.to_ascii_lowercase().starts_with(**owner)) {
        let keeper = if *owner == "aws:" { "AWS" } else { "stellarr" };
        return wrong(format!("begins with `{owner}`, which {keeper} keeps for itself"), "choose another name");
    }
    if text.is_empty() || text.chars().count() > 128 {
        return wrong("is empty or longer than 128 characters", "choose another name");
    }
    if !is_tag_text(text) || text.trim() != text {
        return wrong("has symbols that AWS refuses", TAG_SYMBOLS);
    }
    Ok(())
}

/// Checks a tag's value.
pub(super) fn tag_value(text: &str) -> Verdict {
    if text.chars().count() > 256 {
        return wrong("is longer than 256 characters", "shorten it");
    }
    if !is_tag_text(text) || text.trim() != text {
        return wrong("has symbols that AWS refuses", TAG_SYMBOLS);
    }
    Ok(())
}
