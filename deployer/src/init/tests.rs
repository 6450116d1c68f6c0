//! The conversation, with scripted answers.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use stellarr_standin::{DEFAULT_KEY, Options, Standin};

use super::{Address, Answers, Candidate, Connect, Setting, Wizard, Written};
use crate::base::dns::fake::FakeDns;
use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::config::{self, Config, DnsProvider};
use crate::secrets::Pending;
use crate::ui::{Asker, Check, Printer, Verbosity};
use stellarr_aws::{AwsErrorKind, Cloud, HostedZone};
use stellarr_testing::{FakeCloud, Fault};

const CREDENTIALS: &str = "Which AWS credentials shall be used?";
const REGION: &str = "Which AWS region";
const TITLE: &str = "What shall the site be called?";
const ADDRESS: &str = "Which address";
const DOMAIN: &str = "Which domain name?";
const LANGUAGES: &str = "Which languages";
const FIREWALL: &str = "Put a web application firewall";
const TMDB: &str = "Your TMDB key";
const PASSWORD: &str = "A password for the household";

/// What a person does at a question.
#[derive(Clone, Debug)]
enum Does {
    Types(&'static str),
    Picks(usize),
    Says(bool),
    /// Enter: what is proposed stays.
    Enter,
    /// Ctrl-C.
    Breaks,
}

use Does::{Breaks, Enter, Picks, Says, Types};

/// Answers in the order in which they are given, each to the question that it is meant for.
struct Script {
    answers: Vec<(&'static str, Does)>,
    /// Questions with what they proposed.
    asked: Vec<(String, String)>,
    /// What was wrong with answers.
    refused: Vec<String>,
}

impl Script {
    fn new(answers: &[(&'static str, Does)]) -> Self {
        Self { answers: answers.to_vec(), asked: Vec::new(), refused: Vec::new() }
    }

    fn next(&mut self, question: &str, proposed: &str) -> Result<Does, CommandError> {
        self.asked.push((question.to_owned(), proposed.to_owned()));
        assert!(!self.answers.is_empty(), "nothing is left to answer “{question}” with");
        let (meant, does) = self.answers.remove(0);
        assert!(question.starts_with(meant), "“{question}” is asked where “{meant}” was expected");
        match does {
            Breaks => Err(CommandError::interrupted("nothing was changed")),
            does => Ok(does),
        }
    }

    /// What a question proposed when it was asked last.
    fn proposed(&self, question: &str) -> &str {
        let found = self.asked.iter().rev().find(|(asked, _)| asked.starts_with(question));
        found.map(|(_, proposed)| proposed.as_str()).unwrap_or_else(|| unreachable!("“{question}” was not asked"))
    }

    fn line(&mut self, question: &str, proposed: &str, check: Check<'_>) -> Result<String, CommandError> {
        loop {
            let text = match self.next(question, proposed)? {
                Types(text) => text,
                Enter => proposed,
                other => unreachable!("{other:?} is no text for “{question}”"),
            };
            match check(text) {
                Ok(()) => return Ok(text.to_owned()),
                Err(problem) => self.refused.push(problem),
            }
        }
    }
}

impl Asker for Script {
    fn text(&mut self, question: &str, _: &str, default: &str, check: Check<'_>) -> Result<String, CommandError> {
        self.line(question, default, check)
    }

    fn choose(&mut self, question: &str, _: &str, options: &[String], start: usize) -> Result<usize, CommandError> {
        match self.next(question, &options[start])? {
            Picks(place) => Ok(place),
            _ => Ok(start),
        }
    }

    fn confirm(&mut self, question: &str, _: &str, default: bool) -> Result<bool, CommandError> {
        match self.next(question, &default.to_string())? {
            Says(answer) => Ok(answer),
            _ => Ok(default),
        }
    }

    fn secret(&mut self, question: &str, _: &str, check: Check<'_>) -> Result<String, CommandError> {
        self.line(question, "", check)
    }

    fn is_person(&self) -> bool {
        true
    }
}

/// Credentials that lead to this cloud.
struct To(FakeCloud);

#[async_trait]
impl Connect for To {
    async fn connect(&self, _: Option<&str>, _: &str) -> Result<Arc<dyn Cloud>, CommandError> {
        Ok(Arc::new(self.0.clone()))
    }
}

/// A project's folder, an AWS, and what this computer has.
struct Desk {
    folder: tempfile::TempDir,
    cloud: FakeCloud,
    candidates: Vec<Candidate>,
    tmdb: String,
    printer: Printer,
    /// What the command line says.
    given: Answers,
}

impl Desk {
    /// One without credentials.
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            cloud: FakeCloud::permissive("eu-west-1"),
            candidates: Vec::new(),
            // Nothing listens there: TMDB can't be asked.
            tmdb: "http://127.0.0.1:9/3".to_owned(),
            printer: Printer::captured(Verbosity::Default),
            given: Answers::default(),
        }
    }

