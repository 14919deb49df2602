//! The program `vcdsim`: starts a simulator, says in one JSON line where it is, and runs until it is told to stop.

#![forbid(unsafe_code)]

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;
use tokio::sync::oneshot;
use vcdsim::{LegacyIds, Login, Options, Release, Simulator, Unauthenticated, UnknownOrg};

/// A simulator of VMware Cloud Director, for clients that log in with an API token
#[derive(Parser)]
#[command(version, after_long_help = EXAMPLES)]
struct Arguments {
    /// Address to serve on, over TLS; give it again for more addresses. Port 0 takes a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: Vec<SocketAddr>,

    /// Product release to imitate
    ///
    /// The API versions of 10.3.3 are those of a real system. Of the others the highest one is known; how far down they reach
    /// is assumed.
    #[arg(long, value_name = "RELEASE", default_value_t = Release::V10_6, value_parser = release_parser())]
    release: Release,

    /// Time that each answer takes, such as 50ms
    #[arg(long, value_name = "DURATION", default_value = "0ms", value_parser = parse_duration)]
    latency: Duration,

    /// Sessions that are not used for longer are dead
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = parse_duration)]
    idle_timeout: Duration,

    /// Folder for ca.pem; kept at the end [default: a temporary folder, removed at the end]
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,

    /// VMs of the organization acme, five in each vApp
    #[arg(long, value_name = "NUMBER", default_value_t = Options::default().inventory_vms)]
    inventory_vms: usize,

    /// What the token endpoint answers for an organization that does not exist
    #[arg(long, value_name = "ANSWER", value_enum, default_value_t, help_heading = UNCONFIRMED)]
    unknown_org: UnknownOrg,

    /// What calls answer that show no credential, or one in a form that VCD does not know
    #[arg(long, value_name = "ANSWER", value_enum, default_value_t, help_heading = UNCONFIRMED)]
    unauthenticated: Unauthenticated,

    /// Which calls know the id of older clients, x-vcloud-authorization
    #[arg(long, value_name = "CALLS", value_enum, default_value_t, help_heading = UNCONFIRMED)]
    legacy_ids: LegacyIds,

    /// Status of a log-out by DELETE /api/session
    #[arg(long, value_name = "STATUS", default_value_t = Options::default().legacy_logout_status,
        value_parser = clap::value_parser!(u16).range(200..=299), help_heading = UNCONFIRMED)]
    legacy_logout_status: u16,

    /// Stop when standard input closes, so that the simulator ends with the program that started it
    #[arg(long)]
    until_eof: bool,
}

const UNCONFIRMED: &str = "What nobody could confirm of the real product";

const EXAMPLES: &str = "\
Examples:
  vcdsim
      Serve on a free port. The line that is printed holds the URL, the CA file and tokens to log in with:
      {\"url\":\"https://localhost:40123\",\"port\":40123,\"ca_file\":\"/tmp/vcdsim-x/ca.pem\",
       \"leaf_sha256\":\"...\",\"control_url\":\"http://127.0.0.1:40124\",\"listeners\":[],
       \"logins\":[{\"name\":\"alice-1\",\"org\":\"acme\",\"kind\":\"tenant\",\"user\":\"alice\",\"api_token\":\"...\"},...]}

  vcdsim --listen 127.0.0.1:8443 --release 10.3.3 --state-dir sim
      A fixed port, an older release, the CA file in sim/ca.pem.
  curl --cacert sim/ca.pem https://localhost:8443/api/versions

  vcdsim --latency 50ms --idle-timeout 2h --until-eof
      Slow answers, patient sessions; ends with the program that holds its standard input.

  vcdsim --release 10.3.3 --listen 127.0.0.2:443 --listen 127.0.0.3:443
      Two servers on the port that PowerCLI's pipe needs (a right on most systems). 10.3.3 offers the API 31.0 that
      PowerCLI up to 12.7 asks for.

  vcdsim --inventory-vms 600
      An organization whose lists have many pages: /api/query?type=vm, /cloudapi/1.0.0/securityTags/entities.

Control (plain HTTP on control_url, JSON):
  GET, DELETE  /sim/journal       what clients sent, secrets masked; forget it
  POST         /sim/faults        {\"match\":{\"method\":\"POST\",\"path\":\"/oauth/\"},\"times\":1,\"skip\":0,
                                   \"fault\":{\"status\":503,\"headers\":{},\"body\":\"\",\"delay_ms\":0}}
                                  \"close\":\"before_read\" or \"after_read\" closes the connection instead
  DELETE       /sim/faults        remove all faults
  POST         /sim/clock         {\"advance_s\":1800}
  GET          /sim/sessions      open sessions
  GET, POST    /sim/tokens        tokens without values; make one: {\"org\":\"acme\",\"kind\":\"tenant\"}
                                  (kinds: tenant, provider, service_account)
  DELETE       /sim/tokens/NAME   revoke a token and end its sessions

Durations are a number and a unit: ms, s, m or h.";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vcdsim: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let until_eof = arguments.until_eof;
    let simulator = Simulator::start(options(arguments))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        // Signals are caught before the line is printed: who has read it may stop the program.
        let stop = stop_signal()?;
        let mut output = std::io::stdout().lock();
        writeln!(output, "{}", serde_json::to_string(&Ready::new(&simulator))?)?;
        output.flush()?;
        if until_eof {
            tokio::select! {
                () = stop => {}
                _ = end_of_input() => {}
            }
        } else {
            stop.await;
        }
        Ok(())
    })
}

fn options(arguments: Arguments) -> Options {
    Options {
        listen: arguments.listen,
        release: arguments.release,
        latency: arguments.latency,
        idle_timeout: arguments.idle_timeout,
        state_dir: arguments.state_dir,
        inventory_vms: arguments.inventory_vms,
        unknown_org: arguments.unknown_org,
        unauthenticated: arguments.unauthenticated,
        legacy_ids: arguments.legacy_ids,
        legacy_logout_status: arguments.legacy_logout_status,
    }
}

/// What a program that started this one needs to know.
#[derive(Serialize)]
struct Ready<'a> {
    url: &'a str,
    port: u16,
    ca_file: &'a Path,
    leaf_sha256: &'a str,
    control_url: &'a str,
    /// The listeners after the first.
    listeners: Vec<FurtherListener<'a>>,
    logins: &'a [Login],
}

