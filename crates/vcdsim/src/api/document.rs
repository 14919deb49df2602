//! The documents of the legacy interface: written once as elements, sent as XML or as JSON.

use std::fmt::Write;

use serde_json::{Map, Value};

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Xml,
    Json,
}

impl Form {
    /// The form that a media range of an `Accept` header asks for; XML is what VCD gives by default.
    pub(crate) fn wanted_by(media_range: &str) -> Self {
        if media_range.to_ascii_lowercase().ends_with("json") { Self::Json } else { Self::Xml }
    }

    /// A media type such as `application/vnd.vmware.vcloud.org+xml`, in this form.
    pub(crate) fn media_type(self, xml: &str) -> String {
        match (self, xml.strip_suffix("+xml")) {
            (Self::Json, Some(stem)) => format!("{stem}+json"),
            _ => xml.to_owned(),
        }
    }
}

/// An element. Attributes and contents keep their order, which VCD's schemas prescribe.
#[derive(Clone)]
pub(crate) struct Element {
    name: &'static str,
    json_type: Option<&'static str>,
    attributes: Vec<(&'static str, Value)>,
    contents: Vec<Content>,
    text: Option<Value>,
}

#[derive(Clone)]
enum Content {
    One(Element),
    /// Elements that the schema lets occur any number of times, under the name that the schema gives them: a list in
    /// JSON, even if there is none or only one.
    Many(&'static str, Vec<Element>),
}

impl Element {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, json_type: None, attributes: Vec::new(), contents: Vec::new(), text: None }
    }

    /// An element that holds only text.
    pub(crate) fn text(name: &'static str, text: impl Into<Value>) -> Self {
        Self { text: Some(text.into()), ..Self::new(name) }
    }

    /// Names the schema type, which JSON tells where a list may hold elements of several types.
    #[must_use]
    pub(crate) fn json_type(self, name: &'static str) -> Self {
        Self { json_type: Some(name), ..self }
    }

    #[must_use]
    pub(crate) fn with(mut self, attribute: &'static str, value: impl Into<Value>) -> Self {
        self.attributes.push((attribute, value.into()));
        self
    }

    #[must_use]
    pub(crate) fn child(mut self, child: Element) -> Self {
        self.contents.push(Content::One(child));
        self
    }

    #[must_use]
    pub(crate) fn children(mut self, name: &'static str, children: impl IntoIterator<Item = Element>) -> Self {
        self.contents.push(Content::Many(name, children.into_iter().collect()));
        self
    }

    /// The whole document with this element, whose namespace is given, as its root.
    pub(crate) fn document(&self, form: Form, namespace: &str) -> String {
        match form {
            Form::Json => self.json().to_string(),
            Form::Xml => {
                let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n");
                self.write_xml(&mut xml, 0, Some(namespace));
                xml
            }
        }
    }

    fn write_xml(&self, xml: &mut String, depth: usize, namespace: Option<&str>) {
        let Self { name, attributes, contents, text, .. } = self;
        let indent = "  ".repeat(depth);
        // Writing to a string cannot fail.
        let _ = write!(xml, "{indent}<{name}");
        let namespace = namespace.map(|namespace| ("xmlns", Value::from(namespace)));
        for (attribute, value) in namespace.iter().chain(attributes) {
            let _ = write!(xml, " {attribute}=\"{}\"", escape(&plain(value)));
        }
        let mut children = contents.iter().flat_map(Content::elements).peekable();
        if children.peek().is_none() && text.is_none() {
            xml.push_str("/>\n");
            return;
        }
        let _ = write!(xml, ">{}", text.as_ref().map(|text| escape(&plain(text))).unwrap_or_default());
        if children.peek().is_some() {
            xml.push('\n');
            children.for_each(|child| child.write_xml(xml, depth + 1, None));
            xml.push_str(&indent);
        }
        let _ = writeln!(xml, "</{name}>");
    }

