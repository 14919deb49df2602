//! Exchanging the token of a file, so that a new one is in the file before anybody hears of the session.

use std::sync::Arc;

use tokio::task::block_in_place;

use crate::cache::{self, Key, SharedSession};
use crate::deadline;
use crate::login::{Answered, Granted, Login};
use crate::recovery::{NewApiToken, Unsaved};
use crate::secret::{ApiToken, Secret};
use crate::token_file::{Handling, Kept, Locked, Prepared, TokenFile, TokenFileReport};
use crate::{Failure, FailureKind, Progress};

/// What became of the one exchange under the lock.
enum Attempt {
    Done(Granted),
    /// The token was refused, and the file holds another one now.
    ChangedMeanwhile(Box<Locked>),
}

/// The session for the token in `file`.
pub(crate) async fn grant(login: &Login, file: &TokenFile, key: Option<&Key>, progress: &Progress) -> Granted {
    if *file.handling() != Handling::Replace {
        return as_it_is(login, file.token(), file.report(), progress).await;
    }
    let taken = {
        let _standing = progress.stand_in_line();
        Locked::take(file, login.client.timeout() / 2).await
    };
    let mut locked = match taken {
        Ok(Ok(locked)) => locked,
        Ok(Err(report)) => return as_it_is(login, file.token(), report, progress).await,
        Err(failure) => return Granted::of(Err(failure)),
    };
    if let Some((shared, token)) = in_cache(login, file, &locked, key, progress).await {
        let (report, lock) = locked.release();
        let token_file = Some(report);
        return Granted {
            cached: true,
            next_token: Some(token),
            token_file,
            lock: Some(lock),
            ..Granted::of(Ok(shared))
        };
    }
    for may_follow in [true, false] {
        let report = locked.report().clone();
        let prepared = match block_in_place(|| locked.prepare(progress)) {
            Ok(prepared) => prepared,
            Err(failure) => return Granted { token_file: Some(report), ..Granted::of(Err(failure)) },
        };
        match attempt(login, prepared, progress, may_follow).await {
            Attempt::Done(granted) => return granted,
            Attempt::ChangedMeanwhile(changed) => locked = *changed,
        }
    }
    Granted::of(Err(deadline::defect()))
}

/// Exchanges a token of a file that is not written. If it is replaced after all, the new one is the caller's to keep.
async fn as_it_is(login: &Login, token: &ApiToken, report: TokenFileReport, progress: &Progress) -> Granted {
    Granted { token_file: Some(report), ..login.to_caller(token, progress).await }
}

/// The session of the token that somebody put into the file while the lock was waited for, if this process has it.
async fn in_cache(
    login: &Login,
    file: &TokenFile,
    locked: &Locked,
    key: Option<&Key>,
    progress: &Progress,
) -> Option<(Arc<SharedSession>, Secret)> {
    let token = locked.token().secret();
    if token == file.token().secret() {
        return None;
    }
    let (shared, just_alive) = cache::ready(&key?.for_new_token(token).ok()?)?;
    if !just_alive && !login.is_alive(&shared, progress).await {
        return None;
    }
    Some((shared, token.clone()))
}

/// Sends the token, and puts a new one where it belongs. `may_follow` tells whether another token that is found in the file
/// may be tried as well.
async fn attempt(login: &Login, mut prepared: Prepared, progress: &Progress, may_follow: bool) -> Attempt {
    let token = prepared.token().clone();
    let exchange = login.exchange(&token, progress, |new| block_in_place(|| keep(login, &mut prepared, new)));
    let Answered { session, kept, attempts } = exchange.await;
    let granted = match (kept, session) {
        (Some(new), session) => replaced(login, new, session),
        (None, Err(failure)) if failure.kind() == FailureKind::TokenRejected => {
            let failure = prepared.explain(failure);
            if may_follow {
                prepared = match block_in_place(|| prepared.follow()) {
                    Ok(changed) => return Attempt::ChangedMeanwhile(changed),
                    Err(same) => *same,
                };
            }
            block_in_place(|| prepared.refused());
            Granted::of(Err(failure))
        }
        (None, session) => {
            match &session {
                Ok(_) => block_in_place(|| prepared.not_replaced()),
                // Dropped as it is, so that the next run learns of it.
                Err(failure) if failure.outcome_unknown() => {}
                Err(_) => block_in_place(|| prepared.refused()),
            }
            Granted { next_token: Some(token.secret().clone()), ..Granted::of(session) }
        }
    };
    let (report, lock) = prepared.release();
    Attempt::Done(Granted { attempts, token_file: Some(report), lock: Some(lock), ..granted })
}

/// A new token, and, if it is neither in the file nor beside it, what its caller gets to keep and why.
struct NewToken {
    secret: Secret,
    unsaved: Option<(NewApiToken, Failure)>,
}

/// Keeps a new token: in the file, else beside it, else in the recovery folder.
fn keep(login: &Login, prepared: &mut Prepared, new: Secret) -> NewToken {
    let unsaved = match prepared.keep(&new) {
        // The report says where, and that is all that its caller could do with it.
        Kept::InFile | Kept::Beside => None,
        Kept::Nowhere(failure) => {
            let token = login.hand_over(new.clone());
            let failure = match token.clone().save() {
                Ok(file) => failure.and_moreover(&format!("It is in {}.", file.display())),
                Err(Unsaved { failure: second, .. }) => failure.and_moreover(second.message()),
            };
            Some((token, failure))
        }
    };
    NewToken { secret: new, unsaved }
}

/// What comes of an exchange that replaced the token. If nobody will find the new one by himself, the call fails, because
/// somebody has to act.
fn replaced(login: &Login, new: NewToken, session: Result<Arc<SharedSession>, Failure>) -> Granted {
    let next_token = Some(new.secret);
    let Some((token, failure)) = new.unsaved else { return Granted { next_token, ..Granted::of(session) } };
    let failure = match session {
        Err(first) => first.and_moreover(failure.message()),
        Ok(unwanted) => {
            // Nobody gets it, so it is ended.
            drop(login.fresh(unwanted));
            failure
        }
    };
    Granted { new_api_token: Some(token), next_token, ..Granted::of(Err(failure)) }
}
