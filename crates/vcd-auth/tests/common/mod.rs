//! A simulator and a client that trusts it.
#![allow(dead_code, unreachable_pub, reason = "each test program uses a part of this")]

pub mod with_file;

use std::time::{Duration, Instant};

use vcd_auth::{
    ApiToken, Client, ClientOptions, ExchangeRequest, Exchanged, Failure, FailureKind, Organization, Progress,
    ProxyChoice, Reuse, Secret, Session, SessionRequest, Site, Trust, runtime,
};
use vcdsim::{Effect, Fault, Kind, Match, Options, Simulator};

pub struct Stage {
    pub simulator: Simulator,
    pub client: Client,
    pub recovery: tempfile::TempDir,
}

impl Stage {
    pub fn new() -> Self {
        Self::with(Options::default(), Duration::from_secs(30))
    }

    pub fn with(options: Options, timeout: Duration) -> Self {
        let simulator = Simulator::start(options).expect("simulator");
        let recovery = tempfile::tempdir().expect("temporary folder");
        // A pin, because Wine, which runs these tests as well, has no certificate store to add an authority to.
        let client = client(Trust::from_fingerprint(simulator.leaf_sha256()).expect("a pin"), timeout, recovery.path());
        Stage { simulator, client, recovery }
    }

    pub fn site(&self) -> Site {
        Site::parse(self.simulator.url()).expect("valid")
    }

    pub fn token(&self, org: &str, kind: Kind) -> ApiToken {
        token(&self.simulator.login(org, kind).expect("login").api_token)
    }

    /// The wish for a session that nobody else gets.
    pub fn request(&self, org: &str, token: &ApiToken) -> ExchangeRequest {
        let organization = Organization::parse(org).expect("valid");
        ExchangeRequest::new(self.site(), organization, token.clone()).reuse(Reuse::Never)
    }

    /// Exchanges and waits for what comes of it.
    pub fn exchange(&self, org: &str, token: &ApiToken) -> Exchanged {
        run(self.client.exchange(&self.request(org, token), &Progress::default()))
    }

    /// Exchanges with success and takes the session.
    pub fn session(&self, org: &str, kind: Kind) -> Session {
        self.exchange(org, &self.token(org, kind)).session.expect("session").accept()
    }

    /// Exchanges the tenant's token and returns why that failed.
    pub fn refused(&self) -> Failure {
        self.exchange("acme", &self.token("acme", Kind::Tenant)).session.expect_err("a failure")
    }

    pub fn check(&self, session: &Session) -> Result<(), FailureKind> {
        let checked = run(self.client.check(&about(session), &Progress::default()));
        checked.map(drop).map_err(|failure| failure.kind())
    }

    pub fn end(&self, session: &Session) -> Result<(), FailureKind> {
        let ended = run(self.client.end(&about(session), &Progress::default()));
        ended.map(drop).map_err(|failure| failure.kind())
    }

    pub fn fault(&self, path: &str, effect: Effect) {
        let matching = Match { path: Some(path.to_owned()), method: None };
        self.simulator.add_fault(Fault { matching, effect, ..Fault::default() });
    }

    /// How many token exchanges arrived.
    pub fn exchanges(&self) -> usize {
        self.simulator.journal().requests.iter().filter(|request| request.path.starts_with("/oauth/")).count()
    }

    /// The files in the recovery folder.
    pub fn recovered(&self) -> Vec<serde_json::Value> {
        let entries = std::fs::read_dir(self.recovery.path()).expect("readable").flatten();
        entries
            .map(|file| serde_json::from_slice(&std::fs::read(file.path()).expect("readable")).expect("JSON"))
            .collect()
    }
}

pub fn about(session: &Session) -> SessionRequest {
    SessionRequest::new(session.site.clone(), session.bearer.clone())
}

pub fn client(trust: Trust, timeout: Duration, recovery: &std::path::Path) -> Client {
    let recovery_folder = Some(recovery.to_owned());
    let proxy = ProxyChoice::Direct;
    Client::new(ClientOptions { trust, proxy, timeout, recovery_folder, ..ClientOptions::default() }).expect("client")
}

pub fn token(text: &str) -> ApiToken {
    ApiToken::parse(&Secret::new(text)).expect("valid token")
}

pub fn run<F: Future>(work: F) -> F::Output {
    runtime::block_on(work).expect("runtime")
}

/// Waits until something that happens in the background has happened.
pub fn eventually(what: &str, mut happened: impl FnMut() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < Duration::from_secs(20), "never happened: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
