//! `stellarr init`

use crate::secrets::tmdb;
use clap::{Args, ValueEnum};

use super::deploy::{self, DeployArgs};
use crate::base::dns::PublicDns;
use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::config::{Locale, check_app_name, check_domain, check_region};
use crate::deployment::waits_are_told;
use crate::init::{Address, Answers, Connector, Setting, Wizard, Written, find_profiles};
use crate::insight::cost::{Use, estimate};
use crate::options::Global;
use crate::ui::{Asker, Defaults, Printer, Terminal, can_ask};
use stellarr_core::addresses;

/// Options of `stellarr init`: an answer on the command line is not asked for.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Ask nothing: take the command line's answers, what the file says, and else the defaults
    #[arg(short, long)]
    pub yes: bool,
    /// What everything on AWS is called
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Tells deployments of the same name apart, such as prod and test
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// The site's title
    #[arg(long, value_name = "TITLE", value_parser = title)]
    pub app_name: Option<String>,
    /// The site's domain name, or `none` for a cloudfront.net address
    #[arg(long, value_name = "DOMAIN", value_parser = domain)]
    pub domain: Option<String>,
    /// Where the DNS of the domain is kept
    #[arg(long, value_name = "WHERE", requires = "domain")]
    pub dns: Option<DnsChoice>,
    /// The languages of the trending lists, the site's own first
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub locales: Option<Vec<Locale>>,
    /// Whether there is a firewall, for about $10 a month
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub waf: Option<bool>,
}

/// Where the DNS of a domain is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DnsChoice {
    /// In Route53 of this AWS account
    Route53,
    /// With somebody else
    External,
}

fn title(text: &str) -> Result<String, String> {
    check_app_name(text).map(|()| text.to_owned())
}

fn domain(text: &str) -> Result<String, String> {
    if text == "none" { Ok(text.to_owned()) } else { check_domain(text).map(|()| text.to_owned()) }
}

impl InitArgs {
    fn answers(&self, global: &Global) -> Result<Answers, CommandError> {
        if let Some(region) = &global.region {
            check_region(region)
                .map_err(|error| CommandError::usage(format!("--region: {}", error.message)).hint(error.remedy))?;
        }
        let (address, domain) = match (self.domain.as_deref(), self.dns) {
            (None, _) => (None, None),
            (Some("none"), _) => (Some(Address::None), None),
            (Some(domain), Some(DnsChoice::External)) => (Some(Address::External), Some(domain.to_owned())),
            (Some(domain), _) => (Some(Address::Route53), Some(domain.to_owned())),
        };
        Ok(Answers {
            profile: global.profile.clone(),
            name: self.name.clone(),
            environment: self.environment.clone(),
            region: global.region.clone(),
            app_name: self.app_name.clone(),
            address,
            domain,
            locales: self.locales.as_ref().map(|all| all.iter().map(ToString::to_string).collect()),
            waf: self.waf,
        })
    }
}

/// Asks, writes, and offers to deploy.
///
/// # Errors
/// When nobody can be asked, the person breaks off, or a file can't be written.
pub async fn run(global: &Global, arguments: &InitArgs, printer: &Printer) -> Result<(), CommandError> {
    if !arguments.yes && !can_ask() {
        return Err(CommandError::usage("nobody can be asked without a terminal")
            .code(Code::NoTerminal)
            .hint("add `--yes`, and the answers that differ from the defaults: `stellarr init --help` lists them"));
    }
    let environment = |name: &str| std::env::var(name).ok();
    let dns = PublicDns::from_environment();
    let setting = Setting {
        config: global.config.clone(),
        given: arguments.answers(global)?,
        secrets: &environment,
        candidates: find_profiles(environment),
        connect: &Connector { notify: waits_are_told(printer) },
        tmdb: tmdb::address(addresses::TMDB),
        dns: &dns,
        printer,
    };
    let mut asker: Box<dyn Asker> = if arguments.yes { Box::new(Defaults) } else { Box::new(Terminal) };
    let written = Wizard::new(&setting, asker.as_mut()).run().await?;
    conclude(global, &written, arguments.yes, printer);
    if arguments.yes {
        return Ok(());
    }
    offer(global, &written, asker.as_mut(), printer).await
}

/// Says what was written, what it will cost, and what comes next.
fn conclude(global: &Global, written: &Written, quiet: bool, printer: &Printer) {
    let (config, path) = (&written.config, global.config.display());
    printer.line("");
    printer.line(&if written.changed { format!("✓ wrote {path}") } else { format!("✓ {path} stays as it is") });
    if let Some(waiting) = &written.waiting {
        printer.line(&format!("✓ secrets wait in {} until the first deploy stores them on AWS", waiting.display()));
    }
    match &written.password {
        // What a script prints is often kept for everybody to read.
        Some(_) if quiet => printer.line(
            "\n  The household's password was made: it is PRESHARED_PASSWORD in that file, which the first deploy deletes.\n  \
             Note it before, or choose another with `stellarr secrets set PRESHARED_PASSWORD`.",
        ),
        Some(password) => printer
            .line(&format!("\n  The household's password is {password}\n  Write it down: it is not shown again.")),
        None => {}
    }
    let address = config.domain.clone().unwrap_or_else(|| "a cloudfront.net address".to_owned());
    printer.line(&format!(
        "\n  {} at {address}, called {} on AWS, in {}",
        config.app_name,
        config.prefix(),
        config.region
    ));
    printer.line(&format!(
        "  {} for a household; `stellarr cost` shows of what",
        estimate(config, &Use::default()).sentence()
    ));
    if quiet {
        printer.line(&format!(
            "\nNext: {}, or `stellarr deploy --sandbox` on this computer alone.",
            deploy_command(written)
        ));
    }
}

fn deploy_command(written: &Written) -> String {
    let profile =
        written.account.as_ref().and_then(|account| account.profile.as_deref()).filter(|name| *name != "default");
    match profile {
        Some(profile) => format!("`stellarr deploy --profile {profile}`"),
        None => "`stellarr deploy`".to_owned(),
    }
}

/// Offers to go on at once.
async fn offer(global: &Global, written: &Written, ask: &mut dyn Asker, printer: &Printer) -> Result<(), CommandError> {
    let mut options = vec!["not now".to_owned(), "try it on this computer first, without AWS (--sandbox)".to_owned()];
    if let Some(account) = &written.account {
        options.push(format!("deploy it to the AWS account {}", account.caller.account));
    }
    let chosen = ask.choose("What next?", "all of these can be done later, too", &options, 0)?;
    if chosen == 0 {
        printer.line(&format!(
            "\nWhen you are ready: {}, or `stellarr deploy --sandbox` on this computer alone.",
            deploy_command(written)
        ));
        return Ok(());
    }
    let profile = written.account.as_ref().and_then(|account| account.profile.clone());
    if let Some(profile) = &profile {
        printer.use_profile(profile);
    }
    let global = Global { sandbox: chosen == 1, profile: profile.or_else(|| global.profile.clone()), ..global.clone() };
    Box::pin(deploy::run(&global, &DeployArgs::default(), printer)).await
}
