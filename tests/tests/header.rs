//! The committed header against the source, against what the library exports, and against PowerShell's binding table.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use assert_cmd::Command;
use libtest_mimic::Trial;
use object::{NameOrOrdinal, Object};
use tests::case::{case, run};
use tests::staged;

/// Functions of the library that the PowerShell module does not call.
const NOT_BOUND: &[&str] = &["vcd_cache_clear", "vcd_library_describe"];

fn main() -> ExitCode {
    run(vec![
        plain("the_header_agrees_with_the_source", the_header_agrees_with_the_source),
        case("the_library_exports_what_the_header_declares", &staged::library(), |library| {
            the_library_exports_what_the_header_declares(&library);
        }),
        case("the_library_for_windows_exports_what_the_header_declares", &staged::windows_native(), |native| {
            the_library_exports_what_the_header_declares(&native.join("vcd_auth.dll"));
        }),
        plain("the_binding_table_agrees_with_the_header", the_binding_table_agrees_with_the_header),
        plain("the_interface_is_the_agreed_one", the_interface_is_the_agreed_one),
        plain("only_plain_types_cross", only_plain_types_cross),
        plain("every_function_is_guarded", every_function_is_guarded),
        plain("every_function_is_documented", every_function_is_documented),
    ])
}

/// A case that needs nothing.
fn plain(name: &str, body: fn()) -> Trial {
    Trial::test(name, move || {
        body();
        Ok(())
    })
}

/// Programs are compiled against the interface and must go on working: changing it means changing `tests/c/vcd_auth.abi`
/// by hand, with thought for `VCD_ABI_VERSION`.
fn the_interface_is_the_agreed_one() {
    let header = fs::read_to_string(staged::header()).expect("the header can be read");
    let constants = header.lines().filter(|line| line.starts_with("#define VCD_") && line.split(' ').count() == 3);
    let constants = constants.filter(|line| !line.contains("VCD_AUTH_VERSION")).map(str::to_owned);
    let one_line = |declaration: &str| declaration.split_whitespace().collect::<Vec<_>>().join(" ");
    let code = without_comments(&header);
    let functions = code.split(';').map(one_line).filter(|declaration| declaration.ends_with(')'));
    let functions = functions.map(|declaration| declaration.replace("extern \"C\" { ", ""));
    let now: Vec<String> = constants.chain(functions).collect();
    let agreed = fs::read_to_string(staged::repository().join("tests/c/vcd_auth.abi")).expect("the agreed interface");
    assert!(agreed.lines().eq(now.iter().map(String::as_str)), "the interface is now:\n{}\n", now.join("\n"));
}

/// What every language can pass: no structs, enums, booleans, callbacks, `size_t` or C strings.
fn only_plain_types_cross() {
    const PLAIN: &[&str] =
        &["int32_t", "uint32_t", "uint64_t", "uint8_t*", "uint16_t*", "uint32_t*", "uint64_t*", "void"];
    for (function, types) in declarations() {
        assert!(types.iter().all(|declared| PLAIN.contains(&declared.as_str())), "{function}: {types:?}");
        assert!(types.iter().skip(1).all(|declared| declared != "void"), "{function}: {types:?}");
    }
}

/// Each body runs inside the guard that stops panics and forked processes, but for two that cannot fail.
fn every_function_is_guarded() {
    const CANNOT_FAIL: &[&str] = &["vcd_abi_version", "vcd_wipe"];
    let folder = staged::repository().join("crates/vcd-auth-capi/src/exports");
    let mut unguarded = Vec::new();
    let mut functions = 0;
    for file in fs::read_dir(folder).expect("the exports") {
        let source = fs::read_to_string(file.expect("a file").path()).expect("source");
        for function in source.split("extern \"C\" fn ").skip(1) {
            let name = function.split('(').next().expect("a name").to_owned();
            let body = function.split_once("{\n").expect("a body").1;
            let first = body.lines().find(|line| !line.trim_start().starts_with("//")).expect("a statement");
            if !first.trim_start().starts_with("guard(|| ") {
                unguarded.push(name);
            }
            functions += 1;
        }
    }
    unguarded.sort();
    assert_eq!(unguarded, CANNOT_FAIL);
    assert!(functions >= declarations().len(), "only {functions} functions were found");
}

/// The comment of each function names every parameter, what it returns, the threads and since when.
fn every_function_is_documented() {
    let header = fs::read_to_string(staged::header()).expect("the header can be read");
    let mut functions = 0;
    for comment in header.split("/**").skip(1) {
        let Some((comment, declaration)) = comment.split_once("*/") else { continue };
        let Some((declaration, _)) = declaration.split_once(");") else { continue };
        let Some((head, parameters)) = declaration.split_once('(') else { continue };
        if head.contains("#define") {
            continue;
        }
        let thread_and_age = ["ny thread", "Since ABI "].iter().all(|text| comment.contains(text));
        let result = comment.contains("eturns ") || comment.contains("never fails");
        assert!(thread_and_age && result, "{head}: {comment}");
        // The operations that are like another refer to it.
        let like_another = comment.contains("Parameters and returns as for");
        for parameter in parameters.split(',').filter_map(|text| text.split([' ', '*', '\n']).next_back()) {
            assert!(
                like_another || parameter == "void" || comment.contains(&format!("`{parameter}`")),
                "{head}: {parameter}"
            );
        }
        functions += 1;
    }
    assert_eq!(functions, declarations().len());
}

fn the_header_agrees_with_the_source() {
    Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--locked", "--package", "xtask", "--", "header", "--verify"])
        .current_dir(staged::repository())
        .assert()
        .success();
}

fn the_library_exports_what_the_header_declares(library: &Path) {
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
