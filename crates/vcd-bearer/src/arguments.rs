//! The command line.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use vcd_auth::{
    CallOptions, CallRequest, Client, ClientOptions, Exceptions, Failure, FailureKind, Organization, ProxyAddress,
    ProxyChoice, SessionRequest, Site, Trust,
};

/// API tokens of VMware Cloud Director become live sessions.
#[derive(Parser)]
#[command(name = "vcd-bearer", version, after_help = AFTER_HELP, disable_help_subcommand = true)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Secrets are never arguments: the API token (get) comes from a file (--token-file, or the environment variables
VCD_API_TOKEN_FILE and VCD_SA_TOKEN_FILE) or from VCD_API_TOKEN, the session (check, end, call) from VCD_TOKEN, and where
none of these is given from standard input. A service account's token is replaced at each use, and the new one put into its file.

Without --proxy, the environment variables HTTPS_PROXY and NO_PROXY say which proxy to take, if any.

Exit status: 0 done, 2 the call itself is wrong, 3 the server cannot be reached or trusted, 4 Cloud Director said no,
5 its answer cannot be used, 6 time ran out, 7 the token file cannot be used or written, 130 Ctrl+C or a signal, 70 a defect of this
program.

Examples:
  vcd-bearer get --server vcd.example.com --org acme < token.txt
  curl -H \"$(vcd-bearer get --server vcd.example.com --org acme --format header < token.txt)\" ...
  echo \"$session\" | vcd-bearer check --server vcd.example.com
  echo \"$session\" | vcd-bearer call --server vcd.example.com /api/org
  echo \"$session\" | vcd-bearer end --server vcd.example.com";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Exchange an API token for a live session and print it
    Get(GetArguments),
    /// Ask whether a session is alive: exit status 0 if it is, 4 if it is over (asking resets its idle clock)
    Check(SiteArguments),
    /// Log a session out; one that is over already counts as logged out
    End(SiteArguments),
    /// Make one REST call and print the body of its answer
    Call(CallArguments),
    /// Print a completion script for a shell
    Completions {
        /// The shell to complete in
        shell: Shell,
    },
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  vcd-bearer get --server vcd.example.com --org acme < token.txt
  vcd-bearer get --server vcd.example.com --org acme --token-file service-account.json
  vcd-bearer get --server vcd.example.com --provider --format json < token.txt | jq .expires_at
  VCD_API_TOKEN=... vcd-bearer get --server vcd.example.com --org acme --ca-certificate vcd-ca.pem")]
pub(crate) struct GetArguments {
    /// The organization's short name, as it stands in the portal's address after /tenant/
    #[arg(long, value_name = "NAME", required_unless_present = "provider")]
    org: Option<String>,
    /// Log in as the provider (the organization System)
    #[arg(long)]
    provider: bool,
    /// Take the API token from this file: Terraform's JSON, a SecureString of Export-Clixml, or one line of text
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::SessionId)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) site: SiteArguments,
}

/// What `get` prints.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// `Bearer <jwt>`, which PowerCLI takes as session id
    SessionId,
    /// The bare JWT
    Bearer,
    /// `Authorization: Bearer <jwt>`, which curl takes after -H
    Header,
    /// One JSON object with all that is known of the session
    Json,
}

#[derive(Args)]
#[command(after_help = "\
The API version is agreed on with the site. An answer other than 2xx is a failure, and prints nothing to standard output.
What the answer's head says of a list's next page, a task, or the place of what was made goes to standard error.

Examples:
  export VCD_TOKEN=\"$(vcd-bearer get --server vcd.example.com --org acme < token.txt)\"
  vcd-bearer call --server vcd.example.com /cloudapi/1.0.0/sessions/current | jq .user.name
  vcd-bearer call --server vcd.example.com '/api/query?type=vm&format=records&pageSize=128'
  vcd-bearer call --server vcd.example.com --accept 'application/*+json' /api/org
  vcd-bearer call --server vcd.example.com --method DELETE /cloudapi/1.0.0/sessions/current
  echo '{\"name\": \"web\"}' | vcd-bearer call --server vcd.example.com --method POST --body-file - /cloudapi/1.0.0/...")]
pub(crate) struct CallArguments {
    /// The path, with its query if it has one; or the whole https address of something on the site
    path: String,
    /// GET, HEAD, POST, PUT, PATCH or DELETE
    #[arg(long, value_name = "METHOD", default_value = "GET")]
    method: String,
    /// The API version to ask for, such as 37.0
    #[arg(long, value_name = "VERSION")]
    api_version: Option<String>,
    /// The type of answer to ask for: XML under /api and JSON under /cloudapi unless given
    #[arg(long, value_name = "TYPE")]
    accept: Option<String>,
    /// The type of the body: JSON under /cloudapi unless given
    #[arg(long, value_name = "TYPE", requires = "body_file")]
    content_type: Option<String>,
    /// Send what is in this file; - is standard input, and then the session comes from VCD_TOKEN
    #[arg(long, value_name = "FILE")]
    pub(crate) body_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) site: SiteArguments,
}

