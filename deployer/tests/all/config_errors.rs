//! What a user sees of a faulty `stellarr.yaml`: every problem in one run, with line, column, snippet and remedy.

use rstest::rstest;
use stellarr::config::{ConfigError, check_region, load, parse};

#[rstest]
#[case::unknown_keys("name: films\ndomian_name: example.org\nregin: eu-west-1\nthing: 1\nwafs:\n  enabled: true\n")]
#[case::unknown_keys_in_sections("name: films\nwaf:\n  enable: true\n  memory: 5\n  domain: x.org\n  colour: red\n")]
#[case::keys_of_other_tools(
    "name: films\nlambda_memory: 512\nwaf_auth_rate_limit: 50\naws_region: eu-west-1\nlanguages: [en]\n"
)]
#[case::wrong_types(
    "name: [films]\nwaf: yes\napi:\n  memory: lots\n  timeout: 1.5\nlocales: en\ntags: [a]\nfeeds:\n  keep_added_listed: yes\nwarmer:\n  memory: \"256\"\n"
)]
#[case::out_of_range(
    "name: films\napi:\n  memory: 100\n  timeout: 0\nwarmer:\n  timeout: 901\nfetcher:\n  memory: 99999999999\nwaf:\n  rate_limit: 9\n  auth_rate_limit: -5\nprovisioned_concurrency: 1000\nauth_limit:\n  max_attempts: 0\n  window: 1441\n"
)]
#[case::nothing_at_all("")]
#[case::only_comments("# name: films\n")]
#[case::not_a_section("- name\n- films\n")]
#[case::just_text("films")]
#[case::no_name("region: eu-west-1\napi:\n  memory: 64\n")]
#[case::keys_without_values("name:\nregion:\nwaf:\n  rate_limit:\nlocales:\ndomain:\ntags:\n  team:\n")]
#[case::duplicate_keys("name: films\nwaf:\n  enabled: true\n  enabled: false\nregion: eu-west-1\nname: movies\n")]
#[case::schedules(
    "name: films\nschedules:\n  trending: rate(1 days)\n  catalogue_daily: cron(0 8 * * * *)\n  catalogue_weekly: 0 9 * * 0\n"
)]
#[case::locales("name: films\nlocales: [en, english, en_GB, en, klingon]\ncatalogue:\n  language: EN\n  region: usa\n")]
#[case::no_locales("name: films\nlocales: []\n")]
#[case::names("name: Our Films\nenvironment: my-edge\nregion: us-esat-1\napp_name: '  '\n")]
#[case::long_names("name: a-name-that-is-longer-than-28-characters\nenvironment: production-two\n")]
#[case::government_region("name: films\nregion: us-gov-west-1\n")]
#[case::domain_with_scheme("name: films\ndomain: https://Films.example.org/\n")]
#[case::domain_of_amazon("name: films\ndomain: d111111abcdef8.cloudfront.net\ndns: cloudflare\n")]
#[case::dns_without_domain("name: films\ndns: external\n")]
#[case::hosted_zone_with_external_dns(
    "name: films\ndomain: films.example.org\ndns:\n  provider: external\n  hosted_zone_id: /hostedzone/Z0123456789\n"
)]
#[case::login_limit_above_the_other("name: films\nwaf:\n  rate_limit: 50\n")]
#[case::log_days("name: films\nlogs:\n  api_days: 10\n  job_days: 0\n")]
#[case::choices("name: films\nprice_class: 300\nremoval_policy: retian\n")]
#[case::tags("name: films\ntags:\n  aws:owner: me\n  stellarr:x: y\n  'a;b': fine\n  team: \"a\\tb\"\n")]
#[case::budgets(
    "name: films\nbudget:\n  monthly_usd: 5\npermissions_boundary: arn:aws:iam::111122223333:policy/bounds\n"
)]
#[case::budget_of_nothing("name: films\nbudget:\n  monthly_usd: 2000000\n  email: me\n")]
#[case::contacts("name: films\nalarm_email: me at example\npush:\n  contact: http://example.org\n")]
#[case::secrets(
    "name: films\ntmdb_api_key: 0123456789abcdef\nPRESHARED_PASSWORD: correct horse\npush: {feed_token: s3cr3t, contact: 5}\n"
)]
#[case::secret_on_a_broken_line("name: films\npassword: \"hunter2\nwaf: [\n")]
#[case::tab_indentation("name: films\nwaf:\n\tenabled: true\n")]
#[case::tab_on_the_next_line("name: films\nwaf:\n  enabled: true\n\trate_limit: 100\n")]
#[case::open_quote("name: films\nregoin: eu-west-1\napp_name: \"Our films\nwaf:\n  enabled: true\n")]
#[case::open_list("name: films\nlocales: [en, es\nwaf:\n  enabled: true\n")]
#[case::uneven_indentation("name: films\nwaf:\n    enabled: true\n  rate_limit: 100\n")]
#[case::no_space_after_the_colon("name:films\nregion: eu-west-1\n")]
#[case::two_documents("name: films\n---\nname: movies\n")]
#[case::tags_of_yaml("name: !secret films\nregion: !!str eu-west-1\n")]
#[case::merge_keys("name: films\nwarmer: &size\n  memory: 512\nfetcher:\n  <<: *size\n")]
#[case::alias_of_nothing("name: *films\napp_name: &a [*a]\n")]
#[case::alias_bomb(
    "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nname: films\n"
)]
#[case::windows_line_ends("\u{feff}name: films\r\nregin: eu-west-1\r\napi:\r\n  memory: lots\r\n")]
#[case::letters_before_the_fault("name: films\ntags: {Straße: über, Größe: 'ä;ö', '日本': '*'}\n")]
fn config_errors(#[case] text: &str) {
    let error = parse(text, "stellarr.yaml").expect_err("the file is faulty");
    let shown = format!("{}{error}\n", error.render(false));
    assert!(!shown.contains('\u{1b}'), "there is colour in it");
    let name = std::thread::current().name().unwrap_or_default().rsplit("case_").next().unwrap_or_default().to_owned();
    let name = name.split_once('_').map_or(name.clone(), |(_, rest)| rest.to_owned());
    insta::with_settings!({ description => text, omit_expression => true }, {
        insta::assert_snapshot!(name, shown);
    });
}

