//! What each command does.

use std::fs;
use std::io::{self, Read};

use vcd_auth::{
    ApiToken, Bearer, Client, ExchangeRequest, Failure, FailureKind, NewApiToken, Progress, Reuse, Secret,
    SessionRequest,
};

use crate::arguments::{CallArguments, GetArguments, SiteArguments};
use crate::interrupt::Outcome;
use crate::output::tell;
use crate::secret_input::TokenSource;
use crate::{interrupt, output, secret_input};

/// Exchanges an API token for a session and prints it.
pub(crate) fn get(arguments: &GetArguments) -> Result<(), Failure> {
    let site = arguments.site.site()?;
    let organization = arguments.organization()?;
    let client = arguments.site.client()?;
    let request = match secret_input::api_token(arguments.token_file.as_deref())? {
        TokenSource::Given(token) => ExchangeRequest::new(site, organization, ApiToken::parse(&token)?),
        TokenSource::File(file) => ExchangeRequest::from_file(site, organization, file),
    };
    let request = request.reuse(Reuse::Never);
    warn_about_skipped_check(&arguments.site);

    let progress = Progress::default();
    let work = {
        let progress = progress.clone();
        async move { client.exchange(&request, &progress).await }
    };
    let (exchanged, stopped) = match interrupt::run(&progress, work)? {
        Outcome::Finished(exchanged) => (exchanged, None),
        Outcome::Stopped(Some(exchanged)) => (exchanged, Some(interrupt::stopped(true))),
        Outcome::Stopped(None) => return Err(interrupt::stopped(false)),
    };
    exchanged.token_file.iter().for_each(output::print_report);
    let kept = exchanged.new_api_token.map_or(Ok(()), keep);
    // Until it is printed, the session is dropped on the way out, which logs it out again.
    let printed = match (exchanged.session, stopped) {
        (_, Some(stopped)) => Err(stopped),
        (Err(failure), None) => Err(failure),
        (Ok(session), None) => {
            output::print_session(session.session(), arguments.format).map(|()| drop(session.accept()))
        }
    };
    match (kept, printed) {
        (Err(lost), Err(failure)) => {
            tell(format_args!("error: {lost}"));
            Err(failure)
        }
        (kept, printed) => printed.and(kept),
    }
}

/// Asks whether a session is alive.
pub(crate) fn check(arguments: &SiteArguments) -> Result<(), Failure> {
    let state = with_session(arguments, secret_input::session, |client, request, progress| {
        Ok(async move { client.check(&request, &progress).await })
    })?;
    let known = [("user", state.user), ("organization", state.organization)];
    let known = known.into_iter().filter_map(|(what, name)| Some(format!(", {what} {}", name?)));
    tell(format_args!("The session is alive{}", known.collect::<String>()));
    Ok(())
}

/// Logs a session out.
pub(crate) fn end(arguments: &SiteArguments) -> Result<(), Failure> {
    with_session(arguments, secret_input::session, |client, request, progress| {
        Ok(async move { client.end(&request, &progress).await })
    })?;
    tell(format_args!("The session is logged out"));
    Ok(())
}

/// Makes one call and prints the body of its answer.
pub(crate) fn call(arguments: &CallArguments) -> Result<(), Failure> {
    let body = request_body(arguments)?;
    let session = match arguments.takes_body_from_input() {
        true => secret_input::session_from_environment,
        false => secret_input::session,
    };
    let response = with_session(&arguments.site, session, |client, session, progress| {
        let request = arguments.request(session, body)?;
        Ok(async move { client.call(&request, &progress).await })
    })?;
    output::print_response(&response)
}

fn request_body(arguments: &CallArguments) -> Result<Option<Vec<u8>>, Failure> {
    let Some(file) = &arguments.body_file else { return Ok(None) };
    let mut body = Vec::new();
    let read = match arguments.takes_body_from_input() {
        true => io::stdin().lock().read_to_end(&mut body),
        false => fs::File::open(file).and_then(|mut file| file.read_to_end(&mut body)),
    };
    match read {
        Ok(_) => Ok(Some(body)),
        Err(error) => {
            let message = format!("The body cannot be read from {}: {error}.", file.display());
            Err(Failure::new(FailureKind::InvalidOption, message))
        }
    }
}

/// Does one thing with the session that the user handed over.
fn with_session<T, W>(
    arguments: &SiteArguments,
    session: impl FnOnce() -> Result<Secret, Failure>,
    work: impl FnOnce(Client, SessionRequest, Progress) -> Result<W, Failure>,
) -> Result<T, Failure>
where
    T: Send + 'static,
    W: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let site = arguments.site()?;
    let client = arguments.client()?;
    let bearer = Bearer::parse(&session()?)?;
    let progress = Progress::default();
    let work = work(client, SessionRequest::new(site, bearer), progress.clone())?;
    warn_about_skipped_check(arguments);
    interrupt::run(&progress, work)?.finished()?
}

/// Writes the token that replaces the one just used to a file: standard output is not the place for it, and the old one
/// is dead.
fn keep(new_api_token: NewApiToken) -> Result<(), Failure> {
    let file = new_api_token.save().map_err(|unsaved| unsaved.failure)?;
    tell(format_args!("warning: Cloud Director replaced the API token; the new one was written to {}", file.display()));
    Ok(())
}

fn warn_about_skipped_check(arguments: &SiteArguments) {
    if arguments.skips_certificate_check() {
        tell(format_args!("warning: the server's certificate is not checked; anyone on the way can read the token"));
    }
}
