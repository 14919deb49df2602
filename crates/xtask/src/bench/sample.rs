//! Timings of one thing, and what is said about them.

use std::time::Duration;

/// Wall-clock times of repeated runs of one command.
#[derive(Default)]
pub(crate) struct Sample(Vec<Duration>);

impl Sample {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(crate) fn add_ms(&mut self, milliseconds: f64) {
        self.add(Duration::from_secs_f64(milliseconds / 1000.0));
    }

    /// The middle run, in milliseconds: one slow start on a busy machine does not move it.
    pub(crate) fn median_ms(&self) -> f64 {
        let times = self.sorted_ms();
        f64::midpoint(times[(times.len() - 1) / 2], times[times.len() / 2])
    }

    /// The fastest and the slowest run, in milliseconds.
    pub(crate) fn range_ms(&self) -> (f64, f64) {
        let times = self.sorted_ms();
        (times[0], times[times.len() - 1])
    }

    fn sorted_ms(&self) -> Vec<f64> {
        let mut times: Vec<f64> = self.0.iter().map(|time| time.as_secs_f64() * 1000.0).collect();
        times.sort_by(f64::total_cmp);
        times
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(times_ms: &[u64]) -> Sample {
        Sample(times_ms.iter().map(|ms| Duration::from_millis(*ms)).collect())
    }

    #[test]
    fn the_median_of_an_odd_number_of_runs_is_the_middle_one() {
        assert_eq!(sample(&[900, 100, 300]).median_ms(), 300.0);
    }

    #[test]
    fn the_median_of_an_even_number_of_runs_lies_between_the_middle_two() {
        assert_eq!(sample(&[100, 900, 300, 200]).median_ms(), 250.0);
    }

    #[test]
    fn the_range_spans_all_runs() {
        assert_eq!(sample(&[300, 100, 900]).range_ms(), (100.0, 900.0));
    }
}
