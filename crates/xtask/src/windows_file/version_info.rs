//! `VERSIONINFO`, the resource by which a file for Windows says what it is: numbers, and texts by their names.

use std::collections::BTreeMap;

/// What a file says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct VersionInfo {
    /// The four numbers of the file version.
    pub(super) version: String,
    /// `VFT_APP` or `VFT_DLL` of verrsrc.h.
    pub(super) file_type: u32,
    pub(super) texts: BTreeMap<String, String>,
}

impl VersionInfo {
    /// Reads the resource; `None` if it is damaged.
    pub(super) fn read(resource: &[u8]) -> Option<Self> {
        const SIGNATURE: u32 = 0xFEEF_04BD;
        let (root, _) = Block::read(resource)?;
        // `VS_FIXEDFILEINFO` of verrsrc.h.
        let (numbers, _) = root.value.as_chunks::<4>();
        let number = |index: usize| numbers.get(index).copied().map(u32::from_le_bytes);
        let (signature, high, low, file_type) = (number(0)?, number(2)?, number(3)?, number(9)?);
        let mut texts = BTreeMap::new();
        collect(root.children, &mut texts);
        let version = format!("{}.{}.{}.{}", high >> 16, high & 0xFFFF, low >> 16, low & 0xFFFF);
        (signature == SIGNATURE).then_some(Self { version, file_type, texts })
    }
}

/// The form of everything in the resource: a key, a value and further blocks.
struct Block<'data> {
    key: String,
    is_text: bool,
    value: &'data [u8],
    children: &'data [u8],
}

impl<'data> Block<'data> {
    /// The first block, and what comes behind it.
    fn read(data: &'data [u8]) -> Option<(Self, &'data [u8])> {
        /// Three numbers: the length of all, the length of the value, and whether that is text.
        const HEAD: usize = 6;
        let number = |index: usize| Some(u16::from_le_bytes(*data.get(2 * index..)?.first_chunk()?));
        let (length, value_length, is_text) = (usize::from(number(0)?), usize::from(number(1)?), number(2)? == 1);
        let block = data.get(..length)?;
        let key = text(block.get(HEAD..)?);
        let value_at = aligned(HEAD + 2 * (key.encode_utf16().count() + 1));
        // Of text, the units are counted.
        let value_end = value_at + value_length * if is_text { 2 } else { 1 };
        let value = block.get(value_at.min(length)..value_end.min(length))?;
        let children = block.get(aligned(value_end)..).unwrap_or_default();
        Some((Self { key, is_text, value, children }, data.get(aligned(length)..).unwrap_or_default()))
    }
}

/// The texts of all blocks, and of the blocks in them.
fn collect(mut blocks: &[u8], texts: &mut BTreeMap<String, String>) {
    while let Some((block, rest)) = Block::read(blocks) {
        if block.is_text && !block.value.is_empty() {
            texts.insert(block.key, text(block.value));
        }
        collect(block.children, texts);
        blocks = rest;
    }
}

/// UTF-16 up to the first NUL.
fn text(bytes: &[u8]) -> String {
    let (units, _) = bytes.as_chunks::<2>();
    let units: Vec<u16> = units.iter().copied().map(u16::from_le_bytes).take_while(|unit| *unit != 0).collect();
    String::from_utf16_lossy(&units)
}

/// Values and blocks begin at multiples of four.
fn aligned(position: usize) -> usize {
    position.next_multiple_of(4)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
    }

    fn block(key: &str, is_text: bool, value: &[u8], children: &[Vec<u8>]) -> Vec<u8> {
        let mut block = [vec![0; 6], wide(key)].concat();
        for part in [value].into_iter().chain(children.iter().map(Vec::as_slice)) {
            block.resize(aligned(block.len()), 0);
            block.extend(part);
        }
        let value_length = value.len() / if is_text { 2 } else { 1 };
        let head = [block.len() as u16, value_length as u16, is_text.into()].map(u16::to_le_bytes).concat();
        block[..6].copy_from_slice(&head);
        block
    }

    /// The resource as a compiler makes it.
    pub(in crate::windows_file) fn resource([a, b, c, d]: [u16; 4], file_type: u32, texts: &[(&str, &str)]) -> Vec<u8> {
        let pair = |high: u16, low: u16| u32::from(high) << 16 | u32::from(low);
        let fixed = [0xFEEF_04BD, 0x1_0000, pair(a, b), pair(c, d), 0, 0, 0, 0, 4, file_type, 0, 0, 0];
        let strings: Vec<_> = texts.iter().map(|(key, value)| block(key, true, &wide(value), &[])).collect();
        let strings = block("StringFileInfo", true, &[], &[block("040904b0", true, &[], &strings)]);
        let languages = block("VarFileInfo", true, &[], &[block("Translation", false, &[9, 4, 0xB0, 4], &[])]);
        block("VS_VERSION_INFO", false, &fixed.map(u32::to_le_bytes).concat(), &[strings, languages])
    }

    #[test]
    fn numbers_and_texts_are_found() {
        let texts = [("FileDescription", "What it \u{e4}lso is"), ("InternalName", "x"), ("ProductName", "")];
        let found = VersionInfo::read(&resource([1, 2, 3, 4], 2, &texts)).unwrap();
        assert_eq!((found.version.as_str(), found.file_type), ("1.2.3.4", 2));
        assert!(found.texts.iter().map(|(key, value)| (key.as_str(), value.as_str())).eq(texts));
    }

    #[test]
    fn what_is_damaged_is_no_description() {
        let whole = resource([1, 2, 3, 4], 2, &[("InternalName", "x")]);
        for end in 0..whole.len() {
            assert_eq!(VersionInfo::read(&whole[..end]), None);
        }
        let mut other = whole;
        other[40] ^= 1;
        assert_eq!(VersionInfo::read(&other), None);
    }
}
