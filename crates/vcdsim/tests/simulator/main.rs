//! The simulator from outside: over TLS, over its control port, and as a program.

mod client;
mod control;
mod exchange;
mod faults;
mod http;
mod journal;
mod legacy_session;
mod openapi;
mod powercli;
mod program;
mod query;
mod sessions;
mod tls;
mod versions;
mod xml;
