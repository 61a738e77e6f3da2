//! A cell's number may be a lower bound, since a training did not reach its goal.

use crate::page::format::{decimals_for, fixed, integer};
use crate::page::table::Cell;

/// Shows a number, or a bound of it, such as `> 12.5`.
pub fn bounded(value: Option<f64>, exact: bool, decimals: usize) -> Cell {
    match value {
        Some(value) if !exact => Cell::Shown(value, format!("> {}", grouped(value, decimals))),
        Some(value) if decimals == 0 => Cell::whole(Some(value)),
        value => Cell::number(value, decimals),
    }
}

fn grouped(value: f64, decimals: usize) -> String {
    if decimals == 0 { integer(value.round() as i64) } else { fixed(value, decimals) }
}

/// Shows a time with three significant digits, or a bound of it.
pub fn seconds(value: Option<f64>, exact: bool) -> Cell {
    bounded(value, exact, value.map_or(0, |v| decimals_for(v.abs(), 3)))
}
