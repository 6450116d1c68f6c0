//! Any valid configuration, for property tests.
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use schemars::{JsonSchema, schema_for};
use serde::de::DeserializeOwned;
use serde_json::Value;
use stellarr::config::{
    Budget, Catalogue, Config, Dns, DnsProvider, LANGUAGES, Locale, PriceClass, Push, RemovalPolicy, Schedule,
    Schedules, Waf,
};

/// Makes any valid configuration, with every key set or not.
///
/// Boxed, as its larger parts are: unboxed, the values on the way to it outgrow a test thread's stack.
pub(crate) fn config() -> BoxedStrategy<Config> {
    let identity = ("[a-z][a-z0-9]{0,10}(-[a-z0-9]{1,6}){0,2}", environment(), region(), app_name());
    let site = (domain_and_dns(), locales(), waf(), price_class(), tags());
    let sizes = (section(), section(), section());
    let functions = (schedules(), sizes, 0..=100_u32, section(), section());
    let rest = (removal_policy(), watch(), section(), option::of(contact()), catalogue(), boundary());
    (identity, site, functions, rest)
        .prop_map(|(identity, site, functions, rest)| {
            let (name, environment, region, app_name) = identity;
            let ((domain, dns), locales, waf, price_class, tags) = site;
            let (schedules, (api, warmer, fetcher), provisioned_concurrency, auth_limit, logs) = functions;
            let (removal_policy, (alarm_email, budget), feeds, contact, catalogue, permissions_boundary) = rest;
            Config {
                name,
                environment,
                region,
                app_name,
                domain,
                dns,
                locales,
                waf,
                schedules,
                api,
                warmer,
                fetcher,
                provisioned_concurrency,
                auth_limit,
                logs,
                price_class,
                tags,
                removal_policy,
                alarm_email,
                budget,
                permissions_boundary,
                feeds,
                push: Push { contact },
                catalogue,
            }
        })
        .boxed()
}

fn environment() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,5})?"
        .prop_filter("our own stacks' endings", |text| !text.ends_with("edge") && !text.ends_with("bootstrap"))
}

fn region() -> impl Strategy<Value = String> {
    select(vec!["us-east-1", "eu-central-1", "ap-southeast-3", "eu-south-2", "af-south-1"]).prop_map(str::to_owned)
}

fn app_name() -> impl Strategy<Value = String> {
    r"\PC{1,50}".prop_filter("no white space around it", |text| text.trim() == text)
}

fn domain() -> impl Strategy<Value = String> {
    "([a-z0-9]{1,10}(-[a-z0-9]{1,5})?\\.){1,3}[a-z]{2,8}"
}

fn domain_and_dns() -> BoxedStrategy<(Option<String>, Dns)> {
    let route53 =
        option::of("Z[A-Z0-9]{1,31}").prop_map(|hosted_zone_id| Dns { provider: DnsProvider::Route53, hosted_zone_id });
    let external = Just(Dns { provider: DnsProvider::External, hosted_zone_id: None });
    prop_oneof![Just((None, Dns::default())), (domain().prop_map(Some), prop_oneof![route53, external]),].boxed()
}

fn locale() -> impl Strategy<Value = Locale> {
    let languages: Vec<&str> = LANGUAGES.split_whitespace().collect();
    (select(languages), option::of("[A-Z]{2}")).prop_map(|(language, country)| {
        let code = country.map_or_else(|| language.to_owned(), |country| format!("{language}-{country}"));
        code.parse().expect("a known language, with a country or without")
    })
}

fn locales() -> BoxedStrategy<Vec<Locale>> {
    vec(locale(), 1..8)
        .prop_map(|mut locales| {
            let mut seen = std::collections::BTreeSet::new();
            locales.retain(|locale| seen.insert(locale.clone()));
            locales
        })
        .boxed()
}

fn waf() -> BoxedStrategy<Waf> {
    (any::<bool>(), 10..=2_000_000_000_u32, any::<Index>())
        .prop_map(|(enabled, rate_limit, share)| {
            let auth_rate_limit = 10 + u32::try_from(share.index((rate_limit - 9) as usize)).expect("below the limit");
            Waf { enabled, rate_limit, auth_rate_limit }
        })
        .boxed()
}

fn price_class() -> impl Strategy<Value = PriceClass> {
    select(vec![PriceClass::Class100, PriceClass::Class200, PriceClass::All])
}

fn tags() -> BoxedStrategy<std::collections::BTreeMap<String, String>> {
    let value = "([a-zA-Z0-9_.:/=+@-]([a-zA-Z0-9 _.:/=+@-]{0,20}[a-zA-Z0-9_.:/=+@-])?)?";
    btree_map("[A-Zb-rt-z0-9][a-zA-Z0-9_.:/=+@-]{0,20}", value, 0..5).boxed()
}

