//! `GET` and `DELETE /api/session`, with either credential.

use std::time::Duration;

use vcdsim::{Kind, LegacyIds, Options, Simulator, Unauthenticated};

use crate::client::{Answer, XML_37, acme_session, call, get, is_alive, request, session};

const SESSION: &str = "/api/session";

fn start() -> Simulator {
    Simulator::start(Options::default()).expect("a simulator")
}

fn with_legacy_id(simulator: &Simulator, method: &str, accept: &str, id: &str) -> Answer {
    call(simulator, &request(method, SESSION, &[("Accept", accept), ("x-vcloud-authorization", id)], ""))
}

fn legacy_id(simulator: &Simulator, access_token: &str) -> String {
    let answer = get(simulator, SESSION, XML_37, access_token);
    answer.header("x-vcloud-authorization").expect("a legacy id").to_owned()
}

#[test]
fn a_bearer_gets_the_session_and_its_legacy_id() {
    let simulator = start();
    let token = acme_session(&simulator);
    let answer = get(&simulator, SESSION, XML_37, &token);
    let media_type = "application/vnd.vmware.vcloud.session+xml;version=37.2";
    assert_eq!((answer.status, answer.header("content-type")), (200, Some(media_type)));
    let id = answer.header("x-vcloud-authorization").unwrap();
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    assert_eq!(answer.header("X-VMWARE-VCLOUD-ACCESS-TOKEN"), Some(token.as_str()));
    let session = answer.xml();
    assert_eq!((session.name.as_str(), session.attribute("xmlns")), ("Session", "http://www.vmware.com/vcloud/v1.5"));
    assert_eq!((session.attribute("user"), session.attribute("org")), ("alice", "acme"));
    assert_eq!(session.attribute("roles"), "Organization Administrator");
    assert_eq!(session.links("down")[0], "https://vcd.test/api/org/");
    assert_eq!(session.links("entityResolver"), ["https://vcd.test/api/entity/"]);
    let location = session.first("AuthorizedLocations").first("Location");
    assert_eq!(location.first("LocationId").text, session.attribute("locationId"));
    assert_eq!(location.first("UIEndpoint").text, "https://vcd.test");
}

#[test]
fn the_session_is_told_in_json_too() {
    let simulator = start();
    let answer = get(&simulator, SESSION, "application/*+json;version=37.2", &acme_session(&simulator));
    let media_type = "application/vnd.vmware.vcloud.session+json;version=37.2";
    assert_eq!((answer.status, answer.header("content-type")), (200, Some(media_type)));
    let session = answer.json();
    assert_eq!((&session["user"], &session["org"]), (&"alice".into(), &"acme".into()));
    assert_eq!(session["link"][0]["type"], "application/vnd.vmware.vcloud.orgList+json");
    assert_eq!(session["authorizedLocations"]["location"][0]["uiEndpoint"], "https://vcd.test");
}

#[test]
fn both_credentials_are_of_one_session() {
    let simulator = start();
    let token = acme_session(&simulator);
    let id = legacy_id(&simulator, &token);
    assert_eq!(legacy_id(&simulator, &token), id, "it does not change");
    let answer = with_legacy_id(&simulator, "GET", XML_37, &id);
    assert_eq!((answer.status, answer.header("x-vcloud-authorization")), (200, Some(id.as_str())));
    assert_eq!(simulator.sessions().len(), 1);
    let logout = with_legacy_id(&simulator, "DELETE", XML_37, &id);
    assert_eq!((logout.status, logout.body.as_str()), (204, ""));
    assert!(!is_alive(&simulator, &token) && simulator.sessions().is_empty());
    let dead = with_legacy_id(&simulator, "GET", XML_37, &id);
    assert_eq!((dead.status, dead.header("content-length"), dead.body.as_str()), (401, Some("0"), ""));
}

#[test]
fn either_credential_keeps_the_session_alive() {
    let simulator = start();
    let token = acme_session(&simulator);
    let id = legacy_id(&simulator, &token);
    for _ in 0..3 {
        simulator.advance_clock(Duration::from_secs(20 * 60));
        assert_eq!(with_legacy_id(&simulator, "GET", XML_37, &id).status, 200);
    }
    assert!(is_alive(&simulator, &token));
    simulator.advance_clock(Duration::from_secs(31 * 60));
    assert_eq!(with_legacy_id(&simulator, "GET", XML_37, &id).status, 401);
}

