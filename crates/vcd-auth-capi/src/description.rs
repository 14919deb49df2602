//! The fields that describe a settled request.

use std::path::PathBuf;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use vcd_auth::{
    Ended, Exchanged, Failure, HeldSession, LegacyId, NewApiToken, Response, Route, Session, SessionState, Site,
    TokenFileReport, Trust, Unsaved,
};

use crate::exports::constants::VCD_OK;
use crate::fields::FieldsWriter;
use crate::request::{Prizes, Settlement};

/// What the caller of an exchange wants besides the session.
pub(crate) struct Wishes {
    /// Handed back as it is.
    pub(crate) label: Option<String>,
    /// Whether white space around the token was dropped.
    pub(crate) trimmed: bool,
    /// A new API token is to be saved rather than handed out.
    pub(crate) save: bool,
}

/// The settlement of an exchange, with what Cloud Director says about the session if it was asked. A new API token that comes
/// with a failure is saved in any case, because callers that see a failure look for nothing to take.
pub(crate) fn exchange(
    exchanged: Exchanged,
    state: Option<SessionState>,
    route: &Route,
    wishes: &Wishes,
) -> Settlement {
    let Exchanged { session, new_api_token, cached, renewed, attempts, token_file } = exchanged;
    let mut fields = FieldsWriter::default();
    match &session {
        Ok(fresh) => {
            fields
                .add("status", VCD_OK)
                .add("attempts", attempts)
                .add("cached", cached)
                .add("session", fresh.hand_out());
            if renewed {
                fields.add("renewed", true);
            }
            describe_session(&mut fields, fresh.session(), state.as_ref());
        }
        Err(failure) => describe_failure(&mut fields, failure),
    }
    let legacy_id = state.and_then(|state| describe_state(&mut fields, state));
    describe_route(&mut fields, route);
    fields.add_some("label", wishes.label.as_deref());
    if wishes.trimmed {
        fields.add("trimmed", true);
    }
    if let Some(report) = &token_file {
        describe_token_file(&mut fields, report);
    }
    let save = wishes.save || session.is_err();
    let new_api_token = new_api_token.and_then(|token| if save { save_now(token, &mut fields) } else { Some(token) });
    if let Some(token) = &new_api_token {
        fields.add("new_api_token", true).add("recovery_dir", token.recovery_folder().display());
    }
    let session = session.ok().into();
    let prizes =
        Prizes { session, new_api_token: new_api_token.into(), legacy_id: legacy_id.into(), ..Prizes::default() };
    Settlement { fields: fields.finish(), prizes }
}

/// What became of the token file.
fn describe_token_file(fields: &mut FieldsWriter, report: &TokenFileReport) {
    fields.add("token_file", report.path.display()).add("token_file_replaced", report.replaced);
    for note in &report.notes {
        fields.add("token_file_note", note);
    }
    for warning in &report.warnings {
        fields.add("token_file_warning", warning);
    }
}

/// Saves a new API token and tells the file; one that cannot be saved is left to be taken.
fn save_now(token: NewApiToken, fields: &mut FieldsWriter) -> Option<NewApiToken> {
    match token.save() {
        Ok(file) => {
            fields.add("new_api_token_file", file.display());
            None
        }
        Err(Unsaved { token, failure }) => {
            fields.add("new_api_token_problem", failure.message());
            Some(token)
        }
    }
}

/// The settlement of an operation that went this way: what `describe` tells of its success, or the failure.
pub(crate) fn settled<T>(
    result: Result<T, Failure>,
    route: &Route,
    describe: impl FnOnce(T, &mut FieldsWriter) -> Prizes,
) -> Settlement {
    let mut fields = FieldsWriter::default();
    let prizes = match result {
        Ok(value) => describe(value, fields.add("status", VCD_OK)),
        Err(failure) => {
            describe_failure(&mut fields, &failure);
            Prizes::default()
        }
    };
    describe_route(&mut fields, route);
    Settlement { fields: fields.finish(), prizes }
}

/// A session that was found alive.
pub(crate) fn alive(site: &Site, state: SessionState, fields: &mut FieldsWriter) -> Prizes {
    describe_site(fields, site);
    fields.add_some("org", state.organization.as_deref()).add_some("user", state.user.as_deref());
    Prizes { legacy_id: describe_state(fields, state).into(), ..Prizes::default() }
}

/// A call that was carried out.
pub(crate) fn answered(site: &Site, response: Response, fields: &mut FieldsWriter) -> Prizes {
    describe_site(fields, site);
    fields
        .add("attempts", response.attempts)
        .add("http_status", response.http_status)
        .add_some("content_type", response.content_type.as_deref())
        .add_some("api_version", response.api_version.as_deref())
        .add_some("request_id", response.request_id.as_deref())
        .add_some("location", response.location.as_deref())
        .add_some("task", response.task.as_deref())
        .add_some("next_page", response.next_page.as_deref())
        .add("body_length", response.body.len());
    Prizes { body: Some(response.body).filter(|body| !body.is_empty()).into(), ..Prizes::default() }
}

