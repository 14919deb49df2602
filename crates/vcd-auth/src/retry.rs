//! Which failures are worth another attempt, and when.
//!
//! A token exchange is repeated only if it provably was not sent. What changes nothing at the server (asking about a
//! session, ending one) is also repeated after answers that speak of a passing state.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use crate::{Failure, FailureKind};

/// The pause before the second attempt; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// A server that asks for a longer pause than this is not waited for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Whether a request may reach the server more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeatable {
    /// It changes nothing, or nothing more the second time.
    Yes,
    /// Only if the first attempt never left.
    OnlyUnsent,
}

/// Runs `attempt` up to `1 + max_retries` times and tells how often it ran. The caller's time limit stands around all of it.
pub(crate) async fn with_retries<T, Attempt>(
    repeatable: Repeatable,
    max_retries: u32,
    mut attempt: impl FnMut() -> Attempt,
) -> (Result<T, Failure>, u32)
where
    Attempt: Future<Output = Result<T, Failure>>,
{
    let mut attempts = 0;
    loop {
        attempts += 1;
        let failure = match attempt().await {
            Ok(value) => return (Ok(value), attempts),
            Err(failure) => failure.with_attempts(attempts),
        };
        match pause(&failure, repeatable, attempts, jitter()) {
            Some(pause) if attempts <= max_retries => tokio::time::sleep(pause).await,
            _ => return (Err(failure), attempts),
        }
    }
}

/// How long to wait before the next attempt; `None` if there must not be one. `jitter` lies between 0 and 1.
fn pause(failure: &Failure, repeatable: Repeatable, attempts: u32, jitter: f64) -> Option<Duration> {
    use FailureKind::*;
    let worthwhile = match failure.kind() {
        _ if failure.outcome_unknown() && repeatable == Repeatable::OnlyUnsent => false,
        NameNotResolved | ConnectFailed | ConnectTimeout | ProxyFailed => true,
        ConnectionLost | RateLimited | ServiceUnavailable => repeatable == Repeatable::Yes,
        UnexpectedStatus => repeatable == Repeatable::Yes && failure.http_status() == Some(500),
        _ => false,
    };
    let doubled = FIRST_PAUSE.saturating_mul(1 << attempts.saturating_sub(1).min(10));
    // Between half and the whole of it, so that many clients do not come back in the same moment.
    let own = doubled.mul_f64(0.5 + jitter / 2.0);
    let pause = failure.retry_after().unwrap_or(own).max(own);
    (worthwhile && pause <= LONGEST_PAUSE).then_some(pause)
}

/// A number between 0 and 1 that differs from call to call, so that those who wait do not move in step; nothing secret hangs
/// on it.
pub(crate) fn jitter() -> f64 {
    f64::from(RandomState::new().build_hasher().finish() as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: FailureKind) -> Failure {
        Failure::new(kind, "")
    }

    #[test]
    fn an_exchange_is_repeated_only_if_it_was_not_sent() {
        for (kind, repeated) in [
            (FailureKind::NameNotResolved, true),
            (FailureKind::ConnectFailed, true),
            (FailureKind::ConnectTimeout, true),
            (FailureKind::ProxyFailed, true),
            (FailureKind::CertificateUntrusted, false),
            (FailureKind::NotTls, false),
            (FailureKind::ConnectionLost, false),
            (FailureKind::ServiceUnavailable, false),
            (FailureKind::RateLimited, false),
            (FailureKind::TokenRejected, false),
        ] {
            assert_eq!(pause(&failure(kind), Repeatable::OnlyUnsent, 1, 0.0).is_some(), repeated, "{kind:?}");
        }
        let lost = failure(FailureKind::ConnectFailed).with_outcome_unknown(true);
        assert!(pause(&lost, Repeatable::OnlyUnsent, 1, 0.0).is_none());
    }

    #[test]
    fn a_harmless_request_is_repeated_after_passing_states() {
        for (kind, status, repeated) in [
            (FailureKind::ConnectionLost, None, true),
            (FailureKind::ServiceUnavailable, Some(503), true),
            (FailureKind::RateLimited, Some(429), true),
            (FailureKind::UnexpectedStatus, Some(500), true),
            (FailureKind::UnexpectedStatus, Some(418), false),
            (FailureKind::SessionExpired, Some(401), false),
            (FailureKind::AnswerTimeout, None, false),
        ] {
            let failure = failure(kind).with_answer(status.unwrap_or_default(), None);
            assert_eq!(pause(&failure, Repeatable::Yes, 1, 0.0).is_some(), repeated, "{kind:?}");
        }
    }

    #[test]
    fn pauses_grow_and_follow_the_server_within_reason() {
        let unreachable = failure(FailureKind::ConnectFailed);
        let pauses: Vec<_> =
            (1..4).map(|n| pause(&unreachable, Repeatable::Yes, n, 1.0).expect("worthwhile").as_millis()).collect();
        assert_eq!(pauses, [250, 500, 1000]);
        assert_eq!(pause(&unreachable, Repeatable::Yes, 1, 0.0), Some(Duration::from_millis(125)));
        let asked = |seconds| failure(FailureKind::RateLimited).with_retry_after(Some(Duration::from_secs(seconds)));
        assert_eq!(pause(&asked(7), Repeatable::Yes, 1, 1.0), Some(Duration::from_secs(7)));
        assert_eq!(pause(&asked(3600), Repeatable::Yes, 1, 1.0), None);
    }
}
