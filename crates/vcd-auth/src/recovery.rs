//! Where a new API token goes when nobody takes it.
//!
//! A service account's token dies the moment Cloud Director hands out the next one. Losing that answer locks the account
//! out until an administrator authorizes it again, so a new token that its caller does not take is written to a file.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use once_cell::sync::OnceCell;
use time::OffsetDateTime;
use vcd_os::private_file;
use vcd_os::protection::Account;

use crate::organization::Organization;
use crate::secret::Secret;
use crate::site::Site;
use crate::token_file::json;
use crate::{Failure, FailureKind};

/// A new API token that replaces the one it was exchanged for. Clones stand for the same token, for several callers of one
/// exchange. Unless one of them takes it, dropping the last writes it to the recovery folder.
#[derive(Debug, Clone)]
pub struct NewApiToken(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    secret: Secret,
    taken: AtomicBool,
    /// Where it was written to, once for all who share it.
    saved: OnceCell<PathBuf>,
    site: Site,
    organization: Organization,
    folder: PathBuf,
}

impl NewApiToken {
    pub(crate) fn new(secret: Secret, site: &Site, organization: &Organization, folder: &Path) -> Self {
        let (site, organization, folder) = (site.clone(), organization.clone(), folder.to_owned());
        let (taken, saved) = (AtomicBool::new(false), OnceCell::new());
        NewApiToken(Arc::new(Kept { secret, taken, saved, site, organization, folder }))
    }

    /// Hands the token over; keeping it is the caller's duty from here on.
    pub fn take(self) -> Secret {
        self.0.taken.store(true, Ordering::SeqCst);
        self.0.secret.clone()
    }

    /// The token, without handing it over.
    pub fn secret(&self) -> &Secret {
        &self.0.secret
    }

    /// The folder that the token goes to unless it is taken.
    pub fn recovery_folder(&self) -> &Path {
        &self.0.folder
    }

    /// Writes the token to a file in the recovery folder, or in the temporary one if that cannot be, and tells which. Clones
    /// share the file.
    ///
    /// # Errors
    /// The token itself, with why it could be written to neither.
    pub fn save(self) -> Result<PathBuf, Unsaved> {
        match self.0.saved.get_or_try_init(|| self.0.write()) {
            Ok(path) => {
                self.0.taken.store(true, Ordering::SeqCst);
                Ok(path.clone())
            }
            Err(failure) => Err(Unsaved { token: self, failure }),
        }
    }
}

impl Kept {
    fn write(&self) -> Result<PathBuf, Failure> {
        let now = OffsetDateTime::now_utc();
        let content = json::new_file(json::SERVICE_ACCOUNT, &self.secret, now);
        let name = self.file_name(now);
        let write_to = |folder: &Path| {
            let path = folder.join(&name);
            let own = Account::own()?;
            private_file::create_folder(folder, &own)?;
            private_file::create(&path, &content, &own).map(|()| path)
        };
        // Nobody but its owner can read or remove the file there either.
        write_to(&self.folder).or_else(|first| write_to(&env::temp_dir()).map_err(|_| first)).map_err(|error| {
            let message = format!("The new API token could not be written to {}: {error}.", self.folder.display());
            Failure::new(FailureKind::TokenFileNotSaved, message)
        })
    }

    fn file_name(&self, now: OffsetDateTime) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        format!(
            "vcd-api-token-{}-{}-{}-{}-{}.json",
            file_name_part(self.site.host()),
            file_name_part(&self.organization.to_string()),
            now.unix_timestamp(),
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        )
    }
}

/// A new API token that could not be written to a file; the caller is the last who can keep it.
#[derive(Debug)]
pub struct Unsaved {
    /// The token.
    pub token: NewApiToken,
    /// Why it could not be written.
    pub failure: Failure,
}

impl Drop for Kept {
    fn drop(&mut self) {
        if !*self.taken.get_mut() {
            // There is nobody left to tell: whoever could have been told has just declined the token.
            let _ = self.write();
        }
    }
}

/// Keeps letters, digits, dots and dashes; everything else could mean something to a file system.
fn file_name_part(text: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '_' };
    text.chars().take(80).map(safe).collect()
}

/// The user's own recovery folder: `%LOCALAPPDATA%\VcdBearer\recovery`, `~/Library/Application Support/VcdBearer/recovery`
/// or `$XDG_STATE_HOME/vcd-bearer/recovery` (`~/.local/state/...`); the temporary folder for accounts without a home.
pub(crate) fn default_folder() -> PathBuf {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || env::home_dir().filter(|path| path.is_absolute());
    let folder = if cfg!(windows) {
        absolute("LOCALAPPDATA").map(|local| local.join("VcdBearer"))
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Application Support/VcdBearer"))
    } else {
        let state = absolute("XDG_STATE_HOME").or_else(|| home().map(|home| home.join(".local/state")));
        state.map(|state| state.join("vcd-bearer"))
    };
    folder.map_or_else(env::temp_dir, |folder| folder.join("recovery"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_token(folder: &Path) -> NewApiToken {
        let site = Site::parse("[::1]:8443").expect("valid");
        let organization = Organization::parse("a b:c").expect("valid");
        NewApiToken::new(Secret::new("NEWTOKEN"), &site, &organization, folder)
    }

    #[test]
    fn a_token_that_nobody_takes_is_written_in_terraforms_form() {
        let outer = tempfile::tempdir().expect("temporary folder");
        let folder = outer.path().join("recovery");
        drop(new_token(&folder));
        drop(new_token(&folder));
        let files: Vec<_> = std::fs::read_dir(&folder).expect("made").flatten().map(|entry| entry.path()).collect();
        assert_eq!(files.len(), 2, "{files:?}");
        let file: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&files[0]).expect("readable")).expect("valid JSON");
        assert_eq!(file["refresh_token"], "NEWTOKEN");
        assert_eq!(file["token_type"], "Service Account");
        assert!(file["updated_on"].as_str().is_some_and(|time| time.ends_with('Z') && time.len() == 20), "{file}");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_passed_over() {
        let outer = tempfile::tempdir().expect("temporary folder");
        let file = outer.path().join("in-the-way");
        std::fs::write(&file, "").expect("writable");
        let saved = new_token(&file.join("recovery")).save().expect("saved elsewhere");
        assert!(saved.starts_with(env::temp_dir()), "{}", saved.display());
        std::fs::remove_file(saved).expect("written");
    }

    #[test]
    fn those_who_share_a_token_share_its_file() {
        let outer = tempfile::tempdir().expect("temporary folder");
        let first = new_token(&outer.path().join("recovery"));
        let second = first.clone();
        let saved = first.save().expect("saved");
        assert_eq!(second.clone().save().expect("saved before"), saved);
        drop(second);
        assert_eq!(std::fs::read_dir(outer.path().join("recovery")).expect("made").count(), 1);
    }

    #[test]
    fn a_token_that_is_taken_leaves_no_file() {
        let outer = tempfile::tempdir().expect("temporary folder");
        let folder = outer.path().join("recovery");
        assert_eq!(new_token(&folder).take().expose(), "NEWTOKEN");
        assert!(!folder.exists());
    }
}
