//! HTTP/1.1 over TLS or plain TCP, written out instead of taken from a framework: a simulator of a faulty network must
//! decide about each byte and each close itself.

mod certificates;
mod connection;
mod listener;
mod message;
mod wire;

pub(crate) use certificates::issue;
pub(crate) use connection::{Admission, Delivery, Service};
pub(crate) use listener::{serve_plain, serve_tls};
pub(crate) use message::{Head, Request, Response};
