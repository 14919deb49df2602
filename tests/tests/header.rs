//! The committed header against the source, against what the library exports, and against PowerShell's binding table.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use assert_cmd::Command;
use libtest_mimic::Trial;
use object::{NameOrOrdinal, Object};
use tests::case::{case, run};
use tests::staged;

/// Functions of the library that the PowerShell module has no use for.
const NOT_BOUND: &[&str] = &["vcd_library_describe"];

fn main() -> ExitCode {
    run(vec![
        Trial::test("the_header_agrees_with_the_source", || {
            the_header_agrees_with_the_source();
            Ok(())
        }),
        case("the_library_exports_what_the_header_declares", &staged::library(), |library| {
            the_library_exports_what_the_header_declares(&library);
        }),
        Trial::test("the_binding_table_agrees_with_the_header", || {
            the_binding_table_agrees_with_the_header();
            Ok(())
        }),
    ])
}

fn the_header_agrees_with_the_source() {
    Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--locked", "--package", "xtask", "--", "header", "--verify"])
        .current_dir(staged::repository())
        .assert()
        .success();
}

fn the_library_exports_what_the_header_declares(library: &PathBuf) {
    let data = fs::read(library).expect("the library can be read");
    let file = object::File::parse(&*data).expect("it is a library");
    let exports = file.exports().expect("its exports can be read");
    // macOS puts an underscore before the names of C functions.
    let name = |export: object::Export| match export.name() {
        NameOrOrdinal::Name(bytes) => String::from_utf8_lossy(bytes).trim_start_matches('_').to_owned(),
        NameOrOrdinal::Ordinal(ordinal) => format!("number {ordinal}"),
    };
    let exported = exports.map(|export| name(export.expect("each export can be read")));
    let mut exported: Vec<String> = exported.collect();
    exported.sort();
    let declared: Vec<String> = declarations().into_keys().collect();
    assert_eq!(exported, declared);
}

fn the_binding_table_agrees_with_the_header() {
    let mut unbound = declarations();
    let table = staged::repository().join("powershell/VcdBearer/Private/NativeFunctions.ps1");
    let table = fs::read_to_string(table).expect("the binding table can be read");
    let mut bound = 0;
    for (function, signature) in table.lines().filter_map(binding) {
        let declared = unbound.remove(function).unwrap_or_else(|| panic!("{function} is not in the header"));
        let bound_types: Vec<&str> = signature.split_whitespace().collect();
        let agree = bound_types.len() == declared.len() && bound_types.iter().zip(&declared).all(|(b, d)| binds(b, d));
        assert!(agree, "{function} is bound as {bound_types:?} and declared as {declared:?}");
        bound += 1;
    }
    assert!(bound >= 12, "only {bound} bindings were found");
    assert_eq!(unbound.into_keys().collect::<Vec<_>>(), NOT_BOUND);
}

/// Function and types (the result first) in a line such as `vcd_wait = 'int32 uint64 uint32 uint64*'`.
fn binding(line: &str) -> Option<(&str, &str)> {
    let (function, signature) = line.trim().split_once('=')?;
    let function = function.trim().strip_prefix("vcd_").map(|_| function.trim())?;
    Some((function, signature.trim().strip_prefix('\'')?.strip_suffix('\'')?))
}

/// Whether a type of the binding table can stand for a C type.
fn binds(bound: &str, declared: &str) -> bool {
    match bound {
        "bytes" => declared == "uint8_t*",
        "pointer" => matches!(declared, "uint8_t*" | "uint16_t*"),
        "uint32*" => declared == "uint32_t*",
        "uint64*" => declared == "uint64_t*",
        "void" => declared == "void",
        "int32" | "uint32" | "uint64" => declared.strip_suffix("_t") == Some(bound),
        _ => false,
    }
}

/// The header's functions: name to types, the result first, without `const` and parameter names.
fn declarations() -> BTreeMap<String, Vec<String>> {
    let header = fs::read_to_string(staged::header()).expect("the header can be read");
    let code = without_comments(&header);
    let mut functions = BTreeMap::new();
    for declaration in code.split(';') {
        let Some((head, parameters)) = declaration.trim().strip_suffix(')').and_then(|text| text.split_once('('))
        else {
            continue;
        };
        let head: Vec<&str> = head.split_whitespace().collect();
        let [.., result, function] = head[..] else { continue };
        let types = parameters.split(',').map(parameter_type).filter(|declared| declared != "void");
        let signature = std::iter::once(result.to_owned()).chain(types).collect();
        functions.insert(function.to_owned(), signature);
    }
    assert!(!functions.is_empty(), "the header declares no function");
    functions
}

/// `uint8_t*` for `const uint8_t *fields`, `void` for `void`.
fn parameter_type(parameter: &str) -> String {
    let words = parameter.replace('*', " * ");
    let words: Vec<&str> = words.split_whitespace().filter(|word| *word != "const").collect();
    let stars = "*".repeat(words.iter().filter(|word| **word == "*").count());
    format!("{}{stars}", words[0])
}

fn without_comments(header: &str) -> String {
    let mut code = String::new();
    let mut rest = header;
    while let Some((before, comment)) = rest.split_once("/*") {
        code.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    code.push_str(rest);
    code.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n")
}
