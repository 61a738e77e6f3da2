//! Several sections have these cells.

use mos_plan::Metric;

use crate::page::format::{decimals_for, rate};
use crate::page::table::Cell;
use crate::run::{Measured, Run};

/// Shows a value in the column's SI scale, with three significant digits.
pub fn scaled(value: Option<f64>, scale: f64) -> Cell {
    let value = value.map(|v| v / scale);
    Cell::number(value, value.map_or(0, |v| decimals_for(v.abs(), 3)))
}

/// Shows a learning rate.
pub fn rate_cell(value: Option<f64>) -> Cell {
    value.map_or(Cell::Missing, |value| Cell::Shown(value, rate(value)))
}

/// Shows every distinct peak rate of a method's training jobs.
pub fn peak_rates(run: &Run, method: &str) -> Cell {
    let mut rates: Vec<f64> = run.facts.jobs_of(Metric::PeakLr, method).map(|m| m.value).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    match rates.as_slice() {
        [] => Cell::Missing,
        [one] => rate_cell(Some(*one)),
        several => Cell::text(several.iter().map(|r| rate(*r)).collect::<Vec<_>>().join(", ")),
    }
}

/// Says whether the times of these jobs were taken alone on the machine.
pub fn load_words<'a>(jobs: impl Iterator<Item = &'a Measured>) -> Cell {
    let loaded: Vec<bool> = jobs.map(|m| m.loaded).collect();
    match (loaded.iter().any(|l| *l), loaded.iter().all(|l| *l)) {
        _ if loaded.is_empty() => Cell::Missing,
        (true, true) => Cell::text("loaded"),
        (true, false) => Cell::text("partly loaded"),
        _ => Cell::text("alone"),
    }
}
