//! Policies of known configurations.

use std::path::Path;

use super::*;
use crate::config;

fn golden() -> Vec<(String, Config)> {
    let folder = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../tests/golden");
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, config::load(path.join("stellarr.yaml")).unwrap())
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn place() -> Place {
    Place::of_account("111122223333")
}

fn allows(needs: &[Need], action: &str) -> bool {
    needs.iter().any(|need| need.action == action)
}

#[test]
fn every_type_of_every_golden_template_has_a_row() {
    for (name, config) in golden() {
        for (kind, text) in render(&config, RenderOptions::default()).unwrap().stacks {
            let parsed = templates::parse(&text).unwrap();
            for (id, resource) in parsed["Resources"].as_object().unwrap() {
                let of = resource["Type"].as_str().unwrap();
                assert!(table::row_of(of).is_some(), "{name}: {} {id} is a {of}: add a row", kind.as_str());
            }
        }
    }
}

#[test]
fn no_row_is_left_over() {
    let texts: String = golden()
        .iter()
        .flat_map(|(_, config)| render(config, RenderOptions::default()).unwrap().stacks)
        .map(|(_, text)| text)
        .collect();
    for row in table::ROWS {
        assert!(texts.contains(&format!("Type: {}\n", row.kind)), "no golden template has a {}", row.kind);
    }
}

/// Every call that the adapters name is in the list of our own calls: `reads("s3:GetObject", …)`.
#[test]
fn every_call_of_ours_has_its_right() {
    let folder = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("aws/src");
    // We change records only where the stack makes its own, under the same condition.
    let records = table::row_of("AWS::Route53::RecordSet").unwrap().also.iter().flat_map(|also| also.actions);
    let listed: BTreeSet<&str> = own::CALLS.iter().flat_map(|own| own.actions).chain(records).copied().collect();
    let mut seen = 0;
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        let text = std::fs::read_to_string(&path).unwrap();
        for mark in ["reads(\"", "writes(\"", "reads(\n", "writes(\n"] {
            for call in text.split(mark).skip(1) {
                let action = call.trim_start().trim_start_matches('"').split('"').next().unwrap_or_default();
                if action.contains(':') && !action.contains(' ') {
                    seen += 1;
                    assert!(listed.contains(action), "{}: {action} is not in policy/own.rs", path.display());
                }
            }
        }
    }
    assert!(seen > 25, "{seen} calls were found");
}

#[test]
fn what_a_configuration_lacks_needs_no_rights() {
    let plain = actions(&Config::named("home"), &place()).unwrap();
    assert!(allows(&plain, "lambda:CreateFunction") && allows(&plain, "s3:PutObject"));
    for absent in ["wafv2:CreateWebACL", "acm:RequestCertificate", "sns:CreateTopic", "lambda:CreateAlias"] {
        assert!(!allows(&plain, absent), "{absent}");
    }
    let (_, full) = golden().into_iter().find(|(name, _)| name == "full").unwrap();
    let full = actions(&full, &place()).unwrap();
    for present in ["wafv2:CreateWebACL", "acm:RequestCertificate", "sns:CreateTopic", "lambda:CreateAlias"] {
        assert!(allows(&full, present), "{present}");
    }
}

#[test]
fn identities_are_limited_to_the_functions_roles_and_lambda() {
    let config = Config::named("home");
    for statement in statements(&config, &place()).unwrap() {
        let looks = ["iam:GetRole", "iam:SimulatePrincipalPolicy"];
        let changes = |action: &String| action.starts_with("iam:") && !looks.contains(&action.as_str());
        if statement.actions.iter().any(changes) {
            for resource in &statement.resources {
                assert!(resource.contains(":role/home-prod*-") && resource.ends_with("Role-*"), "{resource}");
            }
        }
        if statement.actions.contains(&"iam:PassRole".to_owned()) {
            let passed = &statement.condition.unwrap()["StringEquals"]["iam:PassedToService"];
            assert_eq!(passed, "lambda.amazonaws.com");
        }
        assert!(!statement.actions.iter().any(|action| action.contains('*')));
    }
}

