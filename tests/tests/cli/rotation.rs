//! Service accounts, whose token is replaced at each use.

use std::fs;

use vcdsim::Kind;

use crate::{Case, Site, text};

pub(crate) const CASES: &[Case] = &[("a_replaced_token_is_kept", a_replaced_token_is_kept)];

fn a_replaced_token_is_kept(site: &Site) {
    let login = site.simulator.login("acme", Kind::ServiceAccount).expect("acme has a service account");
    let get = |token: &str| site.trusting_call(&["get", "--org", "acme"]).write_stdin(token).assert();
    let told = text(&get(&login.api_token).success().get_output().stderr);
    assert!(told.starts_with("warning: Cloud Director replaced the API token"), "{told}");

    let folder = site.home.path().join("vcd-bearer/recovery");
    assert!(told.contains(folder.to_str().expect("text")), "{told}");
    let files: Vec<_> =
        fs::read_dir(folder).expect("the folder was made").flatten().map(|entry| entry.path()).collect();
    let [file] = &files[..] else { panic!("{files:?}") };
    let saved: serde_json::Value = serde_json::from_slice(&fs::read(file).expect("readable")).expect("JSON");
    let new_token = saved["refresh_token"].as_str().expect("a token");
    assert!(!told.contains(new_token), "{told}");

    get(&login.api_token).code(4);
    get(new_token).success();
}
