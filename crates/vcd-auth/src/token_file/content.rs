//! What a token file says, by its content: the token, what kind it is, and how to write another one in its place.

use std::io;
use std::ops::Range;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::Zeroizing;

use super::encoding::Encoding;
use super::secure_text::{self, Protection};
use super::{clixml, json};
use crate::FailureKind;
use crate::secret::{ApiToken, Secret};

/// The longest file that is taken for a token file, in bytes.
pub(super) const LIMIT: usize = 64 * 1024;
/// What is written as the writer of a file, and sent as user agent.
pub(crate) const WRITER: &str = concat!("VcdBearer/", env!("CARGO_PKG_VERSION"));

/// What the file says about its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A service account's: replaced at each use.
    Rotating,
    /// A user's: stays as it is.
    Lasting,
    /// The file does not say.
    Unknown,
}

impl Kind {
    /// The kind of that name in go-vcloud-director's files.
    pub(super) fn named(name: &str) -> Self {
        match name {
            _ if name.trim().eq_ignore_ascii_case(json::SERVICE_ACCOUNT) => Kind::Rotating,
            _ if name.trim().eq_ignore_ascii_case(json::API_TOKEN) => Kind::Lasting,
            _ => Kind::Unknown,
        }
    }
}

/// Why a file cannot be used; `why` follows the file's name in a sentence and repeats nothing of its content.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unfit {
    pub(super) kind: FailureKind,
    pub(super) why: String,
    /// Whether another account's protection is the reason.
    pub(super) foreign: bool,
}

impl Unfit {
    pub(super) fn invalid(why: impl Into<String>) -> Self {
        Unfit { kind: FailureKind::TokenFileInvalid, why: why.into(), foreign: false }
    }
}

/// The content of a token file.
#[derive(Debug)]
pub(crate) struct Content {
    token: ApiToken,
    kind: Kind,
    text: Secret,
    encoding: Encoding,
    form: Form,
    /// Where the token stands in the text.
    token_at: Range<usize>,
}

/// How the token is written.
#[derive(Debug)]
enum Form {
    Line,
    Json { updated_by_at: Option<Range<usize>>, updated_on_at: Option<Range<usize>> },
    SecureText(Protection),
}

impl Content {
    /// Understands a whole file.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Unfit> {
        if bytes.len() > LIMIT {
            return Err(Unfit::invalid(format!("is larger than {} KiB", LIMIT / 1024)));
        }
        let (text, encoding) =
            Encoding::decode(bytes).ok_or_else(|| Unfit::invalid("is not text: neither UTF-8 nor UTF-16"))?;
        let trimmed = text.trim();
        let start = text.len() - text.trim_start().len();
        let line_at = start..start + trimmed.len();
        let (token, kind, form, token_at) = match trimmed.bytes().next() {
            None => return Err(Unfit::invalid("is empty")),
            Some(b'{') => {
                let json::Members { token, kind, token_at, updated_by_at, updated_on_at } = json::read(&text)?;
                (token, kind, Form::Json { updated_by_at, updated_on_at }, token_at)
            }
            Some(b'[') => return Err(Unfit::invalid("is JSON, but not an object")),
            Some(b'<') => {
                let digits_at = clixml::secret_at(&text)?;
                let (token, protection) = secure_text::read(&text[digits_at.clone()])?;
                (token, Kind::Unknown, Form::SecureText(protection), digits_at)
            }
            Some(_) if trimmed.contains(['\r', '\n']) => {
                return Err(Unfit::invalid("holds more than one line of text"));
            }
            Some(_) if secure_text::is_stored(trimmed) => {
                let (token, protection) = secure_text::read(trimmed)?;
                (token, Kind::Unknown, Form::SecureText(protection), line_at)
            }
            Some(_) => (Secret::new(trimmed), Kind::Unknown, Form::Line, line_at),
        };
        let token = ApiToken::parse(&token).map_err(|failure| {
            Unfit::invalid(format!("holds no API token ({})", failure.message().trim_end_matches('.')))
        })?;
        Ok(Content { token, kind, text: Secret::new(&text), encoding, form, token_at })
    }

    /// The token.
    pub(crate) fn token(&self) -> &ApiToken {
        &self.token
    }

    /// What the file says about it.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// The same file with another token: same format, encoding and protection, everything else byte for byte.
    ///
    /// # Errors
    /// Those of the operating system that protects the token.
    pub(super) fn with_token(&self, token: &Secret, now: OffsetDateTime) -> io::Result<Zeroizing<Vec<u8>>> {
        let mut changes = vec![(&self.token_at, self.written(token)?)];
        if let Form::Json { updated_by_at, updated_on_at } = &self.form {
            changes.extend(updated_by_at.as_ref().map(|at| (at, json::quoted(WRITER))));
            changes.extend(updated_on_at.as_ref().map(|at| (at, json::quoted(&timestamp(now)))));
        }
        let (old, mut end) = (self.text.expose(), 0);
        let longest = old.len() + changes.iter().map(|(_, new)| new.len()).sum::<usize>();
        let mut text = Zeroizing::new(String::with_capacity(longest));
        // The next in the text of at most three.
        while let Some(next) = (0..changes.len()).min_by_key(|change| changes[*change].0.start) {
            let (at, new) = changes.swap_remove(next);
            text.push_str(&old[end..at.start]);
            text.push_str(&new);
            end = at.end;
        }
        text.push_str(&old[end..]);
        Ok(self.encoding.encode(&text))
    }

    /// The token as it stands in the text.
    fn written(&self, token: &Secret) -> io::Result<Zeroizing<String>> {
        match self.form {
            Form::Line => Ok(Zeroizing::new(token.expose().to_owned())),
            Form::Json { .. } => Ok(json::quoted(token.expose())),
            Form::SecureText(protection) => secure_text::write(token, protection),
        }
    }
}

