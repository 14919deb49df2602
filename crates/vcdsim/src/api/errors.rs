//! Failures in the forms in which VCD, and what stands in front of it, tell them.

use serde_json::{Value, json};

use super::document::{Element, Form};
use super::legacy::NAMESPACE;
use crate::http::Response;
use crate::site::release::Release;

/// The two interfaces of VCD, which tell their errors differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interface {
    /// `/api`: schema `ErrorType`.
    Legacy(Form),
    /// `/oauth` and `/cloudapi`: schema `Error` of the OpenAPI document of API 37.2.
    OpenApi,
}

impl Interface {
    pub(crate) fn error(self, status: u16, minor_error_code: &str, message: &str) -> Response {
        match self {
            Self::Legacy(form) => legacy(form, status, minor_error_code, message),
            Self::OpenApi => openapi(status, minor_error_code, message),
        }
    }

    /// The method does not exist on a path that does.
    pub(crate) fn method_not_allowed(self, allowed: &str) -> Response {
        let message = "simulated: the method is not allowed here";
        self.error(405, "METHOD_NOT_ALLOWED", message).with_header("Allow", allowed)
    }

    pub(crate) fn not_found(self, message: &str) -> Response {
        self.error(404, "RESOURCE_NOT_FOUND", message)
    }

    /// The caller has no right to it, or it does not exist: VCD does not tell which.
    pub(crate) fn no_access(self, message: &str) -> Response {
        self.error(403, "ACCESS_TO_RESOURCE_IS_FORBIDDEN", message)
    }

    pub(crate) fn bad_request(self, message: &str) -> Response {
        self.error(400, "BAD_REQUEST", &format!("simulated: {message}"))
    }

    /// The `Accept` header names no version that the release offers.
    pub(crate) fn not_acceptable(self, release: Release) -> Response {
        let message = format!("simulated: bad accept header, API version not offered; offered: {}", release.offer());
        self.error(406, "NOT_ACCEPTABLE", &message)
    }
}

/// The session is unknown, expired, idle or logged out. The body is empty (log in terraform-provider-vcd issue 482).
pub(crate) fn dead_session() -> Response {
    Response::empty(401)
}

/// The page of a web server or a device in front of VCD.
pub(crate) fn html(status: u16, message: &str) -> Response {
    let body =
        format!("<!DOCTYPE html>\n<html><head><title>{status}</title></head><body><h1>{message}</h1></body></html>\n");
    Response::new(status, "text/html; charset=utf-8", body)
}

fn openapi(status: u16, minor_error_code: &str, message: &str) -> Response {
    Response::json(status, &json!({ "minorErrorCode": minor_error_code, "message": message, "stackTrace": null }))
}

fn legacy(form: Form, status: u16, minor_error_code: &str, message: &str) -> Response {
    let error = Element::new("Error")
        .with("message", message)
        .with("majorErrorCode", status)
        .with("minorErrorCode", minor_error_code);
    // XML leaves out what is not there, JSON says that it is nothing.
    let error = match form {
        Form::Xml => error,
        Form::Json => error.with("vendorSpecificErrorCode", Value::Null).with("stackTrace", Value::Null),
    };
    let media_type = form.media_type("application/vnd.vmware.vcloud.error+xml");
    Response::new(status, media_type, error.document(form, NAMESPACE))
}
