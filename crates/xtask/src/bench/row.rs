//! One line of the table.

use std::fmt;

pub(super) const HEAD: &str = "| what | against | budget | measured | verdict | |\n|---|---|---|---|---|---|\n";

/// What was measured, what it may be, and what it was.
pub(super) struct Row {
    pub(super) what: &'static str,
    pub(super) against: &'static str,
    pub(super) budget: f64,
    /// `Err`: why it was not measured.
    pub(super) measured: Result<f64, String>,
    pub(super) unit: Unit,
    /// The figures behind a ratio.
    pub(super) note: String,
}

#[derive(Clone, Copy)]
pub(super) enum Unit {
    Ratio,
    Milliseconds,
    Megabytes,
    Copies,
}

impl Row {
    pub(super) fn ratio(what: &'static str, against: &'static str, budget: f64, (own, others): (f64, f64)) -> Self {
        let note = format!("{own:.1} ms, {others:.1} ms");
        Row { what, against, budget, measured: Ok(own / others), unit: Unit::Ratio, note }
    }
}

impl Unit {
    fn show(self, figure: f64) -> String {
        match self {
            Unit::Ratio => format!("{figure:.2}"),
            Unit::Milliseconds => format!("{figure:.0} ms"),
            Unit::Megabytes => format!("{figure:.2} MB"),
            Unit::Copies => format!("{figure:.0}"),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (measured, verdict) = match &self.measured {
            Ok(figure) if *figure <= self.budget => (self.unit.show(*figure), "met"),
            Ok(figure) => (self.unit.show(*figure), "**missed**"),
            Err(reason) => (reason.clone(), "not measured"),
        };
        let budget = self.unit.show(self.budget);
        writeln!(f, "| {} | {} | {budget} | {measured} | {verdict} | {} |", self.what, self.against, self.note)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_follows_from_the_budget() {
        let row = |own, others| Row::ratio("a", "b", 0.5, (own, others)).to_string();
        assert_eq!(row(50.0, 100.0), "| a | b | 0.50 | 0.50 | met | 50.0 ms, 100.0 ms |\n");
        assert!(row(60.0, 100.0).contains("| 0.60 | **missed** |"));
        let left_out = Row { measured: Err("no curl".into()), ..Row::ratio("a", "b", 1.0, (1.0, 1.0)) };
        assert!(left_out.to_string().contains("| no curl | not measured |"));
    }
}
