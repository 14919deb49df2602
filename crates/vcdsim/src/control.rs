//! The control server: the simulator's own interface for programs in other languages. Plain HTTP on the loopback
//! address, JSON both ways; a failure is `{"error":"..."}`.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::http::{Admission, Delivery, Head, Request, Response, Service};
use crate::site::directory::Kind;
use crate::site::faults::{Effect, Fault};
use crate::site::{SharedState, State};

/// The service behind the control listener.
pub(crate) struct Control {
    state: SharedState,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdvanceClock {
    advance_s: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateToken {
    org: String,
    kind: Kind,
}

impl Control {
    pub(crate) fn new(state: SharedState) -> Self {
        Self { state }
    }
}

impl Service for Control {
    fn connected(&self) -> u64 {
        0
    }

    fn admit(&self, _connection: u64, _head: &Head) -> Admission {
        Admission { number: 0, effect: Effect::default() }
    }

    fn answer(&self, request: &Request, _admission: &Admission) -> Delivery {
        let response = route(&mut self.state.lock(), request).unwrap_or_else(|refused| refused);
        Delivery { delay: Duration::ZERO, response: Some(response) }
    }

    fn answered(&self, _admission: &Admission, _status: u16) {}
}

/// Answers a control call; the error is the answer to a call that was refused.
fn route(state: &mut State, request: &Request) -> Result<Response, Response> {
    let segments = request.head.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let body = request.body.as_slice();
    match (request.head.method.as_str(), segments.as_slice()) {
        ("GET", ["sim", "journal"]) => Ok(Response::json(200, &json!(state.journal.journal()))),
        ("DELETE", ["sim", "journal"]) => {
            state.journal.clear();
            Ok(Response::empty(204))
        }
        ("POST", ["sim", "faults"]) => add_fault(state, body),
        ("DELETE", ["sim", "faults"]) => {
            state.faults.clear();
            Ok(Response::empty(204))
        }
        ("POST", ["sim", "clock"]) => advance_clock(state, body),
        ("GET", ["sim", "sessions"]) => {
            Ok(Response::json(200, &json!({ "sessions": state.sessions.list(state.clock.now()) })))
        }
        ("GET", ["sim", "tokens"]) => Ok(Response::json(200, &json!({ "tokens": state.tokens.infos() }))),
        ("POST", ["sim", "tokens"]) => create_token(state, body),
        ("DELETE", ["sim", "tokens", name]) if state.revoke_token(name) => Ok(Response::empty(204)),
        ("DELETE", ["sim", "tokens", name]) => Err(refuse(404, &format!("there is no token named {name:?}"))),
        (_, ["sim", "journal" | "faults" | "clock" | "sessions"] | ["sim", "tokens", ..]) => {
            Err(refuse(405, "this call does not exist with this method"))
        }
        _ => Err(refuse(404, "there is no such call; see `vcdsim --help`")),
    }
}

fn add_fault(state: &mut State, body: &[u8]) -> Result<Response, Response> {
    let fault: Fault = parse(body)?;
    fault.check().map_err(|reason| refuse(400, &reason))?;
    state.faults.add(fault);
    Ok(Response::empty(204))
}

fn advance_clock(state: &mut State, body: &[u8]) -> Result<Response, Response> {
    let AdvanceClock { advance_s } = parse(body)?;
    let advanced = state.clock.advance(Duration::from_secs(advance_s));
    advanced.map_err(|_| refuse(400, "the clock moves a hundred years ahead at most"))?;
    Ok(Response::json(200, &json!({ "now": state.clock.now().as_secs() })))
}

fn create_token(state: &mut State, body: &[u8]) -> Result<Response, Response> {
    let CreateToken { org, kind } = parse(body)?;
    let created = state.tokens.create(&org, kind, state.settings.release.has_service_accounts());
    created.map(|login| Response::json(201, &json!(login))).map_err(|error| refuse(400, &error.to_string()))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Response> {
    serde_json::from_slice(body).map_err(|error| refuse(400, &format!("the body is not what this call takes: {error}")))
}

fn refuse(status: u16, error: &str) -> Response {
    Response::json(status, &json!({ "error": error }))
}
