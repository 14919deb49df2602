//! vcdsim
fn main() {}
