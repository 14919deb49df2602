//! Security descriptors of Windows in their text form (SDDL), as its own functions read and write them: the grammar is that of
//! "Security Descriptor String Format" and "ACE Strings" in Microsoft's documentation.

/// The administrators and the system itself; who owns or makes a file; the service that installs Windows' own files.
const TRUSTED: &[&str] =
    &["SY", "BA", "LA", "DA", "EA", "CO", "OW", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"];
/// Rights by their two letters, as they are on files and folders.
const RIGHTS: &[(&str, u32)] = &[
    ("FA", 0x001F_01FF),
    ("FR", 0x0012_0089),
    ("FW", 0x0012_0116),
    ("FX", 0x0012_00A0),
    ("GA", 0x1000_0000),
    ("GR", 0x8000_0000),
    ("GW", 0x4000_0000),
    ("GX", 0x2000_0000),
    ("SD", 0x0001_0000),
    ("RC", 0x0002_0000),
    ("WD", 0x0004_0000),
    ("WO", 0x0008_0000),
    ("CC", 0x1),
    ("DC", 0x2),
    ("LC", 0x4),
    ("SW", 0x8),
    ("RP", 0x10),
    ("WP", 0x20),
    ("DT", 0x40),
    ("LO", 0x80),
    ("CR", 0x100),
];
/// Writing and appending (in folders: making files and folders), removing what is in a folder, removing the thing itself,
/// and changing its access list or owner.
const CHANGE: u32 = 0x2 | 0x4 | 0x40 | 0x0001_0000 | 0x0004_0000 | 0x0008_0000 | 0x4000_0000 | 0x1000_0000;
/// Reading data.
const READ: u32 = 0x1 | 0x8000_0000 | 0x1000_0000;

/// A file that this account, the administrators and the system can use, and that inherits nothing from its folder.
pub(super) fn private(account: &str) -> String {
    format!("D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;{account})")
}

/// Who besides `account` and those who can do anything can change the thing; a security identifier.
pub(super) fn foreign_writer<'a>(descriptor: &'a str, account: &str) -> Option<&'a str> {
    foreign(descriptor, account, CHANGE)
}

/// Who besides them can read the data.
pub(super) fn foreign_reader<'a>(descriptor: &'a str, account: &str) -> Option<&'a str> {
    foreign(descriptor, account, READ)
}

/// Whether the access list takes nothing from the folder.
pub(super) fn is_protected(descriptor: &str) -> bool {
    let flags = descriptor.split_once("D:").map(|(_, list)| list.split('(').next().unwrap_or_default());
    flags.is_some_and(|flags| flags.contains('P'))
}

fn foreign<'a>(descriptor: &'a str, account: &str, rights: u32) -> Option<&'a str> {
    let owner = descriptor.strip_prefix("O:").map(|rest| rest.split("G:").next().unwrap_or(rest));
    let owner = owner.map(|owner| owner.split("D:").next().unwrap_or(owner));
    let Some((_, list)) = descriptor.split_once("D:") else { return Some("WD") };
    if list.starts_with("NO_ACCESS_CONTROL") {
        return Some("WD");
    }
    let is_foreign = |who: &&str| *who != account && !TRUSTED.contains(who);
    // An owner can give himself every right.
    if rights == CHANGE
        && let Some(owner) = owner.filter(is_foreign)
    {
        return Some(owner);
    }
    let entries = list.split('(').skip(1).filter_map(|entry| entry.split(')').next());
    let mut allowed = entries.filter_map(|entry| {
        let fields: Vec<&str> = entry.split(';').collect();
        let [kind, flags, mask, _, _, who, ..] = fields[..] else { return None };
        let here = !flags.as_bytes().chunks(2).any(|flag| flag == b"IO");
        (matches!(kind, "A" | "XA") && here && mask_of(mask) & rights != 0).then_some(who)
    });
    allowed.find(is_foreign)
}

/// Rights as a number or in letters; what is not known counts as every right.
fn mask_of(text: &str) -> u32 {
    if let Some(digits) = text.strip_prefix("0x") {
        return u32::from_str_radix(digits, 16).unwrap_or(u32::MAX);
    }
    let letters = text.as_bytes().chunks(2).map(|pair| {
        let known = RIGHTS.iter().find(|(name, _)| name.as_bytes() == pair);
        known.map_or(u32::MAX, |(_, mask)| *mask)
    });
    letters.fold(0, |all, one| all | one)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: &str = "S-1-5-21-1-2-3-1001";
    const OTHER: &str = "S-1-5-21-1-2-3-1002";

    #[test]
    fn what_is_made_private_is_nobody_elses() {
        let private = private(ME);
        assert_eq!(private, "D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;S-1-5-21-1-2-3-1001)");
        assert!(is_protected(&private));
        assert_eq!((foreign_writer(&private, ME), foreign_reader(&private, ME)), (None, None));
        assert_eq!(foreign_reader(&private, OTHER), Some(ME));
    }

    #[test]
    fn whoever_else_has_a_right_is_found() {
        for (list, writer, reader) in [
            ("D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;S-1-5-21-1-2-3-1001)", None, None),
            ("D:(A;;FR;;;BU)", None, Some("BU")),
            ("D:(A;;0x1200a9;;;BU)", None, Some("BU")),
            ("D:(A;;0x1301bf;;;AU)", Some("AU"), Some("AU")),
            ("D:(A;OICIIO;GA;;;WD)(A;;FA;;;BA)", None, None),
            ("D:(D;;FA;;;WD)(A;;FA;;;BA)", None, None),
            ("D:(A;;FW;;;S-1-5-21-1-2-3-1002)", Some(OTHER), None),
            ("D:(A;;CCLCRC;;;BU)", Some("BU"), Some("BU")),
            ("D:(A;;WO;;;BU)", Some("BU"), None),
            ("D:(A;;??;;;BU)", Some("BU"), Some("BU")),
            ("D:NO_ACCESS_CONTROL", Some("WD"), Some("WD")),
            ("G:BA", Some("WD"), Some("WD")),
            ("O:S-1-5-21-1-2-3-1002G:BAD:(A;;FA;;;BA)", Some(OTHER), None),
            ("O:BAG:BAD:(A;;FA;;;BA)", None, None),
        ] {
            assert_eq!((foreign_writer(list, ME), foreign_reader(list, ME)), (writer, reader), "{list}");
        }
    }

    #[test]
    fn a_list_is_protected_or_inherits() {
        assert!(is_protected("O:BAD:PAI(A;;FA;;;BA)"));
        assert!(!is_protected("O:BAD:AI(A;;FA;;;PU)") && !is_protected("O:BA"));
    }
}
