//! The two token endpoints.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use vcdsim::{CreateTokenError, Kind, Options, Release, Simulator, UnknownOrg};

use crate::client::{acme_session, call, exchange, is_alive, log_in, request, token_path};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

fn start() -> Simulator {
    Simulator::start(Options::default()).expect("a simulator")
}

fn claims(access_token: &str) -> Value {
    let payload = access_token.split('.').nth(1).expect("a JWT has three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64url")).expect("JSON")
}

#[test]
fn every_login_works_on_its_own_endpoint() {
    let simulator = start();
    for login in simulator.logins() {
        let answer = exchange(&simulator, &token_path(&login.org), &login.api_token);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")), "{login:?}");
        let body = answer.json();
        assert_eq!((&body["token_type"], &body["expires_in"]), (&"Bearer".into(), &86_400.into()));
        assert_eq!(body["refresh_token"].is_string(), login.kind == Kind::ServiceAccount);
        assert_eq!(claims(body["access_token"].as_str().unwrap())["sub"], login.user.as_str());
    }
    let orgs: Vec<_> = simulator.logins().iter().map(|login| login.org.as_str()).collect();
    assert_eq!(orgs, ["acme", "acme", "globex", "Blue Sky", "System", "acme"]);
    let sessions: Vec<_> = simulator.sessions().into_iter().map(|session| session.token).collect();
    let names: Vec<_> = simulator.logins().iter().map(|login| login.name.clone()).collect();
    assert_eq!(sessions, names, "oldest first");
}

#[test]
fn each_answer_says_that_it_is_simulated() {
    let simulator = start();
    let answer = exchange(&simulator, "/oauth/tenant/acme/token", "wrong");
    assert!(answer.header("X-Simulator").unwrap().starts_with("vcdsim/"));
    assert_eq!(answer.header("X-VMWARE-VCLOUD-REQUEST-ID").unwrap().len(), 36);
    assert_eq!(answer.header("X-VMWARE-VCLOUD-CEIP-ID").unwrap().len(), 36);
    let headers = [FORM, ("X-VMWARE-VCLOUD-CLIENT-REQUEST-ID", "mine-1")];
    let answer = call(&simulator, &request("POST", "/oauth/tenant/acme/token", &headers, "a=b"));
    assert!(answer.header("X-VMWARE-VCLOUD-REQUEST-ID").unwrap().starts_with("mine-1-"));
}

#[test]
fn tokens_that_do_not_fit_are_all_the_same_failure() {
    let simulator = start();
    let tenant = &simulator.login("acme", Kind::Tenant).unwrap().api_token;
    let provider = &simulator.login("System", Kind::Provider).unwrap().api_token;
    let revoked = simulator.create_token("acme", Kind::Tenant).unwrap();
    assert!(simulator.revoke_token(&revoked.name));
    for (path, token) in [
        ("/oauth/provider/token", tenant),
        ("/oauth/tenant/globex/token", tenant),
        ("/oauth/tenant/ACME/token", tenant),
        ("/oauth/tenant/acme/token", provider),
        ("/oauth/tenant/System/token", provider),
        ("/oauth/tenant/acme/token", &revoked.api_token),
        ("/oauth/tenant/acme/token", &"0".repeat(32)),
    ] {
        let answer = exchange(&simulator, path, token);
        assert_eq!(answer.code(), (400, "invalid_grant".to_owned()), "{path}");
        assert!(answer.json()["stackTrace"].is_null());
    }
    assert!(simulator.sessions().is_empty());
}

#[test]
fn an_unknown_organization_is_answered_as_chosen() {
    for (unknown_org, expected) in [
        (UnknownOrg::InvalidGrant, (400, "invalid_grant")),
        (UnknownOrg::NotFound, (404, "RESOURCE_NOT_FOUND")),
        (UnknownOrg::Forbidden, (403, "ACCESS_TO_RESOURCE_IS_FORBIDDEN")),
    ] {
        let simulator = Simulator::start(Options { unknown_org, ..Options::default() }).unwrap();
        let token = &simulator.login("acme", Kind::Tenant).unwrap().api_token;
        let answer = exchange(&simulator, "/oauth/tenant/nowhere/token", token);
        assert_eq!(answer.code(), (expected.0, expected.1.to_owned()));
        assert_eq!(exchange(&simulator, "/oauth/tenant/acme/token", "wrong").code().1, "invalid_grant");
    }
}

