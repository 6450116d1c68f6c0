//! What ends sessions, and what does not.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use stellarr_core::auth::issue;
use stellarr_core::secrets::SecretSource as _;

use crate::http::login::verify;
use crate::http::support::{NOW, ORIGIN, PASSWORD, SIGNING_KEY, Site, login, token};

async fn sign_out_everywhere(site: &Site, token: &str) -> crate::http::support::Answer {
    site.call("POST", "/api/auth/sign-out-everywhere", Some(token), "").await
}

#[tokio::test]
async fn everybody_is_signed_out_but_whoever_asked() {
    let site = Site::new();
    let older = [token("Zoë"), token("John"), issue(SIGNING_KEY, "Ann", NOW - 86_400), issue(SIGNING_KEY, "", NOW)];
    let answer = sign_out_everywhere(&site, &older[0]).await;
    assert_eq!((answer.status.as_u16(), answer.json()["name"].as_str()), (200, Some("Zoë")), "{}", answer.text());
    for token in &older {
        assert_eq!(site.call("GET", "/api/requests", Some(token), "").await.status, 401, "also those of this second");
    }
    let renewed = answer.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(site.call("GET", "/api/requests", Some(&renewed), "").await.status, 200);
    // A sign-in during the same second gets a valid session.
    let session = verify(&site, "203.0.113.9", &login(PASSWORD, ORIGIN, NOW, "John")).await.json();
    assert_eq!(site.call("GET", "/api/requests", session["token"].as_str(), "").await.status, 200);

    let again = sign_out_everywhere(&site, &renewed).await;
    assert_eq!((again.status.as_u16(), again.headers["retry-after"].to_str().unwrap()), (429, "61"));
    site.clock.fetch_add(61, Ordering::Relaxed);
    assert_eq!(sign_out_everywhere(&site, &renewed).await.status, 200);
    assert_eq!(site.call("GET", "/api/requests", Some(&renewed), "").await.status, 401);
}

#[tokio::test]
async fn only_who_is_signed_in_signs_everybody_out() {
    let site = Site::new();
    let forged = issue("another key", "Eve", NOW);
    for token in [None, Some(forged.as_str()), Some("1.2.3")] {
        assert_eq!(site.call("POST", "/api/auth/sign-out-everywhere", token, "").await.status, 401);
    }
    assert_eq!(site.secrets.secrets().await.unwrap().not_before(), Ok(None));
    assert_eq!(site.get("/api/auth/sign-out-everywhere").await.status, 405);
}

#[tokio::test]
async fn another_password_ends_every_session_for_good() {
    let site = Site::new();
    let old = verify(&site, "203.0.113.9", &login(PASSWORD, ORIGIN, NOW, "Zoë")).await.json();
    let old = old["token"].as_str().unwrap().to_owned();
    let renewed = sign_out_everywhere(&site, &old).await.json();
    let renewed = renewed["token"].as_str().unwrap().to_owned();
    site.clock.fetch_add(600, Ordering::Relaxed);
    // As the deployer stores it: with the minute in which other processes still know the old one.
    let password = "battery staple correct horse";
    {
        let mut held = site.secrets.secrets.lock().unwrap();
        let changed = held.with(vec![("PRESHARED_PASSWORD", password.to_owned())]);
        *held = Arc::new(changed.with(changed.ending(NOW + 600 + 360, None).unwrap()));
    }
    // A process that did not know the new password yet opened this one.
    let meanwhile = issue(SIGNING_KEY, "Eve", NOW + 630);
    for token in [&old, &renewed, &meanwhile] {
        assert_eq!(site.call("GET", "/api/requests", Some(token), "").await.status, 401);
        assert_eq!(sign_out_everywhere(&site, token).await.status, 401, "nor does it renew itself");
    }
    let body = login(password, ORIGIN, NOW + 600, "Zoë");
    let session = verify(&site, "203.0.113.9", &body).await.json();
    let token = session["token"].as_str();
    assert_eq!(site.call("GET", "/api/requests", token, "").await.status, 200, "{session}");
    site.clock.fetch_add(2 * 86_400, Ordering::Relaxed);
    assert_eq!(site.call("GET", "/api/requests", token, "").await.status, 200);
}

#[tokio::test]
async fn a_session_that_renews_itself_ends_thirty_days_after_it_began() {
    let site = Site::new();
    let mut token = token("Zoë");
    for _ in 0..3 {
        site.clock.fetch_add(9 * 86_400, Ordering::Relaxed);
        let answer = sign_out_everywhere(&site, &token).await;
        assert_eq!(answer.status, 200);
        let renewed = answer.json()["token"].as_str().unwrap().to_owned();
        assert_eq!(renewed.split('.').count(), 3, "a token of the same form");
        assert_eq!(site.call("GET", "/api/requests", Some(&token), "").await.status, 401);
        token = renewed;
    }
    site.clock.store(NOW + 30 * 86_400, Ordering::Relaxed);
    assert_eq!(site.call("GET", "/api/requests", Some(&token), "").await.status, 200);
    site.clock.store(NOW + 30 * 86_400 + 1, Ordering::Relaxed);
    assert_eq!(site.call("GET", "/api/requests", Some(&token), "").await.status, 401);
    assert_eq!(sign_out_everywhere(&site, &token).await.status, 401);
}

#[tokio::test]
async fn a_clock_that_was_ahead_locks_nobody_out() {
    let site = Site::new();
    let days = 2 * 86_400;
    site.clock.fetch_add(days, Ordering::Relaxed);
    let ahead = issue(SIGNING_KEY, "Zoë", NOW + days);
    assert_eq!(sign_out_everywhere(&site, &ahead).await.status, 200);
    for second in 0..5 {
        let wrong = login("wrong", ORIGIN, NOW + days - second, "Zoë");
        assert_eq!(verify(&site, "203.0.113.9", &wrong).await.status, 401);
    }
    assert_eq!(verify(&site, "203.0.113.9", &login(PASSWORD, ORIGIN, NOW + days, "Zoë")).await.status, 429);
    site.clock.fetch_sub(days, Ordering::Relaxed);
    let session = verify(&site, "203.0.113.9", &login(PASSWORD, ORIGIN, NOW, "Zoë")).await;
    assert_eq!(session.status, 200, "{}", session.text());
    let session = session.json();
    let token = session["token"].as_str().unwrap();
    assert_eq!(site.call("GET", "/api/requests", Some(token), "").await.status, 200);
    // Nor does anybody wait two days to sign out everywhere, and the sessions that are dated ahead end.
    let renewed = sign_out_everywhere(&site, token).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text());
    assert_eq!(site.call("GET", "/api/requests", Some(token), "").await.status, 401);
    let renewed = renewed.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(site.call("GET", "/api/requests", Some(&renewed), "").await.status, 200);
}

#[tokio::test]
async fn an_unreadable_moment_ends_all_sessions_instead_of_none() {
    let site = Site::new();
    let changed = site.secrets.secrets.lock().unwrap().with(vec![("NOT_BEFORE", "soon".to_owned())]);
    *site.secrets.secrets.lock().unwrap() = Arc::new(changed);
    assert_eq!(site.as_zoe("GET", "/api/requests", "").await.status, 503);
    assert_eq!(verify(&site, "203.0.113.9", &login(PASSWORD, ORIGIN, NOW, "Zoë")).await.status, 503);
}