#[test]
fn revoking_the_api_token_ends_the_legacy_id() {
    let simulator = start();
    let id = legacy_id(&simulator, &acme_session(&simulator));
    assert!(simulator.revoke_token(&simulator.login("acme", Kind::Tenant).unwrap().name));
    assert_eq!(with_legacy_id(&simulator, "GET", XML_37, &id).status, 401);
}

#[test]
fn legacy_ids_exist_where_they_are_set_to() {
    const XML_38: &str = "application/*+xml;version=38.0";
    for (legacy_ids, before_38, from_38) in
        [(LegacyIds::BeforeApi38, true, false), (LegacyIds::Always, true, true), (LegacyIds::Never, false, false)]
    {
        let simulator = Simulator::start(Options { legacy_ids, ..Options::default() }).unwrap();
        let token = acme_session(&simulator);
        for (accept, exists) in [(XML_37, before_38), (XML_38, from_38)] {
            let answer = get(&simulator, SESSION, accept, &token);
            assert_eq!(answer.header("x-vcloud-authorization").is_some(), exists, "{legacy_ids:?} {accept}");
        }
        let Some(id) = before_38.then(|| legacy_id(&simulator, &token)) else { continue };
        assert_eq!(with_legacy_id(&simulator, "GET", XML_38, &id).status == 200, from_38, "{legacy_ids:?}");
    }
}

#[test]
fn what_is_no_credential_is_answered_as_chosen() {
    for (unauthenticated, status, has_body) in [
        (Unauthenticated::Unauthorized, 401, true),
        (Unauthenticated::Forbidden, 403, true),
        (Unauthenticated::Empty, 401, false),
    ] {
        let simulator = Simulator::start(Options { unauthenticated, ..Options::default() }).unwrap();
        let bearer_as_id = format!("Bearer {}", acme_session(&simulator));
        for headers in [
            &[("Accept", XML_37)][..],
            &[("Accept", XML_37), ("Authorization", "a.b.c")],
            &[("Accept", XML_37), ("x-vcloud-authorization", &bearer_as_id)],
        ] {
            let answer = call(&simulator, &request("GET", SESSION, headers, ""));
            assert_eq!((answer.status, answer.body.is_empty()), (status, !has_body), "{headers:?}");
            if has_body {
                assert_eq!(answer.xml().attribute("minorErrorCode"), "NOT_AUTHENTICATED");
            }
        }
        let current = request("GET", "/cloudapi/1.0.0/sessions/current", &[("Accept", XML_37)], "");
        let current = call(&simulator, &current);
        assert_eq!((current.status, current.body.contains("NOT_AUTHENTICATED")), (status, has_body));
    }
}

#[test]
fn the_status_of_a_log_out_is_as_chosen() {
    let simulator = Simulator::start(Options { legacy_logout_status: 200, ..Options::default() }).unwrap();
    let id = legacy_id(&simulator, &acme_session(&simulator));
    assert_eq!(with_legacy_id(&simulator, "DELETE", XML_37, &id).status, 200);
    assert!(simulator.sessions().is_empty());
}

#[test]
fn a_version_that_is_not_offered_gets_the_list_in_xml() {
    let simulator = start();
    let token = acme_session(&simulator);
    for accept in ["application/*+xml", "application/*+xml;version=31.0", "application/*+json;version=99.0", "*/*"] {
        let answer = get(&simulator, SESSION, accept, &token);
        let media_type = "application/vnd.vmware.vcloud.error+xml";
        assert_eq!((answer.status, answer.header("content-type")), (406, Some(media_type)), "{accept}");
        let error = answer.xml();
        assert_eq!(error.attribute("minorErrorCode"), "NOT_ACCEPTABLE");
        assert_eq!(error.attribute("majorErrorCode"), "406");
        assert!(error.attribute("message").contains("39.0, 38.1,") && error.attribute("message").contains("36.0 [D]"));
    }
}

#[test]
fn only_the_provider_has_the_admin_view() {
    let simulator = start();
    let provider = session(&simulator, "System", Kind::Provider);
    let admin = get(&simulator, "/api/admin/", XML_37, &provider).xml();
    assert!(admin.first("Description").text.starts_with("10.6.0."), "the version of the product");
    assert_eq!(admin.first("OrganizationReferences").all("OrganizationReference").count(), 4);
    assert!(get(&simulator, SESSION, XML_37, &provider).body.contains("/api/admin/"));
    let tenant = acme_session(&simulator);
    assert_eq!(get(&simulator, "/api/admin", XML_37, &tenant).status, 404);
    assert!(!get(&simulator, SESSION, XML_37, &tenant).body.contains("/api/admin/"));
}