#[test]
fn a_service_account_token_dies_at_the_answer() {
    let simulator = start();
    let mut login = simulator.login("acme", Kind::ServiceAccount).unwrap().clone();
    for _ in 0..3 {
        let used = login.api_token.clone();
        login.api_token = log_in(&simulator, &login)["refresh_token"].as_str().unwrap().to_owned();
        assert_eq!(login.api_token.len(), 32);
        let again = exchange(&simulator, "/oauth/tenant/acme/token", &used);
        assert_eq!(again.code(), (400, "invalid_grant".to_owned()));
    }
    assert_eq!(simulator.sessions().len(), 3, "rotation ends no session");
}

#[test]
fn revoking_ends_the_sessions_of_that_token() {
    let simulator = start();
    let kept = acme_session(&simulator);
    let other = simulator.create_token("acme", Kind::Tenant).unwrap();
    let ended = log_in(&simulator, &other)["access_token"].as_str().unwrap().to_owned();
    assert!(is_alive(&simulator, &ended));
    assert!(simulator.revoke_token(&other.name));
    assert!(!is_alive(&simulator, &ended) && is_alive(&simulator, &kept));
}

#[test]
fn malformed_exchanges_are_told_apart() {
    let simulator = start();
    let token = &simulator.login("acme", Kind::Tenant).unwrap().api_token;
    let both = format!("grant_type=refresh_token&refresh_token={token}");
    let twice = format!("{both}&refresh_token={token}");
    let no_grant = format!("refresh_token={token}");
    let device = format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&refresh_token={token}");
    let json = ("Content-Type", "application/json");
    for (headers, body, expected) in [
        (&[FORM][..], "", (400, "invalid_request")),
        (&[FORM], no_grant.as_str(), (400, "invalid_request")),
        (&[FORM], "grant_type=refresh_token", (400, "invalid_request")),
        (&[FORM], &twice, (400, "invalid_request")),
        (&[FORM], &device, (400, "unsupported_grant_type")),
        (&[json], "{}", (415, "UNSUPPORTED_MEDIA_TYPE")),
        (&[], &both, (415, "UNSUPPORTED_MEDIA_TYPE")),
    ] {
        let answer = call(&simulator, &request("POST", "/oauth/tenant/acme/token", headers, body));
        assert_eq!(answer.code(), (expected.0, expected.1.to_owned()), "{headers:?} {answer:?}");
    }
    let with_charset = [("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")];
    assert_eq!(call(&simulator, &request("POST", "/oauth/tenant/acme/token", &with_charset, &both)).status, 200);
    let get = call(&simulator, &request("GET", "/oauth/provider/token", &[], ""));
    assert_eq!((get.status, get.header("allow")), (405, Some("POST")));
    let authorized_twice = [FORM, ("Authorization", "Bearer a"), ("Authorization", "Bearer a")];
    let refused = call(&simulator, &request("POST", "/oauth/tenant/acme/token", &authorized_twice, &both));
    assert_eq!((refused.status, refused.header("content-type")), (400, Some("text/html; charset=utf-8")));
}

#[test]
fn the_expiry_follows_the_simulated_clock() {
    let simulator = start();
    let expiry = || claims(&acme_session(&simulator))["exp"].as_u64().unwrap();
    let before = expiry();
    simulator.advance_clock(Duration::from_secs(7200));
    let moved = expiry() - before;
    assert!((7200..7260).contains(&moved), "{moved}");
}

#[test]
fn service_accounts_came_with_10_4() {
    let simulator = Simulator::start(Options { release: Release::V10_3_3, ..Options::default() }).unwrap();
    assert!(simulator.login("acme", Kind::ServiceAccount).is_none());
    assert_eq!(simulator.create_token("acme", Kind::ServiceAccount), Err(CreateTokenError::NoServiceAccounts));
    acme_session(&simulator);
}
