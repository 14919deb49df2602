//! Any call of Cloud Director's APIs, made with a session.

mod accept;
mod paging;
mod target;

use zeroize::Zeroizing;

use crate::method::Method;
use crate::progress::Progress;
use crate::retry::Repeatable;
use crate::session::SessionRequest;
use crate::transport::{Answer, Content, Request, Transport};
use crate::versions::Agreed;
use crate::{Failure, FailureKind, negotiation, refusal};

use accept::{Accept, check_header};
use target::{Api, Target};

/// The longest answer that is read, in bytes.
const ANSWER_LIMIT: usize = 8 * 1024 * 1024;

/// What a call may name besides its method and path.
#[derive(Default)]
pub struct CallOptions {
    /// The API version to ask for; agreed on with the site unless given.
    pub api_version: Option<String>,
    /// The type of answer to ask for: XML under `/api`, JSON under `/cloudapi`, anything elsewhere, unless given.
    pub accept: Option<String>,
    /// The type of `body`: JSON under `/cloudapi`, to be given elsewhere.
    pub content_type: Option<String>,
    /// What to send.
    pub body: Option<Zeroizing<Vec<u8>>>,
}

/// A call that is to be made.
#[derive(Debug, Clone)]
pub struct CallRequest {
    pub(crate) session: SessionRequest,
    method: Method,
    target: Target,
    accept: Accept,
    content: Option<Content>,
}

impl CallRequest {
    /// A call with `session`. `path` begins with a slash and may have a query, or is a whole https address of the session's
    /// site: a bearer never goes to another one.
    ///
    /// # Errors
    /// `InvalidOption` for a path that leads elsewhere or could, an API version that is none or is named twice, types that
    /// cannot stand in a header, and a body for a method that has none; `MissingParameter` for a body without a type.
    pub fn new(session: SessionRequest, method: Method, path: &str, options: CallOptions) -> Result<Self, Failure> {
        let target = Target::parse(path, session.site())?;
        let accept = Accept::new(target.api(), options.accept.as_deref(), options.api_version.as_deref())?;
        let content = content(method, target.api(), options.content_type, options.body)?;
        Ok(CallRequest { session, method, target, accept, content })
    }

    /// Whether the call may reach the server more than once.
    pub(crate) fn repeatable(&self) -> Repeatable {
        if self.method.is_question() { Repeatable::Yes } else { Repeatable::OnlyUnsent }
    }
}

fn content(
    method: Method,
    api: Api,
    content_type: Option<String>,
    body: Option<Zeroizing<Vec<u8>>>,
) -> Result<Option<Content>, Failure> {
    // An empty body is none, so that callers need not tell the two apart.
    let Some(body) = body.filter(|body| !body.is_empty()) else { return Ok(None) };
    if method.is_question() {
        return Err(Failure::new(FailureKind::InvalidOption, "A call that only asks (GET, HEAD) has no body."));
    }
    let content_type = match content_type {
        Some(content_type) => content_type,
        None if api == Api::Open => "application/json".to_owned(),
        None => return Err(Failure::new(FailureKind::MissingParameter, "The content type of the body is missing.")),
    };
    check_header("content", &content_type)?;
    Ok(Some(Content::new(content_type, body)))
}

/// What Cloud Director answered to a call that it carried out (HTTP 2xx).
#[derive(Clone)]
pub struct Response {
    /// The HTTP status.
    pub http_status: u16,
    /// The type of the body.
    pub content_type: Option<String>,
    /// The server's own id of the request.
    pub request_id: Option<String>,
    /// The API version, if it was agreed on with the site rather than named.
    pub api_version: Option<String>,
    /// The whole address of what was created or is going on, if it is on the session's site.
    pub location: Option<String>,
    /// The whole address of the task that carries the call out, if it is on the session's site.
    pub task: Option<String>,
    /// Path and query of the next page, if the answer is a page of a list and not the last.
    pub next_page: Option<String>,
    /// The body, of at most 8 MiB.
    pub body: Zeroizing<Vec<u8>>,
    /// How often the call was tried.
    pub attempts: u32,
}

/// Sends the call once, or twice if a version has to be agreed on anew, and judges the answer.
pub(crate) async fn send(transport: &Transport, call: &CallRequest, progress: &Progress) -> Result<Response, Failure> {
    let request = |accept: String| Request {
        method: call.method,
        repeatable: call.repeatable(),
        url: call.target.as_str().to_owned(),
        accept,
        bearer: Some(&call.session.bearer),
        body: call.content.clone(),
        answer_limit: ANSWER_LIMIT,
    };
    match &call.accept {
        Accept::Fixed(accept) => judge(transport.send(request(accept.clone()), progress).await?.whole()?, call),
        Accept::Negotiated(accept) => {
            let request = |agreed: Agreed| request(format!("{accept};version={}", agreed.current));
            let (answer, agreed) = negotiation::send(transport, call.session.site(), progress, &request).await?;
            judge(answer, call).map(|response| Response { api_version: Some(agreed.current.to_string()), ..response })
        }
    }
}

