//! vcd-bearer
fn main() {}
