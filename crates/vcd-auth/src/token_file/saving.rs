//! Making a token file that nobody but its account can read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::task::block_in_place;
use vcd_os::protection::{self, Account};
use vcd_os::{file_system, private_file, regular_file};

use super::form::TokenFileForm;
use super::lock::{self, NotLocked};
use super::storage::{Disk, Place, Storage};
use super::{failure, folder_of, is_secret};
use crate::secret::ApiToken;
use crate::{Failure, FailureKind};

/// A token file that is to be written.
#[derive(Debug, Clone)]
pub struct NewTokenFile {
    /// Where. A folder that is not there is made, as private as the file.
    pub path: PathBuf,
    /// What it looks like.
    pub form: TokenFileForm,
    /// The name of the account that it is for, if not for this one. On Windows only, and only administrators can.
    pub account: Option<String>,
    /// Whether a file that is there is replaced.
    pub overwrite: bool,
}

/// Writes a token file that only its account can read, durable once the call returns, and tells its path without symbolic
/// links. A file that is there is replaced in one step and keeps its owner, under the lock that those who use it hold; `patience` is
/// how long that is waited for without its changing hands.
///
/// # Errors
/// `InvalidOption` if there is no such account, or if it could not read the file, or for a token in the place of the path;
/// `TokenFileNotSaved` if there is a file already that is not to be replaced, or for what the operating system says;
/// `TokenFileUnsafe` if others can write the folder, if the file system does not keep others from reading the file, or if it lies
/// on another machine and the token is replaced at each use; `TokenFileLocked`.
pub async fn save_token_file(new: &NewTokenFile, token: &ApiToken, patience: Duration) -> Result<PathBuf, Failure> {
    if is_secret(&new.path) {
        let message = "What was given as the path to save to looks like a token, and is not repeated here.";
        return Err(Failure::new(FailureKind::InvalidOption, message));
    }
    let (path, account, content) = block_in_place(|| {
        let account = recipient(new)?;
        let path = place_for(&new.path, new.form, &account)?;
        let content = new.form.content(token).map_err(|error| not_written(&path, &error))?;
        Ok((path, account, content))
    })?;
    // A new file needs no lock, and so leaves none that belongs to another account than the file will.
    if !new.overwrite || !path.exists() {
        block_in_place(|| create(&path, &content, &account))?;
        return Ok(path);
    }
    let _lock = lock::take(&path, patience, "nothing was written").await.map_err(|problem| match problem {
        NotLocked::Held(failure) => failure,
        NotLocked::Impossible(error) => {
            let lock = Disk::new(&path).lock();
            let why = format!("was not replaced, because its lock {} cannot be opened: {error}", lock.display());
            failure(FailureKind::TokenFileNotSaved, &path, &why)
        }
    })?;
    block_in_place(|| replace(&path, &content, &account))?;
    Ok(path)
}

/// The account that the file is for.
fn recipient(new: &NewTokenFile) -> Result<Account, Failure> {
    let own = Account::own().map_err(|error| not_written(&new.path, &error))?;
    match &new.account {
        None => Ok(own),
        Some(name) => other_recipient(name, new, own),
    }
}

#[cfg(windows)]
fn other_recipient(name: &str, new: &NewTokenFile, own: Account) -> Result<Account, Failure> {
    use vcd_os::data_protection::Scope;
    let account = Account::named(name).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => invalid_account(format!("This machine knows no account {name}.")),
        io::ErrorKind::InvalidInput => invalid_account(format!("{name} is a group; a token file is for one account.")),
        _ => invalid_account(format!("The account {name} cannot be looked up: {error}.")),
    })?;
    if account != own && new.form == TokenFileForm::SecureString(Scope::User) {
        return Err(invalid_account(format!(
            "In the scope of the user, Windows encrypts for the account that writes, {own}, and {account} could not read the file. Use scope=machine: any account of this machine could decrypt it then, but only {account} and administrators can read it."
        )));
    }
    Ok(account)
}

#[cfg(not(windows))]
fn other_recipient(name: &str, _: &NewTokenFile, _: Account) -> Result<Account, Failure> {
    Err(invalid_account(format!(
        "Only on Windows can a token file be made for another account. Run this as that account: sudo -u {name}."
    )))
}

fn invalid_account(message: String) -> Failure {
    Failure::new(FailureKind::InvalidOption, message)
}

/// Where the file goes, without symbolic links; its folder is there afterwards.
fn place_for(given: &Path, form: TokenFileForm, account: &Account) -> Result<PathBuf, Failure> {
    let problem = |error| not_written(given, &error);
    let path = match file_system::resolve(given) {
        Ok(path) => regular_file::open_for_writing(&path).map_err(problem).map(|_| path)?,
        Err(_) => {
            let name = given.file_name().ok_or_else(|| problem(io::ErrorKind::InvalidFilename.into()))?;
            let folder = given.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            private_file::create_folder(folder, account).map_err(problem)?;
            file_system::resolve(folder).map_err(problem)?.join(name)
        }
    };
    let folder = folder_of(&path);
    if let Some(who) = protection::foreign_writer(folder, account).map_err(problem)? {
        let why = format!(
            "would lie in a folder that can be changed by {who}, and would not be accepted there; name a folder that is not there yet, and it is made for {account} alone"
        );
        return Err(failure(FailureKind::TokenFileUnsafe, &path, &why));
    }
    match file_system::network(folder).map_err(problem)? {
        Some(name) if form == TokenFileForm::ServiceAccount => {
            let why = format!("would lie on {name}, where a lock may not keep other machines out");
            Err(failure(FailureKind::TokenFileUnsafe, &path, &why))
        }
        Some(_) | None => Ok(path),
    }
}

fn create(path: &Path, content: &[u8], account: &Account) -> Result<(), Failure> {
    private_file::create(path, content, account).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => failure(FailureKind::TokenFileNotSaved, path, "is there already"),
        _ => not_written(path, &error),
    })?;
    let private = is_private(path, account);
    if private.is_err() {
        // The reason is what is reported; what was written must not stay.
        let _ = fs::remove_file(path);
    }
    private
}

fn replace(path: &Path, content: &[u8], account: &Account) -> Result<(), Failure> {
    let disk = Disk::new(path);
    let new = disk.path(Place::Replacement);
    let problem = |error| not_written(path, &error);
    // What an earlier run left.
    disk.remove(Place::Replacement).map_err(problem)?;
    let replaced = private_file::create(&new, content, account).map_err(problem).and_then(|()| {
        is_private(&new, account)?;
        protection::keep_owner(path, &new).map_err(problem)?;
        disk.rename(Place::Replacement, Place::Token).and_then(|()| disk.sync_names()).map_err(problem)
    });
    if replaced.is_err() {
        // As above.
        let _ = disk.remove(Place::Replacement);
    }
    replaced
}

/// A file system without modes, or with a default access list, makes more of a file than was asked for.
fn is_private(path: &Path, account: &Account) -> Result<(), Failure> {
    let readable = protection::readable_by_others(path, account);
    let changeable = protection::foreign_writer(path, account).map(|who| who.is_some());
    let others = readable.and_then(|readable| Ok(readable || changeable?));
    if others.map_err(|error| not_written(path, &error))? {
        let why = "could be read or changed by others there, and was removed again";
        return Err(failure(FailureKind::TokenFileUnsafe, path, why));
    }
    Ok(())
}

fn not_written(path: &Path, error: &io::Error) -> Failure {
    failure(FailureKind::TokenFileNotSaved, path, &format!("cannot be written: {error}"))
}