fn schedule() -> BoxedStrategy<Schedule> {
    let rate = (1..=366_u32, select(vec!["minute", "hour", "day"]))
        .prop_map(|(value, unit)| format!("rate({value} {unit}{})", if value == 1 { "" } else { "s" }));
    let day_of_month = prop_oneof!["\\*", "L", "[1-9]", "1[0-9]W", "[1-5]-2[0-8]", "1/[1-9]", "2,1[0-9],28"];
    let day_of_week = prop_oneof!["\\*", "L", "[1-7]", "[1-7]L", "[1-7]#[1-4]", "MON-FRI", "TUE,SAT"];
    let days = prop_oneof![
        day_of_month.prop_map(|day| (day, "?".to_owned())),
        day_of_week.prop_map(|day| ("?".to_owned(), day)),
    ];
    let minutes = prop_oneof!["\\*", "[0-9]", "[0-5]/1[0-9]", "1,2,5[0-9]"];
    let hours = prop_oneof!["\\*", "[0-9]", "2[0-3]-[0-9]", "\\*/[1-9]"];
    let month = prop_oneof!["\\*", "[1-9]", "JAN,OCT", "MAR-NOV"];
    let year = prop_oneof!["\\*", "20[3-9][0-9]", "2030-2040", "2027/[1-9]"];
    let cron = (minutes, hours, days, month, year).prop_map(|(minutes, hours, (of_month, of_week), month, year)| {
        format!("cron({minutes} {hours} {of_month} {month} {of_week} {year})")
    });
    prop_oneof![rate, cron].prop_map(|text| text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))).boxed()
}

fn schedules() -> BoxedStrategy<Schedules> {
    (schedule(), schedule(), schedule())
        .prop_map(|(trending, catalogue_daily, catalogue_weekly)| Schedules {
            trending,
            catalogue_daily,
            catalogue_weekly,
        })
        .boxed()
}

/// Makes a section whose keys are all switches, numbers and choices, as its schema describes them: so a new key of that kind
/// takes part without a word here.
fn section<T: JsonSchema + DeserializeOwned + std::fmt::Debug + 'static>() -> BoxedStrategy<T> {
    let schema = schema_for!(T).to_value();
    let properties = schema["properties"].as_object().expect("a section has keys");
    let keys: Vec<BoxedStrategy<(String, Value)>> = properties
        .iter()
        .map(|(key, node)| {
            let key = key.clone();
            value(node).prop_map(move |value| (key.clone(), value)).boxed()
        })
        .collect();
    keys.prop_map(|keys| {
        let section = Value::Object(keys.into_iter().collect());
        serde_json::from_value(section).expect("what a schema allows is read")
    })
    .boxed()
}

fn value(node: &Value) -> BoxedStrategy<Value> {
    if let Some(choices) = node["enum"].as_array() {
        return select(choices.clone()).boxed();
    }
    match (node["type"].as_str(), node["minimum"].as_u64(), node["maximum"].as_u64()) {
        (Some("boolean"), ..) => any::<bool>().prop_map(Value::from).boxed(),
        (Some("integer"), Some(least), Some(most)) => (least..=most).prop_map(Value::from).boxed(),
        _ => panic!("a key of another kind needs a strategy of its own: {node}"),
    }
}

fn removal_policy() -> impl Strategy<Value = RemovalPolicy> {
    select(vec![RemovalPolicy::Retain, RemovalPolicy::Delete])
}

fn email() -> BoxedStrategy<String> {
    ("[a-z0-9.+_-]{1,20}", domain()).prop_map(|(local, domain)| format!("{local}@{domain}")).boxed()
}

fn watch() -> BoxedStrategy<(Option<String>, Budget)> {
    let budget =
        (1..=1_000_000_u32, email()).prop_map(|(monthly_usd, email)| Budget { monthly_usd, email: Some(email) });
    (option::of(email()), prop_oneof![Just(Budget::default()), budget]).boxed()
}

fn boundary() -> impl Strategy<Value = Option<String>> {
    option::of("([a-z0-9]{1,5}/)?[A-Za-z0-9_+=,.@-]{1,20}")
}

fn contact() -> BoxedStrategy<String> {
    prop_oneof![
        email(),
        email().prop_map(|email| format!("mailto:{email}")),
        domain().prop_map(|domain| format!("https://{domain}/contact")),
    ]
    .boxed()
}

fn catalogue() -> BoxedStrategy<Catalogue> {
    (option::of("[A-Z]{2}"), option::of(locale())).prop_map(|(region, language)| Catalogue { region, language }).boxed()
}
