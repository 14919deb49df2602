//! What there is to tell about the use of a token file.

use std::path::{Path, PathBuf};

/// What became of a token file. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenFileReport {
    /// The file, without symbolic links.
    pub path: PathBuf,
    /// Whether it holds a new token now, this call's or an earlier one's that had not come so far.
    pub replaced: bool,
    /// Sentences for who wants to know all.
    pub notes: Vec<String>,
    /// Sentences that somebody should act on.
    pub warnings: Vec<String>,
}

impl TokenFileReport {
    pub(super) fn new(path: &Path) -> Self {
        TokenFileReport { path: path.to_owned(), replaced: false, notes: Vec::new(), warnings: Vec::new() }
    }

    pub(super) fn note(&mut self, sentence: impl Into<String>) {
        self.notes.push(sentence.into());
    }

    pub(super) fn warn(&mut self, sentence: impl Into<String>) {
        self.warnings.push(sentence.into());
    }
}
