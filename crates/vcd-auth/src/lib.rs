//! vcd-auth
