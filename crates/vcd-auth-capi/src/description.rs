//! The fields that describe a settled request.

use std::path::PathBuf;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use vcd_auth::{
    Ended, Exchanged, Failure, HeldSession, NewApiToken, Organization, Route, Session, SessionState, Site,
    TokenFileReport, Trust, Unsaved,
};

use crate::exports::constants::VCD_OK;
use crate::fields::FieldsWriter;
use crate::request::{Prize, Settlement};

/// The settlement of an exchange. `save` asks for a new API token to be saved rather than handed out; one that comes with a
/// failure is saved in any case, because callers that see a failure look for nothing to take.
pub(crate) fn exchange(
    exchanged: Exchanged,
    route: &Route,
    label: Option<&str>,
    trimmed: bool,
    save: bool,
) -> Settlement {
    let Exchanged { session, new_api_token, cached, attempts, token_file } = exchanged;
    let mut fields = FieldsWriter::default();
    match &session {
        Ok(fresh) => {
            fields
                .add("status", VCD_OK)
                .add("attempts", attempts)
                .add("cached", cached)
                .add("session", fresh.hand_out());
            describe_session(&mut fields, fresh.session());
        }
        Err(failure) => describe_failure(&mut fields, failure),
    }
    describe_route(&mut fields, route);
    fields.add_some("label", label);
    if trimmed {
        fields.add("trimmed", true);
    }
    if let Some(report) = &token_file {
        describe_token_file(&mut fields, report);
    }
    let save = save || session.is_err();
    let new_api_token = new_api_token.and_then(|token| if save { save_now(token, &mut fields) } else { Some(token) });
    if let Some(token) = &new_api_token {
        fields.add("new_api_token", true).add("recovery_dir", token.recovery_folder().display());
    }
    Settlement { fields: fields.finish(), session: session.ok().into(), new_api_token: new_api_token.into() }
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
    describe: impl FnOnce(T, &mut FieldsWriter),
) -> Settlement {
    let mut fields = FieldsWriter::default();
    match result {
        Ok(value) => describe(value, fields.add("status", VCD_OK)),
        Err(failure) => describe_failure(&mut fields, &failure),
    }
    describe_route(&mut fields, route);
    without_secrets(fields)
}

/// A session that was found alive.
pub(crate) fn alive(site: &Site, state: &SessionState, fields: &mut FieldsWriter) {
    describe_site(fields, site);
    fields
        .add_some("org", state.organization.as_deref())
        .add_some("user", state.user.as_deref())
        .add_some("idle_timeout_minutes", state.idle_timeout_minutes);
    for role in &state.roles {
        fields.add("role", role);
    }
}

/// A session that was released.
pub(crate) fn ended(site: &Site, ended: Ended, fields: &mut FieldsWriter) {
    describe_site(fields, site);
    match ended {
        Ended::AtServer => fields.add("ended", true),
        Ended::HeldByOthers(others) => fields.add("ended", false).add("held_by_others", others),
        Ended::Before => fields.add("ended", false).add("held_by_others", 0),
    };
}

/// The settlement of the wish to write a token file.
pub(crate) fn saved(file: Result<PathBuf, Failure>) -> Settlement {
    let mut fields = FieldsWriter::default();
    match file {
        Ok(file) => drop(fields.add("status", VCD_OK).add("token_file", file.display())),
        Err(failure) => describe_failure(&mut fields, &failure),
    }
    without_secrets(fields)
}

/// The settlement of a request that failed on no way yet.
pub(crate) fn failure(failure: &Failure) -> Settlement {
    let mut fields = FieldsWriter::default();
    describe_failure(&mut fields, failure);
    without_secrets(fields)
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
        describe_session(&mut fields, held.session());
        if *held.route().trust() == Trust::Unchecked {
            fields.add("skip_certificate_check", true);
        }
        for hand_out in &held.hand_outs {
            fields.add("session", hand_out);
        }
    }
    fields.finish()
}

fn without_secrets(fields: FieldsWriter) -> Settlement {
    Settlement { fields: fields.finish(), session: Prize::Absent, new_api_token: Prize::<NewApiToken>::Absent }
}

fn describe_site(fields: &mut FieldsWriter, site: &Site) {
    fields.add("server", site.host()).add("port", site.port());
}

fn describe_session(fields: &mut FieldsWriter, session: &Session) {
    describe_site(fields, &session.site);
    fields
        .add("org", &session.organization)
        .add("provider", matches!(session.organization, Organization::Provider))
        .add_some("user", session.user.as_deref())
        .add("token_type", "Bearer")
        .add("issued_at", timestamp(session.issued_at))
        .add_some("expires_at", session.expires_at.map(timestamp));
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
        .add("retryable", kind.retryable())
        .add("outcome_unknown", failure.outcome_unknown())
        .add_some("http_status", failure.http_status())
        .add_some("request_id", failure.request_id())
        .add_some("retry_after_s", failure.retry_after().map(|wait| wait.as_secs()))
        .add("attempts", failure.attempts())
        .add_some("presented_sha256", failure.presented_sha256());
}

/// UTC, RFC 3339, whole seconds.
fn timestamp(time: OffsetDateTime) -> String {
    time.replace_nanosecond(0).unwrap_or(time).format(&Rfc3339).unwrap_or_default()
}
