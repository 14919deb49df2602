//! What the real PowerCLI 12.7 sends, in its order: connect, list vApps and VMs, look at one.

use vcdsim::{CredentialKind, Kind, Options, Release, Simulator};

use crate::client::{Answer, acme_session, call, get, request, session, target};
use crate::xml::Node;

/// PowerCLI 12.x asks for this version, whatever is offered, and writes it with a blank.
const ACCEPT: &str = "application/*+xml; version=31.0";
const ACME: &str = "11111111-2222-4333-8444-555555555555";

/// A client that knows only the legacy id.
struct PowerCli<'a> {
    simulator: &'a Simulator,
    session_id: String,
}

impl<'a> PowerCli<'a> {
    fn of(simulator: &'a Simulator, access_token: &str) -> Self {
        let session = get(simulator, "/api/session", ACCEPT, access_token);
        let session_id = session.header("x-vcloud-authorization").expect("a legacy id").to_owned();
        simulator.clear_journal();
        Self { simulator, session_id }
    }

    fn ask(&self, target: &str) -> Answer {
        let headers =
            [("User-Agent", "PowerCLI"), ("Accept", ACCEPT), ("x-vcloud-authorization", self.session_id.as_str())];
        call(self.simulator, &request("GET", target, &headers, ""))
    }

    fn read(&self, target: &str) -> Node {
        let answer = self.ask(target);
        assert_eq!(answer.status, 200, "{target}: {answer:?}");
        answer.xml()
    }
}

fn start() -> Simulator {
    Simulator::start(Options { release: Release::V10_3_3, ..Options::default() }).expect("a simulator")
}

#[test]
fn it_connects() {
    let simulator = start();
    let powercli = PowerCli::of(&simulator, &acme_session(&simulator));
    let versions = call(&simulator, &request("GET", "/api/versions", &[("User-Agent", "PowerCLI")], ""));
    assert!(versions.body.contains("<Version>31.0</Version>"));
    assert_eq!(powercli.read("/api/session").attribute("org"), "acme");
    assert_eq!(powercli.ask("/api/admin/").status, 404, "which it tolerates");
    let orgs = powercli.read("/api/org/");
    let href = orgs.first("Org").attribute("href");
    assert_eq!(href, format!("https://vcd.test/api/org/{ACME}"));
    let org = powercli.read(target(href));
    assert_eq!((org.attribute("name"), org.attribute("id")), ("acme", format!("urn:vcloud:org:{ACME}").as_str()));
    let vdc = powercli.read(target(org.links("down")[0]));
    assert_eq!((vdc.name.as_str(), vdc.attribute("name")), ("Vdc", "acme-vdc"));
    assert_eq!(vdc.first("ResourceEntities").all("ResourceEntity").count(), 3);
    let journal = simulator.journal();
    let credentials: Vec<_> = journal.requests.iter().map(|entry| entry.credential).collect();
    assert_eq!(credentials[0], None);
    assert!(credentials[1..].iter().all(|credential| *credential == Some(CredentialKind::Legacy)));
}

#[test]
fn it_lists_vapps_and_vms() {
    let simulator = start();
    let powercli = PowerCli::of(&simulator, &acme_session(&simulator));
    let resolved = powercli.read(&format!("/api/entity/urn:vcloud:org:{ACME}"));
    assert_eq!(resolved.links("alternate"), [format!("https://vcd.test/api/org/{ACME}")]);

    let vapps = powercli.read("/api/query?type=vApp&format=idrecords&sortAsc=name&pageSize=128");
    assert!(vapps.all("Link").count() > 0, "it crashes without");
    let records: Vec<&Node> = vapps.all("VAppRecord").collect();
    assert_eq!(
        records.iter().map(|record| record.attribute("name")).collect::<Vec<_>>(),
        ["app-001", "app-002", "app-003"]
    );
    let urn = records[1].attribute("id");
    assert!(urn.starts_with("urn:vcloud:vapp:") && !records[1].has("href"), "{urn}");
    assert!(records[1].attribute("vdc").starts_with("urn:vcloud:vdc:"), "ids throughout");

    let vapp = powercli.read(&format!("/api/entity/{urn}")).links("alternate")[0].to_owned();
    let vapp = powercli.read(target(&vapp));
    assert_eq!((vapp.name.as_str(), vapp.attribute("name"), vapp.attribute("status")), ("VApp", "app-002", "10"));
    assert_eq!(vapp.first("Owner").first("User").attribute("name"), "alice");
    assert_eq!(vapp.first("Children").all("Vm").count(), 5);
    let access = vapp.links("down")[0];
    assert!(access.ends_with("/controlAccess/"), "{access}");
    assert_eq!(powercli.read(target(access)).first("IsSharedToEveryone").text, "false");

    let vms = powercli.read("/api/query?type=vm&format=records&filter=isVAppTemplate==false&sortAsc=name&pageSize=128");
    assert_eq!((vms.attribute("total"), vms.all("VMRecord").count()), ("12", 12));
    let record = vms.all("VMRecord").nth(4).unwrap();
    assert_eq!((record.attribute("name"), record.attribute("containerName")), ("app-001-vm-5", "app-001"));
    let vm = powercli.read(target(record.attribute("href")));
    assert_eq!((vm.name.as_str(), vm.attribute("name"), vm.attribute("status")), ("Vm", "app-001-vm-5", "4"));
    assert_eq!(vm.links("up"), [record.attribute("container")]);
    let resolved = powercli.read(&format!("/api/entity/{}", vm.attribute("id")));
    assert_eq!(resolved.links("alternate"), [record.attribute("href")]);
}

#[test]
fn what_is_not_the_tenants_is_as_if_it_did_not_exist() {
    let simulator = start();
    let globex = PowerCli::of(&simulator, &session(&simulator, "globex", Kind::Tenant));
    let provider = PowerCli::of(&simulator, &session(&simulator, "System", Kind::Provider));
    let vapp = "aaaa0000-0000-4000-8000-000000000001";
    for target in [
        format!("/api/org/{ACME}"),
        format!("/api/entity/urn:vcloud:org:{ACME}"),
        format!("/api/entity/urn:vcloud:vapp:{vapp}"),
        format!("/api/vApp/vapp-{vapp}"),
        format!("/api/vApp/vapp-{vapp}/controlAccess/"),
        "/api/vApp/vm-bbbb0000-0000-4000-8000-000000000001".to_owned(),
        "/api/vdc/dddd0000-0000-4000-8000-000000000001".to_owned(),
    ] {
        let refused = globex.ask(&target);
        assert_eq!(refused.status, 403, "{target}");
        assert_eq!(refused.xml().attribute("minorErrorCode"), "ACCESS_TO_RESOURCE_IS_FORBIDDEN");
        assert_eq!(provider.ask(&target).status, 200, "{target}");
    }
    let nowhere = provider.ask(&format!("/api/vApp/{vapp}"));
    assert_eq!(nowhere.status, 403, "the prefix belongs to the id");
    assert_eq!(globex.read("/api/org/").all("Org").count(), 1);
    assert_eq!(provider.read("/api/org/").all("Org").count(), 4);
}
