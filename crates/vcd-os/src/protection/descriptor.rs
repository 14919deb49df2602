//! Security descriptors of Windows in their text form (SDDL), as its own functions read and write them: the grammar is that of
//! "Security Descriptor String Format" and "ACE Strings" in Microsoft's documentation.

/// The administrators and the system itself; who owns or makes a file; the service that installs Windows' own files.
const TRUSTED: &[&str] =
    &["SY", "BA", "LA", "DA", "EA", "CO", "OW", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"];
/// Accounts of services that the text form names by two letters.
const SERVICES: &[(&str, &str)] = &[("LS", "S-1-5-19"), ("NS", "S-1-5-20")];
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

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum New {
    File,
    /// What is made in it later gets the same access list.
    Folder,
}

/// Something that `account`, the administrators and the system can use, and that inherits nothing from its folder. `own` is
/// who makes it.
pub(super) fn private(new: New, account: &str, own: &str) -> String {
    // An owner can give himself every right, so what is meant for another account must not belong to who makes it.
    let owner = if account == own { "" } else { "O:BA" };
    let flags = match new {
        New::File => "",
        New::Folder => "OICI",
    };
    format!("{owner}D:P(A;{flags};FA;;;SY)(A;{flags};FA;;;BA)(A;{flags};FA;;;{account})")
}

/// Whether the identifier, which Windows counts among the groups it knows, is what a service or a task runs as: the system, the
/// two service accounts, and the accounts that are made for one service or one pool of web applications.
pub(super) fn is_service(identifier: &str) -> bool {
    /// `NT SERVICE\ALL SERVICES`.
    const ALL_SERVICES: &str = "S-1-5-80-0";
    let made_for_one = ["S-1-5-80-", "S-1-5-82-"].iter().any(|start| identifier.starts_with(start));
    matches!(identifier, "S-1-5-18" | "S-1-5-19" | "S-1-5-20") || made_for_one && identifier != ALL_SERVICES
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
    let is_account = |who: &str| who == account || SERVICES.contains(&(who, account));
    let is_foreign = |who: &&str| !is_account(who) && !TRUSTED.contains(who);
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
        for (new, account, expected) in [
            (New::File, ME, "D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;S-1-5-21-1-2-3-1001)"),
            (New::File, OTHER, "O:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;S-1-5-21-1-2-3-1002)"),
            (New::Folder, ME, "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;S-1-5-21-1-2-3-1001)"),
            (New::Folder, OTHER, "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;S-1-5-21-1-2-3-1002)"),
        ] {
            let private = private(new, account, ME);
            assert_eq!(private, expected);
            assert!(is_protected(&private));
            assert_eq!((foreign_writer(&private, account), foreign_reader(&private, account)), (None, None));
            assert_eq!(foreign_reader(&private, "S-1-5-21-1-2-3-1003"), Some(account));
        }
    }

    #[test]
    fn accounts_of_services_are_known_by_either_of_their_names() {
        for (letters, identifier) in SERVICES.iter().copied() {
            let list = format!("O:{letters}G:BAD:P(A;;FA;;;{letters})");
            assert_eq!((foreign_writer(&list, identifier), foreign_reader(&list, identifier)), (None, None));
            assert_eq!(foreign_writer(&list, ME), Some(letters));
        }
    }

    #[test]
    fn services_are_accounts_and_groups_are_not() {
        for service in ["S-1-5-18", "S-1-5-19", "S-1-5-20", "S-1-5-80-1-2-3-4-5", "S-1-5-82-1-2-3-4-5"] {
            assert!(is_service(service), "{service}");
        }
        for group in ["S-1-1-0", "S-1-5-11", "S-1-5-80-0", "S-1-5-2", "S-1-5-181"] {
            assert!(!is_service(group), "{group}");
        }
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
