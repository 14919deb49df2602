//! Reading the documents of the legacy interface, strictly: what is not well-formed fails the test.

use std::collections::BTreeMap;

/// An element of a document.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(crate) name: String,
    attributes: BTreeMap<String, String>,
    children: Vec<Node>,
    pub(crate) text: String,
}

impl Node {
    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).unwrap_or_else(|| panic!("no attribute {name} in {self:?}"))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    /// The children of that name.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &Node> {
        self.children.iter().filter(move |child| child.name == name)
    }

    pub(crate) fn first(&self, name: &str) -> &Node {
        self.all(name).next().unwrap_or_else(|| panic!("no element {name} in {self:?}"))
    }

    /// The addresses of the links of that relation.
    pub(crate) fn links(&self, relation: &str) -> Vec<&str> {
        self.all("Link").filter(|link| link.attribute("rel") == relation).map(|link| link.attribute("href")).collect()
    }
}

/// Reads a whole document.
pub(crate) fn read(document: &str) -> Node {
    let body = document.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n");
    let mut reader = Reader { rest: body.expect("a declaration") };
    let node = reader.element();
    assert_eq!(reader.rest.trim(), "", "a document has one root");
    node
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn element(&mut self) -> Node {
        self.expect("<");
        let mut node = Node { name: self.name(), ..Node::default() };
        while self.rest.starts_with(' ') {
            self.expect(" ");
            let attribute = self.name();
            self.expect("=\"");
            let value = unescape(self.until("\""));
            self.expect("\"");
            assert!(node.attributes.insert(attribute, value).is_none(), "an attribute twice");
        }
        if self.rest.starts_with("/>") {
            self.expect("/>");
            return node;
        }
        self.expect(">");
        loop {
            node.text.push_str(&unescape(self.until("<")));
            if self.rest.starts_with("</") {
                self.expect(&format!("</{}>", node.name));
                return node;
            }
            node.children.push(self.element());
        }
    }

    fn name(&mut self) -> String {
        let length = self.rest.find(|character: char| !character.is_ascii_alphanumeric()).expect("more");
        let (name, rest) = self.rest.split_at(length);
        assert!(name.starts_with(|first: char| first.is_ascii_alphabetic()), "a name before {rest}");
        self.rest = rest;
        name.to_owned()
    }

    fn until(&mut self, end: &str) -> &'a str {
        let (taken, rest) = self.rest.split_at(self.rest.find(end).expect("an end"));
        self.rest = rest;
        taken
    }

    fn expect(&mut self, text: &str) {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or_else(|| panic!("{text:?} expected before {:.60}", self.rest));
    }
}

fn unescape(text: &str) -> String {
    assert!(!text.contains('<'), "{text}");
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';').expect("an entity ends with a semicolon");
        plain.push_str(match entity {
            "amp" => "&",
            "lt" => "<",
            "gt" => ">",
            "quot" => "\"",
            "apos" => "'",
            other => panic!("no such entity: {other}"),
        });
        plain.push_str(rest);
    }
    plain
}
