//! Secrets: text that is wiped when it is dropped and never shown.

use std::fmt;
use std::hash::{Hash, Hasher};

use ring::digest::{SHA256, digest};
use zeroize::Zeroizing;

use crate::{Failure, FailureKind};

/// The longest API token that is taken for one, in bytes. Cloud Director's have 32 characters; no document fixes that.
const API_TOKEN_LIMIT: usize = 4096;
/// The longest bearer, in bytes. Cloud Director's have 600 to 1,400.
const BEARER_LIMIT: usize = 16 * 1024;
/// The length of SHA-256's blocks, in bytes.
const HASH_BLOCK: usize = 64;

/// Text that is wiped when dropped and prints as `[redacted]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Copies `text` into a buffer of exactly its length, so that no stale copy is left behind by growth.
    pub fn new(text: &str) -> Self {
        let mut copy = String::with_capacity(text.len());
        copy.push_str(text);
        Secret(Zeroizing::new(copy))
    }

    /// Decodes UTF-16, as .NET keeps its text, without an intermediate copy.
    ///
    /// # Errors
    /// `InvalidToken` if the units are not well-formed UTF-16.
    pub fn from_utf16(units: &[u16]) -> Result<Self, Failure> {
        let decoded = || char::decode_utf16(units.iter().copied());
        let length = decoded().try_fold(0, |sum, c| c.map(|c| sum + c.len_utf8()));
        let Ok(length) = length else {
            return Err(Failure::new(FailureKind::InvalidToken, "The secret is not well-formed UTF-16 text."));
        };
        let mut text = String::with_capacity(length);
        text.extend(decoded().flatten());
        Ok(Secret(Zeroizing::new(text)))
    }

    /// The text itself. Whatever copies it takes over the duty to wipe it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The text in whole blocks of SHA-256, for hashing. Such input is hashed where it lies; a remainder would be copied
    /// into the hasher, on the stack, and stay there.
    pub(crate) fn in_blocks(&self) -> Zeroizing<Vec<u8>> {
        let text = self.0.as_bytes();
        let mut padded = Zeroizing::new(vec![0; (text.len() / HASH_BLOCK + 1) * HASH_BLOCK]);
        padded[..text.len()].copy_from_slice(text);
        // A bit after the end, as in the hash's own padding, keeps "a" and "a\0" apart.
        padded[text.len()] = 0x80;
        padded
    }

    /// The SHA-256 of the text in whole blocks, in 64 lower-case hexadecimal digits: which secret, without saying it.
    pub fn fingerprint(&self) -> String {
        digest(&SHA256, &self.in_blocks()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Hash for Secret {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_str().hash(state);
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// An API token (or a service account's refresh token): visible ASCII without quotes, otherwise opaque.
#[derive(Debug, Clone)]
pub struct ApiToken {
    secret: Secret,
    trimmed: bool,
}

impl ApiToken {
    /// Checks what a person gave as an API token. White space around it is dropped.
    ///
    /// # Errors
    /// `InvalidToken` for text that is empty, too long, contains white space, control characters, quotes or non-ASCII
    /// characters, or is a bearer (JWT) rather than an API token. The message never repeats the text.
    pub fn parse(text: &Secret) -> Result<Self, Failure> {
        let token = text.expose().trim();
        let refused = |why: String| Err(Failure::new(FailureKind::InvalidToken, why));
        if token.is_empty() {
            return refused("The API token is empty.".into());
        }
        if token.len() > API_TOKEN_LIMIT {
            let length = token.len();
            return refused(format!(
                "The API token is {length} bytes long; more than {API_TOKEN_LIMIT} cannot be one."
            ));
        }
        if looks_like_bearer(token) {
            return refused(
                "What was given as API token is a bearer (JWT), which is what an API token is exchanged for.".into(),
            );
        }
        if let Some((position, what)) = foreign_character(token) {
            return refused(format!("The API token contains {what} at position {position}."));
        }
        Ok(ApiToken { secret: Secret::new(token), trimmed: token.len() != text.expose().len() })
    }

    /// The token's text.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Whether white space around the token was dropped.
    pub fn was_trimmed(&self) -> bool {
        self.trimmed
    }
}

/// A bearer: the access token of a live session, without the word `Bearer`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer(Secret);

impl Bearer {
    /// Takes a bearer as it is, or in the form `Bearer <jwt>` that PowerCLI wants; white space around it is dropped.
    ///
    /// # Errors
    /// `SessionRequired` for text that cannot stand in an HTTP header, is too long, or looks like an API token; the message
    /// never repeats it.
    pub fn parse(text: &Secret) -> Result<Self, Failure> {
        let whole = text.expose().trim();
        let token = match whole.split_at_checked("Bearer".len()) {
            Some((scheme, rest))
                if scheme.eq_ignore_ascii_case("Bearer") && !rest.starts_with(|c: char| !c.is_whitespace()) =>
            {
                rest.trim_start()
            }
            _ => whole,
        };
        let refused = |why: String| Err(Failure::new(FailureKind::SessionRequired, why));
        if token.is_empty() {
            return refused("The bearer is empty.".into());
        }
        if looks_like_token(token) {
            return refused(
                "What was given as bearer looks like an API token; it has to be exchanged for a session.".into(),
            );
        }
        if token.len() > BEARER_LIMIT {
            return refused(format!(
                "The bearer is {} bytes long; more than {BEARER_LIMIT} cannot be one.",
                token.len()
            ));
        }
        if let Some((position, what)) = foreign_character(token) {
            return refused(format!("The bearer contains {what} at position {position}."));
        }
        Ok(Bearer(Secret::new(token)))
    }

    /// The bearer's text, without the word `Bearer`.
    pub fn secret(&self) -> &Secret {
        &self.0
    }
}

/// Whether text is a bearer or the whole header value: `Bearer ...`, or a JWT (three dotted parts, the first of which
/// is the base64url of a JSON object).
pub(crate) fn looks_like_bearer(text: &str) -> bool {
    let scheme = text.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer "));
    scheme || (text.starts_with("eyJ") && text.bytes().filter(|byte| *byte == b'.').count() == 2)
}

/// Whether text is most likely an API token that stands in the wrong place: 32 letters and digits in one piece, small and
/// capital letters and digits among them. Identifiers that people choose or systems generate (hexadecimal) are not.
pub(crate) fn looks_like_token(text: &str) -> bool {
    let has = |is: fn(&u8) -> bool| text.bytes().any(|byte| is(&byte));
    text.len() == 32
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_digit)
}

/// The first character (position from 1) that no token of Cloud Director has, and what it is.
pub(crate) fn foreign_character(token: &str) -> Option<(usize, &'static str)> {
    token.chars().enumerate().find_map(|(index, c)| {
        let what = match c {
            c if c.is_control() => "a control character",
            c if c.is_whitespace() => "white space",
            '"' | '\'' | '`' => "a quotation mark",
            c if !c.is_ascii() => "a character outside ASCII",
            _ => return None,
        };
        Some((index + 1, what))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Result<ApiToken, Failure> {
        ApiToken::parse(&Secret::new(text))
    }

    #[test]
    fn debug_never_shows_a_secret() {
        let token = token("hunter2hunter2").expect("valid");
        assert!(!format!("{token:?}").contains("hunter2"));
    }

    #[test]
    fn white_space_around_a_token_is_dropped_and_noted() {
        let token = token(" \r\nabc\n").expect("valid");
        assert_eq!((token.secret().expose(), token.was_trimmed()), ("abc", true));
        assert!(!super::ApiToken::parse(&Secret::new("abc")).expect("valid").was_trimmed());
    }

    #[test]
    fn text_that_is_no_token_is_refused_without_being_repeated() {
        let megabyte = "x".repeat(1 << 20);
        for text in [
            "",
            "  ",
            "ab cd",
            "ab\ncd",
            "ab\0cd",
            "\"abcd\"",
            "t\u{f6}ken",
            "eyJhbGci.eyJzdWI.sig",
            "Bearer abc",
            &megabyte,
        ] {
            let failure = token(text).expect_err(text);
            assert_eq!(failure.kind(), FailureKind::InvalidToken);
            assert!(text.trim().len() < 4 || !failure.message().contains(text.trim()), "{failure}");
        }
    }

    #[test]
    fn a_bearer_comes_with_or_without_its_scheme() {
        for text in ["abc.def.ghi", "Bearer abc.def.ghi", "bearer  abc.def.ghi\n"] {
            assert_eq!(Bearer::parse(&Secret::new(text)).expect("valid").secret().expose(), "abc.def.ghi");
        }
        for text in ["", "Bearer ", "a b", "a\r\nX-Evil: 1", "WVVHoMr9abcdefghijklmnopqrstuvwx"] {
            let failure = Bearer::parse(&Secret::new(text)).expect_err(text);
            assert_eq!(failure.kind(), FailureKind::SessionRequired, "{text:?}");
        }
    }

    #[test]
    fn a_fingerprint_tells_secrets_apart_and_tells_none() {
        let fingerprint = |text| Secret::new(text).fingerprint();
        assert_eq!(fingerprint("OLD"), fingerprint("OLD"));
        assert_ne!(fingerprint("OLD"), fingerprint("OLD\0"));
        assert!(!fingerprint("OLD").contains("OLD"));
    }

    #[test]
    fn utf16_is_decoded_and_malformed_text_refused() {
        let units: Vec<u16> = "t\u{1F600}k".encode_utf16().collect();
        assert_eq!(Secret::from_utf16(&units).expect("valid").expose(), "t\u{1F600}k");
        assert!(Secret::from_utf16(&[0xD800]).is_err());
    }
}
