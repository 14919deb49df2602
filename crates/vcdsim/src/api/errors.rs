//! Error bodies in VCD's shapes. Clients must go by status and `minorErrorCode`; the texts are the simulator's own.

use serde_json::json;

use crate::http::Response;
use crate::site::release::Release;

/// An error of `/oauth` and `/cloudapi` (schema `Error` of the OpenAPI document of API 37.2).
pub(crate) fn openapi(status: u16, minor_error_code: &str, message: &str) -> Response {
    Response::json(status, &json!({ "minorErrorCode": minor_error_code, "message": message, "stackTrace": null }))
}

/// An error of the legacy XML interface (schema `ErrorType`).
pub(crate) fn xml(status: u16, minor_error_code: &str, message: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <Error xmlns=\"http://www.vmware.com/vcloud/v1.5\" majorErrorCode=\"{status}\" minorErrorCode=\"{}\" message=\"{}\"/>\n",
        escape_xml(minor_error_code),
        escape_xml(message)
    );
    Response::new(status, "application/vnd.vmware.vcloud.error+xml", body)
}

/// The page of a web server or a device in front of VCD.
pub(crate) fn html(status: u16, message: &str) -> Response {
    let body =
        format!("<!DOCTYPE html>\n<html><head><title>{status}</title></head><body><h1>{message}</h1></body></html>\n");
    Response::new(status, "text/html; charset=utf-8", body)
}

/// The method does not exist on a path that does.
pub(crate) fn method_not_allowed(allowed: &str) -> Response {
    openapi(405, "METHOD_NOT_ALLOWED", "simulated: the method is not allowed here").with_header("Allow", allowed)
}

/// The `Accept` header names no version that the release offers.
pub(crate) fn not_acceptable(release: Release) -> Response {
    let message = format!("simulated: bad accept header, API version not offered; offered: {}", release.offer());
    openapi(406, "NOT_ACCEPTABLE", &message)
}

/// The session is unknown, expired, idle or logged out. The body is empty (log in terraform-provider-vcd issue 482).
pub(crate) fn dead_session() -> Response {
    Response::empty(401)
}

/// `text` as it can stand in XML text and attributes.
pub(crate) fn escape_xml(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            _ => escaped.push(character),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_break_out_of_xml() {
        let response = xml(404, "X", "<a href=\"b\">'&'</a>");
        let body = String::from_utf8(response.body).unwrap();
        assert!(body.contains("message=\"&lt;a href=&quot;b&quot;&gt;&apos;&amp;&apos;&lt;/a&gt;\""), "{body}");
        assert!(body.contains("majorErrorCode=\"404\""));
    }
}
