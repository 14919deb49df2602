//! Where secrets come from: a token file, the environment, else standard input.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use vcd_auth::{Failure, FailureKind, Secret};

/// More than any token or session has, in bytes: standard input may be the wrong file, or endless.
const LIMIT: u64 = 64 * 1024;
/// The variables that name a token file, as Terraform's provider for Cloud Director has them.
const FILE_VARIABLES: [&str; 2] = ["VCD_API_TOKEN_FILE", "VCD_SA_TOKEN_FILE"];
const TOKEN_VARIABLE: &str = "VCD_API_TOKEN";

/// Where the API token for `get` is.
pub(crate) enum TokenSource {
    Given(Secret),
    File(PathBuf),
}

/// The API token for `get`: the file that the command line names, else what the environment names or holds, else standard
/// input.
pub(crate) fn api_token(file: Option<&Path>) -> Result<TokenSource, Failure> {
    if let Some(file) = file {
        return Ok(TokenSource::File(file.to_owned()));
    }
    let files = FILE_VARIABLES.into_iter().filter_map(|name| Some((name, variable(name)?)));
    let mut set: Vec<_> =
        variable(TOKEN_VARIABLE).map(|value| (TOKEN_VARIABLE, value)).into_iter().chain(files).collect();
    match (set.pop(), set.pop()) {
        (Some((name, _)), Some((other, _))) => {
            let message = format!("Two environment variables name an API token: {other} and {name}.");
            Err(Failure::new(FailureKind::InvalidOption, message))
        }
        (Some((name, file)), None) if name != TOKEN_VARIABLE => Ok(TokenSource::File(file.into())),
        _ => read(TOKEN_VARIABLE, "API token").map(TokenSource::Given),
    }
}

/// The session for `check`, `end` and `call`: a bearer, with or without the word `Bearer`.
pub(crate) fn session() -> Result<Secret, Failure> {
    read("VCD_TOKEN", "session")
}

/// The same, where standard input holds something else.
pub(crate) fn session_from_environment() -> Result<Secret, Failure> {
    from_environment("VCD_TOKEN")?.ok_or_else(|| {
        let message = "Standard input is the body, so set the environment variable VCD_TOKEN to the session.";
        Failure::new(FailureKind::MissingParameter, message)
    })
}

/// The names are those of the Terraform provider for Cloud Director. An empty variable counts as not set.
fn from_environment(variable: &str) -> Result<Option<Secret>, Failure> {
    let Some(value) = self::variable(variable) else { return Ok(None) };
    match value.into_string() {
        Ok(value) => Ok(Some(Secret::new(&value))),
        Err(_) => {
            let message = format!("The environment variable {variable} is not valid text.");
            Err(Failure::new(FailureKind::InvalidToken, message))
        }
    }
}

fn read(variable: &str, what: &str) -> Result<Secret, Failure> {
    if let Some(secret) = from_environment(variable)? {
        return Ok(secret);
    }
    let input = io::stdin();
    if input.is_terminal() {
        let message = format!("There is no {what}: pipe it in, or set the environment variable {variable}.");
        return Err(Failure::new(FailureKind::MissingParameter, message));
    }
    let mut text = String::new();
    input.lock().take(LIMIT).read_to_string(&mut text).map_err(|error| {
        Failure::new(FailureKind::InvalidToken, format!("The {what} cannot be read from standard input: {error}."))
    })?;
    // Windows PowerShell puts a byte order mark before what it pipes as UTF-8.
    Ok(Secret::new(text.strip_prefix('\u{feff}').unwrap_or(&text)))
}

fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}
