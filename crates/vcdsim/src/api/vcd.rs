//! The service behind the VCD listeners: records each request, lets faults strike, adds the headers of every answer.

use time::OffsetDateTime;

use super::{authentication, router};
use crate::http::{Admission, Delivery, Head, Request, Response, Service};
use crate::site::faults::{Close, Effect};
use crate::site::journal::{self, JournalEntry};
use crate::site::masking::mask_target;
use crate::site::{SharedState, State, random};

/// One VCD listener.
pub(crate) struct Vcd {
    state: SharedState,
    /// Its address, as the journal shows it.
    listener: String,
}

impl Vcd {
    pub(crate) fn new(state: SharedState, listener: String) -> Self {
        Self { state, listener }
    }
}

impl Service for Vcd {
    fn connected(&self) -> u64 {
        self.state.lock().journal.connection()
    }

    fn admit(&self, connection: u64, head: &Head) -> Admission {
        let mut state = self.state.lock();
        let masked = mask_target(&head.target, state.tokens.secrets().chain(state.sessions.secrets()));
        let number = state.journal.request(JournalEntry {
            n: 0,
            connection,
            listener: self.listener.clone(),
            method: head.method.clone(),
            path: masked.target,
            status: None,
            secret_in_url: masked.had_secret,
            authorization: head.header("authorization").is_some(),
            credential: authentication::credential_kind(head),
            accept: head.header("accept").map(str::to_owned),
            user_agent: head.header("user-agent").map(str::to_owned),
            content_type: head.header("content-type").map(str::to_owned),
            body_length: 0,
            body_fields: Vec::new(),
        });
        Admission { number, effect: state.faults.take(&head.method, head.path()) }
    }

    fn answer(&self, request: &Request, admission: &Admission) -> Delivery {
        let mut state = self.state.lock();
        if let Some(entry) = state.journal.entry(admission.number) {
            entry.body_length = request.body.len();
            entry.body_fields = journal::body_fields(request.head.header("content-type"), &request.body);
        }
        let effect = &admission.effect;
        let response = match effect.status {
            Some(status) => Response::empty(status),
            None => router::route(&mut state, request),
        };
        let response = altered(with_common_headers(response, &state, request), effect);
        let is_sent = effect.close != Some(Close::AfterRead);
        Delivery { delay: effect.delay().saturating_add(state.settings.latency), response: is_sent.then_some(response) }
    }

    fn answered(&self, admission: &Admission, status: u16) {
        if let Some(entry) = self.state.lock().journal.entry(admission.number) {
            entry.status = Some(status);
        }
    }
}

/// Adds the headers that all of VCD's answers have, and the simulator's own name.
fn with_common_headers(response: Response, state: &State, request: &Request) -> Response {
    let fresh = random::uuid();
    let request_id = match client_request_id(&request.head) {
        Some(prefix) => format!("{prefix}-{fresh}"),
        None => fresh,
    };
    response
        .with_header("Date", http_date(state.clock.now().as_secs()))
        .with_header("X-VMWARE-VCLOUD-REQUEST-ID", request_id)
        .with_header("X-VMWARE-VCLOUD-CEIP-ID", &*state.ceip_id)
        .with_header("X-Simulator", concat!("vcdsim/", env!("CARGO_PKG_VERSION")))
}

/// The id that a client gave its request, if VCD would take it: up to 128 letters, digits and dashes.
fn client_request_id(head: &Head) -> Option<&str> {
    let is_valid =
        |id: &&str| (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    head.header("X-VMWARE-VCLOUD-CLIENT-REQUEST-ID").filter(is_valid)
}

/// Lets a fault change an answer.
fn altered(mut response: Response, effect: &Effect) -> Response {
    if let Some(body) = &effect.body {
        response.body = body.clone().into_bytes();
    }
    effect.headers.iter().fold(response, |response, (name, value)| response.with_header(name, value))
}

/// A time since the Unix epoch as `Date` wants it.
fn http_date(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).expect("the clock stays within a century of today");
    let time = OffsetDateTime::from_unix_timestamp(seconds).expect("the clock stays within a century of today");
    let (weekday, month) = (time.weekday().to_string(), time.month().to_string());
    let (hour, minute, second) = time.to_hms();
    let (day, year) = (time.day(), time.year());
    format!("{}, {day:02} {} {year} {hour:02}:{minute:02}:{second:02} GMT", &weekday[..3], &month[..3])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_the_form_of_rfc_9110() {
        assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn client_request_ids_are_taken_if_valid() {
        let head = |id: &str| Head {
            method: "GET".into(),
            target: "/".into(),
            minor_version: 1,
            headers: vec![("x-vmware-vcloud-client-request-id".into(), id.into())],
        };
        assert_eq!(client_request_id(&head("my-call-7")), Some("my-call-7"));
        let long = "x".repeat(129);
        for wrong in ["", "a b", "ä", "a\u{b}", long.as_str()] {
            assert_eq!(client_request_id(&head(wrong)), None, "{wrong}");
        }
    }
}