/// Says what to do where a change may or may not have been made.
pub(crate) fn with_outcome(failure: Failure) -> Failure {
    if !failure.outcome_unknown() {
        return failure;
    }
    failure.with_action("Find out first whether the change was made, and repeat the call only if it was not.")
}

fn judge(mut answer: Answer, call: &CallRequest) -> Result<Response, Failure> {
    let (site, bearer) = (call.session.site(), &call.session.bearer);
    if !(200..300).contains(&answer.status) {
        let unknown = !call.method.is_question() && refusal::leaves_outcome_open(answer.status);
        return Err(refusal::of(&answer, site, bearer).with_outcome_unknown(unknown));
    }
    let silent = |text: &String| !text.contains(bearer.secret().expose());
    let on_site = |text: &Option<String>| {
        let there = call.target.told(text.as_deref()?, site)?.as_str().to_owned();
        Some(there).filter(silent)
    };
    let asked = call.method == Method::Get;
    Ok(Response {
        http_status: answer.status,
        location: on_site(&answer.location),
        task: on_site(&answer.task),
        next_page: if asked { paging::next_page(&call.target, &answer).filter(silent) } else { None },
        content_type: Some(std::mem::take(&mut answer.content_type)).filter(|text| !text.is_empty() && silent(text)),
        request_id: answer.request_id,
        body: answer.body,
        api_version: None,
        attempts: 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{Bearer, Secret};
    use crate::site::Site;

    fn call(method: Method, path: &str, content_type: Option<&str>, body: &str) -> Result<CallRequest, FailureKind> {
        let bearer = Bearer::parse(&Secret::new("a.b.c")).expect("valid");
        let session = SessionRequest::new(Site::parse("vcd.example.com").expect("valid"), bearer);
        let body = Some(Zeroizing::new(body.as_bytes().to_vec()));
        let options = CallOptions { content_type: content_type.map(str::to_owned), body, ..CallOptions::default() };
        CallRequest::new(session, method, path, options).map_err(|failure| failure.kind())
    }

    #[test]
    fn a_body_has_a_method_and_a_type_for_it() {
        assert!(call(Method::Post, "/cloudapi/1.0.0/x", None, "{}").is_ok());
        assert!(call(Method::Put, "/api/x", Some("application/xml"), "<x/>").is_ok());
        assert!(call(Method::Get, "/api/x", None, "").is_ok(), "an empty body is none");
        for (method, path, content_type, kind) in [
            (Method::Get, "/cloudapi/1.0.0/x", None, FailureKind::InvalidOption),
            (Method::Head, "/cloudapi/1.0.0/x", None, FailureKind::InvalidOption),
            (Method::Post, "/api/x", None, FailureKind::MissingParameter),
            (Method::Post, "/api/x", Some("a\r\nb"), FailureKind::InvalidOption),
        ] {
            assert_eq!(call(method, path, content_type, "x").err(), Some(kind), "{method:?} {path}");
        }
    }

    #[test]
    fn debug_shows_neither_bearer_nor_body() {
        let shown = format!("{:?}", call(Method::Post, "/cloudapi/1.0.0/x", None, r#"{"password":"hunter2"}"#));
        assert!(!shown.contains("hunter2") && !shown.contains("a.b.c"), "{shown}");
    }

    #[test]
    fn an_error_of_a_gateway_leaves_open_whether_a_change_was_made() {
        for (method, status, unknown) in [
            (Method::Post, 502, true),
            (Method::Post, 503, false),
            (Method::Delete, 500, true),
            (Method::Get, 502, false),
        ] {
            let call = call(method, "/api/x", None, "").expect("valid");
            let failure = judge(Answer { status, ..Answer::default() }, &call).err().expect("refused");
            assert_eq!(failure.outcome_unknown(), unknown, "{method:?} {status}");
            let told = with_outcome(failure);
            assert_eq!(told.action().contains("Find out first"), unknown, "{method:?} {status}");
            assert_eq!(told.retryable(), told.kind().retryable() && !unknown, "{method:?} {status}");
        }
    }

    #[test]
    fn an_answer_that_repeats_the_bearer_is_not_passed_on() {
        let call = call(Method::Post, "/api/x", None, "").expect("valid");
        let answer = |location: &str| Answer { status: 201, location: Some(location.into()), ..Answer::default() };
        let location = |text| judge(answer(text), &call).ok().and_then(|response| response.location);
        assert_eq!(location("/api/y").as_deref(), Some("https://vcd.example.com/api/y"));
        assert_eq!(location("/api/a.b.c"), None);
        assert_eq!(location("https://evil.example/api/y"), None);
    }
}
