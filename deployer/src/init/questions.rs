//! The questions about the site, in plain words.

use super::answers::{Address, Answers};
use crate::base::error::CommandError;
use crate::config::{Locale, check_app_name, check_domain, check_region};
use crate::domain::zone;
use crate::ui::{Asker, Printer};
use stellarr_aws::{Cloud, HostedZone};

const ADDRESSES: [Address; 3] = [Address::None, Address::Route53, Address::External];

/// Asks for the region.
pub(super) fn region(ask: &mut dyn Asker, default: &str) -> Result<String, CommandError> {
    let help =
        "us-east-1 Virginia, us-west-2 Oregon, eu-central-1 Frankfurt, eu-west-1 Ireland, ap-southeast-2 Sydney, …";
    ask.text("Which AWS region is near the people who use it?", help, default, &|text| {
        check_region(text).map_err(|error| error.to_string())
    })
}

/// Asks for the site's title.
pub(super) fn app_name(ask: &mut dyn Asker, default: &str) -> Result<String, CommandError> {
    ask.text(
        "What shall the site be called?",
        "the title in its header and on the phone's home screen",
        default,
        &check_app_name,
    )
}

/// Asks for the languages of the trending lists.
pub(super) fn locales(ask: &mut dyn Asker, default: &[String]) -> Result<Vec<String>, CommandError> {
    let help = "codes as TMDB writes them (en, de, pt-BR), separated by commas; the first is the site's own";
    let answer = ask.text("Which languages shall the trending lists have?", help, &default.join(", "), &|text| {
        split(text).map(|_| ())
    })?;
    split(&answer).map_err(CommandError::usage)
}

/// Reads a list of languages.
pub(super) fn split(text: &str) -> Result<Vec<String>, String> {
    let mut all: Vec<String> = Vec::new();
    for word in text.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty()) {
        let locale: Locale = word.parse().map_err(|error: crate::config::LocaleError| error.to_string())?;
        if !all.iter().any(|known| known == locale.as_str()) {
            all.push(locale.as_str().to_owned());
        }
    }
    if all.is_empty() { Err("write at least one, for example `en`".to_owned()) } else { Ok(all) }
}

/// Asks whether there shall be a firewall.
pub(super) fn waf(ask: &mut dyn Asker, default: bool) -> Result<bool, CommandError> {
    let help = "AWS WAF costs about $10 a month, more than all the rest; a household does well without";
    ask.confirm("Put a web application firewall in front of it?", help, default)
}

/// Asks where the site is to be found, and checks that the domain fits the answer. What was answered when the person breaks
/// off is in `answers`.
pub(super) async fn address(
    ask: &mut dyn Asker,
    printer: &Printer,
    cloud: Option<&dyn Cloud>,
    answers: &mut Answers,
) -> Result<(), CommandError> {
    let listed = match cloud {
        Some(cloud) => match cloud.zones().list().await {
            Ok(zones) => Some(zones),
            Err(error) => {
                printer.warn(&format!("the hosted zones of this account could not be listed: {error}"));
                printer.hint("whether a domain is in Route53 is looked at again by `stellarr doctor` and the deploy");
                None
            }
        },
        None => None,
    };
    let zones = listed.as_deref().unwrap_or_default();
    let mut start = answers.address.unwrap_or(Address::None);
    loop {
        let place = ADDRESSES.iter().position(|one| *one == start).unwrap_or_default();
        let chosen = ask.choose("Which address shall it have?", "this can be changed later", &options(zones), place)?;
        let address = ADDRESSES.get(chosen).copied().unwrap_or(Address::None);
        answers.address = Some(address);
        if address == Address::None {
            answers.domain = None;
            return Ok(());
        }
        let help = "the whole name, for example requests.example.org";
        let domain =
            ask.text("Which domain name?", help, answers.domain.as_deref().unwrap_or_default(), &check_domain)?;
        answers.domain = Some(domain.clone());
        if address == Address::External || listed.is_none() {
            return Ok(());
        }
        match zone::pick(zones, &domain) {
            Ok(zone) => {
                printer.line(&format!("  its records go into the hosted zone {} ({})", zone.name, zone.id));
                return Ok(());
            }
            Err(error) if ask.is_person() => {
                printer.warn(&error.message);
                printer.hint("choose again: the DNS of this domain may be kept elsewhere");
                start = Address::External;
            }
            Err(error) => return Err(error),
        }
    }
}

fn options(zones: &[HostedZone]) -> Vec<String> {
    let public: Vec<&str> = zones.iter().filter(|zone| !zone.private).map(|zone| zone.name.as_str()).collect();
    let ours = if public.is_empty() { "none yet".to_owned() } else { public.join(", ") };
    vec![
        "none of my own: a ….cloudfront.net address will do".to_owned(),
        format!("a domain whose DNS is in Route53 of this AWS account ({ours})"),
        "a domain whose DNS is kept elsewhere (Cloudflare, GoDaddy, …)".to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_may_be_separated_by_anything_usual() {
        assert_eq!(split("en, pt-BR  de,en"), Ok(vec!["en".to_owned(), "pt-BR".to_owned(), "de".to_owned()]));
        assert!(split("german").unwrap_err().contains("write `de`"));
        assert!(split(" , ").is_err());
    }
}
