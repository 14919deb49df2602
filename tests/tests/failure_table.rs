//! The table that maps failures to PowerShell's errors, against the core's list.

use std::collections::BTreeMap;
use std::fs;

use tests::staged;
use vcd_auth::FailureKind;

#[test]
fn names_and_numbers_are_the_same_on_both_sides() {
    let table = staged::repository().join("powershell/VcdBearer/Private/FailureTable.ps1");
    let table = fs::read_to_string(table).expect("the table can be read");
    let row = |line: &str| {
        let (name, rest) = line.trim().split_once('=')?;
        let number = rest.trim().split(',').next()?.parse().ok()?;
        Some((name.trim().to_owned(), number))
    };
    let in_powershell: BTreeMap<String, i32> = table.lines().filter_map(row).collect();
    let in_core: BTreeMap<String, i32> = FailureKind::ALL.iter().map(|kind| (kind.name(), kind.number())).collect();
    assert_eq!(in_powershell, in_core);
}
