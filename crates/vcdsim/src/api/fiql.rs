//! Filters of lists, in the part of the Feed Item Query Language that clients of VCD use: `name==web*;status!=POWERED_OFF`.
//! A semicolon is "and" and binds tighter than a comma, which is "or"; parentheses group; `*` stands for any text.

use percent_encoding::percent_decode_str;

/// Groups in groups beyond this depth are a mistake of the caller.
const DEEPEST: usize = 16;

/// A filter, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Comparison { field: String, wanted: bool, pattern: String },
}

impl Filter {
    /// Takes a filter apart. With `encoded`, fields and values are percent-encoded once more (VCD's `filterEncoded`), so
    /// that they can hold the characters of the language itself. The error says what is wrong.
    pub(crate) fn parse(text: &str, encoded: bool) -> Result<Self, String> {
        let mut parser = Parser { rest: text, encoded };
        let filter = parser.any(0)?;
        if parser.rest.is_empty() { Ok(filter) } else { Err(parser.unexpected()) }
    }

    /// Whether an item passes. `texts` tells the texts of a field that a comparison may meet, or that there is no such
    /// field; then the error names it.
    pub(crate) fn passes(&self, texts: &impl Fn(&str) -> Option<Vec<String>>) -> Result<bool, String> {
        match self {
            Self::All(parts) => parts.iter().try_fold(true, |passed, part| Ok(passed & part.passes(texts)?)),
            Self::Any(parts) => parts.iter().try_fold(false, |passed, part| Ok(passed | part.passes(texts)?)),
            Self::Comparison { field, wanted, pattern } => {
                let texts = texts(field).ok_or_else(|| format!("there is no field {field:?}"))?;
                Ok(texts.iter().any(|text| is_match(pattern, text)) == *wanted)
            }
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
    encoded: bool,
}

impl<'a> Parser<'a> {
    fn any(&mut self, depth: usize) -> Result<Filter, String> {
        let mut parts = vec![self.all(depth)?];
        while self.take(',') {
            parts.push(self.all(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::Any(parts) })
    }

    fn all(&mut self, depth: usize) -> Result<Filter, String> {
        let mut parts = vec![self.part(depth)?];
        while self.take(';') {
            parts.push(self.part(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::All(parts) })
    }

    fn part(&mut self, depth: usize) -> Result<Filter, String> {
        if !self.take('(') {
            return self.comparison();
        }
        if depth == DEEPEST {
            return Err("the filter has too many groups in groups".to_owned());
        }
        let group = self.any(depth + 1)?;
        if self.take(')') { Ok(group) } else { Err(self.unexpected()) }
    }

    fn comparison(&mut self) -> Result<Filter, String> {
        let field = self.until(&['=', '!', ',', ';', '(', ')']);
        let wanted = self.rest.starts_with("==");
        if field.is_empty() || !(wanted || self.rest.starts_with("!=")) {
            return Err(self.unexpected());
        }
        self.rest = &self.rest[2..];
        let pattern = self.until(&[',', ';', '(', ')']);
        Ok(Filter::Comparison { field: self.decode(field), wanted, pattern: self.decode(pattern) })
    }

    fn take(&mut self, character: char) -> bool {
        let rest = self.rest.strip_prefix(character);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn until(&mut self, ends: &[char]) -> &'a str {
        let (taken, rest) = self.rest.split_at(self.rest.find(ends).unwrap_or(self.rest.len()));
        self.rest = rest;
        taken
    }

    fn decode(&self, text: &str) -> String {
        if self.encoded { percent_decode_str(text).decode_utf8_lossy().into_owned() } else { text.to_owned() }
    }

    fn unexpected(&self) -> String {
        format!("the filter cannot be read from {:?} on; it takes ==, !=, commas, semicolons and groups", self.rest)
    }
}

/// Whether `text` is `pattern`, whose stars stand for any text.
fn is_match(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let inner = text.strip_prefix(start).and_then(|text| text.strip_suffix(end));
    // What stands first is the best place for each part: it leaves the most for those that follow.
    let last = inner.and_then(|inner| {
        middle.split('*').try_fold(inner, |inner, part| Some(&inner[inner.find(part)? + part.len()..]))
    });
    last.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(field: &str) -> Option<Vec<String>> {
        let texts: &[&str] = match field {
            "name" => &["web-01"],
            "status" => &["POWERED_ON"],
            "vdc" => &["https://sim/api/vdc/1", "urn:vcloud:vdc:1"],
            "owner.name" => &["a,b"],
            _ => return None,
        };
        Some(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn filters_select_as_they_read() {
        for (filter, expected) in [
            ("name==web-01", true),
            ("name==web-02", false),
            ("name!=web-02", true),
            ("name!=web-*", false),
            ("name==web-02;status==POWERED_ON", false),
            ("name==web-02,status==POWERED_ON", true),
            ("name==web-02;status==POWERED_ON,name==web*", true),
            ("name==x;(status==POWERED_ON,name==web*)", false),
            ("(name==web*;(status==POWERED_*))", true),
            ("vdc==urn:vcloud:vdc:1", true),
            ("vdc==https://sim/api/vdc/1", true),
            ("vdc!=urn:vcloud:vdc:1", false),
            ("name==", false),
        ] {
            let parsed = Filter::parse(filter, false).unwrap();
            assert_eq!(parsed.passes(&texts), Ok(expected), "{filter}");
        }
    }

    #[test]
    fn encoded_filters_can_hold_the_language_itself() {
        let passes = |filter, encoded| Filter::parse(filter, encoded).unwrap().passes(&texts);
        assert_eq!(passes("owner.name==a%2Cb", true), Ok(true));
        assert_eq!(passes("owner.name==a%2Cb", false), Ok(false));
    }

    #[test]
    fn mistakes_are_told() {
        let deep = "(".repeat(40_000);
        for wrong in ["", "name", "name=web", "==web", "name==a;", "name=gt=3", "(name==a", "name==a)", &deep] {
            assert!(Filter::parse(wrong, false).is_err(), "{wrong}");
        }
        let filter = Filter::parse("name==x;colour==red", false).unwrap();
        assert_eq!(filter.passes(&texts), Err("there is no field \"colour\"".to_owned()));
    }

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*", "a", true),
            ("a*", "ba", false),
            ("*a", "ba", true),
            ("a*a", "a", false),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXcYb", false),
            ("*b*b*", "abb", true),
            ("*b*b*", "ab", false),
            ("ä*", "äö", true),
        ] {
            assert_eq!(is_match(pattern, text), expected, "{pattern} {text}");
        }
    }
}
