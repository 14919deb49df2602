//! Starting, asking, changing and stopping a simulator.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::http;
use crate::server::{Server, Sockets};
use crate::site::SharedState;
use crate::{CreateTokenError, Fault, Journal, Kind, Login, Options, SessionInfo, TokenInfo};

/// A running simulator. It has a thread of its own, so that plain tests can use it; dropping it closes all connections
/// at once, however long their answers are delayed. All methods may be called from any thread.
pub struct Simulator {
    // Fields are dropped in this order: the server stops before its folder is removed.
    _server: Server,
    _state_dir: StateDir,
    state: SharedState,
    listeners: Vec<Listener>,
    control_url: String,
    ca_file: PathBuf,
    leaf_sha256: String,
    logins: Vec<Login>,
}

/// One address on which VCD is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// The address, with the port that was taken.
    pub address: SocketAddr,
    /// How clients reach it: `https://localhost:PORT` for the usual loopback addresses, else by its own address.
    pub url: String,
}

impl Listener {
    fn new(address: SocketAddr) -> Self {
        let ip = address.ip();
        let is_localhost = ip == IpAddr::V4(Ipv4Addr::LOCALHOST) || ip == IpAddr::V6(Ipv6Addr::LOCALHOST);
        let url = if is_localhost || ip.is_unspecified() {
            format!("https://localhost:{}", address.port())
        } else {
            format!("https://{address}")
        };
        Self { address, url }
    }
}

impl Simulator {
    /// Starts a simulator. When this returns, it accepts connections.
    ///
    /// # Errors
    /// [`StartError`], for instance when an address cannot be listened on or `ca.pem` cannot be written.
    pub fn start(options: Options) -> Result<Self, StartError> {
        let sockets = Sockets::bind(&options.listen)?;
        let addresses: Vec<IpAddr> = sockets.vcd.iter().map(|(_, address)| address.ip()).collect();
        let certificates = http::issue(&addresses).map_err(StartError::Certificates)?;
        let state_dir = StateDir::prepare(options.state_dir.as_deref())?;
        let ca_file = state_dir.write("ca.pem", &certificates.ca_pem)?;
        let state = SharedState::new(&options);
        let logins = state.lock().tokens.logins();
        let listeners = sockets.vcd.iter().map(|(_, address)| Listener::new(*address)).collect();
        let control_url = format!("http://{}", sockets.control.1);
        let server = Server::start(sockets, certificates.server, state.clone()).map_err(StartError::Thread)?;
        let leaf_sha256 = certificates.leaf_sha256;
        Ok(Self { _server: server, _state_dir: state_dir, state, listeners, control_url, ca_file, leaf_sha256, logins })
    }

