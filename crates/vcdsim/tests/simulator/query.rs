//! `/api/query`: types, formats, filters, order and pages.

use vcdsim::{Kind, Options, Simulator};

use crate::client::{Answer, XML_37, acme_session, control, get, session, target};
use crate::xml::Node;

const JSON_37: &str = "application/*+json;version=37.2";

fn start() -> Simulator {
    Simulator::start(Options::default()).expect("a simulator")
}

fn ask(simulator: &Simulator, query: &str) -> Answer {
    get(simulator, &format!("/api/query{query}"), XML_37, &acme_session(simulator))
}

fn read(simulator: &Simulator, query: &str) -> Node {
    let answer = ask(simulator, query);
    assert_eq!(answer.status, 200, "{query}: {answer:?}");
    answer.xml()
}

fn names(result: &Node, element: &str) -> Vec<String> {
    result.all(element).map(|record| record.attribute("name").to_owned()).collect()
}

#[test]
fn formats_differ_in_how_they_refer() {
    let simulator = start();
    let records = read(&simulator, "?type=vApp");
    assert_eq!((records.name.as_str(), records.attribute("name")), ("QueryResultRecords", "vApp"));
    let record = records.first("VAppRecord");
    assert!(record.attribute("href").starts_with("https://vcd.test/api/vApp/vapp-") && !record.has("id"));
    assert!(record.attribute("vdc").starts_with("https://vcd.test/api/vdc/"));
    assert_eq!(record.attribute("numberOfVMs"), "5");
    let ids = read(&simulator, "?type=vApp&format=idrecords");
    let id = ids.first("VAppRecord");
    assert!(id.attribute("id").starts_with("urn:vcloud:vapp:") && !id.has("href"));
    let references = read(&simulator, "?type=vApp&format=references");
    assert_eq!(references.name, "VAppReferences");
    let reference = references.first("VAppReference");
    assert_eq!(reference.attribute("href"), record.attribute("href"));
    assert_eq!(reference.attribute("id"), id.attribute("id"));
    assert_eq!(reference.attribute("type"), "application/vnd.vmware.vcloud.vApp+xml");
    for (result, format) in [(&records, "records"), (&ids, "idrecords"), (&references, "references")] {
        let media_type = format!("application/vnd.vmware.vcloud.query.{format}+xml");
        assert_eq!(result.attribute("type"), media_type);
        assert_eq!(result.links("alternate").len(), 2, "{format}");
        let others = result.links("alternate");
        assert!(others.iter().all(|href| !href.ends_with(&format!("format={format}"))), "{others:?}");
        assert_eq!(result.attribute("total"), "3");
    }
    let content_type = ask(&simulator, "?type=vApp&format=idrecords");
    assert_eq!(
        content_type.header("content-type"),
        Some("application/vnd.vmware.vcloud.query.idrecords+xml;version=37.2")
    );
}

#[test]
fn every_type_can_be_asked_for() {
    let simulator = start();
    let provider = session(&simulator, "System", Kind::Provider);
    for (name, element, tenant, all) in [
        ("vApp", "VAppRecord", Some(3), 5),
        ("adminVApp", "AdminVAppRecord", None, 5),
        ("vm", "VMRecord", Some(12), 14),
        ("adminVM", "AdminVMRecord", None, 14),
        ("organization", "OrgRecord", Some(1), 4),
        ("orgVdc", "OrgVdcRecord", Some(1), 3),
        ("adminOrgVdc", "AdminVdcRecord", None, 3),
    ] {
        let answer = ask(&simulator, &format!("?type={name}"));
        let count = (answer.status == 200).then(|| answer.xml().all(element).count());
        assert_eq!(count, tenant, "{name}: {answer:?}");
        assert!(count.is_some() || answer.status == 403);
        let as_provider = get(&simulator, &format!("/api/query?type={name}"), XML_37, &provider).xml();
        assert_eq!(as_provider.all(element).count(), all, "{name}");
        assert_eq!(as_provider.first(element).has("org"), name.starts_with("admin"), "{name}");
    }
    let queries = read(&simulator, "");
    assert_eq!((queries.name.as_str(), queries.all("Link").count()), ("QueryList", 12));
    let short = get(&simulator, "/api/vms/query?pageSize=5", XML_37, &acme_session(&simulator)).xml();
    assert_eq!((short.attribute("name"), short.all("VMRecord").count()), ("vm", 5));
}

#[test]
fn names_that_must_be_escaped_come_through() {
    let simulator = start();
    let token = session(&simulator, "Blue Sky", Kind::Tenant);
    let vapps = get(&simulator, "/api/query?type=vApp", XML_37, &token).xml();
    let record = vapps.first("VAppRecord");
    assert_eq!((record.attribute("name"), record.attribute("vdcName")), ("R&D \"lab\"", "sky <blue>"));
    let vapp = get(&simulator, target(record.attribute("href")), XML_37, &token).xml();
    assert_eq!(vapp.attribute("name"), "R&D \"lab\"");
    let filtered = "/api/query?type=vApp&filter=name%3D%3DR%26D*";
    let filtered = get(&simulator, filtered, XML_37, &token).xml();
    assert_eq!(filtered.attribute("total"), "1");
    assert!(filtered.links("alternate")[0].contains("filter=name%3D%3DR%26D*"), "links repeat the filter");
}

