//! What is printed: results on standard output, words for people on standard error.

use std::fmt;
use std::io::{self, Write};

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use vcd_auth::{Failure, FailureKind, Response, Session, TokenFileReport};

use crate::arguments::Format;

/// Prints a line for people. One that standard error does not take, because its terminal or reader has gone, is left out: it must
/// not stop what else is to be done, as `eprintln!` would.
pub(crate) fn tell(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Prints a session to standard output.
///
/// # Errors
/// `Internal` if standard output does not take it; the caller then still holds the session.
pub(crate) fn print_session(session: &Session, format: Format) -> Result<(), Failure> {
    let bearer = session.bearer.secret().expose();
    let text = match format {
        Format::SessionId => format!("Bearer {bearer}\n"),
        Format::Bearer => format!("{bearer}\n"),
        Format::Header => format!("Authorization: Bearer {bearer}\n"),
        Format::Json => json(session)?,
    };
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(|error| {
        Failure::new(FailureKind::Internal, format!("The session cannot be printed: {error}. It was logged out again."))
    })
}

/// Prints the body of an answer as it came to standard output, and to standard error what the body does not tell.
///
/// # Errors
/// `Internal` if standard output does not take it.
pub(crate) fn print_response(response: &Response) -> Result<(), Failure> {
    if response.body.is_empty() {
        tell(format_args!("HTTP status {}, without a body", response.http_status));
    }
    let told = [("location", &response.location), ("task", &response.task), ("next page", &response.next_page)];
    for (what, address) in told {
        if let Some(address) = address {
            tell(format_args!("{what}: {address}"));
        }
    }
    let mut output = io::stdout().lock();
    output.write_all(&response.body).and_then(|()| output.flush()).map_err(|error| {
        Failure::new(FailureKind::Internal, format!("The answer cannot be printed: {error}. The call was carried out."))
    })
}

/// What `--format json` tells. The names are part of the interface.
#[derive(Serialize)]
struct Json<'a> {
    server: &'a str,
    port: u16,
    org: String,
    user: Option<&'a str>,
    issued_at: Option<String>,
    expires_at: Option<String>,
    access_token: &'a str,
    session_id: String,
}

fn json(session: &Session) -> Result<String, Failure> {
    let bearer = session.bearer.secret().expose();
    let json = Json {
        server: session.site.host(),
        port: session.site.port(),
        org: session.organization.to_string(),
        user: session.user.as_deref(),
        issued_at: timestamp(session.issued_at),
        expires_at: session.expires_at.and_then(timestamp),
        access_token: bearer,
        session_id: format!("Bearer {bearer}"),
    };
    let text = serde_json::to_string(&json).map_err(|error| {
        Failure::new(FailureKind::Internal, format!("The session cannot be written as JSON: {error}."))
    })?;
    Ok(text + "\n")
}

/// UTC in whole seconds.
fn timestamp(time: OffsetDateTime) -> Option<String> {
    time.to_utc().replace_nanosecond(0).ok()?.format(&Rfc3339).ok()
}

/// Tells what became of a token file.
pub(crate) fn print_report(report: &TokenFileReport) {
    report.notes.iter().for_each(|note| tell(format_args!("note: {note}")));
    report.warnings.iter().for_each(|warning| tell(format_args!("warning: {warning}")));
}

/// Tells a failure and what to do about it.
pub(crate) fn print_failure(failure: &Failure) {
    let kind = failure.kind();
    tell(format_args!("vcd-bearer: {} ({}): {}", kind.name(), kind.number(), failure.message()));
    if failure.outcome_unknown() {
        tell(format_args!("Whether Cloud Director carried the request out is unknown."));
    }
    if let Some(status) = failure.http_status() {
        let id = failure.request_id().map(|id| format!(", request id {id}")).unwrap_or_default();
        tell(format_args!("HTTP status {status}{id}"));
    }
    tell(format_args!("What to do: {}", failure.action()));
}
