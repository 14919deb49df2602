//! Service accounts, whose token is replaced at each use.

use std::fs;

use tests::home;
use tests::paths::Paths;
use vcdsim::Kind;

use crate::{Case, Site, text};

pub(crate) const CASES: &[Case] = &[("a_replaced_token_is_kept", a_replaced_token_is_kept)];

fn a_replaced_token_is_kept(site: &Site) {
    let login = site.simulator.login("acme", Kind::ServiceAccount).expect("acme has a service account");
    let get = |token: &str| site.trusting_call(&["get", "--org", "acme"]).write_stdin(token).assert();
    let told = text(&get(&login.api_token).success().get_output().stderr);
    assert!(told.starts_with("warning: Cloud Director replaced the API token"), "{told}");

    let file = told.lines().find_map(|line| line.split_once("was written to ")).expect(&told).1;
    let file = site.program.read_path(file);
    // Wine has the users' folders in its prefix, whatever the environment says.
    let folder = match site.program.paths() {
        Paths::Own => home::recovery_folder(site.home.path()),
        Paths::Wine => file.ancestors().nth(3).expect("a folder").join("VcdBearer/recovery"),
    };
    assert_eq!(file.parent(), Some(&*folder), "{told}");
    let saved: serde_json::Value = serde_json::from_slice(&fs::read(&file).expect("readable")).expect("JSON");
    let new_token = saved["refresh_token"].as_str().expect("a token");
    assert!(!told.contains(new_token), "{told}");

    get(&login.api_token).code(4);
    get(new_token).success();
}
