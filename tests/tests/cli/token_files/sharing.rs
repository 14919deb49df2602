//! Many processes at one file whose token dies at each use.

use std::thread;

use super::{AccountFile, run};
use crate::{Case, Site, text};

pub(super) const CASES: &[Case] = &[
    ("many_processes_share_a_rotating_file", many_processes_share_a_rotating_file),
    ("a_crowd_at_a_slow_site_comes_to_its_end", a_crowd_at_a_slow_site_comes_to_its_end),
];

const PROCESSES: usize = 20;
const EXCHANGES: usize = 25;

fn many_processes_share_a_rotating_file(site: &Site) {
    let file = AccountFile::new(site);
    file.is_shared(PROCESSES, EXCHANGES, 20, || file.get());
    let exchanges: Vec<_> =
        site.simulator.journal().requests.into_iter().filter(|request| request.path.contains("/oauth/")).collect();
    assert_eq!(exchanges.len(), PROCESSES * EXCHANGES);
    assert!(exchanges.iter().all(|request| request.status == Some(200)), "a dead token was sent");
    file.next_run_succeeds("the last token");
}

/// In all it takes longer than the time limit of each, which is the default one.
fn a_crowd_at_a_slow_site_comes_to_its_end(site: &Site) {
    const CROWD: usize = 22;
    let file = AccountFile::new(site);
    let matching = vcdsim::Match { path: Some("/oauth/".to_owned()), ..vcdsim::Match::default() };
    let effect = vcdsim::Effect { delay_ms: 1_500, ..vcdsim::Effect::default() };
    site.simulator.add_fault(vcdsim::Fault { matching, effect, ..vcdsim::Fault::default() });
    thread::scope(|scope| {
        let one = || {
            let output = run(file.untimed(&file.path));
            assert!(output.status.success(), "{}", text(&output.stderr));
        };
        (0..CROWD).for_each(|_| drop(scope.spawn(one)));
    });
    site.simulator.clear_faults();
    file.next_run_succeeds("the last token");
}
