//! The bill of materials in CycloneDX's JSON: what a product is made of, for those who have to know.

use anyhow::{Context, Result};
use cargo_metadata::Package;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::checksum::sha256;
use crate::package::commit::Commit;
use crate::package::dependencies::Dependencies;
use crate::package::papers::{Product, Runtime};
use crate::workspace;

/// The bill of a product.
pub(crate) fn text(
    product: &Product,
    dependencies: &Dependencies,
    runtimes: &[Runtime],
    commit: &Commit,
) -> Result<String> {
    let own = format!("{}@{}", product.name, workspace::VERSION);
    let mut components = Vec::new();
    let mut graph = Vec::new();
    for (package, edges) in dependencies.packages.iter().zip(&dependencies.edges) {
        components.push(component(package, dependencies.checksum(package))?);
        let mut on: Vec<_> = edges.iter().map(|at| reference(&dependencies.packages[*at])).collect();
        if package.name.as_str() == product.made_of {
            on.extend(runtimes.iter().map(runtime_reference));
            graph.insert(0, json!({ "ref": own, "dependsOn": [reference(package)] }));
        }
        graph.push(json!({ "ref": reference(package), "dependsOn": on }));
    }
    components.extend(runtimes.iter().map(runtime));
    graph.extend(runtimes.iter().map(|runtime| json!({ "ref": runtime_reference(runtime), "dependsOn": [] })));
    let metadata = json!({
        "timestamp": commit.time.format(&Rfc3339)?,
        "tools": { "components": [{ "type": "application", "name": "cargo xtask package", "version": workspace::VERSION }] },
        "component": {
            "type": "application",
            "bom-ref": own,
            "name": product.name,
            "version": workspace::VERSION,
            "licenses": [{ "expression": env!("CARGO_PKG_LICENSE") }],
            "externalReferences": [{ "type": "vcs", "url": env!("CARGO_PKG_REPOSITORY"), "comment": commit.id }],
        },
    });
    let mut bill = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": metadata,
        "components": components,
        "dependencies": graph,
    });
    bill["serialNumber"] = json!(serial_number(&serde_json::to_vec(&bill)?));
    Ok(serde_json::to_string_pretty(&bill)? + "\n")
}

/// A number that only this bill has, and has each time that it is made: a UUID of RFC 9562's version 8, out of its content.
fn serial_number(content: &[u8]) -> String {
    let digest = sha256(content);
    let [a, b, c, d, e] = [&digest[..8], &digest[8..12], &digest[13..16], &digest[17..20], &digest[20..32]];
    format!("urn:uuid:{a}-{b}-8{c}-8{d}-{e}")
}

fn runtime(runtime: &Runtime) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": runtime_reference(runtime),
        "name": runtime.name,
        "licenses": [{ "expression": runtime.licence }],
        "externalReferences": [{ "type": "vcs", "url": runtime.source }],
        "purl": runtime_reference(runtime),
    });
    if let Some(version) = &runtime.version {
        component["version"] = json!(version);
    }
    component
}

fn runtime_reference(runtime: &Runtime) -> String {
    let version = runtime.version.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
    format!("pkg:generic/{}{version}", runtime.name)
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