    fn json(&self) -> Value {
        if let Some(text) = &self.text {
            return text.clone();
        }
        let mut object = Map::new();
        object.extend(self.json_type.map(|name| ("_type".to_owned(), name.into())));
        for (attribute, value) in &self.attributes {
            let value = match (*attribute, value) {
                // A document in JSON refers to documents in JSON.
                ("type", Value::String(media_type)) => Form::Json.media_type(media_type).into(),
                _ => value.clone(),
            };
            object.insert((*attribute).to_owned(), value);
        }
        for content in &self.contents {
            let (name, value) = match content {
                Content::One(element) => (element.name, element.json()),
                Content::Many(name, elements) => (*name, elements.iter().map(Self::json).collect()),
            };
            object.insert(json_name(name), value);
        }
        object.into()
    }
}

impl Content {
    fn elements(&self) -> &[Element] {
        match self {
            Self::One(element) => std::slice::from_ref(element),
            Self::Many(_, elements) => elements,
        }
    }
}

/// The text of a value outside JSON.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The JSON name of an element: its first word in lower case. `Link` is `link`, `VAppParent` is `vAppParent`,
/// `UIEndpoint` is `uiEndpoint`.
fn json_name(element: &str) -> String {
    let capitals = element.chars().take_while(char::is_ascii_uppercase).count();
    let lowered = capitals.saturating_sub(1).max(1).min(element.len());
    element[..lowered].to_ascii_lowercase() + &element[lowered..]
}

/// `text` as it can stand in XML text and attributes.
fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            // XML 1.0 has no way to write the other control characters.
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample() -> Element {
        Element::new("Org")
            .with("name", "acme")
            .with("type", "application/vnd.vmware.vcloud.org+xml")
            .with("total", 1)
            .children("Link", [Element::new("Link").with("rel", "down")])
            .child(Element::text("FullName", "Acme"))
            .child(Element::text("IsEnabled", true))
            .children("Record", [Element::new("VMRecord").json_type("QueryResultVMRecordType").with("isBusy", false)])
            .children("Task", [])
    }

    #[test]
    fn xml_keeps_the_order_given() {
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
            <Org xmlns=\"http://x\" name=\"acme\" type=\"application/vnd.vmware.vcloud.org+xml\" total=\"1\">\n  \
            <Link rel=\"down\"/>\n  <FullName>Acme</FullName>\n  <IsEnabled>true</IsEnabled>\n  \
            <VMRecord isBusy=\"false\"/>\n</Org>\n";
        assert_eq!(sample().document(Form::Xml, "http://x"), expected);
    }

    #[test]
    fn json_has_types_and_lists() {
        let json: Value = serde_json::from_str(&sample().document(Form::Json, "http://x")).unwrap();
        let expected = json!({
            "name": "acme", "type": "application/vnd.vmware.vcloud.org+json", "total": 1, "link": [{"rel": "down"}],
            "fullName": "Acme", "isEnabled": true, "task": [],
            "record": [{"_type": "QueryResultVMRecordType", "isBusy": false}],
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn texts_cannot_break_out() {
        let hostile = "<a href=\"b\">'&'</a>\u{1}\r\n";
        let escaped = "&lt;a href=&quot;b&quot;&gt;&apos;&amp;&apos;&lt;/a&gt;\u{fffd}\u{fffd}\u{fffd}";
        let xml = Element::new("E").with("a", hostile).child(Element::text("T", hostile)).document(Form::Xml, hostile);
        let expected = format!("<E xmlns=\"{escaped}\" a=\"{escaped}\">\n  <T>{escaped}</T>\n</E>\n");
        assert_eq!(xml.split_once('\n').unwrap().1, expected);
    }

    #[test]
    fn names_begin_with_a_word_in_lower_case() {
        for (element, expected) in [
            ("Link", "link"),
            ("IsEnabled", "isEnabled"),
            ("VAppParent", "vAppParent"),
            ("UIEndpoint", "uiEndpoint"),
            ("a", "a"),
            ("", ""),
        ] {
            assert_eq!(json_name(element), expected);
        }
    }

    #[test]
    fn the_form_is_that_of_the_media_range() {
        for (range, form) in [
            ("application/*+xml", Form::Xml),
            ("application/*+json", Form::Json),
            ("application/vnd.vmware.vcloud.org+JSON", Form::Json),
            ("application/json", Form::Json),
            ("*/*", Form::Xml),
        ] {
            assert_eq!(Form::wanted_by(range), form, "{range}");
        }
        assert_eq!(Form::Json.media_type("text/xml"), "text/xml");
    }
}
