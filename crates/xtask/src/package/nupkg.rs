//! The module as a NuGet package: what PowerShell's galleries and package commands exchange.
//!
//! It is an Open Packaging Conventions archive, that is a zip with four files of its own beside the module's. They say what
//! Publish-PSResource would write, which a test compares, but depend on nothing but the module.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::checksum::sha256;
use crate::package::archive::Files;
use crate::package::manifest::Manifest;
use crate::stage::MODULE;
use crate::workspace;

const NUSPEC: &str = "http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd";
const CONTENT_TYPES: &str = "http://schemas.openxmlformats.org/package/2006/content-types";
const RELATIONSHIPS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const MANIFEST_RELATIONSHIP: &str = "http://schemas.microsoft.com/packaging/2010/07/manifest";
const PROPERTIES: &str = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties";
const PROPERTIES_RELATIONSHIP: &str =
    "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties";
const DUBLIN_CORE: &str = "http://purl.org/dc/elements/1.1/";

/// The module's files and those that make them a package.
pub(crate) fn files(module: &Files, manifest: &Manifest) -> Result<Files> {
    let mut files = module.clone();
    let nuspec_name = format!("{MODULE}.nuspec");
    let properties = properties(manifest)?;
    // The name is free, and has to be the same each time.
    let properties_name = format!("package/services/metadata/core-properties/{}.psmdcp", &sha256(&properties)[..32]);
    files.add(&nuspec_name, nuspec(manifest)?);
    files.add(&properties_name, properties);
    files.add("_rels/.rels", relationships(&nuspec_name, &properties_name)?);
    files.add("[Content_Types].xml", content_types(&files)?);
    Ok(files)
}

/// What a gallery shows and searches.
fn nuspec(manifest: &Manifest) -> Result<Vec<u8>> {
    let tags = tags(manifest)?;
    let elements = [
        ("id", MODULE),
        ("version", workspace::VERSION),
        ("authors", manifest.text("Author")?),
        ("owners", manifest.text("CompanyName")?),
        ("requireLicenseAcceptance", "false"),
        ("licenseUrl", manifest.text("LicenseUri")?),
        ("projectUrl", manifest.text("ProjectUri")?),
        ("description", manifest.text("Description")?),
        ("releaseNotes", manifest.text("ReleaseNotes")?),
        ("copyright", manifest.text("Copyright")?),
        ("tags", &tags),
    ];
    document(|xml| {
        xml.create_element("package").with_attribute(("xmlns", NUSPEC)).write_inner_content(|xml| {
            xml.create_element("metadata").write_inner_content(|xml| texts(xml, &elements))?;
            Ok(())
        })?;
        Ok(())
    })
}

/// The module's own tags, and those by which the galleries find modules by their commands.
fn tags(manifest: &Manifest) -> Result<String> {
    let functions = manifest.texts("FunctionsToExport")?;
    let by_command = functions.iter().flat_map(|name| [format!("PSFunction_{name}"), format!("PSCommand_{name}")]);
    let all = ["PSModule", "PSIncludes_Function"].map(str::to_owned).into_iter().chain(by_command);
    let own = manifest.texts("Tags")?.into_iter().map(str::to_owned);
    Ok(all.chain(own).collect::<Vec<_>>().join(" "))
}

fn properties(manifest: &Manifest) -> Result<Vec<u8>> {
    let tags = tags(manifest)?;
    let elements = [
        ("dc:creator", manifest.text("Author")?),
        ("dc:description", manifest.text("Description")?),
        ("dc:identifier", MODULE),
        ("version", workspace::VERSION),
        ("keywords", &tags),
    ];
    document(|xml| {
        let root = xml.create_element("coreProperties");
        root.with_attributes([("xmlns", PROPERTIES), ("xmlns:dc", DUBLIN_CORE)])
            .write_inner_content(|xml| texts(xml, &elements))?;
        Ok(())
    })
}

fn relationships(nuspec_name: &str, properties_name: &str) -> Result<Vec<u8>> {
    let targets = [(MANIFEST_RELATIONSHIP, nuspec_name, "R1"), (PROPERTIES_RELATIONSHIP, properties_name, "R2")];
    document(|xml| {
        xml.create_element("Relationships").with_attribute(("xmlns", RELATIONSHIPS)).write_inner_content(|xml| {
            for (kind, target, id) in targets {
                let target = format!("/{target}");
                xml.create_element("Relationship")
                    .with_attributes([("Type", kind), ("Target", target.as_str()), ("Id", id)])
                    .write_empty()?;
            }
            Ok(())
        })?;
        Ok(())
    })
}

/// Every file needs a type, by its extension or, where it has none, by its name.
fn content_types(files: &Files) -> Result<Vec<u8>> {
    let mut extensions = BTreeSet::new();
    let mut without = Vec::new();
    for name in files.names() {
        let file = name.rsplit('/').next().context("a name is empty")?;
        match file.rsplit_once('.') {
            Some((_, extension)) => {
                extensions.insert(extension);
            }
            None => without.push(format!("/{name}")),
        }
    }
    document(|xml| {
        xml.create_element("Types").with_attribute(("xmlns", CONTENT_TYPES)).write_inner_content(|xml| {
            for extension in extensions {
                xml.create_element("Default")
                    .with_attributes([("Extension", extension), ("ContentType", content_type(extension))])
                    .write_empty()?;
            }
            for name in &without {
                xml.create_element("Override")
                    .with_attributes([("PartName", name.as_str()), ("ContentType", content_type(""))])
                    .write_empty()?;
            }
            Ok(())
        })?;
        Ok(())
    })
}

fn content_type(extension: &str) -> &'static str {
    match extension {
        "rels" => "application/vnd.openxmlformats-package.relationships+xml",
        "psmdcp" => "application/vnd.openxmlformats-package.core-properties+xml",
        _ => "application/octet",
    }
}

fn texts(xml: &mut Writer<Vec<u8>>, elements: &[(&str, &str)]) -> std::io::Result<()> {
    for (name, text) in elements {
        xml.create_element(*name).write_text_content(BytesText::new(text))?;
    }
    Ok(())
}

fn document(body: impl FnOnce(&mut Writer<Vec<u8>>) -> Result<()>) -> Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    body(&mut xml)?;
    Ok(xml.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_a_content_type() {
        let mut files = Files::default();
        for name in ["LICENSE", "native/osx/libvcd_auth.dylib", "a.psd1", "_rels/.rels"] {
            files.add(name, "");
        }
        let types = String::from_utf8(content_types(&files).unwrap()).unwrap();
        for part in [r#"PartName="/LICENSE""#, r#"Extension="dylib""#, r#"Extension="psd1""#, r#"Extension="rels""#] {
            assert!(types.contains(part), "{types}");
        }
    }

    #[test]
    fn texts_are_escaped() {
        let written = document(|xml| Ok(texts(xml, &[("a", "<&>")])?)).unwrap();
        assert!(String::from_utf8(written).unwrap().ends_with("<a>&lt;&amp;&gt;</a>"));
    }
}
