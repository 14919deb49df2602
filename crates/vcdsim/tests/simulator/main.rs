//! The simulator from outside: over TLS, over its control port, and as a program.

mod client;
mod control;
mod exchange;
mod faults;
mod http;
mod journal;
mod program;
mod sessions;
mod tls;
mod versions;
