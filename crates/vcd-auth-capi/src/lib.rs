//! vcd-auth-capi
