//! Cases in which a double of PowerCLI's cloud module (`tests/powercli`) is at hand.

use std::path::PathBuf;

use tests::powershell::PowerShell;
use tests::{loopback, staged};
use vcdsim::{Options, Release};

use crate::site::Site;

/// A case and what it works with. Each gets a simulator and a PowerShell process of its own.
#[derive(Clone, Copy)]
pub(crate) struct PowerCliCase {
    pub(crate) name: &'static str,
    pub(crate) flavour: Flavour,
    pub(crate) listen: Listen,
    pub(crate) body: fn(&Site),
}

/// A release of PowerCLI's cloud module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// That of PowerCLI 12.0 to 12.7, measured. It knows only the legacy id.
    V12_0,
    /// That of PowerCLI 13.1, assumed. It knows only bearers.
    V13_1,
}

impl Flavour {
    /// The entry for `PSModulePath` that holds the double.
    pub(crate) fn module_path(self) -> PathBuf {
        let folder = match self {
            Self::V12_0 => "12.0",
            Self::V13_1 => "13.1",
        };
        staged::repository().join("tests/powercli").join(folder)
    }

    /// A release of VCD that offers the API version that this one asks for.
    fn release(self) -> Release {
        match self {
            Self::V12_0 => Release::V10_3_3,
            Self::V13_1 => Release::V10_6,
        }
    }
}

/// Where a site listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listen {
    /// On any port of the usual address, for `Connect-CIServer -Server -Port -SessionId`.
    AnyPort,
    /// On port 443 of so many loopback addresses, for what a pipe gives. Few machines let everybody listen there.
    HttpsPort(usize),
}

impl PowerCliCase {
    /// Whether the case takes more of the machine than a PowerShell.
    pub(crate) fn needs_https_port(&self) -> bool {
        matches!(self.listen, Listen::HttpsPort(_))
    }

    /// Runs the case.
    pub(crate) fn run(self, shell: PowerShell) {
        let listen = match self.listen {
            Listen::AnyPort => Options::default().listen,
            Listen::HttpsPort(count) => (0..count).map(|_| loopback::next_https_address()).collect(),
        };
        let options = Options { release: self.flavour.release(), listen, ..Options::default() };
        (self.body)(&Site::with_options(shell, options).with_powercli(self.flavour));
    }
}