#[test]
fn filters_choose_and_sorting_orders() {
    let simulator = start();
    for (query, expected) in [
        ("filter=name==app-002-*;status==POWERED_OFF", &["app-002-vm-3"][..]),
        ("filter=name==app-001-vm-1,name==app-003-vm-2", &["app-001-vm-1", "app-003-vm-2"]),
        ("filter=(status==POWERED_OFF;containerName!=app-001)&sortDesc=name", &["app-003-vm-2", "app-002-vm-3"]),
        ("filter=isVAppTemplate==true", &[]),
        (
            "sortDesc=memoryMB&filter=containerName==app-001",
            &["app-001-vm-3", "app-001-vm-2", "app-001-vm-1", "app-001-vm-5", "app-001-vm-4"],
        ),
    ] {
        let result = read(&simulator, &format!("?type=vm&{query}"));
        assert_eq!(names(&result, "VMRecord"), expected, "{query}");
        assert_eq!(result.attribute("total"), expected.len().to_string());
        assert!(result.all("Link").count() > 0, "{query}");
    }
    let vapp = read(&simulator, "?type=vApp&pageSize=1");
    let href = vapp.first("VAppRecord").attribute("href").to_owned();
    let contained = read(&simulator, &format!("?type=vm&filter=container=={href}"));
    assert_eq!(contained.attribute("total"), "5");
}

#[test]
fn six_hundred_vms_are_read_page_by_page() {
    let simulator = Simulator::start(Options { inventory_vms: 600, ..Options::default() }).unwrap();
    let token = acme_session(&simulator);
    let (mut seen, mut sizes) = (Vec::new(), Vec::new());
    let mut next = Some("/api/query?type=vm&format=records&sortAsc=name&pageSize=128".to_owned());
    while let Some(page) = next {
        let page = get(&simulator, &page, XML_37, &token).xml();
        assert_eq!((page.attribute("total"), page.attribute("page")), ("600", (sizes.len() + 1).to_string().as_str()));
        let vms = names(&page, "VMRecord");
        sizes.push(vms.len());
        seen.extend(vms);
        let last = if sizes.len() < 5 { &["5"][..] } else { &[] };
        assert!(page.links("lastPage").iter().zip(last).all(|(href, last)| href.contains(&format!("page={last}&"))));
        assert_eq!(page.links("lastPage").len(), last.len());
        assert_eq!(page.links("previousPage").is_empty(), sizes.len() == 1);
        next = page.links("nextPage").first().map(|href| target(href).to_owned());
    }
    assert_eq!(sizes, [128, 128, 128, 128, 88]);
    assert!(seen.is_sorted_by(|left, right| left < right), "no VM twice");
}

#[test]
fn a_token_revoked_midway_ends_the_listing() {
    let simulator = Simulator::start(Options { inventory_vms: 600, ..Options::default() }).unwrap();
    let token = acme_session(&simulator);
    let first = get(&simulator, "/api/query?type=vm", XML_37, &token).xml();
    let name = &simulator.login("acme", Kind::Tenant).unwrap().name;
    assert_eq!(control(simulator.control_url(), "DELETE", &format!("/sim/tokens/{name}"), "").status, 204);
    let second = get(&simulator, target(first.links("nextPage")[0]), XML_37, &token);
    assert_eq!((second.status, second.body.as_str()), (401, ""));
}

#[test]
fn json_tells_the_same() {
    let simulator = start();
    let token = acme_session(&simulator);
    let answer = get(&simulator, "/api/query?type=vm&pageSize=5&page=2", JSON_37, &token);
    let media_type = "application/vnd.vmware.vcloud.query.records+json;version=37.2";
    assert_eq!((answer.status, answer.header("content-type")), (200, Some(media_type)));
    let page = answer.json();
    assert_eq!((&page["total"], &page["page"], &page["pageSize"]), (&12.into(), &2.into(), &5.into()));
    let records = page["record"].as_array().expect("a list");
    assert_eq!((records.len(), &records[0]["_type"]), (5, &"QueryResultVMRecordType".into()));
    assert_eq!((&records[0]["name"], &records[0]["isBusy"]), (&"app-002-vm-1".into(), &false.into()));
    let relations: Vec<&str> =
        page["link"].as_array().unwrap().iter().map(|link| link["rel"].as_str().unwrap()).collect();
    assert_eq!(relations, ["firstPage", "previousPage", "nextPage", "lastPage", "alternate", "alternate"]);
    let empty = get(&simulator, "/api/query?type=vm&filter=name==none", JSON_37, &token).json();
    assert_eq!(empty["record"], serde_json::json!([]));
    let refused = get(&simulator, "/api/query?type=nothing", JSON_37, &token);
    assert_eq!(refused.header("content-type"), Some("application/vnd.vmware.vcloud.error+json"));
    let error = refused.json();
    assert_eq!((&error["majorErrorCode"], &error["minorErrorCode"]), (&400.into(), &"BAD_REQUEST".into()));
}

#[test]
fn mistakes_are_told() {
    let simulator = start();
    for (query, hint) in [
        ("?type=nothing", "nothing"),
        ("?type=vm&format=csv", "csv"),
        ("?type=vm&page=0", "page"),
        ("?type=vm&filter=name", "filter"),
        ("?type=vm&filter=colour==red", "colour"),
        ("?type=vm&sortAsc=colour", "colour"),
    ] {
        let answer = ask(&simulator, query);
        let error = answer.xml();
        assert_eq!((answer.status, error.attribute("minorErrorCode")), (400, "BAD_REQUEST"), "{query}");
        assert!(error.attribute("message").contains(hint), "{query}: {answer:?}");
    }
}