#[derive(Serialize)]
struct FurtherListener<'a> {
    url: &'a str,
    port: u16,
}

impl<'a> Ready<'a> {
    fn new(simulator: &'a Simulator) -> Self {
        let further = simulator.listeners().iter().skip(1);
        let listeners = further.map(|listener| FurtherListener { url: &listener.url, port: listener.address.port() });
        Self {
            url: simulator.url(),
            port: simulator.port(),
            ca_file: simulator.ca_file(),
            leaf_sha256: simulator.leaf_sha256(),
            control_url: simulator.control_url(),
            listeners: listeners.collect(),
            logins: simulator.logins(),
        }
    }
}

/// Completes when standard input ends. It is read on a thread of its own, which nobody waits for: a read of a terminal
/// cannot be cancelled.
fn end_of_input() -> oneshot::Receiver<()> {
    let (ended, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut ignored = [0; 1024];
        while input.read(&mut ignored).is_ok_and(|count| count > 0) {}
        drop(ended);
    });
    receiver
}

/// Completes on Ctrl+C, and where there is such a thing on the request to terminate.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Completes on Ctrl+C, and where there is such a thing on the request to terminate.
#[cfg(windows)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    let mut closed = tokio::signal::windows::ctrl_close()?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = closed.recv() => {}
        }
    })
}

/// Takes the releases that there are, so that help and errors list them.
fn release_parser() -> impl TypedValueParser<Value = Release> {
    PossibleValuesParser::new(Release::ALL.iter().map(Release::name)).try_map(|name| name.parse())
}

/// Parses a number with a unit: `50ms`, `90s`, `30m`, `2h`.
fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a duration is a number and a unit, such as 50ms, 90s, 30m or 2h".to_owned();
    let digits = text.find(|character: char| !character.is_ascii_digit()).ok_or_else(wrong)?;
    let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
    let milliseconds = match &text[digits..] {
        "ms" => 1,
        "s" => 1000,
        "m" => 60 * 1000,
        "h" => 60 * 60 * 1000,
        _ => return Err(wrong()),
    };
    number.checked_mul(milliseconds).map(Duration::from_millis).ok_or_else(|| "the duration is too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        for (text, milliseconds) in [("0ms", 0), ("50ms", 50), ("90s", 90_000), ("30m", 1_800_000), ("2h", 7_200_000)] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for wrong in ["", "5", "ms", "-5s", "1.5s", "5 s", "5d", "99999999999999999999s", "18446744073709551615h"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_command_line_reaches_the_options() {
        let options = |line: &str| options(Arguments::try_parse_from(line.split(' ')).unwrap());
        assert_eq!(format!("{:?}", options("vcdsim")), format!("{:?}", Options::default()));
        let changed = options(
            "vcdsim --listen 127.0.0.2:443 --listen [::1]:8443 --release vcfa-9.0 --latency 50ms --idle-timeout 2h \
             --state-dir sim --inventory-vms 600 --unknown-org not-found --unauthenticated empty --legacy-ids always \
             --legacy-logout-status 202",
        );
        let expected = Options {
            listen: vec!["127.0.0.2:443".parse().unwrap(), "[::1]:8443".parse().unwrap()],
            release: Release::VCFA_9_0,
            latency: Duration::from_millis(50),
            idle_timeout: Duration::from_secs(7200),
            state_dir: Some(PathBuf::from("sim")),
            inventory_vms: 600,
            unknown_org: UnknownOrg::NotFound,
            unauthenticated: Unauthenticated::Empty,
            legacy_ids: LegacyIds::Always,
            legacy_logout_status: 202,
        };
        assert_eq!(format!("{changed:?}"), format!("{expected:?}"));
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }
}