#[test]
fn config_errors_of_bytes_that_are_not_utf8() {
    let error = parse(b"name: films\napp_name: Am\xe9lie\n", "stellarr.yaml").expect_err("Latin-1");
    insta::assert_snapshot!(error.render(false));
    let error = parse(b"\xff\xfen\0a\0m\0e\0", "stellarr.yaml").expect_err("UTF-16");
    insta::assert_snapshot!(error.render(false));
}

#[test]
fn config_errors_of_ten_megabytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("stellarr.yaml");
    std::fs::write(&path, "name: films\n".repeat(900_000)).expect("ten megabytes");
    let error = load(&path).expect_err("it is too large");
    assert_eq!(error.problems()[0].message(), "the file is larger than 1 MB");
    assert!(error.problems()[0].remedy().is_some());
}

#[test]
fn config_errors_of_a_file_in_one_line() {
    let error = parse("{token: x, ".repeat(50_000), "stellarr.yaml").expect_err("it is no configuration");
    assert_eq!(error.problems()[0].message(), "the file has a line of more than 20000 bytes");
    assert!(error.render(false).len() < 1_000);
}

#[test]
fn config_errors_are_cut_off_when_there_are_too_many() {
    let text: String = (0..5_000).map(|number| format!("key{number}: 1\n")).collect();
    let error = parse(text, "stellarr.yaml").expect_err("no key is known");
    assert!(error.problems().len() <= 101, "{}", error.problems().len());
    assert_eq!(error.to_string(), "stellarr.yaml has more problems than can be listed: is it the right file?");
}

#[test]
fn config_errors_of_files_that_cannot_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = load(folder.path().join("stellarr.yaml")).expect_err("it is not there");
    assert!(matches!(missing, ConfigError::Missing { .. }));
    assert!(missing.render(false).contains("stellarr init"), "{}", missing.render(false));
    let unreadable = load(folder.path()).expect_err("it is a folder");
    assert!(matches!(unreadable, ConfigError::Unreadable { .. }));
    assert!(unreadable.render(false).contains("can't be read"), "{}", unreadable.render(false));
}

#[test]
fn config_errors_never_show_a_secret() {
    for text in [
        "name: films\npassword: hunter2hunter2\n",
        "name: films\nwaf: {enabled: maybe, api_token: 'hunter2hunter2'}\n",
        "name: films\nsecret_key: |\n  hunter2hunter2\nregin: x\n",
        "name: films\n\tTMDB_API_KEY = hunter2hunter2\n",
        "name: films\n\"FEED_TOKEN\": \"hunter2hunter2\n",
        "name: films\nplex_token: [hunter2hunter2,\n  hunter2hunter2]\nregin: x\n",
    ] {
        let shown = parse(text, "stellarr.yaml").expect_err("a secret has no place there").render(false);
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn config_check_of_a_region_from_the_command_line() {
    for region in ["us-east-1", "eu-south-2", "ap-southeast-9"] {
        check_region(region).expect("a region, if only a future one");
    }
    let errors = ["us-esat-1", "US-EAST-1", "cn-north-1", "us-gov-west-1", "", "mars-1"]
        .map(|region| check_region(region).expect_err(region).to_string());
    insta::assert_snapshot!(errors.join("\n"));
}
