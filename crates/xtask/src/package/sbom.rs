//! The bill of materials in CycloneDX's JSON: what the products are made of, for those who have to know.

use anyhow::{Context, Result};
use cargo_metadata::Package;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::package::commit::Commit;
use crate::package::dependencies::Dependencies;
use crate::stage::MODULE;
use crate::workspace;

/// The bill of the products. `compiler` is the version of what made them, and so of the standard library in them.
pub(crate) fn text(dependencies: &Dependencies, compiler: &str, commit: &Commit) -> Result<String> {
    let product = format!("{MODULE}@{}", workspace::VERSION);
    let standard_library = format!("rust-std@{compiler}");
    let mut components = dependencies
        .packages
        .iter()
        .map(|package| component(package, dependencies.checksum(package)))
        .collect::<Result<Vec<_>>>()?;
    components.push(json!({
        "type": "library",
        "bom-ref": standard_library,
        "name": "rust-std",
        "version": compiler,
        "licenses": [{ "expression": "MIT OR Apache-2.0" }],
        "externalReferences": [{ "type": "vcs", "url": "https://github.com/rust-lang/rust" }],
    }));
    let own = dependencies.packages.iter().filter(|package| is_product(package)).map(reference);
    let mut graph = vec![json!({ "ref": product, "dependsOn": own.collect::<Vec<_>>() })];
    for (package, edges) in dependencies.packages.iter().zip(&dependencies.edges) {
        let mut on: Vec<_> = edges.iter().map(|at| reference(&dependencies.packages[*at])).collect();
        if package.source.is_none() {
            on.push(standard_library.clone());
        }
        graph.push(json!({ "ref": reference(package), "dependsOn": on }));
    }
    let bill = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": commit.time.format(&Rfc3339)?,
            "component": {
                "type": "application",
                "bom-ref": product,
                "name": MODULE,
                "version": workspace::VERSION,
                "licenses": [{ "expression": env!("CARGO_PKG_LICENSE") }],
                "externalReferences": [{ "type": "vcs", "url": env!("CARGO_PKG_REPOSITORY"), "comment": commit.id }],
            },
        },
        "components": components,
        "dependencies": graph,
    });
    Ok(serde_json::to_string_pretty(&bill)? + "\n")
}

fn component(package: &Package, checksum: Option<&str>) -> Result<Value> {
    let licence = package.license.as_deref().with_context(|| format!("{} names no licence", package.name))?;
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(package),
        "name": package.name.as_str(),
        "version": package.version.to_string(),
        // Older manifests have a slash for OR.
        "licenses": [{ "expression": licence.replace('/', " OR ") }],
    });
    if package.source.is_some() {
        let checksum = checksum.with_context(|| format!("Cargo.lock has no checksum of {}", package.name))?;
        component["purl"] = json!(reference(package));
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    if let Some(repository) = &package.repository {
        component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
    }
    Ok(component)
}

/// The package's URL in the sense of purl-spec.
fn reference(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version)
}

fn is_product(package: &Package) -> bool {
    package.source.is_none() && ["vcd-auth-capi", "vcd-bearer"].contains(&package.name.as_str())
}