    /// One with a profile, in whose account there is the zone example.org.
    fn signed_in() -> Self {
        let desk = Self { candidates: vec![profile("work")], ..Self::new() };
        desk.cloud.add_zone(HostedZone { id: "Z1".into(), name: "example.org".into(), private: false });
        desk
    }

    async fn talk(&self, script: &mut Script) -> Result<Written, CommandError> {
        let dns = FakeDns::default();
        let connect = To(self.cloud.clone());
        let setting = Setting {
            config: self.folder.path().join("stellarr.yaml"),
            given: self.given.clone(),
            secrets: &|_| None,
            candidates: self.candidates.clone(),
            connect: &connect,
            tmdb: self.tmdb.clone(),
            dns: &dns,
            printer: &self.printer,
        };
        Wizard::new(&setting, script).run().await
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("stellarr.yaml")
    }

    fn text(&self) -> Option<String> {
        std::fs::read_to_string(self.path()).ok()
    }

    fn config(&self) -> Config {
        config::load(self.path()).unwrap()
    }

    fn secret(&self, key: &str) -> Option<String> {
        Pending::open(Path::new(&self.path())).unwrap().document().get(key).map(str::to_owned)
    }
}

fn profile(name: &str) -> Candidate {
    Candidate { profile: Some(name.to_owned()), kind: "an access key", region: Some("eu-west-1".to_owned()) }
}

/// Every question with an answer that differs from what is proposed at first.
fn all() -> Vec<(&'static str, Does)> {
    vec![
        (REGION, Types("eu-central-1")),
        (TITLE, Types("Movie night")),
        (ADDRESS, Picks(1)),
        (DOMAIN, Types("tv.example.org")),
        (LANGUAGES, Types("de, pt-BR")),
        (FIREWALL, Says(true)),
        (TMDB, Types("0123456789abcdef")),
        (PASSWORD, Types("correct horse battery")),
    ]
}

/// The same answers with another one to one of the questions.
fn but(question: &str, does: &[(&'static str, Does)]) -> Vec<(&'static str, Does)> {
    all().into_iter().flat_map(|one| if one.0 == question { does.to_vec() } else { vec![one] }).collect()
}

#[tokio::test]
async fn the_answers_become_the_file() {
    let desk = Desk::signed_in();
    let written = desk.talk(&mut Script::new(&all())).await.unwrap();
    let config = desk.config();
    assert_eq!((config.region.as_str(), config.app_name.as_str()), ("eu-central-1", "Movie night"));
    assert_eq!((config.domain.as_deref(), config.dns.provider), (Some("tv.example.org"), DnsProvider::Route53));
    assert_eq!((config.locale_list().as_str(), config.waf.enabled), ("de,pt-BR", true));
    assert_eq!(written.account.map(|account| account.profile), Some(Some("work".to_owned())));
    assert!(written.changed && written.password.is_none() && written.waiting.is_some());
    assert_eq!(desk.secret("PRESHARED_PASSWORD").as_deref(), Some("correct horse battery"));
    let said = desk.printer.transcript();
    assert!(said.contains("AWS account 111122223333 as arn:aws:iam::111122223333:user/tester"), "{said}");
    assert!(said.contains("its records go into the hosted zone example.org (Z1)"), "{said}");
    assert_eq!(desk.cloud.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn enter_at_every_question_is_a_site_without_a_domain() {
    let desk = Desk::new();
    let questions = [REGION, TITLE, ADDRESS, LANGUAGES, FIREWALL, TMDB, PASSWORD];
    let written = desk.talk(&mut Script::new(&questions.map(|question| (question, Enter)))).await.unwrap();
    let config = desk.config();
    assert_eq!((config.domain, config.region.as_str(), config.waf.enabled), (None, "us-east-1", false));
    assert!(written.account.is_none());
    assert_eq!(written.password, desk.secret("PRESHARED_PASSWORD"), "a password was made and is told");
    assert!(written.password.unwrap().len() >= 12);
    assert_eq!(desk.secret("TMDB_API_KEY"), None, "the first deploy asks for it");
    assert!(desk.printer.transcript().contains("No AWS credentials were found"));
}

#[tokio::test]
async fn a_domain_elsewhere_needs_no_zone() {
    let desk = Desk::signed_in();
    let elsewhere = [(ADDRESS, Picks(2)), (DOMAIN, Types("tv.elsewhere.io"))];
    let answers: Vec<_> = but(ADDRESS, &elsewhere).into_iter().enumerate().filter(|(at, _)| *at != 4).collect();
    let answers: Vec<_> = answers.into_iter().map(|(_, one)| one).collect();
    desk.talk(&mut Script::new(&answers)).await.unwrap();
    let config = desk.config();
    assert_eq!((config.domain.as_deref(), config.dns.provider), (Some("tv.elsewhere.io"), DnsProvider::External));
}

#[tokio::test]
async fn a_domain_in_no_zone_is_asked_about_again() {
    let desk = Desk::signed_in();
    let again = [(DOMAIN, Types("tv.elsewhere.io")), (ADDRESS, Enter), (DOMAIN, Enter)];
    let mut script = Script::new(&but(DOMAIN, &again));
    desk.talk(&mut script).await.unwrap();
    assert!(desk.printer.transcript().contains("no hosted zone in this account's Route53 holds tv.elsewhere.io"));
    assert!(script.proposed(ADDRESS).contains("kept elsewhere"), "{}", script.proposed(ADDRESS));
    assert_eq!(script.proposed(DOMAIN), "tv.elsewhere.io");
    assert_eq!(desk.config().dns.provider, DnsProvider::External);
}

#[tokio::test]
async fn answers_that_cannot_be_are_asked_for_again() {
    let desk = Desk::signed_in();
    let answers: Vec<(&str, Does)> = all()
        .into_iter()
        .flat_map(|(question, does)| {
            let wrong = match question {
                REGION => "mars",
                DOMAIN => "https://tv.example.org/",
                LANGUAGES => "german",
                PASSWORD => "changeme",
                _ => return vec![(question, does)],
            };
            vec![(question, Types(wrong)), (question, does)]
        })
        .collect();
    let mut script = Script::new(&answers);
    desk.talk(&mut script).await.unwrap();
    assert_eq!(script.refused.len(), 4, "{:?}", script.refused);
    assert!(script.refused[1].contains("write `tv.example.org`"), "{:?}", script.refused);
    assert_eq!(desk.secret("PRESHARED_PASSWORD").as_deref(), Some("correct horse battery"));
}

#[tokio::test]
async fn credentials_that_do_not_work_are_told_and_the_file_is_written_all_the_same() {
    let desk = Desk::signed_in();
    desk.cloud.inject_always("sts:GetCallerIdentity", Fault::Fail(AwsErrorKind::ExpiredCredentials));
    let written = desk.talk(&mut Script::new(&all())).await.unwrap();
    assert!(written.account.is_none() && desk.text().is_some());
    let said = desk.printer.transcript();
    assert!(said.contains("these credentials do not work yet") && said.contains("aws sso login"), "{said}");
}

#[tokio::test]
async fn of_several_credentials_none_may_be_chosen() {
    let desk = Desk { candidates: vec![profile("work"), profile("home")], ..Desk::signed_in() };
    let chosen = |place| [vec![("Which AWS credentials", Picks(place))], all()].concat();
    let written = desk.talk(&mut Script::new(&chosen(1))).await.unwrap();
    assert_eq!(written.account.and_then(|account| account.profile).as_deref(), Some("home"));
    let desk = Desk { candidates: vec![profile("work"), profile("home")], ..Desk::signed_in() };
    assert!(desk.talk(&mut Script::new(&chosen(2))).await.unwrap().account.is_none());
    assert_eq!(desk.cloud.calls(), Vec::<String>::new(), "nobody is asked");
}

#[tokio::test]
async fn what_the_command_line_says_is_not_asked() {
    let given = Answers {
        region: Some("eu-west-2".to_owned()),
        app_name: Some("Films".to_owned()),
        address: Some(Address::None),
        locales: Some(vec!["en".to_owned()]),
        waf: Some(false),
        ..Answers::default()
    };
    let desk = Desk { given, ..Desk::new() };
    desk.talk(&mut Script::new(&[(TMDB, Enter), (PASSWORD, Enter)])).await.unwrap();
    assert_eq!(desk.config().region, "eu-west-2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_tmdb_refuses_is_asked_for_again_and_not_kept() {
    let standin = Standin::start(([127, 0, 0, 1], 0).into(), Options::default()).unwrap();
    let desk = Desk { tmdb: format!("{}/3", standin.url()), ..Desk::signed_in() };
    desk.talk(&mut Script::new(&but(TMDB, &[(TMDB, Types("not-the-right-key")), (TMDB, Breaks)]))).await.err().unwrap();
    assert_eq!(desk.secret("TMDB_API_KEY"), None);
    desk.talk(&mut Script::new(&[
        (REGION, Enter),
        (TITLE, Enter),
        (ADDRESS, Enter),
        (DOMAIN, Enter),
        (LANGUAGES, Enter),
        (FIREWALL, Enter),
        (TMDB, Types("not-the-right-key")),
        (TMDB, Types(DEFAULT_KEY)),
        (PASSWORD, Enter),
    ]))
    .await
    .unwrap();
    assert_eq!(desk.secret("TMDB_API_KEY").as_deref(), Some(DEFAULT_KEY));
    let said = desk.printer.transcript();
    assert!(said.contains("TMDB does not know this key") && said.contains("TMDB knows the key."), "{said}");
}

#[tokio::test]
async fn a_break_at_any_question_loses_no_answer() {
    let straight = Desk::signed_in();
    straight.talk(&mut Script::new(&all())).await.unwrap();
    for at in 0..all().len() {
        let desk = Desk::signed_in();
        let mut answers = all();
        answers.truncate(at + 1);
        let question = answers[at].0;
        answers[at].1 = Breaks;
        let error = desk.talk(&mut Script::new(&answers)).await.err().unwrap();
        assert_eq!(error.kind, ExitKind::Interrupted, "{question}");
        assert!(error.message.contains("your answers so far are kept"), "{question}: {error}");
        assert!(error.hints.iter().any(|hint| hint.contains("stellarr init")), "{question}: {:?}", error.hints);
        assert_eq!(desk.text(), None, "at “{question}” nothing is written yet");

        // What was answered is only confirmed; a secret is not even asked for again.
        let secrets = BTreeSet::from([TMDB, PASSWORD]);
        let rest: Vec<_> = all()
            .into_iter()
            .enumerate()
            .filter(|(place, (question, _))| *place >= at || !secrets.contains(question))
            .map(|(place, (question, does))| (question, if place < at { Enter } else { does }))
            .collect();
        let mut script = Script::new(&rest);
        desk.talk(&mut script).await.unwrap();
        assert!(script.answers.is_empty(), "{:?}", script.answers);
        assert_eq!(desk.text(), straight.text(), "after a break at “{question}”");
        for key in ["TMDB_API_KEY", "PRESHARED_PASSWORD"] {
            assert_eq!(desk.secret(key), straight.secret(key), "after a break at “{question}”");
        }
        let kept = desk.folder.path().join(".stellarr/init.json");
        assert!(!kept.exists(), "what is in the file needs no keeping");
    }
}

#[tokio::test]
async fn zones_that_cannot_be_listed_are_told_and_stop_nothing() {
    let desk = Desk::signed_in();
    desk.cloud.inject_always("route53:ListHostedZones", Fault::Fail(AwsErrorKind::AccessDenied));
    desk.talk(&mut Script::new(&all())).await.unwrap();
    assert_eq!(desk.config().domain.as_deref(), Some("tv.example.org"));
    let said = desk.printer.transcript();
    assert!(said.contains("could not be listed") && said.contains("route53:ListHostedZones"), "{said}");
}

#[tokio::test]
async fn row_15_without_credentials_aws_login_is_the_way_that_is_shown_first() {
    let desk = Desk::new();
    let questions = [REGION, TITLE, ADDRESS, LANGUAGES, FIREWALL, TMDB, PASSWORD];
    desk.talk(&mut Script::new(&questions.map(|question| (question, Enter)))).await.unwrap();
    let said = desk.printer.transcript();
    let places = ["2.32 or newer", "`aws login`", "`aws sso login`", "`aws configure`"].map(|way| said.find(way));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{said}");
}

#[tokio::test]
async fn the_credentials_of_last_time_are_offered_first() {
    let mut desk = Desk::signed_in();
    desk.candidates = vec![profile("home"), profile("work")];
    let mut answers = all();
    answers.insert(0, (CREDENTIALS, Picks(1)));
    desk.talk(&mut Script::new(&answers)).await.unwrap();
    let questions = [CREDENTIALS, REGION, TITLE, ADDRESS, DOMAIN, LANGUAGES, FIREWALL];
    let mut script = Script::new(&questions.map(|question| (question, Enter)));
    let written = desk.talk(&mut script).await.unwrap();
    assert_eq!(script.proposed(CREDENTIALS), "profile work (an access key)");
    assert_eq!(written.account.and_then(|account| account.profile).as_deref(), Some("work"));
}

#[tokio::test]
async fn a_second_run_proposes_what_the_file_says() {
    let desk = Desk::signed_in();
    desk.talk(&mut Script::new(&all())).await.unwrap();
    let text = desk.text();
    let questions = [REGION, TITLE, ADDRESS, DOMAIN, LANGUAGES, FIREWALL];
    let mut script = Script::new(&questions.map(|question| (question, Enter)));
    let written = desk.talk(&mut script).await.unwrap();
    assert!(!written.changed);
    assert_eq!(desk.text(), text);
    assert_eq!((script.proposed(TITLE), script.proposed(LANGUAGES)), ("Movie night", "de, pt-BR"));
    assert_eq!((script.proposed(DOMAIN), script.proposed(FIREWALL)), ("tv.example.org", "true"));
    assert!(script.proposed(ADDRESS).contains("in Route53 of this AWS account (example.org)"));
}
