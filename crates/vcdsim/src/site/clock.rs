//! The simulator's clock: real time plus what tests have added.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Dates beyond a century ahead are a mistake of the caller and would not fit the formats that carry them.
const FURTHEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// A clock that runs with real time and can be moved forward, never back.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    /// Time since the Unix epoch when the clock was started. The system's clock is read only once, so that a step of it
    /// does not end sessions in the middle of a test.
    epoch: Duration,
    advanced: Duration,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: Instant::now(), epoch, advanced: Duration::ZERO }
    }

    /// The time since the Unix epoch.
    pub(crate) fn now(&self) -> Duration {
        self.epoch + self.started.elapsed() + self.advanced
    }

    /// Moves the clock forward. A sum of more than a hundred years is refused and changes nothing.
    pub(crate) fn advance(&mut self, by: Duration) -> Result<(), ClockOutOfRange> {
        let advanced = self.advanced.checked_add(by).filter(|sum| *sum <= FURTHEST).ok_or(ClockOutOfRange)?;
        self.advanced = advanced;
        Ok(())
    }
}

/// The clock was asked to move further than a hundred years ahead.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ClockOutOfRange;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advancing_adds_to_real_time() {
        let mut clock = Clock::start();
        let before = clock.now();
        clock.advance(Duration::from_secs(1800)).unwrap();
        let moved = clock.now() - before;
        assert!(moved >= Duration::from_secs(1800) && moved < Duration::from_secs(1830), "{moved:?}");
    }

    #[test]
    fn absurd_advances_change_nothing() {
        let mut clock = Clock::start();
        let before = clock.now();
        assert_eq!(clock.advance(Duration::MAX), Err(ClockOutOfRange));
        clock.advance(FURTHEST).unwrap();
        assert_eq!(clock.advance(Duration::from_secs(1)), Err(ClockOutOfRange));
        assert!(clock.now() - before < FURTHEST + Duration::from_secs(30));
    }
}
