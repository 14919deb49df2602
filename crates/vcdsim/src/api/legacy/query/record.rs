//! One item of a query's result.

use serde_json::Value;

use super::Format;
use super::kinds::Kind;
use crate::api::document::{Element, plain};
use crate::api::legacy::reference::Reference;
use crate::api::selection::Item;

pub(super) struct Record {
    reference: Reference,
    attributes: Vec<(&'static str, Attribute)>,
}

enum Attribute {
    Plain(Value),
    /// Another entity, told by its address or its id.
    Entity(Reference),
}

impl Record {
    pub(super) fn new(reference: Reference) -> Self {
        let name = Attribute::Plain(reference.name.as_str().into());
        Self { reference, attributes: vec![("name", name)] }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.attributes.push((name, Attribute::Plain(value.into())));
        self
    }

    pub(super) fn with_entity(mut self, name: &'static str, entity: Reference) -> Self {
        self.attributes.push((name, Attribute::Entity(entity)));
        self
    }

    pub(super) fn element(&self, kind: &Kind, format: Format) -> Element {
        let (own_name, own_value) = match format {
            Format::References => return self.reference.element(kind.reference),
            Format::Records => ("href", &self.reference.href),
            Format::IdRecords => ("id", &self.reference.urn),
        };
        let element = Element::new(kind.record).json_type(kind.json_type).with(own_name, own_value.as_str());
        self.attributes.iter().fold(element, |element, (name, attribute)| match attribute {
            Attribute::Plain(value) => element.with(name, value.clone()),
            Attribute::Entity(entity) if format == Format::IdRecords => element.with(name, entity.urn.as_str()),
            Attribute::Entity(entity) => element.with(name, entity.href.as_str()),
        })
    }
}

impl Item for Record {
    fn texts(&self, field: &str) -> Option<Vec<String>> {
        let either = |reference: &Reference| vec![reference.href.clone(), reference.urn.clone()];
        if matches!(field, "href" | "id") {
            return Some(either(&self.reference));
        }
        let (_, attribute) = self.attributes.iter().find(|(name, _)| *name == field)?;
        Some(match attribute {
            Attribute::Plain(value) => vec![plain(value)],
            Attribute::Entity(entity) => either(entity),
        })
    }
}
