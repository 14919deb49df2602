//! Making a token file that nobody but its account can read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::task::block_in_place;
use vcd_os::{file_system, private_file, protection, regular_file};
use zeroize::Zeroizing;

use super::lock::{self, NotLocked};
use super::storage::{Disk, Place, Storage};
use super::{failure, json, refuse_shared_folder};
use crate::secret::ApiToken;
use crate::{Failure, FailureKind};

/// What a new token file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFileForm {
    /// One line of text. It does not say whether the token is replaced at each use.
    Line,
    /// Terraform's JSON for a service account, whose token is replaced at each use.
    ServiceAccount,
    /// Terraform's JSON for an API token of a user, which stays as it is.
    ApiToken,
}

impl TokenFileForm {
    fn content(self, token: &ApiToken) -> Zeroizing<Vec<u8>> {
        let (token, now) = (token.secret(), OffsetDateTime::now_utc());
        match self {
            TokenFileForm::Line => Zeroizing::new([token.expose().as_bytes(), b"\n"].concat()),
            TokenFileForm::ServiceAccount => json::new_file(json::SERVICE_ACCOUNT, token, now),
            TokenFileForm::ApiToken => json::new_file(json::API_TOKEN, token, now),
        }
    }
}

/// Writes a token file that only this account can read, durable once the call returns, and tells its path without symbolic
/// links. A folder that is not there is made, private as well. With `overwrite` a file that is there is replaced in one step,
/// under the lock that those who use it hold; `patience` is how long that is waited for.
///
/// # Errors
/// `TokenFileNotSaved` if there is a file already and `overwrite` is false, or for what the operating system says;
/// `TokenFileUnsafe` if others can write the folder, if the file system does not keep others from reading the file, or if it
/// lies on another machine and the token is replaced at each use; `TokenFileLocked`.
pub async fn save_token_file(
    path: &Path,
    token: &ApiToken,
    form: TokenFileForm,
    overwrite: bool,
    patience: Duration,
) -> Result<PathBuf, Failure> {
    let path = block_in_place(|| place_for(path, form))?;
    let _lock = lock::take(&path, patience).await.map_err(|problem| match problem {
        NotLocked::Held(failure) => failure,
        NotLocked::Impossible(error) => not_written(&path, &error),
    })?;
    let content = form.content(token);
    block_in_place(|| if overwrite { replace(&path, &content) } else { create(&path, &content) })?;
    Ok(path)
}

/// Where the file goes, without symbolic links; its folder is there afterwards.
fn place_for(given: &Path, form: TokenFileForm) -> Result<PathBuf, Failure> {
    let problem = |error| not_written(given, &error);
    let path = match file_system::resolve(given) {
        Ok(path) => regular_file::open_for_writing(&path).map_err(problem).map(|_| path)?,
        Err(_) => {
            let name = given.file_name().ok_or_else(|| problem(io::ErrorKind::InvalidFilename.into()))?;
            let folder = given.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            private_file::create_folder(folder).map_err(problem)?;
            file_system::resolve(folder).map_err(problem)?.join(name)
        }
    };
    refuse_shared_folder(&path)?;
    let folder = path.parent().unwrap_or(&path);
    match file_system::network(folder).map_err(problem)? {
        Some(name) if form == TokenFileForm::ServiceAccount => {
            let why = format!("would lie on {name}, where a lock may not keep other machines out");
            Err(failure(FailureKind::TokenFileUnsafe, &path, &why))
        }
        Some(_) | None => Ok(path),
    }
}

fn create(path: &Path, content: &[u8]) -> Result<(), Failure> {
    private_file::create(path, content).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => failure(FailureKind::TokenFileNotSaved, path, "is there already"),
        _ => not_written(path, &error),
    })?;
    let private = is_private(path);
    if private.is_err() {
        // The reason is what is reported; what was written must not stay.
        let _ = fs::remove_file(path);
    }
    private
}

fn replace(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let disk = Disk::new(path);
    let problem = |error| not_written(path, &error);
    let replaced = disk.create(Place::Replacement, content).map_err(problem).and_then(|new| {
        disk.sync(&new).map_err(problem)?;
        is_private(&disk.path(Place::Replacement))?;
        disk.rename(Place::Replacement, Place::Token).and_then(|()| disk.sync_names()).map_err(problem)
    });
    if replaced.is_err() {
        // As above.
        let _ = disk.remove(Place::Replacement);
    }
    replaced
}

/// A file system without modes, or with a default access list, makes more of a file than was asked for.
fn is_private(path: &Path) -> Result<(), Failure> {
    let readable = protection::readable_by_others(path);
    let changeable = protection::foreign_writer(path).map(|who| who.is_some());
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
