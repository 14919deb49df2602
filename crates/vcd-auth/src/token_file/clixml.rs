//! What PowerShell's `Export-Clixml` writes for a SecureString or a PSCredential: one element `SS` with the secret in it.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::Event;

#[cfg(windows)]
use zeroize::Zeroizing;

use super::content::Unfit;

/// Where the hexadecimal digits of the one secret stand in `text`, which begins with `<`.
pub(super) fn secret_at(text: &str) -> Result<Range<usize>, Unfit> {
    let mut reader = Reader::from_str(text);
    let (mut is_clixml, mut begin, mut found) = (false, None, None);
    loop {
        let before = position(&reader);
        // The parser's own words may repeat what stands there.
        let event = reader.read_event().map_err(|_| Unfit::invalid("is cut off or is not XML"))?;
        match event {
            Event::Start(element) => match element.local_name().as_ref() {
                "Objs" => is_clixml = true,
                "SS" => begin = Some(position(&reader)),
                _ => {}
            },
            Event::End(element) if element.local_name().as_ref() == "SS" => {
                let Some(begin) = begin.take() else { continue };
                if found.replace(begin..before).is_some() {
                    return Err(Unfit::invalid("holds more than one SecureString"));
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    match found {
        Some(range) if is_clixml => Ok(range),
        _ if is_clixml => Err(Unfit::invalid("holds no SecureString")),
        _ => Err(Unfit::invalid("is XML, but not what Export-Clixml writes")),
    }
}

/// A whole file as PowerShell 7 writes it, with the hexadecimal digits of a secret. It is ASCII, so that Windows PowerShell 5.1,
/// which would write UTF-16, reads it as well.
#[cfg(windows)]
pub(super) fn new_file(digits: &str) -> Zeroizing<Vec<u8>> {
    const BEFORE: &[u8] =
        b"<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\r\n  <SS>";
    Zeroizing::new([BEFORE, digits.as_bytes(), b"</SS>\r\n</Objs>"].concat())
}

fn position(reader: &Reader<&[u8]>) -> usize {
    // The text lies in memory, so its length is a usize.
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}