/// UTC, RFC 3339, whole seconds.
pub(super) fn timestamp(time: OffsetDateTime) -> String {
    time.replace_nanosecond(0).unwrap_or(time).format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GO: &str = "{\n  \"token_type\": \"Service Account\",\n  \"refresh_token\": \"OLD\",\n  \"updated_by\": \"terraform\",\n  \"updated_on\": \"2024-05-17T09:30:00Z\"\n }";
    const NOON: i64 = 1_700_000_000;

    fn read(bytes: &[u8]) -> Content {
        Content::read(bytes).unwrap_or_else(|unfit| panic!("{unfit:?}"))
    }

    fn renewed(bytes: &[u8]) -> Vec<u8> {
        let now = OffsetDateTime::from_unix_timestamp(NOON).expect("a time");
        read(bytes).with_token(&Secret::new("NEW+1"), now).expect("nothing to protect").to_vec()
    }

    #[test]
    fn terraforms_file_is_understood_and_only_its_values_change() {
        let content = read(GO.as_bytes());
        assert_eq!((content.token().secret().expose(), content.kind()), ("OLD", Kind::Rotating));
        let expected = GO
            .replace("OLD", "NEW+1")
            .replace("\"terraform\"", &format!("\"{WRITER}\""))
            .replace("2024-05-17T09:30:00Z", "2023-11-14T22:13:20Z");
        assert_eq!(renewed(GO.as_bytes()), expected.as_bytes());
    }

    #[test]
    fn unknown_members_their_order_and_the_spacing_are_kept() {
        let odd = "\u{feff}{ \"z\":[1.50, {\"refresh_token\":\"inner\"}] ,\r\n\"refresh_token\" :\"\\u004fLD\", \"a\":null}\r\n";
        let expected = odd.replace("\"\\u004fLD\"", "\"NEW+1\"");
        assert_eq!(read(odd.as_bytes()).token().secret().expose(), "OLD");
        assert_eq!(String::from_utf8(renewed(odd.as_bytes())).expect("text"), expected);
    }

    #[test]
    fn the_kind_is_what_the_file_says() {
        for (kind, expected) in [
            ("\"Service Account\"", Kind::Rotating),
            ("\"service account \"", Kind::Rotating),
            ("\"API Token\"", Kind::Lasting),
            ("\"Bearer\"", Kind::Unknown),
            ("17", Kind::Unknown),
        ] {
            let file = format!(r#"{{"refresh_token":"OLD","token_type":{kind}}}"#);
            assert_eq!(read(file.as_bytes()).kind(), expected, "{kind}");
        }
        assert_eq!(read(b"OLD").kind(), Kind::Unknown);
    }

    #[test]
    fn a_line_of_text_keeps_its_surroundings_and_its_encoding() {
        for (old, new) in
            [("OLD", "NEW+1"), (" \tOLD\r\n\r\n", " \tNEW+1\r\n\r\n"), ("\u{feff}OLD\n", "\u{feff}NEW+1\n")]
        {
            assert_eq!(renewed(old.as_bytes()), new.as_bytes());
            let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
            assert_eq!(renewed(&utf16(old)), utf16(new));
        }
    }

    fn clixml(secret: &str) -> String {
        format!(
            "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\r\n  <Obj RefId=\"0\">\r\n    <TN RefId=\"0\"><T>System.Management.Automation.PSCredential</T></TN>\r\n    <Props>\r\n      <S N=\"UserName\">svc</S>\r\n      <SS N=\"Password\">{secret}</SS>\r\n    </Props>\r\n  </Obj>\r\n</Objs>"
        )
    }

    #[test]
    fn a_secure_string_of_another_system_than_windows_is_read_and_written() {
        let file = clixml("4f004c004400");
        assert_eq!(read(file.as_bytes()).token().secret().expose(), "OLD");
        assert_eq!(String::from_utf8(renewed(file.as_bytes())).expect("text"), clixml("4e00450057002b003100"));
        let plain = "<Objs><SS>4F004C004400</SS></Objs>";
        assert_eq!(read(plain.as_bytes()).token().secret().expose(), "OLD");
    }

    #[test]
    fn a_line_of_convertfrom_securestring_of_another_system_than_windows_is_read_and_written() {
        for (old, new) in [("4f004c004400", "4e00450057002b003100"), ("4F004C004400\n", "4e00450057002b003100\n")] {
            assert_eq!(read(old.as_bytes()).token().secret().expose(), "OLD");
            assert_eq!(String::from_utf8(renewed(old.as_bytes())).expect("text"), new);
        }
        // Hexadecimal digits alone make no SecureString.
        for token in ["4f4c44", "4f004c44", "4f004c0", "00000000", "0d004c00"] {
            assert_eq!(read(token.as_bytes()).token().secret().expose(), token);
        }
    }

    #[cfg(not(windows))]
    #[test]
    fn what_windows_protected_is_told_apart_from_what_is_damaged() {
        const BLOB: &str = "01000000D08C9DDF0115d1118c7a00c04fc297eb01000000aa";
        for file in [clixml(BLOB), format!("{BLOB}\r\n")] {
            let unfit = Content::read(file.as_bytes()).expect_err("foreign");
            assert_eq!((unfit.kind, unfit.foreign), (FailureKind::TokenFileUnreadable, true), "{unfit:?}");
        }
    }

    #[test]
    fn what_is_no_token_file_is_refused_with_its_reason() {
        let long = "x".repeat(LIMIT + 1);
        for (file, why) in [
            ("", "is empty"),
            (" \r\n", "is empty"),
            (&long, "is larger than 64 KiB"),
            ("first\nsecond", "holds more than one line"),
            ("can ary", "white space at position 4"),
            ("\"canary\"", "a quotation mark"),
            ("eyJhbGci.eyJzdWIcanary.sig", "is a bearer (JWT)"),
            ("{", "is cut off or is not JSON (line 1, column 1)"),
            ("{\"refresh_token\":\"canary\"", "is cut off or is not JSON"),
            ("{\"refresh_token\":\"canary\"} x", "goes on behind the end of its JSON"),
            ("{\"access_token\":\"canary\"}", "has no refresh_token"),
            ("{\"refresh_token\":17}", "has a refresh_token that is not text"),
            ("{\"refresh_token\":\"\"}", "holds no API token (The API token is empty)"),
            ("{\"refresh_token\":\"canary\",\"refresh_token\":\"canary\"}", "has refresh_token twice"),
            ("[\"canary\"]", "is JSON, but not an object"),
            ("<html>canary</html>", "is XML, but not what Export-Clixml writes"),
            ("<Objs><S>canary</S></Objs>", "holds no SecureString"),
            ("<Objs><SS>00</SS", "is cut off or is not XML"),
            ("<Objs><SS>4f00</SS><SS>4f00</SS></Objs>", "holds more than one SecureString"),
            ("<Objs><SS>4f0</SS></Objs>", "is damaged"),
            ("<Objs><SS>canary</SS></Objs>", "is damaged"),
            ("<Objs><SS>4f004c</SS></Objs>", "is damaged"),
        ] {
            let unfit = Content::read(file.as_bytes()).expect_err(file);
            assert_eq!(unfit.kind, FailureKind::TokenFileInvalid, "{file:?}");
            assert!(unfit.why.contains(why) && !unfit.why.contains("canary"), "{file:?}: {}", unfit.why);
        }
        assert!(Content::read(b"caf\xe9").is_err_and(|unfit| unfit.why.contains("neither UTF-8 nor UTF-16")));
    }

    proptest::proptest! {
        #[test]
        fn no_file_makes_the_reader_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = Content::read(&bytes);
        }

        #[test]
        fn no_text_in_the_place_of_json_or_xml_makes_the_reader_panic(start in "[{<]", rest in ".{0,200}") {
            let _ = Content::read(format!("{start}{rest}").as_bytes());
        }
    }
}