/// Where the site is, and how it proves that it is the right one.
#[derive(Args)]
pub(crate) struct SiteArguments {
    /// The site: a host, host:port, or any https address of its portal
    #[arg(long, value_name = "HOST")]
    server: String,
    /// Trust the certificate authorities in this PEM file as well
    #[arg(long, value_name = "FILE")]
    ca_certificate: Option<PathBuf>,
    /// Trust exactly the certificate with this SHA-256 fingerprint, in hexadecimal
    #[arg(long, value_name = "SHA256", conflicts_with_all = ["ca_certificate", "skip_certificate_check"])]
    certificate_sha256: Option<String>,
    /// Trust any certificate: anyone on the way can then read the token
    #[arg(long, conflicts_with = "ca_certificate")]
    skip_certificate_check: bool,
    /// The time limit of the whole call, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// Go through this proxy (http://host:port); a user and password for it stand in HTTPS_PROXY instead
    #[arg(long, value_name = "URL", conflicts_with = "no_proxy")]
    proxy: Option<String>,
    /// Go without a proxy, whatever the environment says
    #[arg(long)]
    no_proxy: bool,
    /// How often to try again what provably was not sent, or does no harm; a token exchange is never sent twice
    #[arg(long, value_name = "NUMBER", default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=10))]
    max_retries: u32,
}

impl GetArguments {
    pub(crate) fn organization(&self) -> Result<Organization, Failure> {
        let named = self.org.as_deref().map(Organization::parse).transpose()?;
        match named {
            Some(Organization::Tenant(_)) if self.provider => {
                let message = "The provider and a tenant's organization are both given.";
                Err(Failure::new(FailureKind::InvalidOption, message))
            }
            Some(organization) => Ok(organization),
            None => Ok(Organization::Provider),
        }
    }
}

impl CallArguments {
    pub(crate) fn request(&self, session: SessionRequest, body: Option<Vec<u8>>) -> Result<CallRequest, Failure> {
        let options = CallOptions {
            api_version: self.api_version.clone(),
            accept: self.accept.clone(),
            content_type: self.content_type.clone(),
            body: body.map(Into::into),
        };
        CallRequest::new(session, self.method.parse()?, &self.path, options)
    }

    /// Whether standard input is the body.
    pub(crate) fn takes_body_from_input(&self) -> bool {
        self.body_file.as_deref().is_some_and(|file| file.as_os_str() == "-")
    }
}

impl SiteArguments {
    pub(crate) fn site(&self) -> Result<Site, Failure> {
        Site::parse(&self.server)
    }

    pub(crate) fn skips_certificate_check(&self) -> bool {
        self.skip_certificate_check
    }

    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let trust = match (&self.certificate_sha256, &self.ca_certificate) {
            (Some(fingerprint), _) => Trust::from_fingerprint(fingerprint)?,
            (None, Some(file)) => Trust::from_ca_file(file)?,
            (None, None) if self.skip_certificate_check => Trust::Unchecked,
            (None, None) => Trust::OperatingSystem,
        };
        let proxy = match &self.proxy {
            Some(address) => ProxyChoice::Explicit(ProxyAddress::parse(address)?.into(), Exceptions::default()),
            None if self.no_proxy => ProxyChoice::Direct,
            None => ProxyChoice::Automatic,
        };
        let (timeout, max_retries) = (Duration::from_secs(self.timeout), self.max_retries);
        Client::new(ClientOptions { trust, proxy, timeout, max_retries, ..ClientOptions::default() })
    }
}

/// The command line of this process. Ends the process where it cannot be understood.
pub(crate) fn parse() -> Command {
    match Program::try_parse() {
        Ok(program) => program.command,
        Err(error) if repeats_a_stray_argument(&error) => Program::command()
            .error(error.kind(), "there is an argument too many (a token or session is never an argument)")
            .exit(),
        Err(error) => error.exit(),
    }
}

/// Whether the message would show an argument that nobody asked for: it may be a token.
fn repeats_a_stray_argument(error: &clap::Error) -> bool {
    let context = match error.kind() {
        ErrorKind::UnknownArgument => error.get(ContextKind::InvalidArg),
        ErrorKind::InvalidSubcommand => error.get(ContextKind::InvalidSubcommand),
        _ => None,
    };
    matches!(context, Some(ContextValue::String(argument)) if !argument.starts_with('-'))
}

/// Prints the completion script.
pub(crate) fn print_completions(shell: Shell) {
    clap_complete::generate(shell, &mut Program::command(), "vcd-bearer", &mut io::stdout());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Program::command().debug_assert();
    }
}
