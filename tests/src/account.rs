//! Another user of the machine: an account that owns nothing.

use std::process::Command;

use crate::case::Needed;

/// `nobody`, by number: not every system knows the name, and a number needs no entry.
pub const NOBODY: u32 = 65534;

/// Whether commands can run as `NOBODY`, with a view of the file system that can be changed without changing the machine's.
///
/// # Errors
/// The reason why they cannot: both are root's right, and the programs are util-linux's.
pub fn nobody() -> Needed<()> {
    let mut command = Command::new("unshare");
    command.args(["--mount", "setpriv"]).args(become_nobody()).arg("true");
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            Err(format!("another account needs the rights of root: {}", String::from_utf8_lossy(&output.stderr).trim()))
        }
        Err(error) => Err(format!("another account needs unshare and setpriv of util-linux: {error}")),
    }
}

/// Arguments of `setpriv`; the command to run follows.
pub fn become_nobody() -> [String; 3] {
    [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".to_owned()]
}
