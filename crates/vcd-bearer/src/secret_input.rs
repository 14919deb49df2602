//! Where secrets come from: the environment, else standard input.

use std::env;
use std::io::{self, IsTerminal, Read};

use vcd_auth::{Failure, FailureKind, Secret};

/// More than any token or session has, in bytes: standard input may be the wrong file, or endless.
const LIMIT: u64 = 64 * 1024;

/// The API token for `get`.
pub(crate) fn api_token() -> Result<Secret, Failure> {
    read("VCD_API_TOKEN", "API token")
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
    let Some(value) = env::var_os(variable).filter(|value| !value.is_empty()) else { return Ok(None) };
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
    Ok(Secret::new(&text))
}
