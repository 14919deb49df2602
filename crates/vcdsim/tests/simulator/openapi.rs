//! The lists of `/cloudapi`, and the sessions of a user.

use serde_json::Value;
use vcdsim::{Kind, Options, Simulator};

use crate::client::{Answer, JSON_39, acme_session, call, get, is_alive, request, session, target};

const VMS: &str = "/cloudapi/1.0.0/securityTags/entities";
const ORGS: &str = "/cloudapi/1.0.0/orgs";
const SESSIONS: &str = "/cloudapi/1.0.0/sessions";

fn start() -> Simulator {
    Simulator::start(Options::default()).expect("a simulator")
}

fn names(page: &Value) -> Vec<&str> {
    page["values"].as_array().expect("values").iter().map(|value| value["name"].as_str().expect("a name")).collect()
}

/// The address of a relation in the `Link` headers.
fn linked<'a>(answer: &'a Answer, relation: &str) -> Option<&'a str> {
    let mut links = answer.headers("Link").filter_map(|link| link.strip_prefix('<')?.split_once(">;rel=\""));
    let found =
        links.find(|(_, rest)| rest.split('"').next().unwrap_or_default().split(' ').any(|name| name == relation));
    found.map(|(address, _)| address)
}

#[test]
fn six_hundred_vms_are_read_page_by_page() {
    let simulator = Simulator::start(Options { inventory_vms: 600, ..Options::default() }).unwrap();
    let token = acme_session(&simulator);
    let mut seen = Vec::new();
    let mut next = Some(format!("{VMS}?pageSize=128&sortAsc=name"));
    let mut pages = 0;
    while let Some(page) = next {
        let answer = get(&simulator, &page, JSON_39, &token);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json;version=39.0")));
        pages += 1;
        let page = answer.json();
        assert_eq!((&page["resultTotal"], &page["pageCount"]), (&600.into(), &5.into()));
        assert_eq!((&page["page"], &page["pageSize"]), (&pages.into(), &128.into()));
        seen.extend(names(&page).into_iter().map(str::to_owned));
        let last = linked(&answer, "lastPage").map(|href| href.contains("page=5&"));
        assert_eq!(last, (pages < 5).then_some(true));
        next = linked(&answer, "nextPage").map(|href| target(href).to_owned());
    }
    assert_eq!((pages, seen.len()), (5, 600));
    assert!(seen.is_sorted_by(|left, right| left < right), "no VM twice");
}

#[test]
fn a_tagged_entity_names_its_vapp_and_data_center() {
    let simulator = start();
    let token = acme_session(&simulator);
    let page = get(&simulator, &format!("{VMS}?filter=parentRef.name==app-002;name==*-1"), JSON_39, &token).json();
    let [vm] = page["values"].as_array().unwrap().as_slice() else { panic!("{page}") };
    assert_eq!((&vm["entityType"], &vm["name"]), (&"vm".into(), &"app-002-vm-1".into()));
    assert!(vm["id"].as_str().unwrap().starts_with("urn:vcloud:vm:"));
    assert_eq!(vm["ownerRef"]["name"], "acme-vdc");
}

#[test]
fn organizations_are_those_that_the_caller_sees() {
    let simulator = start();
    let provider = session(&simulator, "System", Kind::Provider);
    let all = get(&simulator, &format!("{ORGS}?sortAsc=name"), JSON_39, &provider).json();
    assert_eq!(names(&all), ["Blue Sky", "System", "acme", "globex"]);
    let tenant = get(&simulator, ORGS, JSON_39, &acme_session(&simulator)).json();
    assert_eq!((names(&tenant), &tenant["pageCount"]), (vec!["acme"], &1.into()));
    assert_eq!((&tenant["values"][0]["vappCount"], &tenant["values"][0]["runningVMCount"]), (&3.into(), &9.into()));
    let too_early = get(&simulator, ORGS, "application/json;version=36.3", &provider);
    assert_eq!(too_early.code(), (404, "RESOURCE_NOT_FOUND".to_owned()));
}

#[test]
fn a_user_lists_and_ends_the_own_sessions() {
    let simulator = start();
    let (first, second) = (acme_session(&simulator), acme_session(&simulator));
    let other = session(&simulator, "globex", Kind::Tenant);
    let listed = get(&simulator, SESSIONS, JSON_39, &first).json();
    let ids: Vec<&str> =
        listed["values"].as_array().unwrap().iter().map(|value| value["id"].as_str().unwrap()).collect();
    let open: Vec<String> = simulator.sessions().into_iter().map(|session| session.id).collect();
    assert_eq!(ids, &open[..2], "not those of others");
    assert_eq!(get(&simulator, &format!("{SESSIONS}/{}", ids[1]), JSON_39, &first).json()["id"], ids[1]);
    let foreign = get(&simulator, &format!("{SESSIONS}/{}", open[2]), JSON_39, &first);
    assert_eq!(foreign.code(), (403, "ACCESS_TO_RESOURCE_IS_FORBIDDEN".to_owned()));
    let bearer = format!("Bearer {first}");
    let headers = [("Accept", JSON_39), ("Authorization", bearer.as_str())];
    let ended = call(&simulator, &request("DELETE", &format!("{SESSIONS}/{}", ids[1]), &headers, ""));
    assert_eq!(ended.status, 204);
    assert!(is_alive(&simulator, &first) && !is_alive(&simulator, &second) && is_alive(&simulator, &other));
}

#[test]
fn sessions_made_from_tokens_cannot_manage_tokens() {
    let simulator = start();
    let bearer = format!("Bearer {}", acme_session(&simulator));
    let headers = [("Accept", JSON_39), ("Authorization", bearer.as_str())];
    for (method, path) in
        [("GET", "tokens"), ("GET", "tokens/urn:vcloud:token:1"), ("DELETE", "tokens/urn:vcloud:token:1")]
    {
        let answer = call(&simulator, &request(method, &format!("/cloudapi/1.0.0/{path}"), &headers, ""));
        assert_eq!(answer.code(), (403, "ACCESS_TO_RESOURCE_IS_FORBIDDEN".to_owned()), "{method} {path}");
    }
}

#[test]
fn mistakes_are_told() {
    let simulator = start();
    let token = acme_session(&simulator);
    for (query, hint) in [
        ("pageSize=129", "128"),
        ("page=0", "page"),
        ("filter=name", "filter"),
        ("filter=colour==red", "colour"),
        ("sortDesc=colour", "colour"),
    ] {
        let answer = get(&simulator, &format!("{VMS}?{query}"), JSON_39, &token);
        assert_eq!(answer.code(), (400, "BAD_REQUEST".to_owned()), "{query}");
        assert!(answer.json()["message"].as_str().unwrap().contains(hint), "{answer:?}");
    }
    let post = call(&simulator, &request("POST", VMS, &[("Accept", JSON_39)], ""));
    assert_eq!((post.status, post.header("allow")), (405, Some("GET")));
    let deaf = get(&simulator, VMS, "application/json", &token);
    assert_eq!(deaf.code(), (406, "NOT_ACCEPTABLE".to_owned()));
}
