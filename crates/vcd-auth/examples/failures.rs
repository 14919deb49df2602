//! Prints all failures as the table of docs/troubleshooting.md, for `cargo xtask docs`.

use vcd_auth::FailureKind;

fn main() {
    println!("| number | name | what it means | what to do |");
    println!("|---|---|---|---|");
    for kind in FailureKind::ALL {
        println!("| {} | {} | {} | {} |", kind.number(), kind.name(), kind.meaning(), kind.action());
    }
}