    /// The URL of the first listener, such as `https://localhost:40123`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.listeners[0].url
    }

    /// The port of the first listener.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.listeners[0].address.port()
    }

    /// All listeners, in the order of [`Options::listen`].
    #[must_use]
    pub fn listeners(&self) -> &[Listener] {
        &self.listeners
    }

    /// The control server's URL, such as `http://127.0.0.1:40124`.
    #[must_use]
    pub fn control_url(&self) -> &str {
        &self.control_url
    }

    /// The absolute path of the certificate authority's certificate (PEM).
    #[must_use]
    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// The SHA-256 of the server certificate in DER form: 64 lower-case hex digits, for pinning.
    #[must_use]
    pub fn leaf_sha256(&self) -> &str {
        &self.leaf_sha256
    }

    /// The tokens that exist at the start.
    #[must_use]
    pub fn logins(&self) -> &[Login] {
        &self.logins
    }

    /// The first of [`Simulator::logins`] of that organization and kind.
    #[must_use]
    pub fn login(&self, org: &str, kind: Kind) -> Option<&Login> {
        self.logins.iter().find(|login| login.org == org && login.kind == kind)
    }

    /// What clients have sent.
    #[must_use]
    pub fn journal(&self) -> Journal {
        self.state.lock().journal.journal()
    }

    /// Forgets what clients have sent.
    pub fn clear_journal(&self) {
        self.state.lock().journal.clear();
    }

    /// Adds a fault behind those that there are.
    ///
    /// # Panics
    /// If the fault cannot be sent: a status that is none, a header that is none.
    pub fn add_fault(&self, fault: Fault) {
        if let Err(reason) = fault.check() {
            panic!("{reason}");
        }
        self.state.lock().faults.add(fault);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.state.lock().faults.clear();
    }

    /// Moves the simulator's clock forward: sessions idle and expire by it.
    ///
    /// # Panics
    /// If that makes more than a hundred years.
    pub fn advance_clock(&self, by: Duration) {
        let advanced = self.state.lock().clock.advance(by);
        assert!(advanced.is_ok(), "the clock moves a hundred years ahead at most");
    }

    /// The open sessions, oldest first. Asking is not a use of them.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionInfo> {
        let state = self.state.lock();
        state.sessions.list(state.clock.now())
    }

    /// The tokens that can be exchanged.
    #[must_use]
    pub fn tokens(&self) -> Vec<TokenInfo> {
        self.state.lock().tokens.infos()
    }

    /// Makes another token: of the organization's first user, or of a new service account.
    ///
    /// # Errors
    /// [`CreateTokenError`] when the organization cannot have such a token.
    pub fn create_token(&self, org: &str, kind: Kind) -> Result<Login, CreateTokenError> {
        let mut state = self.state.lock();
        let service_accounts = state.settings.release.has_service_accounts();
        state.tokens.create(org, kind, service_accounts)
    }

    /// Revokes the token of that name and ends the sessions made from it. False if there is none.
    pub fn revoke_token(&self, name: &str) -> bool {
        self.state.lock().revoke_token(name)
    }
}

/// Why a simulator could not be started.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// An address cannot be listened on: taken, not of this machine, or a port that needs a right.
    Listen(SocketAddr, io::Error),
    /// The state folder, or a file in it, cannot be written.
    StateDir(PathBuf, io::Error),
    /// The certificates could not be made.
    Certificates(Box<dyn std::error::Error + Send + Sync>),
    /// The operating system gave no thread.
    Thread(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(address, error) => write!(formatter, "cannot listen on {address}: {error}"),
            Self::StateDir(path, error) => write!(formatter, "cannot write {}: {error}", path.display()),
            Self::Certificates(error) => write!(formatter, "cannot make the certificates: {error}"),
            Self::Thread(error) => write!(formatter, "cannot start the server's thread: {error}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen(_, error) | Self::StateDir(_, error) | Self::Thread(error) => Some(error),
            Self::Certificates(error) => Some(error.as_ref()),
        }
    }
}

/// Where files for clients go. A temporary one is removed when this is dropped.
enum StateDir {
    Given(PathBuf),
    Temporary(TempDir),
}

impl StateDir {
    fn prepare(given: Option<&Path>) -> Result<Self, StartError> {
        let Some(path) = given else {
            let temporary = tempfile::Builder::new().prefix("vcdsim-").tempdir();
            return temporary.map(Self::Temporary).map_err(|error| StartError::StateDir(std::env::temp_dir(), error));
        };
        // Clients may run in another folder, so they are told an absolute path.
        let absolute = std::path::absolute(path).and_then(|path| std::fs::create_dir_all(&path).map(|()| path));
        absolute.map(Self::Given).map_err(|error| StartError::StateDir(path.to_owned(), error))
    }

    fn write(&self, name: &str, content: &str) -> Result<PathBuf, StartError> {
        let folder = match self {
            Self::Given(path) => path,
            Self::Temporary(temporary) => temporary.path(),
        };
        let path = folder.join(name);
        match std::fs::write(&path, content) {
            Ok(()) => Ok(path),
            Err(error) => Err(StartError::StateDir(path, error)),
        }
    }
}