#[test]
fn a_boundary_is_demanded_of_every_role_that_is_made() {
    let mut config = Config::named("home");
    config.permissions_boundary = Some("bounds".to_owned());
    let all = statements(&config, &place()).unwrap();
    let makes = all.iter().find(|one| one.actions.contains(&"iam:CreateRole".to_owned())).unwrap();
    let demanded = &makes.condition.as_ref().unwrap()["ArnEquals"]["iam:PermissionsBoundary"];
    assert_eq!(demanded, "arn:aws:iam::111122223333:policy/bounds");
    assert!(makes.actions.contains(&"iam:PutRolePolicy".to_owned()));
}

#[test]
fn a_boundary_that_is_demanded_cannot_be_taken_off() {
    let mut config = Config::named("home");
    let has =
        |config: &Config, place: &Place| allows(&actions(config, place).unwrap(), "iam:DeleteRolePermissionsBoundary");
    assert!(has(&config, &place()));
    assert!(!has(&config, &Place { boundary: Some("bounds".to_owned()), ..place() }));
    config.permissions_boundary = Some("bounds".to_owned());
    assert!(!has(&config, &place()));
}

#[test]
fn every_type_with_tags_is_allowed_to_have_them() {
    assert_eq!(tag_actions("AWS::IAM::Role").collect::<Vec<_>>(), ["iam:TagRole", "iam:UntagRole", "iam:ListRoleTags"]);
    assert_eq!(tag_actions("AWS::CloudFront::CachePolicy").count(), 0);
    let (_, full) = golden().into_iter().find(|(name, _)| name == "full").unwrap();
    let needs = actions(&full, &place()).unwrap();
    for row in table::ROWS.iter().filter(|row| row.kind != "AWS::Budgets::Budget") {
        for action in tag_actions(row.kind) {
            assert!(allows(&needs, action), "{action}");
        }
    }
}

#[test]
fn documents_fit_into_managed_policies() {
    let mut several = false;
    for (name, mut config) in golden() {
        config.name = "a-name-of-28-characters-long".to_owned();
        config.environment = "twelve-chars".to_owned();
        for place in [place(), Place::of_cloudformation()] {
            let all = statements(&config, &place).unwrap();
            let documents = documents(&config, &all);
            several |= documents.len() > 1;
            let held: usize = documents.iter().map(|(_, text)| text["Statement"].as_array().unwrap().len()).sum();
            assert_eq!(held, all.len(), "{name}");
            assert!(documents.len() <= 10, "{name}: a role takes ten policies");
            for (policy, text) in documents {
                assert!(text.to_string().len() <= MAX_POLICY_LENGTH, "{name}: {policy}");
            }
        }
    }
    assert!(several);
}

#[test]
fn only_the_domains_own_records_may_be_changed() {
    let mut config = Config::named("home");
    config.domain = Some("films.example.org".to_owned());
    config.dns.hosted_zone_id = Some("Z012".to_owned());
    let all = statements(&config, &place()).unwrap();
    let records = all.iter().find(|one| one.actions == ["route53:ChangeResourceRecordSets"]).unwrap();
    assert_eq!(records.resources, ["arn:aws:route53:::hostedzone/Z012"]);
    assert!(records.condition.as_ref().unwrap().to_string().contains("_*.films.example.org"));
}

#[test]
fn the_template_has_role_boundary_and_trust() {
    let options = RoleOptions { boundary: true, github: Some("me/films".to_owned()), from: None };
    let text = template(&Config::named("home"), &options).unwrap();
    let role = &text["Resources"]["DeployRole"]["Properties"];
    assert_eq!(role["RoleName"], "home-prod-deploy");
    assert_eq!(role["PermissionsBoundary"]["Ref"], "DeployBoundary");
    assert_eq!(text["Parameters"]["GitHubSubject"]["Default"], "repo:me/films:ref:refs/heads/main");
    let names: Vec<&String> = text["Resources"].as_object().unwrap().keys().collect();
    assert!(names.iter().any(|name| name.as_str() == "FunctionsBoundary"), "{names:?}");
}

