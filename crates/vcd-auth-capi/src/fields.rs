//! Fields: the form in which plain data crosses the boundary.
//!
//! UTF-8 lines `name=value\n`, the last newline included. Names are `[a-z_]+`; in values newline, carriage return and
//! backslash are written `\n`, `\r`, `\\`, and NUL is not allowed.

use std::fmt::Display;

use vcd_auth::{Failure, FailureKind};

/// Fields that a caller gave, in their order.
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads fields, of which only `known` names are allowed, each at most once but for `lists`.
    ///
    /// # Errors
    /// `InvalidOption` for text that is not in this form, or a name that is unknown or repeated.
    pub(crate) fn parse(text: &str, known: &[&str], lists: &[&str]) -> Result<Self, Failure> {
        let mut fields = Vec::new();
        if text.contains('\0') {
            return refused("The fields contain a NUL.".into());
        }
        if !text.is_empty() && !text.ends_with('\n') {
            return refused("The fields do not end with a newline.".into());
        }
        for line in text.split_terminator('\n') {
            let Some((name, value)) = line.split_once('=') else {
                return refused("A line of the fields has no equals sign.".into());
            };
            if !known.contains(&name) && !lists.contains(&name) {
                let shown: String = name.chars().filter(|c| c.is_ascii_lowercase() || *c == '_').take(40).collect();
                return refused(format!("The field {shown} is not known here."));
            }
            if known.contains(&name) && fields.iter().any(|(earlier, _)| earlier == name) {
                return refused(format!("The field {name} is given twice."));
            }
            let Some(value) = unescape(value) else {
                return refused(format!("The value of the field {name} contains an escape that does not exist."));
            };
            fields.push((name.to_owned(), value));
        }
        Ok(Fields(fields))
    }

    /// The value of a field, if it was given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The values of a field that is a list.
    pub(crate) fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// A boolean, `true` or `false`; false unless given.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Failure> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => refused(format!("The field {name} is neither true nor false.")),
        }
    }

    /// A whole number above zero, if it was given.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u32>, Failure> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match value.parse() {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => refused(format!("The field {name} is not a whole number from 1 to {}.", u32::MAX)),
        }
    }
}

fn refused<T>(message: String) -> Result<T, Failure> {
    Err(Failure::new(FailureKind::InvalidOption, message))
}

fn unescape(value: &str) -> Option<String> {
    let mut text = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(c) = characters.next() {
        text.push(match c {
            '\\' => match characters.next()? {
                'n' => '\n',
                'r' => '\r',
                '\\' => '\\',
                _ => return None,
            },
            c => c,
        });
    }
    Some(text)
}

/// Writes fields.
#[derive(Default)]
pub(crate) struct FieldsWriter(String);

impl FieldsWriter {
    /// Adds a field.
    pub(crate) fn add(&mut self, name: &str, value: impl Display) -> &mut Self {
        self.add_text(name, &value.to_string())
    }

    /// Once in the library, not once for each type of value.
    fn add_text(&mut self, name: &str, value: &str) -> &mut Self {
        self.0.push_str(name);
        self.0.push('=');
        for c in value.chars() {
            match c {
                '\n' => self.0.push_str("\\n"),
                '\r' => self.0.push_str("\\r"),
                '\\' => self.0.push_str("\\\\"),
                '\0' => self.0.push('\u{FFFD}'),
                c => self.0.push(c),
            }
        }
        self.0.push('\n');
        self
    }

    /// Adds a field that has a value.
    pub(crate) fn add_some(&mut self, name: &str, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.add(name, value),
            None => self,
        }
    }

    /// Begins another record: an empty line.
    pub(crate) fn next_record(&mut self) -> &mut Self {
        self.0.push('\n');
        self
    }

    /// The text.
    pub(crate) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_the_way_there_and_back() {
        for value in ["", "plain", "a=b", "line\nbreak\r\\n", "\u{e9}\u{1F600}"] {
            let mut writer = FieldsWriter::default();
            writer.add("label", value);
            let text = writer.finish();
            let fields = Fields::parse(&text, &["label"], &[]).expect("written by us");
            assert_eq!(fields.get("label"), Some(value));
        }
    }

    #[test]
    fn what_is_not_in_form_is_refused() {
        for text in [
            "server=a",
            "server\n",
            "Server=a\n",
            "other=a\n",
            "server=a\nserver=b\n",
            "server=a\\x\n",
            "server=a\0\n",
            "=a\n",
            "\n",
        ] {
            let failure = Fields::parse(text, &["server"], &[]).err().expect(text);
            assert_eq!(failure.kind(), FailureKind::InvalidOption, "{text:?}");
        }
        assert!(Fields::parse("", &["server"], &[]).expect("no fields").get("server").is_none());
    }

    #[test]
    fn only_lists_may_repeat() {
        let fields = Fields::parse("x=1\ny=a\ny=b\n", &["x"], &["y"]).expect("valid");
        assert_eq!(fields.list("y").collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn flags_and_numbers_are_strict() {
        let fields = Fields::parse("a=true\nb=yes\nc=0\nd=15\n", &["a", "b", "c", "d"], &[]).expect("valid");
        assert!(fields.flag("a").expect("true"));
        assert!(!fields.flag("missing").expect("false"));
        assert!(fields.flag("b").is_err());
        assert!(fields.number("c").is_err());
        assert_eq!(fields.number("d").expect("15"), Some(15));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            let _ = Fields::parse(&text, &["server", "org"], &["no_proxy"]);
        }
    }
}
