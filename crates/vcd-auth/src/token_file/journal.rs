//! The journal of a save: what is about to happen, and then the new token.
//!
//! Two lines of JSON, each padded with spaces to a fixed length, so that a person can read the file, and so that the new
//! token is written into space that the disk has given already: the intent before the token is sent, the answer after.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::secret::{ApiToken, Secret};

/// Where the answer begins, and how long the whole file is, in bytes. A token has at most 4096 visible characters, each
/// of which JSON may double.
pub(super) const ANSWER_AT: usize = 1024;
const LENGTH: usize = ANSWER_AT + 9 * 1024;

/// A run that was about to send a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Intent {
    /// The number of the process.
    pub(crate) process: u32,
    /// When it began, in UTC as RFC 3339 has it.
    pub(crate) time: String,
    /// Which token it was about to send: [`fingerprint`].
    pub(super) old_token: String,
}

/// What a journal on the disk says.
#[derive(Debug)]
pub(super) enum Journal {
    /// The run ended before it had an answer, or its answer did not reach the disk.
    Intent(Intent),
    /// The token that replaces the one of the intent.
    Answered(Intent, ApiToken),
    /// A part of an intent: whoever began it never came to send a token.
    Unfinished,
    /// The part of an answer, with its intent as far as that can be read; or something that is no journal of this program.
    Damaged(Option<Intent>),
}

#[derive(Serialize, Deserialize)]
struct Answer<'a> {
    new_token: std::borrow::Cow<'a, str>,
    checksum: std::borrow::Cow<'a, str>,
}

/// The whole journal as it stands before the token is sent.
pub(super) fn before(intent: &Intent) -> Vec<u8> {
    // A few short texts into memory: serde_json has no way to fail here.
    let mut content = serde_json::to_vec(intent).unwrap_or_default();
    pad(&mut content, ANSWER_AT);
    pad(&mut content, LENGTH);
    content
}

/// What is written over the end of the journal once there is a new token; `None` for a token that is too long to be one.
pub(super) fn answer(intent: &Intent, new_token: &ApiToken) -> Option<Zeroizing<Vec<u8>>> {
    let new_token = new_token.secret();
    let answer = Answer { new_token: new_token.expose().into(), checksum: checksum(intent, new_token).into() };
    let mut content = Zeroizing::new(Vec::with_capacity(LENGTH - ANSWER_AT));
    serde_json::to_writer(&mut *content, &answer).ok()?;
    if content.len() >= LENGTH - ANSWER_AT {
        return None;
    }
    pad(&mut content, LENGTH - ANSWER_AT);
    Some(content)
}

/// Reads a journal.
pub(super) fn read(content: &[u8]) -> Journal {
    let (intent, answer) = content.split_at_checked(ANSWER_AT).unwrap_or((content, &[]));
    let intent = serde_json::from_slice::<Intent>(intent.trim_ascii());
    if answer.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0) {
        return match intent {
            Ok(intent) if content.len() == LENGTH => Journal::Intent(intent),
            Ok(_) | Err(_) => Journal::Unfinished,
        };
    }
    let Ok(intent) = intent else { return Journal::Damaged(None) };
    match whole_answer(&intent, answer) {
        Some(new_token) => Journal::Answered(intent, new_token),
        None => Journal::Damaged(Some(intent)),
    }
}

/// The new token, if all of the answer reached the disk.
fn whole_answer(intent: &Intent, answer: &[u8]) -> Option<ApiToken> {
    let answer = serde_json::from_slice::<Answer>(answer.trim_ascii()).ok()?;
    let new_token = Secret::new(&answer.new_token);
    let whole = answer.checksum == checksum(intent, &new_token);
    ApiToken::parse(&new_token).ok().filter(|_| whole)
}

/// Binds a new token to the one that it replaces, and shows a part of an answer to be a part.
fn checksum(intent: &Intent, new_token: &Secret) -> String {
    Secret::new(&format!("{}{}", intent.old_token, new_token.fingerprint())).fingerprint()
}

fn pad(content: &mut Vec<u8>, length: usize) {
    content.resize(length.saturating_sub(1).max(content.len()), b' ');
    content.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> ApiToken {
        ApiToken::parse(&Secret::new(text)).expect("valid")
    }

    fn intent() -> Intent {
        let old_token = Secret::new("OLD").fingerprint();
        Intent { process: 17, time: "2026-01-01T00:00:00Z".into(), old_token }
    }

    fn answered(token: &ApiToken) -> Vec<u8> {
        let mut content = before(&intent());
        content[ANSWER_AT..].copy_from_slice(&answer(&intent(), token).expect("short enough"));
        content
    }

    #[test]
    fn a_journal_is_read_as_it_was_written() {
        assert_eq!(before(&intent()).len(), LENGTH);
        assert!(matches!(read(&before(&intent())), Journal::Intent(read) if read == intent()));
        for text in ["NEW", "with\\backslash", &"\\".repeat(4096)] {
            let Journal::Answered(read, new) = read(&answered(&token(text))) else { panic!("{text}") };
            assert_eq!((read, new.secret().expose()), (intent(), text));
        }
    }

    #[test]
    fn whatever_part_reached_the_disk_is_never_taken_for_a_token() {
        let (whole, empty) = (answered(&token("NEWTOKEN")), before(&intent()));
        let end = ANSWER_AT + whole[ANSWER_AT..].trim_ascii().len();
        for cut in ANSWER_AT + 1..end {
            let torn = [&whole[..cut], &empty[cut..]].concat();
            assert!(matches!(read(&torn), Journal::Damaged(Some(read)) if read == intent()), "cut at {cut}");
            assert!(matches!(read(&whole[..cut]), Journal::Damaged(Some(_))), "ends at {cut}");
            let mut changed = whole.clone();
            changed[cut] ^= 1;
            assert!(!matches!(read(&changed), Journal::Intent(_)), "changed at {cut}");
            if let Journal::Answered(_, token) = read(&changed) {
                panic!("changed at {cut}: {}", token.secret().expose());
            }
        }
        for content in [&b""[..], b"{}", &[0; LENGTH], &empty[..100], &empty[..LENGTH - 1]] {
            assert!(matches!(read(content), Journal::Unfinished), "{content:?}");
        }
    }
}