#[test]
fn pull_requests_get_a_role_that_changes_nothing() {
    let options = RoleOptions { boundary: false, github: Some("me/films".to_owned()), from: None };
    let text = template(&Config::named("home"), &options).unwrap();
    assert_eq!(text["Parameters"]["GitHubPullRequests"]["Default"], "repo:me/films:pull_request");
    let role = &text["Resources"]["DiffRole"]["Properties"];
    let trust = role["AssumeRolePolicyDocument"].to_string();
    assert!(trust.contains("GitHubPullRequests") && !trust.contains("GitHubSubject"), "{trust}");
    let policy = role["Policies"][0]["PolicyDocument"].to_string();
    for denied in ["Execute", "Put", "secretsmanager", "DeleteStack", "DeleteObject", "iam:"] {
        assert!(!policy.contains(denied), "{denied}: {policy}");
    }
}

#[test]
fn pull_requests_look_for_a_zone_only_where_there_is_one() {
    let zones = |config: &Config| looking::document(config, &place()).to_string();
    let mut config = Config::named("home");
    assert!(!zones(&config).contains("route53"));
    config.domain = Some("tv.example.org".to_owned());
    let found = zones(&config);
    assert!(found.contains("route53:ListHostedZonesByName") && found.contains(":::hostedzone/*"), "{found}");
    config.dns.hosted_zone_id = Some("Z012".to_owned());
    assert!(zones(&config).contains("\"arn:aws:route53:::hostedzone/Z012\""));
    config.dns.provider = crate::config::DnsProvider::External;
    assert!(!zones(&config).contains("route53"));
}

#[test]
fn a_move_needs_the_rights_of_both_configurations() {
    let to = Config::named("home");
    let mut from = to.clone();
    from.domain = Some("films.example.org".to_owned());
    from.dns.hosted_zone_id = Some("Z012".to_owned());
    from.waf.enabled = true;
    let all = statements_of_move(Some(&from), &to, &place()).unwrap();
    let has = |action: &str| all.iter().find(|one| one.actions.iter().any(|each| each == action));
    for action in ["wafv2:DeleteWebACL", "acm:DeleteCertificate", "lambda:CreateFunction"] {
        assert!(has(action).is_some(), "{action}");
    }
    let records = has("route53:ChangeResourceRecordSets").unwrap();
    assert!(records.condition.as_ref().unwrap().to_string().contains("films.example.org"));
    let mut sids: Vec<_> = all.iter().map(|one| &one.sid).collect();
    sids.sort();
    sids.dedup();
    assert_eq!(sids.len(), all.len());
    assert_eq!(statements_of_move(None, &to, &place()).unwrap(), statements(&to, &place()).unwrap());
    assert_eq!(statements_of_move(Some(&to), &to, &place()).unwrap(), statements(&to, &place()).unwrap());
    assert!(documents(&to, &all).len() <= 10);
}

#[test]
fn what_an_older_system_made_may_be_read_adopted_and_used() {
    let config = Config::named("home");
    let all = statements(&config, &place()).unwrap();
    let on = |action: &str| -> Vec<&str> {
        let has = all.iter().filter(|one| one.actions.iter().any(|each| each == action));
        has.flat_map(|one| &one.resources).map(String::as_str).collect()
    };
    assert!(on("s3:PutBucketPolicy").contains(&"arn:aws:s3:::home-prod-frontend-*"));
    assert!(on("s3:PutObject").contains(&"arn:aws:s3:::home-prod-trending-*/*"));
    assert!(!on("s3:CreateBucket").iter().any(|one| one.contains("{")));
    // Its secret is called <name>-<environment>-app-config-<letters>.
    let secret = on("secretsmanager:GetSecretValue");
    assert!(secret.iter().any(|one| one.ends_with(":secret:home-prod-app*")), "{secret:?}");
    let bounds = functions_boundary(&config, &place()).unwrap().to_string();
    assert!(bounds.contains("arn:aws:s3:::home-prod-trending-*/trending-*"), "{bounds}");
}

#[test]
fn the_deploying_role_may_ask_what_it_may() {
    let bounds = boundary::deployer_boundary(&Config::named("home"), &place());
    let looks = bounds["Statement"].as_array().unwrap().iter().find(|one| one["Sid"] == "Looks").unwrap();
    assert_eq!(looks["Effect"], "Allow");
    for action in ["iam:GetRole", "iam:SimulatePrincipalPolicy"] {
        assert!(looks["Action"].as_array().unwrap().iter().any(|one| one == action));
    }
}
