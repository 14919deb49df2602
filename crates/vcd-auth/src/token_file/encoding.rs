//! How a file's text is encoded: UTF-8, or UTF-16 as Windows PowerShell 5.1 writes it, with a byte order mark or without.

use zeroize::Zeroizing;

/// The encoding of a file, so that it can be written the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Encoding {
    units: Units,
    mark: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Units {
    Utf8,
    Utf16Little,
    Utf16Big,
}

impl Encoding {
    /// Decodes a whole file. `None` if it is not well-formed in the encoding that it begins with.
    pub(super) fn decode(bytes: &[u8]) -> Option<(Zeroizing<String>, Encoding)> {
        let (encoding, rest) = Self::recognize(bytes);
        let text = match encoding.units {
            Units::Utf8 => str::from_utf8(rest).ok()?.to_owned(),
            Units::Utf16Little => from_utf16(rest, u16::from_le_bytes)?,
            Units::Utf16Big => from_utf16(rest, u16::from_be_bytes)?,
        };
        Some((Zeroizing::new(text), encoding))
    }

    /// Encodes a whole file.
    pub(super) fn encode(self, text: &str) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * text.len() + 3));
        match self.units {
            Units::Utf8 => {
                bytes.extend_from_slice(if self.mark { b"\xef\xbb\xbf" } else { b"" });
                bytes.extend_from_slice(text.as_bytes());
            }
            Units::Utf16Little => self.marked(text).for_each(|unit| bytes.extend_from_slice(&unit.to_le_bytes())),
            Units::Utf16Big => self.marked(text).for_each(|unit| bytes.extend_from_slice(&unit.to_be_bytes())),
        }
        bytes
    }

    fn marked(self, text: &str) -> impl Iterator<Item = u16> {
        self.mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16())
    }

    /// Tells the encoding by the first bytes. Everything that is looked for in a token file begins with ASCII, which has a
    /// zero beside it in UTF-16.
    fn recognize(bytes: &[u8]) -> (Encoding, &[u8]) {
        let (units, mark, rest) = match bytes {
            [0xEF, 0xBB, 0xBF, rest @ ..] => (Units::Utf8, true, rest),
            [0xFF, 0xFE, rest @ ..] => (Units::Utf16Little, true, rest),
            [0xFE, 0xFF, rest @ ..] => (Units::Utf16Big, true, rest),
            [1..=255, 0, ..] => (Units::Utf16Little, false, bytes),
            [0, 1..=255, ..] => (Units::Utf16Big, false, bytes),
            _ => (Units::Utf8, false, bytes),
        };
        (Encoding { units, mark }, rest)
    }
}

fn from_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks();
    let mut text = String::with_capacity(bytes.len());
    for c in char::decode_utf16(pairs.iter().copied().map(unit)) {
        text.push(c.ok()?);
    }
    rest.is_empty().then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_comes_back_as_it_was() {
        for bytes in [
            &b"token\r\n"[..],
            b"\xef\xbb\xbftoken",
            b"\xff\xfet\0o\0k\0e\0n\0\r\0\n\0",
            b"\xfe\xff\0t\0o\0k\0e\0n",
            b"t\0o\0k\0e\0n\0",
            b"\0t\0o\0k\0e\0n",
            b"",
        ] {
            let (text, encoding) = Encoding::decode(bytes).expect("well-formed");
            assert_eq!(text.trim(), if bytes.is_empty() { "" } else { "token" });
            assert_eq!(encoding.encode(&text).as_slice(), bytes);
        }
    }

    #[test]
    fn what_is_not_well_formed_is_none() {
        for bytes in [&b"\xff\xfet"[..], b"t\0o", b"\xff\xfe\x00\xd8", b"caf\xe9", b"\xfe\xff\xd8\x00"] {
            assert_eq!(Encoding::decode(bytes), None, "{bytes:?}");
        }
    }
}