/// A session that was released.
pub(crate) fn ended(site: &Site, ended: Ended, fields: &mut FieldsWriter) -> Prizes {
    describe_site(fields, site);
    match ended {
        Ended::AtServer => fields.add("ended", true),
        Ended::HeldByOthers(others) => fields.add("ended", false).add("held_by_others", others),
        Ended::Before => fields.add("ended", false).add("held_by_others", 0),
    };
    Prizes::default()
}

/// The settlement of the wish to write a token file.
pub(crate) fn saved(file: Result<PathBuf, Failure>) -> Settlement {
    match file {
        Ok(file) => {
            let mut fields = FieldsWriter::default();
            fields.add("status", VCD_OK).add("token_file", file.display());
            Settlement { fields: fields.finish(), ..Settlement::default() }
        }
        Err(failure) => self::failure(&failure),
    }
}

/// The settlement of a request that failed on no way yet.
pub(crate) fn failure(failure: &Failure) -> Settlement {
    let mut fields = FieldsWriter::default();
    describe_failure(&mut fields, failure);
    Settlement { fields: fields.finish(), ..Settlement::default() }
}

/// The fields of a failure alone, for calls that have no request to settle.
pub(crate) fn failure_fields(failure: &Failure) -> String {
    let mut fields = FieldsWriter::default();
    describe_failure(&mut fields, failure);
    fields.finish()
}

/// The sessions that this process holds: one record each, with the numbers of its holders.
pub(crate) fn held_sessions(sessions: &[HeldSession]) -> String {
    let mut fields = FieldsWriter::default();
    for (index, held) in sessions.iter().enumerate() {
        if index > 0 {
            fields.next_record();
        }
        describe_session(&mut fields, held.session(), None);
        if *held.route().trust() == Trust::Unchecked {
            fields.add("skip_certificate_check", true);
        }
        fields.add("bearer_fingerprint", held.session().bearer.secret().fingerprint());
        for hand_out in &held.hand_outs {
            fields.add("session", hand_out);
        }
    }
    fields.finish()
}

fn describe_site(fields: &mut FieldsWriter, site: &Site) {
    fields.add("server", site.host()).add("port", site.port());
}

/// What is known of a session; names are told as Cloud Director spells them, if it was asked.
fn describe_session(fields: &mut FieldsWriter, session: &Session, state: Option<&SessionState>) {
    describe_site(fields, &session.site);
    let named = session.organization.to_string();
    let org = state.and_then(|state| state.organization.as_ref()).unwrap_or(&named);
    let user = state.and_then(|state| state.user.as_ref()).or(session.user.as_ref());
    fields
        .add("org", org)
        .add("provider", session.organization.is_provider())
        .add_some("user", user)
        .add("token_type", "Bearer")
        .add("issued_at", timestamp(session.issued_at))
        .add_some("expires_at", session.expires_at.map(timestamp));
}

/// What Cloud Director says about a session besides its names. The legacy id is left over, to be taken.
fn describe_state(fields: &mut FieldsWriter, state: SessionState) -> Option<LegacyId> {
    fields.add_some("idle_timeout_minutes", state.idle_timeout_minutes).add("api_version", &state.api_version);
    for role in &state.roles {
        fields.add("role", role);
    }
    if state.legacy_id.is_some() {
        fields.add("legacy_id", true);
    }
    state.legacy_id
}

/// The proxy on the way, if there is one.
fn describe_route(fields: &mut FieldsWriter, route: &Route) {
    if let Some(proxy) = route.proxy() {
        fields.add("proxy", &proxy.address).add("proxy_source", proxy.source.name());
    }
}

fn describe_failure(fields: &mut FieldsWriter, failure: &Failure) {
    let kind = failure.kind();
    fields
        .add("status", kind.number())
        .add("name", kind.name())
        .add("message", failure.message())
        .add("action", failure.action())
        .add("retryable", failure.retryable())
        .add("outcome_unknown", failure.outcome_unknown())
        .add_some("http_status", failure.http_status())
        .add_some("minor_error_code", failure.minor_error_code())
        .add_some("request_id", failure.request_id())
        .add_some("retry_after_s", failure.retry_after().map(|wait| wait.as_secs()))
        .add("attempts", failure.attempts())
        .add_some("presented_sha256", failure.presented_sha256());
}

/// UTC, RFC 3339, whole seconds.
fn timestamp(time: OffsetDateTime) -> String {
    time.replace_nanosecond(0).unwrap_or(time).format(&Rfc3339).unwrap_or_default()
}
