//! Which certificates are accepted, against the simulator's real TLS.

mod common;

use std::time::Duration;

use common::{Stage, client, run};
use vcd_auth::{ExchangeRequest, Failure, FailureKind, Organization, Progress, Reuse, Site, Trust};
use vcdsim::Kind;

fn exchange(stage: &Stage, trust: Trust, site: &str) -> Result<(), Failure> {
    let client = client(trust, Duration::from_secs(30), stage.recovery.path());
    let organization = Organization::parse("acme").expect("valid");
    let site = Site::parse(site).expect("valid");
    let token = stage.token("acme", Kind::Tenant);
    let request = ExchangeRequest::new(site, organization, token).reuse(Reuse::Never);
    let exchanged = run(client.exchange(&request, &Progress::default()));
    exchanged.session.map(|session| drop(session.accept()))
}

#[test]
fn a_named_authority_a_pin_and_skipping_let_the_simulator_in() {
    let stage = Stage::new();
    let pin = Trust::from_fingerprint(stage.simulator.leaf_sha256()).expect("valid");
    for trust in [Trust::from_ca_file(stage.simulator.ca_file()).expect("valid"), pin, Trust::Unchecked] {
        exchange(&stage, trust.clone(), stage.simulator.url()).unwrap_or_else(|failure| panic!("{trust:?}: {failure}"));
    }
}

#[test]
fn a_refusal_names_its_reason_and_shows_the_fingerprint() {
    let stage = Stage::new();
    let pin = stage.simulator.leaf_sha256().to_owned();
    let other_name = format!("localhost.localdomain:{}", stage.simulator.port());
    for (trust, site, kind) in [
        (Trust::OperatingSystem, stage.simulator.url(), FailureKind::CertificateUntrusted),
        (Trust::Pinned([7; 32]), stage.simulator.url(), FailureKind::CertificatePinMismatch),
        (
            Trust::from_ca_file(stage.simulator.ca_file()).expect("valid"),
            &other_name,
            FailureKind::CertificateNameMismatch,
        ),
    ] {
        let failure = exchange(&stage, trust, site).expect_err("refused");
        // A machine may not know this second name of its own; then there is nothing to refuse.
        if failure.kind() == FailureKind::NameNotResolved && site == other_name {
            continue;
        }
        assert_eq!(failure.kind(), kind, "{failure}");
        assert_eq!(failure.presented_sha256(), Some(pin.as_str()));
        assert!(failure.message().contains(&pin), "{failure}");
        assert!(!failure.outcome_unknown());
    }
    assert_eq!(stage.exchanges(), 0, "no token went to a server that was not trusted");
}

#[test]
fn a_pin_does_not_care_about_the_name() {
    let stage = Stage::new();
    let pin = Trust::from_fingerprint(stage.simulator.leaf_sha256()).expect("valid");
    let site = format!("127.0.0.1:{}", stage.simulator.port());
    exchange(&stage, pin, &site).expect("the pin stands in place of the name");
}
